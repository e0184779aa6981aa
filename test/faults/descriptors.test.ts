import { constants } from 'node:os';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { programOf } from '../harness/program';
import { Child, hex } from '../lifetime/child';
import { withFaults } from './shim';

const { EMFILE, EPERM } = constants.errno;

describeWith(['netns', 'addon'], 'descriptors', () => {
  let netns: Netns;
  let values: Record<string, unknown>;
  beforeAll(() => {
    netns = new Netns();
    values = { path: netns.path, append: hex(programOf('ipv4', ['-A INPUT -s 192.0.2.1 -j DROP'])) };
  });
  afterAll(() => netns.close());

  /** Found by a child's lines: everything open that can be. */
  const OPEN = `
    const handedOn = () => require('node:child_process').execFileSync('ls', ['/proc/self/fd'], { encoding: 'utf8' });
    const before = handedOn();
    const lockFile = process.env.XTABLES_LOCKFILE + '-descriptors';
    const descriptor = fs.openSync(path);
    const sessions = [
      { family: 4, namespace: path, lockFile, lockSocket: true }, { family: 6, namespace: 'new' }, { namespace: descriptor }, {},
    ].map(open);
    const socket = new Netlink({ protocol: 12, namespace: path, groups: [7] });
    const stream = sessions[0].begin('filter', { ...options, idle: 1e9 });
    const opened = stream.write(bytes(append)); // by now libiptc has the table, too
  `;

  test('are not handed on to other programs', async () => {
    const child = new Child(
      `${OPEN}
       socket.receive().catch(() => {});
       opened.then(() => {
         const after = handedOn();
         console.log(after === before ? 'none' : after);
         process.exit();
       });`,
      values,
    );
    expect(await child.line()).toBe('none');
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  });

  test('that there are no more of make calls fail, and nothing else', async () => {
    const child = new Child(
      `// Another process, as this one can't start any while it has no descriptors left.
       const shell = require('node:child_process').spawn('sh', { stdio: ['pipe', 'pipe', 'inherit'] });
       const limit = async (descriptors) => {
         shell.stdin.write('prlimit --pid ' + process.pid + ' --nofile=' + descriptors + ': && echo done\\n');
         await new Promise((resolve) => shell.stdout.once('data', resolve));
       };
       const lowest = () => { // that is free
         const used = fs.readdirSync('/proc/self/fd').map(Number);
         for (let i = 0; ; i++) if (!used.includes(i)) return i;
       };
       const count = () => fs.readdirSync('/proc/self/fd').length;
       const lockFile = process.env.XTABLES_LOCKFILE + '-descriptors';
       (async () => {
         const results = [];
         await limit(1000);
         const first = open({ namespace: path });
         await first.apply('filter', bytes(append), options);
         const before = count();
         for (let more = -8; more < 12; more++) { // less than none are free to begin with
           const session = open({ namespace: path, lockFile });
           const calls = {
             open: async () => open({ family: 6, namespace: path }).close(),
             listen: async () => new Netlink({ protocol: 12, namespace: path }).close(),
             apply: () => session.apply('filter', bytes(append), options),
             applySync: async () => session.applySync('filter', bytes(append), options),
             stream: async () => { const stream = session.begin('filter', { ...options, idle: 1000 }); stream.write(bytes(append)); await stream.end(); },
             snapshot: () => session.snapshot('filter'),
             revision: async () => session.revision(false, 'tcp', 0),
           };
           await limit(lowest() + more);
           for (const [name, call] of Object.entries(calls)) {
             await call().then(() => results.push(name + ' works'), ({ stage, errno }) => results.push([name, stage, errno].join(' ')));
           }
           await limit(1000);
           await session.apply('filter', bytes(append), options);
           await session.close();
         }
         fs.rmSync(lockFile, { force: true });
         console.log(JSON.stringify({ left: count() - before, results: [...new Set(results)].sort() }));
         await first.close();
         shell.stdin.end();
       })();`,
      values,
    );
    expect(await child.json()).toEqual({
      left: 0,
      results: [
        'apply works',
        `apply lock ${EMFILE}`,
        `apply read ${EMFILE}`,
        'applySync works',
        `applySync lock ${EMFILE}`,
        `applySync read ${EMFILE}`,
        'listen works',
        `listen namespace ${EMFILE}`,
        `listen open ${EMFILE}`,
        'open works',
        `open namespace ${EMFILE}`,
        `open open ${EMFILE}`,
        'revision works',
        'snapshot works',
        'stream works',
        `stream lock ${EMFILE}`,
        `stream read ${EMFILE}`,
      ].sort(),
    });
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  });

  test('that cannot be closed at exec are no reason for libiptc to end the process', async () => {
    const child = new Child(
      `const session = open({ namespace: path });
       const call = (run) => run().catch(({ stage, errno }) => [stage, errno].join(' '));
       (async () => {
         console.log(await call(() => session.apply('filter', bytes(append), options)));
         console.log(await call(async () => session.applySync('filter', bytes(append), options)));
         console.log((await session.snapshot('filter')).byteLength > 0);
       })();`,
      values,
      withFaults({ FAIL_CLOEXEC: `0:${EPERM}` }),
    );
    expect([await child.line(), await child.line(), await child.line()]).toEqual([
      `read ${EPERM}`,
      `read ${EPERM}`,
      'true',
    ]);
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  });
});
