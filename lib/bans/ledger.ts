/** Who is banned and allowed as far as this process knows, and how often who has been; nothing of the kernel. */
import { Mismatch } from '../errors';
import { type Place, placeOf } from './address';
import { type Allowance, type Ban, lasts, scopeOf } from './ban';
import { Book } from './book';
import { secondsOf } from './duration';
import type { Entry } from './entry';
import type { Recidive } from './options';

const FOUR_WEEKS = 28 * 86_400;
/** What is forgotten is looked for when there are so many more. */
const FORGOTTEN = 10_000;

export class Ledger {
  readonly bans = new Book<Ban>();
  readonly allowances = new Book<Allowance>();
  /** How often who has been banned, and when last. */
  private readonly history = new Map<string, { readonly times: number; readonly last: number }>();
  private looked = FORGOTTEN;

  constructor(private readonly recidive: Recidive | undefined) {}

  /** What is written when the journal is written anew. */
  get size(): number {
    return this.bans.size + this.allowances.size + this.history.size;
  }
  *entries(): Generator<Entry> {
    this.forget();
    for (const allow of this.allowances) if (lasts(allow)) yield { allow };
    for (const ban of this.bans) if (lasts(ban)) yield { ban };
    for (const [address, { times, last }] of this.history) yield { history: { address, times, last } };
  }

  /** The how manieth ban of a place it is. */
  timesOf({ text }: Place, now: number): number {
    const known = this.history.get(text);
    return known && this.remembers(known, now) ? known.times + 1 : 1;
  }
  private remembers({ last }: { readonly last: number }, now: number): boolean {
    return now - last <= 1000 * secondsOf(this.recidive?.memory ?? FOUR_WEEKS);
  }
  private forget(): void {
    const now = Date.now();
    for (const [address, known] of this.history) if (!this.remembers(known, now)) this.history.delete(address);
    this.looked = this.history.size + FORGOTTEN;
  }
  /** How long it is then. */
  secondsFor(given: number | string | undefined, times: number): number | undefined {
    if (given === undefined) return undefined;
    const seconds = secondsOf(given);
    if (!this.recidive || times === 1) return seconds;
    const { factor = 2, most = FOUR_WEEKS } = this.recidive;
    return Math.max(seconds, Math.min(Math.ceil(seconds * factor ** (times - 1)), secondsOf(most)));
  }

  /** In the place of a ban of the same scope. */
  note(place: Place, ban: Ban): void {
    const scope = scopeOf(ban);
    this.bans.set(place, [...this.bans.at(place).filter((other) => scopeOf(other) !== scope), ban]);
    this.remember(place.text, ban.times, ban.since);
  }
  private remember(address: string, times: number, last: number): void {
    if (!this.recidive) return;
    // A journal that is read again says what was so before, too.
    const known = this.history.get(address);
    if (known && (known.last > last || (known.last === last && known.times >= times))) return;
    this.history.set(address, { times, last });
    if (this.history.size > this.looked) this.forget();
  }
  noteAllowed(place: Place, allowance: Allowance): void {
    const scope = scopeOf(allowance);
    this.allowances.set(place, [...this.allowances.at(place).filter((other) => scopeOf(other) !== scope), allowance]);
  }
  /** Bans of a place, the first to end first; of those that there are besides one, such as end later. */
  lasting(place: Place, besides?: Ban): readonly Ban[] {
    const known = this.bans.at(place);
    if (known.length === (besides ? 1 : 0)) return [];
    const end = ({ until = Number.POSITIVE_INFINITY }: Ban) => until;
    return known
      .filter((each) => lasts(each) && each !== besides && (!besides || end(each) > end(besides)))
      .sort((a, b) => (end(a) < end(b) ? -1 : 1));
  }
  /** Whether that ban is still what it was; it isn't afterwards. */
  strike(place: Place, ban: Ban): boolean {
    const known = this.bans.at(place);
    if (!known.includes(ban)) return false;
    this.bans.set(
      place,
      known.filter((other) => other !== ban),
    );
    return true;
  }

  /** What a journal says that is so. Gives the bans that weren't known. */
  read(entries: readonly Entry[]): readonly Ban[] {
    const noted: Ban[] = [];
    for (const entry of entries)
      try {
        if ('ban' in entry) {
          const place = placeOf(entry.ban.address);
          if (this.bans.at(place).some((known) => isSame(known, entry.ban))) continue;
          this.note(place, entry.ban);
          noted.push(entry.ban);
        } else if ('unban' in entry) this.bans.set(placeOf(entry.unban), []);
        else if ('allow' in entry) this.noteAllowed(placeOf(entry.allow.address), entry.allow);
        else if ('disallow' in entry) this.allowances.set(placeOf(entry.disallow), []);
        else if ('history' in entry) {
          const { address, times, last } = entry.history;
          this.remember(placeOf(address).text, times, last);
        }
      } catch (error) {
        if (!(error instanceof Mismatch)) throw error; // no address
      }
    return noted;
  }
  /** Forgets what has ended. */
  prune(): void {
    for (const book of [this.bans, this.allowances] as Book<Ban | Allowance>[])
      for (const each of [...book])
        if (!lasts(each)) {
          const place = placeOf(each.address);
          book.set(
            place,
            book.at(place).filter((other) => other !== each),
          );
        }
  }
}

/** Two of one millisecond are told apart by how manieth they are. */
const isSame = (a: Ban, b: Ban): boolean =>
  scopeOf(a) === scopeOf(b) && a.since === b.since && a.until === b.until && a.times === b.times;
