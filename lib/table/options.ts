/** The options of a firewall and of its tables: what callers may say, and what of it makes sense. */
import {
  argument,
  type Check,
  callback,
  count,
  fields,
  flag,
  having,
  listOf,
  milliseconds,
  named,
  namespace,
  numeric,
  oneOf,
  optionsOf,
  path,
  patience,
  signal,
  string,
} from '../arguments';
import type { Backend } from '../backend/backend';
import type { KernelBackend } from '../backend/choose';
import type { TableName } from '../codec/extension';
import type { QueueOptions } from '../commit/queue';
import { READING, type ReadOptions, WAITING, type WaitOptions } from '../commit/waiting';
import { Mismatch } from '../errors';
import { isRuleset, pieces, ruleset } from '../file/given';
import type { Pieces } from '../file/lines';
import type { Ruleset } from '../file/ruleset';
import type { Family } from '../rule/rule';
import type { ListFormat } from '../text/list';
import { checkChainName, tableName } from './names';

export interface LockOptions {
  /** The file to lock; $XTABLES_LOCKFILE or /run/xtables.lock unless told. */
  readonly path?: string | undefined;
  /** Milliseconds to wait for it; 30,000 unless told; Infinity: for ever. */
  readonly wait?: number | undefined;
  /** Milliseconds between two tries; 10 unless told. */
  readonly interval?: number | undefined;
  /** Locks the abstract socket @xtables too, as the earliest releases of CentOS 7 do. */
  readonly socket?: boolean | undefined;
}

export interface FirewallOptions<F extends Family = Family> {
  /** `ipv4` (iptables) unless told. */
  readonly family?: F | undefined;
  /** A path such as /run/netns/NAME, an open file descriptor, or `new`, one that ends with the firewall; else the process's own. */
  readonly namespace?: string | number | undefined;
  /** How the xtables lock is taken, or false: not at all. */
  readonly lock?: LockOptions | false | undefined;
  /** Gives up waiting for the lock, for good. */
  readonly signal?: AbortSignal | undefined;
  /** How much may wait for a commit, and how often there is one. */
  readonly queue?: Partial<QueueOptions> | undefined;
  /**
   * The addon's file, where it can't be found beside the code, as in a bundle: a copy of one of the package's
   * `prebuilds/`. It is loaded once for the whole process.
   */
  readonly nativeBinding?: string | undefined;
  /**
   * @internal `iptables`: as the iptables command does it, for the commands that stand in for it. A chain takes the place
   * of a target of its name, what doesn't belong into a chain is the kernel's to say, as is which tables there are; a
   * restore waits for its input as long as it takes; the kernel's module is loaded where there is none.
   */
  readonly manner?: 'iptables' | undefined;
  /** @internal With that: what loads the module, instead of what the kernel itself calls. */
  readonly modprobe?: string | undefined;
  /**
   * What the tables live in: `legacy` (ip_tables, as iptables-legacy), `nft` (nf_tables, as iptables-nft), or `auto`, the
   * one that is in use, or else that of the machine's iptables. $LIBIPTC_BACKEND unless told. Or a backend of
   * `libiptc/testing`, in memory.
   */
  readonly backend?: 'auto' | KernelBackend | Backend | undefined;
}

/** The same of both families. */
export interface OpenBothOptions extends Omit<FirewallOptions, 'family' | 'backend'> {
  readonly backend?: 'auto' | KernelBackend | { readonly ipv4: Backend; readonly ipv6: Backend } | undefined;
}

/** Of a table's text. */
export interface TableSaveOptions extends ReadOptions {
  /** Prints what rules count (`iptables-save -c`). */
  readonly counters?: boolean;
}
export interface SaveOptions extends TableSaveOptions {
  /** Other tables than those that the kernel has loaded. */
  readonly tables?: readonly TableName[];
}

/** What to restore: a file in any of its forms, or data as parseRuleset gives it. */
export type RestoreInput<F extends Family = Family> = Pieces | Ruleset<F>;

export interface TransactionOptions extends WaitOptions {
  /** How often it is tried where somebody else keeps changing the table; 100 times unless told. */
  readonly attempts?: number;
}
/** Of a transaction on several tables. */
export interface FirewallTransactionOptions extends TransactionOptions {
  /** The tables that it may use, all unless told: what is issued for others needn't wait for its end. */
  readonly tables?: readonly TableName[];
}
export interface RestoreStateOptions extends WaitOptions {
  /** Whether it could be done; nothing changes. */
  readonly test?: boolean;
}
export interface RestoreOptions extends WaitOptions {
  /** Keeps what is in the tables; only the chains that the input declares are emptied. */
  readonly noflush?: boolean;
  /** Tries everything, and changes nothing: a file that begins with empty tables is checked by the kernel, too. */
  readonly test?: boolean;
  /** Sets the counters that the input holds (`[packets:bytes]`), instead of zeroes. */
  readonly counters?: boolean;
  /** Passes over other tables. */
  readonly tables?: readonly TableName[];
  /** What an error calls the input. */
  readonly file?: string;
  /** The addresses of a host that a rule names instead, none if it isn't known. Such rules are refused unless told. */
  readonly resolve?: (host: string) => readonly string[] | Promise<readonly string[]>;
}

