/** Which packets are to be traced: as rules of the table raw. */
import { IptcError, Mismatch } from '../../errors';
import { addressFamily } from '../../net/address';
import type { Family } from '../../net/family';
import type { PlainRule, Rule } from '../../rule/rule';
import { parseRule } from '../../text/rule';

/** An address or a port of packets, on either side, or both; or the conditions of a rule, as text or as data. */
export type TraceFilter =
  | string
  | { readonly address?: string; readonly port?: number; readonly protocol?: string }
  | Omit<PlainRule, 'target' | 'counters'>;

export interface PlacedRule {
  readonly chain: 'PREROUTING' | 'OUTPUT';
  readonly rule: PlainRule;
}

/** Throws a Mismatch, or ERR_BAD_RULE. */
export function rulesOf(filter: TraceFilter, family: Family, limit: string, comment: string): PlacedRule[] {
  const conditions = conditionsOf(filter, family);
  return conditions.flatMap((given) => {
    const match = [...(given.match ?? []), { limit: { limit, limitBurst: 20 } }, { comment: { comment } }];
    const rule = { ...given, match, target: { TRACE: {} } } as PlainRule;
    const chains: PlacedRule['chain'][] = [];
    if (given.outInterface === undefined) chains.push('PREROUTING');
    if (given.inInterface === undefined) chains.push('OUTPUT');
    return chains.map((chain) => ({ chain, rule }));
  });
}

function conditionsOf(filter: TraceFilter, family: Family): PlainRule[] {
  if (typeof filter === 'string')
    return addressFamily(filter.replace(/\/.*/, ''))
      ? conditionsOf({ address: filter }, family)
      : [parsed(filter, family)];
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter))
    throw new Mismatch('an address, a port or the conditions of a rule', filter);
  if (!('address' in filter) && !('port' in filter)) {
    const { target, counters, ...conditions } = filter as PlainRule;
    if (target !== undefined) throw new Mismatch('conditions without a target: it is TRACE', target, '.target');
    return [conditions];
  }
  const { address, port, protocol } = filter as { address?: string; port?: number; protocol?: string };
  if (address !== undefined && addressFamily(address.replace(/\/.*/, '')) !== family)
    throw new Mismatch(`an address of the firewall's family (${family})`, address, '.address');
  const sides = address === undefined ? [{}] : [{ source: address }, { destination: address }];
  if (port === undefined) return sides.map((side) => ({ ...(protocol !== undefined && { protocol }), ...side }));
  return sides.flatMap((side) =>
    (protocol === undefined ? ['tcp', 'udp'] : [protocol]).map(
      (name) => ({ ...side, protocol: name, match: [{ multiport: { ports: [port] } }] }) as PlainRule,
    ),
  );
}

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
