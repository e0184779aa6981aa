/** Calls to etcd, at whichever of its endpoints answers. */
import { isIP } from 'node:net';
import type { PeerCertificate } from 'node:tls';
import { IptcError } from '../../errors';
import { type Client, CODE, type GrpcError, grpc, type Metadata, type Stream } from './grpc';
import { AUTHENTICATE, type Method } from './messages';
import { type Given, type Message, type Read, read, write } from './wire';

export interface EtcdOptions {
  /** `http://10.0.0.1:2379`, or `https://…`: any of the cluster, better all. */
  readonly endpoints: readonly string[];
  /** What all keys begin with: `iptc/v1/` unless told. */
  readonly prefix?: string;
  /** As PEM: whose certificates are believed, and who this is. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** A user of etcd's, where certificates don't say who it is. */
  readonly user?: string;
  readonly password?: string;
}

/** Milliseconds for an answer. */
const DEADLINE = 5_000;
/** How soon a dead connection is noticed, while there is a watch on it, and made again. etcd bears no pings without. */
const CHANNEL = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // Otherwise all channels to one address are one connection, and a new one would prove nothing.
  'grpc.use_local_subchannel_pool': 1,
} as const;

export class EtcdClient {
  private readonly endpoints: readonly string[];
  private at = 0;
  private client: Client | undefined;
  private token: string | undefined;
  private closed = false;

  constructor(private readonly options: EtcdOptions) {
    // Not all at the same first.
    this.endpoints = [...options.endpoints].sort(() => Math.random() - 0.5);
    grpc();
  }

  async call<Q extends Message, A extends Message>(method: Method<Q, A>, request: Given<Q>): Promise<Read<A>> {
    const client = this.channel();
    try {
      return await this.authorized(client, (metadata) => this.unary(client, method, request, metadata, DEADLINE));
    } catch (error) {
      if (isAway(error)) this.turn(client);
      throw this.failure(error as GrpcError);
    }
  }
  /** The same on a new connection to each endpoint: one that answers is enough. */
  async callAnew<Q extends Message, A extends Message>(
    method: Method<Q, A>,
    request: Given<Q>,
    milliseconds: number,
  ): Promise<Read<A>> {
    const clients = this.endpoints.map((endpoint) => this.open(endpoint));
    try {
      const calls = clients.map((client) =>
        this.authorized(client, (metadata) => this.unary(client, method, request, metadata, milliseconds)),
      );
      return await Promise.any(calls);
    } catch (error) {
      throw this.failure((error as AggregateError).errors[0] as GrpcError);
    } finally {
      for (const client of clients) client.close();
    }
  }
  /** A stream both ways, and what its errors are. */
  async stream<Q extends Message, A extends Message>(
    method: Method<Q, A>,
  ): Promise<{ readonly stream: Stream<Given<Q>, Read<A>>; readonly failed: (error: GrpcError) => Error }> {
    const client = this.channel();
    const metadata = await this.metadata(client).catch((error) => {
      throw this.failure(error as GrpcError);
    });
    return {
      stream: client.makeBidiStreamRequest<Given<Q>, Read<A>>(
        method.path,
        (each) => write(method.request, each),
        (bytes) => read(method.answer, bytes),
        metadata,
      ),
      failed: (error) => {
        if (isAway(error)) this.turn(client);
        if (error.code === CODE.UNAUTHENTICATED) this.token = undefined;
        return this.failure(error);
      },
    };
  }
  close(): void {
    this.closed = true;
    this.client?.close();
    this.client = undefined;
  }