/** What a restore found in its input. */
export interface Restored {
  /** The tables that it named, in order. */
  readonly tables: readonly TableName[];
  /** Whether it says what each policy had counted, without which `counters` refuses it. */
  readonly counters: boolean;
}

export const family = oneOf('ipv4', 'ipv6') as <F extends Family>(value: unknown) => F;

const lockOptions = fields<LockOptions>({ path, wait: patience, interval: milliseconds, socket: flag });
export const lock: Check<LockOptions | false> = (value) => (value === false ? false : lockOptions(value));

const queue = fields<Partial<QueueOptions>>({ edits: count, bytes: count, interval: milliseconds });

const kernelBackend = oneOf('auto', 'legacy', 'nft') as Check<'auto' | KernelBackend>;
const custom = having<Backend>('auto, legacy, nft or a backend', [
  'snapshot',
  'snapshotSync',
  'apply',
  'applySync',
  'lock',
  'revision',
  'findSet',
  'setName',
  'close',
]);

const backend: Check<'auto' | KernelBackend | Backend> = (value) =>
  typeof value === 'string' ? kernelBackend(value) : custom(value);
const manner = oneOf('iptables') as Check<'iptables'>;
const modprobe = string('the path of a program');

export const firewallOptions = <F extends Family>(given: unknown): FirewallOptions<F> =>
  optionsOf<FirewallOptions<F>>(
    'Firewall.open',
    given,
    fields<FirewallOptions<F>>({
      family,
      namespace,
      lock,
      signal,
      queue,
      nativeBinding: path,
      manner,
      modprobe,
      backend,
    }),
  );

const backendsOfBoth = fields<{ ipv4: Backend; ipv6: Backend }>({ ipv4: custom, ipv6: custom }, 'ipv4', 'ipv6');
const backendOfBoth: Check<NonNullable<OpenBothOptions['backend']>> = (value) =>
  typeof value === 'object' ? backendsOfBoth(value) : (backend(value) as KernelBackend);
export const openingBoth = fields<OpenBothOptions>({
  namespace,
  lock,
  signal,
  queue,
  nativeBinding: path,
  manner,
  modprobe,
  backend: backendOfBoth,
});

export const tables: Check<readonly TableName[]> = listOf(tableName, 'a list of tables');

/** A rule, whose own data is for whoever encodes it. */
export const ruleInput: Check<never> = (value) => {
  if (typeof value !== 'string' && (typeof value !== 'object' || value === null || Array.isArray(value)))
    throw new Mismatch('a rule as an object or a text', value);
  return value as never;
};
/** As iptables counts rules. */
export const rulePosition = numeric('a position from 1 on', (n) => Number.isInteger(n) && n >= 1 && n <= 0x7fffffff);
/** Of all that prints rules. */
export const counters = fields<{ readonly counters?: boolean }>({ counters: flag });
export const tableSaving = fields<TableSaveOptions>({ ...READING, counters: flag });
export const saving = fields<SaveOptions>({ ...READING, counters: flag, tables });
export const transacting = fields<TransactionOptions>({ ...WAITING, attempts: count });
export const transactingAll = fields<FirewallTransactionOptions>({ ...WAITING, attempts: count, tables });
export const restoringState = fields<RestoreStateOptions>({ ...WAITING, test: flag });
export const restorable = <F extends Family>(value: unknown): RestoreInput<F> =>
  isRuleset(value) ? (ruleset(value) as Ruleset<F>) : pieces(value);
export const restoring = fields<RestoreOptions>({
  ...WAITING,
  noflush: flag,
  test: flag,
  counters: flag,
  tables,
  file: named('the name of a file'),
  resolve: callback,
});
export const listing = fields<Partial<ListFormat>>({
  numeric: flag,
  verbose: flag,
  exact: flag,
  lineNumbers: flag,
  hostName: callback,
});

/** What to list, and how. */
export function listingOf(
  call: string,
  where: { readonly family: Family; readonly table: string },
  format: Partial<ListFormat> | undefined,
  only: string | undefined,
): { readonly format: Partial<ListFormat>; readonly only: string | undefined } {
  const given = argument(call, 'format', format === undefined ? {} : format, listing);
  if (only !== undefined) checkChainName(where, call, only, 'only');
  return { format: given, only };
}
