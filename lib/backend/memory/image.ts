/** Tables in memory <-> snapshots, in the format of snapshot.ts. */
import type { Steps } from '../../slice';
import type { Family } from '../backend';
import { STANDARD_REVISION } from '../program';
import { SNAPSHOT } from '../snapshot';
import { LAYOUTS, type Layout, LITTLE, NAME, NAME_SIZE, nameAt, REVISION, u16, u32, VERDICTS } from './entry';
import { type Chain, newChain, type Rule, ruleAt } from './rules';

/** Rules between two steps. */
const STRETCH = 256;

/** Writes the chains, as they are now: they must stay so until it is done. */
export function* writeImage(family: Family, chains: readonly Chain[]): Steps<ArrayBuffer> {
  const rulesAt = SNAPSHOT.HEADER_SIZE + chains.length * SNAPSHOT.CHAIN_SIZE;
  let size = rulesAt;
  let rules = 0;
  for (const chain of chains)
    for (const rule of chain.rules) {
      size += rule.size;
      if (++rules % STRETCH === 0) yield;
    }
  const snapshot = new ArrayBuffer(size);
  const out = Buffer.from(snapshot);
  const view = new DataView(snapshot);
  const head = [SNAPSHOT.VERSION, family === 'ipv4' ? 4 : 6, chains.length, rules];
  [...head, SNAPSHOT.HEADER_SIZE, rulesAt, size, 0].forEach((word, i) => {
    view.setUint32(4 * i, word, LITTLE);
  });
  let at: number = SNAPSHOT.HEADER_SIZE;
  let ruleAt = rulesAt;
  for (const chain of chains) {
    const { packets, bytes } = chain.newCounters ?? chain.counters;
    out.write(chain.name, at, 'latin1');
    out.write(chain.policy, at + 32, 'latin1');
    view.setBigUint64(at + 64, packets, LITTLE);
    view.setBigUint64(at + 72, bytes, LITTLE);
    view.setUint32(at + 80, chain.builtin ? 1 : 0, LITTLE);
    view.setUint32(at + 84, chain.references, LITTLE);
    view.setUint32(at + 88, ruleAt, LITTLE);
    view.setUint32(at + 92, chain.rules.length, LITTLE);
    at += SNAPSHOT.CHAIN_SIZE;
    ruleAt = yield* writeRules(LAYOUTS[family], chain, out, ruleAt);
    yield;
  }
  return snapshot;
}

function* writeRules({ targetOffset }: Layout, { rules }: Chain, out: Buffer, start: number): Steps<number> {
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
        const name = at + u16(out, at + targetOffset) + NAME;
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
  b: Buffer,
  chains: Map<string, Chain>,
  found: (chain: Chain, rule: Rule) => void,
): Steps<Chain[]> {
  const view = new DataView(b.buffer, b.byteOffset, b.length);
  const layout = LAYOUTS[familyOf(b)];
  const [count, chainsAt] = [u32(b, 8), u32(b, 16)];
  const all: Chain[] = [];
  for (let i = 0, at = chainsAt; i < count; i++, at += SNAPSHOT.CHAIN_SIZE) {
    const builtin = u32(b, at + 80) === 1;
    const chain = newChain(nameAt(b, at, 32)!, builtin ? nameAt(b, at + 32, 32)! : '', builtin);
    chain.counters = { packets: view.getBigUint64(at + 64, LITTLE), bytes: view.getBigUint64(at + 72, LITTLE) };
    chains.set(chain.name, chain);
    all.push(chain);
    if (i % STRETCH === 0) yield;
  }
  for (let i = 0, at = chainsAt; i < count; i++, at += SNAPSHOT.CHAIN_SIZE) {
    const chain = all[i]!;
    let from = u32(b, at + 88);
    for (let left = u32(b, at + 92); left > 0; left--) {
      const target = from + u16(b, from + layout.targetOffset);
      const standard = b[target + REVISION] === STANDARD_REVISION;
      const name = standard ? nameAt(b, target + NAME, NAME_SIZE)! : '';
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

export function familyOf(b: Buffer): Family {
  return u32(b, 4) === 4 ? 'ipv4' : 'ipv6';
}
