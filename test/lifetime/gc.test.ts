import { describeWith, expect, test } from '../harness';
import { programOf } from '../harness/program';
import { Child, hex } from './child';

describeWith(['netns', 'addon'], 'a session that nobody holds', () => {
  const append = hex(programOf('ipv4', ['-A INPUT -s 192.0.2.1 -j DROP']));

  test('goes with its thread, its descriptors and its namespace', async () => {
    const child = new Child(
      `const threads = () => fs.readdirSync('/proc/self/task').length;
       const descriptors = () => fs.readdirSync('/proc/self/fd').length;
       const use = async (i) => {
         const session = open({ namespace: 'new' });
         if (i % 2) await session.apply('filter', bytes(append), options);
       };
       (async () => {
         const first = open({ namespace: 'new' });
         await first.snapshot('filter');
         const before = { threads: threads(), descriptors: descriptors() };
         for (let i = 0; i < 100; i++) await use(i);
         for (let i = 0; i < 100 && threads() > before.threads; i++) {
           await sleep(10);
           gc();
         }
         console.log(JSON.stringify({ before, after: { threads: threads(), descriptors: descriptors() } }));
         await first.close();
       })();`,
      { append },
      {},
      ['--expose-gc'],
    );
    const { before, after } = await child.json<Record<'before' | 'after', { threads: number; descriptors: number }>>();
    expect(after).toEqual(before);
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  });

  test('stays as long as it has something to do', async () => {
    const child = new Child(
      `const lockFile = process.env.XTABLES_LOCKFILE + '-gc';
       const promise = open({ namespace: 'new', lockFile }).apply('filter', bytes(append), options);
       for (let i = 0; i < 10; i++) gc();
       promise.then(async () => {
         const session = open({ namespace: 'new' });
         const stream = session.begin('filter', { ...options, idle: 1000 });
         await stream.opened();
         return [session, stream];
       }).then(async ([session, stream]) => {
         for (let i = 0; i < 10; i++) gc();
         stream.write(bytes(append)); // whose bytes nobody else holds
         for (let i = 0; i < 10; i++) gc();
         await stream.end();
         const table = await session.snapshot('filter');
         console.log(new DataView(table).getUint32(12, true));
       });`,
      { append },
      {},
      ['--expose-gc'],
    );
    expect(await child.line()).toBe('1');
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  });

  test('leaves its snapshots usable', async () => {
    const child = new Child(
      `(async () => {
         let session = open({ namespace: 'new' });
         await session.apply('filter', Buffer.concat(Array(1000).fill(bytes(append))), options);
         const tables = [await session.snapshot('filter'), session.snapshotSync('filter')];
         await session.close();
         session = undefined;
         for (let i = 0; i < 10; i++) { gc(); await sleep(1); }
         console.log(Buffer.compare(Buffer.from(tables[0]), Buffer.from(tables[1])), new DataView(tables[0]).getUint32(12, true));
       })();`,
      { append },
      {},
      ['--expose-gc'],
    );
    expect(await child.line()).toBe('0 1000');
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  });

  test('lets go of the lock of a stream that nobody holds', async () => {
    const child = new Child(
      `const lockFile = process.env.XTABLES_LOCKFILE + '-streams';
       const [holder, other] = [{}, {}].map(() => open({ namespace: 'new', lockFile }));
       (async () => {
         for (let i = 0; i < 3; i++) {
           // Before it has the lock, while it has it, after a piece.
           await (async () => {
             const stream = holder.begin('filter', { ...options, idle: 1e9 });
             if (i > 0) await stream.opened();
             if (i > 1) await stream.write(bytes(append));
           })();
           let held = true;
           const applied = other.apply('filter', bytes(append), { ...options, wait: -1 }).then(() => { held = false; });
           for (let n = 0; n < 200 && held; n++) { gc(); await sleep(5); }
           if (held) return console.log('held');
           await applied;
         }
         console.log('let go', new DataView(await holder.snapshot('filter')).getUint32(12, true));
         await Promise.all([holder.close(), other.close()]);
       })();`,
      { append },
      {},
      ['--expose-gc'],
    );
    expect(await child.line()).toBe('let go 0');
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  });
});
