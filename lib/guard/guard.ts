/** The service: follows logs, counts failures, and bans. */
import { Bans, type IptcError } from '../bans';
import { placeOf, placesOf } from '../bans/address';
import type { Ban } from '../bans/ban';
import { Book } from '../bans/book';
import { durationText } from '../bans/duration';
import { Firewall } from '../index';
import { System } from '../persist/system';
import type { GuardConfig, Watch } from './config';
import { Failures } from './failures';
import { Follow } from './follow';
import { Journald } from './journald';
import { BlockFiles } from './lists';
import { applyNamed } from './named';
import { OwnAddresses } from './own';
import { Patterns } from './patterns';
import { readState, type State, writeState } from './state';
import { Teller } from './tell';
import { when } from './when';

/** Milliseconds between two looks at files, and between two writes of how far they have been read. */
const POLL = 250;
const KEEP = 10_000;
/** The same sentence isn't told more often. */
const QUIET = 60_000;

export interface GuardOptions {
  readonly namespace?: string;
  readonly lock?: false;
  /** What is told, a sentence a line. */
  readonly say: (sentence: string) => void;
}

interface Watching {
  readonly name: string;
  readonly watch: Watch;
  readonly patterns: Patterns;
  readonly failures: Failures;
  readonly ignored: Book<true>;
  /** What tells of a ban. */
  readonly sentence: string;
}

export class Guard {
  private readonly system = new System();
  private readonly watches: readonly Watching[];
  private readonly follows: Follow[] = [];
  private readonly ignored: Book<true>;
  private readonly own = new OwnAddresses();
  private readonly said = new Map<string, number>();
  private journald: Journald | undefined;
  private lists: BlockFiles | undefined;
  private kept = '';
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;
  private running: Promise<void> = Promise.resolve();
  private readonly bansUnderway = new Set<Promise<void>>();

  private constructor(
    private readonly config: GuardConfig,
    readonly bans: Bans,
    private readonly firewalls: readonly Firewall[],
    private readonly options: GuardOptions,
  ) {
    this.ignored = bookOf(config.ignore);
    this.watches = Object.entries(config.watch).map(([name, watch]) => watching(name, watch, config));
  }

  /** All that the file says holds when this settles; and logs are followed from then on. */
  static async start(config: GuardConfig, options: GuardOptions): Promise<Guard> {
    const { namespace, lock } = options;
    const at = { ...(namespace !== undefined && { namespace }), ...(lock === false && { lock }) } as const;
    const firewalls: Firewall[] = [];
    let bans: Bans | undefined;
    try {
      const ipv4 = await Firewall.open({ ...at, family: 'ipv4' });
      firewalls.push(ipv4);
      const ipv6 = await Firewall.open({ ...at, family: 'ipv6' });
      firewalls.push(ipv6);
      const { name, uses, target, limit, recidive, journal = '/var/lib/libiptc/bans' } = config;
      bans = await Bans.open(
        { ipv4, ipv6 },
        {
          journal,
          repair: true,
          ...(name !== undefined && { name }),
          ...(uses && { uses }),
          ...(target !== undefined && { target }),
          ...(limit !== undefined && { limit }),
          ...(recidive && { recidive }),
        },
      );
      const guard = new Guard(config, bans, firewalls, options);
      await guard.begin();
      return guard;
    } catch (error) {
      await bans?.close();
      await Promise.all(firewalls.map((each) => each.close()));
      throw error;
    }
  }
  private get statePath(): string {
    return this.config.state ?? '/var/lib/libiptc/guard.json';
  }

  private async begin(): Promise<void> {
    const { bans, config } = this;
    const state = readState(this.statePath);
    await applyNamed(bans, config, state);
    this.lists = new BlockFiles(bans, config.lists ?? {}, (sentence) => this.trouble(sentence));
    await this.lists.look();
    const teller = new Teller(config.notify ?? {}, (sentence) => this.trouble(sentence));
    for (const event of ['ban', 'unban', 'expire'] as const) bans.on(event, (ban) => teller.tell(event, ban));
    bans.on('repair', ({ family, error }) => {
      const what = `the rules of ${family === 'ipv4' ? 'IPv4' : 'IPv6'} that bans are kept by`;
      if (error) return this.trouble(`Cannot put back ${what}: ${error.message}`);
      this.trouble(`Somebody had taken away ${what}: they are back`);
      this.lists?.again();
    });
    for (const path of new Set(this.watches.flatMap(({ watch }) => watch.files ?? []))) {
      const heard = this.watches.filter(({ watch }) => watch.files?.includes(path));
      const line = (text: string) => {
        const [at, rest] = when(text, Date.now());
        this.hear(heard, rest, at);
      };
      this.follows.push(new Follow(path, { line, trouble: (text) => this.trouble(text) }, state.files[path]));
    }
    const units = [...new Set(this.watches.flatMap(({ watch }) => watch.units ?? []))];
    if (units.length > 0) {
      this.journald = new Journald(this.system, units, state.cursor, {
        message: ({ unit, text, at }) =>
          this.hear(
            this.watches.filter(({ watch }) => watch.units?.some((each) => nameOf(each) === unit)),
            text,
            Math.min(at, Date.now()),
          ),
        trouble: (text) => this.trouble(text),
      });
      this.journald.start();
    }
    await this.look();
    await this.keep();
    this.running = this.run();
  }

