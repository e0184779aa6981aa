/** Whether two moments of a table hold the same rules: counters and the kernel's private bytes aside. */
import { sameRule } from '../rule/compare';
import type { EntryCodec } from '../rule/entry';
import type { ChainState, TableState } from './state';

export function sameTable(codec: EntryCodec, a: TableState, b: TableState): boolean {
  return a.chains.length === b.chains.length && a.chains.every((chain, i) => sameChain(codec, chain, b.chains[i]!));
}

function sameChain(codec: EntryCodec, a: ChainState, b: ChainState): boolean {
  if (a.name !== b.name || a.policy !== b.policy || a.length !== b.length) return false;
  const [x, y] = [a.entries(), b.entries()];
  return x.every((at, i) => sameRule(codec, a.memory, at, b.memory, y[i]!));
}
