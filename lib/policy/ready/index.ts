/** Ready policies: what many need, as rules. */
export { BOGONS, type BogonsOptions, bogons } from './bogons';
export {
  type ConnectionLimitOptions,
  connectionLimit,
  type PortFloodOptions,
  portFlood,
  type SynFloodOptions,
  synFlood,
} from './connections';
export { type IcmpRateOptions, icmpRate } from './icmp-rate';
export { type LogDropsOptions, logDrops } from './log-drops';
export { type PortKnockingOptions, portKnocking } from './port-knocking';
export { type PortScanOptions, portScan } from './port-scan';
export type { Ports, ReadyOptions, ReadyRule, ReadyTarget, SourceOptions, Transport } from './rule';
export { type SmtpOutOptions, smtpOut } from './smtp-out';
