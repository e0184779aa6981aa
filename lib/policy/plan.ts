/** Plans: what has to change so that what is desired holds. */
import { argument, callback, count, fields, flag, instance, named, optionsOf, signal } from '../arguments';
import type { TableName } from '../codec/extension';
import { WAITING, type WaitOptions } from '../commit/waiting';
import type { Family } from '../rule/rule';
import { BothFamilies } from '../table/both/both';
import { Firewall } from '../table/firewall';
import type { RestoreOptions } from '../table/options';
import type { TableState } from '../table/state';
import type { Change, LeftAlone } from './changes';
import { type Desired, type DesiredOfBoth, desiredOfBoth, desired as isDesired } from './desired';
import { drafted, held, isHeld, namedIn, type Wanted, wanted } from './draft';
import { type Own, Ownership, own, ownIn } from './own';
import { TablePlan } from './table';
import { planLines } from './text';

export interface PlanOptions<F extends Family = Family> {
  /** What may be changed: all of the tables that are desired unless told. */
  readonly own?: Own<F>;
  /** Keeps what is in the tables, and adds to it, as `iptables-restore --noflush`. */
  readonly noflush?: boolean;
  /** What an error calls the text. */
  readonly file?: string;
  /** The addresses of a host that a rule of a text names, as for `firewall.restore`. */
  readonly resolve?: RestoreOptions['resolve'];
  /** Gives up what hasn't been begun, with ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** What has to change, and nothing of it done yet: printed as a diff by `${plan}`, made so by apply(). */
export class Plan<F extends Family = Family> {
  private edits: readonly Change<F>[] | undefined;

  /** @internal */
  constructor(
    /** @internal */ readonly tables: readonly TablePlan<F>[],
    /** @internal Where they are. */
    readonly place: Firewall<F>['place'],
    /** @internal The tables beside them, as they are. */
    readonly others: () => Promise<readonly TableState<F>[]>,
  ) {}

  /**
   * The edits, in the order in which they are made: no fewer would do.
   *
   * @example for (const { edit, chain } of changes.changes) console.log(edit, chain)
   */
  get changes(): readonly Change<F>[] {
    this.edits ??= Object.freeze(this.tables.flatMap((table) => [...table.changes()]));
    return this.edits;
  }
  /**
   * Whether there is nothing to be done.
   *
   * @example if (changes.empty) console.log('all is well')
   */
  get empty(): boolean {
    return this.tables.every(({ empty }) => empty);
  }
  /**
   * What there is besides, and isn't touched since it isn't owned.
   *
   * @example for (const { chain, rules } of changes.leftAlone) console.log(chain, rules)
   */
  get leftAlone(): readonly LeftAlone<F>[] {
    return this.tables.flatMap(({ leftAlone }) => leftAlone);
  }

  /**
   * Makes the edits: one commit a table, and none for a table that stays. What rules count that stay is kept. Rejects with
   * ERR_CONFLICT if a table isn't what it was when the plan was made; nothing is done to that one then, nor to those after
   * it.
   *
   * @example if (!changes.empty) await changes.apply({ wait: 5000 })
   */
  async apply(options?: WaitOptions): Promise<void> {
    const waiting = optionsOf('apply', options, waits);
    for (const table of this.tables) {
      await table.apply(waiting);
      if (!table.empty) this.applied++;
    }
  }
  /** @internal How many tables have been changed. */
  applied = 0;

  /**
   * The lines that go (`-`) and come (`+`) as iptables-save prints them, with so many unchanged ones around them (3 unless
   * told). Empty if there is nothing to be done.
   *
   * @example changes.toString()
   *   // *filter
   *   //  -A INPUT -i lo -j ACCEPT
   *   // +-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
   */
  toString(options?: { readonly context?: number }): string {
    const { context = 3 } = optionsOf('toString', options, printing);
    let text = '';
    for (const line of this.lines(context)) text += `${line}\n`;
    return text;
  }
  /** @internal The same, line by line. */
  *lines(context = 3): Generator<string> {
    const several = new Set(this.tables.map(({ family }) => family)).size > 1;
    let family: Family | undefined;
    for (const table of this.tables) {
      if (several && !table.empty && family !== table.family) {
        family = table.family;
        yield `# ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`;
      }
      yield* planLines(table as unknown as TablePlan<never>, context);
    }
  }
  /**
   * Plain data: what changes, and what is left alone.
   *
   * @example JSON.stringify(changes, null, 2)
   */
  toJSON(): { readonly changes: readonly Change<F>[]; readonly leftAlone: readonly LeftAlone<F>[] } {
    return { changes: this.changes, leftAlone: this.leftAlone };
  }
}

const waits = fields<WaitOptions>(WAITING);
const printing = fields<{ context?: number }>({
  context: (value) => (value === 0 ? 0 : count(value)),
});

/** @internal */
export const planChecks = {
  own: own as never,
  noflush: flag,
  file: named('the name of a file'),
  resolve: callback,
  signal,
};
const planning = fields<PlanOptions>(planChecks);

/** What is desired of a firewall: undefined if what it has, as far as it is owned. */
export interface Given<F extends Family> {
  readonly firewall: Firewall<F>;
  readonly desired: Desired<F> | undefined;
  /** Its rules may be of the other family, or of both. */
  readonly both?: boolean;
}
interface Source<F extends Family> {
  readonly firewall: Firewall<F>;
  readonly wanted: Wanted<F>;
}

/** What is planned: read once, to be planned any number of times. */
export class Planner<F extends Family> {
  constructor(
    private readonly sources: readonly Source<F>[],
    private readonly options: PlanOptions<F>,
  ) {}

