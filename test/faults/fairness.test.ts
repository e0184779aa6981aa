/** What a process does besides goes on, however long the lock is held and however much is written. */
import { type ChildProcess, spawn } from 'node:child_process';
import { promises as dns } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { Firewall } from '../../lib';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

/** Milliseconds for which another program holds the lock: HOLD=60000 for a minute. */
const HOLD = Number(process.env.HOLD ?? 300);
/** RULES=100000 for the real thing. */
const RULES = Number(process.env.RULES ?? 5000);
/** More than libuv has threads for files, names and zlib. */
const WAITING = 8;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
/** All that Node does on threads of its own, and its timers. */
const besides = () =>
  Promise.all([readFile('/proc/version'), dns.lookup('localhost'), promisify(deflate)('text'), sleep(1)]);

async function holder(file: string): Promise<ChildProcess> {
  const child = spawn('flock', ['--no-fork', file, 'sh', '-c', 'echo held; exec sleep 3600'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout!.once('data', resolve));
  return child;
}

describeWith(['netns', 'addon', 'legacy'], 'while the lock is held', () => {
  const path = join(temporaryFolder('fairness'), 'lock');
  let netns: Netns;
  let firewalls: Firewall[];
  /** Calls of one firewall have their turns: this one's don't wait behind those. */
  let other: Firewall;
  beforeAll(async () => {
    netns = new Netns();
    const options = {
      namespace: netns.path,
      backend: 'legacy',
      lock: { path, wait: Number.POSITIVE_INFINITY },
    } as const;
    firewalls = await Promise.all(Array.from({ length: WAITING }, () => Firewall.open(options)));
    other = await Firewall.open(options);
  });
  afterAll(async () => {
    for (const firewall of [...firewalls, other]) await firewall.close();
    netns.close();
  });

  test(`for ${HOLD} ms, who waits holds up nobody, gives up when told, and gets it in the end`, {
    timeout: HOLD + 60_000,
  }, async () => {
    const child = await holder(path);
    const until = performance.now() + HOLD;
    let settled = 0;
    const patient = firewalls.map((firewall, i) =>
      firewall
        .table('filter')
        .chain('INPUT')
        .append(`-s 192.0.2.${i}`)
        .finally(() => settled++),
    );
    const raw = other.table('raw').chain('OUTPUT');
    const lost: unknown[] = [];
    do {
      await besides();
      const controller = new AbortController();
      const given = raw.append('-s 198.51.100.1', { signal: controller.signal });
      const timed = raw.append('-s 198.51.100.2', { signal: AbortSignal.timeout(5) });
      const short = raw.append('-s 198.51.100.3', { wait: 5 });
      const all = Promise.allSettled([given, timed, short]);
      await sleep(1);
      controller.abort();
      for (const each of await all) lost.push(each.status === 'rejected' ? each.reason.code : 'done');
      const start = performance.now();
      expect(() => raw.appendSync('-s 198.51.100.4', { wait: 20 })).toThrow(/holds the xtables lock/);
      expect(performance.now() - start).toBeGreaterThanOrEqual(19);
      expect(settled).toBe(0);
    } while (performance.now() < until);
    expect([...new Set(lost)].sort()).toEqual(['ERR_ABORTED', 'ERR_LOCK_TIMEOUT']);
    // A synchronous call waits as long as it may.
    const letGo = spawn('sh', ['-c', `sleep 0.1; kill -9 ${child.pid}`]);
    other.table('mangle').chain('INPUT').appendSync('-s 198.51.100.5');
    await Promise.all([...patient, new Promise((resolve) => letGo.on('close', resolve))]);
    const saved = await firewalls[0]!.save();
    expect(saved.match(/-A INPUT -s 192\.0\.2\.\d\/32$/gm)).toHaveLength(WAITING);
    expect(saved.match(/198\.51\.100\.\d/g)).toEqual(['198.51.100.5']);
  });
});

for (const backend of ['legacy', 'nft'] as const)
  describeWith(['netns', 'addon', backend], `while ${RULES} rules are written and read (${backend})`, () => {
    test('files, names and timers go on', { timeout: 300_000 }, async () => {
      const netns = new Netns();
      const firewall = await Firewall.open({ namespace: netns.path, backend, lock: false });
      const rules = Array.from(
        { length: RULES },
        (_, i) => `-A INPUT -s 10.${i >> 16}.${(i >> 8) & 255}.${i & 255} -j DROP`,
      );
      let over = false;
      const work = (async () => {
        await firewall.restore(`*filter\n${rules.join('\n')}\nCOMMIT\n`);
        expect(await firewall.table('filter').chain('INPUT').list()).toHaveLength(RULES);
        over = true;
      })();
      let rounds = 0;
      for (; !over; rounds++) await Promise.race([besides(), work]);
      await work;
      expect(rounds).toBeGreaterThan(3);
      await firewall.close();
      netns.close();
    });
  });
