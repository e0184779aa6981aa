/** A connection as a line of `conntrack -L`. */
import { argument, type Check, fields, listOf, numeric, oneOf, string } from '../arguments';
import { Mismatch } from '../errors';
import { type Connection, STATUS_NAMES, type Tuple } from './connection';

const number = numeric('an integer from 0 on', (value) => Number.isInteger(value) && value >= 0);
const bigint: Check<bigint> = (value) => {
  if (typeof value !== 'bigint' || value < 0n) throw new Mismatch('a bigint from 0 on', value);
  return value;
};
const tupleGiven = fields<Tuple>(
  {
    source: string('an address'),
    destination: string('an address'),
    sport: number,
    dport: number,
    type: number,
    code: number,
    id: number,
    zone: number,
    counters: fields<NonNullable<Tuple['counters']>>({ packets: bigint, bytes: bigint }, 'packets', 'bytes'),
  },
  'source',
  'destination',
);
const connectionGiven = fields<Connection>(
  {
    family: oneOf('ipv4', 'ipv6'),
    protocol: string('the name of a protocol'),
    protocolNumber: number,
    original: tupleGiven,
    reply: tupleGiven,
    state: string('a state'),
    status: listOf(oneOf(...STATUS_NAMES)),
    timeout: number,
    mark: number,
    zone: number,
    helper: string('the name of a helper'),
    start: bigint,
    stop: bigint,
    use: number,
    id: number,
  },
  ...(['family', 'protocol', 'protocolNumber', 'original', 'reply', 'status', 'mark'] as const),
);

function tupleWords({ source, destination, sport, dport, type, code, id, zone }: Tuple, suffix: string): string {
  let text = ` src=${source} dst=${destination}`;
  if (type !== undefined) text += ` type=${type} code=${code} id=${id}`;
  else if (sport !== undefined) text += ` sport=${sport} dport=${dport}`;
  if (zone !== undefined) text += ` zone-${suffix}=${zone}`;
  return text;
}
const counterWords = ({ counters }: Tuple): string =>
  counters ? ` packets=${counters.packets} bytes=${counters.bytes}` : '';

/** What list() and events() gave, as `conntrack -L` prints it. */
export const formatConnection = (connection: Connection): string =>
  connectionLine(argument('formatConnection', 'connection', connection, connectionGiven));

function connectionLine(connection: Connection): string {
  const { protocol, protocolNumber, original, reply, state, status, timeout, mark, zone, helper, start, stop, use } =
    connection;
  let text = `${protocol.padEnd(8)} ${protocolNumber}`;
  if (timeout !== undefined) text += ` ${timeout}`;
  if (state !== undefined) text += ` ${state}`;
  text += tupleWords(original, 'orig') + counterWords(original);
  if (!status.includes('SEEN_REPLY')) text += ' [UNREPLIED]';
  text += tupleWords(reply, 'reply') + counterWords(reply);
  if (status.includes('HW_OFFLOAD')) text += ' [HW_OFFLOAD]';
  else if (status.includes('OFFLOAD')) text += ' [OFFLOAD]';
  else if (status.includes('ASSURED')) text += ' [ASSURED]';
  text += ` mark=${mark}`;
  if (zone !== undefined) text += ` zone=${zone}`;
  if (start !== undefined) {
    const end = stop ?? BigInt(Date.now()) * 1_000_000n;
    text += ` delta-time=${(end > start ? end - start : 0n) / 1_000_000_000n}`;
  }
  if (helper !== undefined) text += ` helper=${helper}`;
  if (use !== undefined) text += ` use=${use}`;
  return text;
}
