/** etcd as a store, and what becomes of followers when it ends, forgets or begins anew. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type EtcdStore, etcdStore, newKeys, Publisher, parsePolicy, type Store } from '../../lib/fleet';
import { Follower } from '../../lib/fleet/follow';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { storeCases } from '../unit/fleet/store-cases';
import { Etcd } from './etcd';

const etcd = new Etcd();
const opened: Store[] = [];
let folders = 0;
const open = (options = {}): EtcdStore => {
  const store = etcdStore({ endpoints: [etcd.url], prefix: `test-${++folders}/`, ...options });
  opened.push(store);
  return store;
};
const etcdctl = (...args: string[]) => {
  const program = (process.env.ETCD ?? '/usr/bin/etcd').replace(/etcd$/, 'etcdctl');
  const { stdout, stderr, status } = spawnSync(program, ['--endpoints', etcd.url, ...args], {
    encoding: 'utf8',
    env: { ETCDCTL_API: '3' },
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
};
/** What takes long. */
const patient = process.env.FLEET_SHORT ? test.skip : test;
const bytes = (text: string) => Buffer.from(text);
const put = (store: Store, key: string, value: string) => store.commit({ put: [{ key, value: bytes(value) }] });
const until = async (so: () => unknown) => {
  for (let i = 0; !so(); i++) {
    if (i > 2_000) throw new Error('It does not become so');
    await setTimeout(10);
  }
};

beforeAll(() => etcd.start());
afterAll(async () => {
  for (const store of opened) await store.close();
  await etcd.kill();
});

describe('a store in etcd', () => {
  storeCases(() => open());

  test('has more than a page of keys', async () => {
    const store = open();
    for (let i = 0; i < 2_500; i += 100)
      await store.commit({
        put: Array.from({ length: 100 }, (_, k) => ({
          key: `a/${String(i + k).padStart(5, '0')}`,
          value: bytes(`${i + k}`),
        })),
      });
    await put(store, 'b', '1');
    const { items } = await store.read(['a/', 'b']);
    expect([items.size, Buffer.from(items.get('a/02499')!.value).toString()]).toEqual([2_501, '2499']);
  });
  test('writes what others read', async () => {
    const store = open({ prefix: 'by/' });
    await put(store, 'group/web', 'ä');
    expect(etcdctl('get', 'by/', '--prefix', '--print-value-only').trim()).toBe('ä');
  });
  test('says whom it can’t reach', async () => {
    const nobody = etcdStore({ endpoints: ['http://127.0.0.1:1', 'http://127.0.0.1:2'] });
    await expect(nobody.read(['a'])).rejects.toMatchObject({
      code: 'ERR_UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:1'),
    });
    await expect(nobody.reach(500)).rejects.toMatchObject({ code: 'ERR_UNREACHABLE' });
    await nobody.close();
    // One of them is enough.
    const one = open({ endpoints: ['http://127.0.0.1:1', etcd.url] });
    await one.reach(2_000);
    for (let attempt = 1; ; attempt++)
      try {
        await one.read(['a']);
        break;
      } catch (error) {
        if (attempt > 2) throw error;
      }
  });
  test('is refused to whom etcd refuses it', async () => {
    etcdctl('user', 'add', 'root:secret');
    etcdctl('user', 'add', 'agent:word');
    etcdctl('role', 'add', 'agent');
    etcdctl('role', 'grant-permission', 'agent', 'readwrite', '--prefix=true', 'mine/');
    etcdctl('user', 'grant-role', 'agent', 'agent');
    etcdctl('user', 'grant-role', 'root', 'root');
    etcdctl('auth', 'enable');
    try {
      const own = open({ user: 'agent', password: 'word', prefix: 'mine/' });
      await put(own, 'a', '1');
      expect((await own.read(['a'])).items.size).toBe(1);
      const other = open({ user: 'agent', password: 'word', prefix: 'others/' });
      await expect(put(other, 'a', '1')).rejects.toMatchObject({ code: 'ERR_PERMISSION' });
      await other.reach(2_000); // that it refuses says that it is there
      await expect(open({ user: 'agent', password: 'wrong' }).read(['a'])).rejects.toMatchObject({
        code: expect.stringMatching(/ERR_(PERMISSION|IO)/),
      });
    } finally {
      etcdctl('--user', 'root:secret', 'auth', 'disable');
    }
  });
});

