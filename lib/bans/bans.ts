/// <reference lib="esnext.disposable" preserve="true" />
/** Bans: addresses whose packets are kept away, for a while or for good. */
import { argument, type Check, optionsOf } from '../arguments';
import { IptcError } from '../errors';
import { type Place, placeOf, placesOf } from './address';
import { type Allowance, type AllowOptions, allowGiven, type Ban, type BanOptions, banGiven, lasts } from './ban';
import type { Barrier } from './barrier';
import { Blocklist, listName } from './blocklist';
import { openBarrier } from './choose';
import { fill, together } from './contents';
import { Cutter } from './cutter';
import { secondsOf } from './duration';
import type { Entry } from './entry';
import { type BanEvents, Events, heard } from './events';
import { Expiry } from './expiry';
import { placed } from './imported';
import { Journal } from './journal';
import { Ledger } from './ledger';
import { listing } from './listing';
import { type BansFirewall, type BansOptions, bansGiven, firewallsGiven, LIMIT } from './options';
import { type BansRepair, Repairs } from './repairs';
import {
  type ExportOptions,
  exported,
  exportGiven,
  type Imported,
  type ImportOptions,
  importGiven,
  readList,
  textGiven,
} from './transfer';
import { type Verdict, verdictOn } from './verdict';

const addressGiven: Check<readonly Place[]> = placesOf;

/** Addresses that are kept away, for a while or for good: in sets or in chains of its own, and in a journal. */
export class Bans {
  private readonly ledger: Ledger;
  private readonly events = new Events();
  private readonly cutter: Cutter | undefined;
  private readonly expiry = new Expiry(
    (ban, shifted) => this.ended(ban, shifted),
    () => {
      for (const ban of this.ledger.bans) if (ban.until !== undefined) this.renew(placeOf(ban.address));
    },
  );
  private readonly repairs: Repairs[] = [];
  private closed = false;

  private constructor(
    private readonly barriers: readonly Barrier[],
    private readonly journal: Journal | undefined,
    private readonly options: BansOptions,
  ) {
    this.ledger = new Ledger(options.recidive);
    const allowances = (place: Place) => this.ledger.allowances.around(place).filter((each) => lasts(each));
    if (options.cut !== false) this.cutter = new Cutter(barriers, allowances);
  }

  /**
   * Makes the sets, and the rules that look into them before all others; or takes those that are there, with all that is
   * in them. Where the kernel has no ip_set there are rules alone. Bans that the journal has and the kernel hasn't any more
   * are put back, for as long as they still last. ERR_PERMISSION, ERR_IO.
   *
   * @example
   * const bans = await Bans.open(firewall, { journal: '/var/lib/libiptc/bans', for: '1h', recidive: { factor: 2 } });
   */
  static async open(firewall: BansFirewall, options?: BansOptions): Promise<Bans> {
    const firewalls = argument('open', 'firewall', firewall, firewallsGiven);
    const given = optionsOf('open', options, bansGiven);
    const { name = 'bans', limit = LIMIT, target = 'DROP' } = given;
    const barriers: Barrier[] = [];
    try {
      for (const each of firewalls) barriers.push(await openBarrier(each, { name, limit, target }, given.uses));
      const kept = given.journal === undefined ? undefined : await Journal.open(given.journal);
      const bans = new Bans(barriers, kept?.journal, given);
      if (kept) await bans.putBack(kept.entries);
      const told = (repair: BansRepair) => bans.events.tell('repair', repair);
      for (const [i, each] of given.repair ? barriers.entries() : [])
        bans.repairs.push(new Repairs(firewalls[i]!, each, bans.ledger, told));
      return bans;
    } catch (error) {
      await Promise.all(barriers.map((each) => each.close()));
      throw error;
    }
  }
  /** What keeps packets away. */
  get uses(): 'ip_set' | 'rules' {
    return this.barriers[0]!.uses;
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
    const { direction = 'in', ...given } = optionsOf('ban', options, banGiven);
    return Promise.all(
      places.map(async (place) => {
        const since = Date.now();
        const times = this.ledger.timesOf(place, since);
        const seconds = this.ledger.secondsFor(given.for ?? this.options.for, times);
        const { reason, ports, protocol } = given;
        const ban: Ban = {
          address: place.text,
          since,
          ...(seconds !== undefined && { until: since + 1000 * seconds }),
          ...(reason !== undefined && { reason }),
          ...(ports && { ports, ...(protocol && { protocol }) }),
          direction,
          times,
        };
        await this.put(place, ban);
        return ban;
      }),
    );
  }
  private async put(place: Place, ban: Ban): Promise<void> {
    const barrier = this.barrierFor(place, 'ban');
    await barrier.ban(ban);
    this.ledger.note(place, ban);
    // Of what bans of different ports or directions have in common the later end counts.
    for (const other of this.ledger.lasting(place, ban)) await barrier.ban(other);
    this.expiry.expect(ban);
    await Promise.all([this.keep({ ban }), this.cutter?.cut(place, ban), this.rotate()]);
    this.events.tell('ban', ban);
  }
  /** Lets the oldest go when there are too many. */
  private async rotate(): Promise<void> {
    const { limit = LIMIT } = this.options;
    while (this.ledger.bans.size > limit) {
      const [oldest] = this.ledger.bans.addresses;
      await this.unban(oldest!);
    }
  }
  private async keep(entry: Entry): Promise<void> {
    if (!this.journal) return;
    await this.journal.append(entry);
    if (!this.journal.isStale(this.ledger.size)) return;
    // It has been kept; where there is no room for another file, the old one goes on.
    await this.journal.compact().catch(() => {});
  }

