/** A rule of one family, as the other says it, where iptables has pairs. */
import { bare, isNot } from '../../codec/operand';
import { Memory } from '../../codec/struct';
import { IptcError, show } from '../../errors';
import { registry } from '../../extensions/registry';
import { isPlain } from '../../rule/encode/given';
import type { Family, MatchElement, PlainRule, Rule } from '../../rule/rule';
import { toolsFor } from '../../text/rule';

type Element = Readonly<Record<string, unknown>>;
type Pairs = readonly (readonly [ipv4: string | number, ipv6: string | number])[];

/** ICMP and ICMPv6 types, with or without codes, as they are decoded. */
// biome-ignore format: a table
const TYPES: Pairs = [
  [8, 128], [0, 129], // echo-request, echo-reply
  [3, 1], ['3/0', '1/0'], ['3/1', '1/3'], ['3/3', '1/4'], ['3/13', '1/1'], // destination-unreachable
  ['3/4', 2], // fragmentation-needed, packet-too-big
  [11, 3], ['11/0', '3/0'], ['11/1', '3/1'], // time-exceeded
  [12, 4], ['12/0', '4/0'], // parameter-problem
  [10, 133], [9, 134], [5, 137], // router-solicitation, router-advertisement, redirect
];
/** Of several that become the same, the first is what that becomes again. */
const ANSWERS: Pairs = [
  ['tcp-reset', 'tcp-reset'],
  ['icmp-net-unreachable', 'icmp6-no-route'],
  ['icmp-host-unreachable', 'icmp6-addr-unreachable'],
  ['icmp-port-unreachable', 'icmp6-port-unreachable'],
  ['icmp-admin-prohibited', 'icmp6-adm-prohibited'],
  ['icmp-host-prohibited', 'icmp6-adm-prohibited'],
  ['icmp-net-prohibited', 'icmp6-adm-prohibited'],
];
/** Extensions that are the same by another name; the names of their options begin with it. */
const NAMES: Pairs = [
  ['ttl', 'hl'],
  ['TTL', 'HL'],
  ['icmp', 'icmp6'],
];
// biome-ignore format: a table
const PROTOCOLS: Pairs = [['icmp', 'ipv6-icmp'], ['icmp', 'icmpv6'], [1, 58], ['1', '58']];

const OPTIONS: Readonly<Record<string, string>> = { icmp: 'icmpType', icmp6: 'icmpv6Type' };

/** What one of a pair is in a family; undefined if it has none there. */
function paired(pairs: Pairs, value: unknown, family: Family): string | number | undefined {
  const [own, other] = family === 'ipv4' ? [0, 1] : [1, 0];
  return (pairs.find((pair) => pair[own] === value) ?? pairs.find((pair) => pair[other] === value))?.[own];
}

/** Throws ERR_BAD_RULE if the family can't say it. */
export function translated(rule: Rule, family: Family): Rule {
  if (!isPlain(rule)) return rule; // refused by whoever encodes it
  if ('entry' in rule && rule.entry !== undefined) throw refused(family, 'an opaque rule', 'entry');
  const { protocol, match, target, ...rest } = rule as PlainRule;
  return {
    ...rest,
    ...(protocol !== undefined && { protocol: kept(protocol, (given) => paired(PROTOCOLS, given, family) ?? given) }),
    ...(match !== undefined && {
      match: Array.isArray(match)
        ? match.flatMap((element, i) => matchIn(element as Element, family, `match[${i}]`))
        : match,
    }),
    ...(target !== undefined && { target: isElement(target) ? targetIn(target, family) : target }),
  } as Rule;
}

const isElement = (value: unknown): value is Element =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 1;
const kept = (value: unknown, change: (given: unknown) => unknown): unknown =>
  isNot(value) ? { not: change(value.not) } : change(value);

function matchIn(given: Element, family: Family, path: string): readonly Element[] {
  const element = isElement(given) ? given : undefined;
  const [name] = Object.keys(element ?? {});
  if (!element || name === undefined) return [given]; // refused by whoever encodes it
  if (!/^icmp(v?6)?$/.test(name)) return [named(element, name, family, 'match', path)];
  const form = name === 'icmp' ? 'ipv4' : 'ipv6';
  if (form === family) return [element];
  const { match: [decoded] = [] } = canonical(element, form) as { match?: readonly MatchElement[] };
  const [from, to] = form === 'ipv4' ? ['icmp', 'icmp6'] : ['icmp6', 'icmp'];
  const type = ((decoded as Element)[from] as Element)[OPTIONS[from]!];
  if (type === 'any') return []; // the protocol says so
  const [is, becomes] = form === 'ipv4' ? [0, 1] : [1, 0];
  const other = TYPES.find((pair) => pair[is] === bare(type))?.[becomes];
  if (other === undefined) throw refused(family, `type ${show(bare(type))} of ${from}`, `${path}.${name}`);
  return [{ [to]: { [OPTIONS[to]!]: kept(type, () => other) } }];
}

function targetIn(target: Element, family: Family): Element {
  const [name] = Object.keys(target);
  if (name === 'goto') return target;
  if (name !== 'REJECT') return named(target, name!, family, 'target', 'target');
  const settings = target.REJECT as Element;
  const answer = settings?.rejectWith;
  if (typeof answer !== 'string') return target;
  const other = paired(ANSWERS, answer, family);
  const own = answer.startsWith(family === 'ipv4' ? 'icmp-' : 'icmp6-');
  if (other === undefined && !own) throw refused(family, `--reject-with ${answer}`, 'target.REJECT.rejectWith');
  return own ? target : { REJECT: { ...settings, rejectWith: other } };
}

/** An extension of the same name, or the one that it is paired with. */
function named(element: Element, name: string, family: Family, kind: 'match' | 'target', path: string): Element {
  if (registry[kind].find(family, name)) return element;
  const other = paired(NAMES, name, family);
  if (typeof other !== 'string') {
    if (!registry[kind].find(family === 'ipv4' ? 'ipv6' : 'ipv4', name)) return element; // known to neither
    throw refused(family, `${kind} ${name}`, `${path}.${name}`);
  }
  const renamed = Object.entries(element[name] as Element).map(([key, value]) => [
    `${other.toLowerCase()}${key.slice(name.length)}`,
    value,
  ]);
  return { [other]: Object.fromEntries(renamed) };
}

/** With types by their numbers. */
function canonical(element: Element, family: Family): Rule {
  const { codec, kernel } = toolsFor(family);
  const rule = { protocol: family === 'ipv4' ? 'icmp' : 'ipv6-icmp', match: [element] } as Rule;
  return codec.decode(new Memory(codec.encode(rule).slice(), 0, kernel), 0);
}

const refused = (family: Family, what: string, path: string): IptcError =>
  new IptcError('ERR_BAD_RULE', `Expected what both families have for a rule of both but received ${what}`, {
    family,
    path,
    hint: `${family === 'ipv4' ? 'IPv4' : 'IPv6'} has nothing of the kind: give the rule to the other family alone.`,
  });
