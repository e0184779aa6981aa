import { Firewall, type RuleText } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { type DesiredTables, plan } from '../../../lib/policy';
import { expect, test } from '../../harness';

test('a plan of many rules as data lets others have their turns while these are read', async () => {
  const backend = { ipv4: new MemoryBackend('ipv4'), ipv6: new MemoryBackend('ipv6') };
  const [one, both] = [await Firewall.open({ backend: backend.ipv4 }), await Firewall.openBoth({ backend })];
  const rules = Array.from({ length: 20_000 }, (_, i): RuleText => `-s 10.0.${i >> 8}.${i & 255} -j DROP`);
  const desired: DesiredTables<'ipv4'> = { filter: { INPUT: { rules } } };
  let turns = 0;
  /** Until the table itself is looked at. */
  let before: number | undefined;
  const snapshot = backend.ipv4.snapshot.bind(backend.ipv4);
  backend.ipv4.snapshot = (table) => {
    before ??= turns;
    return snapshot(table);
  };
  let timer = setImmediate(function next() {
    turns++;
    timer = setImmediate(next);
  });
  for (const begin of [() => plan(one, desired), () => plan(both, desired)]) {
    [turns, before] = [0, undefined];
    expect((await begin()).changes.length).toBe(20_000);
    expect(before).toBeGreaterThan(5);
  }
  clearImmediate(timer);
}, 60_000);
