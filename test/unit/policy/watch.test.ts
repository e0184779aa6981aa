import { channel } from 'node:diagnostics_channel';
import { Firewall, type RuleText } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { type WatchOptions, watch } from '../../../lib/policy';
import { afterEach, beforeEach, describe, expect, test } from '../../harness';
import { Watched } from '../../harness/watched';

describe('a watch', () => {
  let backend: MemoryBackend;
  let firewall: Firewall<'ipv4'>;
  /** What others do. */
  let rival: Firewall<'ipv4'>;
  let watched: Watched | undefined;
  const RULES = ['-s 192.0.2.1/32 -j DROP', '-p tcp -j ACCEPT'] as const;
  const desired = { filter: { web: { rules: RULES }, INPUT: { rules: ['-j web'] as RuleText[] } } };
  const own = { chains: 'web' } as const;
  const input = () => rival.table('filter').chain('INPUT');
  const lines = async () =>
    (await firewall.save({ tables: ['filter'] })).split('\n').filter((line) => /^-A/.test(line));
  const ALL = ['-A INPUT -j web', ...RULES.map((rule) => `-A web ${rule}`)];
  const begin = (options: WatchOptions<'ipv4'> = {}) => {
    watched = new Watched(watch(firewall, desired, { own, ...options }) as never);
    return watched;
  };

  beforeEach(async () => {
    backend = new MemoryBackend('ipv4');
    firewall = await Firewall.open({ backend });
    rival = await Firewall.open({ backend });
    await firewall.restore(`*filter\n:web -\n${ALL.join('\n')}\nCOMMIT\n`);
  });
  afterEach(async () => {
    await watched?.watch.close();
    watched = undefined;
    await firewall.close();
    await rival.close();
  });

  test('tells what it takes, and when, and nothing while all is well', async () => {
    const seen = begin();
    await input().append('-s 10.0.0.1 -j DROP'); // not owned
    await rival.table('filter').chain('web').delete(1);
    const { plan, by, at } = await seen.drift();
    expect(plan.changes).toMatchObject([{ edit: 'insert', chain: 'web', position: 1 }]);
    expect(by).toEqual([]);
    expect(Math.abs(Date.now() - at.getTime())).toBeLessThan(10_000);
    expect(JSON.parse(JSON.stringify(seen.drifts[0]))).toMatchObject({ plan: { changes: [{ edit: 'insert' }] } });
    expect(seen.drifts).toHaveLength(1);
    expect(await lines()).toHaveLength(3);
  });
  test('tells at once what is so from the beginning', async () => {
    await rival.table('filter').flush();
    expect((await begin().drift()).plan.changes).toHaveLength(3);
  });
  test('tells the same drift once, and another one again', async () => {
    const seen = begin();
    await rival.table('filter').chain('web').delete(1);
    await seen.drift();
    await input().append('-s 10.0.0.1 -j DROP');
    await rival.table('filter').chain('web').flush();
    expect((await seen.drift(1)).plan.changes).toHaveLength(2);
  });
  test('is iterated over, by as many as like, until one leaves', async () => {
    const looking = watch(firewall, desired, { own });
    const iterate = async () => {
      for await (const { plan } of looking) return plan.changes.length;
      return undefined;
    };
    const others = [iterate(), iterate()];
    await rival.table('filter').chain('web').delete(1);
    expect(await Promise.all(others)).toEqual([1, 1]);
    expect(await iterate()).toBeUndefined();
  });
  test('publishes drifts to libiptc:drift', async () => {
    const published: unknown[] = [];
    const listener = (drift: unknown) => void published.push(drift);
    channel('libiptc:drift').subscribe(listener);
    await rival.table('filter').flush();
    const drift = await begin().drift();
    channel('libiptc:drift').unsubscribe(listener);
    expect(published).toEqual([drift]);
  });

  test('puts back what was flushed, and tells that it has', async () => {
    const seen = begin({ repair: true });
    await rival.table('filter').flush();
    const { plan, attempt } = await seen.repair();
    expect(plan.changes).toHaveLength(3);
    expect(attempt).toBe(1);
    expect(await lines()).toEqual(ALL);
    await rival.table('filter').dropChain('web');
    await seen.repair(1);
    expect(await lines()).toEqual(ALL);
    expect(seen.drifts).toHaveLength(2);
  });
  test('leaves alone what is not owned', async () => {
    const seen = begin({ repair: true });
    await rival.restore('*filter\n:theirs -\n-A INPUT -j theirs\n-A theirs -j RETURN\nCOMMIT\n');
    await seen.repair();
    expect(await lines()).toEqual(['-A INPUT -j web', '-A INPUT -j theirs', '-A theirs -j RETURN', ...ALL.slice(1)]);
  });

  const repair = { attempts: 3, interval: 1, longest: 60_000 };
  test('gives up where somebody changes it again and again', async () => {
    firewall.on('commit', () => rival.table('filter').chain('web').flushSync());
    await rival.table('filter').flush();
    const error = await begin({ repair }).end();
    expect(error).toMatchObject({ code: 'ERR_CONFLICT', message: expect.stringContaining('each of 3 repairs') });
    expect(watched!.repairs.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(watched!.drifts).toHaveLength(4);
  });
  test('gives up with what stands in the way of repairs', async () => {
    const refusing = new MemoryBackend('ipv4', { onCommit: () => 12 });
    const other = await Firewall.open({ backend: refusing });
    const seen = new Watched(watch(other, desired, { own, repair }) as never);
    expect(await seen.end()).toMatchObject({ code: 'ERR_KERNEL', errno: 12 });
    expect(seen.drifts).toHaveLength(1);
    await other.close();
  });
  test('begins a new row when it was quiet for long enough', async () => {
    const seen = begin({ repair: { attempts: 1, interval: 1, longest: 1 } });
    for (let i = 0; i < 3; i++) {
      await rival.table('filter').flush();
      expect((await seen.repair(i)).attempt).toBe(1);
    }
  });
  test('waits ever longer between repairs', async () => {
    const times: number[] = [];
    firewall.on('commit', () => {
      times.push(performance.now());
      rival.table('filter').chain('web').flushSync();
    });
    await rival.table('filter').flush();
    await begin({ repair: { attempts: 3, interval: 400 } }).end();
    expect(times[1]! - times[0]!).toBeGreaterThan(390);
    expect(times[2]! - times[1]!).toBeGreaterThan(790);
  });

  describe('of what is owned', () => {
    const of = (owned: Parameters<typeof watch<'ipv4'>>[1]) => {
      watched = new Watched(watch(firewall, owned, { repair: true }) as never);
      return watched;
    };
    test('keeps chains as they are, and what leads to them', async () => {
      const seen = of({ chains: 'w*' });
      await rival.restore('*filter\n-A INPUT -j ACCEPT\nCOMMIT\n');
      await seen.repair();
      expect(await lines()).toEqual(['-A INPUT -j web', '-A INPUT -j ACCEPT', ...ALL.slice(1)]);
      await rival.table('filter').chain('web').append('-j LOG');
      await seen.repair(1);
      expect(await lines()).toEqual(['-A INPUT -j web', '-A INPUT -j ACCEPT', ...ALL.slice(1)]);
    });
    test('keeps rules with a comment, wherever others put them', async () => {
      const MINE = '-m comment --comment app1 -j DROP';
      await input().insert(MINE);
      const seen = of({ comment: 'app*' });
      await rival.table('filter').transaction(async (tx) => {
        await tx.createChain('new');
        await tx.chain('new').append('-m comment --comment app2');
        await tx.chain('new').append('-j ACCEPT');
        await tx.chain('INPUT').flush();
      });
      await seen.repair();
      expect(await lines()).toEqual([`-A INPUT ${MINE}`, '-A new -j ACCEPT', ...ALL.slice(1)]);
    });
    test('keeps whole tables, policies too', async () => {
      const seen = of('tables');
      await rival.restore('*filter\n:INPUT DROP\n:x -\n-A INPUT -j x\nCOMMIT\n');
      await seen.repair();
      expect(await lines()).toEqual(ALL);
      expect(await firewall.table('filter').chain('INPUT').policy()).toBe('ACCEPT');
    });
  });

  test('of both families tells of either', async () => {
    const both = await Firewall.openBoth({
      backend: { ipv4: new MemoryBackend('ipv4'), ipv6: new MemoryBackend('ipv6') },
    });
    const seen = new Watched(watch(both, { filter: { INPUT: { rules: ['-i lo -j ACCEPT'] } } }, { repair: true }));
    await seen.repair();
    await both.ipv6.table('filter').flush();
    expect((await seen.repair(1)).plan.changes).toMatchObject([{ family: 'ipv6' }]);
    await seen.watch.close();
    await both.close();
  });

  describe('ends', () => {
    test('by close(), with everything that it has begun', async () => {
      const seen = begin();
      await seen.watch.close();
      await seen.watch.close();
      expect(await seen.end()).toBeUndefined();
    });
    test.each([true, false])('by its signal (aborted before: %s)', async (before) => {
      const controller = new AbortController();
      if (before) controller.abort(new Error('enough'));
      const looking = watch(firewall, desired, { own, signal: controller.signal });
      const iterating = looking[Symbol.asyncIterator]().next();
      if (!before) setTimeout(() => controller.abort(new Error('enough')), 20);
      await expect(iterating).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: new Error('enough') });
    });
    test('by the end of its firewall', async () => {
      const seen = begin();
      await rival.table('filter').chain('web').delete(1);
      await seen.drift();
      await firewall.close();
      expect(await seen.end()).toMatchObject({ code: 'ERR_CLOSED' });
    });
    test('by what is wrong from the beginning', async () => {
      const seen = new Watched(watch(firewall, { filter: { INPUT: { rules: ['-j nowhere'] } } }) as never);
      expect(await seen.end()).toMatchObject({ code: 'ERR_NO_CHAIN' });
    });
    test('by an uncaught exception where nobody listens', async () => {
      const others = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      const thrown = new Promise<Error>((resolve) => process.once('uncaughtException', resolve));
      watch(firewall, { filter: { INPUT: { rules: ['-j nowhere'] } } });
      expect(await thrown).toMatchObject({ code: 'ERR_NO_CHAIN' });
      for (const each of others) process.on('uncaughtException', each);
    });
  });

  test('goes on where what is desired can not be for a while', async () => {
    const sets = new Map([['bad', 1]]);
    const there = new MemoryBackend('ipv4', { sets });
    const other = await Firewall.open({ backend: there });
    const rules = ['-m set --match-set bad src -j DROP'] as const;
    const seen = new Watched(watch(other, { filter: { INPUT: { rules } } }, { repair }) as never);
    await seen.repair();
    sets.clear();
    await other.table('filter').flush();
    setTimeout(() => sets.set('bad', 1), 5);
    await seen.repair(1);
    expect((await other.table('filter').chain('INPUT').list()).length).toBe(1);
    await seen.watch.close();
    await other.close();
  });
});
