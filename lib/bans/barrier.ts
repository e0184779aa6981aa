/** What bans are in the kernel, for one family: sets, and rules that look into them before all others. */

import type { Connection } from '../conntrack/connection';
import { Connections } from '../conntrack/connections';
import type { Family } from '../rule/rule';
import type { ElementInput, IpSet } from '../sets/set';
import type { Sets } from '../sets/sets';
import type { RuleText } from '../table/chain';
import type { Firewall } from '../table/firewall';
import type { Allowance, Ban, Ports } from './ban';

/** The kernel's timeouts go no further, 24 days; what lasts longer is renewed. */
export const LONGEST = 2_147_483;

/** What is banned for some ports has more elements than one, and what comes at once is added before the oldest goes. */
const SPARE = 65_536;

type Kind = 'in' | 'ports' | 'out' | 'allow';
const SUFFIX: Readonly<Record<Kind, string>> = { in: '', ports: '-ports', out: '-out', allow: '-allow' };

export interface BarrierOptions {
  readonly name: string;
  readonly limit: number;
  readonly target: string;
}

export class Barrier {
  private constructor(
    private readonly firewall: Firewall<Family>,
    private readonly sets: Sets,
    private readonly connections: Connections,
    private readonly options: BarrierOptions,
  ) {}
  get family(): Family {
    return this.firewall.family;
  }

  /** Makes what isn't there yet; what is stays, with all that is in it. */
  static async open(firewall: Firewall<Family>, sets: Sets, options: BarrierOptions): Promise<Barrier> {
    const connections = await Connections.open({ namespace: firewall.namespace });
    const barrier = new Barrier(firewall, sets, connections, options);
    try {
      await barrier.make();
      return barrier;
    } catch (error) {
      await connections.close();
      throw error;
    }
  }
  private nameOf(kind: Kind): string {
    return `${this.options.name}${SUFFIX[kind]}${this.family === 'ipv4' ? 4 : 6}`;
  }
  private set(kind: Kind): IpSet {
    return this.sets.set(this.nameOf(kind));
  }
  private async make(): Promise<void> {
    const { family, sets, firewall } = this;
    const { name, limit, target } = this.options;
    for (const kind of Object.keys(SUFFIX) as Kind[])
      await sets.create(
        this.nameOf(kind),
        {
          type: kind === 'ports' ? 'hash:net,port' : 'hash:net',
          family,
          timeout: 0,
          counters: true,
          comment: true,
          maxelem: Math.min(limit + SPARE, 0xffffffff),
        },
        { exist: true },
      );
    const filter = firewall.table('filter');
    const looked = (kind: Kind, flags: string, what: string): RuleText =>
      `-m set --match-set ${this.nameOf(kind)} ${flags} -j ${what}`;
    const incoming = [
      looked('allow', 'src', 'RETURN'),
      looked('in', 'src', target),
      looked('ports', 'src,dst', target),
    ];
    const outgoing = [looked('allow', 'dst', 'RETURN'), looked('out', 'dst', target)];
    for (const [chain, rules, hooks] of [
      [name, incoming, ['INPUT', 'FORWARD']],
      [`${name}-out`, outgoing, ['OUTPUT', 'FORWARD']],
    ] as const) {
      await filter.ensureChain(chain);
      for (const rule of rules) await filter.chain(chain).ensure(rule);
      for (const hook of hooks) await filter.ensureChain(chain, { hook: { chain: hook, position: 1 } });
    }
  }

  /** An element for each set that a ban is in. */
  private *elementsOf({ address, ports, direction, reason }: Ban, timeout: number): Generator<[Kind, ElementInput]> {
    // ipset's texts can have no quotes.
    const comment = reason === undefined ? undefined : { comment: cut(reason.replace(/["\0\n]/g, "'")) };
    const beside = { timeout, ...comment };
    if (direction !== 'in') yield ['out', { net: address, ...beside }];
    if (direction === 'out') return;
    if (!ports) yield ['in', { net: address, ...beside }];
    else
      for (const port of ports)
        for (const protocol of ['tcp', 'udp'])
          yield ['ports', { net: address, protocol, port: port as Ports, ...beside }];
  }
  private async each(
    ban: Ban,
    timeout: number,
    edit: (set: IpSet, element: ElementInput) => Promise<void>,
  ): Promise<void> {
    await Promise.all(Array.from(this.elementsOf(ban, timeout), ([kind, element]) => edit(this.set(kind), element)));
  }
  ban(ban: Ban, seconds: number): Promise<void> {
    return this.each(ban, Math.min(seconds, LONGEST), (set, element) => set.add(element, { exist: true }));
  }
  unban(ban: Ban): Promise<void> {
    return this.each(ban, 0, (set, element) => set.delete(element, { exist: true }));
  }
  async allow({ address, reason }: Allowance, seconds: number): Promise<void> {
    const comment = reason === undefined ? {} : { comment: cut(reason.replace(/["\0\n]/g, "'")) };
    const timeout = Math.min(seconds, LONGEST);
    await this.set('allow').add({ net: address, timeout, ...comment }, { exist: true });
  }
  disallow(address: string): Promise<void> {
    return this.set('allow').delete({ net: address }, { exist: true });
  }

  /** Those that are in the kernel's sets, whoever has put them there. */
  async *elements(): AsyncGenerator<{
    address: string;
    direction: 'in' | 'out';
    port?: number;
    timeout: number;
    packets: bigint;
    bytes: bigint;
    comment?: string;
  }> {
    for (const kind of ['in', 'ports', 'out'] as const)
      for await (const element of this.set(kind).list()) {
        const {
          net,
          port,
          timeout = 0,
          packets = 0n,
          bytes = 0n,
          comment,
        } = element as unknown as {
          net: string;
          port?: number;
          timeout?: number;
          packets?: bigint;
          bytes?: bigint;
          comment?: string;
        }; // prettier-ignore
        yield {
          address: net,
          direction: kind === 'out' ? 'out' : 'in',
          ...(port !== undefined && { port }),
          timeout,
          packets,
          bytes,
          ...(comment !== undefined && { comment }),
        };
      }
  }
  /** Whether a packet from an address would be kept away whatever its port, and whether it is allowed. */
  async test(address: string): Promise<{ readonly banned: boolean; readonly allowed: boolean }> {
    const [banned, allowed] = await Promise.all([this.set('in').test(address), this.set('allow').test(address)]);
    return { banned, allowed };
  }

  /** Ends the connections that are meant. */
  cut(isMeant: (connection: Connection) => boolean): Promise<number> {
    return this.connections.deleteThose({ family: this.family }, isMeant);
  }

  /** Takes rules and sets away. */
  async remove(): Promise<void> {
    const filter = this.firewall.table('filter');
    const { name } = this.options;
    for (const chain of [name, `${name}-out`]) await filter.dropChain(chain);
    for (const kind of Object.keys(SUFFIX) as Kind[]) await this.set(kind).destroy();
  }
  async close(): Promise<void> {
    await this.connections.close();
  }
}

/** As much as fits into a set's comment. */
function cut(text: string): string {
  let end = text.length;
  while (Buffer.byteLength(text.slice(0, end)) > 255) end--;
  return text.slice(0, end);
}
