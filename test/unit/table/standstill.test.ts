/** Restores whose input doesn't come. */
import { Firewall } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { anyKernel } from '../../../lib/codec/kernel';
import { EntryCodec } from '../../../lib/rule/entry';
import { Restore } from '../../../lib/table/restore/restore';
import { describe, expect, test } from '../../harness';

const NEVER = new Promise<never>(() => {});
const text = '*filter\n-A INPUT -s 192.0.2.1 -j DROP\n';

/** Says that it is waited for, and doesn't go on before `until`. */
async function* stuck(asked: () => void, until: Promise<unknown>, before = text) {
  yield before;
  asked();
  await until;
}
const begun = () => {
  let asked!: () => void;
  const waiting = new Promise<void>((resolve) => {
    asked = resolve;
  });
  return { asked, waiting };
};

describe('a restore whose input comes to a standstill', () => {
  test('is given up by its signal, and lets go of its tables', async () => {
    const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
    const controller = new AbortController();
    const { asked, waiting } = begun();
    const restored = firewall.restore(stuck(asked, NEVER), { signal: controller.signal });
    await waiting;
    controller.abort();
    await expect(restored).rejects.toMatchObject({
      code: 'ERR_ABORTED',
      applied: 'no',
      table: 'filter',
      message: 'Cannot restore table filter (IPv4): its signal was aborted while it waited for its input',
    });
    await firewall.table('filter').chain('OUTPUT').append('-j ACCEPT');
    expect(await firewall.save()).not.toContain('192.0.2.1');
    await firewall.close();
  });

  test('says so where tables before are in the kernel', async () => {
    const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
    const controller = new AbortController();
    const { asked, waiting } = begun();
    const source = stuck(asked, NEVER, `${text}COMMIT\n*raw\n-A OUTPUT -j DROP\n`);
    const restored = firewall.restore(source, { signal: controller.signal });
    await waiting;
    controller.abort();
    await expect(restored).rejects.toMatchObject({
      table: 'raw',
      hint: 'Tables that were complete before are in the kernel.',
    });
    expect(await firewall.save({ tables: ['filter'] })).toContain('192.0.2.1');
    expect(await firewall.save({ tables: ['raw'] })).not.toContain('DROP');
    await firewall.close();
  });

  test('is given up by a signal that came while something else was waited for', async () => {
    const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
    const controller = new AbortController();
    const aborting = (async function* () {
      yield '*filter\n';
      controller.abort();
      yield ':INPUT DROP [0:0]\n';
      await NEVER;
    })();
    await expect(firewall.restore(aborting, { signal: controller.signal })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    });
    await firewall.close();
  });

  test('lets go of its input as soon as that goes on, and hears no more of it', async () => {
    const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
    const controller = new AbortController();
    const { asked, waiting } = begun();
    let goOn!: () => void;
    const left = begun();
    const source = (async function* () {
      try {
        yield* stuck(asked, new Promise<void>((resolve) => (goOn = resolve)));
        yield '-j nothing that is read\n';
      } finally {
        left.asked();
      }
    })();
    const restored = firewall.restore(source, { signal: controller.signal });
    await waiting;
    controller.abort();
    await expect(restored).rejects.toThrow('its signal was aborted');
    goOn();
    await left.waiting;
    await firewall.close();
  });

  test('rejects when its table is let go', async () => {
    const backend = new MemoryBackend('ipv4');
    const restore = new Restore(
      {
        backend,
        codec: new EntryCodec(anyKernel('ipv4')),
        apply: { wait: 0, idle: 5 },
        exclusively: (_, work) => work(),
      },
      {},
    );
    await expect(restore.text(stuck(() => {}, NEVER))).rejects.toMatchObject({
      code: 'ERR_ABORTED',
      message: 'Cannot restore table filter (IPv4): nothing came for too long, and the lock was let go (ETIMEDOUT)',
    });
    await backend.apply('filter', new Uint8Array(0), { wait: 0 });
    await backend.close();
  });
});
