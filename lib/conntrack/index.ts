/** libiptc/conntrack: the connections that the kernel tracks. */
export type { ErrorCode } from '../errors';
export { IptcError } from '../errors';
export type { Connection, Status, Tuple } from './connection';
export { type ConnectionEvent, Connections, type ConnectionsOptions, type EventsOptions } from './connections';
export type { ConnectionFilter } from './filter';
export { formatConnection } from './text';
