/** Plans: what has to change so that what is desired holds. */
import { argument, count, fields, flag, instance, named, optionsOf } from '../arguments';
import type { TableName } from '../codec/extension';
import type { Family } from '../rule/rule';
import { Firewall } from '../table/firewall';
import type { TableState } from '../table/state';
import type { Change, LeftAlone } from './changes';
import { type Desired, desired as isDesired } from './desired';
import { drafted, namedIn, type Wanted, wanted } from './draft';
import { type Own, Ownership, own } from './own';
import { TablePlan } from './table';
import { planLines } from './text';

export interface PlanOptions<F extends Family = Family> {
  /** What may be changed: all of the tables that are desired unless told. */
  readonly own?: Own<F>;
  /** Keeps what is in the tables, and adds to it, as `iptables-restore --noflush`. */
  readonly noflush?: boolean;
  /** What an error calls the text. */
  readonly file?: string;
}

export class Plan<F extends Family = Family> {
  private edits: readonly Change<F>[] | undefined;

  /** @internal */
  constructor(/** @internal */ readonly tables: readonly TablePlan<F>[]) {}

  /** The edits, in the order in which they are made: no fewer would do. */
  get changes(): readonly Change<F>[] {
    this.edits ??= Object.freeze(this.tables.flatMap((table) => [...table.changes()]));
    return this.edits;
  }
  /** Whether there is nothing to be done. */
  get empty(): boolean {
    return this.tables.every(({ empty }) => empty);
  }
  /** What there is besides, and isn't touched since it isn't owned. */
  get leftAlone(): readonly LeftAlone<F>[] {
    return this.tables.flatMap(({ leftAlone }) => leftAlone);
  }

  /**
   * Makes the edits: one commit a table, and none for a table that stays. What rules count that stay is kept. Rejects with
   * ERR_CONFLICT if a table isn't what it was when the plan was made; nothing is done to that one then, nor to those after
   * it.
   *
   * @example if (!changes.empty) await changes.apply()
   */
  async apply(): Promise<void> {
    for (const table of this.tables) {
      await table.apply();
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
    const several = new Set(this.tables.map(({ family }) => family)).size > 1;
    let text = '';
    let family: Family | undefined;
    for (const table of this.tables) {
      if (several && !table.empty && family !== table.family) {
        family = table.family;
        text += `# ${family === 'ipv4' ? 'IPv4' : 'IPv6'}\n`;
      }
      for (const line of planLines(table as unknown as TablePlan<never>, context)) text += `${line}\n`;
    }
    return text;
  }
  /** Plain data: what changes, and what is left alone. */
  toJSON(): { readonly changes: readonly Change<F>[]; readonly leftAlone: readonly LeftAlone<F>[] } {
    return { changes: this.changes, leftAlone: this.leftAlone };
  }
}

const printing = fields<{ context?: number }>({
  context: (value) => (value === 0 ? 0 : count(value)),
});

/** @internal */
export const planChecks = { own: own as never, noflush: flag, file: named('the name of a file') };
const planning = fields<PlanOptions>(planChecks);

/** What is planned: read once, to be planned any number of times. */
export class Planner<F extends Family> {
  private constructor(
    private readonly firewall: Firewall<F>,
    private readonly wanted: Wanted<F>,
    private readonly options: PlanOptions<F>,
  ) {}

  static async of<F extends Family>(firewall: Firewall<F>, desired: Desired<F>, options: PlanOptions<F>) {
    return new Planner<F>(firewall, await wanted(firewall, desired, options.file), options);
  }

  async plan(): Promise<Plan<F>> {
    const { firewall, wanted, options } = this;
    const names = namedIn(wanted);
    const states: TableState<F>[] = [];
    for (const name of names) states.push(await firewall.table(name).state());
    const [first] = names;
    const { kernel } = firewall.table(first ?? ('filter' as TableName)).codec;
    const ownership = (name: TableName) => new Ownership<F>(firewall.table(name).codec, options.own ?? 'tables');
    const owned = first && ownership(first);
    const isLeft = (chain: string) => owned?.hasChain(chain) === false;
    const drafts = await drafted(wanted, states, kernel, { ...options, isLeft });
    const plans: TablePlan<F>[] = [];
    for (const [i, name] of names.entries())
      plans.push(await TablePlan.of(firewall.table(name) as never, states[i]!, drafts[i]!, ownership(name)));
    return new Plan<F>(plans);
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
export async function plan<F extends Family>(
  firewall: Firewall<F>,
  desired: Desired<F>,
  options?: PlanOptions<F>,
): Promise<Plan<F>> {
  const given = optionsOf('plan', options, planning) as PlanOptions<F>;
  return (await planner('plan', firewall, desired, given)).plan();
}

/** @internal */
export function planner<F extends Family>(
  call: string,
  firewall: Firewall<F>,
  desired: Desired<F>,
  options: PlanOptions<F>,
): Promise<Planner<F>> {
  const on = argument(call, 'firewall', firewall, instance(Firewall, 'a firewall')) as Firewall<F>;
  return Planner.of(on, argument(call, 'desired', desired, isDesired) as Desired<F>, options);
}
