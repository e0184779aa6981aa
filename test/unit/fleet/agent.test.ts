// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so policies name variables
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Firewall, IptcError } from '../../../lib';
import { Agent, newKeys, parsePolicy } from '../../../lib/fleet';
import { MemoryBackend } from '../../../lib/testing';
import { afterEach, beforeEach, describe, expect, test } from '../../harness';
import { temporaryFolder } from '../../harness/temporary';
import { has, keys, policy, problem, QUICK, World } from './world';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

describe('an agent', () => {
  test('makes a policy so when it comes, and leaves alone what is not its own', async () => {
    const publisher = await world.publisher();
    const host = await world.host('a');
    await host.firewall.table('filter').chain('INPUT').append('-s 192.0.2.9 -j DROP');
    await publisher.publish('web', policy('192.0.2.1'));
    await host.until(has(1));
    expect(await host.saved()).toContain(
      '-A INPUT -j web\n-A INPUT -s 192.0.2.9/32 -j DROP\n-A web -s 192.0.2.1/32 -j ACCEPT\n',
    );
    await publisher.publish('web', policy('192.0.2.2'));
    await host.until(has(2));
    expect(await host.saved()).toContain(
      '-A INPUT -j web\n-A INPUT -s 192.0.2.9/32 -j DROP\n-A web -s 192.0.2.2/32 -j ACCEPT\n',
    );
    const { hosts, groups } = await publisher.status();
    expect(hosts).toMatchObject([{ host: 'a', alive: true, policies: { web: { seq: 2 } }, problems: {} }]);
    expect(groups).toMatchObject([{ group: 'web', seq: 2, author: 'tester', hosts: 1, good: 1, failed: 0, dead: 0 }]);
  });

  test('goes back when that is published, under a new number', async () => {
    const publisher = await world.publisher();
    const host = await world.host('a');
    for (const address of ['192.0.2.1', '192.0.2.2']) await publisher.publish('web', policy(address));
    await host.until(has(2));
    expect(await publisher.rollback('web')).toMatchObject({ seq: 3, message: 'back to 1' });
    await host.until(has(3));
    expect(await host.saved()).toContain('-A web -s 192.0.2.1/32 -j ACCEPT');
    expect(await publisher.rollback('web', { to: 2 })).toMatchObject({ seq: 4 });
    await host.until(has(4));
    expect(await host.saved()).toContain('-A web -s 192.0.2.2/32 -j ACCEPT');
    expect((await publisher.history('web')).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  test('puts right what others change, and says how often', async () => {
    const publisher = await world.publisher();
    await publisher.publish('web', policy('192.0.2.1'));
    const host = await world.host('a', { interval: 20 });
    await host.until(has(1));
    const before = await host.saved();
    await host.firewall.table('filter').chain('web').flush();
    await host.until(({ drift }) => drift.times === 1);
    expect(await host.saved()).toBe(before);
  });

  test('says what others have changed, where it is not to put it right', async () => {
    const publisher = await world.publisher();
    await publisher.publish('web', policy('192.0.2.1'));
    const host = await world.host('a', { interval: 20, repair: false });
    await host.until(has(1));
    await host.firewall.table('filter').chain('web').flush();
    const { drift } = await host.until(({ drift }) => drift.now === 1);
    expect(drift.times).toBe(1);
    expect(await host.saved()).not.toContain('192.0.2.1');
  });

  test('is of the groups that its labels say, and of others when these change', async () => {
    const publisher = await world.publisher();
    await publisher.setGroup('web', { role: 'web' });
    await publisher.publish('web', policy('192.0.2.1'));
    const host = await world.host('a', { groups: [] });
    await publisher.setHost('a', { labels: { role: 'web', site: 'north' } });
    await host.until(has(1));
    expect(host.agent.status.groups).toEqual(['web']);
    await publisher.setHost('a', { labels: { role: 'db' } });
    await host.until(({ policies, since }) => since !== undefined && !policies.web);
    expect(await host.saved()).not.toContain('web');
  });

  test('has all its groups at once, each with chains of its own', async () => {
    const publisher = await world.publisher();
    const base = parsePolicy(
      { ipv4: '*filter\n:base - [0:0]\n-A INPUT -j base\n-A base -i lo -j ACCEPT\nCOMMIT\n' },
      { group: 'base' },
    );
    await publisher.publish('web', policy('192.0.2.1'));
    await publisher.publish('base', base);
    const host = await world.host('a', { groups: ['web', 'base'] });
    await host.until(({ policies }) => policies.web?.seq === 1 && policies.base?.seq === 1);
    expect(await host.saved()).toContain('-A INPUT -j base\n-A INPUT -j web\n');
    await publisher.publish('base', { ...base, own: ['base', 'web'] });
    await host.until(problem('failed'));
    expect(host.agent.status.problems.base?.message).toBe(
      'Cannot use the policies of groups web and base on one host: chain web belongs to both',
    );
    expect(await host.saved()).toContain('-A INPUT -j base\n-A INPUT -j web\n');
  });

  test('puts in what variables are on its host', async () => {
    const publisher = await world.publisher();
    const text =
      '*filter\n:web - [0:0]\n-A INPUT -j web\n-A web -s ${lan} -j ACCEPT\n-A web -s ${office} -j DROP\nCOMMIT\n';
    await publisher.publish(
      'web',
      parsePolicy({ ipv4: text }, { group: 'web', variables: { office: '203.0.113.0/24' } }),
    );
    const host = await world.host('a');
    const { problems } = await host.until(problem('failed'));
    expect(problems.web?.message).toBe('Cannot use the policy of group web: nothing says what ${lan} is on this host');
    await publisher.setHost('a', { variables: { lan: '10.1.0.0/16,10.2.0.0/16' } });
    await host.until(has(1));
    expect(await host.saved()).toContain(
      '-A web -s 10.1.0.0/16 -j ACCEPT\n-A web -s 10.2.0.0/16 -j ACCEPT\n-A web -s 203.0.113.0/24 -j DROP\n',
    );
  });

  test('counts the rules that the policy names', async () => {
    const publisher = await world.publisher();
    const text =
      '*filter\n:web - [0:0]\n-A INPUT -j web\n-A web -s 192.0.2.1 -m comment --comment "bad ones" -j DROP\nCOMMIT\n';
    await publisher.publish('web', parsePolicy({ ipv4: text }, { group: 'web', counters: ['bad ones'] }));
    const backend = new MemoryBackend('ipv4');
    const host = await world.hostWith(await Firewall.open({ backend }), 'a', { interval: 20, report: 20 });
    await host.until(has(1));
    backend.count('filter', 'web', 1, { packets: 3n, bytes: 180n });
    for (;;) {
      const [status] = (await publisher.status()).hosts;
      if (status!.counters?.web?.['bad ones']?.packets === 3) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
});

describe('a policy that is not believed', () => {
  test('is one of a key that is not known', async () => {
    const host = await world.host('a');
    await (await world.publisher()).publish('web', policy('192.0.2.1'));
    await host.until(has(1));
    const forger = await world.publisher({ key: newKeys().private, keys: [keys.public] });
    await forger.publish('web', policy('0.0.0.0/0'));
    const { problems, policies } = await host.until(problem('refused'));
    expect(problems.web).toMatchObject({
      code: 'ERR_SIGNATURE',
      message: expect.stringContaining('a key that is not known here'),
    });
    expect(policies.web?.seq).toBe(1);
    expect(await host.saved()).toContain('-A web -s 192.0.2.1/32 -j ACCEPT');
  });

  const head = (store = world.store) =>
    store
      .read(['group/web/head'])
      .then(({ items }) => JSON.parse(Buffer.from(items.get('group/web/head')!.value).toString()));
  const put = (value: object, key = 'group/web/head') =>
    world.store.commit({ put: [{ key, value: Buffer.from(JSON.stringify(value)) }] });

  test('is one that was changed, or is of another group or fleet, or has the rules of another', async () => {
    const host = await world.host('a');
    const publisher = await world.publisher();
    await publisher.publish('web', policy('192.0.2.1'));
    await host.until(has(1));
    const good = await head();
    await publisher.publish('db', policy('0.0.0.0/0'));
    const other = JSON.parse(
      Buffer.from((await world.store.read(['group/db/head'])).items.get('group/db/head')!.value).toString(),
    );
    await (await world.publisher({ fleet: 'laxer' })).publish('tmp', policy('0.0.0.0/0'));
    const payload = JSON.parse(Buffer.from(good.policy.payload, 'base64').toString());
    const forged = { ...good.policy, payload: Buffer.from(JSON.stringify({ ...payload, seq: 2 })).toString('base64') };
    for (const [wrong, why] of [
      [{ policy: forged }, /the signature of key \w{16} is wrong/],
      [other, /it is signed for group "db"/],
      [{}, /it is none/],
      [{ policy: { payload: 5 } }, /it is not signed/],
    ] as const) {
      await put(wrong);
      await host.until(({ problems }) => why.test(problems.web?.message ?? ''));
      expect(host.agent.status.policies.web?.seq).toBe(1);
    }
    await world.store.commit({ put: [{ key: 'group/web/head', value: Buffer.from('{') }] });
    await host.until(({ problems }) => /Cannot read the head of group web/.test(problems.web?.message ?? ''));
    await put(good);
    await host.until(({ problems }) => Object.keys(problems).length === 0);
    // What the hash says is looked at, too.
    await publisher.publish('web', policy('192.0.2.2'));
    const blob = (await head()).policy;
    const { blob: hash } = JSON.parse(Buffer.from(blob.payload, 'base64').toString());
    await host.until(has(2));
    const late = await world.host('b');
    await late.until(has(2));
    await world.store.commit({ put: [{ key: `blob/${hash}`, value: Buffer.from('nonsense') }] });
    const later = await world.host('c');
    await later.until(({ problems }) => /what the store has isn't what was signed/.test(problems.web?.message ?? ''));
  });

  test('is an older one, or another of the same number, also after a restart', async () => {
    const host = await world.host('a');
    const publisher = await world.publisher();
    await publisher.publish('web', policy('192.0.2.1'));
    await host.until(has(1));
    const old = await head();
    await publisher.publish('web', policy('192.0.2.2'));
    await host.until(has(2));
    await put(old);
    await host.until(problem('behind'));
    expect(await host.saved()).toContain('192.0.2.2/32');
    await host.agent.close();
    const again = await world.hostWith(host.firewall, 'a', { state: host.state });
    const { problems } = await again.until(problem('behind'));
    expect(problems.web).toMatchObject({
      code: 'ERR_STALE',
      message: 'Cannot believe the policy of web: it is number 1, and number 2 has been here',
    });
    // The store was restored: the next is higher than what hosts have.
    await world.store.commit({ delete: ['group/web/seq/0000000002'] });
    expect(await publisher.publish('web', policy('192.0.2.3'))).toMatchObject({ seq: 3 });
    await again.until(has(3));
  });
  test('is a relabelling that was replayed', async () => {
    const publisher = await world.publisher();
    await publisher.setGroup('web', { role: 'web' });
    await publisher.publish('web', policy('192.0.2.1'));
    await publisher.setHost('a', { labels: { role: 'db' } });
    const old = (await world.store.read(['hostcfg/a'])).items.get('hostcfg/a')!.value;
    const host = await world.host('a', { groups: [] });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await publisher.setHost('a', { labels: { role: 'web' } });
    await host.until(has(1));
    await world.store.commit({ put: [{ key: 'hostcfg/a', value: old }] });
    await host.until(problem('behind'));
    expect(host.agent.status.policies.web?.seq).toBe(1);
  });
});

describe('without the store', () => {
  test('what holds stays, is put right, and what comes meanwhile is made so afterwards', async () => {
    const publisher = await world.publisher();
    await publisher.publish('web', policy('192.0.2.1'));
    const host = await world.host('a', { interval: 20 });
    await host.until(has(1));
    world.store.cut();
    await host.until(({ unreachable }) => unreachable !== undefined);
    await host.firewall.table('filter').chain('web').flush();
    await host.until(({ drift }) => drift.times === 1);
    world.store.mend();
    await publisher.publish('web', policy('192.0.2.2'));
    await host.until(({ policies, unreachable }) => policies.web?.seq === 2 && !unreachable);
    for (;;) {
      const [status] = (await publisher.status()).hosts;
      if (status?.alive && status.policies.web?.seq === 2) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });

  test('a policy that cuts it off is taken back, and not tried again', async () => {
    const publisher = await world.publisher();
    await publisher.publish('web', policy('192.0.2.1'));
    const host = await world.host('a', { guard: { confirmWithin: 1_000 } });
    await host.until(has(1));
    // As if it were etcd behind these rules.
    const { reach } = world.store;
    world.store.reach = async () => {
      if ((await host.saved()).includes('192.0.2.2'))
        throw Object.assign(new Error('cut'), { code: 'ERR_UNREACHABLE' });
      return reach.call(world.store);
    };
    await publisher.publish('web', policy('192.0.2.2'));
    const { problems, policies } = await host.until(problem('locked-out'));
    expect(problems.web).toMatchObject({ code: 'ERR_NOT_CONFIRMED', seq: 2 });
    expect(policies.web?.seq).toBe(1);
    expect(await host.saved()).toContain('192.0.2.1/32');
    expect((await publisher.status()).groups).toMatchObject([{ good: 0, failed: 1 }]);
    await publisher.publish('web', policy('192.0.2.3'));
    await host.until(has(3));
  });

  test('a store that goes away meanwhile is not the policy’s fault', async () => {
    const publisher = await world.publisher();
    const host = await world.host('a', { guard: { confirmWithin: 1_000 } });
    let away = true;
    const { reach } = world.store;
    let asked = 0;
    world.store.reach = async () => {
      if (asked++ > 0 && away) throw new IptcError('ERR_UNREACHABLE', 'gone');
      return reach.call(world.store);
    };
    await publisher.publish('web', policy('192.0.2.1'));
    await host.until(({ unreachable }) => unreachable?.message === 'gone');
    away = false;
    await host.until(has(1));
    expect(host.agent.status.problems).toEqual({});
  }, 60_000);
});

describe('on the disk', () => {
  test('is what was good, for the boot', async () => {
    const publisher = await world.publisher();
    const text = '*filter\n:web - [0:0]\n-A INPUT -j web\n-A web -s ${lan} -j ACCEPT\nCOMMIT\n';
    await publisher.publish('web', parsePolicy({ ipv4: text }, { group: 'web' }));
    await publisher.setHost('a', { variables: { lan: '10.1.0.0/16' } });
    const host = await world.host('a');
    await host.until(has(1));
    const saved = await host.saved();
    await host.agent.close();
    const fresh = await Firewall.open({ backend: new MemoryBackend('ipv4') });
    const options = { keys: [keys.public], state: host.state };
    expect((await Agent.boot(fresh, options))?.empty).toBe(false);
    expect(await fresh.save({ tables: ['filter'] })).toBe(saved);
    expect(await Agent.boot(fresh, { ...options, state: temporaryFolder('fleet') })).toBe(undefined);
    await expect(Agent.boot(fresh, { ...options, keys: [newKeys().public] })).rejects.toMatchObject({
      code: 'ERR_SIGNATURE',
    });
  });
  test('is what was begun: it is taken up, but not for ever', async () => {
    const publisher = await world.publisher();
    await publisher.publish('web', policy('192.0.2.1'));
    const host = await world.host('a');
    await host.until(has(1));
    await publisher.publish('web', policy('192.0.2.2'));
    await host.until(has(2));
    await host.agent.close();
    const path = join(host.state, 'state.json');
    // As one leaves it that was killed.
    const { good, ...state } = JSON.parse(readFileSync(path, 'utf8'));
    const { since, ...target } = good;
    const killed = (attempts: number) =>
      writeFileSync(path, JSON.stringify({ ...state, trying: { target, since, attempts } }));
    killed(1);
    const again = await world.hostWith(host.firewall, 'a', { state: host.state });
    await again.until(has(2));
    await again.agent.close();
    killed(3);
    const last = await world.hostWith(host.firewall, 'a', { state: host.state });
    const { problems } = await last.until(problem('failed'));
    expect(problems.web?.message).toBe('Cannot apply the policy: it was begun 3 times, and never ended');
  });
  test('is for one agent', async () => {
    const host = await world.host('a');
    await expect(world.hostWith(host.firewall, 'b', { state: host.state })).rejects.toMatchObject({
      code: 'ERR_BUSY',
      message: expect.stringContaining(`process ${process.pid} is one already`),
    });
    await host.agent.close();
    await (await world.hostWith(host.firewall, 'b', { state: host.state })).agent.close();
  });
  test('two hosts of one name do not speak for each other', async () => {
    const one = await world.host('a');
    const publisher = await world.publisher();
    await publisher.publish('web', policy('192.0.2.1'));
    await one.until(has(1));
    const two = await world.host('a', QUICK);
    await two.until(({ problems }) => problems['the store']?.code === 'ERR_BUSY');
    expect((await publisher.status()).hosts).toMatchObject([{ agent: one.agent.status.agent }]);
  });
});
