/// <reference lib="esnext.disposable" preserve="true" />
/** Bans: addresses whose packets are kept away, for a while or for good. */
import { EventEmitter } from 'node:events';
import { argument, type Check, optionsOf } from '../arguments';
import { IptcError, Mismatch } from '../errors';
import { Sets } from '../sets/sets';
import { type Place, placeOf, placesOf } from './address';
import { type Allowance, type AllowOptions, allowGiven, type Ban, type BanOptions, banGiven, scopeOf } from './ban';
import { Barrier } from './barrier';
import { Book } from './book';
import { Cutter } from './cutter';
import { secondsOf } from './duration';
import { Expiry } from './expiry';
import { type Entry, Journal } from './journal';
import { type BansFirewall, type BansOptions, bansGiven, firewallsGiven, type Recidive } from './options';

const LIMIT = 1_000_000;
const FOUR_WEEKS = 28 * 86_400;
/** So many are put back into the kernel at once. */
const TOGETHER = 10_000;

/** Why an address is kept away, or isn't. */
export interface Verdict {
  readonly banned: boolean;
  /** The ban that it is for; undefined if somebody else has put the address into the set. */
  readonly ban?: Ban;
  /** What lets it pass, banned or not. */
  readonly allowed?: Allowance;
}

export interface BanEvents {
  ban: (ban: Ban) => void;
  /** It ended by itself. */
  expire: (ban: Ban) => void;
  unban: (ban: Ban) => void;
}

const addressGiven: Check<readonly Place[]> = placesOf;

export class Bans {
  private readonly bans = new Book<Ban>();
  private readonly allowances = new Book<Allowance>();
  /** How often who has been banned, and when last. */
  private readonly history = new Map<string, { times: number; last: number }>();
  private readonly emitter = new EventEmitter();
  private readonly cutter: Cutter | undefined;
  private readonly expiry: Expiry;
  private closed = false;

  private constructor(
    private readonly barriers: readonly Barrier[],
    private readonly sets: readonly Sets[],
    private readonly journal: Journal | undefined,
    private readonly options: BansOptions,
  ) {
    if (options.cut !== false) this.cutter = new Cutter(barriers, (place) => this.allowances.around(place).length > 0);
    this.expiry = new Expiry((ban) => this.ended(ban));
  }

  /**
   * Makes the sets, and the rules that look into them before all others; or takes those that are there, with all that is
   * in them. Bans that the journal has and the kernel hasn't any more are put back, for as long as they still last.
   * ERR_NO_SUPPORT without ip_set, ERR_PERMISSION, ERR_IO.
   *
   * @example
   * const bans = await Bans.open(firewall, { journal: '/var/lib/libiptc/bans', for: '1h', recidive: { factor: 2 } });
   */
  static async open(firewall: BansFirewall, options?: BansOptions): Promise<Bans> {
    const firewalls = argument('open', 'firewall', firewall, firewallsGiven);
    const given = optionsOf('open', options, bansGiven);
    const { name = 'bans', limit = LIMIT, target = 'DROP' } = given;
    const [sets, barriers]: [Sets[], Barrier[]] = [[], []];
    try {
      for (const each of firewalls) {
        const own = await Sets.open({ namespace: each.namespace });
        sets.push(own);
        barriers.push(await Barrier.open(each, own, { name, limit, target }));
      }
      const kept = given.journal === undefined ? undefined : await Journal.open(given.journal);
      const bans = new Bans(barriers, sets, kept?.journal, given);
      if (kept) await bans.putBack(kept.entries);
      return bans;
    } catch (error) {
      await Promise.all([...barriers, ...sets].map((each) => each.close()));
      throw error;
    }
  }

  /**
   * Bans an address, a network or a range. Packets from it go no further than the first rule, its connections end. One
   * that is banned already is banned anew; who is allowed stays so.
   *
   * @example await bans.ban('192.0.2.1', { for: '2h', reason: 'sshd' })
   *   // add bans4 192.0.2.1 timeout 7200 comment "sshd"
   */
  async ban(address: string, options?: BanOptions): Promise<readonly Ban[]> {
    const places = argument('ban', 'address', address, addressGiven);
    const given = optionsOf('ban', options, banGiven);
    return Promise.all(places.map((place) => this.banOne(place, given)));
  }
  private async banOne(place: Place, { reason, ports, direction = 'in', ...given }: BanOptions): Promise<Ban> {
    const barrier = this.barrierFor(place, 'ban');
    const since = Date.now();
    const times = this.timesOf(place, since);
    const seconds = this.secondsFor(given.for ?? this.options.for, times);
    const ban: Ban = {
      address: place.text,
      since,
      ...(seconds !== undefined && { until: since + 1000 * seconds }),
      ...(reason !== undefined && { reason }),
      ...(ports && { ports }),
      direction,
      times,
    };
    await barrier.ban(ban, seconds ?? 0);
    this.note(place, ban);
    await Promise.all([this.journal?.append({ ban }), this.cutter?.cut(place, ban), this.rotate()]);
    this.emitter.emit('ban', ban);
    return ban;
  }
  private timesOf({ text }: Place, now: number): number {
    const { recidive } = this.options;
    if (!recidive) return 1;
    const { times = 0, last = 0 } = this.history.get(text) ?? {};
    return now - last > 1000 * secondsOf(recidive.memory ?? FOUR_WEEKS) ? 1 : times + 1;
  }
  private secondsFor(given: number | string | undefined, times: number): number | undefined {
    if (given === undefined) return undefined;
    const seconds = secondsOf(given);
    const { recidive } = this.options;
    if (!recidive || times === 1) return seconds;
    const { factor = 2, most = FOUR_WEEKS }: Recidive = recidive;
    return Math.max(seconds, Math.min(Math.ceil(seconds * factor ** (times - 1)), secondsOf(most)));
  }
  /** Into the book: in the place of a ban of the same scope. */
  private note(place: Place, ban: Ban): void {
    const scope = scopeOf(ban);
    this.bans.set(place, [...this.bans.at(place).filter((other) => scopeOf(other) !== scope), ban]);
    if (this.options.recidive) this.history.set(place.text, { times: ban.times, last: ban.since });
    this.expiry.expect(ban);
  }
  /** Lets the oldest go when there are too many. */
  private async rotate(): Promise<void> {
    const { limit = LIMIT } = this.options;
    while (this.bans.size > limit) {
      const [oldest] = this.bans.addresses;
      await this.unban(oldest!);
    }
  }