  private channel(): Client {
    if (this.closed) throw new IptcError('ERR_CLOSED', 'Cannot use the store: it is closed');
    this.client ??= this.open(this.endpoints[this.at]!);
    return this.client;
  }
  /** To the next endpoint, unless another call has gone there already. */
  private turn(from: Client): void {
    if (this.client !== from || this.endpoints.length === 1) return;
    from.close();
    this.at = (this.at + 1) % this.endpoints.length;
    this.client = undefined;
  }
  private open(endpoint: string): Client {
    const { checkServerIdentity } = require('node:tls') as typeof import('node:tls');
    const { Client, credentials } = grpc();
    const { ca, key, cert } = this.options;
    const { protocol, hostname, port } = new URL(endpoint);
    const address = `${hostname}:${port || '2379'}`;
    if (protocol !== 'https:') return new Client(address, credentials.createInsecure(), CHANNEL);
    const bytes = (pem: string | undefined) => (pem === undefined ? null : Buffer.from(pem));
    const given = [bytes(ca), bytes(key), bytes(cert)] as const;
    const host = hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) === 0) return new Client(address, credentials.createSsl(...given), CHANNEL);
    // TLS has no addresses for names, and Node says so on stderr: it asks by another, and is answered for the address.
    const checks = { checkServerIdentity: (_: string, peer: PeerCertificate) => checkServerIdentity(host, peer) };
    const channel = { ...CHANNEL, 'grpc.ssl_target_name_override': 'localhost' };
    return new Client(address, credentials.createSsl(...given, checks), channel);
  }

  private async authorized<R>(client: Client, work: (metadata: Metadata) => Promise<R>): Promise<R> {
    try {
      return await work(await this.metadata(client));
    } catch (error) {
      const { code, details } = error as GrpcError;
      const isOver = code === CODE.UNAUTHENTICATED || /invalid auth token/.test(details ?? '');
      if (!isOver || this.options.user === undefined) throw error;
      this.token = undefined; // etcd forgets it after a while
      return work(await this.metadata(client));
    }
  }
  private async metadata(client: Client): Promise<Metadata> {
    const { Metadata } = grpc();
    const { user: name, password = '' } = this.options;
    const metadata = new Metadata();
    if (name === undefined) return metadata;
    this.token ??= (await this.unary(client, AUTHENTICATE, { name, password }, new Metadata(), DEADLINE)).token;
    metadata.set('token', this.token);
    return metadata;
  }
  private unary<Q extends Message, A extends Message>(
    client: Client,
    { path, request: type, answer }: Method<Q, A>,
    request: Given<Q>,
    metadata: Metadata,
    milliseconds: number,
  ): Promise<Read<A>> {
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest<Given<Q>, Read<A>>(
        path,
        (each) => write(type, each),
        (bytes) => read(answer, bytes),
        request,
        metadata,
        { deadline: Date.now() + milliseconds },
        (error, value) => (error ? reject(error) : resolve(value!)),
      );
    });
  }

  private failure(error: GrpcError): IptcError {
    if (error instanceof IptcError) return error;
    const { code, details: given = error.message } = error;
    // OpenSSL's words end with a newline, and grpc-js's with a note where there may be none.
    const details = given.replace(/\s+/g, ' ').replace(/\.? Resolution note: $/, '');
    const where = this.endpoints.join(', ');
    if (isAway(error) || code === CODE.NOT_FOUND)
      return new IptcError('ERR_UNREACHABLE', `Cannot reach etcd at ${where}: ${details}`, {
        hint: 'Look whether it runs (etcdctl endpoint health), and whether something stands between: tcp port 2379, names, certificates.',
        cause: error,
      });
    if (code === CODE.PERMISSION_DENIED || code === CODE.UNAUTHENTICATED)
      return new IptcError('ERR_PERMISSION', `Cannot use etcd at ${where}: ${details}`, {
        hint: "Give the user, or the certificate's name, a role for these keys (etcdctl role grant-permission).",
        cause: error,
      });
    return new IptcError('ERR_IO', `Cannot use etcd at ${where}: ${details}`, {
      ...(/space exceeded/.test(details) && { hint: 'Compact and defragment it, then etcdctl alarm disarm.' }),
      cause: error,
    });
  }
}

/** It didn't answer, or can't decide anything without the others of its cluster. */
export const isAway = (error: unknown): boolean =>
  [CODE.UNAVAILABLE, CODE.DEADLINE_EXCEEDED].includes((error as GrpcError).code as 14);
