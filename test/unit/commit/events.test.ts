import { type Channel, channel } from 'node:diagnostics_channel';
import { Firewall, type FirewallEventName, type FirewallEvents } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { plan } from '../../../lib/policy';
import { afterEach, beforeEach, describe, expect, test } from '../../harness';

describe('what happens to the tables', () => {
  let backend: MemoryBackend;
  let firewall: Firewall<'ipv4'>;
  let heard: [FirewallEventName, FirewallEvents[FirewallEventName]][];
  const NAMES = ['commit', 'conflict', 'split', 'refill'] as const;
  const subscribed: [Channel, (event: unknown) => void][] = [];
  const input = () => firewall.table('filter').chain('INPUT');
  const where = { family: 'ipv4', backend: 'memory', namespace: 'memory', table: 'filter' };
  const timing = expect.objectContaining({ commit: expect.any(Number), lockWait: expect.any(Number) });

  beforeEach(async () => {
    backend = new MemoryBackend('ipv4');
    firewall = await Firewall.open({ backend });
    heard = [];
  });
  afterEach(async () => {
    for (const [each, listener] of subscribed.splice(0)) each.unsubscribe(listener);
    await firewall.close();
  });

  /** Each of the two ways to hear of it. */
  const listening: Record<string, () => void> = {
    'firewall.on()': () => {
      for (const name of NAMES) firewall.on(name, (event) => void heard.push([name, event]));
    },
    'a channel': () => {
      for (const name of NAMES) {
        const each = channel(`libiptc:${name}`);
        const listener = (event: unknown) => void heard.push([name, event as never]);
        each.subscribe(listener);
        subscribed.push([each, listener]);
      }
    },
  };

  describe.each(Object.entries(listening))('is told by %s', (_, listen) => {
    beforeEach(() => listen());

    test('each commit, with the edits that shared it', async () => {
      await Promise.all([input().append('-j DROP'), input().append('-j ACCEPT')]);
      expect(heard).toEqual([['commit', { ...where, edits: 2, timing }]]);
    });

    const commits: Record<string, [edits: number, work: () => unknown]> = {
      'an edit at once': [1, () => input().appendSync('-j DROP')],
      'a transaction': [1, () => firewall.table('filter').transaction((tx) => tx.chain('INPUT').append('-j DROP'))],
      'a step': [1, () => input().ensure('-j DROP')],
      'a restore': [0, () => firewall.restore('*filter\n-A INPUT -j DROP\nCOMMIT\n')],
      'a state that is put back': [
        0,
        async () => firewall.table('filter').restoreState(await firewall.table('filter').state()),
      ],
      'a plan': [1, async () => (await plan(firewall, { filter: { INPUT: { rules: ['-j DROP'] } } })).apply()],
    };
    test.each(Object.entries(commits))('the commit of %s', async (_, [edits, work]) => {
      await work();
      expect(heard).toEqual([['commit', { ...where, edits, timing }]]);
    });

    test('edits that are refused together', async () => {
      const refusing = new MemoryBackend('ipv4', {
        onCommit: ({ snapshot }) => (Buffer.from(snapshot()).includes('refused') ? 22 : 0),
      });
      const other = await Firewall.open({ backend: refusing });
      if (subscribed.length === 0) for (const name of NAMES) other.on(name, (event) => void heard.push([name, event]));
      const chain = other.table('filter').chain('INPUT');
      const edits = ['-j DROP', '-m comment --comment refused -j DROP', '-j ACCEPT'] as const;
      const settled = await Promise.allSettled(edits.map((rule) => chain.append(rule)));
      expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      const splits = heard.filter(([name]) => name === 'split');
      expect(splits.length).toBe(other.metrics.splits);
      expect(splits[0]).toEqual(['split', { ...where, edits: 3 }]);
      await other.close();
    });

    test('somebody who was faster than a transaction, which runs again', async () => {
      const rival = await Firewall.open({ backend });
      let run = 0;
      await firewall.table('filter').transaction(async (tx) => {
        await tx.chain('INPUT').append('-j DROP');
        if (run++ === 0) await rival.table('filter').chain('INPUT').append('-j ACCEPT');
      });
      expect(heard.filter(([name]) => name === 'conflict')).toEqual([
        ['conflict', { ...where, operation: 'commit the transaction on', again: true }],
      ]);
      await rival.close();
    });
    test('somebody who was faster than an edit that expects a rule, or a plan', async () => {
      await input().append('-j DROP');
      await expect(input().delete(1, { expect: '-j ACCEPT' })).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
      const stale = await plan(firewall, { filter: { INPUT: { rules: [] } } });
      await input().append('-j ACCEPT');
      await expect(stale.apply()).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
      expect(heard.filter(([name]) => name === 'conflict')).toEqual([
        ['conflict', { ...where, operation: 'delete a rule of', again: false }],
        ['conflict', { ...where, operation: 'apply the plan to', again: false }],
      ]);
    });

    test('rules that commits refill', async () => {
      const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
      await input().append('-m limit --limit 1/hour -j ACCEPT');
      for (let i = 0; i < 12; i++) await input().append('-j DROP');
      expect(await warned).toMatchObject({ code: 'IPTC_REFILL' });
      expect(heard.filter(([name]) => name === 'refill')).toEqual([['refill', { ...where, match: 'limit' }]]);
    });
  });

  test('is no longer told to whoever has said off()', async () => {
    const listener = () => void heard.push(['commit', {} as never]);
    firewall.on('commit', listener).on('commit', listener);
    await input().append('-j DROP');
    firewall.off('commit', listener).off('commit', listener);
    await input().append('-j DROP');
    expect(heard).toHaveLength(1);
  });

  test('is done, whatever a listener throws', async () => {
    const thrown = new Promise<Error>((resolve) => process.once('uncaughtException', resolve));
    const others = process.listeners('uncaughtException').slice(0, -1);
    for (const each of others) process.off('uncaughtException', each);
    firewall.on('commit', () => {
      throw new Error('my own');
    });
    firewall.on('commit', (event) => void heard.push(['commit', event]));
    await input().append('-j DROP');
    expect((await thrown).message).toBe('my own');
    for (const each of others) process.on('uncaughtException', each);
    expect(heard).toHaveLength(1);
    expect(await input().list()).toHaveLength(1);
  });

  test('costs nothing while nobody listens: no event is made', async () => {
    const { namespace: _, ...facts } = where;
    let asked = 0;
    const looking = new Proxy(backend, {
      get: (target, key) => {
        if (key === 'namespace') asked++;
        const value = Reflect.get(target, key, target) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    Object.defineProperty(looking, 'session', { value: undefined });
    const other = await Firewall.open({ backend: looking });
    await other.table('filter').chain('INPUT').append('-j DROP');
    expect(asked).toBe(0);
    other.on('commit', (event) => void heard.push(['commit', event]));
    await other.table('filter').chain('INPUT').append('-j DROP');
    expect(asked).toBe(1);
    expect(heard).toEqual([['commit', expect.objectContaining(facts)]]);
  });
});
