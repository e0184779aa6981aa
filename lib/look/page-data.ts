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
/** What `check` says of a rule, or of a chain. */
export interface PageFinding {
  /** `ipv4 filter` */
  readonly table: string;
  readonly chain: string;
  /** Its number among its table's; -1: it is about the chain. */
  readonly rule: number;
  /** Its number in its chain, from 1 on. */
  readonly number?: number;
  readonly level: 'error' | 'warning' | 'note';
  readonly name: string;
  readonly reason: string;
  readonly remedy: string;
}
/** What a file would change: lines that go and come, and which packets would fare otherwise. */
export interface PagePlan {
  readonly file: string;
  readonly lines: readonly string[];
  readonly traffic: readonly string[];
}
/** What takes longer than the rules, and is told when it is known. */
export interface PageMore {
  readonly findings: readonly PageFinding[];
  /** Why there may be more. */
  readonly undecided?: string;
  /** The addresses in each set, as they are written; not of those that are very large. */
  readonly sets: readonly (readonly [name: string, addresses: readonly string[]])[];
  readonly plan?: PagePlan;
}
/** The way of a packet: rules by their numbers among those of their tables. */
export interface PageFate {
  readonly family: 'ipv4' | 'ipv6';
  readonly verdict: string;
  /** `matched`: null if it depends on what isn't known. */
  readonly rules: readonly { readonly table: string; readonly rule: number; readonly matched: boolean | null }[];
  readonly notes: readonly string[];
}
export interface PageData {
  readonly title: string;
  readonly time: string;
  readonly tables: readonly PageTable[];
  /** What explanations have in common. */
  readonly words: readonly string[];
  /** Undefined where it is asked for. */
  readonly more?: PageMore;
  /** Whether live packets may be traced. */
  readonly traces?: true;
}
/** What changes while rules stay: of each table packets and bytes of the chains' policies, and of the rules. */
export interface PageCounters {
  /** Other rules, other version. */
  readonly version: string;
  readonly tables: readonly (readonly [policies: readonly number[], rules: readonly number[]])[];
}
