import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Firewall } from '../../lib';
import { apply } from '../../lib/policy';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { Peer } from '../harness/peer';
import { temporaryFolder } from '../harness/temporary';

/** The keepers that this process has started. */
const keepers = (): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const isChild =
          readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/.*\) /, '').split(' ')[1] === `${process.pid}`;
        return isChild && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('/keeper/process.js');
      } catch {
        return false;
      }
    });

const DIST = join(__dirname, '../../dist');
/** How often the program is killed; KILLS=200 for more. */
const KILLS = Number(process.env.KILLS ?? 6);
/** A program that changes everything under guard, and never confirms it. */
const PROGRAM = `
const { Firewall } = require(${JSON.stringify(DIST)});
const { apply } = require(${JSON.stringify(join(DIST, 'policy'))});
(async () => {
  const firewall = await Firewall.open();
  const rules = (table) => Array.from({ length: 100 }, (_, i) => '-s 10.0.' + table + '.' + i + ' -m comment --comment new');
  const desired = { filter: { INPUT: { rules: rules(1) }, mine: {} }, mangle: { OUTPUT: { rules: rules(2) } }, raw: { PREROUTING: { rules: rules(3) } } };
  process.stdout.write('begin\\n');
  await apply(firewall, desired, { guard: { confirmWithin: 60_000, preserve: [] } });
  process.stdout.write('done\\n');
  setInterval(() => {}, 1000);
})();
`;
const OLD = `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A OUTPUT -d 10.9.9.9/32 -j ACCEPT
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:old - [0:0]
-A INPUT -j old
-A old -s 10.9.9.1/32 -j DROP
COMMIT
`;

