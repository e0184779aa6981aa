/** What every store has to do. */
import type { Store, StoreChange } from '../../../lib/fleet';
import { expect, test } from '../../harness';

const bytes = (text: string) => Buffer.from(text);

/** The same for every store. */
export function storeCases(make: () => Store): void {
  const texts = async (store: Store, ...names: readonly string[]) =>
    Object.fromEntries(
      [...(await store.read(names)).items].map(([key, { value }]) => [key, Buffer.from(value).toString()]),
    );

  test('has what was written, by key and by what keys begin with', async () => {
    const store = make();
    const large = 'x'.repeat(10_000);
    await store.commit({
      put: [
        { key: 'a/1', value: bytes('one') },
        { key: 'a/2', value: bytes(large) },
        { key: 'b', value: bytes('') },
      ],
    });
    expect(await texts(store, 'a/1')).toEqual({ 'a/1': 'one' });
    expect(await texts(store, 'a/', 'b')).toEqual({ 'a/1': 'one', 'a/2': large, b: '' });
    expect(await texts(store, 'a', 'a/3')).toEqual({});
    await store.commit({ delete: ['a/1', 'a/3'] });
    expect(Object.keys(await texts(store, 'a/'))).toEqual(['a/2']);
    await store.close();
  });
  test('does all of a commit or nothing', async () => {
    const store = make();
    const put = [
      { key: 'a', value: bytes('1') },
      { key: 'b', value: bytes('1') },
    ];
    expect(await store.commit({ expect: new Map([['a', 0]]), put })).toBe(true);
    expect(
      await store.commit({
        expect: new Map([
          ['c', 0],
          ['a', 0],
        ]),
        put: [{ key: 'c', value: bytes('2') }],
      }),
    ).toBe(false);
    expect(await texts(store, 'c')).toEqual({});
    const { revision } = (await store.read(['a'])).items.get('a')!;
    const two = () => store.commit({ expect: new Map([['a', revision]]), put: [{ key: 'a', value: bytes('2') }] });
    expect((await Promise.all([two(), two(), two()])).sort()).toEqual([false, false, true]);
    await store.close();
  });
  test('loses no commit of many at once', async () => {
    const store = make();
    const add = async () => {
      for (;;) {
        const item = (await store.read(['n'])).items.get('n');
        const n = Number(item ? Buffer.from(item.value).toString() : 0);
        const put = [{ key: 'n', value: bytes(String(n + 1)) }];
        if (await store.commit({ expect: new Map([['n', item?.revision ?? 0]]), put })) return;
      }
    };
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let i = 0; i < 5; i++) await add();
      }),
    );
    expect(await texts(store, 'n')).toEqual({ n: '40' });
  });
  test('tells what changes, in order, and ends when told', async () => {
    const store = make();
    await store.commit({ put: [{ key: 'a/1', value: bytes('1') }] });
    const { revision } = await store.read(['a/']);
    const heard: (readonly [string, string | undefined])[] = [];
    const stop = new AbortController();
    const watching = store.watch(
      ['a/', 'c'],
      revision,
      (changes: readonly StoreChange[]) => {
        for (const { key, item } of changes) heard.push([key, item && Buffer.from(item.value).toString()]);
      },
      stop.signal,
    );
    const until = async (length: number) => {
      while (heard.length < length) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await new Promise((resolve) => setTimeout(resolve, 50));
    await store.commit({
      put: [
        { key: 'a/2', value: bytes('2') },
        { key: 'b', value: bytes('b') },
      ],
    });
    await until(1);
    await store.commit({ delete: ['a/1'] });
    await until(2);
    await store.commit({ put: [{ key: 'c', value: bytes('3') }] });
    await until(3);
    expect(heard).toEqual([
      ['a/2', '2'],
      ['a/1', undefined],
      ['c', '3'],
    ]);
    stop.abort();
    await watching;
  });
  test('forgets what is under a lease when that ends', async () => {
    const store = make();
    const lease = await store.lease(5);
    await store.commit({
      put: [
        { key: 'a', value: bytes('1'), lease },
        { key: 'b', value: bytes('1'), lease },
        { key: 'c', value: bytes('1') },
      ],
    });
    await store.commit({ put: [{ key: 'b', value: bytes('2') }] });
    expect(Object.keys(await texts(store, 'a', 'b', 'c'))).toEqual(['a', 'b', 'c']);
    await lease.close();
    await lease.lost;
    expect(Object.keys(await texts(store, 'a', 'b', 'c'))).toEqual(['b', 'c']);
  });
}
