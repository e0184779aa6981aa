/** What a rule says of a place: data -> rule, rule -> data. */
import type { Family, Rule } from '../../rule/rule';
import { placeOf } from '../address';
import type { Ban, Ports, Protocol } from '../ban';
import { portText } from '../ban';
import { commentOf } from '../barrier';
import { type Item, netOf } from './tree';

export interface Said {
  readonly address: string;
  readonly ports?: readonly Ports[];
  readonly protocol?: Protocol;
  readonly until?: number;
  readonly reason?: string;
}

/** A multiport has no more, of which a range takes two. */
const PORTS = 15;
/** The match on time knows no later one, in 2038. */
const LAST = Date.UTC(2038, 0, 19, 4, 17, 7);

export const keyOf = ({ address, ports, protocol }: Said): string =>
  ports ? `${address} ${protocol}:${ports.map((port) => portText(port)).join()}` : address;

/** As the rules can say it: a rule for each protocol, and for as many ports as one can have. */
export function* saidOf({
  address,
  ports,
  protocol,
  until,
  reason,
}: Omit<Said, 'protocol'> & Pick<Ban, 'protocol'>): Generator<Said> {
  const comment = commentOf(reason);
  const said = {
    address,
    ...(until !== undefined && until < LAST && { until: 1000 * Math.ceil(until / 1000) }),
    ...(comment !== undefined && comment !== '' && { reason: comment }),
  };
  if (!ports) yield said;
  else
    for (const each of protocol ? [protocol] : (['tcp', 'udp'] as const))
      for (const piece of piecesOf(ports)) yield { ...said, ports: piece, protocol: each };
}
function* piecesOf(ports: readonly Ports[]): Generator<readonly Ports[]> {
  let piece: Ports[] = [];
  let size = 0;
  for (const port of ports) {
    const wide = typeof port === 'number' ? 1 : 2;
    if (size + wide > PORTS) {
      yield piece;
      [piece, size] = [[], 0];
    }
    piece.push(port);
    size += wide;
  }
  if (piece.length > 0) yield piece;
}
export const itemOf = (said: Said): Item<Said> => ({ key: keyOf(said), net: netOf(placeOf(said.address)), rule: said });

export type Side = 'source' | 'destination';

export function ruleOf({ address, ports, protocol, until, reason }: Said, side: Side, target: Rule['target']): Rule {
  return {
    [side]: address,
    ...(protocol && { protocol }),
    match: [
      ...(ports ? [{ multiport: { dports: ports } }] : []),
      // The second that it names belongs to it.
      ...(until === undefined ? [] : [{ time: { datestop: new Date(until - 1000).toISOString().slice(0, 19) } }]),
      ...(reason === undefined ? [] : [{ comment: { comment: reason } }]),
    ],
    target,
  } as Rule;
}

/** Undefined if it isn't one of ours. */
export function read(rule: Rule<Family>, side: Side): Said | undefined {
  if ('entry' in rule && rule.entry) return undefined;
  const { [side]: address, protocol, match = [] } = rule as Record<Side, unknown> & Rule;
  if (typeof address !== 'string') return undefined;
  const said: { -readonly [K in keyof Said]: Said[K] } = { address };
  if (protocol === 'tcp' || protocol === 'udp') said.protocol = protocol as Protocol;
  for (const element of match as readonly Record<string, Record<string, unknown>>[]) {
    const { multiport, time, comment } = element;
    if (multiport) said.ports = multiport.dports as readonly Ports[];
    else if (time) said.until = Date.parse(`${time.datestop}Z`) + 1000;
    else if (comment) said.reason = comment.comment as string;
    else return undefined;
  }
  return said;
}
