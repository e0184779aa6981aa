import { constants } from 'node:os';
import fc from 'fast-check';
import { Firewall } from '../../../lib';
import type { ApplyOptions, Timing } from '../../../lib/backend/backend';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { describe, expect, test } from '../../harness';
import { backendOf, CountingBackend, edits, type Filter, open, outcome, POISON, works } from '../../harness/steps';

const { ENOMEM } = constants.errno;

describe('edits issued together', () => {
  test('have the same outcome as one by one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edits, { minLength: 1, maxLength: 40 }), async (batch) => {
        const [together, alone] = [await open(), await open()];
        const a = together.table('filter') as Filter;
        const b = alone.table('filter') as Filter;
        const expected: unknown[] = [];
        for (const { run } of batch) expected.push(await outcome(run(b, alone)));
        expect(await Promise.all(batch.map(({ run }) => outcome(run(a, together))))).toEqual(expected);
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

describe('whatever is issued', () => {
  test('has its turn in that order: the outcome is that of the same one by one', async () => {
    const pause = fc.constant(undefined);
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: edits }, { weight: 3, arbitrary: works }, pause), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (issued) => {
        const [together, alone] = [await open(), await open()];
        const a = together.table('filter') as Filter;
        const b = alone.table('filter') as Filter;
        const expected: unknown[] = [];
        for (const step of issued) expected.push(step && (await outcome(step.run(b, alone))));
        const outcomes: Promise<unknown>[] = [];
        for (const step of issued) {
          if (!step) await new Promise((resolve) => setImmediate(resolve));
          outcomes.push(step ? outcome(step.run(a, together)) : Promise.resolve(undefined));
        }
        const closed = together.close();
        expect(await Promise.all(outcomes)).toEqual(expected);
        await closed;
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  test('goes before a synchronous call that is made then', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edits, { minLength: 1, maxLength: 10 }), async (issued) => {
        const [together, alone] = [await open(), await open()];
        const a = together.table('filter') as Filter;
        const b = alone.table('filter') as Filter;
        const expected: unknown[] = [];
        for (const { run } of issued) expected.push(await outcome(run(b, alone)));
        const outcomes = issued.map(({ run }) => outcome(run(a, together)));
        expect(a.stateSync().save()).toBe(b.stateSync().save());
        a.chain('INPUT').appendSync('-j DROP');
        expect(await Promise.all(outcomes)).toEqual(expected);
        expect(a.chain('INPUT').listSync()).toHaveLength(b.chain('INPUT').listSync().length + 1);
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});

describe('the queue', () => {
  test('refuses more than its limit, and takes more when it is drained', async () => {
    const filter = (await open(backendOf(), { edits: 10 })).table('filter');
    const input = filter.chain('INPUT');
    const results = await Promise.all(Array.from({ length: 12 }, () => outcome(input.append('-j DROP'))));
    expect(results.slice(0, 10)).toEqual(Array(10).fill(undefined));
    expect(results.slice(10)).toEqual(
      Array(2).fill(
        expect.stringMatching(
          /^ERR_QUEUE_FULL: Cannot append a rule to chain INPUT of table filter \(IPv4\): 10 edits/,
        ),
      ),
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
    expect(input.listSync().map((rule) => 'source' in rule && rule.source)).toEqual(['10.0.0.1', '10.0.0.2']);
    await first;
    const open_ = filter.transaction((tx) => tx.chain('INPUT').flush());
    expect(() => input.appendSync('-j DROP')).toThrow(expect.objectContaining({ code: 'ERR_BUSY' }));
    expect(() => input.listSync()).toThrow(expect.objectContaining({ code: 'ERR_BUSY' }));
    await open_;
    expect(input.listSync()).toEqual([]);
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
