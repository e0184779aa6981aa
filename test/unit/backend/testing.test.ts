import { constants } from 'node:os';
import { Firewall } from '../../../lib';
import { MemoryBackend } from '../../../lib/testing';
import { afterEach, beforeEach, describe, expect, test } from '../../harness';

const open = (backend: MemoryBackend) => Firewall.open({ backend, lock: false });
const DROP = '-j DROP';

describe('where a test fakes timers', () => {
  const real = { setImmediate, setTimeout, setInterval, clearTimeout, performance, Date, queueMicrotask };
  beforeEach(() => {
    const never = () => ({ ref() {}, unref() {} });
    class Stopped extends real.Date {
      constructor() {
        super(0);
      }
      static override now() {
        return 0;
      }
    }
    Object.assign(globalThis, {
      setImmediate: never,
      setTimeout: never,
      setInterval: never,
      clearTimeout() {},
      queueMicrotask() {},
      Date: Stopped,
    });
    Object.defineProperty(globalThis, 'performance', { value: { now: () => 0 }, configurable: true, writable: true });
  });
  afterEach(() => {
    Object.assign(globalThis, real);
    Object.defineProperty(globalThis, 'performance', { value: real.performance, configurable: true, writable: true });
  });

  test('everything settles all the same', async () => {
    const backend = new MemoryBackend('ipv4', { delay: 1 });
    const firewall = await Firewall.open({ backend, lock: false, queue: { interval: 1 } });
    const filter = firewall.table('filter');
    await Promise.all([filter.chain('INPUT').append(DROP), filter.chain('INPUT').append(DROP)]);
    await filter.chain('INPUT').append(DROP);
    await filter.chain('INPUT').appendAll(Array.from({ length: 3_000 }, () => DROP));
    await filter.transaction((tx) => tx.chain('OUTPUT').append(DROP));
    await firewall.restore('*nat\n-A OUTPUT -j ACCEPT\nCOMMIT\n');
    expect(await filter.chain('INPUT').list()).toHaveLength(3_003);
    expect(await firewall.save()).toContain('-A OUTPUT -j ACCEPT');
    for await (const line of firewall.saveLines({ tables: ['nat'] })) expect(line).not.toBe('');
    await firewall.drain();
    await firewall.close();
  });
});

