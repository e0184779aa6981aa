/** Which packets are to be traced: as rules of the table raw. */
import { randomBytes } from 'node:crypto';
import { argument, fields, numeric, string } from '../../arguments';
import { IptcError, Mismatch } from '../../errors';
import { addressFamily, parseNetwork } from '../../net/address';
import type { Family } from '../../net/family';
import type { PlainRule, Rule } from '../../rule/rule';
import { formatRule, parseRule } from '../../text/rule';

/** An address or a port of packets, on either side, or both; or the conditions of a rule, as text or as data. */
export type TraceFilter =
  | string
  | { readonly address?: string; readonly port?: number; readonly protocol?: string }
  | Omit<PlainRule, 'target' | 'counters'>;

export interface PlacedRule {
  readonly chain: 'PREROUTING' | 'OUTPUT';
  readonly rule: PlainRule;
}

/** By which the rules of a trace are told from others, and from those of another trace. */
export const newComment = (): string => `iptc trace ${process.pid}-${randomBytes(4).toString('hex')}`;
const COMMENT = /iptc trace \d+-[0-9a-f]{8}(?![^\0"])/;
/** The comment of a trace, in a text or in the bytes of a rule. */
export const commentIn = (text: string): string | undefined => COMMENT.exec(text)?.[0];
export const commentOf = ({ match = [] }: Rule): string | undefined => {
  const { comment } = Object(match.find((each) => 'comment' in each)) as { comment?: { comment?: string } };
  return commentIn(comment?.comment ?? '');
};

/** Throws ERR_BAD_ARGUMENT, or ERR_BAD_RULE. */
export function rulesOf(filter: TraceFilter, family: Family, limit: string, comment: string): PlacedRule[] {
  const conditions = argument('trace', 'filter', filter, (value) => shapeOf(value, family)) ?? [
    parsed(filter as string, family),
  ];
  return conditions.flatMap((said) => {
    const given = parseRule(formatRule(said as never, { family }), { family }) as PlainRule;
    if (given.inInterface !== undefined && given.outInterface !== undefined)
      throw new IptcError(
        'ERR_BAD_ARGUMENT',
        'Expected one interface for filter of trace() but received inInterface and outInterface',
        { path: 'filter', hint: "Say inInterface alone: by which it leaves isn't known yet where it is traced from." },
      );
    const match = [...(given.match ?? []), { limit: { limit, limitBurst: 20 } }, { comment: { comment } }];
    const rule = { ...given, match, target: { TRACE: {} } } as PlainRule;
    formatRule(rule as never, { family }); // or it is refused
    const chains: PlacedRule['chain'][] = [];
    if (given.outInterface === undefined) chains.push('PREROUTING');
    if (given.inInterface === undefined) chains.push('OUTPUT');
    return chains.map((chain) => ({ chain, rule }));
  });
}

/** Its conditions; undefined for a text that is no address. */
function shapeOf(filter: unknown, family: Family): readonly PlainRule[] | undefined {
  if (typeof filter === 'string')
    return addressFamily(filter.replace(/\/.*/, '')) ? shapeOf({ address: filter }, family) : undefined;
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter))
    throw new Mismatch('an address, a port or the conditions of a rule', filter);
  if (!('address' in filter) && !('port' in filter)) {
    const { target, counters, ...conditions } = filter as PlainRule;
    if (target !== undefined) throw new Mismatch('conditions without a target: it is TRACE', target, '.target');
    return [conditions];
  }
  const { address, port, protocol } = ends(filter);
  if (address !== undefined && !parseNetwork(address, family))
    throw new Mismatch(`an address or a network of the firewall's family (${family})`, address, '.address');
  const sides = address === undefined ? [{}] : [{ source: address }, { destination: address }];
  if (port === undefined) return sides.map((side) => ({ ...(protocol !== undefined && { protocol }), ...side }));
  return sides.flatMap((side) =>
    (protocol === undefined ? ['tcp', 'udp'] : [protocol]).map(
      (name) => ({ ...side, protocol: name, match: [{ multiport: { ports: [port] } }] }) as PlainRule,
    ),
  );
}

const ends = fields<{ readonly address?: string; readonly port?: number; readonly protocol?: string }>({
  address: string('an address'),
  port: numeric('an integer from 0 to 65535', (n) => Number.isInteger(n) && n >= 0 && n <= 65535),
  protocol: string('the name or number of a protocol'),
});

function parsed(text: string, family: Family): PlainRule {
  const { target, ...rule } = parseRule(text, { family }) as Rule & PlainRule;
  if (target !== undefined)
    throw new IptcError(
      'ERR_BAD_ARGUMENT',
      'Expected conditions without a target for filter of trace() but received one',
      {
        path: 'filter',
        hint: 'Leave out -j: the target is TRACE.',
      },
    );
  return rule;
}
