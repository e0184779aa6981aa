/** Who tries ports at which nothing is. */
import { fields, named, optionsOf } from '../../arguments';
import {
  amount,
  limited,
  NEW,
  type Ports,
  ports,
  type ReadyOptions,
  type ReadyRule,
  rate,
  ready,
  readyChecks,
} from './rule';

export interface PortScanOptions extends ReadyOptions {
  /** The TCP ports at which something is. */
  readonly open: readonly Ports[];
  /** Other ports may be tried so often: `10/min` unless told. */
  readonly rate?: string;
  /** So many at once; 10 unless told. */
  readonly burst?: number;
  /** Seconds for which all that comes from there meets the target; 600 unless told. */
  readonly block?: number;
  /** What the list of addresses is called: `scan` unless told. */
  readonly name?: string;
}
const scanning = fields<PortScanOptions>(
  { ...readyChecks, open: ports, rate, burst: amount, block: amount, name: named('a name') },
  'open',
);

/** Segments as no connection has them. */
const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const;
const NONSENSE = [
  { mask: FLAGS, comp: [] },
  { mask: FLAGS, comp: ['FIN', 'PSH', 'URG'] },
  { mask: ['FIN', 'SYN'], comp: ['FIN', 'SYN'] },
  { mask: ['SYN', 'RST'], comp: ['SYN', 'RST'] },
  { mask: ['FIN', 'ACK'], comp: ['FIN'] },
] as const;

/**
 * Who tries many ports at which nothing is, or sends segments with flags that no connection has, is kept away for a while.
 *
 * @example
 * portScan({ open: [22, 80, 443] });
 * // -A INPUT -m conntrack --ctstate NEW -m recent --rcheck --seconds 600 --name scan … -j DROP
 */
export function portScan(options: PortScanOptions): ReadyRule[] {
  const given = optionsOf('portScan', options, scanning);
  const { open, rate = '10/min', burst = 10, block = 600, name = 'scan', target = 'DROP' } = given;
  const remembered = { recent: { rcheck: true, seconds: block, name } } as const;
  const remember = { recent: { set: true, name } } as const;
  const others = { multiport: { dports: { not: open } } } as never;
  return [
    ready({ target }, [NEW, remembered], given),
    ...NONSENSE.map((tcpFlags) => ready({ protocol: 'tcp', target }, [{ tcp: { tcpFlags } }, remember], given)),
    ready({ protocol: 'tcp', target }, [others, NEW, limited('above', 'scan', { rate, burst }), remember], given),
  ];
}
