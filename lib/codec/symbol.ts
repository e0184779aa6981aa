/**
 * What an extension matches, as a set of packets. Sets are made of what a packet is known by; whatever else decides is a
 * condition of its own, which holds or doesn't.
 */
import type { Family } from '../net/family';
import type { Not } from './operand/operand';

/** A set of packets, known to whom it was made by. */
export type PacketSet = number;

/** What a packet is known by. Of ICMP, `dport` is type and code, in its upper and lower byte. */
export type Field =
  | 'ctstate'
  | 'inInterface'
  | 'outInterface'
  | 'protocol'
  | 'tcpFlags'
  | 'fragment'
  | 'dport'
  | 'sport'
  | 'source'
  | 'destination'
  | 'mark'
  | 'connmark';

export interface Symbols {
  readonly family: Family;
  readonly all: PacketSet;
  readonly none: PacketSet;
  /** Those with their transport header: no second or further fragments. */
  readonly whole: PacketSet;
  /** Those of a connection that is tracked. */
  readonly tracked: PacketSet;
  and(...sets: readonly PacketSet[]): PacketSet;
  or(...sets: readonly PacketSet[]): PacketSet;
  not(set: PacketSet): PacketSet;
  /** Those for which a value that may be negated holds; all, if there is none. */
  given<T>(value: T | Not<T> | undefined, holds: (value: T) => PacketSet): PacketSet;
  /** Those whose field, under a mask, is a value. */
  masked(field: Field, value: number | bigint, mask?: number | bigint): PacketSet;
  range(field: Field, range: number | readonly [low: number, high: number]): PacketSet;
  /** Those whose address is from one to another, both included. */
  addresses(field: 'source' | 'destination', low: string, high: string): PacketSet;
  /** Those of these states of their connections. */
  states(names: readonly string[]): PacketSet;
  /** Those that a set holds; with `nomatch`, by elements that take packets out. */
  inSet(setname: string, flags: readonly ('src' | 'dst')[], nomatch?: boolean): PacketSet;
  network(field: 'source' | 'destination', word: string): PacketSet;
  /**
   * Those for which something else holds, named as iptables would: `-m string --string "x"`. Of packets with which a
   * connection begins it may be known.
   */
  free(condition: string, key?: string, meaning?: { readonly begins?: PacketSet }): PacketSet;
}
