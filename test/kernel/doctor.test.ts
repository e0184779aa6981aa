import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { doctor } from '../../lib/services';
import { nftTables } from '../../lib/services/rivals';
import { afterEach, beforeEach, describeWith, expect, test, vi } from '../harness';
import { MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

describeWith(['netns', 'addon'], 'the doctor', () => {
  let netns: Netns;
  let root: string;
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const command = (...more: string[]) =>
    netns.execSync('node', [MULTI, 'iptc', 'doctor', '--root', root, '--netns', netns.path, ...more]);
  /** Whether all is well, by the data, and by both forms of the command. */
  const verdicts = async () => {
    const { ok } = await doctor({ root, namespace: netns.path });
    const said = command();
    const json = command('--json');
    return [ok, said.status, said.stdout.trim().split('\n').pop(), json.status, JSON.parse(json.stdout).ok];
  };
  const WELL = [true, 0, 'Nothing would bite.', 0, true];
  const BITES = [false, 1, 'Something would bite: see above.', 1, false];

  beforeEach(() => {
    netns = new Netns();
    root = temporaryFolder('doctor');
    write('etc/os-release', 'ID=debian\n');
  });
  afterEach(() => {
    netns.close();
    rmSync(root, { recursive: true });
  });

  test('says that all is well, whatever is only worth knowing', async () => {
    // Nobody knows what starts at boot.
    expect((await doctor({ root, namespace: netns.path })).findings.map(({ level }) => level)).toContain('note');
    expect(await verdicts()).toEqual(WELL);
  });

  test('counts a warning', async () => {
    write('etc/ufw/ufw.conf', 'ENABLED=yes\n');
    const { findings } = await doctor({ root, namespace: netns.path });
    expect(findings.map(({ level }) => level).filter((level) => level !== 'ok' && level !== 'note')).toEqual([
      'warning',
    ]);
    expect(await verdicts()).toEqual(BITES);
  });

  test('counts an error', async () => {
    write('etc/iptables/rules.v4', '*filter\n-A INPUT -j\nCOMMIT\n');
    const { findings } = await doctor({ root, namespace: netns.path });
    expect(findings.map(({ level }) => level).filter((level) => level !== 'ok' && level !== 'note')).toEqual(['error']);
    expect(await verdicts()).toEqual(BITES);
  });
});

describeWith(['netns', 'addon', 'iptables', 'nft'], 'the doctor of nf_tables', () => {
  let netns: Netns;
  beforeEach(() => {
    netns = new Netns();
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    netns.close();
  });
  const run = (command: string, ...args: string[]) =>
    expect(netns.execSync(command, args)).toMatchObject({ status: 0, stderr: '' });
  const nft = (text: string) =>
    expect(netns.execSync('nft', ['-f', '-'], { input: text })).toMatchObject({ stderr: '' });

  test('tells tables apart by who wrote them', async () => {
    run('iptables-nft', '-A', 'INPUT', '-j', 'ACCEPT');
    run('iptables-nft', '-N', 'DOCKER-USER');
    run('iptables-nft', '-A', 'FORWARD', '-j', 'DOCKER-USER');
    run('iptables-nft', '-A', 'DOCKER-USER', '-j', 'RETURN');
    nft(`table inet firewalld { chain filter_INPUT { type filter hook input priority 10; counter; }; }
table inet filter { chain input { type filter hook input priority 0; counter; counter; jump other; }; chain other { counter; }; }
table ip sets { chain c { counter; }; }
table bridge empty { }`);
    expect(await nftTables(netns.path)).toEqual([
      { family: 'inet', name: 'firewalld', hooked: true, rules: 1, owner: 'firewalld' },
      { family: 'inet', name: 'filter', hooked: true, rules: 4 },
      { family: 'ip', name: 'filter', hooked: true, rules: 3, owner: 'iptables-nft', programs: ['Docker'] },
      { family: 'ip', name: 'sets', hooked: false, rules: 1 },
      { family: 'bridge', name: 'empty', hooked: false, rules: 0 },
    ]);
  });

  const found = async (about: string) =>
    (await doctor({ namespace: netns.path, root: emptyRoot })).findings.filter((finding) => finding.about === about);
  let emptyRoot: string;
  beforeEach(() => {
    emptyRoot = temporaryFolder('doctor');
  });
  afterEach(() => rmSync(emptyRoot, { recursive: true }));

  test('says of either kind what stands beside it', async () => {
    run('iptables-nft', '-A', 'INPUT', '-j', 'ACCEPT');
    run('iptables-legacy', '-P', 'FORWARD', 'DROP');

    vi.stubEnv('LIBIPTC_BACKEND', 'legacy');
    expect(await found('nft')).toEqual([
      expect.objectContaining({
        level: 'warning',
        message: 'iptables-nft is in use: ip filter (1 rule). A packet must pass its rules and these.',
      }),
    ]);
    expect(await found('legacy')).toEqual([]);
    expect((await found('kernel'))[0]!.message).toContain('has legacy iptables: filter (0 rules)');
    expect((await found('capabilities'))[0]!.message).toContain('CAP_NET_RAW');

    vi.stubEnv('LIBIPTC_BACKEND', 'nft');
    expect(await found('nft')).toEqual([
      expect.objectContaining({ level: 'ok', message: 'nftables has no rules beside these tables.' }),
    ]);
    expect(await found('legacy')).toEqual([
      expect.objectContaining({
        level: 'warning',
        message: 'Legacy tables are in use, too: iptables filter (0 rules). A packet must pass their rules and these.',
      }),
    ]);
    expect((await found('kernel'))[0]!.message).toContain('has iptables in nf_tables: filter (1 rule)');
    expect((await found('capabilities'))[0]!.message).not.toContain('CAP_NET_RAW');
    expect(await found('lock')).toEqual([]);
  });
});
