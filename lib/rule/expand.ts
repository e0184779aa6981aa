/** A rule that stands for several: of several addresses, or of more ports than one match can hold. */
import { isNot, type Not } from '../codec/operand';
import { IptcError, show } from '../errors';
import { isPlain } from './encode/given';
import { bad } from './encode/refusal';
import type { AnyName, Family, Named, OpaqueRule, PlainRule, Rule } from './rule';

/** Addresses that a rule may name: each makes a rule of its own. */
export type Addresses = string | Not<string> | readonly string[];
/**
 * A rule that stands for as many as it has sources times destinations; a `multiport` of it may have any number of ports.
 * It may also be a text, or an address of a list with commas, as on iptables' command line.
 */
export type WideRule<F extends Family = Family, T extends Named = AnyName> =
  | (Omit<PlainRule<F, T>, 'source' | 'destination'> & {
      readonly source?: Addresses;
      readonly destination?: Addresses;
    })
  | OpaqueRule;

/** Ports that a multiport match holds; a range takes two. */
const PORTS = 15;
/** Enough to see that lists of addresses have gone wild. */
const MOST = 1 << 16;
const LISTS = ['dports', 'sports', 'ports'] as const;

type Port = number | readonly [number, number];
type Ports = readonly Port[];
type Element = Readonly<Record<string, unknown>>;

/** The rules that it stands for: itself, if that is one. Whoever encodes them says what else is wrong with them. */
export function expanded(rule: WideRule | Rule): readonly Rule[] {
  try {
    return expand(rule);
  } catch (error) {
    if (error instanceof IptcError) throw error;
    throw bad(`Expected a rule that can be read but received ${show(error)}`, { cause: error });
  }
}

function expand(rule: WideRule | Rule): readonly Rule[] {
  if (!isPlain(rule)) return [rule];
  const sources = addresses(rule, 'source');
  const destinations = addresses(rule, 'destination');
  const matches = Array.isArray(rule.match) ? matchesOf(rule.match as readonly Element[]) : undefined;
  if (!sources && !destinations && !matches) return [rule as Rule];
  const count = (sources?.length ?? 1) * (destinations?.length ?? 1) * (matches?.length ?? 1);
  if (count > MOST) throw bad(`Expected lists that make at most ${MOST} rules but received ones that make ${count}`);
  const rules: Rule[] = [];
  for (const source of sources ?? [undefined])
    for (const destination of destinations ?? [undefined])
      for (const match of matches ?? [undefined])
        rules.push({
          ...rule,
          ...(source !== undefined && { source }),
          ...(destination !== undefined && { destination }),
          ...(match && { match }),
        } as Rule);
  return rules;
}

function addresses(rule: WideRule | Rule, which: 'source' | 'destination'): readonly unknown[] | undefined {
  const given: unknown = rule[which];
  const not = isNot(given);
  const value = not ? given.not : given;
  const list = typeof value === 'string' && value.includes(',') ? value.split(',').map((part) => part.trim()) : value;
  if (!Array.isArray(list)) return undefined;
  if (list.length === 0)
    throw bad(`Expected an address or several for ${which} but received an empty list`, { path: which });
  if (not && list.length > 1)
    throw bad(`Expected no ! with several addresses for ${which} but received ${show(value)}`, {
      path: which,
      option: which,
      iptables: '! not allowed with multiple source or destination IP addresses',
      hint: 'Let a chain of its own RETURN for each of them first.',
    });
  return not ? list.map((address) => ({ not: address })) : list;
}

/** The lists of matches that it takes to say all ports; undefined if one does. */
function matchesOf(match: readonly Element[]): (readonly Element[])[] | undefined {
  let wide = false;
  let lists: Element[][] = [[]];
  for (const element of match) {
    const found = portsOf(element);
    wide ||= found !== undefined;
    const { name, pieces, not } = found ?? NONE;
    if (!found) for (const list of lists) list.push(element);
    // None of these and none of those: both in one rule.
    else if (not)
      for (const list of lists) list.push(...pieces.map((ports) => ({ multiport: { [name]: { not: ports } } })));
    else lists = lists.flatMap((list) => pieces.map((ports) => [...list, { multiport: { [name]: ports } }]));
  }
  return wide ? lists : undefined;
}
const NONE = { name: '', pieces: [] as Ports[], not: false };

/** The ports of a multiport match that has too many of them. */
function portsOf(element: Element): typeof NONE | undefined {
  const settings =
    typeof element === 'object' && element !== null ? (element.multiport as Element | undefined) : undefined;
  if (typeof settings !== 'object' || settings === null) return undefined;
  for (const name of LISTS) {
    const given: unknown = settings[name];
    const list = isNot(given) ? given.not : given;
    if (!Array.isArray(list) || room(list) <= PORTS) continue;
    if (Object.keys(settings).length > 1) return undefined; // refused by whoever encodes it
    const pieces: Port[][] = [[]];
    for (const port of list as Ports) {
      if (room(pieces[pieces.length - 1]!) + room([port]) > PORTS) pieces.push([]);
      pieces[pieces.length - 1]!.push(port);
    }
    return { name, pieces, not: isNot(given) };
  }
  return undefined;
}
const room = (ports: Ports): number =>
  ports.reduce<number>((sum, port) => sum + (Array.isArray(port) && port[0] !== port[1] ? 2 : 1), 0);
