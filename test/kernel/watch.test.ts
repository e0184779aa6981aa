import { Firewall } from '../../lib';
import { type Drift, watch } from '../../lib/policy';
import { afterEach, beforeEach, describeWith, expect, test, testWith } from '../harness';
import { Netns } from '../harness/netns';
import { Watched } from '../harness/watched';

const RULES = ['-A INPUT -j web', '-A web -s 192.0.2.1/32 -j DROP', '-A web -p udp -j ACCEPT'];
const TEXT = `*filter\n:web -\n${RULES.join('\n')}\nCOMMIT\n`;
const NONE = '*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n';

for (const backend of ['legacy', 'nft'] as const)
  describeWith(
    ['netns', 'addon', backend === 'nft' ? 'nft' : 'iptables', ...(backend === 'legacy' ? ['legacy' as const] : [])],
    `a watch of tables of ${backend}`,
    () => {
      let netns: Netns;
      let firewall: Firewall<'ipv4'>;
      let watched: Watched | undefined;
      const own = { chains: 'web', place: 'first' } as const;
      const begin = (repair = true) => {
        watched = new Watched(watch(firewall, TEXT, { own, repair }) as never);
        return watched.ready();
      };
      /** As another program does. */
      const iptables = (command: string, args: readonly string[] = [], input = '') => {
        const { status, stderr } = netns.execSync(command.replace('iptables', `iptables-${backend}`), args, { input });
        if (status !== 0) throw new Error(stderr);
      };
      const rules = async () =>
        (await firewall.save({ tables: ['filter'] })).split('\n').filter((line) => line.startsWith('-A'));
      /** Who it was, where that is told. */
      const by = (...programs: string[]) => (backend === 'nft' ? programs : []);
      const programsOf = ({ by: changers }: Drift) => [...new Set(changers.map(({ program }) => program))];

      beforeEach(async () => {
        netns = new Netns();
        firewall = await Firewall.open({ namespace: netns.path, backend });
        iptables('iptables-restore', [], TEXT);
      });
      afterEach(async () => {
        await watched?.watch.close();
        watched = undefined;
        await firewall.close();
        netns.close();
      });

      test('puts back what another program flushes, rules first and then the chain', async () => {
        const seen = await begin();
        iptables('iptables', ['-I', 'INPUT', '-s', '10.0.0.1', '-j', 'ACCEPT']);
        iptables('iptables', ['-F']);
        iptables('iptables', ['-X']);
        const drift = await seen.drift();
        expect(programsOf(drift)).toEqual(by('iptables-nft'));
        while ((await rules()).join() !== RULES.join()) await seen.repair(seen.repairs.length);
      });
      test('puts back what is gone when somebody loads other rules, and leaves those alone', async () => {
        const seen = await begin();
        iptables('iptables-restore', [], NONE.replace('COMMIT', '-A INPUT -i lo -j ACCEPT\nCOMMIT'));
        const drift = await seen.drift();
        expect(programsOf(drift)).toEqual(by('iptables-nft-re'));
        expect(drift.plan.changes.length).toBeGreaterThan(0);
        while ((await rules()).length < 4) await seen.repair(seen.repairs.length);
        expect(await rules()).toEqual([RULES[0], '-A INPUT -i lo -j ACCEPT', ...RULES.slice(1)]);
      });
      test('notices a rule in the place of one that is as large', async () => {
        const seen = await begin(false);
        iptables('iptables', ['-R', 'web', '1', '-s', '192.0.2.2', '-j', 'DROP']);
        const since = Date.now();
        const { plan, at } = await seen.drift();
        expect(plan.changes).toMatchObject([{ edit: 'replace', chain: 'web', position: 1 }]);
        expect(at.getTime() - since).toBeLessThan(20_000);
      });
      test('takes what rules count for no drift', async () => {
        const seen = await begin(false);
        const send = `const s = require('node:dgram').createSocket('udp4'); let left = 20;
        const next = () => (left-- > 0 ? s.send('x', 9, '127.0.0.1', () => setTimeout(next, 50)) : s.close()); next();`;
        expect(await netns.exec(process.execPath, ['-e', send])).toMatchObject({ status: 0 });
        const [, udp] = await firewall.table('filter').chain('web').list();
        expect(udp!.counters.packets).toBeGreaterThan(0n);
        expect(seen.drifts).toEqual([]);
        await firewall.table('filter').chain('web').delete(1);
        await seen.drift();
      });
      test('ends with its namespace', async () => {
        const seen = await begin();
        await firewall.table('filter').flush();
        await seen.repair();
        netns.close();
        expect(await seen.end()).toMatchObject({ code: 'ERR_NAMESPACE', message: expect.stringContaining(netns.path) });
        netns = new Netns();
      });
      test('ends with its firewall', async () => {
        const seen = await begin();
        await firewall.table('filter').flush();
        await seen.repair();
        await firewall.close();
        expect(await seen.end()).toMatchObject({ code: 'ERR_CLOSED' });
      });
      testWith(backend === 'nft' ? ['nft'] : ['legacy', 'nft'], 'takes rules elsewhere for no drift', async () => {
        const seen = await begin(false);
        const { status } = netns.execSync('nft', [
          'add table ip other; add chain ip other c; add rule ip other c drop',
        ]);
        expect(status).toBe(0);
        await firewall.table('mangle').chain('INPUT').append('-j ACCEPT');
        await firewall.table('filter').chain('web').append('-j LOG');
        expect((await seen.drift()).by).toEqual(
          backend === 'nft' ? [{ pid: expect.any(Number), program: 'libiptc' }] : [],
        );
        expect(seen.drifts).toHaveLength(1);
      });
    },
  );
