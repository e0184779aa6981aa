import { Firewall } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { describe, expect, test } from '../../harness';

const RULES = Array.from({ length: 20_000 }, (_, i) => `-A INPUT -s 10.0.${i >> 8}.${i & 255}/32 -j DROP`);
const LARGE = ['*filter', ':INPUT ACCEPT [0:0]', ...RULES, 'COMMIT', ''].join('\n');

/** How often others had a turn meanwhile. */
async function turns(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  let over = false;
  const turn = () => {
    count++;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  over = true;
  return count;
}

describe('the event loop turns while', () => {
  test('a large table is restored, appended to, and saved', async () => {
    const firewall = Firewall.openSync({ backend: new MemoryBackend('ipv4') });
    expect(await turns(() => firewall.restore(LARGE))).toBeGreaterThan(3);
    const filter = firewall.table('filter');
    await filter.flush();
    expect(await turns(() => filter.chain('INPUT').appendAll(RULES as never[]))).toBeGreaterThan(3);
    expect(await turns(() => filter.state())).toBeGreaterThan(3);
    expect(await turns(() => filter.save())).toBeGreaterThan(3);
    expect(
      await turns(async () => {
        for await (const _ of firewall.saveLines({ tables: ['filter'] }));
      }),
    ).toBeGreaterThan(3);
    await firewall.close();
  });
});
