/** The tables of a family as they were read last, for as long as nothing changes in the namespace. */

import { constants } from 'node:os';
import { SHAPES } from '../../rule/layout';
import { TABLES } from '../../rule/tables';
import type { NativeNetlink } from '../addon';
import type { BackendFailure, Family } from '../backend';
import { failure } from '../memory/failure';
import type { Work } from './jobs';
import { NftTable } from './model';
import { Normal } from './normal';
import { Reader } from './reader';
import { RuleWriter } from './rule-writer';
import { chainsRequest, generationRequest, rulesRequest } from './wire';

/** Somebody else has changed something: what was read isn't so any more. */
export class Stale extends Error {}

/** Chains whose rules are asked for at once. */
const AT_ONCE = 256;

/** A table, and the generation in which it is so. */
export interface Taken {
  readonly table: NftTable;
  readonly generation: number;
  /** Whether it was known from before: the generation may be over. */
  readonly kept: boolean;
}

export class NftTables {
  readonly reader: Reader;
  readonly writer: RuleWriter;
  private readonly normal: Normal;
  private generation = -1;
  private kept = new Map<string, NftTable>();

  constructor(
    readonly family: Family,
    readonly socket: Pick<NativeNetlink, 'keep' | 'kept'>,
  ) {
    this.reader = new Reader(family);
    this.normal = new Normal(family);
    this.writer = new RuleWriter(family, SHAPES[family].targetOffset);
  }

  /** A table, for somebody who puts it back. */
  *take(name: string): Work<Taken> {
    const kept = this.kept.get(name);
    const generation = kept ? this.generation : yield* this.readChains(name);
    const table = kept ?? this.kept.get(name)!;
    this.kept.delete(name);
    return { table, generation, kept: kept !== undefined };
  }
  /** `generation`: the one in which it is so. */
  putBack(table: NftTable, generation: number): void {
    if (generation === this.generation) this.kept.set(table.name, table);
  }

  /** Of all tables, those have changed alone that were taken. */
  moveOn(taken: number, generation: number): void {
    if (taken === this.generation) this.generation = generation;
  }

  /** The generation that there is now. */
  *current(): Work<number> {
    const { generations } = yield* this.reader.read(yield { request: generationRequest() });
    return generations[0]!;
  }
  /** Throws Stale unless it is still that one. */
  *verify(generation: number): Work<void> {
    if ((yield* this.current()) !== generation) this.forget();
  }
  private forget(): never {
    this.generation = -1;
    this.kept.clear();
    throw new Stale();
  }

  /** Reads the rules of chains, by the kernel's names for them. */
  *load({ table, generation }: Taken, chains: readonly string[]): Work<void> {
    for (let i = 0; i < chains.length; i += AT_ONCE) {
      const answer = yield { request: rulesRequest(this.family, table.name, chains.slice(i, i + AT_ONCE)) };
      try {
        const { chains: found, rules, generations } = yield* this.reader.read(answer);
        if (answer.interrupted || generations[0] !== generation) this.forget();
        yield* table.load(found, rules);
      } catch (error) {
        if ((error as BackendFailure).errno === constants.errno.ENOENT) this.forget();
        throw error;
      }
    }
  }

  private *readChains(name: string): Work<number> {
    if (!TABLES.includes(name)) throw failure('read', constants.errno.ENOENT, 'Table does not exist');
    const answer = yield { request: chainsRequest(this.family) };
    const { tables, chains, generations } = yield* this.reader.read(answer);
    const [before, after] = generations;
    if (answer.interrupted || before !== after) this.forget();
    this.kept = new Map(TABLES.map((each) => [each, new NftTable(this.family, each, this.normal)]));
    for (const each of tables) {
      const table = this.kept.get(each);
      if (table) table.exists = true;
    }
    for (const chain of chains) this.kept.get(chain.table)?.add(chain);
    this.generation = after!;
    return after!;
  }
}
