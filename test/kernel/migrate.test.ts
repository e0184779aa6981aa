import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { type BothFamilies, Firewall, type IptcError } from '../../lib';
import { migrate } from '../../lib/services/migrate';
import { guardHere } from '../../lib/services/snapshot';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

const RULES = {
  ipv4: `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [3:4]
[5:6] -A POSTROUTING -o eth0 -j MASQUERADE
COMMIT
*filter
:INPUT DROP [1:2]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:web - [0:0]
[7:8] -A INPUT -i lo -j ACCEPT
[9:10] -A INPUT -p tcp -m tcp --dport 22:23 -m limit --limit 3/min -m comment --comment "a b" -j web
[0:0] -A web -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
`,
  ipv6: `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
[11:12] -A OUTPUT -p udp -j MARK --set-xmark 0x1/0xffffffff
COMMIT
`,
} as const;
const OTHER = { nft: 'legacy', legacy: 'nft' } as const;
const failed = (promise: Promise<unknown>): Promise<IptcError> =>
  promise.then(
    () => {
      throw new Error('It did not fail');
    },
    (error: IptcError) => error,
  );

for (const to of ['nft', 'legacy'] as const)
  describeWith(['netns', 'addon', 'nft'], `rules that are moved to ${to}`, () => {
    let netns: Netns;
    let old: BothFamilies;
    let next: BothFamilies;
    beforeEach(async () => {
      netns = new Netns();
      old = await Firewall.openBoth({ namespace: netns.path, backend: OTHER[to] });
      next = await Firewall.openBoth({ namespace: netns.path, backend: to });
      for (const family of ['ipv4', 'ipv6'] as const) await old[family].restore(RULES[family], { counters: true });
    });
    afterEach(async () => {
      await Promise.all([old.close(), next.close()]);
      netns.close();
    });
    const rulesOf = async (firewall: BothFamilies) => {
      let text = '';
      for (const family of ['ipv4', 'ipv6'] as const)
        for (const [name] of RULES[family].matchAll(/(?<=^\*)\w+/gm))
          text += await firewall[family].table(name as 'filter').save({ counters: true });
      return text;
    };
    const nothing = async (firewall: BothFamilies) => {
      expect(await rulesOf(firewall)).not.toMatch(/^\[|DROP|:web/m);
    };
    const moving = (more: Partial<Parameters<typeof migrate>[0]> = {}) =>
      migrate({ to, namespace: netns.path, guard: guardHere, ...more });

    test('are there with their counters, and not here any more', async () => {
      expect(await moving({ dryRun: true })).toBe('checked');
      await nothing(next);
      const before = await rulesOf(old);
      expect(before).toBe(RULES.ipv4 + RULES.ipv6);
      expect(await moving()).toBe('done');
      expect(await rulesOf(next)).toBe(before);
      await nothing(old);
      expect(await moving()).toBe('nothing');
      // It is known where they are now.
      const auto = await Firewall.open({ namespace: netns.path, backend: 'auto' });
      expect(auto.backend).toBe(to);
      await auto.close();
    });

    test('stay where they are if something fails, whenever it does', async () => {
      const before = await rulesOf(old);
      for (let last = 1; last <= 4; last++) {
        let steps = 0;
        const say = () => {
          if (++steps === last) throw new Error('no');
        };
        await expect(moving({ say })).rejects.toThrow('no');
        expect(await rulesOf(old)).toBe(before);
        await nothing(next);
      }
      // Somebody else is faster.
      let steps = 0;
      const say = () => {
        if (++steps === 3) old.ipv4.table('filter').chain('OUTPUT').appendSync('-p 200');
      };
      expect(await failed(moving({ say }))).toMatchObject({ code: 'ERR_CONFLICT', table: 'filter', family: 'ipv4' });
      await nothing(next);
    });

    test('stay where they are if there are others already', async () => {
      await next.ipv6.table('filter').chain('INPUT').append('-j ACCEPT');
      const before = await rulesOf(old);
      const error = await failed(moving());
      expect(error).toMatchObject({ code: 'ERR_CONFLICT', family: 'ipv6', table: 'filter' });
      expect(error.message).toMatch(/there are some already, in table filter \(IPv6\)$/);
      expect(await rulesOf(old)).toBe(before);
    });

    test('stay where they are if one of them can only be here, which is named', async () => {
      if (to === 'nft') await old.ipv4.table('filter').chain('web').insert('-j QUEUE', 1);
      else netns.execSync('nft', 'insert rule ip filter web tcp dport { 22, 80 } counter drop'.split(' '));
      const before = await rulesOf(old);
      const error = await failed(moving());
      expect(error).toMatchObject({ code: 'ERR_BAD_RULE', family: 'ipv4', table: 'filter', chain: 'web', index: 0 });
      expect(error.message).toMatch(to === 'nft' ? /QUEUE/ : /only nf_tables can hold it$/);
      expect(await rulesOf(old)).toBe(before);
      await nothing(next);
    });

    test.each([1, 2, 3, 4])('are put back if the program is killed at step %i', async (step) => {
      const before = await rulesOf(old);
      const folder = temporaryFolder('migrate');
      const killing = join(folder, 'killing.cjs');
      writeFileSync(
        killing,
        `let steps = 0;
        const fs = require('node:fs');
        for (const [of, name] of [[fs, 'writeSync'], [process.stdout, 'write']]) {
          const write = of[name];
          of[name] = (...given) => {
            write.apply(of, given);
            if (++steps === ${step}) process.kill(process.pid, 'SIGKILL');
          };
        }`,
      );
      const words = ['--require', killing, 'dist/cli/iptc.js', 'migrate', '--to', to, '--netns', netns.path];
      const child = spawn(process.execPath, words, { stdio: 'ignore', cwd: join(__dirname, '../..') });
      expect(await new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))).toBe('SIGKILL');
      rmSync(folder, { recursive: true });
      const isBack = async () => (await rulesOf(old)) === before && !/^\[/m.test(await rulesOf(next));
      await vi.waitUntil(isBack, { timeout: 20_000, interval: 50 });
      await nothing(next);
    });
  });
