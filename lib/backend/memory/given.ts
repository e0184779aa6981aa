/** What tests may say of tables in memory. */
import {
  type Check,
  callback,
  fields,
  instance,
  listOf,
  milliseconds,
  named,
  numeric,
  oneOf,
  recordOf,
} from '../../arguments';
import { Mismatch } from '../../errors';
import { TABLES } from '../../rule/tables';
import type { BackendSet, Family } from '../backend';
import { FAILING, type Failing } from './faults';

/** The revisions that a kernel knows of each match and target. */
export interface Revisions {
  readonly match: Readonly<Record<string, readonly number[]>>;
  readonly target: Readonly<Record<string, readonly number[]>>;
}

/** What packets count. */
export interface CountersInput {
  readonly packets: bigint | number;
  readonly bytes: bigint | number;
}

/** A table about to be written. */
export interface MemoryCommit {
  readonly table: string;
  /** The table with the program's edits, in the format of snapshot.ts. */
  snapshot(): ArrayBuffer;
}

export interface MemoryOptions {
  /** Otherwise the kernel knows whatever it is asked for. */
  readonly revisions?: Revisions | undefined;
  /** ip_sets by name: their indexes, or these with the family whose addresses they hold. */
  readonly sets?: ReadonlyMap<string, number | BackendSet> | undefined;
  /** Milliseconds that each job takes. */
  readonly delay?: number | undefined;
  /**
   * Called before each commit that changes something. An errno that it gives is what the kernel refuses it with; to find
   * out which of the edits is to blame, it is then called with fewer of them.
   */
  readonly onCommit?: ((commit: MemoryCommit) => number | undefined) | ((commit: MemoryCommit) => void) | undefined;
}

export const family: Check<Family> = oneOf('ipv4', 'ipv6');
export const tableName: Check<string> = oneOf(...TABLES);
export const failing: Check<Failing> = oneOf(...FAILING);
export const chainName = named('the name of a chain');
export const counted: Check<number | 'policy'> = (value) =>
  value === 'policy' ? value : numeric('a position from 1 on, or policy,', (n) => Number.isInteger(n) && n >= 1)(value);
const amount: Check<bigint | number> = (value) => {
  const fits = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (!fits || BigInt(value as number) < 0n || BigInt(value as number) >= 1n << 64n)
    throw new Mismatch('an integer from 0 to 18446744073709551615', value);
  return value as bigint | number;
};
export const counters = fields<CountersInput>({ packets: amount, bytes: amount }, 'packets', 'bytes');
export const errno = numeric('an errno, from 1 on,', (value) => Number.isInteger(value) && value >= 1);

const revision = numeric('a revision, from 0 to 255,', (value) => Number.isInteger(value) && value >= 0 && value < 256);
const known = recordOf(listOf(revision, 'a list of revisions'));
export const memoryOptions = fields<MemoryOptions>({
  revisions: fields<Revisions>({ match: known, target: known }, 'match', 'target'),
  sets: instance<ReadonlyMap<string, number | BackendSet>>(Map, 'a Map of sets by their names'),
  delay: milliseconds,
  onCommit: callback,
});
