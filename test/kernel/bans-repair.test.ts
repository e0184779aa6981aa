/** Bans whose rules and sets somebody takes away while they are kept. */
import { Bans, type BansOptions, type BansRepair } from '../../lib/bans';
import { Firewall } from '../../lib/index';
import { Sets } from '../../lib/sets';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { Netns, vethPair } from '../harness/netns';

const EMPTY = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n';
const GUEST = ['10.9.0.2', '10.9.0.3', '10.9.0.4'] as const;

for (const uses of ['ip_set', 'rules'] as const)
  describeWith(
    ['netns', 'addon', 'ping', ...(uses === 'ip_set' ? (['ipset'] as const) : [])],
    `bans by ${uses}`,
    () => {
      let [host, guest]: Netns[] = [];
      let firewall: Firewall<'ipv4'>;
      /** Somebody else's. */
      let other: Firewall<'ipv4'>;
      let bans: Bans | undefined;
      beforeEach(async () => {
        [host, guest] = [new Netns(), new Netns()];
        vethPair(
          { netns: host, device: 'veth0', addresses: ['10.9.0.1/24'] },
          { netns: guest, device: 'veth0', addresses: GUEST.map((address) => `${address}/24`) },
        );
        firewall = await Firewall.open({ family: 'ipv4', namespace: host.path, lock: false });
        other = await Firewall.open({ family: 'ipv4', namespace: host.path, lock: false });
      });
      afterEach(async () => {
        await bans?.close();
        await firewall.close();
        await other.close();
        host!.close();
        guest!.close();
      });
      const opened = async (options?: BansOptions) => {
        bans = await Bans.open(firewall, { uses, ...options });
        await bans.ban('10.9.0.2', { for: '1h', reason: 'of the first' });
        await bans.ban('10.9.0.0/24');
        await bans.allow('10.9.0.4');
        return bans;
      };
      const passing = () =>
        GUEST.filter((from) => guest!.execSync('ping', ['-c1', '-W1', '-I', from, '10.9.0.1']).status === 0);
      const next = (of: Bans) => new Promise<BansRepair>((resolve) => of.on('repair', resolve));

      test('are put back with all that was in them, and allowed stays who is', async () => {
        const kept = await opened({ repair: true });
        expect(passing()).toEqual(['10.9.0.4']);
        const told: BansRepair[] = [];
        kept.on('repair', (repair) => told.push(repair));
        await other.restore(EMPTY);
        if (uses === 'ip_set') {
          const sets = await Sets.open({ namespace: host!.path });
          for (const name of await sets.names())
            await sets
              .set(name)
              .destroy()
              .catch(() => {}); // rules may be back already
          await sets.close();
        }
        // What goes while it is being put back is put back the next time.
        while (passing().length !== 1) await new Promise((resolve) => setTimeout(resolve, 50));
        expect(passing()).toEqual(['10.9.0.4']);
        expect(told).toContainEqual({ family: 'ipv4' });
        const found = [];
        for await (const { address, reason } of kept) found.push([address, reason]);
        expect(found).toEqual([
          ['10.9.0.2', 'of the first'],
          ['10.9.0.0/24', undefined],
        ]);
        expect((await kept.isBanned('10.9.0.3')).banned).toBe(true);
      });
      test('are put back where one rule is gone, in their order', async () => {
        const kept = await opened({ repair: true });
        const before = await other.table('filter').save();
        // Of a rule for an address alone it isn't known whether somebody wants it gone.
        for (const chain of uses === 'rules' ? ['INPUT', 'FORWARD'] : ['INPUT', 'bans']) {
          const repair = next(kept);
          await other.table('filter').chain(chain).delete(1);
          await repair;
          expect((await other.table('filter').save()).replace(/\[\d+:\d+\] ?/g, '')).toBe(
            before.replace(/\[\d+:\d+\] ?/g, ''),
          );
        }
        expect(passing()).toEqual(['10.9.0.4']);
      });
      test('stay gone where nobody has asked for that, and after the end', async () => {
        await opened();
        await other.restore(EMPTY);
        await new Promise((resolve) => setTimeout(resolve, 1500));
        expect(await other.table('filter').save()).toBe(EMPTY);
        await bans!.close();
        const kept = await opened({ repair: true });
        await kept.remove();
        await new Promise((resolve) => setTimeout(resolve, 1000));
        expect(await other.table('filter').save()).toBe(EMPTY);
      });
      test('tell of what keeps them from being put back, and go on trying', async () => {
        const kept = await opened({ repair: true });
        const told: BansRepair[] = [];
        kept.on('repair', (repair) => told.push(repair));
        const table = Object.getPrototypeOf(firewall.table('filter'));
        const real = table.ensureChain;
        let tries = 0;
        table.ensureChain = async function (...words: unknown[]) {
          if (tries++ < 2) throw new Error('the lock is held');
          return real.apply(this, words);
        };
        try {
          await other.restore(EMPTY);
          while (!told.some(({ error }) => error === undefined))
            await new Promise((resolve) => setTimeout(resolve, 20));
        } finally {
          table.ensureChain = real;
        }
        expect(told[0]!.error?.message).toBe('the lock is held');
        expect(passing()).toEqual(['10.9.0.4']);
      });
    },
  );
