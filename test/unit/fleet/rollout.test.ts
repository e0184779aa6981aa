// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so policies name variables
import type { RolloutProgress } from '../../../lib/fleet';
import type { RolloutState } from '../../../lib/fleet/payload';
import { waveOf } from '../../../lib/fleet/waves';
import { afterEach, beforeEach, describe, expect, test } from '../../harness';
import { has, policy, type TestHost, World } from './world';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const PACE = { failures: 0.3, hold: 30, timeout: 20_000 } as const;
/** Hosts of both labels. */
async function hosts(): Promise<{ canary: TestHost; others: TestHost[] }> {
  const canary = await world.host('canary', { labels: { role: 'canary' } });
  const others = await Promise.all(['a', 'b', 'c'].map((name) => world.host(name, { labels: { role: 'plain' } })));
  return { canary, others };
}
/** A policy that no host can have. */
const wrong = () => {
  const { rulesets, ...rest } = policy('192.0.2.9');
  const [{ tables, family }] = rulesets as [(typeof rulesets)[0]];
  const [{ rules, ...table }] = tables as [(typeof tables)[0]];
  return {
    ...rest,
    rulesets: [{ family, tables: [{ ...table, rules: [...rules, { chain: 'web', rule: '-s ${none} -j DROP' }] }] }],
  };
};

describe('shares of hosts', () => {
  const rollout = (id: string, ...waves: readonly string[]): RolloutState => ({
    id,
    waves,
    wave: 0,
    state: 'running',
    failures: 0,
    hold: 0,
    timeout: 0,
  });
  test('are about that, each within the next, and others the next time', () => {
    const names = Array.from({ length: 4_000 }, (_, i) => ({ host: `host-${i}`, labels: {} }));
    const of = (id: string) => names.map((name) => waveOf(rollout(id, '1%', '10%', '100%'), name)!);
    const waves = of('one');
    const count = (wave: number) => waves.filter((each) => each <= wave).length;
    expect(count(0)).toBeGreaterThan(15);
    expect(count(0)).toBeLessThan(80);
    expect(count(1)).toBeGreaterThan(300);
    expect(count(1)).toBeLessThan(500);
    expect(count(2)).toBe(4_000);
    expect(of('two')).not.toEqual(waves);
  });
});

