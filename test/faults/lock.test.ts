import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { Firewall } from '../../lib';
import type { ApplyOptions, Backend, BackendFailure } from '../../lib/backend/backend';
import { openNative } from '../../lib/backend/legacy/backend';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { programOf } from '../harness/program';
import { temporaryFolder } from '../harness/temporary';

const { ECANCELED, EBUSY, ENOENT, ETIMEDOUT } = constants.errno;

const append = programOf('ipv4', ['-A INPUT -s 192.0.2.1 -j DROP']);
const once: ApplyOptions = { wait: 0 };

/** Another program that has the lock, until it is killed. */
async function holder(file: string): Promise<ChildProcess> {
  const child = spawn('flock', ['--no-fork', file, 'sh', '-c', 'echo held; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout!.once('data', resolve));
  return child;
}

const letGo = (child: ChildProcess) =>
  new Promise((resolve) => {
    child.once('close', resolve);
    child.kill('SIGKILL');
  });

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describeWith(['netns', 'iptables', 'addon'], 'the xtables lock', () => {
  let folder: string;
  let file: string;
  let netns: Netns;
  let backend: Backend;
  const open = (more = {}) => openNative({ family: 'ipv4', namespace: netns.path, lockFile: file, ...more });
  const rules = async () => new DataView(await backend.snapshot('filter')).getUint32(12, true);

  beforeAll(() => {
    folder = temporaryFolder('lock');
    file = join(folder, 'lock');
    netns = new Netns();
    backend = open();
  });
  afterAll(async () => {
    await backend.close();
    netns.close();
    rmSync(folder, { recursive: true });
  });

  test('is tried once, or as long as told', async () => {
    const other = await holder(file);
    await expect(backend.apply('filter', append, once)).rejects.toMatchObject({ stage: 'lock', errno: ETIMEDOUT });
    const start = Date.now();
    await expect(backend.apply('filter', append, { wait: 200, interval: 5 })).rejects.toMatchObject({
      stage: 'lock',
      errno: ETIMEDOUT,
    });
    expect(Date.now() - start).toBeGreaterThanOrEqual(199);
    expect(() => backend.applySync('filter', append, once)).toThrow(
      expect.objectContaining({ stage: 'lock', errno: ETIMEDOUT }),
    );
    expect(await rules()).toBe(0); // reading takes no lock
    await letGo(other);
  });

  test('is waited for by each call of a firewall as long as it says, or until its signal', async () => {
    const other = await holder(file);
    const firewall = await Firewall.open({ family: 'ipv4', namespace: netns.path, lock: { path: file } });
    const raw = firewall.table('raw').chain('OUTPUT');
    await expect(raw.append('-s 10.0.0.1', { wait: 50 })).rejects.toMatchObject({ code: 'ERR_LOCK_TIMEOUT' });
    expect(() => raw.appendSync('-s 10.0.0.1', { wait: 0 })).toThrow('holds the xtables lock');
    const controller = new AbortController();
    const { signal } = controller;
    const patient = raw.append('-s 10.0.0.2');
    const given = [
      raw.append('-s 10.0.0.3', { signal }),
      raw.appendAll(['-s 10.0.0.4'], { signal }),
      firewall.table('mangle').transaction((tx) => tx.chain('INPUT').append('-s 10.0.0.5'), { signal }),
      firewall.restore('*security\n-A INPUT -s 10.0.0.6\nCOMMIT\n', { signal }),
    ];
    const settled = Promise.allSettled(given);
    await pause(50);
    controller.abort();
    for (const each of await settled)
      expect(each).toMatchObject({ status: 'rejected', reason: { code: 'ERR_ABORTED', applied: 'no' } });
    await letGo(other);
    await patient;
    expect(await firewall.table('raw').save()).toContain('-A OUTPUT -s 10.0.0.2/32\nCOMMIT');
    expect(await firewall.table('mangle').save()).not.toContain('10.0.0.5');
    await raw.flush();
    await firewall.close();
  });

  test('is got when the other lets go, and is free afterwards', async () => {
    const other = await holder(file);
    const before = await rules();
    const applied = backend.apply('filter', append, { wait: Number.POSITIVE_INFINITY, interval: 5 });
    await pause(50);
    await letGo(other);
    expect((await applied).lockWait).toBeGreaterThan(40_000);
    expect(await rules()).toBe(before + 1);
    await letGo(await holder(file));
  });

  test('is not waited for any more once the signal says so', async () => {
    const other = await holder(file);
    const before = await rules();
    const [first, second] = [new AbortController(), new AbortController()];
    const long = { wait: 60_000, interval: 60_000 };
    const waiting = backend.apply('filter', append, { ...long, signal: first.signal });
    const queued = backend.apply('filter', append, { ...long, signal: second.signal });
    const last = backend.apply('filter', append, { wait: 60_000, interval: 5 });
    await pause(20);
    second.abort(); // it isn't its turn yet, and needn't be
    await expect(queued).rejects.toMatchObject({ stage: 'lock', errno: ECANCELED });
    first.abort();
    await expect(waiting).rejects.toMatchObject({ stage: 'lock', errno: ECANCELED });
    await expect(backend.apply('filter', append, { ...long, signal: first.signal })).rejects.toMatchObject({
      errno: ECANCELED,
    });
    await letGo(other);
    await last;
    expect(await rules()).toBe(before + 1);
  });

  test('a signal that comes after the lock changes nothing', async () => {
    const controller = new AbortController();
    const table = await backend.lock('filter', { wait: 0, idle: 5000, signal: controller.signal });
    controller.abort();
    await table.write(programOf('ipv4', ['-F INPUT']));
    await table.commit();
    expect(await rules()).toBe(0);
  });

  test('is held from before the read until after the commit', async () => {
    const table = await backend.lock('filter', { wait: 0, idle: 5000 });
    const iptables = ['iptables-legacy', ['-w', '1', '-A', 'INPUT'], { env: { XTABLES_LOCKFILE: file } }] as const;
    expect((await netns.exec(...iptables)).status).toBe(4);
    await table.write(append);
    expect((await netns.exec(...iptables)).status).toBe(4);
    await table.commit();
    expect((await netns.exec(...iptables)).status).toBe(0);
    expect(await rules()).toBe(2);
  });

  test('passes from one session of a process to the next without delay', async () => {
    const other = open();
    const patient = { wait: 60_000, interval: 60_000 };
    const start = Date.now();
    await Promise.all(
      [...Array(20)].flatMap(() => [backend.apply('filter', append, patient), other.apply('filter', append, patient)]),
    );
    expect(Date.now() - start).toBeLessThan(10_000);
    await other.close();
  });

  test('is not waited for in vain by a synchronous call, while this thread itself streams', async () => {
    const other = open({ family: 'ipv6' });
    const forEver = { wait: Number.POSITIVE_INFINITY };
    const table = await backend.lock('filter', { wait: 0, idle: 5000 });
    for (const session of [backend, other]) {
      expect(() => session.applySync('filter', new Uint8Array(0), forEver)).toThrow(
        expect.objectContaining({ stage: 'busy', errno: EBUSY }),
      );
    }
    expect(() => backend.snapshotSync('filter')).toThrow(expect.objectContaining({ stage: 'busy' }));
    expect(other.snapshotSync('filter').byteLength).toBeGreaterThan(0);
    expect(backend.revision('match', 'tcp', 0)).toBe(0);
    await table.abort();
    expect(other.applySync('filter', new Uint8Array(0), forEver).commit).toBeGreaterThanOrEqual(0);
    await other.close();
  });

  test('that cannot be opened is named', async () => {
    const other = open({ lockFile: join(folder, 'missing', 'lock') });
    await expect(other.apply('filter', append, once)).rejects.toMatchObject({
      stage: 'lock',
      errno: ENOENT,
      reason: `Can't open ${folder}/missing/lock: No such file or directory`,
    });
    await other.close();
  });

  test('of the earliest CentOS 7 is taken too: the socket, of the namespace', async () => {
    const elsewhere = new Netns();
    const [here, rival, there] = [
      open({ lockFile: undefined, lockSocket: true }),
      open({ lockFile: undefined, lockSocket: true }),
      open({ lockFile: undefined, lockSocket: true, namespace: elsewhere.path }),
    ];
    const table = await here.lock('filter', { wait: 0, idle: 5000 });
    await expect(rival.apply('filter', append, once)).rejects.toMatchObject({ stage: 'lock', errno: ETIMEDOUT });
    await there.apply('filter', append, once);
    await table.abort();
    await rival.apply('filter', append, once);
    for (const session of [here, rival, there]) await session.close();
    elsewhere.close();
  });

  test('is passed on at once by who got half of it only', async () => {
    const wait = { wait: 600_000, interval: 600_000 };
    const [socket, both, half] = [
      open({ lockFile: undefined, lockSocket: true }),
      open({ lockSocket: true }),
      open({ lockSocket: false }),
    ];
    const table = await socket.lock('filter', { wait: 0, idle: 60_000 });
    const controller = new AbortController();
    const inVain = both.apply('filter', append, { ...wait, signal: controller.signal });
    await pause(50); // by now it has the file
    const patient = half.apply('filter', append, wait);
    await pause(50);
    controller.abort();
    await expect(inVain).rejects.toMatchObject({ stage: 'lock', errno: ECANCELED });
    await patient;
    await table.abort();
    for (const session of [socket, both, half]) await session.close();
  });

  test('may be any kind of file, and none is waited for', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const lockFile of [fifo, '/dev/null']) {
      const session = open({ lockFile });
      await session.apply('filter', append, once);
      await session.close();
    }
    for (const lockFile of [folder, 'x'.repeat(5000)]) {
      const session = open({ lockFile });
      const failure = await session.apply('filter', append, once).catch((error: BackendFailure) => error);
      expect(failure).toMatchObject({ stage: 'lock' });
      await session.close();
    }
  });
});
