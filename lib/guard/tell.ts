/** Tells others of bans: a URL, or a command without a shell. Nothing waits for them, and what they leave undone is told. */
import { execFile } from 'node:child_process';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Ban } from '../bans/ban';
import type { Notify } from './config';

/** So many wait at most, and so many are told at once. */
const WAITING = 1000;
const AT_ONCE = 4;
const TIMEOUT = 5000;
/** A command may take so long. */
const RUNTIME = 10_000;

export type Event = 'ban' | 'unban' | 'expire';

export class Teller {
  private readonly waiting: (() => Promise<void>)[] = [];
  private running = 0;
  private dropped = 0;

  constructor(
    private readonly notify: Notify,
    private readonly trouble: (sentence: string) => void,
  ) {}

  tell(event: Event, ban: Ban): void {
    const { webhook, command, on = ['ban'] } = this.notify;
    if (!on.includes(event)) return;
    if (webhook) this.add(() => post(webhook.url, 1000 * (webhook.timeout ?? 0) || TIMEOUT, { event, ...plain(ban) }));
    if (command) this.add(() => run(command.map((word) => filled(word, event, ban))));
  }
  private add(work: () => Promise<void>): void {
    if (this.waiting.length >= WAITING) {
      if (this.dropped++ === 0) this.trouble(`More than ${WAITING} notifications wait: others are left out`);
      return;
    }
    this.waiting.push(work);
    this.next();
  }
  private next(): void {
    if (this.running >= AT_ONCE) return;
    const work = this.waiting.shift();
    if (!work) {
      this.dropped = 0;
      return;
    }
    this.running++;
    work()
      .catch((error: Error) => this.trouble(`Cannot tell of a ban: ${error.message}`))
      .finally(() => {
        this.running--;
        this.next();
      });
  }
}

const plain = ({ hits: _, ...ban }: Ban): object => ban;

/** Words of a log don't become words, nor options, of a command. */
function filled(word: string, event: Event, ban: Ban): string {
  const values: Readonly<Record<string, string>> = {
    event,
    address: ban.address,
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    reason: (ban.reason ?? '').replace(/[\x00-\x1f\x7f]/g, '?'),
    until: ban.until === undefined ? '' : new Date(ban.until).toISOString(),
    times: String(ban.times),
  };
  return word.replace(/\{(event|address|reason|until|times)\}/g, (_, name: string) => values[name]!);
}

function run([program, ...words]: readonly string[]): Promise<void> {
  const options = {
    timeout: RUNTIME,
    killSignal: 'SIGKILL',
    maxBuffer: 64 << 10,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  } as const;
  return new Promise((resolve, reject) => {
    const child = execFile(program!, words, options, (error) => {
      if (!error) resolve();
      else if (error.killed) reject(new Error(`${program} took longer than ${RUNTIME / 1000} s, and was ended`));
      else reject(new Error(`${program} ended with ${error.code ?? error.signal}`));
    });
    child.stdin?.end();
  });
}

function post(url: string, timeout: number, value: object): Promise<void> {
  const body = JSON.stringify(value);
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      agent: false,
    });
    // As a whole, however slowly it answers.
    const timer = setTimeout(
      () => sent.destroy(new Error(`${url} did not answer within ${timeout / 1000} s`)),
      timeout,
    );
    sent.on('close', () => clearTimeout(timer));
    sent.on('error', reject);
    sent.on('response', (response) => {
      const { statusCode = 0 } = response;
      response.destroy(); // what it says besides isn't read
      if (statusCode >= 200 && statusCode < 300) resolve();
      else reject(new Error(`${url} answered ${statusCode}`));
    });
    sent.end(body);
  });
}
