import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(__dirname, '../..');

/** What the lines of a child find there. They are JavaScript, on the addon itself: nothing stands between. */
const PRELUDE = `
  const { Session, Netlink } = require(${JSON.stringify(require.resolve('node-gyp-build'))})(${JSON.stringify(ROOT)});
  const { Worker } = require('node:worker_threads');
  const fs = require('node:fs');
  const bytes = (hex) => Buffer.from(hex, 'hex');
  const options = { wait: 0, interval: 10, keepPolicyCounters: true, chainsCapture: false };
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const open = (more) => new Session({ family: 4, ...more });
`;

export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** Milliseconds since the start. */
  readonly after: number;
}

/** A Node process of its own, for what may end or break a process. */
export class Child {
  readonly ending: Promise<Ending>;
  private readonly process: ChildProcess;
  private readonly lines: AsyncIterator<string>;

  /** `values` are constants that the code finds under their names. */
  constructor(
    code: string,
    values: Record<string, unknown> = {},
    env: Record<string, string> = {},
    flags: string[] = [],
  ) {
    const constants = Object.entries(values).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
    const start = Date.now();
    this.process = spawn(process.execPath, [...flags, '-e', `${PRELUDE}${constants.join('\n')}\n${code}`], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stderr: Buffer[] = [];
    this.process.stderr!.on('data', (chunk: Buffer) => stderr.push(chunk));
    this.process.stdin!.on('error', () => {}); // it has ended
    this.lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
    this.ending = new Promise((resolve) => {
      this.process.on('close', (status, signal) =>
        resolve({ status, signal, stderr: Buffer.concat(stderr).toString(), after: Date.now() - start }),
      );
    });
  }

  /** The next line that it prints. */
  async line(): Promise<string> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`It ended: ${JSON.stringify(await this.ending)}`);
    return value;
  }

  /** What it prints next, as data. */
  async json<T>(): Promise<T> {
    return JSON.parse(await this.line()) as T;
  }

  /** Writes a line to its standard input. */
  say(line: string): void {
    this.process.stdin!.write(`${line}\n`);
  }
  /** No more will be said. */
  hush(): void {
    this.process.stdin!.end();
  }
  kill(): void {
    this.process.kill('SIGKILL');
  }
}

export const hex = (program: Uint8Array): string => Buffer.from(program).toString('hex');
