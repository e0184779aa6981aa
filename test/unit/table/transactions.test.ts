import { constants } from 'node:os';
import { Firewall, type FirewallTransaction, type IptcError } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { describe, expect, test } from '../../harness';
import { programOf } from '../../harness/program';

const { EAGAIN, EINVAL } = constants.errno;

function open(options: ConstructorParameters<typeof MemoryBackend>[1] = {}) {
  const backend = new MemoryBackend('ipv4', options);
  const firewall = Firewall.openSync({ backend });
  const rules = async (table: 'filter' | 'nat' | 'mangle' = 'filter') =>
    (await firewall.table(table).save()).split('\n').filter((line) => line.startsWith('-A'));
  return { backend, firewall, rules };
}
const rival = (backend: MemoryBackend, table: string, line: string) => {
  backend.table(table).run(programOf(backend.family, [line]));
  backend.table(table).commit();
};
const failed = (promise: Promise<unknown>): Promise<IptcError> =>
  promise.then(
    () => {
      throw new Error('It did not fail');
    },
    (error: IptcError) => error,
  );

describe('a transaction on several tables', () => {
  test('comes into force together, and sees its own edits alone', async () => {
    const { firewall, rules } = open();
    expect(firewall.atomic).toBe('all');
    const { commits, edits } = firewall.metrics;
    const seen = await firewall.transaction(async (tx) => {
      await tx.table('nat').chain('POSTROUTING').append('-j MASQUERADE');
      tx.table('filter').createChainSync('web');
      await tx.table('filter').chain('FORWARD').append({ target: 'web' });
      expect(await rules('nat')).toEqual([]);
      expect(await tx.table('filter').ensureChain('web')).toBe(false);
      return (await tx.table('filter').state()).save();
    });
    expect(await firewall.table('filter').save()).toBe(seen);
    expect(await rules('nat')).toEqual(['-A POSTROUTING -j MASQUERADE']);
    expect(firewall.metrics.commits - commits).toBe(2);
    expect(firewall.metrics.edits - edits).toBe(3);
  });

  test('reads a table when it is asked for, and does in order what is done meanwhile', async () => {
    const { firewall, rules } = open();
    await firewall.table('filter').chain('INPUT').append('-p 1');
    await firewall.transaction((tx) => {
      const input = tx.table('filter').chain('INPUT');
      void input.append('-p 2');
      input.appendSync('-p 3');
      void input.append('-p 4');
      void tx.table('nat').chain('OUTPUT').append('-p 5');
    });
    expect(await rules()).toEqual(['-A INPUT -p icmp', '-A INPUT -p 2', '-A INPUT -p 3', '-A INPUT -p 4']);
    expect(await rules('nat')).toHaveLength(1);
  });

  test('runs again when a table has changed that it has edited, or only read', async () => {
    for (const changed of ['filter', 'nat']) {
      const { backend, firewall, rules } = open();
      let runs = 0;
      await firewall.transaction(async (tx) => {
        runs++;
        const { length } = await tx.table('nat').chain('OUTPUT').list();
        await tx
          .table('filter')
          .chain('INPUT')
          .append({ protocol: 100 + length });
        await tx.table('mangle').chain('INPUT').append('-j ACCEPT');
        if (runs === 1) rival(backend, changed, '-A OUTPUT -p 200');
      });
      expect(runs).toBe(2);
      expect((await rules()).filter((line) => line.includes('INPUT'))).toEqual([
        `-A INPUT -p ${changed === 'nat' ? 101 : 100}`,
      ]);
      expect(await rules('mangle')).toHaveLength(1);
    }
  });

  test("gives up after its attempts, and isn't disturbed by counters", async () => {
    const { backend, firewall, rules } = open();
    await firewall.table('filter').chain('INPUT').append('-j ACCEPT');
    let runs = 0;
    await firewall.transaction(async (tx) => {
      runs++;
      await tx.table('filter').chain('INPUT').append('-j DROP');
      await tx.table('nat').chain('INPUT').append('-j ACCEPT');
      backend.count('filter', 'INPUT', 1, { packets: 1, bytes: 1 });
    });
    expect(runs).toBe(1);
    const error = await failed(
      firewall.transaction(
        async (tx) => {
          await tx.table('filter').chain('INPUT').append('-j DROP');
          await tx.table('nat').chain('INPUT').append('-j ACCEPT');
          rival(backend, 'nat', '-A INPUT -p 7');
        },
        { attempts: 3 },
      ),
    );
    expect(error).toMatchObject({ code: 'ERR_CONFLICT', applied: 'no', family: 'ipv4' });
    expect(error.message).toBe('Cannot commit the transaction (IPv4): other programs keep changing it');
    expect(await rules()).toHaveLength(2);
    expect(await rules('nat')).toHaveLength(4);
  });

  test('is nothing if its work throws, or if one of its tables is refused', async () => {
    let refuses = false;
    const onCommit = ({ table }: { readonly table: string }) => (refuses && table === 'nat' ? EINVAL : undefined);
    const { firewall, rules } = open({ onCommit });
    const edit = async (tx: FirewallTransaction) => {
      await tx.table('filter').chain('INPUT').append('-p 1');
      await tx.table('nat').chain('OUTPUT').append('-p 2');
      await tx.table('mangle').chain('INPUT').append('-p 3');
    };
    await expect(
      firewall.transaction(async (tx) => {
        await edit(tx as FirewallTransaction);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    refuses = true;
    const error = await failed(firewall.transaction((tx) => edit(tx as FirewallTransaction)));
    expect(error).toMatchObject({ code: 'ERR_BAD_RULE', table: 'nat', family: 'ipv4', chain: 'OUTPUT', index: 0 });
    expect(error.message).toBe(
      'Cannot commit the transaction on table nat (IPv4): the kernel refused the rule (EINVAL): -A OUTPUT -p 2',
    );
    for (const table of ['filter', 'nat', 'mangle'] as const) expect(await rules(table)).toEqual([]);
  });

  test('has its tables to itself, and others none of them', async () => {
    const { firewall, rules } = open();
    const filter = firewall.table('filter');
    const before = filter.chain('INPUT').append('-p 1');
    let told: unknown;
    const transaction = firewall.transaction(
      async (tx) => {
        expect(await tx.table('filter').chain('INPUT').list()).toHaveLength(1);
        told = await filter
          .chain('INPUT')
          .append('-p 9')
          .catch((error: unknown) => error);
        await firewall.table('nat').chain('OUTPUT').append('-p 8');
        await tx.table('filter').chain('INPUT').append('-p 2');
        expect(() => tx.table('nat')).toThrow('Expected one of the transaction\'s tables but received "nat"');
      },
      { tables: ['filter', 'mangle'] },
    );
    const behind = filter.chain('INPUT').append('-p 3');
    await Promise.all([before, transaction, behind]);
    expect(told).toMatchObject({ code: 'ERR_DEADLOCK' });
    expect((told as Error).message).toMatch(/it is part of the transaction, and would wait for it$/);
    expect(await rules()).toEqual(['-A INPUT -p icmp', '-A INPUT -p 2', '-A INPUT -p 3']);
    expect(await rules('nat')).toHaveLength(1);
  });

  test('is refused inside of another that has its tables, and leaves nothing behind', async () => {
    const { firewall } = open();
    const codes: string[] = [];
    const note = async (promise: Promise<unknown>) => codes.push((await failed(promise)).code);
    await firewall.transaction(async () => {
      await note(firewall.transaction(() => {}));
      await note(firewall.table('raw').transaction(() => {}));
      await note(firewall.restore('*filter\nCOMMIT\n'));
    });
    await firewall.table('filter').transaction(async () => {
      await note(firewall.transaction(() => {}));
      await firewall.transaction((tx) => tx.table('nat').chain('OUTPUT').append('-p 1'), { tables: ['nat'] });
    });
    expect(codes).toEqual(Array(4).fill('ERR_DEADLOCK'));
    await firewall.transaction((tx) => tx.table('filter').flush());
  });

  test('tells of a table that it cannot read where it is used', async () => {
    const { backend, firewall, rules } = open();
    backend.failNext('read', EINVAL);
    await firewall.transaction(async (tx) => {
      const error = await failed(tx.table('nat').chain('OUTPUT').append('-p 1'));
      expect(error.message).toMatch(/^Cannot append a rule to chain OUTPUT of table nat \(IPv4\): /);
      await tx.table('filter').chain('INPUT').append('-p 1');
    });
    expect(await rules()).toHaveLength(1);
  });

  test('is over when it has ended, also for tables that it did not use', async () => {
    const { firewall } = open();
    let kept!: FirewallTransaction<'ipv4'>;
    await firewall.transaction((tx) => {
      kept = tx;
      return tx.table('filter').flush();
    });
    for (const table of ['filter', 'nat'] as const)
      expect(await failed(kept.table(table).flush())).toMatchObject({ code: 'ERR_CLOSED', table });
  });
});

describe('where each table is a commit of its own', () => {
  const onLegacy = (onCommit: NonNullable<ConstructorParameters<typeof MemoryBackend>[1]>['onCommit']) =>
    Firewall.openSync({
      backend: Object.assign(new MemoryBackend('ipv4', { onCommit }), {
        applyAll: undefined,
        session: undefined,
      }) as never,
    });
  const edit = async (tx: FirewallTransaction<'ipv4'>) => {
    await tx.table('filter').chain('INPUT').append('-p 1');
    await tx.table('nat').chain('OUTPUT').append('-p 2');
  };
  const lines = async (firewall: Firewall<'ipv4'>) => (await firewall.save()).match(/^-A.*/gm);

  test('all are tried before the first is changed', async () => {
    const firewall = onLegacy(({ table }) => (table === 'nat' ? EINVAL : undefined));
    expect(firewall.atomic).toBe('table');
    const error = await failed(firewall.transaction(edit));
    expect(error).toMatchObject({ code: 'ERR_BAD_RULE', table: 'nat', index: 0 });
    expect(await lines(firewall)).toBeNull();
  });

  test('what has been changed is told, if that was not enough', async () => {
    let tried = 0;
    const firewall = onLegacy(({ table }) => (table === 'nat' && ++tried === 2 ? EAGAIN : undefined));
    let runs = 0;
    const error = await failed(
      firewall.transaction((tx) => {
        runs++;
        return edit(tx);
      }),
    );
    expect(runs).toBe(1);
    expect(error).toMatchObject({ code: 'ERR_CONFLICT', table: 'nat', applied: 'no' });
    expect(error.message).toBe(
      'Cannot commit the transaction on table nat (IPv4): other programs keep changing it; changed already: filter (IPv4)',
    );
    expect(await lines(firewall)).toEqual(['-A INPUT -p icmp']);
  });

  test('it runs again as long as nothing has been changed', async () => {
    let tried = 0;
    const firewall = onLegacy(({ table }) => (table === 'filter' && ++tried < 3 ? EAGAIN : undefined));
    let runs = 0;
    await firewall.transaction((tx) => {
      runs++;
      return edit(tx);
    });
    expect(runs).toBe(3);
    expect(await lines(firewall)).toHaveLength(2);
  });
});

describe('a transaction on both families', () => {
  const both = async () => {
    const backend = { ipv4: new MemoryBackend('ipv4'), ipv6: new MemoryBackend('ipv6') };
    return { backend, firewall: await Firewall.openBoth({ backend }) };
  };
  const counts = async ({ ipv4, ipv6 }: Awaited<ReturnType<typeof both>>['firewall']) =>
    Promise.all([ipv4, ipv6].map(async (each) => (await each.table('filter').state()).length));

  test('is one for both', async () => {
    const { firewall } = await both();
    expect(firewall.atomic).toBe('all');
    await firewall.transaction(async (tx) => {
      await tx.both.table('filter').chain('INPUT').append('-p icmp -j ACCEPT');
      await tx.ipv6.table('filter').chain('INPUT').append('-s fd00::1');
      await tx.both.table('filter').ensureChain('web', { hook: { chain: 'INPUT' } });
    });
    expect(await counts(firewall)).toEqual([2, 3]);
    expect(await firewall.ipv6.table('filter').save()).toContain(
      '-A INPUT -p ipv6-icmp -j ACCEPT\n-A INPUT -s fd00::1',
    );
  });

  test('is nothing for either if one is refused, and runs again if one has changed', async () => {
    const { backend, firewall } = await both();
    let runs = 0;
    await firewall.transaction(async (tx) => {
      runs++;
      await tx.both.table('filter').chain('INPUT').append('-j ACCEPT');
      if (runs === 1) rival(backend.ipv6, 'filter', '-A INPUT -p 200');
    });
    expect(runs).toBe(2);
    expect(await counts(firewall)).toEqual([1, 2]);
    backend.ipv6.failNext('commit', EINVAL);
    const error = await failed(firewall.transaction((tx) => tx.both.table('filter').chain('INPUT').flush()));
    expect(error).toMatchObject({ family: 'ipv6', table: 'filter' });
    expect(await counts(firewall)).toEqual([1, 2]);
    const conflict = await failed(
      firewall.transaction(
        async (tx) => {
          await tx.both.table('filter').chain('INPUT').append('-j ACCEPT');
          rival(backend.ipv6, 'filter', '-A INPUT -p 201');
        },
        { attempts: 1 },
      ),
    );
    expect(conflict.message).toMatch(/^Cannot commit the transaction \(IPv4 and IPv6\): /);
    expect(conflict.family).toBeUndefined();
  });

  test('waits for its turn in both, and others for it', async () => {
    const { firewall } = await both();
    const order: string[] = [];
    const noted = (name: string, promise: Promise<unknown>) => promise.then(() => order.push(name));
    await Promise.all([
      noted('before', firewall.ipv6.table('filter').chain('INPUT').append('-p 1')),
      noted(
        'the transaction',
        firewall.transaction(async (tx) => {
          expect(await tx.ipv6.table('filter').chain('INPUT').list()).toHaveLength(1);
          await new Promise((resolve) => setTimeout(resolve, 5));
          await tx.ipv4.table('filter').chain('INPUT').append('-p 2');
          await tx.ipv6.table('filter').chain('INPUT').append('-p 2');
        }),
      ),
      noted('behind', firewall.ipv4.table('filter').chain('INPUT').append('-p 3')),
      noted('behind', firewall.ipv6.table('filter').chain('INPUT').append('-p 3')),
    ]);
    expect(order).toEqual(['before', 'the transaction', 'behind', 'behind']);
    expect(await firewall.ipv6.table('filter').save()).toMatch(/-p icmp\n-A INPUT -p 2\n-A INPUT -p 3/);
  });
});
