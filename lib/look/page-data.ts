/** What the page of `iptc view` is told. */

/** Small arrays instead of objects: there may be many. */
export type PageChain = readonly [name: string, policy: string | null, packets: number, bytes: number];
export type PageRule = readonly [
  chain: number,
  text: string,
  target: string,
  /** The chain that it leads to; -1: none. */
  jump: number,
  packets: number,
  bytes: number,
  /** Lines of its explanation, by their places in `words`. */
  explained: readonly number[],
];
export interface PageTable {
  readonly family: 'ipv4' | 'ipv6';
  readonly name: string;
  readonly chains: readonly PageChain[];
  /** Chain by chain, in their order. */
  readonly rules: readonly PageRule[];
}
export interface PageData {
  readonly title: string;
  readonly time: string;
  readonly tables: readonly PageTable[];
  /** What explanations have in common. */
  readonly words: readonly string[];
}
/** What changes while rules stay: of each table packets and bytes of the chains' policies, and of the rules. */
export interface PageCounters {
  /** Other rules, other version. */
  readonly version: string;
  readonly tables: readonly (readonly [policies: readonly number[], rules: readonly number[]])[];
}
