/** When a restore has the lock, and what of it is said. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Firewall, type IptcError } from '../../lib';
import { afterAll, beforeAll, describeWith, expect, test, testWith } from '../harness';
import { lacksCommands, MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { save } from '../harness/oracle';
import { temporaryFolder } from '../harness/temporary';

describeWith(['netns', 'addon', 'iptables'], 'a restore', () => {
  let netns: Netns;
  let folder: string;
  let lock: string;
  beforeAll(() => {
    netns = new Netns();
    folder = temporaryFolder('restore');
    lock = join(folder, 'lock');
  });
  afterAll(() => {
    netns.close();
    rmSync(folder, { recursive: true });
  });
  const isLocked = () => spawnSync('flock', ['-n', lock, 'true']).status !== 0;
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  const commands = lacksCommands() ? [] : [[process.execPath, MULTI, 'iptc-restore']];
  for (const [command, ...args] of [['iptables-legacy-restore'], ...commands])
    testWith(
      ['legacy'],
      `by ${command} ${args.slice(1)} has the lock from a table's beginning to its end`,
      async () => {
        // It waits where isLocked() has the lock for a moment.
        const child = spawn('nsenter', [`--net=${netns.path}`, '--', command!, ...args, '-w'], {
          stdio: ['pipe', 'ignore', 'inherit'],
          env: { ...process.env, XTABLES_LOCKFILE: lock },
        });
        const ended = once(child, 'exit');
        for (const table of ['raw', 'filter']) {
          child.stdin.write(`# before a table\n*${table}\n`);
          await until(isLocked);
          child.stdin.write('COMMIT\n');
          await until(() => !isLocked());
        }
        child.stdin.end();
        expect((await ended)[0]).toBe(0);
      },
    );

  if (commands.length > 0)
    testWith(['legacy'], 'says of each command with -v what iptables says', () => {
      const lines =
        ':b - [0:0]|:a - [0:0]|-A INPUT -j a|-I INPUT -s 10.0.0.1 -j DROP|-F INPUT|-F|-Z|-Z a|-A b|-Z b 1|-N Z|-E Z c|-X c|-F b|-X|-X none';
      const input = `*filter\n${lines.replace(/\|/g, '\n')}\nCOMMIT\n*raw\n-F\nCOMMIT\n`;
      for (const flags of [['-v'], ['-v', '-n'], []]) {
        const said = [['iptables-legacy-restore'], ...commands].map(([command, ...args]) => {
          netns.execSync('iptables-legacy-restore', [], { input: '*filter\n:old - [0:0]\n:b - [0:0]\n-A b\nCOMMIT\n' });
          return netns.execSync(command!, [...args, ...flags], { input, env: { XTABLES_LOCKFILE: lock } }).stdout;
        });
        expect(said[1]).toBe(said[0]);
        expect(said[0] === '').toBe(flags.length !== 1);
      }
    });

  if (commands.length > 0)
    test('by the command reads a pipe the same however it is cut', async () => {
      const file = Buffer.from(
        '# ä☃\r\n*filter\r\n:sn☃w - [0:0]\r\n-A INPUT -s 10.0.0.1/32 -m comment --comment "ä 💀" -j sn☃w\r\nCOMMIT',
      );
      const restored = async (pieces: readonly Buffer[]) => {
        const [command, ...args] = commands[0]!;
        const child = spawn('nsenter', [`--net=${netns.path}`, '--', command!, ...args], {
          stdio: ['pipe', 'ignore', 'inherit'],
          env: { ...process.env, XTABLES_LOCKFILE: lock },
        });
        const ended = once(child, 'exit');
        for (const piece of pieces) await new Promise((resolve) => child.stdin.write(piece, resolve));
        child.stdin.end();
        expect((await ended)[0]).toBe(0);
        return save(netns, 'ipv4', 'filter');
      };
      const whole = await restored([file]);
      expect(whole).toContain('-A INPUT -s 10.0.0.1/32 -m comment --comment "ä 💀" -j sn☃w\n');
      const bytes = [...file].map((byte) => Buffer.of(byte));
      expect(await restored(bytes)).toBe(whole);
      // Inside a character, and between CR and LF.
      for (const at of [file.indexOf(0xc3) + 1, file.indexOf(13) + 1])
        expect(await restored([file.subarray(0, at), file.subarray(at)])).toBe(whole);
    });

  test('may be tried: the kernel is asked where it can be, and nothing changes', async () => {
    const firewall = await Firewall.open({ namespace: netns.path, lock: { path: lock } });
    const before = '*filter\n-A INPUT -s 10.0.0.1 -j ACCEPT\nCOMMIT\n';
    await firewall.restore(before);
    const saved = await firewall.save({ tables: ['filter'] });
    const loop = ':a - [0:0]\n-A INPUT -j a\n-A a -j a\n';
    for (const [lines, code, options] of [
      [loop, 'ERR_BAD_RULE', {}],
      ['-A INPUT -j nowhere\n', 'ERR_NO_CHAIN', {}],
      ['-A INPUT -j nowhere\n', 'ERR_NO_CHAIN', { noflush: true }],
      ['-D INPUT 5\n', 'ERR_NO_RULE', { noflush: true }],
      [':INPUT DROP [0:0]\n-A INPUT -j DROP\n', undefined, {}],
      // The kernel can't be asked.
      ['-I INPUT -j DROP\n-D INPUT 1\n', undefined, {}],
      [loop, 'ERR_BAD_RULE', { noflush: true }],
      ['', undefined, { noflush: true }],
    ] as const) {
      const tried = firewall.restore(`*filter\n${lines}COMMIT\n`, { ...options, test: true });
      const failure = await tried.then(
        () => undefined,
        (error: unknown) => error as IptcError,
      );
      expect([lines, options, failure?.code]).toEqual([lines, options, code]);
      expect(await firewall.save({ tables: ['filter'] })).toBe(saved);
    }
    await firewall.close();
  });

  testWith(['legacy'], 'by firewall.restore has it, too', async () => {
    const firewall = await Firewall.open({ namespace: netns.path, lock: { path: lock } });
    const held: boolean[] = [];
    async function* lines() {
      yield '# a comment\n';
      held.push(isLocked());
      yield '*filter\n';
      yield '-A INPUT -j ACCEPT\n';
      held.push(isLocked());
      yield 'COMMIT\n';
      yield '# another\n';
      held.push(isLocked());
    }
    await firewall.restore(lines());
    expect(held).toEqual([false, true, false]);
    const parsed = { family: 'ipv4', tables: [{ name: 'filter', chains: [], rules: [] }] } as const;
    await firewall.restore(parsed);
    expect(isLocked()).toBe(false);
    await firewall.close();
  });
});
