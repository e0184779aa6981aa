/** libiptc/sets: the kernel's ip_sets. */
export type { ErrorCode } from '../errors';
export { IptcError } from '../errors';
export type { ElementOptions } from './element-options';
export type { SetHead } from './head';
export { type EditOptions, type ElementInput, IpSet } from './set';
export type { SetOptions } from './set-options';
export { type RestoreSetsOptions, Sets, type SetsOptions } from './sets';
export type { SetElement, SetSettings, SetTypeName } from './types';
