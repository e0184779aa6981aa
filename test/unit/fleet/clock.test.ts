/** Clocks that are wrong, or are put right meanwhile: nothing but what people are shown goes by them. */
import { Firewall } from '../../../lib';
import { parsePolicy } from '../../../lib/fleet';
import { MemoryBackend } from '../../../lib/testing';
import { afterEach, beforeEach, describe, expect, test } from '../../harness';
import { has, policy, World } from './world';

const YEAR = 365 * 86_400_000;
let world: World;
const real = Date.now;
const putBy = (milliseconds: number) => {
  Date.now = () => real() + milliseconds;
};
beforeEach(() => {
  world = new World();
});
afterEach(async () => {
  Date.now = real;
  await world.close();
});

describe.each([
  ['back', -YEAR],
  ['forward', YEAR],
])('a clock that is put %s', (_, by) => {
  test('keeps no host from saying what it counts', async () => {
    const publisher = await world.publisher();
    const text =
      '*filter\n:web - [0:0]\n-A INPUT -j web\n-A web -s 192.0.2.1 -m comment --comment bad -j DROP\nCOMMIT\n';
    await publisher.publish('web', parsePolicy({ ipv4: text }, { group: 'web', counters: ['bad'] }));
    const backend = new MemoryBackend('ipv4');
    const host = await world.hostWith(await Firewall.open({ backend }), 'a', { interval: 20, report: 20 });
    await host.until(has(1));
    const reported = async (packets: number) => {
      for (let i = 0; (await publisher.status()).hosts[0]?.counters?.web?.bad?.packets !== packets; i++) {
        expect(i).toBeLessThan(300);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    await reported(0);
    putBy(by);
    backend.count('filter', 'web', 1, { packets: 3n, bytes: 180n });
    await reported(3);
  });
  test('keeps no wave from going on, no policy from being believed, and no relabelling', async () => {
    const publisher = await world.publisher();
    await publisher.setGroup('web', { role: 'web' });
    await publisher.setHost('a', { labels: { role: 'web' } });
    await publisher.publish('web', policy('192.0.2.1'));
    const [a, b] = [await world.host('a', { groups: [] }), await world.host('b')];
    await Promise.all([a.until(has(1)), b.until(has(1))]);
    putBy(by);
    await publisher.publish('web', policy('192.0.2.2'), { waves: ['role=web', '100%'], hold: 50 });
    expect(await publisher.rollOut('web')).toBe(undefined);
    await Promise.all([a.until(has(2)), b.until(has(2))]);
    await publisher.setHost('a', { labels: { role: 'db' } });
    await a.until(({ groups }) => groups.length === 0);
    putBy(0);
    await publisher.setHost('a', { labels: { role: 'web' } });
    await a.until(has(2));
    expect([a.agent.status.problems, b.agent.status.problems]).toEqual([{}, {}]);
  });
});
