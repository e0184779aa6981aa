/** Block lists of the guard's file: read when they have changed. */
import { stat } from 'node:fs/promises';
import type { Bans, IptcError } from '../bans';
import type { ListSettings } from './config';

const EVERY = 300;

export class BlockFiles {
  private readonly seen = new Map<string, { readonly at: number; readonly as: string }>();

  constructor(
    private readonly bans: Bans,
    private readonly lists: Readonly<Record<string, ListSettings>>,
    private readonly trouble: (sentence: string) => void,
  ) {}

  /** The next look reads all of them. */
  again(): void {
    this.seen.clear();
  }
  /** A list that is wrong, or isn't there, stays as it was. */
  async look(): Promise<void> {
    const now = Date.now();
    for (const [name, { file, format, every = EVERY }] of Object.entries(this.lists)) {
      const known = this.seen.get(name);
      if (known && now - known.at < 1000 * every) continue;
      let as = '';
      try {
        const found = await stat(file);
        if (!found.isFile()) throw new Error('it is no regular file'); // a pipe would be waited for without end
        const { ino, size, mtimeMs } = found;
        as = `${ino} ${size} ${mtimeMs}`;
        if (known?.as !== as) await this.bans.blocklist(name).refresh(file, format ? { format } : {});
      } catch (error) {
        const { message, line } = error as IptcError;
        this.trouble(`Cannot refresh list ${name}: ${line === undefined ? '' : `${file}:${line}: `}${message}`);
      }
      this.seen.set(name, { at: now, as });
    }
  }
}
