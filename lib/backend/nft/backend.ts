/** The tables that iptables-nft reads and writes: nf_tables, by netlink. */
import { constants } from 'node:os';
import { now } from '../../clock';
import { decodeText } from '../../net/text';
import { NETLINK } from '../../netlink/constants';
import { loadAddon, type NativeNetlink } from '../addon';
import type {
  ApplyOptions,
  Backend,
  BackendSet,
  Cancellation,
  Family,
  ForeignChain,
  LockedTable,
  LockWait,
  Timing,
} from '../backend';
import { failure } from '../memory/failure';
import { Editing } from './editing';
import { Jobs, type Work } from './jobs';
import { isForeign } from './model';
import { Reader } from './reader';
import { told } from './reasons';
import { revisionIn, revisionRequest } from './revision';
import { nameRequest, setIn, setRequest } from './sets';
import { NftStream } from './stream';
import { NftTables, Stale } from './tables';
import { chainsRequest, tablesRequest } from './wire';

const { EBADF, EBUSY, ECANCELED, ETIMEDOUT } = constants.errno;

/** As iptables-nft-save prints them. */
const IN_ORDER = ['mangle', 'security', 'raw', 'filter', 'nat'] as const;

export interface NftOptions {
  readonly family: Family;
  /** As in NativeNetlinkOptions. */
  readonly namespace?: string | number | undefined;
}

/** Opens one family in one namespace. Throws a BackendFailure of stage 'namespace' or 'open', or ERR_NO_ADDON. */
export function openNft(options: NftOptions): Backend {
  return new NftBackend(options);
}

class NftBackend implements Backend {
  readonly kind = 'nft';
  readonly family: Family;
  readonly namespace: string;
  readonly #socket: NativeNetlink;
  readonly #jobs: Jobs;
  readonly #tables: NftTables;
  /** Those that are open, or going to be. */
  #streams = 0;
  #closing: Promise<void> | undefined;

  constructor({ family, namespace }: NftOptions) {
    const { Netlink } = loadAddon();
    this.family = family;
    try {
      this.#socket = new Netlink({ protocol: NETLINK.NETFILTER, namespace });
    } catch (error) {
      throw told(error, namespace);
    }
    this.#jobs = new Jobs(this.#socket);
    this.#tables = new NftTables(family);
    this.namespace = `/proc/${process.pid}/task/${this.#socket.thread}/ns/net`;
  }

  tables(): readonly string[] {
    return this.#now(this.#existing());
  }
  *#existing(): Work<string[]> {
    const { tables } = yield* new Reader(this.family).read(yield { request: tablesRequest(this.family) });
    return IN_ORDER.filter((table) => tables.includes(table));
  }

  foreignChains(): readonly ForeignChain[] {
    return this.#now(this.#foreign());
  }
  *#foreign(): Work<ForeignChain[]> {
    const { chains } = yield* new Reader(this.family).read(yield { request: chainsRequest(this.family) });
    return chains
      .filter((chain) => isForeign(chain))
      .map(({ table, name }) => ({ table, chain: decodeText(Buffer.from(name, 'latin1')) }));
  }

  async snapshot(table: string): Promise<ArrayBuffer> {
    return this.#post(this.#snapshot(table));
  }
  snapshotSync(table: string): ArrayBuffer {
    return this.#now(this.#snapshot(table));
  }
  #snapshot(table: string): Work<ArrayBuffer> {
    return this.#again(table, { wait: Number.POSITIVE_INFINITY }, function* (editing) {
      const snapshot = yield* editing.snapshot();
      yield* editing.end();
      return snapshot;
    });
  }

  async apply(table: string, program: Uint8Array, options: ApplyOptions): Promise<Timing> {
    return this.#post(this.#apply(table, program, options), options.signal);
  }
  applySync(table: string, program: Uint8Array, options: ApplyOptions): Timing {
    return this.#now(this.#apply(table, program, options));
  }
  #apply(table: string, program: Uint8Array, options: ApplyOptions): Work<Timing> {
    return this.#again(table, options, function* (editing) {
      yield* editing.run(program, false);
      return yield* editing.commit();
    });
  }

  async lock(table: string, options: ApplyOptions & { readonly idle: number }): Promise<LockedTable> {
    const stream = new NftStream(
      this.#jobs,
      options,
      (work) => this.#again(table, options, work),
      () => this.#streams--,
    );
    this.#streams++;
    try {
      await this.#post(stream.opening(), options.signal);
    } catch (error) {
      this.#streams--;
      throw error;
    }
    return stream;
  }

  /** Does it on what there is now, and again when somebody else was faster. */
  *#again<T>(table: string, options: ApplyOptions, work: (editing: Editing) => Work<T>): Work<T> {
    const { wait, signal }: LockWait = options;
    const start = now();
    for (let attempt = 0; ; attempt++) {
      const editing = new Editing(this.#tables, options);
      try {
        yield* editing.begin(table);
        return yield* work(editing);
      } catch (error) {
        if (!(error instanceof Stale)) {
          yield* editing.abandon();
          throw error;
        }
      }
      if (signal?.aborted) throw failure('lock', ECANCELED, 'Gave up: others keep changing the ruleset');
      if (attempt > 0 && now() - start >= wait) throw failure('lock', ETIMEDOUT, 'Others keep changing the ruleset');
      if (attempt >= AT_ONCE) yield { pause: Math.random() * Math.min(2 ** (attempt - AT_ONCE), LONGEST_PAUSE) };
    }
  }

  revision(kind: 'match' | 'target', name: string, revision: number): number | undefined {
    return revisionIn(this.#ask(revisionRequest(this.family, kind, name, revision)));
  }
  findSet(name: string): BackendSet | undefined {
    return setIn(this.#ask(setRequest(name)));
  }
  setName(index: number): string | undefined {
    return setIn(this.#ask(nameRequest(index)))?.name;
  }
  #ask(request: Uint8Array): ArrayBuffer {
    this.#requireOpen();
    return this.#socket.requestSync(request).messages;
  }

  close(): Promise<void> {
    this.#closing ??= this.#jobs.settled().then(() => this.#socket.close());
    return this.#closing;
  }

  async #post<T>(work: Work<T>, signal?: Cancellation): Promise<T> {
    this.#requireOpen();
    return this.#jobs.post(work, signal).catch((error: unknown) => {
      throw told(error);
    });
  }
  #now<T>(work: Work<T>): T {
    this.#requireOpen();
    if (this.#streams > 0) throw failure('busy', EBUSY, 'A program is being streamed');
    try {
      return this.#jobs.now(work);
    } catch (error) {
      throw told(error);
    }
  }
  #requireOpen(): void {
    if (this.#closing) throw failure('closed', EBADF, 'The session is closed');
  }
}

/** Attempts without a pause, and the longest pause in milliseconds. */
const AT_ONCE = 3;
const LONGEST_PAUSE = 64;
