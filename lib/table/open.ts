/** What a firewall is made of: what its tables live in, and the tables. */
import type { ApplyOptions, Backend, Refusal } from '../backend/backend';
import { loadingModules } from '../backend/legacy/modules';
import { openKernel } from '../backend/open';
import type { TableName } from '../codec/extension';
import { Committer, type Waiting } from '../commit/committer';
import type { Events } from '../commit/events';
import { told } from '../commit/failure';
import { CommitQueue, type QueueOptions } from '../commit/queue';
import { anyOf } from '../commit/waiting';
import { IptcError, show } from '../errors';
import { lockFile } from '../net/lock-file';
import type { EntryCodec } from '../rule/entry';
import type { Family } from '../rule/rule';
import type { FirewallOptions } from './options';
import { refusedText } from './printed';
import { RefillWarning } from './refills';
import { Table } from './table';

export function openStore<F extends Family>(given: FirewallOptions<F>): Backend {
  const { family = 'ipv4', namespace, lock = {}, nativeBinding, backend } = given;
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
      nativeBinding,
      lockFile: lock === false ? undefined : lockFile(lock),
      lockSocket: lock !== false && lock.socket,
    });
    const loading = given.manner && kernel.kind === 'legacy';
    return loading ? loadingModules(kernel, given.modprobe) : kernel;
  } catch (error) {
    throw told(error, { operation: 'open the firewall', family });
  }
}

interface Opened {
  readonly store: Backend;
  readonly codec: EntryCodec;
  readonly events: Events;
  readonly queue: FirewallOptions['queue'];
  /** How a call waits. */
  readonly applying: (how?: Waiting) => ApplyOptions;
}

const QUEUE: QueueOptions = { edits: 1_000_000, bytes: 256 << 20, interval: 0 };

export function openTable<F extends Family>(
  { store, codec, events, queue, applying }: Opened,
  name: TableName,
): Table<F> {
  const refills = new RefillWarning(store, name, codec, (match) => events.refill(name, match));
  const print = (refused: Refusal) => refusedText(codec, refused);
  const committer = new Committer(store, name, applying, events, print, () => refills.committed());
  return new Table<F, TableName>(committer, codec, new CommitQueue(committer, { ...QUEUE, ...queue }));
}

/** How a call waits. */
export function applyOptions<F extends Family>(firewall: FirewallOptions<F>, how: Waiting = {}): ApplyOptions {
  const { lock, manner } = firewall;
  const { wait: usual = 30_000, interval = 10 } = lock === false ? {} : (lock ?? {});
  const [wait, signal] = [how.wait ?? usual, anyOf(firewall.signal, how.signal)];
  return { wait, interval, signal, chainsCapture: manner === 'iptables' };
}
