/** Random tables, before and after, and what a reference says of the way between them. */
import fc from 'fast-check';
import type { Own } from '../../lib/policy';

/** Rules, some of which are apt to be there several times. */
const RULES = [
  '-s 10.9.0.0/16 -j ACCEPT',
  '-s 10.0.0.1/32 -j DROP',
  '-s 10.0.0.2/32 -m comment --comment app -j DROP',
  '-m comment --comment "app two" -j RETURN',
  '-p tcp -m tcp --dport 22 -j ACCEPT',
  '-m limit --limit 5/min -j LOG',
  '-p udp -m multiport --dports 53,123 -j ACCEPT',
  '',
];
const USERS = ['app-a', 'app-b', 'other'] as const;

export interface Rows {
  readonly policies: Readonly<Record<string, string>>;
  /** By chain, without `-A CHAIN`. */
  readonly chains: Readonly<Record<string, readonly string[]>>;
}

const rules = fc.array(fc.constantFrom(...RULES), { maxLength: 8 });
/** Jumps go downwards, so that there are no loops. */
export const rows: fc.Arbitrary<Rows> = fc
  .record({
    policies: fc.record({ INPUT: fc.constantFrom('ACCEPT', 'DROP'), OUTPUT: fc.constantFrom('ACCEPT', 'DROP') }),
    there: fc.subarray([...USERS]),
    input: rules,
    output: rules,
    users: fc.array(rules, { minLength: 3, maxLength: 3 }),
    jumps: fc.array(fc.record({ from: fc.constantFrom('INPUT', 'OUTPUT'), to: fc.nat(2), at: fc.nat(8) }), {
      maxLength: 4,
    }),
  })
  .map(({ policies, there, input, output, users, jumps }) => {
    const chains: Record<string, string[]> = { INPUT: [...input], OUTPUT: [...output] };
    for (const [i, name] of there.entries()) chains[name] = [...users[i]!];
    for (const { from, to, at } of jumps) if (there[to]) chains[from]!.splice(at, 0, `-j ${there[to]}`);
    return { policies, chains };
  });

export const textOf = ({ policies, chains }: Rows): string =>
  [
    '*filter',
    ...Object.entries(policies).map(([name, policy]) => `:${name} ${policy} [0:0]`),
    ...Object.keys(chains)
      .filter((name) => !(name in policies))
      .map((name) => `:${name} - [0:0]`),
    ...Object.entries(chains).flatMap(([name, rules]) => rules.map((rule) => `-A ${name} ${rule}`.trim())),
    'COMMIT',
    '',
  ].join('\n');

/** The length of a longest common subsequence, by the table of all. */
export function longest<T>(a: readonly T[], b: readonly T[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const x of a) {
    const next = [0];
    for (let j = 0; j < b.length; j++) next.push(x === b[j] ? row[j]! + 1 : Math.max(next[j]!, row[j + 1]!));
    row = next;
  }
  return row[b.length]!;
}

/** Of the rules of a chain those that are owned: `app-*` chains and what leads to them, or comments that begin with app. */
const owned = (own: Own) => (rules: readonly string[], chain: string) =>
  (own as { chains?: string }).chains
    ? rules.filter((rule) => chain.startsWith('app-') || / ?-j app-/.test(rule))
    : rules.filter((rule) => /--comment "?app/.test(rule));
export const isMine = (own: Own, chain: string, rule: string): boolean => owned(own)([rule], chain).length > 0;
export const desiredOf = (own: Own, { chains }: Rows): Rows => ({
  policies: {},
  chains: Object.fromEntries(
    Object.entries(chains)
      .filter(([name]) => !('chains' in (own as object)) || name !== 'other')
      .map(([name, rules]) => [name, owned(own)(rules, name)]),
  ),
});
