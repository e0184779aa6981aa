import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Family, Firewall } from '../../lib';
import { load, save } from '../../lib/persist';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { isNftRun, save as oracle, restore } from '../harness/oracle';
import { temporaryFolder } from '../harness/temporary';

const RULES: Record<Family, string> = {
  ipv4: `*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:web - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "the way \\"in\\"" -j ACCEPT
-A INPUT -p tcp -m multiport --dports 80,443 -j web
-A web -m limit --limit 5/min -j ACCEPT
-A web -j REJECT --reject-with icmp-host-prohibited
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.2:80
-A POSTROUTING -s 10.0.0.0/24 -o eth0 -j MASQUERADE
COMMIT
`,
  ipv6: `*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -p ipv6-icmp -j ACCEPT
-A INPUT -s 2001:db8::/32 -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
`,
};

for (const family of ['ipv4', 'ipv6'] as const)
  describeWith(['netns', 'addon'], `saving and loading ${family}`, () => {
    let netns: Netns;
    let firewall: Firewall<Family>;
    let folder: string;
    const path = () => join(folder, 'rules');
    const options = () => ({ firewalls: [firewall], files: { [family]: path() } });
    const tables = async () => (await firewall.save()).replace(/\[\d+:\d+\]/g, '[0:0]');

    beforeAll(async () => {
      netns = new Netns();
      firewall = await Firewall.open<Family>({ family, namespace: netns.path });
      folder = temporaryFolder('persist');
    });
    afterAll(async () => {
      await firewall.close();
      netns.close();
      rmSync(folder, { recursive: true });
    });

    test('where no table is in use, there is nothing to save', async () => {
      expect(await save(options())).toEqual([{ family, path: path(), saved: false, tables: [] }]);
    });

    test('what was saved is loaded to the same tables', async () => {
      await firewall.restore(RULES[family]);
      const before = await tables();
      const [saved] = await save(options());
      expect(saved?.saved).toBe(true);
      for (const name of saved?.tables ?? []) {
        const table = firewall.table(name as 'filter');
        await table.flush();
        await table.deleteChains();
      }
      expect(await tables()).not.toBe(before);
      expect(await load(options())).toEqual([{ family, path: path(), outcome: 'loaded' }]);
      expect(await tables()).toBe(before);
    });

    test('ifChanged leaves a file that says the same', async () => {
      expect((await save({ ...options(), ifChanged: true }))[0]?.saved).toBe(false);
      await firewall.table('filter').chain('INPUT').append('-j DROP');
      expect((await save({ ...options(), ifChanged: true }))[0]?.saved).toBe(true);
      await firewall.table('filter').chain('INPUT').delete('-j DROP');
      await save(options());
    });

    describeWith(['iptables'], 'beside iptables-legacy', () => {
      test('iptables-restore loads what was saved, and what iptables-save prints is loaded', async () => {
        const other = new Netns();
        try {
          restore(other, family, readFileSync(path(), 'utf8'));
          const all = ['filter', 'nat'] as const;
          const of = (where: Netns) => all.map((table) => oracle(where, family, table));
          const wanted = of(netns);
          expect(of(other)).toEqual(wanted);
          const second = await Firewall.open<Family>({ family, namespace: other.path });
          for (const table of all) {
            await second.table(table).flush();
            await second.table(table).deleteChains();
          }
          await load({ firewalls: [second], files: { [family]: path() } });
          await second.close();
          expect(of(other)).toEqual(wanted);
        } finally {
          other.close();
        }
      });
    });

    // A chain of so many takes nf_tables half a minute to tell.
    const rules = isNftRun ? 10_000 : 100_000;
    test(`${rules} rules are saved while others get their turn`, { timeout: 60_000 }, async () => {
      const source = (i: number) =>
        family === 'ipv4'
          ? `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
          : `2001:db8::${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}`;
      const lines = Array.from({ length: rules }, (_, i) => `-A INPUT -s ${source(i)} -j DROP`);
      await firewall.restore(['*filter', ...lines, 'COMMIT', ''].join('\n'));
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      await save(options());
      clearInterval(timer);
      expect(
        readFileSync(path(), 'latin1')
          .split('\n')
          .filter((line) => line.startsWith('-A INPUT')),
      ).toHaveLength(rules);
      // A saving that holds the event loop leaves a handful.
      expect(turns).toBeGreaterThan(rules / 2000);
    });
  });