  /** Lets an address in again, or all that is banned in a network or a range. Whether anything was. */
  async unban(address: string): Promise<boolean> {
    const places = argument('unban', 'address', address, addressGiven);
    const found = await Promise.all(places.map((place) => this.unbanIn(place)));
    return found.includes(true);
  }
  private async unbanIn(place: Place): Promise<boolean> {
    const barrier = this.barrierFor(place, 'unban');
    const { bans } = this.ledger;
    const inside = bans.inside(place);
    await Promise.all(
      inside.map(async (each) => {
        const known = bans.at(each);
        bans.set(each, []);
        await Promise.all(known.map((ban) => barrier.unban(ban)));
        await this.keep({ unban: each.text });
        for (const ban of known) this.events.tell('unban', ban);
      }),
    );
    if (inside.length > 0) return true;
    // Somebody else may have put it there.
    const { banned, list } = await barrier.test(place.text);
    if (!banned || list !== undefined) return false;
    await barrier.unban({ address: place.text, since: 0, direction: 'both', times: 1 });
    return !(await barrier.test(place.text)).banned; // it may be of a network
  }

  /** Lets an address, a network or a range pass, whatever is banned. */
  async allow(address: string, options?: AllowOptions): Promise<void> {
    const places = argument('allow', 'address', address, addressGiven);
    const { for: length, reason, ports, protocol } = optionsOf('allow', options, allowGiven);
    const since = Date.now();
    const allowance = {
      since,
      ...(length !== undefined && { until: since + 1000 * secondsOf(length) }),
      ...(reason !== undefined && { reason }),
      ...(ports && { ports, ...(protocol && { protocol }) }),
    };
    await Promise.all(places.map((place) => this.letPass(place, { address: place.text, ...allowance })));
  }
  private async letPass(place: Place, allow: Allowance): Promise<void> {
    await this.barrierFor(place, 'allow').allow(allow);
    this.ledger.noteAllowed(place, allow);
    await this.keep({ allow });
  }
  /** Takes that back. Whether it was allowed. */
  async disallow(address: string): Promise<boolean> {
    const places = argument('disallow', 'address', address, addressGiven);
    let found = false;
    for (const place of places) {
      const barrier = this.barrierFor(place, 'disallow');
      const known = this.ledger.allowances.at(place);
      found ||= known.length > 0;
      this.ledger.allowances.set(place, []);
      const all = known.length > 0 ? known : [{ address: place.text, since: 0 }];
      await Promise.all(all.map((each) => barrier.disallow(each)));
      await this.keep({ disallow: place.text });
    }
    return found;
  }
  /** Who is allowed. */
  allowed(): Allowance[] {
    return [...this.ledger.allowances].filter((each) => lasts(each));
  }

  /** Whether packets from an address are kept away, and why. */
  async isBanned(address: string): Promise<Verdict> {
    const place = argument('isBanned', 'address', address, placeOf);
    return verdictOn(place, this.ledger, this.barrierFor(place, 'isBanned'));
  }

  /** All bans with what they have kept away; those that somebody else has put there, too. Not those of lists. */
  async *list(): AsyncGenerator<Ban> {
    for (const barrier of this.barriers) yield* listing(barrier, this.ledger.bans);
  }
  [Symbol.asyncIterator](): AsyncGenerator<Ban> {
    return this.list();
  }

  /** A list of addresses and networks that others publish, by its name, whether there is one yet or not. */
  blocklist(name: string): Blocklist {
    return new Blocklist(
      argument('blocklist', 'name', name, listName),
      () => this.requireOpen(this.barriers, 'change', `list ${name}`),
      async (places) => this.cutter?.cutAll(places),
    );
  }

