import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { withFaults } from '../faults/shim';
import { afterAll, beforeAll, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { save } from '../harness/oracle';
import { programOf } from '../harness/program';
import { temporaryFolder } from '../harness/temporary';
import { Child, hex } from './child';

// The rule comes with counters, so that the second call of its commit leaves a trace.
const LINE = '[5:500] -A INPUT -s 192.0.2.1/32 -j DROP';
const append = hex(programOf('ipv4', ['-A INPUT -s 192.0.2.1 -j DROP -c 5 500']));
const flush = hex(programOf('ipv4', ['-F INPUT']));

describeWith(['netns', 'iptables', 'addon', 'legacy'], 'the end of a process', () => {
  let folder: string;
  let netns: Netns;
  let values: Record<string, unknown>;
  beforeAll(() => {
    folder = temporaryFolder('exit');
    netns = new Netns();
    values = { append, path: netns.path, file: join(folder, 'lock') };
  });
  afterAll(() => {
    netns.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    const child = new Child(`open({ namespace: path }).applySync('filter', bytes(flush), options);`, {
      ...values,
      flush,
    });
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
    expect(rules()).toEqual([]);
  });

  const rules = () =>
    save(netns, 'ipv4', 'filter', ['-c'])
      .split('\n')
      .filter((line) => line.includes('-A'));

  test('comes by itself with sessions open', async () => {
    const child = new Child(
      `const sessions = [{}, { family: 6 }, { namespace: 'new' }, { namespace: path, lockFile: file }].map(open);
       sessions[0].snapshot('filter').then((table) => console.log(table.byteLength));`,
      values,
    );
    expect(Number(await child.line())).toBeGreaterThan(0);
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  });

  test('waits for the jobs that were issued', async () => {
    const child = new Child(
      `const session = open({ namespace: path, lockFile: file });
       for (let i = 0; i < 50; i++) session.apply('filter', bytes(append), options);`,
      values,
    );
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
    expect(rules()).toEqual(Array(50).fill(LINE));
  });

  test('does not wait for ever for a stream that nobody feeds', async () => {
    const child = new Child(
      `open({ namespace: path, lockFile: file })
         .begin('filter', { ...options, idle: 100 })
         .opened()
         .then(() => console.log('begun'));`,
      values,
    );
    expect(await child.line()).toBe('begun');
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  });

  test('by process.exit() in the middle of a commit lets the commit finish, its counters too', async () => {
    for (const call of [
      `session.apply('filter', bytes(append), options);`,
      `const stream = session.begin('filter', { ...options, idle: 9000 });
       stream.opened().then(() => { stream.write(bytes(append)); stream.end(); });`,
    ]) {
      const before = rules().length;
      const child = new Child(
        `const session = open({ namespace: path, lockFile: file });
         ${call}
         process.stdin.on('data', () => process.exit(3));`,
        values,
        withFaults({ PAUSE: '300' }),
      );
      expect(await child.line()).toBe('replaced');
      child.say('exit');
      expect(await child.ending).toMatchObject({ status: 3, stderr: '' });
      expect(rules()).toEqual(Array(before + 1).fill(LINE));
    }
  });

  test('by process.exit() gives up what has not begun, and a wait for the lock at once', async () => {
    const child = new Child(
      `const [holder, session] = [{}, {}].map(() => open({ namespace: path, lockFile: file }));
       const stream = holder.begin('filter', { ...options, idle: 60000 });
       stream.opened().then(() => {
         session.apply('filter', bytes(append), { ...options, wait: -1, interval: 60000 });
         session.apply('filter', bytes(append), options);
         stream.write(bytes(append));
         setTimeout(() => process.exit(3), 50);
       });`,
      values,
    );
    const { after, ...ending } = await child.ending;
    expect(ending).toMatchObject({ status: 3, stderr: '' });
    expect(after).toBeLessThan(5000);
    expect(rules()).toEqual([]);
  });
});
