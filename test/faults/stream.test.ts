import { rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Backend } from '../../lib/backend/backend';
import { openNative } from '../../lib/backend/legacy/backend';
import { afterAll, beforeAll, beforeEach, describeWith, expect, test } from '../harness';
import { linesOf, programOf } from '../harness/program';
import { temporaryFolder } from '../harness/temporary';

const { EINVAL, ENOENT, ETIMEDOUT } = constants.errno;

const append = (n: number) => programOf('ipv4', [`-A INPUT -s 192.0.2.${n} -j DROP`]);
const once = { wait: 0 };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describeWith(['netns', 'addon'], 'a program that is streamed', () => {
  let folder: string;
  let backend: Backend;
  let rival: Backend;
  const rules = async () => linesOf('ipv4', await backend.snapshot('filter')).filter((line) => line.includes('-A'));

  beforeAll(() => {
    folder = temporaryFolder('stream');
    const lockFile = join(folder, 'lock');
    backend = openNative({ family: 'ipv4', namespace: 'new', lockFile });
    rival = openNative({ family: 'ipv4', namespace: backend.namespace, lockFile });
  });
  afterAll(async () => {
    await Promise.all([backend.close(), rival.close()]);
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => void (await backend.apply('filter', programOf('ipv4', ['-F INPUT']), once)));

  test('sees the table that it has locked, and commits all of its pieces or none', async () => {
    await backend.apply('filter', append(1), once);
    const table = await backend.lock('filter', { wait: 0, idle: 5000 });
    expect(linesOf('ipv4', await table.snapshot())).toContain('[0:0] -A INPUT -s 192.0.2.1/32 -j DROP');
    const later = backend.apply('filter', append(4), once);
    await Promise.all([table.write(append(2)), table.write(append(3))]);
    await table.commit();
    await later;
    await table.abort(); // harmless
    expect(await rules()).toEqual([1, 2, 3, 4].map((n) => `[0:0] -A INPUT -s 192.0.2.${n}/32 -j DROP`));
  });

  test('lets go of the lock when nothing comes', async () => {
    const table = await backend.lock('filter', { wait: 0, idle: 50 });
    await table.write(append(1));
    const start = Date.now();
    await rival.apply('filter', append(2), { wait: 5000, interval: 5000 });
    expect(Date.now() - start).toBeLessThan(2000);
    await table.write(append(3)); // taken back, not used
    await expect(table.commit()).rejects.toMatchObject({ stage: 'idle', errno: ETIMEDOUT });
    expect(await rules()).toEqual(['[0:0] -A INPUT -s 192.0.2.2/32 -j DROP']);
  });

  test('stays as long as something comes', async () => {
    const table = await backend.lock('filter', { wait: 0, idle: 200 });
    for (let n = 1; n <= 6; n++) {
      await pause(60);
      await table.write(append(n));
    }
    await table.commit();
    expect(await rules()).toHaveLength(6);
  });

  test('lets go of the lock at its first failure, and tells which operation it was', async () => {
    const table = await backend.lock('filter', { wait: 0, idle: 60_000 });
    await table.write(programOf('ipv4', ['-A INPUT', '-A INPUT'])); // three operations: the chain, and two rules
    // An append; to ask for what was counted, and the deletion.
    await table.write(programOf('ipv4', ['-A INPUT', '-D INPUT 9', '-A INPUT']));
    await rival.apply('filter', append(1), { wait: 5000 });
    await table.write(append(2));
    await expect(table.commit()).rejects.toMatchObject({ stage: 'edit', refused: [{ operation: 6 }] });
    expect(await rules()).toEqual(['[0:0] -A INPUT -s 192.0.2.1/32 -j DROP']);
  });

  test('leaves nothing behind when it is aborted, or cannot begin', async () => {
    const table = await backend.lock('filter', { wait: 0, idle: 60_000 });
    await table.write(append(1));
    await table.abort();
    await table.abort();
    await expect(table.commit()).rejects.toMatchObject({ stage: 'closed' });
    await expect(backend.lock('no-such-table', { wait: 0, idle: 60_000 })).rejects.toMatchObject({
      stage: 'read',
      errno: ENOENT,
    });
    await rival.apply('filter', append(2), once);
    expect(await rules()).toHaveLength(1);
  });

  test('is whole operations in each piece', async () => {
    const table = await backend.lock('filter', { wait: 0, idle: 60_000 });
    await table.write(append(1).subarray(0, 44));
    await expect(table.commit()).rejects.toMatchObject({ stage: 'edit', errno: EINVAL, refused: [{ operation: 1 }] });
  });

  test('is refused at once when the session is closed, and finished when it is closed later', async () => {
    const other = openNative({ family: 'ipv4', namespace: backend.namespace });
    const table = await other.lock('filter', { wait: 0, idle: 60_000 });
    const closed = other.close();
    await expect(other.apply('filter', append(1), once)).rejects.toMatchObject({ stage: 'closed' });
    await expect(other.snapshot('filter')).rejects.toMatchObject({ stage: 'closed' });
    expect(() => other.snapshotSync('filter')).toThrow(expect.objectContaining({ stage: 'closed' }));
    await table.write(append(2));
    await table.commit();
    await closed;
    await other.close();
    expect(await rules()).toHaveLength(1);
  });
});
