/**
 * The file by which bans outlive a reboot: a line of JSON for each thing that was done. A line counts once it is on the
 * disk; lines that are written together get there together. What a killed process left half written is no line.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { IptcError } from '../errors';
import { makeFolder, replaceFile } from '../persist/replace';
import { System } from '../persist/system';
import { Slice } from '../slice';
import { type Entry, entryOf } from './entry';

const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK, O_NOFOLLOW } = constants;

export type { Entry };

const failure = (path: string, error: unknown): IptcError => {
  const { message, errno, syscall, code } = error as NodeJS.ErrnoException;
  const isLink = code === 'ELOOP' && syscall === 'open';
  return new IptcError('ERR_IO', `Cannot keep bans in ${path}: ${isLink ? 'it is a symbolic link' : message}`, {
    file: path,
    errno: errno === undefined ? undefined : Math.abs(errno),
    syscall,
    hint: isLink ? 'Give the path of the file that it leads to.' : undefined,
    cause: error,
  });
};

/** Milliseconds until what others have written is heard, at the latest. */
const LOOK = 1000;

/**
 * A pipe would be waited for without end, a link leads to somebody else's file, and so may another name of the same one:
 * that one stays as it is, and here is a copy.
 */
async function fileAt(path: string): Promise<{ readonly file: FileHandle; readonly inode: number }> {
  const file = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW, 0o600);
  const found = await file.stat();
  if (found.isFile() && found.nlink === 1) return { file, inode: found.ino };
  try {
    if (!found.isFile()) throw new Error('it is no regular file');
    await replaceFile(new System(), path, await file.readFile());
  } finally {
    await file.close();
  }
  return fileAt(path);
}

/** Other processes may write the same file, and write it anew: each hears of what the others have written. */
export class Journal {
  private waiting: string[] = [];
  /** The write that will have what waits; and the end of all that was begun. */
  private batch: Promise<void> | undefined;
  private turn: Promise<void> = Promise.resolve();
  private compaction: Promise<void> | undefined;
  /** Lines in the file, and how many of its bytes are known. */
  private lines = 0;
  private known = 0;
  /** The file may end with the half of a line, which a killed process left, or a full disk. */
  private torn = false;
  private timer: NodeJS.Timeout | undefined;
  private living: () => Iterable<Entry> = () => [];
  private heard: (entries: readonly Entry[]) => void = () => {};

  private constructor(
    readonly path: string,
    private file: FileHandle,
    private inode: number,
  ) {}

  /** Opens it, and gives what is in it. Lines that say nothing are passed over. ERR_IO. */
  static async open(path: string): Promise<{ readonly journal: Journal; readonly entries: readonly Entry[] }> {
    try {
      await makeFolder(dirname(path));
      const { file, inode } = await fileAt(path);
      const journal = new Journal(path, file, inode);
      const entries = (await journal.read()).flatMap(entryOf);
      return { journal, entries };
    } catch (error) {
      throw failure(path, error);
    }
  }

  /** The whole lines behind what is known. */
  private async read(): Promise<string[]> {
    const { size } = await this.file.stat();
    const bytes = Buffer.alloc(Math.max(0, size - this.known));
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await this.file.read(bytes, length, bytes.length - length, this.known + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    const whole = bytes.subarray(0, length).lastIndexOf(10) + 1;
    this.torn = whole < length;
    this.known += whole;
    const lines = bytes.toString('utf8', 0, whole).split('\n');
    lines.pop();
    this.lines += lines.length;
    return lines;
  }
  /**
   * Hears what others have written besides so many bytes. False if another file is in the place of this one now, or none,
   * or less of it.
   */
  private async listen(bytes = 0, lines = 0): Promise<boolean> {
    const there = await stat(this.path).catch(() => undefined);
    const isSame = there?.ino === this.inode && there.size >= this.known + bytes;
    if (isSame && there.size === this.known + bytes) {
      this.known += bytes;
      this.lines += lines;
      return true;
    }
    const found = await this.read();
    if (there && there.ino !== this.inode) {
      await this.use(await fileAt(this.path));
      found.push(...(await this.read()));
    } else if (!isSame) await this.renew();
    // What waits is later than what is there.
    this.heard([...found, ...this.waiting].flatMap(entryOf));
    return isSame;
  }
  private async use({ file, inode }: Awaited<ReturnType<typeof fileAt>>): Promise<void> {
    const old = this.file;
    [this.file, this.inode, this.known, this.lines, this.torn] = [file, inode, 0, 0, false];
    await old.close();
  }
  /** Who knows all that is so, and is told of lines that others have written, with those around them. */
  follow(living: () => Iterable<Entry>, heard: (entries: readonly Entry[]) => void): void {
    [this.living, this.heard] = [living, heard];
    this.timer ??= setInterval(() => this.look(), LOOK).unref();
  }
  private look(): void {
    this.take(async () => {
      await this.listen();
    }).catch(() => {}); // the next write says it
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
      let text: string;
      do {
        text = `${this.torn ? '\n' : ''}${lines.join('\n')}\n`;
        this.torn = true;
        await this.file.appendFile(text);
        await this.file.datasync();
        this.torn = false;
      } while (!(await this.listen(Buffer.byteLength(text), lines.length)));
    } catch (error) {
      throw failure(this.path, error);
    }
  }

  /** Whether most of its lines say what isn't so any more. */
  isStale(living: number): boolean {
    return this.lines > 1000 + 2 * living;
  }
  /**
   * Writes it anew, with what is so; the old one stays until the new one is on the disk. Whoever asks while that is under
   * way waits for it.
   */
  compact(): Promise<void> {
    this.compaction ??= this.take(async () => {
      await this.listen();
      await this.renew();
    }).finally(() => {
      this.compaction = undefined;
    });
    return this.compaction;
  }
  private async renew(): Promise<void> {
    let count = 0;
    const { living, inode } = this;
    const lines = async function* () {
      const slice = new Slice();
      for (const entry of living()) {
        count++;
        yield JSON.stringify(entry);
        if (slice.over) await slice.next();
      }
    };
    const check = async () => {
      const there = await stat(this.path).catch(() => undefined);
      if (there && there.ino !== inode) throw new Error('another process has just written it anew');
    };
    await replaceFile(new System(), this.path, lines(), { check });
    // What others have written into the old one meanwhile.
    const late = await this.read();
    await this.use(await fileAt(this.path));
    this.known = (await this.file.stat()).size;
    this.lines = count;
    if (late.length === 0) return;
    await this.file.appendFile(`${late.join('\n')}\n`);
    await this.file.datasync();
  }
  async close(): Promise<void> {
    clearInterval(this.timer);
    await (this.batch ?? this.turn).catch(() => {});
    await this.file.close();
  }
}
