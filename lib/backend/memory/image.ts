/** Tables in memory <-> snapshots, in the format of snapshot.ts. */
import { NAME_AT, NAME_SIZE, REVISION_AT, SHAPES, type Shape, STANDARD_REVISION } from '../../rule/layout';
import { VERDICTS } from '../../rule/rule';
import type { Steps } from '../../slice';
import type { Family } from '../backend';
import { type SnapshotReader, SnapshotWriter } from '../snapshot';
import { nameAt, u16 } from './entry';
import { type Chain, newChain, type Rule, ruleAt } from './rules';

/** Rules between two steps. */
const STRETCH = 256;

/** Writes the chains, as they are now: they must stay so until it is done. `handleOf`: where rules have handles. */
export function* writeImage<R extends Rule>(
  family: Family,
  chains: readonly Chain[],
  handleOf?: (rule: R) => number,
): Steps<ArrayBuffer> {
  let size = 0;
  let rules = 0;
  for (const chain of chains)
    for (const rule of chain.rules) {
      size += rule.size;
      if (++rules % STRETCH === 0) yield;
    }
  const snapshot = new SnapshotWriter(family, chains.length, rules, size, handleOf !== undefined);
  let at = snapshot.rulesAt;
  for (const chain of chains) {
    const { name, policy, builtin, references } = chain;
    const counters = chain.newCounters ?? chain.counters;
    if (handleOf) at = snapshot.handles(chain.rules as R[], handleOf, at);
    snapshot.chain({ name, policy, builtin, counters, references, length: chain.rules.length }, at);
    at = yield* writeRules(SHAPES[family], chain, snapshot.bytes, at);
    yield;
  }
  return snapshot.buffer;
}

function* writeRules({ targetOffset }: Shape, { rules }: Chain, out: Buffer, start: number): Steps<number> {
  let at = start;
  for (let i = 0; i < rules.length; ) {
    // Rules that lie side by side, as those of a snapshot do, are copied as one.
    const { bytes, at: from } = rules[i]!;
    const first = i;
    let to = from;
    for (; i < rules.length && i < first + STRETCH && rules[i]!.bytes === bytes && rules[i]!.at === to; i++)
      to += rules[i]!.size;
    bytes.copy(out, at, from, to);
    for (let j = first; j < i; j++) {
      const { jump, size } = rules[j]!;
      if (jump) {
        const name = at + u16(out, at + targetOffset) + NAME_AT;
        out.fill(0, name, name + NAME_SIZE).write(jump.name, name, 'latin1');
      }
      at += size;
    }
    yield;
  }
  return at;
}

/** Reads the chains, with what `found` is told of each rule. The snapshot is used in place: it must not change. */
export function* readImage(
  snapshot: SnapshotReader,
  chains: Map<string, Chain>,
  found: (chain: Chain, rule: Rule) => void,
): Steps<Chain[]> {
  const layout = SHAPES[snapshot.family];
  const b = Buffer.from(snapshot.buffer);
  const all: Chain[] = [];
  for (const { label, builtin, policy = '', counters } of snapshot.each()) {
    const chain = newChain(Buffer.from(label).toString('latin1'), policy, builtin);
    chain.counters = counters;
    chains.set(chain.name, chain);
    if (all.push(chain) % STRETCH === 0) yield;
  }
  let i = 0;
  for (const { first, length } of snapshot.each()) {
    const chain = all[i++]!;
    let from = first;
    for (let left = length; left > 0; left--) {
      const target = from + u16(b, from + layout.targetOffset);
      const standard = b[target + REVISION_AT] === STANDARD_REVISION;
      const name = standard ? nameAt(b, target + NAME_AT, NAME_SIZE)! : '';
      const jump = name === '' || VERDICTS.has(name) ? undefined : chains.get(name);
      const rule = ruleAt(layout, b, from, standard, jump, -1);
      chain.rules.push(rule);
      found(chain, rule);
      from += rule.size;
      if (left % STRETCH === 0) yield;
    }
    if (i % STRETCH === 0) yield;
  }
  return all;
}
