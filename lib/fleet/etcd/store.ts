/** etcd as a store. */
import { type Check, fields, listOf, named, optionsOf, string } from '../../arguments';
import { clearTimeout, setTimeout } from '../../clock';
import { IptcError, Mismatch } from '../../errors';
import type { Store, StoreChange, StoreCommit, StoreItem, StoreLease, StoreState } from '../store/store';
import { EtcdClient, type EtcdOptions } from './client';
import { CODE, type GrpcError } from './grpc';
import { EtcdLease } from './lease';
import { DELETE, EQUAL, LEASE_GRANT, MAINTENANCE_STATUS, MOD, RANGE, TXN, WATCH } from './messages';
import type { Read } from './wire';

/** Keys that are read at once. */
const PAGE = 1_000;
/** How often a long read is begun anew, where etcd forgets meanwhile what it read. */
const ATTEMPTS = 3;
/** Bytes of its file that are half of what it takes unless told, and revisions after which it should have forgotten some. */
const HALF = 1 << 30;
const MANY = 10_000;
/** Milliseconds for a watch to begin. */
const BEGIN = 10_000;

type Pair = Read<typeof RANGE.answer>['kvs'][number];

export class EtcdStore implements Store {
  private readonly client: EtcdClient;
  private readonly prefix: string;
  private cluster: bigint | undefined;

  /** @internal */
  constructor(options: EtcdOptions) {
    this.client = new EtcdClient(options);
    this.prefix = options.prefix ?? 'iptc/v1/';
  }

  async read(names: readonly string[]): Promise<StoreState> {
    for (let attempt = 1; ; attempt++)
      try {
        return await this.readOnce(names);
      } catch (error) {
        const isForgotten = ((error as IptcError).cause as GrpcError | undefined)?.code === CODE.OUT_OF_RANGE;
        if (!isForgotten || attempt >= ATTEMPTS) throw error;
      }
  }
  private async readOnce(names: readonly string[]): Promise<StoreState> {
    const ranges = names.map((name) => this.range(name));
    const { header, responses } = await this.client.call(TXN, {
      success: ranges.map((range) => ({ range: { ...range, limit: PAGE } })),
    });
    this.cluster ??= header!.clusterId;
    const revision = header!.revision;
    const items = new Map<string, StoreItem>();
    const take = (pairs: readonly Pair[]) => {
      for (const pair of pairs) items.set(this.nameOf(pair), itemOf(pair));
    };
    for (const [i, { range: found }] of responses.entries()) {
      let { kvs, more } = found!;
      take(kvs);
      while (more) {
        const key = Buffer.concat([kvs[kvs.length - 1]!.key, Buffer.from([0])]);
        ({ kvs, more } = await this.client.call(RANGE, { ...ranges[i], key, limit: PAGE, revision }));
        take(kvs);
      }
    }
    return { revision, items };
  }

  async commit({ expect = new Map(), put = [], delete: gone = [] }: StoreCommit): Promise<boolean> {
    const { succeeded } = await this.client.call(TXN, {
      compare: [...expect].map(([name, modRevision]) => ({
        result: EQUAL,
        target: MOD,
        key: this.key(name),
        modRevision,
      })),
      success: [
        ...gone.map((name) => ({ deleteRange: { key: this.key(name) } })),
        ...put.map(({ key, value, lease }) => ({
          put: { key: this.key(key), value, ...(lease instanceof EtcdLease && { lease: lease.id }) },
        })),
      ],
    });
    return succeeded;
  }

