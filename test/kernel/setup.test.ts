import { spawn } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openNative } from '../../lib/backend/legacy/backend';
import { setUpBasicServer } from '../../lib/services';
import { type Guard, guardHere } from '../../lib/services/snapshot';
import { afterEach, beforeEach, describeWith, expect, test, testWith } from '../harness';
import { MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { save as oracle, restore } from '../harness/oracle';
import { programOf } from '../harness/program';
import { temporaryFolder } from '../harness/temporary';

describeWith(['netns', 'iptables', 'addon'], 'a set-up', () => {
  let netns: Netns;
  let root: string;
  let before: string;
  const files = (name = '') => join(root, 'etc/iptables', name);
  const now = () => oracle(netns, 'ipv4', undefined, ['-c']);
  const words = () => [MULTI, 'iptc', 'setup', 'basic-server', '--root', root, '--netns', netns.path];
  const setup = (...more: string[]) => netns.execSync('node', [...words(), ...more]);
  /** As this process guards it, but for what is told. */
  const guarded = (but: Partial<Guard>, options = {}) =>
    setUpBasicServer({
      allow: ['ssh'],
      root,
      namespace: netns.path,
      confirm: async () => true,
      guard: async (what) => ({ ...(await guardHere(what)), ...but }),
      ...options,
    });

  beforeEach(() => {
    netns = new Netns();
    root = temporaryFolder('setup');
    mkdirSync(files(), { recursive: true });
    writeFileSync(join(root, 'etc/os-release'), 'ID=debian\n');
    restore(
      netns,
      'ipv4',
      Buffer.from(
        '*filter\n:caf\xe9 - [0:0]\n[1:2] -A INPUT -j caf\xe9\nCOMMIT\n*nat\n[3:4] -A OUTPUT -j RETURN\nCOMMIT\n',
        'latin1',
      ),
      ['-c'],
    );
    before = now();
  });
  afterEach(() => {
    netns.close();
    rmSync(root, { recursive: true });
  });

  test('that is confirmed stays, and is saved', () => {
    expect(setup('--yes')).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('Done') });
    expect(now()).toContain(':INPUT DROP');
    expect(readFileSync(files('rules.v4'), 'utf8')).toContain(':INPUT DROP');
    expect(setup()).toMatchObject({ status: 0, stdout: expect.stringContaining('Nothing to do') });
  });

  test('that nobody confirms leaves tables and files as they were', () => {
    writeFileSync(files('rules.v4'), 'mine\n', { mode: 0o640 });
    expect(setup('--timeout', '1')).toMatchObject({
      status: 255,
      stdout: expect.stringContaining('Everything is as it was.'),
    });
    expect(now()).toBe(before);
    expect([readdirSync(files()), readFileSync(files('rules.v4'), 'utf8')]).toEqual([['rules.v4'], 'mine\n']);
  });

  test('that comes too late is undone: files with their modes, links, and what was not there', async () => {
    writeFileSync(join(root, 'rules'), 'elsewhere\n', { mode: 0o644 });
    symlinkSync('../../rules', files('rules.v4'));
    writeFileSync(files('rules.v6'), Buffer.from([0xff, 0x0a]), { mode: 0o640 });
    let saved: string[] = [];
    const result = await guarded({
      keep: async () => {
        saved = readdirSync(files());
        expect(lstatSync(files('rules.v4')).isFile()).toBe(true);
        return false;
      },
    });
    expect(result.outcome).toBe('declined');
    expect(saved.sort()).toEqual(['rules.v4', 'rules.v4.save', 'rules.v6', 'rules.v6.save']);
    expect(readdirSync(files()).sort()).toEqual(['rules.v4', 'rules.v6']);
    expect([readlinkSync(files('rules.v4')), readFileSync(join(root, 'rules'), 'utf8')]).toEqual([
      '../../rules',
      'elsewhere\n',
    ]);
    expect([readFileSync(files('rules.v6')), statSync(files('rules.v6')).mode & 0o777]).toEqual([
      Buffer.from([0xff, 0x0a]),
      0o640,
    ]);
    expect(now()).toBe(before);
  });

  test('stops at the next step where nobody guards it any more', async () => {
    const steps: string[] = [];
    let calls = 0;
    const say = ({ state, text }: { state: string; text: string }) => steps.push(`${state} ${text}`);
    const result = await guarded({ extend: async () => ++calls < 3 }, { say });
    expect(result.outcome).toBe('declined');
    expect(steps.filter((step) => step.startsWith('do '))).toHaveLength(2);
    expect(steps[steps.length - 1]).toMatch(/^undo .*: put everything back$/);
    expect(now()).toBe(before);
  });

  testWith(['legacy'], 'that can not be undone says so, and nothing else', async () => {
    const lock = join(root, 'lock');
    const child = spawn('node', words(), {
      env: { ...process.env, XTABLES_LOCKFILE: lock, TMPDIR: root },
      stdio: 'pipe',
    });
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    await new Promise<void>((resolve) =>
      child.stdout.on('data', (data) => {
        stdout += data;
        if (stdout.includes('NEW connections')) resolve();
      }),
    );
    rmSync(lock);
    mkdirSync(lock);
    child.stdin.end('n');
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(10);
    expect(stdout).not.toContain('as it was');
    expect(stderr).toContain('Cannot put everything back');
    const path = /The IPv4 rules that were there are in (\S+?)(?:\.|$)/m.exec(stderr)![1]!;
    expect(netns.execSync('node', [MULTI, 'iptc-restore', '-c', path]).status).toBe(0);
    expect(now()).toBe(before);
  });

  for (const [what, needs, spoil] of [
    [
      'tables',
      ['legacy'],
      async () => {
        const backend = openNative({ family: 'ipv4', namespace: netns.path });
        await backend.apply('mangle', programOf('ipv4', ['-A INPUT -j MARK --set-mark 1', '-N MARK']), { wait: 0 });
        await backend.close();
      },
    ],
    ['files', [], async () => mkdirSync(files('rules.v4'))],
  ] as const)
    testWith(needs, `begins nothing where ${what} could not be put back`, async () => {
      await spoil();
      const odd = now();
      const { status, stdout, stderr } = setup('--yes');
      expect([status, stdout]).toEqual([1, expect.not.stringMatching(/^\+/m)]);
      expect(stderr).toContain(what === 'tables' ? 'so nothing is begun' : 'is a folder');
      expect(now()).toBe(odd);
    });
});
