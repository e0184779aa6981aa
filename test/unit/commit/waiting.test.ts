import { constants } from 'node:os';
import fc from 'fast-check';
import { Firewall, type Table } from '../../../lib';
import type { ApplyOptions, Timing } from '../../../lib/backend/backend';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { failure } from '../../../lib/backend/memory/failure';
import { describe, expect, test } from '../../harness';

const { ECANCELED } = constants.errno;

/** Somebody else has the lock until it is given free; how long each call would wait for it. */
class LockedBackend extends MemoryBackend {
  readonly waits: number[] = [];
  readonly programs: number[] = [];
  private readonly waiting = new Set<() => void>();
  held = true;

  override async apply(table: string, program: Uint8Array, options: ApplyOptions): Promise<Timing> {
    this.waits.push(options.wait);
    if (this.held) await this.turn(options);
    this.programs.push(program.length);
    return super.apply(table, program, { ...options, signal: undefined });
  }
  private turn({ signal }: ApplyOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const give = () => {
        signal?.removeEventListener('abort', cancel);
        this.waiting.delete(give);
        resolve();
      };
      const cancel = () => {
        this.waiting.delete(give);
        const because = { code: 'ERR_ABORTED', why: 'waiting for the lock was given up' } as const;
        reject(Object.assign(failure('lock', ECANCELED), { because }));
      };
      if (signal?.aborted) return cancel();
      signal?.addEventListener('abort', cancel);
      this.waiting.add(give);
    });
  }
  free(): void {
    this.held = false;
    for (const give of this.waiting) give();
  }
}
async function open() {
  const backend = new LockedBackend('ipv4');
  const firewall = await Firewall.open({ backend, lock: { wait: 1000 } });
  return { backend, firewall, filter: firewall.table('filter'), input: firewall.table('filter').chain('INPUT') };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));
const aborted = expect.objectContaining({ code: 'ERR_ABORTED', applied: 'no' });
const sources = async (input: Awaited<ReturnType<typeof open>>['input']) =>
  (await input.list()).map((rule) => ('source' in rule ? rule.source : undefined));

