import { describeWith, expect, test } from '../harness';
import { programOf } from '../harness/program';
import { Child, hex } from './child';

const COMMITS = 100_000;

interface Use {
  readonly descriptors: number;
  readonly threads: number;
  readonly kilobytes: number;
}

// Each of them opens and closes a lock, a socket and a table, and makes and forgets a promise.
describeWith(['netns', 'addon'], `${COMMITS} commits`, () => {
  const append = hex(programOf('ipv4', ['-A INPUT -s 192.0.2.1 -p tcp --dport 80 -j DROP']));
  const flush = hex(programOf('ipv4', ['-F INPUT']));
  const failing = hex(programOf('ipv4', ['-A INPUT', '-D INPUT 9']));

  test('leave memory and descriptors as they are', async () => {
    const child = new Child(
      `const lockFile = process.env.XTABLES_LOCKFILE + '-commits';
       const session = open({ namespace: 'new', lockFile });
       const [some, none, wrong] = [append, flush, failing].map(bytes);
       async function commit(times) {
         for (let i = 0; i < times; i += 20) {
           const edits = Array.from({ length: 18 }, () => session.apply('filter', some, options));
           edits.push(session.apply('filter', wrong, options).catch(() => {}));
           edits.push(session.apply('filter', none, options));
           await Promise.all(edits);
           if (i % 1000 === 0) {
             await session.snapshot('filter');
             session.applySync('filter', some, options);
             const stream = session.begin('filter', { ...options, idle: 1000 });
             await stream.write(none);
             await stream.end();
           }
         }
       }
       function use() {
         gc();
         gc();
         return {
           descriptors: fs.readdirSync('/proc/self/fd').length,
           threads: fs.readdirSync('/proc/self/task').length,
           kilobytes: process.memoryUsage().rss / 1024,
         };
       }
       (async () => {
         await commit(commits / 10);
         const before = use();
         await commit(commits);
         console.log(JSON.stringify({ before, after: use() }));
         await session.close();
         fs.unlinkSync(lockFile);
       })();`,
      { append, flush, failing, commits: COMMITS },
      {},
      ['--expose-gc'],
    );
    const { before, after } = await child.json<{ before: Use; after: Use }>();
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
    expect(after.descriptors).toBe(before.descriptors);
    expect(after.threads).toBe(before.threads);
    // A leak of one entry of 152 bytes at each commit would be 15 MB.
    expect(after.kilobytes - before.kilobytes).toBeLessThan(8 * 1024);
  }, 120_000);

  test('and waits for the lock that are in vain, too', async () => {
    const child = new Child(
      `const lockFile = process.env.XTABLES_LOCKFILE + '-waits';
       const [holder, session] = [{}, {}].map(() => open({ namespace: 'new', lockFile }));
       const quiet = () => {};
       const wait = async (times) => {
         for (let i = 0; i < times; i += 10) {
           const waits = [...Array(8)].map(() => session.begin('filter', { ...options, idle: 1000 }).opened().catch(quiet));
           waits.push(session.apply('filter', bytes(append), options).catch(quiet));
           waits.push(session.begin('filter', { ...options, idle: 1000 }).end().catch(quiet));
           await Promise.all(waits);
         }
       };
       const kilobytes = async () => {
         for (let i = 0; i < 5; i++) { gc(); await sleep(5); } // streams are destroyed a little later
         return process.memoryUsage().rss / 1024;
       };
       (async () => {
         const stream = holder.begin('filter', { ...options, idle: 1e9 });
         await stream.opened();
         await wait(2 * waits);
         const before = await kilobytes();
         await wait(waits);
         console.log((await kilobytes()) - before);
         stream.abort();
         await Promise.all([holder.close(), session.close()]);
         fs.unlinkSync(lockFile);
       })();`,
      { append, waits: 60_000 },
      {},
      ['--expose-gc'],
    );
    // One stream that stays would be 0.7 kilobytes: 42 MB.
    expect(Number(await child.line())).toBeLessThan(8 * 1024);
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  }, 120_000);
});
