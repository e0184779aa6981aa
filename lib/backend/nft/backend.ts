/** The tables that iptables-nft reads and writes: nf_tables, by netlink. */
import { constants } from 'node:os';
import { decodeText } from '../../net/text';
import { NETLINK } from '../../netlink/constants';
import { NetlinkError } from '../../netlink/messages';
import { loadAddon, type NativeNetlink } from '../addon';
import type {
  ApplyOptions,
  Backend,
  BackendSet,
  Cancellation,
  Committed,
  Family,
  ForeignChain,
  LockedTable,
  Looked,
  TableProgram,
  Timing,
} from '../backend';
import { failure } from '../memory/failure';
import type { Observation, Observer } from '../observe';
import { Editing } from './editing';
import { Jobs, type Work } from './jobs';
import { isForeign } from './model';
import { NFTABLES_GROUP, observeNft } from './observe';
import { Reader, type Said } from './reader';
import { NFT_COMPAT, told } from './reasons';
import { repeating } from './repeating';
import { revisionIn, revisionRequest } from './revision';
import { nameRequest, setIn, setRequest } from './sets';
import { NftStream } from './stream';
import { NftTables } from './tables';
import { together } from './together';
import { chainsRequest, tablesRequest } from './wire';

const { EBADF, EBUSY, EINTR } = constants.errno;

