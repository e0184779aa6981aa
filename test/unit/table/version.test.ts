import { Firewall } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { describe, expect, test } from '../../harness';

describe('the version of a table in memory', () => {
  test('is another one once it has been changed', async () => {
    const backend = new MemoryBackend('ipv4');
    const firewall = Firewall.openSync({ backend });
    const [filter, nat] = [firewall.table('filter'), firewall.table('nat')];
    await filter.chain('INPUT').append('-j DROP');
    const [own, others, all] = [await filter.version(), await nat.version(), await firewall.version()];
    backend.count('filter', 'INPUT', 1, { packets: 1, bytes: 1 });
    await filter.chain('INPUT').check('-j DROP');
    await filter
      .chain('INPUT')
      .delete('-j ACCEPT')
      .catch(() => {});
    expect([await filter.changed(own), await firewall.changed(all)]).toEqual([false, false]);
    await filter.chain('INPUT').append('-j DROP');
    expect([await filter.changed(own), await nat.changed(others), await firewall.changed(all)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('says whether it is read again', async () => {
    const backend = new MemoryBackend('ipv4');
    const filter = Firewall.openSync({ backend }).table('filter');
    await filter.chain('INPUT').append('-j DROP');
    const rules = await filter.chain('INPUT').list({ counters: false });
    backend.count('filter', 'INPUT', 1, { packets: 1, bytes: 1 });
    expect(await filter.chain('INPUT').list({ counters: false })).toBe(rules);
    expect((await filter.chain('INPUT').list())[0]!.counters.packets).toBe(1n);
    void filter.chain('INPUT').append('-j ACCEPT');
    expect(await filter.chain('INPUT').list({ counters: false })).toHaveLength(2);
    await filter.transaction(async (tx) => {
      await tx.flush();
      expect(await tx.chain('INPUT').list({ counters: false })).toEqual([]);
    });
  });
});
