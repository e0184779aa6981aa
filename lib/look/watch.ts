/** Both families' tables, the sets and the number of connections, as they are now and change. */
import { Connections } from '../conntrack/index';
import type { Family, Firewall } from '../index';
import { Sets } from '../sets/index';
import { Counting } from './counting';

export interface WatchedTable {
  readonly family: Family;
  readonly name: string;
  readonly counting: Counting;
}
export interface WatchedSet {
  readonly name: string;
  readonly type: string;
  readonly elements: number;
}
export interface Reading {
  readonly tables: readonly WatchedTable[];
  /** Undefined where they can't be had. */
  readonly sets: readonly WatchedSet[] | undefined;
  readonly connections: number | undefined;
}

export class Watch {
  private readonly known = new Map<string, WatchedTable>();

  private constructor(
    private readonly firewalls: readonly Firewall<Family>[],
    private readonly sets: Sets | undefined,
    private readonly connections: Connections | undefined,
    /** The tables of a family that are loaded. */
    private readonly loaded: (firewall: Firewall<Family>) => readonly string[],
  ) {}

  static async open(
    firewalls: readonly Firewall<Family>[],
    namespace: string | undefined,
    loaded: (firewall: Firewall<Family>) => readonly string[],
  ): Promise<Watch> {
    const options = namespace === undefined ? {} : { namespace };
    const [sets, connections] = await Promise.all([had(Sets.open(options)), had(Connections.open(options))]);
    return new Watch(firewalls, sets, connections, loaded);
  }

  async read(): Promise<Reading> {
    const tables: WatchedTable[] = [];
    for (const firewall of this.firewalls)
      for (const name of this.loaded(firewall)) {
        const state = await firewall.table(name as 'filter').state();
        const key = `${firewall.family} ${name}`;
        let table = this.known.get(key);
        if (!table) {
          table = { family: firewall.family, name, counting: new Counting() };
          this.known.set(key, table);
        }
        table.counting.read(state, performance.now());
        tables.push(table);
      }
    const [sets, connections] = await Promise.all([
      had(this.sets && headsOf(this.sets)),
      had(this.connections?.count()),
    ]);
    return { tables, sets, connections };
  }

  async close(): Promise<void> {
    await Promise.all([...this.firewalls, this.sets, this.connections].map((open) => open?.close()));
  }
}

/** A kernel may have no sets and no connections, or not for us: tables are looked at all the same. */
const had = <T>(asked: Promise<T> | undefined): Promise<T | undefined> =>
  asked?.catch(() => undefined) ?? Promise.resolve(undefined);

async function headsOf(sets: Sets): Promise<WatchedSet[]> {
  const heads: WatchedSet[] = [];
  for await (const { name, type, elements } of sets.list()) heads.push({ name, type, elements });
  return heads;
}
