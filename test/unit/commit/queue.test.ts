import { constants } from 'node:os';
import fc from 'fast-check';
import { Firewall } from '../../../lib';
import type { ApplyOptions, Timing } from '../../../lib/backend/backend';
import { MemoryBackend, type MemoryOptions } from '../../../lib/backend/memory/backend';
import type { Table } from '../../../lib/table/table';
import { describe, expect, test } from '../../harness';

/** What no kernel of these tests takes. */
const POISON = '10.66.66.66';
const poisoned = Buffer.from([10, 66, 66, 66]);
const { EINVAL, ENOMEM } = constants.errno;

class CountingBackend extends MemoryBackend {
  attempts = 0;
  override apply(table: string, program: Uint8Array, options: ApplyOptions): Promise<Timing> {
    this.attempts++;
    return super.apply(table, program, options);
  }
}
const backendOf = (options: MemoryOptions = {}) =>
  new CountingBackend('ipv4', {
    onCommit: ({ snapshot }) => (Buffer.from(snapshot()).includes(poisoned) ? EINVAL : undefined),
    ...options,
  });
const open = (backend = backendOf(), queue = {}) => Firewall.open({ backend, queue, lock: false });

type Filter = Table<'ipv4', 'filter'>;
type Step = { readonly name: string; readonly run: (filter: Filter) => Promise<unknown> };
const step = (name: string, run: Step['run']): Step => ({ name, run });

// Jumps go from a to b to c and never back: a loop that a later edit of the same batch breaks is no error of the batch's.
const levels = [['a1', 'a2'], ['b1', 'b2'], ['c1']] as const;
const chain = fc.constantFrom(...levels.flat());
const position = fc.integer({ min: 1, max: 4 });
const rule = (targets: readonly string[]) =>
  fc
    .tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom('', '-j ACCEPT', '-j DROP', ...targets.map((to) => `-j ${to}`)),
    )
    .map(([n, to]) => `-s 10.0.0.${n} ${to}`);
const ruled = fc.constantFrom(...levels.flat(), 'INPUT', 'OUTPUT').chain((name) => {
  const level = levels.findIndex((names) => (names as readonly string[]).includes(name));
  return fc.tuple(fc.constant(name), rule(levels.slice(level + 1).flat()));
});
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: ruled.map(([name, text]) => step(`-A ${name} ${text}`, (t) => t.chain(name).append(text as '-'))),
  },
  ruled.chain(([name, text]) =>
    position.map((n) => step(`-I ${name} ${n} ${text}`, (t) => t.chain(name).insert(text as '-', n))),
  ),
  ruled.chain(([name, text]) =>
    position.map((n) => step(`-R ${name} ${n} ${text}`, (t) => t.chain(name).replace(n, text as '-'))),
  ),
  ruled.map(([name, text]) => step(`-D ${name} ${text}`, (t) => t.chain(name).delete(text as '-'))),
  ruled.map(([name, text]) => step(`-C ${name} ${text}`, (t) => t.chain(name).check(text as '-'))),
  ruled.map(([name, text]) =>
    step(`-A ${name} three times ${text}`, (t) => t.chain(name).appendAll(['-j DROP', text as '-', '-j ACCEPT'])),
  ),
  fc.tuple(chain, position).map(([name, n]) => step(`-D ${name} ${n}`, (t) => t.chain(name).delete(n))),
  fc
    .tuple(ruled, ruled, position)
    .map(([[name, text], [, other], n]) =>
      step(`-R ${name} ${n} ${text}, for ${other}`, (t) =>
        t.chain(name).replace(n, text as '-', { expect: other as '-' }),
      ),
    ),
  chain.map((name) => step(`-F ${name}`, (t) => t.chain(name).flush())),
  { weight: 4, arbitrary: chain.map((name) => step(`-N ${name}`, (t) => t.createChain(name))) },
  chain.map((name) => step(`-X ${name}`, (t) => t.deleteChain(name))),
  fc
    .constantFrom(...levels)
    .chain((names) =>
      fc
        .constantFrom(...names)
        .chain((from) =>
          fc.constantFrom(...names).map((to) => step(`-E ${from} ${to}`, (t) => t.renameChain(from, to))),
        ),
    ),
  fc.constant(step('-P INPUT DROP', (t) => t.chain('INPUT').setPolicy('DROP'))),
  // Refused by the kernel, by libiptc, and before either. Nothing takes rules out of FORWARD.
  { weight: 3, arbitrary: fc.constant(step('poison', (t) => t.chain('FORWARD').append(`-s ${POISON}`))) },
  fc.constant(step('-A nowhere', (t) => t.chain('nowhere').append('-j DROP'))),
  fc.constant(step('-A INPUT nonsense', (t) => t.chain('INPUT').append('-p tcp -m tcp --dport 70000'))),
);

