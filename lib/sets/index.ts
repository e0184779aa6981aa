/** libiptc/sets: the kernel's ip_sets. */
export type { ErrorCode } from '../errors';
export { IptcError } from '../errors';
export type { SetHead } from './head';
export type { ElementOptions, SetOptions } from './options';
export { type EditOptions, type ElementInput, IpSet } from './set';
export { Sets, type SetsOptions } from './sets';
export type { SetElement, SetSettings, SetTypeName } from './types';
