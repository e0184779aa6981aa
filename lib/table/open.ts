/** What a firewall's tables live in, opened. */
import type { Backend } from '../backend/backend';
import { loadingModules } from '../backend/legacy/modules';
import { openKernel } from '../backend/open';
import { isBackendFailure, toIptcError } from '../commit/failure';
import { IptcError, show } from '../errors';
import type { Family } from '../rule/rule';
import type { FirewallOptions } from './options';

const LOCK_FILE = '/run/xtables.lock';

export function openStore<F extends Family>(given: FirewallOptions<F>): Backend {
  const { family = 'ipv4', namespace, lock = {}, backend } = given;
  if (typeof backend === 'object') {
    if (given.family !== undefined && backend.family !== family)
      throw new IptcError(
        'ERR_BAD_ARGUMENT',
        `Expected a backend of ${family} for backend but received one of ${show(backend.family)}`,
        { path: 'backend' },
      );
    return backend.session?.() ?? backend;
  }
  try {
    const kernel = openKernel({
      backend,
      family,
      namespace,
      lockFile: lock === false ? undefined : (lock.path ?? (process.env.XTABLES_LOCKFILE || LOCK_FILE)),
      lockSocket: lock !== false && lock.socket,
    });
    const loading = given.manner && kernel.kind === 'legacy';
    return loading ? loadingModules(kernel, given.modprobe) : kernel;
  } catch (error) {
    throw isBackendFailure(error) ? toIptcError(error, { operation: 'open the firewall', family }) : error;
  }
}
