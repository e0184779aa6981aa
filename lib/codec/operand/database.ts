/** Numbers that have names in the system's databases: ports, protocols and others. */
import { Mismatch } from '../../errors';
import { protocolName, protocolNumber, serviceName, servicePort } from '../../net/databases';
import { parseNumber } from '../../net/number';
import { numberHole, rangeHole } from '../hole';
import type { Place } from '../struct';
import { ends, parseRange, printRange, type Range } from './number';
import { type Context, mapped, type Operand, operand, phrased } from './operand';

/** A port by number or service name. */
export function parsePort(word: string, context: Context): number {
  const number = parseNumber(word, 65535);
  if (number !== undefined) return number;
  const protocol = context.protocol === 0 ? undefined : protocolName(context.protocol);
  const port = servicePort(word, protocol);
  if (port === undefined) {
    throw new Mismatch(
      `a port (0 to 65535) or a service${protocol ? ` of ${protocol}` : ''} in /etc/services`,
      word,
      '',
      `invalid port/service \`${word}' specified`,
    );
  }
  return port;
}

/** The same, of whatever protocol, as getaddrinfo(3) has it: a number is decimal even behind a 0. */
export function parseAnyPort(word: string): number {
  const port = /^\d+$/.test(word)
    ? Number(word)
    : ['tcp', 'udp', 'dccp', 'udplite', 'sctp']
        .map((protocol) => servicePort(word, protocol))
        .find((n) => n !== undefined);
  if (port === undefined || port > 65535)
    throw new Mismatch(
      'a port (0 to 65535) or a service in /etc/services',
      word,
      '',
      `Port "${word}" does not resolve to anything.`,
    );
  return port;
}

/** The port as -L prints it: its service's name unless numeric. */
export const portName = (port: number, protocol?: string): string => serviceName(port, protocol) ?? String(port);

export const port = (place: Place<number>): Operand<number> =>
  operand('port', 'number', place, String, parseAnyPort, numberHole(place, 0, 65535, 'number'));
/** `--dport 1024:65535`; services are of any protocol unless `parse` says otherwise. */
export const portRange = (
  low: Place<number>,
  high?: Place<number>,
  parse: (word: string, context: Context) => number = parseAnyPort,
): Operand<Range> =>
  phrased(
    operand(
      'port[:port]',
      'number | [low: number, high: number]',
      portPlace(ends(low, high)),
      (v) => printRange(v),
      (word, context) => parseRange(word, (w) => parse(w, context), 65535),
      rangeHole(low, high),
    ),
    () => 'invalid portrange (min > max)',
  );
/** As data, a port is a number: what was meant by a text is told. */
const portPlace = (place: Place<Range>): Place<Range> => ({
  read: (m) => place.read(m),
  write(m, value) {
    if (typeof value === 'string') throw portText(value);
    place.write(m, value);
  },
});
/** A text where a port was expected as data. */
export function portText(value: string): Mismatch {
  const [low, high, more] = value.split(/[:-]/).map((end) => {
    try {
      return parseAnyPort(end);
    } catch {
      return undefined;
    }
  });
  const meant =
    low === undefined || more !== undefined ? undefined : high === undefined ? `${low}` : `[${low}, ${high}]`;
  return new Mismatch(
    'a number or a range [low, high]',
    value,
    '',
    undefined,
    meant === undefined ? undefined : `As data it is a number, or two: ${meant}.`,
  );
}

/** A protocol by name or number: as data its name, if it has one. */
export type Protocol = ProtocolName | (string & {}) | number;
/** Those that rules are mostly about; any other of /etc/protocols will do. */
export type ProtocolName =
  | 'tcp'
  | 'udp'
  | 'icmp'
  | 'icmpv6'
  | 'sctp'
  | 'dccp'
  | 'udplite'
  | 'esp'
  | 'ah'
  | 'gre'
  | 'all';
export function toProtocol(value: unknown): number {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string'
        ? (parseNumber(value, 255) ?? protocolNumber(value))
        : undefined;
  if (number === undefined || !Number.isInteger(number) || number < 0 || number > 255)
    throw new Mismatch('a protocol by name or number (0 to 255)', value);
  return number;
}
/** That of a rule, of which iptables ignores the case. */
export function toRuleProtocol(value: unknown): number {
  try {
    return toProtocol(value);
  } catch (error) {
    if (typeof value !== 'string') throw error;
    return toProtocol(value.toLowerCase());
  }
}
export const protocol = (
  place: Place<number>,
  print: (n: number) => string = (n) => protocolName(n) ?? String(n),
): Operand<Protocol> =>
  operand<Protocol>(
    'protocol',
    'string | number',
    mapped<number, Protocol>(place, (n) => protocolName(n) ?? n, toProtocol),
    // What the kernel holds is shown, whatever it is.
    (v) => print(typeof v === 'number' ? v : toProtocol(v)),
    (w) => {
      const number = toProtocol(w);
      return protocolName(number) ?? number;
    },
  );

/** A number that has a name in one of the system's files: the name if there is one. */
export const named = (
  place: Place<number>,
  table: () => { readonly byName: ReadonlyMap<string, number>; readonly byNumber: ReadonlyMap<number, string> },
  print: (n: number) => string = String,
): Operand<number | string> =>
  operand<number | string>(
    'name|number',
    'number | string',
    mapped<number, number | string>(
      place,
      (n) => table().byNumber.get(n) ?? n,
      (value) => {
        const n = typeof value === 'string' ? (table().byName.get(value) ?? parseNumber(value)) : value;
        if (n === undefined) throw new Mismatch('a number or a known name', value);
        return n;
      },
    ),
    (value) => (typeof value === 'number' ? print(value) : value),
    (w) => parseNumber(w) ?? w,
  );
