/** Opens the kernel's tables, in whichever of its two ways. */
import { IptcError, show } from '../errors';
import { loadAddon } from './addon';
import type { Backend } from './backend';
import { type KernelBackend, openChosen } from './choose';
import { type NativeOptions, openNative } from './legacy/backend';
import { openNft } from './nft/backend';

export type { KernelBackend };

export interface KernelOptions extends NativeOptions {
  /** $LIBIPTC_BACKEND unless told, or else auto. */
  readonly backend?: 'auto' | KernelBackend | undefined;
  /** The addon's file, if it isn't where it is looked for. */
  readonly nativeBinding?: string | undefined;
}

/** Throws a BackendFailure of stage 'namespace' or 'open', or an IptcError. */
export function openKernel({ backend = backendOfEnvironment(), nativeBinding, ...options }: KernelOptions): Backend {
  loadAddon(nativeBinding);
  const open = (kind: KernelBackend, namespace = options.namespace, withoutNft?: string) =>
    kind === 'nft' ? openNft({ ...options, namespace }) : openNative({ ...options, namespace, withoutNft });
  return backend === 'auto' ? openChosen(options.namespace, open) : open(backend);
}

export function backendOfEnvironment(): 'auto' | KernelBackend {
  const { LIBIPTC_BACKEND: given = '' } = process.env;
  if (given === '') return 'auto';
  if (given === 'auto' || given === 'legacy' || given === 'nft') return given;
  throw new IptcError(
    'ERR_BAD_ARGUMENT',
    `Expected auto, legacy or nft for LIBIPTC_BACKEND in the environment but received ${show(given)}`,
  );
}