  async plan(): Promise<Plan<F>> {
    const tables: TablePlan<F>[] = [];
    for (const source of this.sources) tables.push(...(await this.tables(source)));
    const others = async () => {
      const states: TableState<F>[] = [];
      for (const { firewall, wanted } of this.sources)
        states.push(...(await held(firewall, (name) => !namedIn(wanted).includes(name))));
      return states;
    };
    return new Plan<F>(tables, this.sources[0]?.firewall.place, others);
  }

  private async tables({ firewall, wanted }: Source<F>): Promise<TablePlan<F>[]> {
    const { options } = this;
    const names = namedIn(wanted);
    const states: TableState<F>[] = [];
    const { signal } = options;
    for (const name of names) states.push(await firewall.table(name).state({ signal }));
    const { codec } = firewall.table(names[0] ?? 'filter');
    const { own = 'tables' } = options;
    const ownership = new Ownership<F>(codec, this.sources.length > 1 ? ownIn(own, firewall.family) : own);
    const isLeft = (chain: string) => !ownership.hasChain(chain);
    const held = isHeld(wanted);
    const drafts = held ? wanted : await drafted(wanted, states, codec.kernel, { ...options, isLeft });
    const plans: TablePlan<F>[] = [];
    for (const [i, name] of names.entries())
      plans.push(await TablePlan.of(firewall.table(name) as never, states[i]!, drafts[i]!, ownership, held));
    return plans;
  }

  /** Which tables it looks at. */
  get observed(): readonly { readonly firewall: Firewall<F>; readonly tables: readonly TableName[] }[] {
    return this.sources.map(({ firewall, wanted }) => ({ firewall, tables: namedIn(wanted) }));
  }
}

/**
 * Compares what is desired with what there is, and gives the edits that it takes: as few as there can be. Nothing is
 * changed. What of a table isn't desired goes, unless `own` says what may be touched; policies stay as they are unless
 * told. Rejects with ERR_BAD_RULE, ERR_BAD_TEXT, ERR_NO_CHAIN … where what is desired can't be.
 *
 * @example
 * const changes = await plan(firewall, {
 *   filter: { INPUT: { policy: 'DROP', rules: ['-i lo -j ACCEPT', { source: ['192.0.2.1', '192.0.2.2'], target: 'ACCEPT' }] } },
 * });
 * console.log(`${changes}`);
 */
// Of several signatures the compiler says of the last why it doesn't fit: that is the one that is used most.
export async function plan(firewall: BothFamilies, desired: DesiredOfBoth, options?: PlanOptions): Promise<Plan>;
export async function plan<F extends Family>(
  firewall: Firewall<F>,
  desired: Desired<F>,
  options?: PlanOptions<F>,
): Promise<Plan<F>>;
export async function plan(
  firewall: Firewall | BothFamilies,
  desired: Desired | DesiredOfBoth,
  options?: PlanOptions,
): Promise<Plan> {
  const given = optionsOf('plan', options, planning);
  return (await planner('plan', firewall, desired, given)).plan();
}

/** @internal */
export async function planner(
  call: string,
  firewall: Firewall | BothFamilies,
  desired: Desired | DesiredOfBoth,
  options: PlanOptions,
): Promise<Planner<Family>> {
  return plannerOf(given(call, firewall, desired), options);
}
/** @internal Reads what is desired. */
export async function plannerOf<F extends Family>(
  given: readonly Given<F>[],
  options: PlanOptions<F>,
): Promise<Planner<F>> {
  const sources: Source<F>[] = [];
  for (const { firewall, desired, both = false } of given)
    sources.push({
      firewall,
      wanted: desired === undefined ? await held(firewall) : await wanted(firewall, desired, options.file, both),
    });
  return new Planner(sources, options);
}

/** @internal What callers say, by family. `owned`: what of the tables is meant, if nothing is desired of them. */
export function given(
  call: string,
  firewall: Firewall | BothFamilies,
  desired: Desired | DesiredOfBoth,
  owned?: Own,
): Given<Family>[] {
  const on = argument(call, 'firewall', firewall, target);
  const firewalls = on instanceof Firewall ? [on] : [on.ipv4, on.ipv6];
  if (owned !== undefined) {
    argument(call, 'desired', owned, own);
    return firewalls.map((each) => ({ firewall: each as unknown as Firewall, desired: undefined }));
  }
  if (on instanceof Firewall) return [{ firewall: on, desired: argument(call, 'desired', desired, isDesired) }];
  const both = argument(call, 'desired', desired, desiredOfBoth);
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const wanted = both.both ?? both[family];
    const firewall = on[family] as unknown as Firewall;
    return wanted === undefined ? [] : [{ firewall, desired: wanted, both: both.both !== undefined }];
  });
}

const target = (value: unknown): Firewall | BothFamilies =>
  value instanceof BothFamilies ? value : instance(Firewall, 'a firewall')(value);