/** How often what others change meanwhile is asked for again. */
const ATTEMPTS = 20;

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
  /** Who observes the tables: told that it is over. */
  readonly #observed = new Set<() => void>();

  constructor({ family, namespace }: NftOptions) {
    const { Netlink } = loadAddon();
    this.family = family;
    try {
      this.#socket = new Netlink({ protocol: NETLINK.NETFILTER, namespace });
    } catch (error) {
      throw told(error, namespace);
    }
    this.#jobs = new Jobs(this.#socket);
    this.#tables = new NftTables(family, this.#socket);
    this.namespace = `/proc/${process.pid}/task/${this.#socket.thread}/ns/net`;
  }

  tables(): readonly string[] {
    return this.#now(this.#existing());
  }
  *#existing(): Work<string[]> {
    const { tables } = yield* this.#whole(tablesRequest(this.family));
    return IN_ORDER.filter((table) => tables.includes(table));
  }

  foreignChains(): readonly ForeignChain[] {
    return this.#now(this.#foreign());
  }
  *#foreign(): Work<ForeignChain[]> {
    const { chains } = yield* this.#whole(chainsRequest(this.family));
    return chains
      .filter((chain) => isForeign(chain))
      .map(({ table, name }) => ({ table, chain: decodeText(Buffer.from(name, 'latin1')) }));
  }

  /** Asks again while it changes. */
  *#whole(request: Uint8Array): Work<Said> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answer = yield { request };
      if (!answer.interrupted) return yield* new Reader(this.family).read(answer);
    }
    throw failure('read', EINTR);
  }

  /** Of all that is in the namespace. */
  async version(): Promise<number> {
    return this.#post(this.#tables.current());
  }
  async look(table: string, known: number | undefined): Promise<Looked> {
    return this.#post(this.#look(table, known));
  }
  *#look(table: string, known: number | undefined): Work<Looked> {
    const version = yield* this.#tables.current();
    if (version === known) return { version };
    return yield* this.#editing(table, { wait: Number.POSITIVE_INFINITY }, function* (editing) {
      const snapshot = yield* editing.snapshot(false);
      const { generation } = editing.taken;
      yield* editing.end();
      return { version: generation, snapshot };
    });
  }
  async snapshot(table: string): Promise<ArrayBuffer> {
    return this.#post(this.#snapshot(table));
  }
  snapshotSync(table: string): ArrayBuffer {
    return this.#now(this.#snapshot(table));
  }
  #snapshot(table: string): Work<ArrayBuffer> {
    return this.#editing(table, { wait: Number.POSITIVE_INFINITY }, function* (editing) {
      const snapshot = yield* editing.snapshot();
      yield* editing.end();
      return snapshot;
    });
  }

  async apply(table: string, program: Uint8Array, options: ApplyOptions): Promise<Committed> {
    return this.#post(this.#apply(table, program, options), options.signal);
  }
  applySync(table: string, program: Uint8Array, options: ApplyOptions): Committed {
    return this.#now(this.#apply(table, program, options));
  }
  #apply(table: string, program: Uint8Array, options: ApplyOptions): Work<Committed> {
    return this.#editing(table, options, function* (editing) {
      yield* editing.run(program, false);
      return yield* editing.commit();
    });
  }

  /** The others' jobs wait meanwhile. */
  async applyAll(programs: readonly TableProgram[], options: ApplyOptions): Promise<readonly Timing[]> {
    const others = new Set(programs.map(({ backend }) => backend as NftBackend));
    others.delete(this);
    const release: (() => void)[] = [];
    try {
      for (const other of others) release.push(await other.#held(options.signal));
      return await this.#post(this.#applyAll(programs, options), options.signal);
    } finally {
      for (const each of release) each();
    }
  }
  async #held(signal: Cancellation | undefined): Promise<() => void> {
    await this.#post(this.#jobs.holding(), signal);
    this.#streams++;
    return () => {
      this.#streams--;
      this.#jobs.release();
    };
  }
  #applyAll(programs: readonly TableProgram[], options: ApplyOptions): Work<readonly Timing[]> {
    const begin = () => programs.map(({ backend }) => new Editing((backend as NftBackend).#tables, options));
    return repeating(options, begin, (editings) => together(editings, programs, options.trial));
  }

  async lock(table: string, options: ApplyOptions & { readonly idle: number }): Promise<LockedTable> {
    const stream = new NftStream(
      this.#jobs,
      options,
      (work) => this.#editing(table, options, work),
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

  #editing<T>(table: string, options: ApplyOptions, work: (editing: Editing) => Work<T>): Work<T> {
    const begin = () => [new Editing(this.#tables, options)];
    return repeating(options, begin, function* ([editing]) {
      yield* editing!.begin(table);
      return yield* work(editing!);
    });
  }

  revision(kind: 'match' | 'target', name: string, revision: number): number | undefined {
    return this.#ask(revisionRequest(this.family, kind, name, revision), revisionIn);
  }
  lack(): string | undefined {
    const known = ['comment', 'tcp'].some((name) => this.revision('match', name, 0) !== undefined);
    return known ? undefined : NFT_COMPAT;
  }
  findSet(name: string): BackendSet | undefined {
    return this.#ask(setRequest(name), setIn);
  }
  setName(index: number): string | undefined {
    return this.#ask(nameRequest(index), setIn)?.name;
  }
  #ask<T>(request: Uint8Array, read: (answer: ArrayBuffer) => T): T {
    this.#requireOpen();
    try {
      return read(this.#socket.requestSync(request).messages);
    } catch (error) {
      throw told(error instanceof NetlinkError ? failure('read', error.errno) : error);
    }
  }

  observe(tables: readonly string[], observer: Observer): Observation {
    this.#requireOpen();
    const { Netlink } = loadAddon();
    let socket: NativeNetlink;
    try {
      socket = new Netlink({ protocol: NETLINK.NETFILTER, namespace: this.namespace, groups: [NFTABLES_GROUP] });
    } catch (error) {
      throw told(error, this.namespace);
    }
    const observation = observeNft(socket, this.family, tables, {
      changed: (by) => observer.changed(by),
      failed: (error) => observer.failed(told(error)),
    });
    const open: Observation = {
      drain: () => observation.drain?.(),
      close: () => {
        this.#observed.delete(end);
        observation.close();
      },
    };
    const end = () => {
      open.close();
      observer.failed(failure('closed', EBADF, 'The session is closed'));
    };
    this.#observed.add(end);
    return open;
  }

  close(): Promise<void> {
    for (const end of this.#observed) end();
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
