/** Bans as rules alone, for one family: in chains that are trees of their places, before all other rules. */
import type { Connection } from '../../conntrack/connection';
import { Connections } from '../../conntrack/connections';
import { IptcError } from '../../errors';
import { parseRule } from '../../index';
import type { Family, Rule } from '../../rule/rule';
import type { Firewall } from '../../table/firewall';
import type { Place } from '../address';
import { placeOf } from '../address';
import { type Allowance, type Ban, lasts } from '../ban';
import type { Barrier, BarrierOptions, Held } from '../barrier';
import { Forest, type Trees } from './forest';
import { itemOf, keyOf, saidOf } from './said';
import { netOf } from './tree';

const HOOKS = { in: ['INPUT', 'FORWARD'], out: ['OUTPUT', 'FORWARD'] } as const;

export class RuleBarrier implements Barrier {
  readonly uses = 'rules';
  private constructor(
    private readonly firewall: Firewall<Family>,
    private readonly options: BarrierOptions,
    private readonly forest: Forest,
    private readonly connections: Connections | undefined,
  ) {}
  get family(): Family {
    return this.firewall.family;
  }

  /** Nothing is made yet: repair() does. */
  static async open(firewall: Firewall<Family>, options: BarrierOptions): Promise<RuleBarrier> {
    const { place, family, namespace } = firewall;
    const target = parseRule(`-j ${options.target}`, { family }).target as Rule['target'];
    const forest = new Forest(firewall, options.name, target);
    return new RuleBarrier(firewall, options, forest, place && (await Connections.open({ namespace })));
  }
  /** Takes the chains that are there, with all that is in them. */
  async repair() {
    const filter = this.firewall.table('filter');
    let changed = false;
    for (const way of ['in', 'out'] as const) {
      const chain = this.forest.rootOf(way === 'in' ? 'allow' : 'allow-out');
      const hook = (of: string) => filter.ensureChain(chain, { hook: { chain: of, position: 1 } });
      changed = (await Promise.all(HOOKS[way].map(hook))).includes(true) || changed;
    }
    // Afterwards: what was just made is empty.
    const emptied = !(await this.forest.isWhole());
    if (emptied) await this.forest.make();
    return { changed: changed || emptied, emptied };
  }

  private edit(
    of: Ban | Allowance,
    kinds: readonly ['in' | 'allow', 'out' | 'allow-out'],
    add: boolean,
  ): Promise<void> {
    const direction = 'direction' in of ? of.direction : 'both';
    const [said] = [[...saidOf(of)]];
    return this.forest.edit((trees) => {
      for (const [way, kind] of [
        ['in', kinds[0]],
        ['out', kinds[1]],
      ] as const) {
        if (direction !== way && direction !== 'both') continue;
        const tree = trees.of(kind);
        for (const each of said) {
          const key = keyOf(each);
          if (!add) tree.delete(key);
          else if (JSON.stringify(tree.get(key)?.rule) !== JSON.stringify(each)) tree.set(itemOf(each));
        }
      }
    });
  }
  ban(ban: Ban): Promise<void> {
    return this.edit(ban, ['in', 'out'], true);
  }
  unban(ban: Ban): Promise<void> {
    return this.edit(ban, ['in', 'out'], false);
  }
  /** Its rules match no more; they go with what is written next to it. */
  ended(ban: Ban): void {
    void this.unban(ban).catch(() => {});
  }
  allow(allowance: Allowance): Promise<void> {
    return this.edit(allowance, ['allow', 'allow-out'], true);
  }
  disallow(allowance: Allowance): Promise<void> {
    return this.edit(allowance, ['allow', 'allow-out'], false);
  }

  async held(): Promise<Map<string, Held>> {
    const found = new Map<string, Held>();
    for (const direction of ['in', 'out'] as const)
      for (const { key, rule, counters } of await this.forest.list(direction)) {
        if (!lasts(rule)) continue;
        const { ports, ...said } = rule;
        found.set(`${direction} ${key}`, { ...said, ...(ports && { port: ports[0]! }), direction, ...counters });
      }
    return found;
  }
  *keysOf(ban: Ban): Generator<string> {
    for (const direction of ['in', 'out'] as const)
      if (ban.direction === direction || ban.direction === 'both')
        for (const said of saidOf(ban)) yield `${direction} ${keyOf(said)}`;
  }
  async test(address: string) {
    const net = netOf(placeOf(address));
    const trees = await this.forest.trees();
    const has = (tree: ReturnType<Trees['of']>) => [...tree.around(net)].some(({ rule }) => !rule.ports && lasts(rule));
    const list = trees.lists().find((name) => has(trees.list(name)));
    const banned = list !== undefined || has(trees.of('in'));
    return { banned, allowed: has(trees.of('allow')), ...(list !== undefined && { list }) };
  }

  async lists(): Promise<string[]> {
    return (await this.forest.trees()).lists();
  }
  async fill(list: string, places: readonly Place[]): Promise<void> {
    const { name } = this.options;
    if (name.length + list.length > 21)
      throw new IptcError('ERR_BAD_ARGUMENT', `Cannot make list ${list}: no chain can be called ${name}@${list}`, {
        hint: 'Use shorter names: without ip_set both together have 21 letters at most.',
      });
    await this.forest.edit((trees) => trees.list(list).replace(places.map(({ text }) => itemOf({ address: text }))));
  }
  async drop(list: string): Promise<boolean> {
    if (!(await this.lists()).includes(list)) return false;
    await this.forest.edit((trees) => trees.drop(list));
    return true;
  }

  async cut(isMeant: (connection: Connection) => boolean): Promise<number> {
    return (await this.connections?.deleteThose({ family: this.family }, isMeant)) ?? 0;
  }
  async cutHosts(addresses: readonly string[]): Promise<boolean> {
    return (await this.connections?.deleteFrom(addresses)) ?? true;
  }
  remove(): Promise<void> {
    return this.forest.remove();
  }
  async close(): Promise<void> {
    await this.forest.close();
    await this.connections?.close();
  }
}
