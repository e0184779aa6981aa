/**
 * What operations have deleted or set to zero that were to tell of it (TELL of program.ts): for each of them a record, in
 * the order of the program and the byte order of the machine.
 *
 *     u32 chains, u32 0, and of each chain:
 *
 *     name[32], u32 rules, u32 policy?, then of each rule, in order, and of the policy: u64 packets, u64 bytes
 *
 * Nothing that was counted is lost or told twice: of what is deleted it is all that it had counted when the new table
 * took the place of the old one; what is set to zero begins with what it counts from there on.
 */
import { LITTLE } from '../net/endian';
import { decodeText } from '../net/text';
import type { Counters } from '../rule/rule';
import type { Steps } from '../slice';
import { CHAIN_NAME_SIZE } from './program';

const WORDS = 8;
const COUNTERS = 16;
/** Counters between two steps. */
const STRETCH = 512;

/** What a chain's rules and its policy had counted. */
export interface ChainCounters {
  readonly chain: string;
  /** Of a built-in chain. */
  readonly policy?: Counters;
  /** One for each rule, in order. */
  readonly rules: readonly Counters[];
}

/** Reads records, one after the other. */
export class ToldReader {
  private readonly view: DataView;
  private at = 0;

  constructor(told: ArrayBuffer | undefined) {
    this.view = new DataView(told ?? new ArrayBuffer(0));
  }

  /** Where the next record begins; it is behind that one then. */
  next(): ToldRecord {
    const { view, at } = this;
    if (at + WORDS > view.byteLength) return new ToldRecord(view, view.byteLength);
    let chains = view.getUint32(at, LITTLE);
    this.at += WORDS;
    while (chains-- > 0) {
      const counters =
        view.getUint32(this.at + CHAIN_NAME_SIZE, LITTLE) + view.getUint32(this.at + CHAIN_NAME_SIZE + 4, LITTLE);
      this.at += CHAIN_NAME_SIZE + WORDS + counters * COUNTERS;
    }
    return new ToldRecord(view, at);
  }
}

export class ToldRecord {
  constructor(
    private readonly view: DataView,
    private readonly start: number,
  ) {}

  /** Of a single rule. */
  get counters(): Counters {
    return this.countersAt(this.start + WORDS + CHAIN_NAME_SIZE + WORDS);
  }
  *chains(): Steps<ChainCounters[]> {
    const { view, start } = this;
    const found: ChainCounters[] = [];
    let at = start + WORDS;
    for (let left = view.getUint32(start, LITTLE); left > 0; left--) {
      const name = new Uint8Array(view.buffer, at, CHAIN_NAME_SIZE);
      const chain = decodeText(name, 0, CHAIN_NAME_SIZE);
      const count = view.getUint32(at + CHAIN_NAME_SIZE, LITTLE);
      const hasPolicy = view.getUint32(at + CHAIN_NAME_SIZE + 4, LITTLE) !== 0;
      at += CHAIN_NAME_SIZE + WORDS;
      const rules: Counters[] = [];
      for (let i = 0; i < count; i++, at += COUNTERS) if (rules.push(this.countersAt(at)) % STRETCH === 0) yield;
      found.push({ chain, ...(hasPolicy && { policy: this.countersAt(at) }), rules });
      if (hasPolicy) at += COUNTERS;
    }
    return found;
  }
  private countersAt(at: number): Counters {
    const { view } = this;
    return { packets: view.getBigUint64(at, LITTLE), bytes: view.getBigUint64(at + 8, LITTLE) };
  }
}

/** What of a chain is told; its name has a character for each byte. */
export interface TakenFrom {
  readonly chain: string;
  readonly rules: readonly Counters[];
  readonly policy: Counters | undefined;
}

/** The records as bytes. */
export function writeTold(records: readonly (readonly TakenFrom[])[]): ArrayBuffer {
  const size = (chains: readonly TakenFrom[]) =>
    chains.reduce(
      (sum, { rules, policy }) =>
        sum + CHAIN_NAME_SIZE + WORDS + (rules.length + Number(policy !== undefined)) * COUNTERS,
      WORDS,
    );
  const told = new ArrayBuffer(records.reduce((sum, chains) => sum + size(chains), 0));
  const view = new DataView(told);
  let at = 0;
  const word = (value: number) => {
    view.setUint32(at, value, LITTLE);
    at += 4;
  };
  const counters = ({ packets, bytes }: Counters) => {
    view.setBigUint64(at, packets, LITTLE);
    view.setBigUint64(at + 8, bytes, LITTLE);
    at += COUNTERS;
  };
  for (const chains of records) {
    word(chains.length);
    word(0);
    for (const { chain, rules, policy } of chains) {
      Buffer.from(told).write(chain, at, 'latin1');
      at += CHAIN_NAME_SIZE;
      word(rules.length);
      word(Number(policy !== undefined));
      rules.forEach(counters);
      if (policy) counters(policy);
    }
  }
  return told;
}
