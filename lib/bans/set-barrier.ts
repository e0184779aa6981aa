/** Bans as ip_sets, and rules that look into them before all others. */
import type { Connection } from '../conntrack/connection';
import { Connections } from '../conntrack/connections';
import { IptcError } from '../errors';
import type { Family } from '../rule/rule';
import type { ElementInput, IpSet } from '../sets/set';
import type { SetOptions } from '../sets/set-options';
import { Sets } from '../sets/sets';
import type { SetSettings } from '../sets/types';
import type { RuleText } from '../table/chain';
import type { Firewall } from '../table/firewall';
import type { Place } from './address';
import { type Allowance, type Ban, secondsLeft } from './ban';
import { type Barrier, type BarrierOptions, commentOf, type Held, partsOf } from './barrier';
import { LONGEST } from './expiry';

/** What is banned for some ports has more elements than one, and what comes at once is added before the oldest goes. */
const SPARE = 65_536;

/** The sets of a name, by what their own names end with; and where a rule looks into them. */
const KINDS = {
  allow: ['-allow', 'in src', 'out dst'],
  'allow-ports': ['-allow-ports', 'in src,dst', 'out dst,dst'],
  in: ['', 'in src'],
  'in-ports': ['-ports', 'in src,dst'],
  out: ['-out', 'out dst'],
  'out-ports': ['-out-ports', 'out dst,dst'],
} as const;
type Kind = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as Kind[];

const TYPES = ['hash:net', 'hash:net,port'] as const;
const HOOKS = { in: ['INPUT', 'FORWARD'], out: ['OUTPUT', 'FORWARD'] } as const;

export class SetBarrier implements Barrier {
  readonly uses = 'ip_set';
  private constructor(
    private readonly firewall: Firewall<Family>,
    private readonly sets: Sets,
    private readonly connections: Connections,
    private readonly options: BarrierOptions,
  ) {}
  get family(): Family {
    return this.firewall.family;
  }

  /** Nothing is made yet: repair() does. */
  static async open(firewall: Firewall<Family>, options: BarrierOptions): Promise<SetBarrier> {
    const { namespace } = firewall;
    const sets = await Sets.open({ namespace });
    const connections = await Connections.open({ namespace });
    return new SetBarrier(firewall, sets, connections, options);
  }
  private get digit(): number {
    return this.family === 'ipv4' ? 4 : 6;
  }
  private nameOf(kind: Kind): string {
    return `${this.options.name}${KINDS[kind][0]}${this.digit}`;
  }
  private set(kind: Kind): IpSet {
    return this.sets.set(this.nameOf(kind));
  }
  private chainOf(way: 'in' | 'out'): string {
    return way === 'in' ? this.options.name : `${this.options.name}-out`;
  }
  /** Whether there was none. */
  private async create(name: string, type: 'hash:net' | 'hash:net,port', timeout?: number): Promise<boolean> {
    const { family } = this;
    const maxelem = Math.min(this.options.limit + SPARE, 0xffffffff);
    const beside = timeout === undefined ? {} : { timeout, comment: true };
    const settings = { type, family, counters: true, maxelem, ...beside } as const;
    const created = (exist: boolean) =>
      this.sets.create(name, settings, { exist }).then(
        () => true,
        (error) => {
          if (error instanceof IptcError && error.code === 'ERR_SET_EXISTS') return false;
          throw error;
        },
      );
    if (await created(false)) return true;
    if (!(await created(true))) await this.enlarge(name, settings);
    return false;
  }
  /** What is in it goes into a larger one that takes its place, if that is all that it lacks. */
  private async enlarge(name: string, settings: SetSettings): Promise<void> {
    const set = this.sets.set(name);
    const { type, options } = await set.head();
    const wanted: Record<string, unknown> = { ...settings, maxelem: options.maxelem };
    const had: Record<string, unknown> = { ...options, type };
    const wrong = Object.keys(wanted).find((key) => had[key] !== wanted[key]);
    if (wrong !== undefined)
      throw new IptcError('ERR_SET_EXISTS', `Cannot keep bans in set ${name}: its ${wrong} is not ${wanted[wrong]}`, {
        set: name,
        hint: 'Give another name for what is made, or destroy the set.',
      });
    const { maxelem = 0 } = settings as SetOptions;
    if (maxelem <= (options.maxelem ?? 0)) return;
    const text = await set.save();
    await this.sets.restore(text.replace(/ maxelem \d+/, ` maxelem ${maxelem}`), { replace: true });
  }
  /** What is there stays, with all that is in it. */
  async repair() {
    let emptied = false;
    for (const kind of NAMES)
      emptied = (await this.create(this.nameOf(kind), TYPES[kind.endsWith('-ports') ? 1 : 0], 0)) || emptied;
    const filter = this.firewall.table('filter');
    const lists = await this.lists();
    let changed = emptied;
    for (const way of ['in', 'out'] as const) {
      const chain = this.chainOf(way);
      const made = await filter.ensureChain(chain);
      const added = await this.ensureRules(chain, [
        ...this.rulesOf(way),
        ...(way === 'in' ? lists.map((list) => this.ruleOf(list)) : []),
      ]);
      const hook = (of: string) => filter.ensureChain(chain, { hook: { chain: of, position: 1 } });
      const hooked = await Promise.all(HOOKS[way].map(hook));
      changed ||= made || added || hooked.includes(true);
    }
    return { changed, emptied };
  }
  private *rulesOf(way: 'in' | 'out'): Generator<RuleText> {
    for (const kind of NAMES)
      for (const where of KINDS[kind].slice(1)) {
        const [at, flags] = where.split(' ');
        const target = kind.startsWith('allow') ? 'RETURN' : this.options.target;
        if (at === way) yield `-m set --match-set ${this.nameOf(kind)} ${flags} -j ${target}`;
      }
  }
  /** Whether any was missing. What is allowed stands before what is banned, whichever was. */
  private async ensureRules(chain: string, rules: readonly RuleText[]): Promise<boolean> {
    const filter = this.firewall.table('filter');
    const added = await Promise.all(rules.map((rule) => filter.chain(chain).ensure(rule)));
    if (added.slice(0, added.lastIndexOf(false) + 1).includes(true))
      await filter.transaction(async (tx) => {
        for (const rule of rules) await tx.chain(chain).remove(rule);
        for (const rule of rules) await tx.chain(chain).append(rule);
      });
    return added.includes(true);
  }

