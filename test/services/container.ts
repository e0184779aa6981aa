import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Output {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT = 60_000;

/** A booted machine: systemd, firewalld, tables of its own. What is changed in it is gone with it. */
export class Container {
  private process!: ChildProcess;
  private log = '';
  private leader = 0;

  /** Boots it, and waits until systemd has started everything. */
  async start(): Promise<void> {
    const { ROOT = '', PACKAGE = '' } = process.env;
    const command = [join(__dirname, 'boot'), ROOT, PACKAGE, process.execPath];
    // Whatever is in it ends with this process.
    const flags = ['--mount', '--propagation', 'private', '--pid', '--fork', '--mount-proc', '--kill-child'];
    this.process = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...flags, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout!, this.process.stderr!])
      stream.on('data', (piece: Buffer) => {
        this.log += piece;
      });
    await this.booted();
    // As npm links them.
    for (const [name, file] of [
      ['iptc', 'iptc'],
      ['ip6tc', 'iptc'],
      ['iptc-restore', 'iptc-restore'],
      ['ip6tc-restore', 'iptc-restore'],
    ] as const)
      await this.run('ln', '-s', `/opt/libiptc/dist/cli/${file}.js`, `/usr/bin/${name}`);
  }

  private async booted(): Promise<void> {
    const before = this.leader;
    for (let i = 0; i < 300; i++) {
      const leader = this.findLeader();
      if (leader !== undefined && leader !== before) {
        this.leader = leader;
        const { stdout } = await this.exec('systemctl', ['is-system-running', '--wait']).catch(() => ({ stdout: '' }));
        if (/running|degraded/.test(stdout)) return;
      }
      if (this.process.exitCode !== null) break;
      await sleep(200);
    }
    throw new Error(`The container does not boot: ${this.log}`);
  }

  /** unshare -> boot -> systemd-nspawn -> systemd */
  private findLeader(): number | undefined {
    let pid = this.process.pid!;
    for (let depth = 0; depth < 3; depth++) {
      const child = childrenOf(pid)[0];
      if (child === undefined) return undefined;
      pid = child;
    }
    return pid;
  }

  async reboot(): Promise<void> {
    await this.exec('systemctl', ['reboot']);
    await this.booted();
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    if (this.process.exitCode === null && this.process.signalCode === null) await ended;
  }

  /** Runs a command in it; any exit status is an answer. */
  exec(command: string, args: readonly string[] = [], input = '', env: Record<string, string> = {}): Promise<Output> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        'nsenter',
        ['-t', String(this.leader), '-m', '-u', '-i', '-n', '-p', '--', command, ...args],
        {
          encoding: 'utf8',
          timeout: TIMEOUT,
          env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', LIBIPTC_BACKEND: 'legacy', ...env },
        },
        (error, stdout, stderr) => {
          if (error && typeof error.code !== 'number') return reject(new Error(`${command}: ${error.message}`));
          resolve({ status: error ? Number(error.code) : 0, stdout, stderr });
        },
      );
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
  }
  /** What a command prints; throws if it fails. */
  async run(command: string, ...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.exec(command, args);
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit status ${status}: ${stderr || stdout}`);
    return stdout;
  }
  iptc(...args: readonly string[]): Promise<Output> {
    return this.exec('node', ['/opt/libiptc/dist/cli/iptc.js', ...args]);
  }
  /** JavaScript with the package at hand: what `return`s comes back as data. */
  async script<T>(code: string): Promise<T> {
    const program = `(async () => {
      const { Firewall, IptcError } = require('/opt/libiptc');
      const { save, load, autosave } = require('/opt/libiptc/dist/persist');
      const services = require('/opt/libiptc/dist/services');
      ${code}
    })().then((value) => console.log(JSON.stringify(value ?? null)), (error) => console.log(JSON.stringify({ ...error, message: error.message })));`;
    return JSON.parse(await this.run('node', '-e', program)) as T;
  }

  async write(path: string, text: string, mode = '644'): Promise<void> {
    const { status, stderr } = await this.exec(
      'sh',
      ['-c', 'mkdir -p "$(dirname "$1")" && cat > "$1" && chmod "$2" "$1"', 'sh', path, mode],
      text,
    );
    if (status !== 0) throw new Error(`${path}: ${stderr}`);
  }
  read(path: string): Promise<string> {
    return this.run('cat', path);
  }
  async active(unit: string): Promise<string> {
    return (await this.exec('systemctl', ['is-active', unit])).stdout.trim();
  }
  async enabled(unit: string): Promise<string> {
    return (await this.exec('systemctl', ['is-enabled', unit])).stdout.trim();
  }
  /** The filter table's rules and policies, as iptables-legacy says them. */
  async rules(command: 'iptables' | 'ip6tables' = 'iptables'): Promise<string[]> {
    return (await this.run(`${command}-legacy`, '-S')).trim().split('\n');
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
