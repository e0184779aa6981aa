/** journald's messages of some units, by a journalctl that goes on. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { System } from '../persist/system';
import { Lines } from './lines';

/** Milliseconds until it is begun again when it has ended. */
const AGAIN = [1000, 5000, 30_000] as const;

export interface Message {
  readonly unit: string;
  readonly text: string;
  readonly at: number;
}

export class Journald {
  private child: ChildProcess | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private ends = 0;
  /** In seconds since 1970. */
  private readonly begun = Date.now() / 1000;

  constructor(
    private readonly system: System,
    private readonly units: readonly string[],
    private cursor: string | undefined,
    private readonly heard: { message(message: Message): void; trouble(sentence: string): void },
  ) {}
  /** The last message that was heard. */
  get place(): string | undefined {
    return this.cursor;
  }

  start(): void {
    const program = this.system.find('journalctl');
    if (program === undefined) {
      this.heard.trouble(`Cannot follow the messages of ${this.units.join(', ')}: there is no journalctl`);
      return;
    }
    // Not -n 0: of a unit that has said nothing yet it would pass over the first messages (seen of systemd 252).
    const from = this.cursor === undefined ? `--since=@${this.begun}` : `--after-cursor=${this.cursor}`;
    const units = this.units.flatMap((unit) => ['-u', unit]);
    const child = spawn(program, ['-f', '-q', '-o', 'json', '--no-tail', from, ...units], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    });
    this.child = child;
    const lines = new Lines(
      (text) => this.take(text),
      () => this.heard.trouble('A message of journald is too long, and passed over'),
    );
    child.stdout!.on('data', (chunk: Buffer) => lines.take(chunk));
    child.on('error', (error) => this.heard.trouble(`Cannot run ${program}: ${error.message}`));
    child.on('close', () => this.ended());
  }
  private ended(): void {
    this.child = undefined;
    if (this.stopped) return;
    const wait = AGAIN[Math.min(this.ends++, AGAIN.length - 1)]!;
    this.heard.trouble(`journalctl has ended: it begins again in ${wait / 1000} s`);
    this.timer = setTimeout(() => this.start(), wait);
  }
  private take(line: string): void {
    const message = messageOf(line);
    if (!message) return;
    this.ends = 0;
    this.cursor = message.cursor ?? this.cursor;
    this.heard.message(message);
  }
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    const { child } = this;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill();
    await ended;
  }
}

/** As syslog would have it, without time and host: `sshd[123]: Failed …`. What isn't UTF-8 comes as bytes. */
export function messageOf(line: string): (Message & { readonly cursor: string | undefined }) | undefined {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null) return undefined;
  const { MESSAGE, SYSLOG_IDENTIFIER, _COMM, _PID, _SYSTEMD_UNIT, __REALTIME_TIMESTAMP, __CURSOR } = read as Record<
    string,
    unknown
  >;
  const text = Array.isArray(MESSAGE) ? Buffer.from(MESSAGE as number[]).toString('utf8') : MESSAGE;
  const at = Number(__REALTIME_TIMESTAMP) / 1000;
  if (typeof text !== 'string' || !Number.isFinite(at)) return undefined;
  return {
    unit: String(_SYSTEMD_UNIT),
    text: `${SYSLOG_IDENTIFIER ?? _COMM}${_PID === undefined ? '' : `[${_PID}]`}: ${text}`,
    at,
    cursor: typeof __CURSOR === 'string' ? __CURSOR : undefined,
  };
}
