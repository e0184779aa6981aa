import { Firewall } from '../../lib';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';

for (const kind of ['nft', 'legacy'] as const)
  describeWith(['netns', 'addon', ...(kind === 'nft' ? (['nft'] as const) : [])], `what is there (${kind})`, () => {
    let netns: Netns;
    let firewall: Firewall<'ipv4'>;
    let rival: Firewall<'ipv4'>;
    beforeEach(async () => {
      netns = new Netns();
      firewall = await Firewall.open({ namespace: netns.path, backend: kind });
      rival = await Firewall.open({ namespace: netns.path, backend: kind });
      await firewall.table('filter').chain('INPUT').appendAll(['-s 127.0.0.1 -j ACCEPT', '-j ACCEPT']);
    });
    afterEach(async () => {
      await Promise.all([firewall.close(), rival.close()]);
      netns.close();
    });

    test('has changed once somebody has changed it, and not because of packets', async () => {
      const filter = firewall.table('filter');
      const [all, own] = [await firewall.version(), await filter.version()];
      expect(await rival.version()).toBe(all);
      netns.execSync('ping', ['-c', '1', '127.0.0.1']);
      expect((await filter.chain('INPUT').list())[0]!.counters.packets).toBeGreaterThan(0n);
      expect(await firewall.changed(all)).toBe(false);
      expect(await filter.changed(own)).toBe(false);
      for (const edit of [
        () => rival.table('filter').chain('INPUT').replace(2, '-j DROP'),
        () => rival.table('filter').chain('OUTPUT').setPolicy('DROP'),
        () => filter.createChain('x'),
        () => filter.renameChain('x', 'y'),
        () => rival.table('filter').chain('INPUT').delete(2),
      ]) {
        const [all, own] = [await firewall.version(), await filter.version()];
        await edit();
        expect([await firewall.changed(all), await filter.changed(own)]).toEqual([true, true]);
      }
      // What is issued before counts.
      const version = await filter.version();
      void filter.flush();
      expect(await filter.changed(version)).toBe(true);
    });

    test('is listed as it is, whether counters are asked for or not', async () => {
      const input = firewall.table('filter').chain('INPUT');
      const length = async (counters: boolean) => (await input.list({ counters })).length;
      expect(await length(false)).toBe(2);
      await rival.table('filter').chain('INPUT').insert('-j DROP', 1);
      expect(await length(false)).toBe(3);
      void input.append('-j DROP');
      expect(await length(false)).toBe(4);
      await input.delete(1);
      expect([await length(false), await length(true)]).toEqual([3, 3]);
      netns.execSync('ping', ['-c', '1', '127.0.0.1']);
      const counted = async (counters: boolean) => (await input.list({ counters }))[0]!.counters.packets;
      expect(await counted(true)).toBeGreaterThan(0n);
      const seen: unknown[] = [];
      for await (const rule of input.rules({ counters: false })) seen.push(rule.target);
      expect(seen).toEqual(['ACCEPT', 'ACCEPT', 'DROP']);
    });

    if (kind === 'nft')
      test('is not read again while it is the same', async () => {
        const filter = firewall.table('filter');
        const first = await filter.state({ counters: false });
        expect(await filter.state({ counters: false })).toBe(first);
        expect(await filter.chain('INPUT').list({ counters: false })).toBe(first.chain('INPUT')!.rules);
        expect(await filter.state()).not.toBe(first);
        await filter.chain('INPUT').append('-j DROP');
        const second = await filter.state({ counters: false });
        expect(second).not.toBe(first);
        expect(second.chain('INPUT')!.length).toBe(3);
        expect(first.chain('INPUT')!.length).toBe(2);
      });
  });
