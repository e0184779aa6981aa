/**
 * The file by which bans outlive a reboot: a line of JSON for each thing that was done. A line counts once it is on the
 * disk; lines that are written together get there together. What a killed process left half written is no line.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { IptcError } from '../errors';
import { makeFolder, replaceFile } from '../persist/replace';
import { System } from '../persist/system';
import { Slice } from '../slice';
import type { Allowance, Ban } from './ban';

export type Entry =
  | { readonly ban: Omit<Ban, 'hits'> }
  | { readonly unban: string }
  | { readonly allow: Allowance }
  | { readonly disallow: string }
  | { readonly history: { readonly address: string; readonly times: number; readonly last: number } };

const failure = (path: string, error: unknown): IptcError => {
  const { message, errno, syscall } = error as NodeJS.ErrnoException;
  return new IptcError('ERR_IO', `Cannot keep bans in ${path}: ${message}`, {
    file: path,
    errno: errno === undefined ? undefined : Math.abs(errno),
    syscall,
    cause: error,
  });
};

export class Journal {
  private waiting: string[] = [];
  /** The write that will have what waits; and the end of all that was begun. */
  private batch: Promise<void> | undefined;
  private turn: Promise<void> = Promise.resolve();
  private compaction: Promise<void> | undefined;
  /** Lines in the file. */
  private lines = 0;

  private constructor(
    readonly path: string,
    private file: FileHandle,
  ) {}

  /** Opens it, and gives what is in it. Lines that say nothing are passed over. ERR_IO. */
  static async open(path: string): Promise<{ readonly journal: Journal; readonly entries: readonly Entry[] }> {
    try {
      await makeFolder(dirname(path));
      const file = await open(path, 'a+', 0o600);
      const text = await file.readFile('utf8');
      const whole = text.lastIndexOf('\n') + 1;
      // The half of a line; the next one begins a new line.
      if (whole < text.length) await file.truncate(Buffer.byteLength(text.slice(0, whole)));
      const entries = text.slice(0, whole).split('\n').flatMap(entryOf);
      const journal = new Journal(path, file);
      journal.lines = entries.length;
      return { journal, entries };
    } catch (error) {
      throw failure(path, error);
    }
  }

  /** Settles when it is on the disk. */
  append(entry: Entry): Promise<void> {
    this.waiting.push(JSON.stringify(entry));
    this.batch ??= this.take(() => this.write());
    return this.batch;
  }
  private take(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => {}); // told to whom it concerns
    return done;
  }
  private async write(): Promise<void> {
    const lines = this.waiting;
    this.waiting = [];
    this.batch = undefined;
    try {
      await this.file.appendFile(`${lines.join('\n')}\n`);
      await this.file.datasync();
    } catch (error) {
      throw failure(this.path, error);
    }
    this.lines += lines.length;
  }

  /** Whether most of its lines say what isn't so any more. */
  isStale(living: number): boolean {
    return this.lines > 1000 + 2 * living;
  }
  /**
   * Writes it anew, with what is so; the old one stays until the new one is on the disk. Whoever asks while that is under
   * way waits for it.
   */
  compact(entries: () => Iterable<Entry>): Promise<void> {
    this.compaction ??= this.rewrite(entries).finally(() => {
      this.compaction = undefined;
    });
    return this.compaction;
  }
  private rewrite(entries: () => Iterable<Entry>): Promise<void> {
    return this.take(async () => {
      let count = 0;
      const lines = async function* () {
        const slice = new Slice();
        for (const entry of entries()) {
          count++;
          yield JSON.stringify(entry);
          if (slice.over) await slice.next();
        }
      };
      await replaceFile(new System(), this.path, lines());
      const old = this.file;
      this.file = await open(this.path, 'a+', 0o600);
      this.lines = count;
      await old.close();
    });
  }
  async close(): Promise<void> {
    await (this.batch ?? this.turn).catch(() => {});
    await this.file.close();
  }
}

function entryOf(line: string): Entry[] {
  if (line === '') return [];
  try {
    const entry = JSON.parse(line) as unknown;
    return typeof entry === 'object' && entry !== null ? [entry as Entry] : [];
  } catch {
    return [];
  }
}