  async watch(
    names: readonly string[],
    after: number,
    changed: (changes: readonly StoreChange[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { stream, failed } = await this.client.stream(WATCH);
    let begun = 0;
    await new Promise<void>((resolve, reject) => {
      const end = (error?: Error) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        stream.cancel();
        if (error) reject(error);
        else resolve();
      };
      const away = (why: string) => end(new IptcError('ERR_UNREACHABLE', `Cannot watch etcd: ${why}`));
      const stop = () => end();
      const timer = setTimeout(() => away('it does not begin to tell'), BEGIN);
      signal.addEventListener('abort', stop);
      stream.on('error', (error) => end(signal.aborted ? undefined : failed(error)));
      stream.on('end', () => away('it has ended'));
      stream.on('data', ({ created, canceled, compactRevision, cancelReason, events }) => {
        if (canceled)
          return away(cancelReason || (compactRevision > 0 ? 'it has forgotten what was before' : 'it has ended'));
        if (created && ++begun === names.length) clearTimeout(timer);
        if (events.length === 0) return;
        changed(
          events.flatMap(({ type, kv }) =>
            kv ? [{ key: this.nameOf(kv), ...(type !== DELETE && { item: itemOf(kv) }) }] : [],
          ),
        );
      });
      for (const [i, name] of names.entries())
        stream.write({ create: { ...this.range(name), startRevision: after + 1, watchId: i + 1 } });
      if (signal.aborted) stop();
    });
  }

  async lease(seconds: number): Promise<StoreLease> {
    const { id, ttl } = await this.client.call(LEASE_GRANT, { ttl: seconds });
    return new EtcdLease(this.client, id, ttl);
  }

  async reach(milliseconds: number): Promise<void> {
    const key = this.key('group/');
    try {
      const { header } = await this.client.callAnew(RANGE, { key, limit: 1, keysOnly: true }, milliseconds);
      if (this.cluster !== undefined && header!.clusterId !== this.cluster)
        throw new IptcError('ERR_UNREACHABLE', 'Cannot reach etcd: another cluster answers in its place');
    } catch (error) {
      // Whoever refuses has been reached.
      const { code } = error as IptcError;
      if (code !== 'ERR_PERMISSION' && code !== 'ERR_IO') throw error;
    }
  }
  async close(): Promise<void> {
    this.client.close();
  }

  /** That it is full, or becomes so since it forgets nothing. */
  async warnings(): Promise<readonly string[]> {
    const { header, dbSize, errors } = await this.client.call(MAINTENANCE_STATUS, {});
    const megabytes = `${Math.round(dbSize / 1e6)} MB`;
    if (/NOSPACE/.test(errors))
      return [
        `etcd is full, with ${megabytes}: nothing can be published or reported. Compact and defragment it (etcdctl compact, defrag), then etcdctl alarm disarm.`,
      ];
    const warnings = errors === '' ? [] : [`etcd says: ${errors}`];
    if (dbSize > HALF) warnings.push(`etcd's file has ${megabytes}, and at 2 GB it is full unless told otherwise.`);
    if (header!.revision > MANY && (await this.hasForgottenNothing()))
      warnings.push(
        `etcd has kept all of ${header!.revision} revisions: let it forget old ones (--auto-compaction-retention=30m).`,
      );
    return warnings;
  }
  private async hasForgottenNothing(): Promise<boolean> {
    try {
      await this.client.call(RANGE, { key: this.key('group/'), limit: 1, keysOnly: true, revision: 1 });
      return true;
    } catch (error) {
      if (((error as IptcError).cause as GrpcError | undefined)?.code === CODE.OUT_OF_RANGE) return false;
      throw error;
    }
  }

  private key = (name: string): Buffer => Buffer.from(this.prefix + name);
  private nameOf = ({ key }: Pair): string => Buffer.from(key).toString().slice(this.prefix.length);
  private range(name: string): { readonly key: Buffer; readonly rangeEnd?: Buffer } {
    const key = this.key(name);
    if (!name.endsWith('/')) return { key };
    // Up to what the next character in the place of the last would begin.
    const rangeEnd = Buffer.from(key);
    rangeEnd[rangeEnd.length - 1]! += 1;
    return { key, rangeEnd };
  }
}

const itemOf = ({ value, modRevision }: Pair): StoreItem => ({ value, revision: modRevision });

const endpoint: Check<string> = (value) => {
  try {
    const { protocol, hostname, pathname } = new URL(named('the URL of an endpoint')(value));
    if (/^https?:$/.test(protocol) && hostname !== '' && pathname === '/') return value as string;
  } catch {}
  throw new Mismatch('the URL of an endpoint, http://HOST:2379 or https://HOST:2379,', value);
};
const endpoints: Check<readonly string[]> = (value) => {
  const given = listOf(endpoint, 'a list of endpoints')(value);
  if (given.length === 0) throw new Mismatch('one endpoint at least', value);
  return given;
};
const pem: Check<string> = (value) => {
  if (typeof value !== 'string' || !value.includes('-----BEGIN '))
    throw new Mismatch('a text as PEM', typeof value === 'string' ? '(another text)' : value);
  return value;
};
const opening = fields<EtcdOptions>(
  {
    endpoints,
    prefix: (value) => {
      if (!named('what keys begin with')(value).endsWith('/'))
        throw new Mismatch('what keys begin with, with a slash at its end,', value);
      return value as string;
    },
    ca: pem,
    cert: pem,
    key: pem,
    user: named('the name of a user'),
    password: string('a password'),
  },
  'endpoints',
);

/**
 * etcd as a store, by `@grpc/grpc-js`, which is to be installed beside this package. ERR_NO_SUPPORT without that. It is
 * connected to when it is needed, and again whenever that ends.
 *
 * @example const store = etcdStore({ endpoints: ['https://10.0.0.1:2379'], ca, cert, key })
 */
export const etcdStore = (options: EtcdOptions): EtcdStore => new EtcdStore(optionsOf('etcdStore', options, opening));