const outcome = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value,
    (error) => `${error.code}: ${error.message}`,
  );

describe('edits issued together', () => {
  test('have the same outcome as one by one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 40 }), async (batch) => {
        const [together, alone] = [await open(), await open()];
        const a = together.table('filter') as Filter;
        const b = alone.table('filter') as Filter;
        const expected: unknown[] = [];
        for (const { run } of batch) expected.push(await outcome(run(b)));
        expect(await Promise.all(batch.map(({ run }) => outcome(run(a))))).toEqual(expected);
        expect(await a.save()).toBe(await b.save());
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  test('are committed once if nothing is wrong with them', async () => {
    const backend = backendOf();
    const firewall = await open(backend);
    const input = firewall.table('filter').chain('INPUT');
    await Promise.all(Array.from({ length: 1000 }, (_, i) => input.append(`-s 10.0.0.0 -p ${i % 256}`)));
    expect(backend.attempts).toBe(1);
    expect(await input.list()).toHaveLength(1000);
    expect(firewall.metrics).toMatchObject({ edits: 1000, commits: 1, committedEdits: 1000, splits: 0 });
  });

  test('need few commits to find one that the kernel refuses', async () => {
    for (const bad of [0, 1, 500, 998, 999]) {
      const backend = backendOf();
      const input = (await open(backend)).table('filter').chain('INPUT');
      const edits = Array.from({ length: 1000 }, (_, i) =>
        outcome(input.append(i === bad ? `-s ${POISON}` : '-j DROP')),
      );
      const rejected = (await Promise.all(edits)).flatMap((result, i) => (result === undefined ? [] : [i]));
      expect(rejected).toEqual([bad]);
      expect(backend.attempts).toBeLessThanOrEqual(22);
    }
  });

  test('need no more than some commits each, whatever is wrong with them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('-j DROP', '-j nowhere', `-s ${POISON}`), { minLength: 1, maxLength: 100 }),
        async (rules) => {
          const backend = backendOf();
          const input = (await open(backend)).table('filter').chain('INPUT');
          await Promise.all(rules.map((text) => outcome(input.append(text as '-'))));
          expect(backend.attempts).toBeLessThanOrEqual(3 * rules.length + 8);
        },
      ),
    );
  });

  test('all fail for what is nobody’s fault, after one attempt', async () => {
    const backend = backendOf();
    const input = (await open(backend)).table('filter').chain('INPUT');
    backend.failNext('commit', ENOMEM);
    const results = await Promise.all(Array.from({ length: 10 }, () => outcome(input.append('-j DROP'))));
    expect(new Set(results).size).toBe(1);
    expect(results[0]).toMatch(/ERR_KERNEL/);
    expect(backend.attempts).toBe(1);
  });

  test('join the next commit while one is under way, in order', async () => {
    let letGo!: () => void;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const backend = new (class extends CountingBackend {
      override async apply(table: string, program: Uint8Array, options: ApplyOptions): Promise<Timing> {
        const applied = super.apply(table, program, options);
        await gate;
        return applied;
      }
    })('ipv4');
    const firewall = await open(backend);
    const input = firewall.table('filter').chain('INPUT');
    const order: number[] = [];
    const append = (n: number) => input.append(`-s 10.0.0.${n}`).then(() => order.push(n));
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const edits = [append(1)];
    while (backend.attempts === 0) await turn();
    edits.push(append(2), append(3));
    await turn();
    edits.push(append(4));
    letGo();
    await Promise.all(edits);
    expect(order).toEqual([1, 2, 3, 4]);
    expect(firewall.metrics.commits).toBe(2);
    expect((await input.list()).map((rule) => 'source' in rule && rule.source)).toEqual(
      [1, 2, 3, 4].map((n) => `10.0.0.${n}`),
    );
  });

  test('of a long list keep their place, are made all or none, and tell which rule was wrong', async () => {
    for (const count of [10, 3_000]) {
      const input = (await open()).table('filter').chain('INPUT');
      const list = (bad?: string) =>
        Array.from({ length: count }, (_, i) => (i === count - 2 && bad ? bad : `-s 10.1.${i >> 8}.${i & 255}`));
      const settled = await Promise.allSettled([
        input.append('-s 10.0.0.1'),
        input.appendAll(list() as never[]),
        input.appendAll(list('-j nowhere') as never[]),
        input.append('-s 10.0.0.2'),
        input.appendAll(list('-p tcp --dport x') as never[]),
        input.append('-s 10.0.0.3'),
      ]);
      expect(settled.map(({ status }) => status[0])).toEqual(['f', 'f', 'r', 'f', 'r', 'f']);
      for (const n of [2, 4])
        expect((settled[n] as PromiseRejectedResult).reason).toMatchObject({
          index: count - 2,
          chain: 'INPUT',
          code: n === 2 ? 'ERR_NO_CHAIN' : 'ERR_BAD_RULE',
        });
      const sources = (await input.list()).map((rule) => ('source' in rule ? rule.source : undefined));
      expect(sources).toHaveLength(count + 3);
      expect([sources[0], sources[1], sources.at(-2), sources.at(-1)]).toEqual([
        '10.0.0.1',
        '10.1.0.0',
        '10.0.0.2',
        '10.0.0.3',
      ]);
    }
  });

  test('of other tables and firewalls go on by themselves', async () => {
    const [one, other] = [backendOf({ delay: 5 }), new MemoryBackend('ipv6')];
    const [v4, v6] = [await open(one), await Firewall.open({ backend: other, family: 'ipv6', lock: false })];
    const poison = outcome(v4.table('filter').chain('INPUT').append(`-s ${POISON}`));
    const fine = [
      v4.table('nat').chain('OUTPUT').append('-j ACCEPT'),
      v4.table('filter').chain('OUTPUT').append('-j DROP'),
      v6.table('filter').chain('INPUT').append('-j DROP'),
    ];
    await Promise.all(fine);
    expect(await poison).toMatch(/ERR_BAD_RULE/);
    expect([v4.metrics.commits, v6.metrics.commits]).toEqual([2, 1]);
  });
});