  private async each(
    kinds: 'allow' | Ban,
    { address, ports, protocol, reason, until }: Allowance,
    edit: (set: IpSet, element: ElementInput) => Promise<void>,
  ): Promise<void> {
    const comment = commentOf(reason);
    const beside = { timeout: Math.min(secondsLeft({ until }), LONGEST), ...(comment !== undefined && { comment }) };
    const direction = kinds === 'allow' ? 'in' : kinds.direction;
    const parts = Array.from(partsOf({ ports, protocol, direction }), (part) => {
      const which = kinds === 'allow' ? 'allow' : part.direction;
      return part.port === undefined
        ? edit(this.set(which), { net: address, ...beside })
        : edit(this.set(`${which}-ports`), { net: address, protocol: part.protocol, port: part.port, ...beside });
    });
    await Promise.all(parts);
  }
  ban(ban: Ban): Promise<void> {
    return this.each(ban, ban, (set, element) => set.add(element, { exist: true }));
  }
  unban(ban: Ban): Promise<void> {
    return this.each(ban, ban, (set, element) => set.delete(element, { exist: true }));
  }
  ended(): void {} // the kernel has taken it away
  allow(allowance: Allowance): Promise<void> {
    return this.each('allow', allowance, (set, element) => set.add(element, { exist: true }));
  }
  disallow(allowance: Allowance): Promise<void> {
    return this.each('allow', allowance, (set, element) => set.delete(element, { exist: true }));
  }

  async held(): Promise<Map<string, Held>> {
    const found = new Map<string, Held>();
    for (const direction of ['in', 'out'] as const)
      for (const kind of [direction, `${direction}-ports`] as const)
        for await (const element of this.set(kind).list()) {
          const { net, port, protocol, timeout, packets = 0n, bytes = 0n, comment } = element as unknown as InSet;
          found.set(`${kind} ${net} ${protocol}:${port}`, {
            address: net,
            direction,
            ...(port !== undefined && { port, protocol }),
            ...(timeout && { until: Date.now() + 1000 * timeout }),
            packets,
            bytes,
            ...(comment !== undefined && { reason: comment }),
          });
        }
    return found;
  }
  /** The kernel has an element for each port of a range. */
  *keysOf(ban: Ban): Generator<string> {
    for (const { direction, port, protocol } of partsOf(ban)) {
      const [first, last] = typeof port === 'object' ? port : [port, port];
      if (first === undefined) yield `${direction} ${ban.address} ${undefined}:${undefined}`;
      else for (let i = first; i <= last!; i++) yield `${direction}-ports ${ban.address} ${protocol}:${i}`;
    }
  }
  async test(address: string) {
    const lists = await this.lists();
    const [banned, allowed, ...listed] = await Promise.all([
      this.set('in').test(address),
      this.set('allow').test(address),
      ...lists.map((list) => this.sets.set(this.listName(list)).test(address)),
    ]);
    const list = lists[listed.indexOf(true)];
    return { banned: banned! || list !== undefined, allowed: allowed!, ...(list !== undefined && { list }) };
  }

  private listName(list: string): string {
    return `${this.options.name}:${list}${this.digit}`;
  }
  async lists(): Promise<string[]> {
    const [begin, end] = [`${this.options.name}:`, String(this.digit)];
    const names = (await this.sets.names()).filter((name) => name.startsWith(begin) && name.endsWith(end));
    return names.map((name) => name.slice(begin.length, -1));
  }
  private ruleOf(list: string): RuleText {
    return `-m set --match-set ${this.listName(list)} src -j ${this.options.target}`;
  }
  async fill(list: string, places: readonly Place[]): Promise<void> {
    const name = this.listName(list);
    await this.create(name, 'hash:net');
    await this.sets.set(name).replace(places.map(({ text }) => text));
    await this.firewall.table('filter').chain(this.chainOf('in')).ensure(this.ruleOf(list));
  }
  async drop(list: string): Promise<boolean> {
    if (!(await this.lists()).includes(list)) return false;
    await this.firewall.table('filter').chain(this.chainOf('in')).remove(this.ruleOf(list));
    await this.sets.set(this.listName(list)).destroy();
    return true;
  }

  cut(isMeant: (connection: Connection) => boolean): Promise<number> {
    return this.connections.deleteThose({ family: this.family }, isMeant);
  }
  cutHosts(addresses: readonly string[]): Promise<boolean> {
    return this.connections.deleteFrom(addresses);
  }

  async remove(): Promise<void> {
    const filter = this.firewall.table('filter');
    const lists = await this.lists();
    for (const way of ['in', 'out'] as const) await filter.dropChain(this.chainOf(way));
    for (const kind of NAMES) await this.set(kind).destroy();
    for (const list of lists) await this.sets.set(this.listName(list)).destroy();
  }
  async close(): Promise<void> {
    await Promise.all([this.connections.close(), this.sets.close()]);
  }
}

/** An element as the kernel tells of it. */
interface InSet extends Omit<Held, 'address' | 'port'> {
  readonly net: string;
  readonly port?: number;
  readonly timeout?: number;
  readonly comment?: string;
}
