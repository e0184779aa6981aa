/** Lists that others publish, kept apart from bans: each is a set of its own, and is replaced as a whole. */
import { argument, type Check, fields, oneOf, optionsOf, path } from '../arguments';
import { IptcError, Mismatch } from '../errors';
import { type Place, placesOf } from './address';
import type { Barrier } from './barrier';
import { Book } from './book';
import { badLine } from './formats/format';
import { FORMAT_NAMES, type FormatName } from './formats/formats';
import { joined } from './join';
import { readList, textGiven, textOf } from './transfer';

export interface RefreshOptions {
  /** Seen by its lines unless told. */
  readonly format?: FormatName;
}
export interface Refreshed {
  /** How many networks and addresses there are in it now, joined. */
  readonly ipv4: number;
  readonly ipv6: number;
}
const refreshGiven = fields<RefreshOptions>({ format: oneOf(...FORMAT_NAMES) });
const NAME = /^[A-Za-z0-9_.-]{1,12}$/;
export const listName: Check<string> = (value) => {
  if (typeof value !== 'string' || !NAME.test(value))
    throw new Mismatch('a name of at most 12 letters and digits', value);
  return value;
};

export class Blocklist {
  /** @internal */
  constructor(
    readonly name: string,
    private readonly barriers: () => readonly Barrier[],
    private readonly cut: (places: Book<true>) => Promise<void>,
  ) {}

  /**
   * Makes what a file says what the list keeps away, of each family in a single step; a line that is wrong refuses the
   * whole, and nothing changes. Networks that overlap or adjoin are joined. ERR_BAD_TEXT, with file and line; ERR_IO.
   *
   * @example await bans.blocklist('drop').refresh('/etc/libiptc/drop.txt')
   */
  async refresh(file: string, options?: RefreshOptions): Promise<Refreshed> {
    const from = argument('refresh', 'file', file, path);
    const given = optionsOf('refresh', options, refreshGiven);
    const text = await textOf(from);
    try {
      return await this.fill(await placesIn(text, given));
    } catch (error) {
      throw error instanceof IptcError && error.line !== undefined ? error.within({ file: from }) : error;
    }
  }
  /** The same with a text. */
  async replace(text: string, options?: RefreshOptions): Promise<Refreshed> {
    const given = optionsOf('replace', options, refreshGiven);
    return this.fill(await placesIn(argument('replace', 'text', text, textGiven), given));
  }
  private async fill(places: readonly Place[]): Promise<Refreshed> {
    const of = { ipv4: joined(places, 'ipv4'), ipv6: joined(places, 'ipv6') };
    const book = new Book<true>();
    for (const barrier of this.barriers()) {
      const own = of[barrier.family];
      await barrier.fill(this.name, own);
      for (const place of own) book.set(place, [true]);
    }
    await this.cut(book);
    return { ipv4: of.ipv4.length, ipv6: of.ipv6.length };
  }
  /** Takes it away. Whether there was one. */
  async remove(): Promise<boolean> {
    const found = await Promise.all(this.barriers().map((barrier) => barrier.drop(this.name)));
    return found.includes(true);
  }
}

async function placesIn(text: string, options: RefreshOptions): Promise<Place[]> {
  const { listed } = await readList(text, options);
  return listed.flatMap(({ what, address, ports, line, file }) => {
    if (what === 'ban' && !ports) return placesOf(address);
    throw badLine('an address or a network as a whole', address, line ?? 0, file, 'Ban or allow it by itself.');
  });
}
