/** Opens the kernel's tables, in whichever of its two ways. */
import { IptcError, show } from '../errors';
import type { Backend } from './backend';
import { type NativeOptions, openNative } from './legacy/backend';
import { openNft } from './nft/backend';

export type KernelBackend = 'legacy' | 'nft';

export interface KernelOptions extends NativeOptions {
  /** $LIBIPTC_BACKEND unless told, or else legacy. */
  readonly backend?: 'auto' | KernelBackend | undefined;
}

/** Throws a BackendFailure of stage 'namespace' or 'open', or an IptcError. */
export function openKernel({ backend = fromEnvironment(), ...options }: KernelOptions): Backend {
  return backend === 'nft' ? openNft(options) : openNative(options);
}

function fromEnvironment(): 'auto' | KernelBackend {
  const { LIBIPTC_BACKEND: given = '' } = process.env;
  if (given === '') return 'legacy';
  if (given === 'auto' || given === 'legacy' || given === 'nft') return given;
  throw new IptcError(
    'ERR_BAD_ARGUMENT',
    `Expected auto, legacy or nft for the environment's LIBIPTC_BACKEND but received ${show(given)}`,
  );
}