for (const backend of ['legacy', 'nft'] as const)
  describeWith(['netns', 'addon', backend], `a guarded change of tables of ${backend}`, () => {
    let netns: Netns;
    let firewall: Firewall<'ipv4'>;
    const env = { ...process.env, LIBIPTC_BACKEND: backend, XTABLES_LOCKFILE: join(temporaryFolder('guard'), 'lock') };
    const saved = () => firewall.save({ tables: ['raw', 'mangle', 'filter'] });
    const isBack = async () => {
      for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20)))
        if ((await saved()) === OLD) return true;
      return false;
    };
    beforeAll(async () => {
      netns = new Netns();
      firewall = await Firewall.open({ namespace: netns.path, backend, lock: { path: env.XTABLES_LOCKFILE } });
      await firewall.restore(OLD);
    });
    const opened: { close(): unknown }[] = [];
    afterAll(async () => {
      for (const each of opened) await each.close();
      await firewall.close();
      netns.close();
    });

    /** Runs the program and kills it so long after it has begun, or when it is done. Gives how long it took. */
    async function killed(after: number | undefined): Promise<number> {
      const child = spawn('nsenter', [`--net=${netns.path}`, '--', process.execPath, '-e', PROGRAM], {
        env,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      const begun = performance.now();
      if (after === undefined) await once(child.stdout, 'data');
      else await new Promise((resolve) => setTimeout(resolve, after));
      const took = performance.now() - begun;
      child.kill('SIGKILL');
      await ended;
      return took;
    }

    test(`is taken back whenever the program is killed (${KILLS} times)`, async () => {
      const took = await killed(undefined);
      expect(await isBack()).toBe(true);
      for (let i = 0; i < KILLS; i++) {
        await killed(Math.random() * took * 1.2);
        expect(await isBack()).toBe(true);
      }
    }, 600_000);

    test('is taken back in time by the program itself where its keeper is killed', async () => {
      const guard = { confirmWithin: 1500, preserve: [] };
      const change = await apply(firewall, { filter: {} }, { guard });
      const [keeper, ...others] = keepers();
      expect(others).toEqual([]);
      process.kill(keeper!, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await saved()).not.toBe(OLD);
      expect(await isBack()).toBe(true);
      expect(await change.confirm()).toBe(false);
      // Confirmed before that, it stays.
      const other = await apply(firewall, { filter: {} }, { guard });
      process.kill(keepers()[0]!, 'SIGKILL');
      expect(await other.confirm()).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 1700));
      expect(await saved()).not.toBe(OLD);
      await firewall.restore(OLD);
    }, 60_000);

    test('is not begun while another one is not confirmed, which would undo it', async () => {
      const guard = { confirmWithin: 20_000, preserve: [] };
      const first = await apply(firewall, { raw: {} }, { guard });
      const before = await saved();
      await expect(apply(firewall, { filter: {} }, { guard })).rejects.toMatchObject({
        code: 'ERR_BUSY',
        message: expect.stringMatching(/another one \(of process \d+\) is not confirmed yet/),
      });
      expect(await saved()).toBe(before);
      await first.revert();
      const second = await apply(firewall, { raw: {} }, { guard });
      // One who was killed holds nobody up.
      process.kill(keepers()[0]!, 'SIGKILL');
      const third = await apply(firewall, { filter: {} }, { guard });
      expect([await third.confirm(), await second.confirm(), await third.confirm()]).toEqual([true, true, true]);
      await expect(third.revert()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
      expect(await first.confirm()).toBe(false);
      const hanging = { ...guard, confirmWithin: 300, probe: () => new Promise<boolean>(() => {}) };
      const there = await saved();
      await expect(
        apply(firewall, { mangle: { OUTPUT: { rules: ['-p udp'] } } }, { guard: hanging }),
      ).rejects.toMatchObject({
        code: 'ERR_NOT_CONFIRMED',
      });
      expect(await saved()).toBe(there);
      await firewall.restore(OLD);
    }, 60_000);

    test('that is confirmed stays when the program is killed', async () => {
      const confirmed = PROGRAM.replace('await apply(', 'const change = await apply(').replace(
        "process.stdout.write('done",
        "if (!(await change.confirm())) throw new Error('too late'); process.kill(process.pid, 'SIGKILL'); process.stdout.write('done",
      );
      expect(
        await netns.exec(process.execPath, ['-e', confirmed], {
          env: { LIBIPTC_BACKEND: backend, XTABLES_LOCKFILE: env.XTABLES_LOCKFILE },
        }),
      ).toMatchObject({
        status: 137,
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await saved()).toContain('-A INPUT -s 10.0.1.99/32 -m comment --comment new');
      await firewall.restore(OLD);
    }, 60_000);

    test('does not cut a connection to what listens, over which somebody may have come', async () => {
      const client = new Netns();
      opened.push(client);
      netns.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1', 'netns', client.name);
      for (const [of, device, address] of [
        [netns, 'eth0', '10.7.0.1/24'],
        [client, 'eth1', '10.7.0.2/24'],
      ] as const) {
        of.ip('address', 'add', address, 'dev', device);
        of.ip('link', 'set', device, 'up');
      }
      const server = new Peer(netns);
      opened.unshift(server);
      await server.listenTcp(22);
      const session = client.exec(process.execPath, [
        '-e',
        "const s = require('node:net').connect(22, '10.7.0.1', () => process.stdout.write('open')); s.on('error', () => {}); setTimeout(() => s.destroy(), 4000);",
      ]);
      const established = () =>
        /0100070A:0016 \S+ 01 /.test(netns.execSync('cat', ['/proc/net/tcp', '/proc/net/tcp6']).stdout);
      for (let i = 0; i < 100 && !established(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
      const locked = {
        filter: { INPUT: { policy: 'DROP', rules: ['-i lo -j ACCEPT', '-p tcp --dport 80 -j ACCEPT'] } },
      } as const;
      const guard = { confirmWithin: 30_000 };
      await expect(apply(firewall, locked, { guard })).rejects.toMatchObject({
        code: 'ERR_LOCKOUT',
        message: expect.stringMatching(
          /it would cut the connection from 10\.7\.0\.2:\d+ to 10\.7\.0\.1:22: :INPUT DROP$/,
        ),
      });
      const open = {
        filter: { INPUT: { policy: 'DROP', rules: ['-i lo -j ACCEPT', '-p tcp --dport 22 -j ACCEPT'] } },
      } as const;
      const visitor = new Peer(client);
      opened.unshift(visitor);
      const change = await apply(firewall, open, {
        guard: { ...guard, probe: async () => (await visitor.tcp('10.7.0.1', 22)) === 'open' },
      });
      expect(change.plan.empty).toBe(false);
      expect(await saved()).toContain(':INPUT DROP');
      await firewall.restore(OLD);
      await session;
    }, 60_000);
  });
