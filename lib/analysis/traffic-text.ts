/** Changes of traffic as lines. */

import type { Fate, TrafficChange, TrafficComparison } from './compare';
import type { Packet } from './packet';
import type { PacketRanges } from './ranges';

const WAYS = { in: 'to this machine', forward: 'through this machine', out: 'from this machine' } as const;

/**
 * What a comparison says, for people.
 *
 * @example formatTraffic(compareTraffic(before, after))
 *   // ACCEPT -> DROP, to this machine: protocol tcp, source 192.0.2.128/25, dport 22
 *   //   before: filter SSH rule 1; after: filter INPUT policy
 *   //   for example tcp 192.0.2.128:40000 -> 198.51.100.1:22 in eth0 NEW
 */
export function formatTraffic({ changes, decided, undecided, free }: TrafficComparison): string {
  let text = changes.map(changeText).join('');
  if (changes.length === 0 && decided) text = 'No packet fares otherwise.\n';
  if (free.length > 0 && changes.length > 0) text += `Either way, as far as rules ask for: ${free.join('; ')}\n`;
  return decided ? text : `${text}${undecided}\n`;
}

function changeText({
  way,
  packets,
  more,
  before,
  after,
  example,
  implausible,
  conditions = [],
}: TrafficChange): string {
  const what = packets.map(rangesText);
  const needs = conditions.map(({ condition, holds }) => `${holds ? '' : 'not '}${condition}`);
  return [
    `${fateText(before)} -> ${fateText(after)}, ${WAYS[way]}: ${what[0] ?? 'packets'}`,
    ...what.slice(1).map((each) => `  and ${each}`),
    ...(more ? ['  and others'] : []),
    `  before: ${byText(before)}; after: ${byText(after)}`,
    `  for example ${packetText(example)}${needs.length > 0 ? `, if ${needs.join(', ')}` : ''}${implausible ? ' (no wire carries such packets)' : ''}`,
    '',
  ].join('\n');
}
const fateText = ({ verdict, nat = [] }: Fate): string => [verdict, ...nat].join(' ');
const byText = ({ by }: Fate): string =>
  by
    .map(({ table, chain, kind, number }) => `${table} ${chain} ${kind === 'policy' ? 'policy' : `rule ${number}`}`)
    .join(', ') || 'no rule';
function rangesText(ranges: PacketRanges): string {
  const words = Object.entries(ranges)
    .filter(([key]) => key !== 'fragment')
    .map(
      ([key, value]) =>
        `${key} ${(value as readonly unknown[]).map((each) => (Array.isArray(each) ? each.join(':') : each)).join(',')}`,
    );
  return words.join(', ') || 'all';
}
function packetText({
  protocol,
  source,
  destination,
  sport,
  dport,
  icmpType,
  inInterface,
  outInterface,
  ctstate,
}: Packet): string {
  const end = (address: unknown, port: unknown) => (port === undefined ? address : `${address}:${port}`);
  return [
    protocol,
    end(source, sport),
    '->',
    end(destination, dport),
    ...(icmpType === undefined ? [] : ['type', icmpType]),
    ...(inInterface === undefined ? [] : ['in', inInterface]),
    ...(outInterface === undefined ? [] : ['out', outInterface]),
    ctstate,
  ].join(' ');
}
