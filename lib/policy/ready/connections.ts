/** How many connections a source may have, and how fast it may open them. */
import { fields, oneOf, optionsOf } from '../../arguments';
import {
  amount,
  limited,
  NEW,
  type Ports,
  ports,
  type ReadyRule,
  rate,
  ready,
  type SourceOptions,
  sourceChecks,
  type Transport,
  to,
} from './rule';

const protocol = oneOf('tcp', 'udp');

export interface ConnectionLimitOptions extends SourceOptions {
  /** Each counts by itself; a range counts together. */
  readonly ports: readonly Ports[];
  /** tcp unless told. */
  readonly protocol?: Transport;
  /** So many a source may have open. */
  readonly most: number;
}
const limiting = fields<ConnectionLimitOptions>({ ...sourceChecks, ports, protocol, most: amount }, 'ports', 'most');

/**
 * No source has more than so many connections open to a port.
 *
 * @example
 * connectionLimit({ ports: [80], most: 20 });
 * // -A INPUT -p tcp -m tcp --dport 80 -m conntrack --ctstate NEW -m connlimit --connlimit-above 20 --connlimit-mask 32 --connlimit-saddr -j DROP
 */
export function connectionLimit(options: ConnectionLimitOptions): ReadyRule[] {
  const given = optionsOf('connectionLimit', options, limiting);
  const { ports, protocol = 'tcp', most, mask, target = 'DROP' } = given;
  const limit = { connlimit: { connlimitAbove: most, ...(mask !== undefined && { connlimitMask: mask }) } } as const;
  return ports.map((port) => ready({ protocol, target }, [to(protocol, port), NEW, limit], given));
}

export interface PortFloodOptions extends SourceOptions {
  /** Each counts by itself; a range counts together. */
  readonly ports: readonly Ports[];
  /** tcp unless told. */
  readonly protocol?: Transport;
  /** So many connections a source may open on the average: `6/min`. */
  readonly rate: string;
  /** So many at once; 5 unless told. */
  readonly burst?: number;
}
const flooding = fields<PortFloodOptions>({ ...sourceChecks, ports, protocol, rate, burst: amount }, 'ports', 'rate');

/**
 * No source opens connections to a port faster than so.
 *
 * @example
 * portFlood({ ports: [22], rate: '6/min' });
 * // -A INPUT -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m hashlimit --hashlimit-above 6/min … -j DROP
 */
export function portFlood(options: PortFloodOptions): ReadyRule[] {
  const given = optionsOf('portFlood', options, flooding);
  const { ports, protocol = 'tcp', rate, burst = 5, mask, target = 'DROP' } = given;
  return ports.map((port) => {
    const label = `${protocol}${typeof port === 'number' ? port : port[0]}`;
    // The same first port with another last one is another table.
    const limit = limited('above', label, { rate, burst, mask }, String(port));
    return ready({ protocol, target }, [to(protocol, port), NEW, limit], given);
  });
}

export interface SynFloodOptions extends SourceOptions {
  /** 25/sec unless told. */
  readonly rate?: string;
  /** So many at once; 100 unless told. */
  readonly burst?: number;
}
const opening = fields<SynFloodOptions>({ ...sourceChecks, rate, burst: amount });

/**
 * No source sends more SYN segments than so, to whatever ports.
 *
 * @example
 * synFlood({ rate: '25/sec', burst: 100 });
 * // -A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m hashlimit --hashlimit-above 25/sec --hashlimit-burst 100 … -j DROP
 */
export function synFlood(options: SynFloodOptions = {}): ReadyRule[] {
  const given = optionsOf('synFlood', options, opening);
  const { rate = '25/sec', burst = 100, mask, target = 'DROP' } = given;
  const syn = { tcp: { tcpFlags: { mask: ['FIN', 'SYN', 'RST', 'ACK'], comp: ['SYN'] } } } as const;
  return [ready({ protocol: 'tcp', target }, [syn, limited('above', 'syn', { rate, burst, mask })], given)];
}