  /** Lets an address in again, or all that is banned in a network or a range. Whether anything was. */
  async unban(address: string): Promise<boolean> {
    const places = argument('unban', 'address', address, addressGiven);
    const found = await Promise.all(places.map((place) => this.unbanIn(place)));
    return found.includes(true);
  }
  private async unbanIn(place: Place): Promise<boolean> {
    const barrier = this.barrierFor(place, 'unban');
    const inside = this.bans.inside(place);
    await Promise.all(
      inside.map(async (each) => {
        const known = this.bans.at(each);
        this.bans.set(each, []);
        await Promise.all(known.map((ban) => barrier.unban(ban)));
        await this.journal?.append({ unban: each.text });
        for (const ban of known) this.emitter.emit('unban', ban);
      }),
    );
    if (inside.length > 0) return true;
    // Somebody else may have put it there.
    const { banned } = await barrier.test(place.text);
    if (banned) await barrier.unban({ address: place.text, since: 0, direction: 'both', times: 1 });
    return banned;
  }

  /** Lets an address, a network or a range pass, whatever is banned. */
  async allow(address: string, options?: AllowOptions): Promise<void> {
    const places = argument('allow', 'address', address, addressGiven);
    const { reason, ...given } = optionsOf('allow', options, allowGiven);
    const seconds = given.for === undefined ? 0 : secondsOf(given.for);
    const since = Date.now();
    await Promise.all(
      places.map(async (place) => {
        const allowance: Allowance = {
          address: place.text,
          since,
          ...(seconds > 0 && { until: since + 1000 * seconds }),
          ...(reason !== undefined && { reason }),
        };
        await this.barrierFor(place, 'allow').allow(allowance, seconds);
        this.allowances.set(place, [allowance]);
        await this.journal?.append({ allow: allowance });
      }),
    );
  }
  /** Takes that back. Whether it was allowed. */
  async disallow(address: string): Promise<boolean> {
    const places = argument('disallow', 'address', address, addressGiven);
    let found = false;
    for (const place of places) {
      found ||= this.allowances.at(place).length > 0;
      this.allowances.set(place, []);
      await this.barrierFor(place, 'disallow').disallow(place.text);
      await this.journal?.append({ disallow: place.text });
    }
    return found;
  }
  /** Who is allowed. */
  allowed(): Allowance[] {
    return [...this.allowances].filter(lasts);
  }

  /** Whether packets from an address are kept away, and why. */
  async isBanned(address: string): Promise<Verdict> {
    const place = argument('isBanned', 'address', address, placeOf);
    const allowed = this.allowances.around(place).find(lasts);
    if (allowed) return { banned: false, allowed };
    const ban = this.bans.around(place).find(lasts);
    if (ban) return { banned: true, ban };
    const kernel = await this.barrierFor(place, 'isBanned').test(place.text);
    return { banned: kernel.banned && !kernel.allowed };
  }

  /** All bans with what they have kept away; those that somebody else has put into the sets, too. */
  async *list(): AsyncGenerator<Ban> {
    for (const barrier of this.barriers) {
      const found = new Map<string, { -readonly [K in keyof Ban]: Ban[K] }>();
      for await (const { address, direction, port, timeout, packets, bytes, comment } of barrier.elements()) {
        const known = found.get(address);
        const hits = { packets: packets + (known?.hits?.packets ?? 0n), bytes: bytes + (known?.hits?.bytes ?? 0n) };
        found.set(address, {
          address,
          since: Date.now(),
          direction: known && known.direction !== direction ? 'both' : direction,
          times: 1,
          ...(timeout > 0 && { until: Date.now() + 1000 * timeout }),
          ...(comment !== undefined && { reason: comment }),
          ...(port !== undefined && { ports: [...new Set([...(known?.ports ?? []), port])] }),
          hits,
        });
      }
      for (const [address, ban] of found) {
        const known = this.bans.at({ text: address }).filter(lasts);
        if (known.length === 0) yield ban;
        for (const each of known) yield { ...each, ...(ban.hits && { hits: ban.hits }) };
      }
    }
  }
  [Symbol.asyncIterator](): AsyncGenerator<Ban> {
    return this.list();
  }

