/**
 * A fleet on one machine: this process's own namespace has etcd and a bridge; each host is a namespace at the end of a
 * cable, with tables, an agent that is a process of its own, and a server that answers while its rules let it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { newKeys } from '../../lib/fleet';
import { Netns } from '../harness/netns';
import { Peer } from '../harness/peer';
import { temporaryFolder } from '../harness/temporary';

const IPTC = join(__dirname, '../../dist/cli/iptc.js');
/** What the hosts serve, beside whatever the policies say. */
export const PORT = 8080;
export const HUB = '10.9.0.1';
export const keys = newKeys();
const files = temporaryFolder('fleet-keys');
writeFileSync(join(files, 'key.pem'), keys.private);
writeFileSync(join(files, 'keys'), `# those who publish\n${keys.public}\n`);
export const KEY = join(files, 'key.pem');
export const KEYS = join(files, 'keys');

const ip = (...args: string[]) =>
  execFileSync('ip', args, { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });

/** Only where nothing but loopback is: scripts/in-namespace has seen to that. */
export function openHub(): void {
  const others = Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
  if (others.length > 0) throw new Error(`This is no namespace of the test's own: it has ${others.join(', ')}`);
  ip('link', 'add', 'hub', 'type', 'bridge');
  ip('address', 'add', `${HUB}/24`, 'dev', 'hub');
  ip('link', 'set', 'hub', 'up');
}
export function closeHub(): void {
  ip('link', 'delete', 'hub');
}

/** A cable from the hub to a namespace. */
export function plug(netns: Netns, device: string, address: string): void {
  ip('link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netns.name);
  ip('link', 'set', device, 'master', 'hub', 'up');
  netns.ip('address', 'add', `${address}/24`, 'dev', 'eth0');
  netns.ip('link', 'set', 'eth0', 'up');
}

export class FleetHost {
  readonly netns = new Netns();
  readonly address: string;
  readonly state: string;
  /** What the agent has said, since it was started last. */
  said = '';
  private readonly server: Peer;
  private agent: ChildProcess | undefined;

  private constructor(
    readonly name: string,
    private readonly number: number,
    private readonly url: string,
    private readonly args: readonly string[],
  ) {
    this.address = `10.9.0.${10 + number}`;
    this.state = temporaryFolder(`fleet-${name}`);
    plug(this.netns, `host${number}`, this.address);
    this.server = new Peer(this.netns);
  }
  static async open(name: string, number: number, url: string, args: readonly string[] = []): Promise<FleetHost> {
    const host = new FleetHost(name, number, url, args);
    await host.server.listenTcp(PORT);
    return host;
  }

  /** Its agent, until it is killed. */
  start(): void {
    const words = [
      ...['--store', this.url, '--keys', KEYS, '--state', this.state, '--host', this.name, '--group', 'web'],
      ...['--ttl', '3', '--interval', '1', '--confirm', '12', ...this.args],
    ];
    this.said = '';
    const env = { ...process.env, XTABLES_LOCKFILE: join(this.state, 'lock') };
    const agent = spawn(
      'nsenter',
      [`--net=${this.netns.path}`, '--', process.execPath, IPTC, 'fleet', 'agent', ...words],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env,
      },
    );
    for (const stream of [agent.stdout, agent.stderr])
      stream.on('data', (text: Buffer) => {
        this.said += text;
      });
    this.agent = agent;
  }
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { agent } = this;
    this.agent = undefined;
    if (!agent || agent.exitCode !== null || agent.signalCode !== null) return;
    const ended = once(agent, 'exit');
    agent.kill(signal);
    await ended;
  }

  /** Its cable is cut, or put in again. */
  cable(state: 'up' | 'down'): void {
    ip('link', 'set', `host${this.number}`, state);
  }
  /** Its agent may be writing: the lock is waited for. */
  run(...words: readonly string[]): string {
    const { stdout, stderr, status } = this.netns.execSync(process.execPath, [IPTC, '-w', '5', ...words], {
      env: { XTABLES_LOCKFILE: join(this.state, 'lock') },
    });
    if (status !== 0) throw new Error(`iptc ${words.join(' ')}: ${stderr}`);
    return stdout;
  }
  rules(chain: string): string[] {
    return this.run('-S', chain)
      .split('\n')
      .filter((line) => line.startsWith('-A'));
  }
  async close(): Promise<void> {
    await this.kill();
    await this.server.close();
    this.netns.close();
  }
}

/** `iptc fleet …`, here. */
export function fleet(url: string, ...words: readonly string[]) {
  const child = spawn(process.execPath, [IPTC, 'fleet', ...words, '--store', url], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (more: Buffer) => {
      text += more;
    });
  return new Promise<{ readonly status: number | null; readonly text: string }>((resolve) =>
    child.on('close', (status) => resolve({ status, text })),
  );
}