describe('the queue', () => {
  test('refuses more than its limit, and takes more when it is drained', async () => {
    const filter = (await open(backendOf(), { edits: 10 })).table('filter');
    const input = filter.chain('INPUT');
    const results = await Promise.all(Array.from({ length: 12 }, () => outcome(input.append('-j DROP'))));
    expect(results.slice(0, 10)).toEqual(Array(10).fill(undefined));
    expect(results.slice(10)).toEqual(
      Array(2).fill(expect.stringMatching(/^ERR_QUEUE_FULL: Cannot append a rule to chain INPUT: 10 edits/)),
    );
    for (let i = 0; i < 30; i++) {
      void input.append('-j DROP');
      if (i % 10 === 9) await filter.drain();
    }
    expect(await input.list()).toHaveLength(40);
  });

  test('refuses more bytes than its limit, in front of a transaction and behind it', async () => {
    const filter = (await open(backendOf(), { bytes: 1000 })).table('filter');
    const results: Promise<unknown>[] = [];
    for (let i = 0; i < 8; i++) {
      results.push(outcome(filter.chain('INPUT').append('-j DROP')));
      if (i === 2) results.push(outcome(filter.transaction((tx) => tx.chain('INPUT').append('-j ACCEPT'))));
    }
    expect((await Promise.all(results)).map((result) => String(result).slice(0, 14))).toEqual([
      ...Array(6).fill('undefined'),
      ...Array(3).fill('ERR_QUEUE_FULL'),
    ]);
    await filter.chain('INPUT').append('-j DROP');
    expect(await filter.chain('INPUT').list()).toHaveLength(7);
  });

  test('keeps transactions and edits in the order in which they were issued', async () => {
    const filter = (await open(backendOf({ delay: 2 }))).table('filter');
    const input = filter.chain('INPUT');
    const seen: number[] = [];
    const transaction = () =>
      filter.transaction(async (tx) => {
        seen.push((await tx.chain('INPUT').list()).length);
        await tx.chain('INPUT').append('-j DROP');
      });
    await Promise.all([input.append('-j DROP'), transaction(), transaction(), input.append('-j DROP'), transaction()]);
    expect(seen).toEqual([1, 2, 4]);
  });

  test('refuses a synchronous edit while a transaction is open, else runs it behind what was issued', async () => {
    const filter = (await open()).table('filter');
    const input = filter.chain('INPUT');
    const first = input.append('-s 10.0.0.1');
    input.appendSync('-s 10.0.0.2');
    await first;
    const open_ = filter.transaction((tx) => tx.chain('INPUT').flush());
    expect(() => input.appendSync('-j DROP')).toThrow(expect.objectContaining({ code: 'ERR_BUSY' }));
    expect((await input.list()).map((rule) => 'source' in rule && rule.source)).toEqual(['10.0.0.1', '10.0.0.2']);
    await open_;
  });

  test('loses nothing when the firewall is closed', async () => {
    const backend = backendOf({ delay: 2 });
    const firewall = await open(backend);
    const filter = firewall.table('filter');
    const edits = [
      ...Array.from({ length: 50 }, () => filter.chain('INPUT').append('-j DROP')),
      firewall.table('nat').chain('OUTPUT').append('-j ACCEPT'),
      filter.transaction((tx) => tx.chain('INPUT').append('-j ACCEPT')),
      filter.chain('INPUT').append('-j ACCEPT'),
    ];
    const closed = firewall.close();
    await Promise.all(edits);
    await closed;
    expect(backend.table('filter').find('INPUT')!.rules).toHaveLength(52);
    expect(await outcome(filter.chain('INPUT').append('-j DROP'))).toMatch(/^ERR_CLOSED/);
  });

  test('keeps its interval between commits', async () => {
    const firewall = await open(backendOf(), { interval: 400 });
    const input = firewall.table('filter').chain('INPUT');
    const start = Date.now();
    await input.append('-j DROP');
    const edits: Promise<void>[] = [];
    for (let i = 0; i < 10; i++) {
      edits.push(input.append('-j DROP'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(edits);
    expect(Date.now() - start).toBeGreaterThanOrEqual(390);
    expect(firewall.metrics.commits).toBe(2);
  });
});

describe('frequent commits', () => {
  const warnings = async (rule: string, queue = {}) => {
    const heard: (Error & { code?: string })[] = [];
    const listen = (warning: Error) => heard.push(warning);
    process.on('warning', listen);
    const firewall = await open(backendOf(), queue);
    const filter = firewall.table('filter');
    await filter.chain('INPUT').append(rule as '-');
    for (let i = 0; i < 40; i++) await filter.chain('OUTPUT').append('-j DROP');
    await new Promise((resolve) => setTimeout(resolve, 20));
    await firewall.close();
    process.off('warning', listen);
    return heard.map(({ code, message }) => `${code}: ${message}`);
  };
  test.each([
    ['-m limit --limit 1/hour -j ACCEPT', 'limit'],
    ['-m quota --quota 1000 -j ACCEPT', 'quota'],
    ['-m statistic --mode nth --every 3 --packet 0', 'statistic --mode nth'],
  ])('of a table with %s are warned of once', async (rule, name) => {
    expect(await warnings(rule)).toEqual([
      `IPTC_REFILL: Table filter is committed often, and each commit refills its ${name} rules`,
    ]);
  });
  test.each([
    '-m statistic --mode random --probability 0.5',
    '-m hashlimit --hashlimit-upto 1/hour --hashlimit-name x',
    '-m comment --comment limit',
  ])('of a table with %s are not', async (rule) => {
    expect(await warnings(rule)).toEqual([]);
  });
});
