import { describeWith, expect, test } from '../harness';
import { Child } from '../lifetime/child';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31) || 1;

// lib/ checks what it is given; whatever it misses, the addon must refuse, too, and never break by.
describeWith(['netns', 'addon'], "the addon's classes", () => {
  test(`take any values, and say what they expect (SEED=${SEED})`, async () => {
    const child = new Child(
      `let state = seed;
       const below = (n) => (state = (state * 48271) % 2147483647) % n;
       const values = [
         undefined, null, true, 0, -0, 1, -1, 4, 6, 255, 256, 65536, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, NaN, Infinity, 1.5, 7n,
         '', 'filter', 'x\\0y', '\\0', 'new', '/dev/null', '/nowhere', 'x'.repeat(5000), '\\ud800', Symbol('s'), () => {}, [], [1], {},
         new Date(), new Map(), /x/, new Uint8Array(0), new Uint8Array(8), new Uint8Array(64).fill(1), new Uint16Array(8), new DataView(new ArrayBuffer(8)),
         new ArrayBuffer(8), Buffer.alloc(16), new Proxy({}, { get() { throw new Error('no'); } }), Object.create(null), new Proxy(new Uint8Array(8), {}),
         [new Uint8Array(16)], [[]], new Array(3), options, { ...options, idle: 5 }, { ...options, wait: NaN }, { ...options, idle: 'x' },
         { ...options, id: {} }, { ...options, interval: -1 }, { family: 4 }, { family: 5 }, { family: 4, namespace: 'new' }, { family: 4, lockFile: 7 },
         { protocol: 12 }, { protocol: 99 }, { protocol: 12, groups: [1e9] }, { protocol: 12, groups: { length: 2 } }, { protocol: 12, receiveBuffer: -1 },
       ];
       const any = () => values[below(values.length)];
       const kinds = {};
       const tell = (error) => {
         const kind = error instanceof TypeError || typeof error?.stage === 'string' || error?.message === 'no' || error?.message?.startsWith('Cannot convert') ? 'told' : String(error && error.stack);
         kinds[kind] = (kinds[kind] ?? 0) + 1;
       };
       (async () => {
         for (let i = 0; i < 400; i++) {
           let objects = [];
           try {
             const session = below(3) ? open({ namespace: 'new' }) : new Session(any(), any());
             objects.push(session);
             objects.push(session.begin('filter', { ...options, idle: below(20) }));
             objects.push(new (session.constructor)({ family: 6 }), new (objects[1].constructor)(any()));
           } catch (error) { tell(error); }
           try {
             objects.push(below(3) ? new Netlink({ protocol: 12, namespace: 'new' }) : new Netlink(any(), any()));
           } catch (error) { tell(error); }
           const pending = [];
           for (let n = 0; n < 40 && objects.length; n++) {
             const object = objects[below(objects.length)];
             const names = Object.getOwnPropertyNames(Object.getPrototypeOf(object)).filter((name) => name !== 'receive' && (name !== 'close' || below(8) === 0));
             try {
               const value = object[names[below(names.length)]];
               if (typeof value !== 'function') continue;
               const receiver = below(10) ? object : below(2) ? objects[below(objects.length)] : any();
               const result = value.apply(receiver, [any(), any(), any()].slice(0, below(4)));
               if (result instanceof Promise) pending.push(result.catch(tell));
             } catch (error) { tell(error); }
           }
           await Promise.all(pending);
           for (const object of objects) if (typeof object.close === 'function') await object.close().catch(tell);
         }
         console.log(JSON.stringify({ kinds: Object.keys(kinds), threads: fs.readdirSync('/proc/self/task').map((task) => fs.readFileSync('/proc/self/task/' + task + '/comm', 'utf8')).filter((name) => name === 'libiptc\\n').length }));
       })();`,
      { seed: SEED },
    );
    expect(await child.json()).toEqual({ kinds: ['told'], threads: 0 });
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  }, 60_000);

  test('leave no thread and nothing open where they refuse', async () => {
    const child = new Child(
      `const counts = () => ['task', 'fd'].map((name) => fs.readdirSync('/proc/self/' + name).length).join();
       const before = counts();
       const refuse = (make) => { try { make(); console.log('taken', make); } catch {} };
       for (const wrong of [{ family: 5 }, { family: 4.5 }, { family: '4' }, { lockFile: '' }, { lockFile: null }, { lockFile: 'a\\0' }, { lockSocket: 1 }, { namespace: '' }, { namespace: 'a\\0' }, { namespace: 1.5 }, { namespace: {} }, { namespace: '/dev/null' }, { namespace: 0 }]) {
         refuse(() => open(wrong));
         refuse(() => open({ namespace: '/proc/self/ns/net', lockFile: 'x', ...wrong }));
       }
       for (const wrong of [{ protocol: 1.5 }, { protocol: -1 }, { protocol: 99 }, { groups: 7 }, { groups: [-1] }, { groups: ['x'] }, { groups: [1e6] }, { receiveBuffer: NaN }, { namespace: null }]) {
         refuse(() => new Netlink({ protocol: 12, ...wrong }));
       }
       console.log(before === counts());`,
    );
    expect(await child.line()).toBe('true');
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  });
});
