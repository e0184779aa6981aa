import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit status; 128 and the signal's number, as in a shell, if a signal ended it. */
  readonly status: number;
}

export interface ExecOptions {
  readonly input?: string | Uint8Array;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which the command is killed; 20 seconds unless told. */
  readonly timeout?: number;
}

const TIMEOUT = 20_000;
const MAX_OUTPUT = 512 << 20;

/** Those still there when the process ends. After a SIGKILL, scripts/in-namespace takes them down. */
const open = new Set<Netns>();
process.on('exit', () => {
  for (const netns of open) netns.close();
});

/** A network namespace of a test's own. Everything in it, tables, devices and addresses, goes with it. */
export class Netns {
  readonly name = `iptc-${process.pid}-${randomBytes(4).toString('hex')}`;
  readonly path = `/run/netns/${this.name}`;

  constructor() {
    run('ip', ['netns', 'add', this.name]);
    open.add(this);
    this.ip('link', 'set', 'lo', 'up');
  }

  /** Runs a command in the namespace; any exit status is an answer. Blocks the event loop: see exec(). */
  execSync(command: string, args: readonly string[] = [], options: ExecOptions = {}): Output {
    const result = spawnSync('nsenter', this.#enter(command, args), {
      input: options.input ?? '',
      env: environment(options),
      timeout: options.timeout ?? TIMEOUT,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT,
      encoding: 'utf8',
    });
    return output(result, command);
  }

  exec(command: string, args: readonly string[] = [], options: ExecOptions = {}): Promise<Output> {
    return new Promise((resolve, reject) => {
      const child = spawn('nsenter', this.#enter(command, args), {
        env: environment(options),
        timeout: options.timeout ?? TIMEOUT,
        killSignal: 'SIGKILL',
      });
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      child.on('error', reject);
      child.on('close', (status, signal) => {
        resolve({
          stdout: Buffer.concat(stdout).toString(),
          stderr: Buffer.concat(stderr).toString(),
          status: exitStatus(status, signal),
        });
      });
      child.stdin.on('error', () => {}); // it ended without reading its input
      child.stdin.end(options.input ?? '');
    });
  }

  /** `ip ARGS` in the namespace; throws if it fails. */
  ip(...args: string[]): string {
    return run('ip', ['-n', this.name, ...args]);
  }

  /** Sets a sysctl of the namespace: `sysctl('net.ipv4.ip_forward', 1)`. */
  sysctl(name: string, value: string | number): void {
    const file = `/proc/sys/${name.replace(/\./g, '/')}`;
    const { status, stderr } = this.execSync('sh', ['-c', 'echo "$1" > "$2"', 'sh', String(value), file]);
    if (status !== 0) throw new Error(`sysctl ${name} = ${value}: ${stderr}`);
  }

  /** Removes it. Harmless when done twice. The kernel takes it apart a little later, when nothing is in it any more. */
  close(): void {
    if (!open.delete(this)) return;
    spawnSync('ip', ['netns', 'delete', this.name]);
  }

  #enter(command: string, args: readonly string[]): string[] {
    return [`--net=${this.path}`, '--', command, ...args];
  }
}

/** One end of a cable. */
export interface End {
  readonly netns: Netns;
  readonly device: string;
  /** With their prefixes, `10.0.0.1/24` or `fd00::1/64`. */
  readonly addresses: readonly string[];
}

/** The hardware addresses of a cable's ends. */
export const LEFT_MAC = '02:00:00:00:00:01';
export const RIGHT_MAC = '02:00:00:00:00:02';

/**
 * Joins two namespaces by a veth pair. It works at once, and whatever the rules: both ends are up, no address waits to
 * be found unique, and each end knows its neighbour for good (a rule that drops everything drops neighbour discovery).
 */
export function vethPair(left: End, right: End): void {
  const peer = ['peer', 'name', right.device, 'address', RIGHT_MAC, 'netns', right.netns.name];
  left.netns.ip('link', 'add', left.device, 'address', LEFT_MAC, 'type', 'veth', ...peer);
  for (const { netns, device, addresses } of [left, right]) {
    netns.sysctl(`net.ipv6.conf.${device}.accept_dad`, 0);
    netns.ip('link', 'set', device, 'up');
    for (const address of addresses) netns.ip('address', 'add', address, 'dev', device);
  }
  learn(left, right, RIGHT_MAC);
  learn(right, left, LEFT_MAC);
}

function learn({ netns, device }: End, { addresses }: End, mac: string): void {
  for (const address of addresses) {
    netns.ip('neighbour', 'replace', address.replace(/\/.*/, ''), 'lladdr', mac, 'dev', device, 'nud', 'permanent');
  }
}

let reason: string | false | undefined;

/** Why no namespace can be made here, or undefined if it can. */
export function lacksNetns(): string | undefined {
  if (reason === undefined) {
    reason = false;
    try {
      new Netns().close();
    } catch (error) {
      reason = `no network namespaces: ${(error as Error).message}`;
    }
  }
  return reason || undefined;
}

/** Runs a command outside; throws what it says if it fails. */
function run(command: string, args: readonly string[]): string {
  const { stdout, stderr, status } = output(
    spawnSync(command, args, { env: environment({}), timeout: TIMEOUT, encoding: 'utf8' }),
    command,
  );
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.trim() || `exit status ${status}`}`);
  return stdout;
}

function output(result: SpawnSyncReturns<string>, command: string): Output {
  if (result.error && result.signal === null) throw new Error(`${command}: ${result.error.message}`);
  return { stdout: result.stdout, stderr: result.stderr, status: exitStatus(result.status, result.signal) };
}

function exitStatus(status: number | null, signal: NodeJS.Signals | null): number {
  return status ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** An ordinary user's PATH lacks the folders where ip, iptables and their like are. */
function environment({ env }: ExecOptions): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LC_ALL: 'C', ...env };
}
