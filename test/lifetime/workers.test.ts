import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { withFaults } from '../faults/shim';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { save } from '../harness/oracle';
import { programOf } from '../harness/program';
import { temporaryFolder } from '../harness/temporary';
import { Child, hex } from './child';

const LINE = '[5:500] -A INPUT -s 192.0.2.1/32 -j DROP';
const append = hex(programOf('ipv4', ['-A INPUT -s 192.0.2.1 -j DROP -c 5 500']));
const flush = hex(programOf('ipv4', ['-F INPUT']));

/** What a child needs to start workers that find the same constants as it does. */
const START = `
  const start = (code, data) => new Worker(prelude + code, { eval: true, workerData: data });
`;

describeWith(['netns', 'iptables', 'addon', 'legacy'], 'sessions in worker threads', () => {
  let folder: string;
  let netns: Netns;
  let values: Record<string, unknown>;
  beforeAll(() => {
    folder = temporaryFolder('workers');
    netns = new Netns();
    const addon = { gyp: require.resolve('node-gyp-build'), root: join(__dirname, '../..') };
    const file = join(folder, 'lock');
    values = {
      append,
      path: netns.path,
      file,
      prelude: `
        const { workerData, parentPort } = require('node:worker_threads');
        const { Session } = require(${JSON.stringify(addon.gyp)})(${JSON.stringify(addon.root)});
        const options = { wait: 0, interval: 10, keepPolicyCounters: true, chainsCapture: false };
        const append = Buffer.from('${append}', 'hex');
        const flush = Buffer.from('${flush}', 'hex');
        const open = (more) => new Session({ family: 4, ...more });
        const path = '${netns.path}';
        const file = '${file}';
      `,
    };
  });
  afterAll(() => {
    netns.close();
    rmSync(folder, { recursive: true });
  });

  const rules = () =>
    save(netns, 'ipv4', 'filter', ['-c'])
      .split('\n')
      .filter((line) => line.includes('-A'));

  test('work side by side, each environment with its own', async () => {
    const child = new Child(
      `${START}
       const workers = [4, 6, 4, 6].map((family) => start(\`
         (async () => {
           const session = open({ family: workerData, namespace: 'new', lockFile: file });
           for (let id = 0; id < 500; id++) {
             await session.apply('filter', workerData === 4 ? append : new Uint8Array(0), { ...options, wait: 5000 });
           }
           const table = await session.snapshot('filter');
           await session.close();
           parentPort.postMessage(table, [table]);
         })();
       \`, family));
       for (const worker of workers) {
         worker.on('message', (table) => console.log(new DataView(table).getUint32(12, true)));
       }`,
      values,
    );
    const counts = [await child.line(), await child.line(), await child.line(), await child.line()];
    expect(counts.map(Number).sort()).toEqual([0, 0, 500, 500]);
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  }, 60_000);

  test('finish a commit when the worker is terminated, its counters too', async () => {
    const child = new Child(
      `${START}
       const worker = start("open({ namespace: path, lockFile: file }).apply('filter', append, options);");
       process.stdin.on('data', async () => {
         await worker.terminate();
         console.log('terminated');
         process.exit();
       });`,
      values,
      withFaults({ PAUSE: '300' }),
    );
    expect(await child.line()).toBe('replaced');
    child.say('terminate');
    expect(await child.line()).toBe('terminated');
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
    expect(rules()).toEqual([LINE]);
  });

  test('give up their wait for the lock when the worker is terminated', async () => {
    const child = new Child(
      `${START}
       const holder = open({ namespace: path, lockFile: file });
       const stream = holder.begin('filter', { ...options, idle: 60000 });
       stream.opened().then(async () => {
         const worker = start(\`
           open({ namespace: path, lockFile: file }).apply('filter', append, { ...options, wait: -1, interval: 60000 });
           parentPort.postMessage('waiting');
         \`);
         worker.once('message', async () => {
           await sleep(50);
           const start = Date.now();
           await worker.terminate();
           console.log(Date.now() - start);
           await stream.abort();
         });
       });`,
      values,
    );
    expect(Number(await child.line())).toBeLessThan(2000);
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  });

  test('survive being terminated at any moment', async () => {
    const child = new Child(
      `${START}
       (async () => {
         for (let i = 0; i < 60; i++) {
           const worker = start(\`
             const session = open({ namespace: 'new', lockFile: file });
             let id = 0;
             const next = () => {
               session.apply('filter', ++id % 20 ? append : flush, { ...options, wait: -1 }).then(next, next);
               session.snapshot('filter').then(() => {}, () => {});
               session.revision(false, 'tcp', 0);
             };
             next();
             const stream = session.begin('filter', { ...options, idle: 5 });
             stream.opened().then(() => stream.write(append), () => {});
             parentPort.postMessage('started');
           \`);
           await new Promise((resolve) => worker.once('message', resolve));
           await sleep(i % 7);
           await worker.terminate();
         }
         console.log(fs.readdirSync('/proc/self/task').map((task) => fs.readFileSync('/proc/self/task/' + task + '/comm', 'utf8')).filter((name) => name === 'libiptc\\n').length);
       })();`,
      values,
    );
    expect(await child.line()).toBe('0');
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  }, 60_000);
});
