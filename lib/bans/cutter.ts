/** Ends the connections of what is banned. Bans that come while the kernel's list is being read share the next one. */
import type { Connection } from '../conntrack/connection';
import type { Family } from '../rule/rule';
import { type Place, placeOf } from './address';
import type { Allowance, Ban } from './ban';
import type { Barrier } from './barrier';
import { Book } from './book';

/** Of more the kernel's list is read once. */
const MOST_HOSTS = 16;

export class Cutter {
  private readonly waiting = new Map<Family, Promise<void>>();
  private readonly running = new Map<Family, Promise<void>>();
  private readonly banned = { ipv4: new Book<Ban>(), ipv6: new Book<Ban>() };

  constructor(
    private readonly barriers: readonly Barrier[],
    private readonly allowances: (place: Place) => readonly Allowance[],
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
    const barrier = this.barriers.find((each) => each.family === family);
    const hosts = this.hostsIn(book);
    if (hosts && (await barrier?.cutHosts(hosts))) return;
    await barrier?.cut((connection) => this.isMeant(book, connection));
  }
  /** The addresses, if that is all that has to be looked for, the kernel can, and they are few enough for a look at all connections each. */
  private hostsIn(book: Book<Ban>): readonly string[] | undefined {
    const hosts: string[] = [];
    for (const { address, ports } of book) {
      const place = placeOf(address);
      const isHost = place.family === 'ipv4' && place.bits === 32;
      if (!isHost || ports || this.allowances(place).length > 0 || hosts.push(place.text) > MOST_HOSTS)
        return undefined;
    }
    return hosts;
  }
  private isAllowed(place: Place, connection: Connection): boolean {
    return this.allowances(place).some((each) => isTo(each, connection));
  }
  /** Those of places that are kept away as a whole. */
  async cutAll(places: Book<true>): Promise<void> {
    const isMeant = (connection: Connection) =>
      [connection.original.source, connection.reply.source]
        .map(placeOf)
        .some((place) => places.around(place).length > 0 && !this.isAllowed(place, connection));
    if (places.size > 0) await Promise.all(this.barriers.map((barrier) => barrier.cut(isMeant)));
  }
  private isMeant(book: Book<Ban>, connection: Connection): boolean {
    const { original, reply } = connection;
    // From it or to it; its packets are the answers then.
    for (const [address, way] of [
      [original.source, 'in'],
      [reply.source, 'out'],
    ] as const) {
      const place = placeOf(address);
      const bans = book.around(place);
      if (bans.length === 0 || this.isAllowed(place, connection)) continue;
      if (bans.some((ban) => !ban.ports || ([way, 'both'].includes(ban.direction) && isTo(ban, connection))))
        return true;
    }
    return false;
  }
}

/** Whether it goes to a port that is meant: to any where none are told. */
function isTo({ ports, protocol }: Pick<Ban, 'ports' | 'protocol'>, { original, ...to }: Connection): boolean {
  if (!ports) return true;
  const { dport } = original;
  if (dport === undefined || (protocol !== undefined && protocol !== to.protocol)) return false;
  return ports.some((port) => (typeof port === 'number' ? port === dport : port[0] <= dport && dport <= port[1]));
}