describe('a store that becomes full', () => {
  const small = new Etcd({ port: 2479, options: ['--quota-backend-bytes', '4000000'] });
  beforeAll(() => small.start());
  afterAll(() => small.kill());

  test('says so, and can be read', async () => {
    const store = open({ endpoints: [small.url] });
    const publisher = await Publisher.open(store, { key: newKeys().private });
    const policy = parsePolicy({ ipv4: '*filter\n:web - [0:0]\nCOMMIT\n' }, { group: 'web' });
    await publisher.publish('web', policy);
    expect((await publisher.status()).warnings).toBe(undefined);
    const value = randomBytes(500_000);
    let failure: unknown;
    // etcd counts what it has written to its file, which it does each 100 ms.
    for (let i = 0; i < 100 && !failure; i++) {
      await store.commit({ put: [{ key: 'a', value }] }).catch((error) => {
        failure = error;
      });
      await setTimeout(10);
    }
    expect(failure).toMatchObject({ code: 'ERR_IO', hint: expect.stringContaining('defragment') });
    await expect(publisher.publish('web', policy)).rejects.toMatchObject({ code: 'ERR_IO' });
    const { groups, warnings } = await publisher.status();
    expect([groups[0]?.seq, warnings]).toEqual([1, [expect.stringMatching(/^etcd is full, with \d+ MB: /)]]);
    // Nobody is locked out by it.
    await store.reach(2_000);
  });
  patient('is told of before, where it forgets nothing', async () => {
    const store = open();
    for (let i = 0; i < 101; i++)
      await Promise.all(Array.from({ length: 100 }, (_, k) => put(store, `a/${k}`, `${i}`)));
    expect(await store.warnings()).toEqual([expect.stringMatching(/^etcd has kept all of \d+ revisions: /)]);
    etcdctl('compact', String((await store.read(['a/1'])).revision));
    expect(await store.warnings()).toEqual([]);
  });
});

/** What keys hold, as a follower tells. */
function followed(store: Store) {
  const seen: { value?: string; lost: number } = { lost: 0 };
  const follower = new Follower(store, ['a/'], {
    found: (items) => {
      const item = items.get('a/1');
      if (item) seen.value = Buffer.from(item.value).toString();
      else delete seen.value;
    },
    lost: () => seen.lost++,
  });
  return { seen, close: () => follower.close() };
}

describe('a follower', () => {
  test('knows what there is, whatever becomes of etcd', async () => {
    const store = open();
    await put(store, 'a/1', 'one');
    const { seen, close } = followed(store);
    await until(() => seen.value === 'one');

    // Killed in the middle, and back.
    await etcd.kill();
    await until(() => seen.lost > 0);
    await etcd.start();
    await put(store, 'a/1', 'two').catch(() => put(store, 'a/1', 'two'));
    await until(() => seen.value === 'two');

    // It forgets what was before, while nobody can hear it.
    process.kill(etcd.pid, 'SIGSTOP');
    await setTimeout(100);
    process.kill(etcd.pid, 'SIGCONT');
    const revision = (await store.read(['a/1'])).revision;
    etcdctl('compact', String(revision));
    await expect(store.watch(['a/'], 1, () => {}, new AbortController().signal)).rejects.toMatchObject({
      code: 'ERR_UNREACHABLE',
    });
    await put(store, 'a/1', 'three');
    await until(() => seen.value === 'three');

    // Another one stands in its place, which counts from the beginning.
    await etcd.kill();
    etcd.wipe();
    await etcd.start();
    await until(() => seen.value === undefined);
    await put(store, 'a/1', 'four').catch(() => put(store, 'a/1', 'four'));
    await until(() => seen.value === 'four');
    await close();
  });
  patient(
    'that is never told of anything reads again',
    async () => {
      const store = open();
      const { seen, close } = followed(store);
      await put(store, 'a/1', 'one');
      await until(() => seen.value === 'one');
      // etcd stands still, and the connection stays: only that nothing answers says so.
      process.kill(etcd.pid, 'SIGSTOP');
      await until(() => seen.lost > 0);
      process.kill(etcd.pid, 'SIGCONT');
      await put(store, 'a/1', 'two').catch(() => put(store, 'a/1', 'two'));
      await until(() => seen.value === 'two');
      await close();
    },
    60_000,
  );
});

describe('a lease', () => {
  patient('lasts for as long as it is kept alive, also past its seconds', async () => {
    const store = open();
    const lease = await store.lease(2);
    await store.commit({ put: [{ key: 'a', value: bytes('1'), lease }] });
    await setTimeout(5_000);
    expect((await store.read(['a'])).items.size).toBe(1);
    await lease.close();
    expect((await store.read(['a'])).items.size).toBe(0);
  });
  patient(
    'is lost where nobody answers, or somebody ends it',
    async () => {
      const store = open();
      const ended = await store.lease(3);
      etcdctl('lease', 'revoke', (ended as unknown as { id: bigint }).id.toString(16));
      await ended.lost;
      const lease = await store.lease(2);
      await etcd.kill();
      await lease.lost;
      await etcd.start();
    },
    30_000,
  );
});