  private async look(): Promise<void> {
    for (const follow of this.follows) await follow.poll();
  }
  private async run(): Promise<void> {
    for (let kept = Date.now(); !this.stopping; ) {
      await new Promise<void>((resolve) => {
        this.timer = setTimeout(resolve, POLL);
        this.wake = resolve;
      });
      if (this.stopping) return;
      await this.look();
      await this.lists!.look();
      if (Date.now() - kept < KEEP) continue;
      kept = Date.now();
      for (const { failures } of this.watches) failures.forget(kept);
      await this.keep();
    }
  }
  private wake = (): void => {};

  private hear(heard: readonly Watching[], line: string, at: number): void {
    for (const each of heard) {
      const found = each.patterns.find(line);
      if (found !== undefined) this.failed(each, found, at);
    }
  }
  private failed({ failures, ignored, ...each }: Watching, word: string, at: number): void {
    let place: ReturnType<typeof placeOf>;
    try {
      place = placeOf(word);
    } catch {
      return; // a word that only looks like an address
    }
    const isHost = place.bits === (place.family === 'ipv4' ? 32 : 128);
    if (!isHost || ignored.around(place).length > 0 || this.ignored.around(place).length > 0) return;
    if (!failures.add(place.text, at)) return;
    if (this.own.has(place)) {
      this.trouble(`${place.text} is of this machine, and not banned: ${each.sentence}`);
      return;
    }
    const underway = this.ban(place.text, each).finally(() => this.bansUnderway.delete(underway));
    this.bansUnderway.add(underway);
  }
  private async ban(address: string, { watch, sentence }: Pick<Watching, 'watch' | 'sentence'>): Promise<void> {
    const { ports, protocol } = watch;
    const banTime = watch.banTime ?? this.config.banTime ?? 3600;
    try {
      const { banned, ban, allowed } = await this.bans.isBanned(address);
      // Who is allowed stays so; lines that were on their way are no second offence.
      if (allowed || (banned && !ban?.ports && (ban?.since ?? 0) > Date.now() - POLL * 8)) return;
      const [done] = await this.bans.ban(address, {
        ...(banTime !== 'ever' && { for: banTime }),
        reason: sentence,
        ...(ports && { ports, ...(protocol && { protocol }) }),
      });
      this.options.say(`${address} is banned ${lengthOf(done!)}: ${sentence}`);
    } catch (error) {
      this.trouble(`Cannot ban ${address}: ${(error as Error).message}`);
    }
  }

  private trouble(sentence: string): void {
    const now = Date.now();
    if ((this.said.get(sentence) ?? 0) > now - QUIET) return;
    if (this.said.size > 1000) this.said.clear();
    this.said.set(sentence, now);
    this.options.say(sentence);
  }

  private async keep(): Promise<void> {
    const files: Record<string, NonNullable<Follow['place']>> = {};
    for (const { path, place } of this.follows) if (place) files[path] = place;
    const cursor = this.journald?.place;
    const { allow = [], deny = [] } = this.config;
    const state: State = {
      files,
      ...(cursor !== undefined && { cursor }),
      allowed: allow.map(({ address }) => address),
      denied: deny.map(({ address }) => address),
    };
    const text = JSON.stringify(state);
    if (text === this.kept) return;
    try {
      await writeState(this.system, this.statePath, state);
      this.kept = text;
    } catch (error) {
      this.trouble((error as IptcError).message);
    }
  }

  /** What was read is done, and noted; bans stay. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    this.wake();
    await this.running;
    await this.journald?.stop();
    await Promise.all(this.bansUnderway);
    await this.keep();
    await Promise.all(this.follows.map((each) => each.close()));
    await this.bans.close();
    await Promise.all(this.firewalls.map((each) => each.close()));
  }
}

function watching(name: string, watch: Watch, config: GuardConfig): Watching {
  const most = watch.maxRetry ?? config.maxRetry ?? 5;
  const within = watch.findTime ?? config.findTime ?? 600;
  return {
    name,
    watch,
    patterns: new Patterns(watch.patterns, watch.except),
    failures: new Failures(most, 1000 * within),
    ignored: bookOf(watch.ignore),
    sentence: `${name}: ${most} failure${most === 1 ? '' : 's'} in ${durationText(within)}`,
  };
}
function bookOf(addresses: readonly string[] = []): Book<true> {
  const book = new Book<true>();
  for (const address of addresses) for (const place of placesOf(address)) book.set(place, [true]);
  return book;
}
const nameOf = (unit: string): string => (/\.\w+$/.test(unit) ? unit : `${unit}.service`);
const lengthOf = ({ since, until }: Ban): string =>
  until === undefined ? 'for good' : `for ${durationText((until - since) / 1000)}`;
