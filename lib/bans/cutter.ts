/** Ends the connections of what is banned. Bans that come while the kernel's list is being read share the next one. */
import type { Connection } from '../conntrack/connection';
import type { Family } from '../rule/rule';
import { type Place, placeOf } from './address';
import type { Ban } from './ban';
import type { Barrier } from './barrier';
import { Book } from './book';

export class Cutter {
  private readonly waiting = new Map<Family, Promise<void>>();
  private readonly running = new Map<Family, Promise<void>>();
  private readonly banned = { ipv4: new Book<Ban>(), ipv6: new Book<Ban>() };

  constructor(
    private readonly barriers: readonly Barrier[],
    private readonly isAllowed: (place: Place) => boolean,
  ) {}

  /** Settles when its connections have been looked for. */
  cut(place: Place, ban: Ban): Promise<void> {
    const { family } = place;
    const book = this.banned[family];
    book.set(place, [...book.at(place), ban]);
    let next = this.waiting.get(family);
    if (!next) {
      next = (this.running.get(family) ?? Promise.resolve()).then(() => this.run(family));
      this.waiting.set(family, next);
      this.running.set(
        family,
        next.catch(() => {}),
      );
    }
    return next;
  }
  private async run(family: Family): Promise<void> {
    const book = this.banned[family];
    this.banned[family] = new Book<Ban>();
    this.waiting.delete(family);
    await this.barriers.find((each) => each.family === family)?.cut((connection) => this.isMeant(book, connection));
  }
  private isMeant(book: Book<Ban>, { original, reply }: Connection): boolean {
    // From it or to it; its packets are the answers then.
    for (const [address, from] of [
      [original.source, true],
      [reply.source, false],
    ] as const) {
      const place = placeOf(address);
      const bans = book.around(place);
      if (bans.length === 0 || this.isAllowed(place)) continue;
      if (bans.some(({ ports }) => !ports || (from && ports.some((port) => isIn(port, original.dport))))) return true;
    }
    return false;
  }
}

function isIn(ports: number | readonly [number, number], port: number | undefined): boolean {
  if (port === undefined) return false;
  return typeof ports === 'number' ? ports === port : ports[0] <= port && port <= ports[1];
}