describe('a roll-out', () => {
  test('goes from wave to wave once all of one are good', async () => {
    const publisher = await world.publisher();
    const { canary, others } = await hosts();
    await publisher.publish('web', policy('192.0.2.1'));
    await Promise.all([canary, ...others].map((host) => host.until(has(1))));
    await publisher.publish('web', policy('192.0.2.2'), { waves: ['role=canary', '100%'], ...PACE });
    await canary.until(has(2));
    expect(others.map(({ agent }) => agent.status.policies.web?.seq)).toEqual([1, 1, 1]);
    const progress: RolloutProgress[] = [];
    expect(await publisher.rollOut('web', { onProgress: (each) => progress.push(each) })).toBe(undefined);
    await Promise.all(others.map((host) => host.until(has(2))));
    expect(progress[0]).toMatchObject({ wave: 'role=canary', hosts: 1, state: 'running' });
    expect(progress[progress.length - 1]).toMatchObject({ wave: '100%', hosts: 4, good: 4, failed: 0 });
    expect((await publisher.status()).groups).toMatchObject([{ seq: 2, good: 4, newest: 4 }]);
    expect((await publisher.status()).groups[0]!.rollout).toBe(undefined);
  });
  test('goes back by itself where too many fail, and without the key', async () => {
    const publisher = await world.publisher();
    const { canary, others } = await hosts();
    await publisher.publish('web', policy('192.0.2.1'));
    await Promise.all([canary, ...others].map((host) => host.until(has(1))));
    await publisher.publish('web', wrong(), { waves: ['role=canary', '100%'], ...PACE });
    const steering = await world.publisher({ key: undefined });
    const ended = await steering.rollOut('web');
    expect(ended).toMatchObject({ seq: 2, reason: '1 of 1 hosts failed' });
    await Promise.all([canary, ...others].map((host) => host.until(has(3))));
    expect(await canary.saved()).toContain('192.0.2.1/32');
    expect((await publisher.history('web')).map(({ seq, message }) => [seq, message])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, 'back to 1, since 2 failed'],
    ]);
    // What was signed beforehand is older than the next.
    expect(await publisher.publish('web', policy('192.0.2.3'))).toMatchObject({ seq: 4 });
    await Promise.all([canary, ...others].map((host) => host.until(has(4))));
  });
  test('bears fewer failures', async () => {
    const publisher = await world.publisher();
    const { canary, others } = await hosts();
    await publisher.setHost('canary', { variables: { none: '192.0.2.7' } });
    for (const name of ['a', 'b']) await publisher.setHost(name, { variables: { none: '192.0.2.7' } });
    await publisher.publish('web', policy('192.0.2.1'));
    await Promise.all([canary, ...others].map((host) => host.until(has(1))));
    await publisher.publish('web', wrong(), { waves: ['100%'], ...PACE });
    expect(await publisher.rollOut('web')).toBe(undefined);
    expect((await publisher.status()).groups).toMatchObject([{ seq: 2, good: 3, failed: 1 }]);
  });
  test('is paused, goes on, and is taken back', async () => {
    const publisher = await world.publisher();
    const { canary, others } = await hosts();
    await publisher.publish('web', policy('192.0.2.1'));
    await Promise.all([canary, ...others].map((host) => host.until(has(1))));
    expect(await publisher.pause('web')).toBe(false);
    await publisher.publish('web', policy('192.0.2.2'), { waves: ['role=canary'], ...PACE });
    expect(await publisher.pause('web')).toBe(true);
    await canary.until(has(2));
    const states: string[] = [];
    const rolling = publisher.rollOut('web', { onProgress: ({ state }) => states.push(state) });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(others[0]!.agent.status.policies.web?.seq).toBe(1);
    expect(new Set(states)).toEqual(new Set(['paused']));
    expect(await publisher.abort('web')).toBe(true);
    expect(await rolling).toMatchObject({ reason: 'aborted' });
    await canary.until(has(3));
    expect(await canary.saved()).toContain('192.0.2.1/32');
    await publisher.publish('web', policy('192.0.2.3'), { waves: ['role=canary'], ...PACE });
    await publisher.pause('web');
    await publisher.resume('web');
    expect(await publisher.rollOut('web')).toBe(undefined);
    await Promise.all(others.map((host) => host.until(has(4))));
  });
  test('has nothing to go back to the first time: nobody else gets it', async () => {
    const publisher = await world.publisher();
    const { canary, others } = await hosts();
    await publisher.publish('web', wrong(), { waves: ['role=canary'], ...PACE });
    expect(await publisher.rollOut('web')).toMatchObject({ reason: '1 of 1 hosts failed' });
    expect([canary, ...others].map(({ agent }) => agent.status.policies.web)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
  test('counts who does not answer in time, and not who was dead before', async () => {
    const publisher = await world.publisher();
    const { canary, others } = await hosts();
    await publisher.publish('web', policy('192.0.2.1'));
    await Promise.all([canary, ...others].map((host) => host.until(has(1))));
    await others[0]!.agent.close();
    let answer = () => {};
    const waiting = new Promise<void>((resolve) => {
      answer = resolve;
    });
    world.store.reach = () => waiting;
    await publisher.publish('web', policy('192.0.2.2'), { waves: ['100%'], ...PACE, timeout: 300 });
    expect(await publisher.rollOut('web')).toMatchObject({ reason: '3 of 3 hosts failed' });
    answer();
  });
  test('ends when its signal says so', async () => {
    const publisher = await world.publisher();
    await publisher.publish('web', policy('192.0.2.1'), { waves: ['1%'], hold: 60_000 });
    const stop = new AbortController();
    const rolling = publisher.rollOut('web', { signal: stop.signal });
    stop.abort();
    await expect(rolling).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });
});