describe('tables in memory outlive a firewall', () => {
  test('and are opened again by another', async () => {
    const backend = new MemoryBackend('ipv4');
    const first = await open(backend);
    const input = first.table('filter').chain('INPUT');
    void input.append(DROP);
    await first.close();
    await expect(input.append(DROP)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await expect(input.list()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    expect(() => input.appendSync(DROP)).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
    await first.close();
    const second = await open(backend);
    expect(await second.table('filter').chain('INPUT').list()).toHaveLength(1);
    await second.close();
  });

  test('which several can have open', async () => {
    const backend = new MemoryBackend('ipv4');
    const [first, second] = [await open(backend), await open(backend)];
    await first.table('filter').chain('INPUT').append(DROP);
    await first.close();
    await second.table('filter').chain('INPUT').append(DROP);
    expect(second.table('filter').chain('INPUT').listSync()).toHaveLength(2);
    await backend.close();
    await expect(second.table('filter').chain('INPUT').append(DROP)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await expect(open(backend)).rejects.toMatchObject({ stage: 'closed' });
  });

  test('and can be cloned, counters and all, each then by itself', async () => {
    const backend = new MemoryBackend('ipv4');
    const firewall = await open(backend);
    await firewall.table('filter').createChain('mine');
    await firewall.table('filter').chain('mine').append(DROP);
    await firewall.table('filter').chain('INPUT').append('-j mine');
    backend.count('filter', 'mine', 1, { packets: 3, bytes: 180 });
    void firewall.table('filter').chain('INPUT').append('-s 10.0.0.1');
    await firewall.drain();
    const copy = await open(backend.clone());
    const before = await firewall.save({ counters: true });
    expect(await copy.save({ counters: true })).toBe(before);
    await copy.table('filter').flush();
    await copy.table('filter').deleteChain('mine');
    expect(await firewall.save({ counters: true })).toBe(before);
    await firewall.close();
    await backend.close();
    expect(await (await open(backend.clone())).save({ counters: true })).toBe(before);
  });
});

describe('packets that are counted', () => {
  test('are what rules and policies say, and add up', async () => {
    const backend = new MemoryBackend('ipv4');
    const firewall = await open(backend);
    const input = firewall.table('filter').chain('INPUT');
    await input.appendAll([DROP, { source: '10.0.0.1', counters: { packets: 1, bytes: 60 } }]);
    backend.count('filter', 'INPUT', 2, { packets: 2, bytes: 120n });
    backend.count('filter', 'INPUT', 2, { packets: 1n, bytes: 60 });
    backend.count('filter', 'INPUT', 'policy', { packets: 7, bytes: 700 });
    await input.append('-s 10.0.0.2'); // what has been counted stays
    const state = await input.state();
    expect(state.rules.map(({ counters }) => counters)).toEqual([
      { packets: 0n, bytes: 0n },
      { packets: 4n, bytes: 240n },
      { packets: 0n, bytes: 0n },
    ]);
    expect(state.counters).toEqual({ packets: 7n, bytes: 700n });
    await input.zero();
    expect((await input.state()).counters).toEqual({ packets: 0n, bytes: 0n });
  });

  test('need a rule that is there', () => {
    const backend = new MemoryBackend('ipv4');
    const some = { packets: 1, bytes: 1 };
    const codes = [
      () => backend.count('filter', 'INPUT', 1, some),
      () => backend.count('filter', 'none', 1, some),
      () => backend.count('filter', 'none', 'policy', some),
      () => backend.count('filter', 'INPUT', 0, some),
      () => backend.count('filter', 'INPUT', 1, { packets: -1, bytes: 1 }),
      () => backend.count('nothing', 'INPUT', 1, some),
    ].map((count) => {
      try {
        count();
      } catch (error) {
        return (error as { code: string }).code;
      }
      return undefined;
    });
    expect(codes).toEqual([
      'ERR_NO_RULE',
      'ERR_NO_CHAIN',
      'ERR_NO_CHAIN',
      'ERR_BAD_ARGUMENT',
      'ERR_BAD_ARGUMENT',
      'ERR_BAD_ARGUMENT',
    ]);
  });
});

describe('failNext takes', () => {
  test.each([
    'ERR_LOCK',
    'ERR_LOCK_TIMEOUT',
    'ERR_ABORTED',
    'ERR_PERMISSION',
    'ERR_NO_SUPPORT',
    'ERR_NO_TABLE',
    'ERR_BAD_RULE',
    'ERR_UNSUPPORTED_BY_KERNEL',
    'ERR_CONFLICT',
    'ERR_KERNEL',
  ] as const)('the code %s, with which the next edit rejects', async (code) => {
    const backend = new MemoryBackend('ipv4');
    const input = (await open(backend)).table('filter').chain('INPUT');
    backend.failNext(code);
    await expect(input.append(DROP)).rejects.toMatchObject({ code, applied: 'no' });
    await input.append(DROP);
    expect(await input.list()).toHaveLength(1);
  });

  test.each([
    ['lock', 'ERR_PERMISSION'],
    ['read', 'ERR_KERNEL'],
    ['commit', 'ERR_PERMISSION'],
    ['commit', 'ERR_CONFLICT'],
    ['counters', 'ERR_KERNEL'],
  ] as const)('a step and a code: %s, %s', async (stage, code) => {
    const backend = new MemoryBackend('ipv4');
    const input = (await open(backend)).table('filter').chain('INPUT');
    backend.failNext(stage, code);
    await expect(input.append(DROP)).rejects.toMatchObject({
      code,
      applied: stage === 'counters' ? 'yes' : 'no',
      cause: { stage },
    });
  });

  test('an errno', async () => {
    const backend = new MemoryBackend('ipv4');
    backend.failNext('commit', constants.errno.ENOMEM);
    const input = (await open(backend)).table('filter').chain('INPUT');
    await expect(input.append(DROP)).rejects.toMatchObject({ code: 'ERR_KERNEL', errno: constants.errno.ENOMEM });
  });

  test('nothing else', () => {
    const backend = new MemoryBackend('ipv4');
    const refused = (...args: unknown[]) =>
      expect(() => (backend.failNext as (...given: unknown[]) => void)(...args)).toThrow(
        expect.objectContaining({ code: 'ERR_BAD_ARGUMENT' }),
      );
    refused('ERR_NO_CHAIN');
    refused('ERR_NOTHING');
    refused('lock', 'ERR_CONFLICT');
    refused('commit', 'EAGAIN');
    refused('write', 5);
    refused('commit', 0);
    refused('commit');
    refused();
  });
});
