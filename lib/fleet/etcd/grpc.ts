/** What is used of @grpc/grpc-js, which only those need who have etcd. */
import type { PeerCertificate } from 'node:tls';
import { IptcError } from '../../errors';

export interface GrpcError extends Error {
  readonly code: number;
  readonly details: string;
}
export interface Metadata {
  set(key: string, value: string): void;
}
export interface Stream<Q, A> {
  write(request: Q): void;
  cancel(): void;
  on(event: 'data', listener: (answer: A) => void): this;
  on(event: 'error', listener: (error: GrpcError) => void): this;
  on(event: 'end', listener: () => void): this;
}
type Serialize<Q> = (request: Q) => Buffer;
type Deserialize<A> = (bytes: Buffer) => A;
export interface Client {
  makeUnaryRequest<Q, A>(
    path: string,
    serialize: Serialize<Q>,
    deserialize: Deserialize<A>,
    request: Q,
    metadata: Metadata,
    options: { readonly deadline: number },
    done: (error: GrpcError | null, answer?: A) => void,
  ): { cancel(): void };
  makeBidiStreamRequest<Q, A>(
    path: string,
    serialize: Serialize<Q>,
    deserialize: Deserialize<A>,
    metadata: Metadata,
  ): Stream<Q, A>;
  close(): void;
}
interface Grpc {
  readonly Client: new (
    address: string,
    credentials: unknown,
    options: Readonly<Record<string, number | string>>,
  ) => Client;
  readonly Metadata: new () => Metadata;
  readonly credentials: {
    createInsecure(): unknown;
    createSsl(
      ca: Buffer | null,
      key: Buffer | null,
      cert: Buffer | null,
      checks?: { readonly checkServerIdentity: (name: string, peer: PeerCertificate) => Error | undefined },
    ): unknown;
  };
}

/** Its status codes. */
export const CODE = {
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  OUT_OF_RANGE: 11,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

export function grpc(): Grpc {
  try {
    return require('@grpc/grpc-js') as Grpc;
  } catch (cause) {
    throw new IptcError('ERR_NO_SUPPORT', 'Cannot talk to etcd: there is no @grpc/grpc-js', {
      hint: 'Install it beside this package: npm install @grpc/grpc-js',
      cause,
    });
  }
}
