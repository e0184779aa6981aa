/** libiptc/bans: addresses whose packets are kept away. */
export type { ErrorCode } from '../errors';
export { IptcError } from '../errors';
export type { Allowance, AllowOptions, Ban, BanOptions, Direction, Ports, Protocol } from './ban';
export { Bans } from './bans';
export type { Blocklist, Refreshed, RefreshOptions } from './blocklist';
export type { Duration } from './duration';
export type { BanEvents } from './events';
export type { FormatName } from './formats/formats';
export type { BansFirewall, BansOptions, Recidive } from './options';
export type { BansRepair } from './repairs';
export type { ExportOptions, Imported, ImportOptions } from './transfer';
export type { Verdict } from './verdict';
