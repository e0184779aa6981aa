/** Whether two moments of a table hold the same rules: counters and the kernel's private bytes aside. */
import { sameRule } from '../rule/compare';
import type { EntryCodec } from '../rule/entry';
import type { Steps } from '../slice';
import type { TableState } from './state';

/** Rules between two steps. */
const STRETCH = 64;

export function* sameTable(codec: EntryCodec, a: TableState, b: TableState): Steps<boolean> {
  const others = b.each();
  let looked = 0;
  for (const chain of a.each()) {
    const other = others.next().value;
    if (!other || chain.name !== other.name || chain.policy !== other.policy || chain.length !== other.length)
      return false;
    const there = other.entries();
    for (const at of chain.entries()) {
      if (!sameRule(codec, chain.memory, at, other.memory, there.next().value!)) return false;
      if (++looked % STRETCH === 0) yield;
    }
    if (++looked % STRETCH === 0) yield;
  }
  return others.next().done === true;
}
