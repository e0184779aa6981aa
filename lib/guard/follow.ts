/** A log file, followed: also when it is moved away and begun anew, or cut, as logrotate does either. */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { nextTurn } from '../clock';
import { Lines } from './lines';

const PIECE = 64 << 10;
/** So many bytes before a place tell whether the file is still the same before it. */
const KNOWN = 64;

/** How far a file has been read. */
export interface Place {
  readonly inode: number;
  readonly at: number;
}

export interface Heard {
  line(text: string): void;
  /** What is wrong with the file, in a sentence. */
  trouble(message: string): void;
}

export class Follow {
  private file: FileHandle | undefined;
  private inode = 0;
  private at = 0;
  /** The bytes before the place. */
  private before = Buffer.alloc(0);
  private readonly lines: Lines;
  /** What was told last, so that it is told once. */
  private told: string | undefined;
  private first = true;

  constructor(
    readonly path: string,
    private readonly heard: Heard,
    private readonly from: Place | undefined,
  ) {
    this.lines = new Lines(
      (text) => heard.line(text),
      () => heard.trouble(`A line of ${path} is too long, and passed over`),
    );
  }
  /** The beginning of the line that hasn't ended. */
  get place(): Place | undefined {
    return this.file && { inode: this.inode, at: this.at - this.lines.pending };
  }

  /** Reads what has come since. */
  async poll(): Promise<void> {
    try {
      const now = await stat(this.path);
      if (!now.isFile()) throw new Error('it is no file');
      if (this.file && now.ino !== this.inode) {
        await this.read(); // what was written before it was moved away
        await this.close();
      }
      if (!this.file) await this.begin(now.size);
      await this.read();
      this.told = undefined;
    } catch (error) {
      this.tell(`Cannot read ${this.path}: ${(error as Error).message}`);
      // One that is gone is read to its end.
      if (this.file) await this.read().catch(() => {});
    }
    this.first = false;
  }
  private tell(message: string): void {
    if (this.told !== message) this.heard.trouble(message);
    this.told = message;
  }
  /** Where it was; at the end of what there is at the first start; or all of a new one. */
  private async begin(size: number): Promise<void> {
    const file = await open(this.path, 'r');
    const { ino } = await file.stat();
    this.lines.forget();
    this.file = file;
    this.inode = ino;
    this.at = 0;
    if (this.first) {
      if (!this.from) this.at = size;
      else if (this.from.inode === ino && this.from.at <= size) this.at = this.from.at;
    }
    this.before = Buffer.alloc(0);
    await this.remember();
  }
  private async remember(): Promise<void> {
    const length = Math.min(KNOWN, this.at);
    const bytes = Buffer.alloc(length);
    await this.file!.read(bytes, 0, length, this.at - length);
    this.before = bytes;
  }
  private async read(): Promise<void> {
    const file = this.file!;
    const { size } = await file.stat();
    if (size === this.at) return;
    if (size < this.at || !(await this.isSame())) {
      // It was cut, and perhaps has grown again.
      this.lines.forget();
      this.at = 0;
    }
    const piece = Buffer.alloc(PIECE);
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, PIECE, this.at);
      if (bytesRead === 0) break;
      this.at += bytesRead;
      this.lines.take(piece.subarray(0, bytesRead));
      await nextTurn();
    }
    await this.remember();
  }
  private async isSame(): Promise<boolean> {
    const { length } = this.before;
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await this.file!.read(bytes, 0, length, this.at - length);
    return bytesRead === length && bytes.equals(this.before);
  }
  async close(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.close();
  }
}