  /**
   * Bans and allows whom a list names: addresses a line, csf.deny, what fail2ban or ipset print, or JSON. A line that is
   * wrong refuses the whole, and nothing changes. Bans that had ended are left out. ERR_BAD_TEXT, with the line.
   *
   * @example await bans.import('192.0.2.1 # port scan\n198.51.100.0/24\n', { for: '1d' })
   */
  async import(text: string, options?: ImportOptions): Promise<Imported> {
    const words = argument('import', 'text', text, textGiven);
    const given = optionsOf('import', options, importGiven);
    const { listed, skipped } = await readList(words, given);
    const found = placed(listed, given, (place, length) => {
      const times = this.ledger.timesOf(place, Date.now());
      return { times, seconds: this.ledger.secondsFor(length ?? this.options.for, times) };
    });
    for (const { place } of [...found.bans, ...found.allowances]) this.barrierFor(place, 'import');
    await together(this.uses, found.allowances, ({ place, allowance }) => this.letPass(place, allowance));
    await together(this.uses, found.bans, ({ place, ban }) => this.put(place, ban));
    return { banned: found.bans.length, allowed: found.allowances.length, ended: found.ended, skipped };
  }
  /** All bans, and who is allowed, as a text: what import() reads. What a format can't say it says as a comment. */
  async export(options?: ExportOptions): Promise<string> {
    const { format = 'json' } = optionsOf('export', options, exportGiven);
    const bans: Ban[] = [];
    for await (const ban of this) bans.push(ban);
    return exported(format, { bans, allowed: this.allowed(), name: this.options.name ?? 'bans' });
  }

  on<E extends keyof BanEvents>(event: E, listener: BanEvents[E]): this {
    this.events.change('on', heard('on', event, listener));
    return this;
  }
  off<E extends keyof BanEvents>(event: E, listener: BanEvents[E]): this {
    this.events.change('off', heard('off', event, listener));
    return this;
  }

  private ended(ban: Ban, shifted: boolean): void {
    const place = placeOf(ban.address);
    if (!lasts(ban)) {
      // Unless it was banned anew, or let in.
      if (!this.ledger.strike(place, ban)) return;
      const barrier = this.barrierFor(place, 'end');
      if (shifted) barrier.unban(ban).catch(() => {});
      else barrier.ended(ban);
      this.renew(place);
      this.events.tell('expire', ban);
    } else if (this.ledger.bans.at(place).includes(ban)) {
      // The kernel couldn't be told of so long a time.
      this.renew(place);
      this.expiry.expect(ban);
    }
  }
  /** Tells the kernel of what is banned: of two bans that have something in common it knows the later end. */
  private renew(place: Place): void {
    for (const each of this.ledger.lasting(place))
      this.barrierFor(place, 'ban')
        .ban(each)
        .catch(() => {});
  }

  /** What the journal says that is so, into the ledger and into the kernel. */
  private async putBack(entries: readonly Entry[]): Promise<void> {
    const { ledger } = this;
    ledger.read(entries);
    ledger.prune();
    this.journal?.follow(
      () => ledger.entries(),
      (others) => ledger.read(others).map((ban) => this.expiry.expect(ban)),
    );
    for (const ban of ledger.bans) this.expiry.expect(ban);
    for (const barrier of this.barriers) await fill(barrier, ledger);
    if (this.journal?.isStale(this.ledger.size)) await this.journal.compact();
  }
  private requireOpen<T>(value: T, operation: string, object: string): T {
    if (!this.closed) return value;
    throw new IptcError('ERR_CLOSED', `Cannot ${operation} ${object}: the bans are closed`, {
      hint: 'Open them again.',
    });
  }
  private barrierFor({ family, text }: Place, operation: string): Barrier {
    const barrier = this.requireOpen(
      this.barriers.find((each) => each.family === family),
      operation,
      text,
    );
    if (barrier) return barrier;
    const [has, lacks] = family === 'ipv4' ? ['IPv6', 'IPv4'] : ['IPv4', 'IPv6'];
    throw new IptcError('ERR_BAD_ARGUMENT', `Expected an ${has} address for ${operation}() but received ${text}`, {
      hint: `Open bans with a firewall of ${lacks}, too: { ipv4, ipv6 }.`,
    });
  }

  /** Takes the rules and sets away: nobody is banned any more. What the journal says stays. */
  async remove(): Promise<void> {
    await this.stop();
    for (const barrier of this.barriers) await barrier.remove();
    await this.close();
  }
  /** Bans stay in the kernel, and end there. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.stop();
    await this.journal?.close();
    await Promise.all(this.barriers.map((each) => each.close()));
  }
  private async stop(): Promise<void> {
    this.expiry.stop();
    await Promise.all(this.repairs.map((each) => each.close()));
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
