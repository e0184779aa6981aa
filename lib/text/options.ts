/** The options that make a rule, and how iptables calls them. */

/** An option of the rule itself, or of a command around it. */
export interface BaseOption {
  readonly name: string;
  readonly letter?: string;
  /** How many words it takes; 'maybe' is one that doesn't look like an option. */
  readonly words: 0 | 1 | 2 | 'maybe';
  /** Not to be abbreviated: iptables doesn't have it, and its own abbreviations stay what they are. */
  readonly whole?: true;
  /** How many more it takes, of words that don't look like options. */
  readonly more?: number;
}
/** The options that make a rule; iptables(8), PARAMETERS. Their order is getopt's. */
const RULE_OPTIONS = [
  { name: 'source', letter: 's', words: 1 },
  { name: 'destination', letter: 'd', words: 1 },
  { name: 'src', words: 1 },
  { name: 'dst', words: 1 },
  { name: 'protocol', letter: 'p', words: 1 },
  { name: 'in-interface', letter: 'i', words: 1 },
  { name: 'jump', letter: 'j', words: 1 },
  { name: 'match', letter: 'm', words: 1 },
  { name: 'out-interface', letter: 'o', words: 1 },
  { name: 'fragment', letter: 'f', words: 0 },
  { name: 'fragments', words: 0 },
  { name: 'set-counters', letter: 'c', words: 1, more: 1 },
  { name: 'goto', letter: 'g', words: 1 },
] as const satisfies readonly BaseOption[];
export type RuleOption = (typeof RULE_OPTIONS)[number]['name'];
/** What is the same in other words. */
export const SAME: Partial<Record<RuleOption, RuleOption>> = {
  src: 'source',
  dst: 'destination',
  fragments: 'fragment',
};
export const BY_NAME: ReadonlyMap<string, BaseOption> = new Map(RULE_OPTIONS.map((o) => [o.name, o]));
export const BY_LETTER: ReadonlyMap<string, BaseOption> = new Map(
  RULE_OPTIONS.flatMap((o) => ('letter' in o ? [[o.letter, o] as const] : [])),
);
export const NEGATABLE: ReadonlySet<string> = new Set([
  'source',
  'destination',
  'protocol',
  'in-interface',
  'out-interface',
  'fragment',
]);

/** What iptables calls an option in what it says of it. */
export const called = (option: string): string =>
  option === 'goto' ? '--jump' : option === 'fragment' ? '--fragments' : `--${option}`;
export const onlyOnce = (option: string): string => `multiple ${called(option)} options not allowed`;
