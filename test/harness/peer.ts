import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Netns } from './netns';

/**
 * What becomes of a packet, as its sender sees it. `unreachable:` is followed by what the answer said: the errno of a
 * connection (EHOSTUNREACH for icmp-host-prohibited), ping's words for a ping (`unreachable:host-prohibited`).
 */
export type Outcome = 'open' | 'refused' | 'timeout' | `unreachable:${string}`;

export interface ProbeOptions {
  /** Milliseconds to wait for an answer; 1,500 unless told. */
  readonly timeout?: number;
  /** The address that it comes from. */
  readonly from?: string;
}

/** How much traffic one peer may cause. */
const MAX_PROBES = 2_000;
const MAX_TIMEOUT = 5_000;
/** A connection over IPv6 learns of an ICMP answer only after it has sent its SYN again, a second later. */
const DEFAULT_TIMEOUT = 1_500;

type Request =
  | { readonly type: 'listen'; readonly protocol: 'tcp' | 'udp'; readonly port: number }
  | {
      readonly type: 'tcp' | 'udp';
      readonly address: string;
      readonly port: number;
      readonly timeout: number;
      readonly from?: string;
    };

/**
 * A host on the test's network: one helper process that lives in a namespace, serves and connects.
 *
 *     const server = new Peer(there);
 *     await server.listenTcp(22);
 *     expect(await new Peer(here).tcp('10.0.0.1', 22)).toBe('open');
 */
export class Peer {
  readonly #netns: Netns;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  #requests = 0;

  constructor(netns: Netns) {
    this.#netns = netns;
    this.#process = spawn(
      'nsenter',
      [`--net=${netns.path}`, '--', process.execPath, join(__dirname, 'peer-process.js')],
      {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      },
    );
    this.#process.on('message', ({ id, result, error }: { id: number; result?: never; error?: string }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result as never);
      else waiting?.reject(new Error(error));
    });
    this.#process.on('exit', (status, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`The peer has ended: ${signal ?? status}`));
      this.#waiting.clear();
    });
  }

  /** Serves a TCP port on all addresses; connections are accepted and closed by the client. */
  listenTcp(port: number): Promise<void> {
    return this.#request({ type: 'listen', protocol: 'tcp', port });
  }

  /** Serves a UDP port on all addresses: sends back what comes. */
  listenUdp(port: number): Promise<void> {
    return this.#request({ type: 'listen', protocol: 'udp', port });
  }

  /** Opens a connection and closes it. */
  tcp(address: string, port: number, options: ProbeOptions = {}): Promise<Outcome> {
    return this.#request({ type: 'tcp', address, port, ...limited(options) });
  }

  /** Sends a datagram; `open` if it comes back. */
  udp(address: string, port: number, options: ProbeOptions = {}): Promise<Outcome> {
    return this.#request({ type: 'udp', address, port, ...limited(options) });
  }

  /** One echo request. */
  async ping(address: string, options: ProbeOptions = {}): Promise<Outcome> {
    const { timeout, from } = limited(options);
    const source = from === undefined ? [] : ['-I', from];
    const args = [address.includes(':') ? '-6' : '-4', '-n', '-c', '1', ...source, address];
    const { stdout, stderr, status } = await this.#netns.exec('ping', args, { timeout });
    if (status === 0) return 'open';
    const answer = /icmp_seq=\d+ (?:Destination (?:unreachable: )?)?(.+)/.exec(stdout)?.[1];
    if (answer !== undefined) return `unreachable:${answer.trim().toLowerCase().replace(/\W+/g, '-')}`;
    if (status === 137) return 'timeout'; // killed
    throw new Error(`ping ${address}: ${stderr.trim()}`);
  }

  /** Ends the helper process and its connections; settles when it is gone. */
  close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#process.once('exit', () => resolve());
      this.#process.kill('SIGKILL');
    });
  }

  #request<Result>(request: Request): Promise<Result> {
    return new Promise((resolve, reject) => {
      const id = this.#requests++;
      if (id >= MAX_PROBES) throw new Error(`A peer may send ${MAX_PROBES} probes at most`);
      this.#waiting.set(id, { resolve: resolve as (result: never) => void, reject });
      this.#process.send({ id, ...request }, (error) => {
        if (error) reject(error);
      });
    });
  }
}

/** Why there is no ping, or undefined if there is. */
export function lacksPing(): string | undefined {
  return spawnSync('ping', ['-V']).error ? 'no ping' : undefined;
}

function limited({ timeout = DEFAULT_TIMEOUT, ...options }: ProbeOptions): ProbeOptions & { readonly timeout: number } {
  return { ...options, timeout: Math.min(timeout, MAX_TIMEOUT) };
}
