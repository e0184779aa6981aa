/** What ready policies have in common. */
import { type Check, type Checks, fields, listOf, named, numeric, oneOf, string } from '../../arguments';
import { Mismatch } from '../../errors';
import type { MatchSettings, TargetSettings } from '../../extensions/settings';
import type { Not, Protocol } from '../../rule/rule';

type One<T> = { [K in keyof T]: { readonly [P in K]: T[K] } }[keyof T];
type Matches = 'comment' | 'connlimit' | 'conntrack' | 'hashlimit' | 'multiport' | 'owner' | 'recent' | 'tcp' | 'udp';
type Element = One<Pick<MatchSettings<'ipv4'>, Matches>>;
interface Reject {
  readonly rejectWith?: 'tcp-reset';
}
/** A verdict, a chain, which may do anything else, or REJECT. */
export type GivenTarget = string | { readonly goto: string } | { readonly REJECT: Reject };
export type ReadyTarget = GivenTarget | One<Pick<TargetSettings<'ipv4'>, 'LOG' | 'NFLOG'>>;
/** A rule for either family, or for both. */
export interface ReadyRule {
  readonly protocol?: Protocol;
  readonly source?: string;
  readonly inInterface?: string;
  readonly outInterface?: Not<string>;
  readonly match?: readonly Element[];
  readonly target?: ReadyTarget;
}

export type Transport = 'tcp' | 'udp';
/** A port, or the first and the last of a range. */
export type Ports = number | readonly [number, number];

export interface ReadyOptions {
  /** What becomes of the packets that are too many: DROP unless told. */
  readonly target?: GivenTarget;
  /** A comment for each rule, by which it can be owned. */
  readonly comment?: string;
}
export interface SourceOptions extends ReadyOptions {
  /** Sources that have this many leading bits in common are one: 32 or 128, an address, unless told. */
  readonly mask?: number;
}

const isPort = (value: number) => Number.isInteger(value) && value >= 0 && value <= 0xffff;
export const port = numeric('a port from 0 to 65535', isPort);
const portOrRange: Check<Ports> = (value) => {
  if (!Array.isArray(value)) return numeric('a port from 0 to 65535, or a range of them,', isPort)(value);
  const [low, high] = listOf(port)(value);
  if (value.length !== 2 || low! > high!) throw new Mismatch('the first and the last port of a range', value);
  return [low!, high!];
};
const many = listOf(portOrRange);
/** At least one: a rule without ports would be for all packets. */
export const ports: Check<readonly Ports[]> = (value) => {
  const list = many(value);
  if (list.length === 0) throw new Mismatch('ports', value);
  return list;
};
const targetObject = fields<{ goto?: string; REJECT?: Reject }>({
  goto: named('the name of a chain'),
  REJECT: fields<Reject>({ rejectWith: oneOf('tcp-reset') }),
});
const target: Check<GivenTarget> = (value) => {
  if (typeof value === 'string') return named('a target')(value);
  const given = targetObject(value);
  if (Object.keys(given).length !== 1) throw new Mismatch('one target', value);
  return given as GivenTarget;
};
export const readyChecks: Checks<ReadyOptions> = { target, comment: string() };
export const sourceChecks: Checks<SourceOptions> = {
  ...readyChecks,
  mask: numeric('leading bits from 0 to 128', (bits) => Number.isInteger(bits) && bits >= 0 && bits <= 128),
};
export const amount = numeric('an integer from 1 on', (value) => Number.isInteger(value) && value >= 1);
export const rate = named('a rate like 5/min');

export const NEW = { conntrack: { ctstate: ['NEW'] } } as const;

/** A rule whose comment, if it has one, stands behind what it looks at. */
export function ready(rule: ReadyRule, match: readonly Element[], { comment }: ReadyOptions): ReadyRule {
  const { target: last, ...head } = rule;
  return {
    ...head,
    match: comment === undefined ? match : [...match, { comment: { comment } }],
    ...(last !== undefined && { target: last }),
  } as ReadyRule;
}
/** To a port, or one of a range. */
export const to = (protocol: Transport, dport: Ports) =>
  (protocol === 'tcp' ? { tcp: { dport } } : { udp: { dport } }) as Element;

export interface Rate {
  readonly rate: string;
  /** So many may come at once. */
  readonly burst: number;
  readonly mask?: number | undefined;
  /** Of all sources. */
  readonly together?: boolean;
}
/**
 * Matches what comes from a source beyond a rate, or up to it; not by `limit`, which begins again at each commit of its
 * table. The kernel finds the counts by a name, and keeps the rate with which that name was made first: so another rate is
 * another name. It fits into the 15 characters of old kernels.
 */
export function limited(
  which: 'above' | 'upto',
  label: string,
  { rate, burst, mask, together = false }: Rate,
  what = '',
): Element {
  const name = `${label}-${digest([which, what, rate, burst, mask, together].join())}`;
  return {
    hashlimit: {
      ...(which === 'above' ? { hashlimitAbove: rate } : { hashlimitUpto: rate }),
      hashlimitBurst: burst,
      ...(!together && { hashlimitMode: ['srcip'] }),
      hashlimitName: name,
      ...(mask !== undefined && { hashlimitSrcmask: mask }),
    },
  } as Element;
}

/** Five characters; FNV-1a. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36).padStart(5, '0').slice(-5);
}
