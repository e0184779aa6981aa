/** libiptc/bans: addresses whose packets are kept away. */
export type { ErrorCode } from '../errors';
export { IptcError } from '../errors';
export type { Allowance, AllowOptions, Ban, BanOptions, Direction, Ports } from './ban';
export { type BanEvents, Bans, type Verdict } from './bans';
export type { Duration } from './duration';
export type { BansFirewall, BansOptions, Recidive } from './options';
