/** A real etcd, in the namespace of the test or one of its own: Debian's, which scripts/test-fleet fetches. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type EtcdOptions, etcdStore } from '../../lib/fleet';
import { temporaryFolder } from '../harness/temporary';

export interface EtcdPlace {
  /** Where it listens: 127.0.0.1 unless told. */
  readonly address?: string;
  readonly port?: number;
  /** The path of a network namespace. */
  readonly namespace?: string;
  /** Files of a certificate authority, and of its own certificate: it talks with nobody else's then. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Who is let in, to hear whether it answers. */
  readonly client?: Partial<EtcdOptions>;
  /** More of its options. */
  readonly options?: readonly string[];
}

export class Etcd {
  readonly folder = temporaryFolder('etcd');
  readonly url: string;
  private process: ChildProcess | undefined;

  constructor(private readonly place: EtcdPlace = {}) {
    const { address = '127.0.0.1', port = 2379 } = place;
    this.url = `${place.tls ? 'https' : 'http'}://${address}:${port}`;
  }

  get pid(): number {
    return this.process!.pid!;
  }
  /** Resolves when it answers. */
  async start(): Promise<void> {
    const { namespace, port = 2379, address = '127.0.0.1', tls, client, options = [] } = this.place;
    const peer = `http://${address}:${port + 1}`;
    const args = [
      ...['--data-dir', join(this.folder, 'data'), '--log-level', 'error', '--unsafe-no-fsync'],
      ...['--listen-client-urls', this.url, '--advertise-client-urls', this.url],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
      ...(tls
        ? ['--client-cert-auth', '--trusted-ca-file', tls.ca, '--cert-file', tls.cert, '--key-file', tls.key]
        : []),
      ...options,
    ];
    const program = process.env.ETCD ?? '/usr/bin/etcd';
    const log = openSync(join(this.folder, 'log'), 'a');
    const stdio = ['ignore', log, log] as const;
    const env = { PATH: process.env.PATH, ETCD_UNSUPPORTED_ARCH: process.arch === 'arm64' ? 'arm64' : undefined };
    this.process =
      namespace === undefined
        ? spawn(program, args, { stdio: [...stdio], env })
        : spawn('nsenter', [`--net=${namespace}`, '--', program, ...args], { stdio: [...stdio], env });
    if (namespace === undefined) await answers(this.url, client);
    else await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { process } = this;
    this.process = undefined;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, 'exit');
    process.kill(signal);
    await ended;
  }
  /** All that it has is gone. */
  wipe(): void {
    rmSync(join(this.folder, 'data'), { recursive: true, force: true });
  }
}

async function answers(url: string, client: Partial<EtcdOptions> = {}): Promise<void> {
  const store = etcdStore({ endpoints: [url], ...client });
  try {
    for (let attempt = 1; ; attempt++)
      try {
        await store.reach(1_000);
        return;
      } catch (error) {
        if (attempt > 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
  } finally {
    await store.close();
  }
}