  on<E extends keyof BanEvents>(event: E, listener: BanEvents[E]): this {
    const [name, heard] = [
      argument('on', 'event', event, eventGiven),
      argument('on', 'listener', listener, listenerGiven),
    ];
    this.emitter.on(name, heard);
    return this;
  }
  off<E extends keyof BanEvents>(event: E, listener: BanEvents[E]): this {
    const [name, heard] = [
      argument('off', 'event', event, eventGiven),
      argument('off', 'listener', listener, listenerGiven),
    ];
    this.emitter.off(name, heard);
    return this;
  }

  private ended(ban: Ban): void {
    const place = placeOf(ban.address);
    const known = this.bans.at(place);
    if (!known.includes(ban)) return; // banned anew, or let in
    if (ban.until !== undefined && ban.until > Date.now()) {
      // The kernel couldn't be told of so long a time.
      void this.barrierFor(place, 'ban')
        .ban(ban, (ban.until - Date.now()) / 1000)
        .catch(() => {});
      this.expiry.expect(ban);
      return;
    }
    this.bans.set(
      place,
      known.filter((other) => other !== ban),
    );
    this.emitter.emit('expire', ban);
  }

  /** What the journal says that is so, into the book and into the kernel. */
  private async putBack(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries)
      try {
        if ('ban' in entry) this.note(placeOf(entry.ban.address), entry.ban);
        else if ('unban' in entry) this.bans.set(placeOf(entry.unban), []);
        else if ('allow' in entry) this.allowances.set(placeOf(entry.allow.address), [entry.allow]);
        else if ('disallow' in entry) this.allowances.set(placeOf(entry.disallow), []);
      } catch (error) {
        if (!(error instanceof Mismatch || error instanceof TypeError)) throw error; // no line of ours
      }
    const left = (until: number | undefined) =>
      until === undefined ? 0 : Math.max(1, Math.ceil((until - Date.now()) / 1000));
    const work: (() => Promise<void>)[] = [];
    for (const each of [...this.bans]) {
      const place = placeOf(each.address);
      const barrier = this.barriers.find(({ family }) => family === place.family);
      if (!lasts(each))
        this.bans.set(
          place,
          this.bans.at(place).filter((other) => other !== each),
        );
      else if (barrier) work.push(() => barrier.ban(each, left(each.until)));
    }
    for (const each of [...this.allowances]) {
      const place = placeOf(each.address);
      const barrier = this.barriers.find(({ family }) => family === place.family);
      if (!lasts(each)) this.allowances.set(place, []);
      else if (barrier) work.push(() => barrier.allow(each, left(each.until)));
    }
    for (let i = 0; i < work.length; i += TOGETHER)
      await Promise.all(work.slice(i, i + TOGETHER).map((begin) => begin()));
    if (this.journal?.isStale(this.bans.size + this.allowances.size)) await this.journal.compact(() => this.entries());
  }
  private *entries(): Generator<Entry> {
    for (const allow of this.allowances) yield { allow };
    for (const ban of this.bans) yield { ban };
  }

  private barrierFor({ family, text }: Place, operation: string): Barrier {
    if (this.closed)
      throw new IptcError('ERR_CLOSED', `Cannot ${operation} ${text}: the bans are closed`, {
        hint: 'Open them again.',
      });
    const barrier = this.barriers.find((each) => each.family === family);
    if (barrier) return barrier;
    const [has, lacks] = family === 'ipv4' ? ['IPv6', 'IPv4'] : ['IPv4', 'IPv6'];
    throw new IptcError('ERR_BAD_ARGUMENT', `Expected an ${has} address for ${operation}() but received ${text}`, {
      hint: `Open bans with a firewall of ${lacks}, too: { ipv4, ipv6 }.`,
    });
  }

  /** Takes the rules and sets away: nobody is banned any more. What the journal says stays. */
  async remove(): Promise<void> {
    for (const barrier of this.barriers) await barrier.remove();
    await this.close();
  }
  /** Bans stay in the kernel, and end there. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.expiry.stop();
    await this.journal?.close();
    await Promise.all([...this.barriers, ...this.sets].map((each) => each.close()));
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const lasts = ({ until }: { readonly until?: number }): boolean => until === undefined || until > Date.now();

const EVENTS: readonly string[] = ['ban', 'expire', 'unban'];
const eventGiven: Check<string> = (value) => {
  if (!EVENTS.includes(value as string)) throw new Mismatch('ban, expire or unban', value);
  return value as string;
};
const listenerGiven: Check<(ban: Ban) => void> = (value) => {
  if (typeof value !== 'function') throw new Mismatch('a function', value);
  return value as (ban: Ban) => void;
};
