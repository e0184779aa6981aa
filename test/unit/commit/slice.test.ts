import { Firewall } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { describe, expect, test } from '../../harness';

const RULES = Array.from({ length: 15_000 }, (_, i) => `-A INPUT -s 10.0.${i >> 8}.${i & 255}/32 -j DROP`);
const LARGE = ['*filter', ':INPUT ACCEPT [0:0]', ...RULES, 'COMMIT', ''].join('\n');

/** How often others had a turn meanwhile. */
async function turns(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  let over = false;
  const turn = () => {
    count++;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  over = true;
  return count;
}

const CHAINS = Array.from({ length: 10_000 }, (_, i) => `c${i}`);
const MANY_CHAINS = [
  '*filter',
  ...CHAINS.map((name) => `:${name} - [0:0]`),
  ...CHAINS.map((name) => `-A INPUT -j ${name}`),
  'COMMIT',
  '',
].join('\n');

type Opened = Awaited<ReturnType<typeof opened>>;
async function opened() {
  const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4'), lock: false });
  return { firewall, filter: firewall.table('filter') };
}
const drained = async (values: AsyncIterable<unknown>) => {
  for await (const _ of values);
};

describe('the event loop turns while', () => {
  /** On a table of many rules. */
  const works: Record<string, (of: Opened) => Promise<unknown>> = {
    state: ({ filter }) => filter.state(),
    list: ({ filter }) => filter.chain('INPUT').list(),
    rules: ({ filter }) => drained(filter.chain('INPUT').rules()),
    save: ({ filter }) => filter.save(),
    'firewall.save': ({ firewall }) => firewall.save({ counters: true }),
    saveLines: ({ firewall }) => drained(firewall.saveLines({ tables: ['filter'] })),
    listing: ({ filter }) => filter.listing({ numeric: true }),
    listingLines: ({ filter }) => drained(filter.listingLines({ verbose: true })),
    restore: ({ firewall }) => firewall.restore(LARGE),
    'a restore that is refused': ({ firewall }) =>
      firewall.restore(LARGE.replace('COMMIT', '-A INPUT -j nowhere\nCOMMIT')).catch(() => {}),
    restoreState: async ({ filter }) => filter.restoreState(await filter.state()),
    appendAll: ({ filter }) => filter.chain('OUTPUT').appendAll(RULES.map((rule) => rule.slice(9)) as never[]),
    zero: ({ filter }) => filter.zero(),
    'a transaction of one append': ({ filter }) => filter.transaction((tx) => tx.chain('OUTPUT').append('-j DROP')),
    'a transaction that lists': ({ filter }) => filter.transaction((tx) => tx.chain('INPUT').list()),
    'a transaction that appends many': ({ filter }) =>
      filter.transaction((tx) => tx.chain('OUTPUT').appendAll(RULES.map((rule) => rule.slice(9)) as never[])),
  };
  test.each(Object.entries(works))('%s', async (name, work) => {
    const of = await opened();
    await of.firewall.restore(LARGE);
    expect(await turns(() => work(of)), name).toBeGreaterThan(3);
  });

  test.each(['state', 'save', 'a transaction of one append'])('%s, with many chains', async (name) => {
    const of = await opened();
    await of.firewall.restore(MANY_CHAINS);
    expect(await turns(() => works[name]!(of))).toBeGreaterThan(3);
    expect((await of.filter.state()).chain('c777')?.name).toBe('c777');
  });
});

describe('what is issued while a transaction does something long', () => {
  test('sees all of it, or is seen by none of it', async () => {
    const { filter } = await opened();
    const many = Array.from({ length: 5_000 }, (_, i) => `-s 10.1.${i >> 8}.${i & 255}` as const);
    await filter.transaction(async (tx) => {
      const input = tx.chain('INPUT');
      const first = input.appendAll(many);
      const seen = input.list();
      const behind = input.append('-s 10.0.0.1');
      expect(input.listSync()).toHaveLength(5_001);
      const failing = input.appendAll([...many, '-j nowhere']);
      input.appendSync('-s 10.0.0.2');
      const [listed, failed] = await Promise.all([seen, failing.catch((reason) => reason), first, behind]);
      expect(listed).toHaveLength(5_000);
      expect(failed).toMatchObject({ code: 'ERR_NO_CHAIN', index: 5_000 });
    });
    const sources = (await filter.chain('INPUT').list()).map((rule) => 'source' in rule && rule.source);
    expect(sources).toHaveLength(5_002);
    expect(sources.slice(-2)).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  test('and what is not awaited is committed all the same', async () => {
    const { filter } = await opened();
    await filter.transaction((tx) => {
      void tx.chain('INPUT').appendAll(RULES.map((rule) => rule.slice(9)) as never[]);
    });
    expect(await filter.chain('INPUT').list()).toHaveLength(RULES.length);
  });
});
