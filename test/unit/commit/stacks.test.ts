import { Firewall, IptcError, type Table } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { describe, expect, test } from '../../harness';

const open = async () => {
  const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4'), lock: false });
  return { firewall, filter: firewall.table('filter') as unknown as Table<'ipv4', 'filter'> };
};
type Opened = Awaited<ReturnType<typeof open>>;

/** Refused here, by libiptc and by the kernel. */
const nowhere = '-j nowhere' as const;
const nonsense = '-p tcp --dport x' as const;
const failing: Record<string, (opened: Opened) => Promise<unknown>> = {
  'append, refused here': ({ filter }) => filter.chain('INPUT').append(nonsense),
  append: ({ filter }) => filter.chain('INPUT').append(nowhere),
  'append, behind others': async ({ filter }) => {
    void filter.chain('INPUT').append('-j DROP');
    await filter.chain('INPUT').append(nowhere);
  },
  appendAll: ({ filter }) => filter.chain('INPUT').appendAll([nowhere]),
  'a long appendAll': ({ filter }) => filter.chain('INPUT').appendAll([...Array(5_000).fill('-j DROP'), nowhere]),
  insert: ({ filter }) => filter.chain('INPUT').insert('-j DROP', 9),
  replace: ({ filter }) => filter.chain('INPUT').replace(1, '-j DROP'),
  delete: ({ filter }) => filter.chain('INPUT').delete('-j DROP'),
  check: ({ filter }) => filter.chain('none' as string).check('-j DROP'),
  list: ({ filter }) => filter.chain('none' as string).list(),
  state: ({ filter }) => filter.chain('none' as string).state(),
  createChain: ({ filter }) => filter.createChain('INPUT'),
  transaction: ({ filter }) => filter.transaction((tx) => tx.chain('INPUT').append(nowhere)),
  restore: ({ firewall }) => firewall.restore('*filter\n-A INPUT -j nowhere\nCOMMIT\n'),
  'the options of save': ({ firewall }) => firewall.save({ counter: true } as object),
};
const synchronous: Record<string, (opened: Opened) => unknown> = {
  appendSync: ({ filter }) => filter.chain('INPUT').appendSync(nowhere),
  'appendSync, refused here': ({ filter }) => filter.chain('INPUT').appendSync(nonsense),
  appendAllSync: ({ filter }) => filter.chain('INPUT').appendAllSync([nowhere]),
  checkSync: ({ filter }) => filter.chain('none' as string).checkSync('-j DROP'),
  listSync: ({ filter }) => filter.chain('none' as string).listSync(),
  createChainSync: ({ filter }) => filter.createChainSync('INPUT'),
};

const first = ({ stack }: Error) => stack!.split('\n').find((line) => line.startsWith('    at '));

describe('the stack of an error begins in the caller’s file', () => {
  test.each(Object.entries(failing))('%s', async (_, run) => {
    const error = await run(await open()).then(
      () => undefined,
      (reason: unknown) => reason as IptcError,
    );
    expect(error).toBeInstanceOf(IptcError);
    expect(first(error!)).toContain('stacks.test.ts');
    expect(error!.stack!.startsWith(`IptcError: ${error!.message}`)).toBe(true);
  });

  test.each(Object.entries(synchronous))('%s', async (_, run) => {
    const opened = await open();
    let error: Error | undefined;
    try {
      run(opened);
    } catch (reason) {
      error = reason as Error;
    }
    expect(error).toBeInstanceOf(IptcError);
    expect(first(error!)).toContain('stacks.test.ts');
  });

  test('of many that are issued together, at whoever awaits all of them', async () => {
    const { filter } = await open();
    async function issueThem() {
      const edits = Array.from({ length: 1_000 }, (_, i) =>
        filter.chain('INPUT').append(i === 777 ? nowhere : '-j DROP'),
      );
      await Promise.all(edits);
    }
    const error = await issueThem().catch((reason) => reason as Error);
    const [above, caller] = (error as Error).stack!.split('\n').filter((line) => line.startsWith('    at '));
    expect(above).toContain('Promise.all (index 777)');
    expect(caller).toMatch(/issueThem .*stacks\.test\.ts/);
  });

  test('of what a caller’s own work was told, where that was', async () => {
    const { filter } = await open();
    async function ownWork(tx: { chain(name: 'INPUT'): { append(rule: typeof nowhere): Promise<void> } }) {
      await tx.chain('INPUT').append(nowhere);
    }
    const error = await filter.transaction((tx) => ownWork(tx)).catch((reason) => reason as Error);
    expect(first(error as Error)).toContain('ownWork');
  });
});

test('JSON.stringify(error) says all of it', async () => {
  const { filter } = await open();
  const error = await filter
    .chain('INPUT')
    .append(nowhere)
    .catch((reason) => reason as IptcError);
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    name: 'IptcError',
    code: 'ERR_NO_CHAIN',
    message: (error as IptcError).message,
    errno: 2,
    family: 'ipv4',
    table: 'filter',
    chain: 'INPUT',
    hint: (error as IptcError).hint,
    applied: 'no',
    cause: 'No chain/target by that name',
  });
});