describe('steps that can be taken twice', () => {
  class Waits extends MemoryBackend {
    readonly waits: number[] = [];
    override lock(name: string, options: Parameters<MemoryBackend['lock']>[1]) {
      this.waits.push(options.wait);
      return super.lock(name, options);
    }
  }
  const STEPS = {
    ensure: (f, options) => f.chain('INPUT').ensure('-p 1', options),
    remove: (f, options) => f.chain('INPUT').remove('-p 2', options),
    ensureChain: (f, options) => f.ensureChain('x', options),
    dropChain: (f, options) => f.dropChain('y', options),
  } satisfies Record<
    string,
    (
      f: Table<'ipv4', 'filter'>,
      options?: { readonly wait?: number; readonly signal?: AbortSignal },
    ) => Promise<boolean>
  >;

  test.each(Object.entries(STEPS))('%s waits as it is told, by itself', async (_, step) => {
    const backend = new Waits('ipv4');
    const filter = Firewall.openSync({ backend, lock: { wait: 1000 } }).table('filter');
    await filter.createChain('y');
    await filter.chain('INPUT').append('-p 2');
    const others = [filter.chain('OUTPUT').ensure('-p 3'), filter.chain('OUTPUT').ensure('-p 4')];
    expect(await step(filter, { wait: 7 })).toBe(true);
    await Promise.all(others);
    expect(backend.waits).toEqual([1000, 7]);
  });

  test.each(Object.entries(STEPS))('%s is withdrawn by its signal', async (_, step) => {
    const backend = new Waits('ipv4');
    const filter = Firewall.openSync({ backend }).table('filter');
    await filter.createChain('y');
    await filter.chain('INPUT').append('-p 2');
    const before = await filter.save();
    const controller = new AbortController();
    const { signal } = controller;
    const other = filter.chain('OUTPUT').ensure('-p 3');
    const withdrawn = step(filter, { signal });
    controller.abort();
    await expect(withdrawn).rejects.toMatchObject({ code: 'ERR_ABORTED', applied: 'no' });
    await expect(step(filter, { signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(await other).toBe(true);
    expect(await filter.save()).toBe(before.replace('COMMIT', '-A OUTPUT -p 3\nCOMMIT'));
  });
});

describe('a signal', () => {
  test('withdraws an edit that shares a commit, while others of it are made', async () => {
    const { backend, input } = await open();
    const controller = new AbortController();
    const { signal } = controller;
    const edits = [
      input.append('-s 10.0.0.1'),
      input.append('-s 10.0.0.2', { signal }),
      input.appendAll(['-s 10.0.0.3', '-s 10.0.0.4']),
      input.insert('-s 10.0.0.5', 1, { signal }),
      input.append('-s 10.0.0.6'),
    ];
    controller.abort(new Error('enough'));
    await expect(edits[1]).rejects.toEqual(aborted);
    await expect(edits[3]).rejects.toMatchObject({ cause: { message: 'enough' } });
    backend.free();
    await Promise.all([edits[0], edits[2], edits[4]]);
    expect(await sources(input)).toEqual(['10.0.0.1', '10.0.0.3', '10.0.0.4', '10.0.0.6']);
    expect(backend.programs).toHaveLength(1);
  });

  test('withdraws one that waits for the lock with others, which go on waiting', async () => {
    const { backend, input } = await open();
    const controller = new AbortController();
    const first = input.append('-s 10.0.0.1');
    const second = input.append('-s 10.0.0.2', { signal: controller.signal });
    const third = input.append('-s 10.0.0.3');
    await turn();
    await turn();
    expect(backend.waits).toHaveLength(1);
    controller.abort();
    await expect(second).rejects.toEqual(aborted);
    backend.free();
    await Promise.all([first, third]);
    expect(await sources(input)).toEqual(['10.0.0.1', '10.0.0.3']);
  });

  test('is too late for one that is being made: it settles as it ends', async () => {
    const controller = new AbortController();
    const backend = new MemoryBackend('ipv4', {
      onCommit: () => {
        controller.abort();
        return undefined;
      },
    });
    const firewall = await Firewall.open({ backend });
    const input = firewall.table('filter').chain('INPUT');
    await input.append('-s 10.0.0.1', { signal: controller.signal });
    expect(controller.signal.aborted).toBe(true);
    expect(await sources(input)).toEqual(['10.0.0.1']);
  });

  test('of the firewall gives up all of them', async () => {
    const controller = new AbortController();
    const own = new AbortController();
    const firewall = await Firewall.open({ backend: new LockedBackend('ipv4'), signal: controller.signal });
    const input = firewall.table('filter').chain('INPUT');
    const edits = [input.append('-s 10.0.0.1'), input.append('-s 10.0.0.2', { signal: own.signal })];
    await turn();
    controller.abort();
    for (const edit of edits) await expect(edit).rejects.toEqual(aborted);
  });

  test('that is aborted already lets nothing begin, at once or later, in a transaction too', async () => {
    const { backend, firewall, filter, input } = await open();
    const signal = AbortSignal.abort();
    const options = { signal };
    backend.free();
    for (const call of [
      () => input.append('-j DROP', options),
      () => input.appendAll(['-j DROP'], options),
      () => input.insert('-j DROP', 1, options),
      () => input.replace(1, '-j DROP', options),
      () => input.delete(1, options),
      () => input.check('-j DROP', options),
      () => input.flush(options),
      () => input.zero(undefined, options),
      () => input.list(options),
      () => input.rules(options).next(),
      () => input.state(options),
      () => input.policy(options),
      () => input.setPolicy('DROP', options),
      () => filter.createChain('web', options),
      () => filter.renameChain('web', 'site', options),
      () => filter.deleteChain('web', options),
      () => filter.deleteChains(options),
      () => filter.flush(options),
      () => filter.zero(options),
      () => filter.state(options),
      () => filter.save(options),
      () => filter.saveLines(options).next(),
      () => filter.listing({}, undefined, options),
      () => filter.listingLines({}, undefined, options).next(),
      () => filter.transaction(() => {}, options),
      () => filter.state().then((state) => filter.restoreState(state, options)),
      () => filter.drain(options),
      () => firewall.save({ tables: ['filter'], ...options }),
      () => firewall.saveLines({ tables: ['filter'], ...options }).next(),
      () => firewall.restore('*filter\nCOMMIT\n', options),
      () => firewall.drain(options),
      () => filter.transaction((tx) => tx.chain('INPUT').append('-j DROP', options)),
    ])
      await expect(call(), String(call)).rejects.toEqual(aborted);
    for (const call of [
      () => input.appendSync('-j DROP', options),
      () => input.appendAllSync(['-j DROP'], options),
      () => filter.createChainSync('web', options),
    ])
      expect(call).toThrow(aborted);
    expect(backend.programs).toEqual([]);
    expect(await filter.save()).toBe(
      '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n',
    );
  });

  test('ends the wait for a turn', async () => {
    const { backend, filter, input } = await open();
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const before = input.append('-s 10.0.0.1');
    await turn();
    const work: string[] = [];
    const calls: Promise<unknown>[] = [
      input.append('-s 10.0.0.2', options),
      filter.transaction(() => void work.push('transaction'), options),
      input.list(options),
      filter.restoreState(await new MemoryBackend('ipv4').snapshot('filter').then(() => filterState()), options),
      filter.drain(options),
    ];
    controller.abort();
    for (const call of calls) await expect(call).rejects.toEqual(aborted);
    backend.free();
    await before;
    await filter.drain();
    expect(work).toEqual([]);
    expect(await sources(input)).toEqual(['10.0.0.1']);
  });
  async function filterState() {
    const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
    return firewall.table('filter').state();
  }

  test('leaves nothing behind where it outlives many calls', async () => {
    const { backend, input } = await open();
    backend.free();
    const { signal } = new AbortController();
    let listeners = 0;
    for (const [name, by] of [
      ['addEventListener', 1],
      ['removeEventListener', -1],
    ] as const) {
      const own = signal[name].bind(signal) as (...args: unknown[]) => void;
      signal[name] = (...args: unknown[]) => {
        listeners += by;
        own(...args);
      };
    }
    for (let i = 0; i < 20; i++) {
      await input.append('-j DROP', { signal });
      await input.list({ signal });
    }
    expect(listeners).toBe(0);
  });

  test('leaves of any edits those that are not aborted, in their order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ aborts: fc.boolean(), bad: fc.boolean() }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 0, max: 3 }),
        async (edits, turns) => {
          const { backend, input } = await open();
          const controllers = edits.map(() => new AbortController());
          const all = edits.map(({ bad }, i) =>
            input.append(bad ? '-j nowhere' : `-s 10.0.0.${i}`, { signal: controllers[i]!.signal }).then(
              () => 'made',
              (error: { code: string }) => error.code,
            ),
          );
          for (let i = 0; i < turns; i++) await turn();
          for (const [i, { aborts }] of edits.entries()) if (aborts) controllers[i]!.abort();
          await turn();
          backend.free();
          const expected = edits.map(({ aborts, bad }) => (aborts ? 'ERR_ABORTED' : bad ? 'refused' : 'made'));
          const settled = await Promise.all(all);
          expect(settled.map((code) => (code === 'made' || code === 'ERR_ABORTED' ? code : 'refused'))).toEqual(
            expected,
          );
          expect(await sources(input)).toEqual(
            edits.flatMap(({ aborts, bad }, i) => (aborts || bad ? [] : [`10.0.0.${i}`])),
          );
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('how long to wait for the lock', () => {
  test('is said by each call; those that wait as long share a commit', async () => {
    const { backend, input } = await open();
    backend.free();
    await Promise.all([
      input.append('-s 10.0.0.1'),
      input.append('-s 10.0.0.2'),
      input.append('-s 10.0.0.3', { wait: 5 }),
      input.append('-s 10.0.0.4', { wait: 5 }),
      input.append('-s 10.0.0.5'),
    ]);
    expect(backend.waits).toEqual([1000, 5, 1000]);
    expect(await sources(input)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5']);
  });

  test('is refused where it is none', async () => {
    const { input } = await open();
    const wrong = { wait: -1 };
    await expect(input.append('-j DROP', wrong)).rejects.toMatchObject({ code: 'ERR_BAD_ARGUMENT', path: 'wait' });
    expect(() => input.appendSync('-j DROP', wrong)).toThrow('milliseconds');
  });
});

describe('a firewall that is closed at once', () => {
  test('tries what waits before', async () => {
    const backend = new MemoryBackend('ipv4');
    const firewall = await Firewall.open({ backend });
    const edit = firewall.table('filter').chain('INPUT').append('-s 10.0.0.1');
    firewall.closeSync();
    await edit;
    await expect(firewall.table('filter').save()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    const again = await Firewall.open({ backend });
    expect(await again.table('filter').save()).toContain('-A INPUT -s 10.0.0.1/32\n');
    again[Symbol.dispose]();
    again.closeSync();
    expect(() => again.table('filter').stateSync()).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
  });

  test('is not while a transaction is open', async () => {
    const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
    const filter = firewall.table('filter');
    await filter.transaction(() => {
      expect(() => firewall.closeSync()).toThrow(expect.objectContaining({ code: 'ERR_BUSY' }));
    });
    await filter.chain('INPUT').append('-j DROP');
    await firewall.close();
  });
});
