/**
 * A small network for the examples: this process's namespace is the server, another one is a client at the end of a
 * cable. scripts/in-namespace has seen to it that neither is the host's, and takes both away when the example ends.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { connect, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';

const CLIENT = 'iptc-client';
const CLIENT_MAC = '02:00:00:00:00:02';
const SERVER_MAC = '02:00:00:00:00:01';
/** Over IPv6 an ICMP answer to a connection is noticed only when its second SYN goes out, after a second. */
const PATIENCE = 1500;

export type Outcome = 'open' | 'refused' | 'timeout' | 'prohibited';

export class Lab {
  readonly #servers: Server[];
  readonly #client: ChildProcess;
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  #attempts = 0;

  private constructor(servers: Server[], client: ChildProcess) {
    this.#servers = servers;
    this.#client = client;
    client.on('message', ({ id, outcome }: { id: number; outcome: Outcome }) => this.#waiting.get(id)?.(outcome));
  }

  /** Lays the cable, gives both ends their addresses, and serves the ports. */
  static async open(options: { server: string[]; client: string[]; ports: number[] }): Promise<Lab> {
    const { server, client, ports } = options;
    ip('netns', 'add', CLIENT);
    ip(
      'link',
      'add',
      'eth0',
      'address',
      SERVER_MAC,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'address',
      CLIENT_MAC,
      'netns',
      CLIENT,
    );
    ends(['-n', CLIENT], client, server, SERVER_MAC);
    ends([], server, client, CLIENT_MAC);
    const servers = await Promise.all(ports.map(serve));
    const helper = spawn(
      'nsenter',
      [`--net=/run/netns/${CLIENT}`, process.execPath, fileURLToPath(import.meta.url), 'client'],
      {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      },
    );
    return new Lab(servers, helper);
  }

  /** What becomes of a connection that the client opens. */
  attempt(to: string, port: number, from?: string): Promise<Outcome> {
    const id = ++this.#attempts;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#client.send({ id, to, port, from });
    });
  }

  close(): void {
    this.#client.disconnect();
    for (const server of this.#servers) server.close();
    ip('netns', 'delete', CLIENT);
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
}

/** Addresses of one end, and the other end's by heart: a firewall that drops everything drops neighbour discovery. */
function ends(where: string[], own: string[], others: string[], mac: string): void {
  ip(...where, 'link', 'set', 'lo', 'up');
  ip(...where, 'link', 'set', 'eth0', 'up');
  for (const address of own)
    ip(...where, 'address', 'add', address, 'dev', 'eth0', ...(address.includes(':') ? ['nodad'] : []));
  for (const address of others)
    ip(...where, 'neighbour', 'replace', address.replace(/\/.*/, ''), 'lladdr', mac, 'dev', 'eth0', 'nud', 'permanent');
}

function serve(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.on('error', () => {}).resume());
    server.once('error', reject).listen({ port, host: '::' }, () => resolve(server));
    server.unref();
  });
}

function tryTo({ to, port, from }: { to: string; port: number; from?: string }): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: to, port, localAddress: from });
    const settle = (outcome: Outcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => settle('timeout'), PATIENCE);
    socket.once('connect', () => settle('open'));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => settle(code === 'ECONNREFUSED' ? 'refused' : 'prohibited'));
  });
}

if (process.argv[2] === 'client') {
  process.on('message', async (request: { id: number; to: string; port: number }) => {
    process.send?.({ id: request.id, outcome: await tryTo(request) });
  });
  process.on('disconnect', () => process.exit());
}
