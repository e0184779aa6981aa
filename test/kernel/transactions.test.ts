import { Firewall, type IptcError } from '../../lib';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';

const failed = (promise: Promise<unknown>): Promise<IptcError> =>
  promise.then(
    () => {
      throw new Error('It did not fail');
    },
    (error: IptcError) => error,
  );
/** What the kernel alone refuses. */
const REFUSED = '-m cgroup --path nosuch';

for (const kind of ['nft', 'legacy'] as const)
  describeWith(['netns', 'addon', ...(kind === 'nft' ? (['nft'] as const) : [])], `several tables (${kind})`, () => {
    let netns: Netns;
    let firewall: Awaited<ReturnType<typeof Firewall.openBoth>>;
    let rival: Firewall;
    beforeEach(async () => {
      netns = new Netns();
      firewall = await Firewall.openBoth({ namespace: netns.path, backend: kind });
      rival = (await Firewall.open({ namespace: netns.path, backend: kind })) as Firewall;
    });
    afterEach(async () => {
      await Promise.all([firewall.close(), rival.close()]);
      netns.close();
    });
    const saved = async () => (await firewall.ipv4.save()) + (await firewall.ipv6.save());

    test('are changed together, and no other is looked at', async () => {
      expect(firewall.atomic).toBe(kind === 'nft' ? 'all' : 'table');
      expect(firewall.ipv4.atomic).toBe(firewall.atomic);
      await firewall.transaction(async (tx) => {
        await tx.ipv4.table('nat').chain('POSTROUTING').append('-o eth0 -j MASQUERADE');
        await tx.both.table('filter').chain('INPUT').append('-i lo -j ACCEPT');
        await tx.ipv6.table('filter').createChain('web');
        await tx.ipv6.table('filter').chain('FORWARD').append({ target: 'web' });
        // Its own edits go on from what it has made, in whatever order.
        await tx.ipv4.table('nat').chain('POSTROUTING').insert('-o eth1 -j ACCEPT', 1);
      });
      expect((await saved()).match(/^[*-].*$/gm)).toEqual([
        '*filter',
        '-A INPUT -i lo -j ACCEPT',
        '*nat',
        '-A POSTROUTING -o eth1 -j ACCEPT',
        '-A POSTROUTING -o eth0 -j MASQUERADE',
        '*filter',
        '-A INPUT -i lo -j ACCEPT',
        '-A FORWARD -j web',
      ]);
      // What was learnt is what is there.
      await firewall.transaction(async (tx) => {
        await tx.both.table('filter').chain('INPUT').append('-j DROP');
        await tx.ipv4.table('nat').chain('POSTROUTING').delete(1);
      });
      expect((await saved()).match(/^-A.*/gm)).toHaveLength(6);
    });

    test('stay as they are if one of them is refused, in whatever order', async () => {
      for (const first of [true, false]) {
        const error = await failed(
          firewall.transaction(async (tx) => {
            if (first) await tx.ipv6.table('nat').chain('OUTPUT').append('-j ACCEPT');
            await tx.ipv4.table('filter').chain('INPUT').append('-p 1');
            await tx.ipv4.table('nat').chain('POSTROUTING').append('-p 3');
            await tx.ipv4.table('nat').chain('POSTROUTING').append(REFUSED);
            if (!first) await tx.ipv6.table('nat').chain('OUTPUT').append('-j ACCEPT');
          }),
        );
        expect(error).toMatchObject({ table: 'nat', family: 'ipv4', chain: 'POSTROUTING', index: 1, applied: 'no' });
        expect(error.message).toMatch(
          /^Cannot commit the transaction on table nat \(IPv4\): .*: -A POSTROUTING -m cgroup/,
        );
        expect((await saved()).match(/^-A/gm)).toBeNull();
      }
    });

    test('are read again when somebody else was faster', async () => {
      let runs = 0;
      await firewall.transaction(async (tx) => {
        runs++;
        const { length } = await tx.ipv4.table('filter').chain('INPUT').list();
        await tx.ipv6
          .table('filter')
          .chain('INPUT')
          .append({ protocol: 100 + length });
        await tx.ipv4.table('filter').chain('OUTPUT').append('-p 150');
        if (runs <= 2)
          await rival
            .table('filter')
            .chain('INPUT')
            .append({ protocol: 200 + runs });
      });
      expect(runs).toBe(3);
      expect((await saved()).match(/^-A .*/gm)).toEqual([
        '-A INPUT -p 201',
        '-A INPUT -p 202',
        '-A OUTPUT -p 150',
        '-A INPUT -p 102',
      ]);
    });

    test('do not run again because of a table that it does not use', async () => {
      let runs = 0;
      await firewall.transaction(async (tx) => {
        runs++;
        await tx.both.table('filter').chain('INPUT').append('-p 1');
        await rival.table('mangle').chain('INPUT').append('-p 2');
      });
      expect(runs).toBe(1);
      expect((await saved()).match(/^-A .*/gm)).toHaveLength(3);
    });

    const alone = kind === 'nft' ? test : () => {};
    alone('lose nothing where many write', async () => {
      const others = await Promise.all([1, 2].map(() => Firewall.openBoth({ namespace: netns.path, backend: kind })));
      const jobs = others.flatMap((each, i) =>
        Array.from({ length: 10 }, (_, n) =>
          each.transaction(
            async (tx) => {
              const rule = `-p tcp --dport ${100 * i + n + 1}` as const;
              await tx.both.table('filter').chain('INPUT').append(rule);
              await tx.ipv4.table('mangle').chain('INPUT').append(rule);
            },
            { attempts: 1_000 },
          ),
        ),
      );
      await Promise.all(jobs);
      expect((await saved()).match(/^-A .*/gm)).toHaveLength(60);
      await Promise.all(others.map((each) => each.close()));
    });
  });

describeWith(['netns', 'addon', 'nft'], 'all that is refused of a batch', () => {
  test('is told, each with its table', async () => {
    const netns = new Netns();
    const firewall = await Firewall.open({ namespace: netns.path, backend: 'nft' });
    const error = await failed(
      firewall.transaction(async (tx) => {
        await tx.table('filter').chain('INPUT').append('-p 1');
        await tx.table('filter').chain('INPUT').append(REFUSED);
        await tx.table('nat').chain('POSTROUTING').append(REFUSED);
        await tx.table('nat').chain('OUTPUT').append(REFUSED);
      }),
    );
    expect(error).toMatchObject({ table: 'filter', chain: 'INPUT', index: 1 });
    expect(error.errors!.map(({ table, chain, index }) => [table, chain, index])).toEqual([
      ['filter', 'INPUT', 1],
      ['nat', 'POSTROUTING', 0],
      ['nat', 'OUTPUT', 1],
    ]);
    expect(error.errors![0]).not.toHaveProperty('errors');
    expect(await firewall.save()).toBe('');
    await firewall.close();
    netns.close();
  });
});
