/** Moves iptables' rules from legacy tables to nf_tables, or back: all tables of both families, with what they have counted. */
import {
  type BothFamilies,
  type Family,
  Firewall,
  type FirewallOptions,
  type FirewallTransaction,
  IptcError,
  type TableName,
} from '../index';
import { FAMILY } from '../net/family';
import type { TableState } from '../table/state';
import type { Guard, Keeping } from './snapshot';

export type KernelTables = 'legacy' | 'nft';
const OTHER = { legacy: 'nft', nft: 'legacy' } as const;
export const SIDES = { legacy: 'legacy tables', nft: 'nf_tables' } as const;
const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

export interface MigrateOptions {
  readonly to: KernelTables;
  readonly namespace?: FirewallOptions['namespace'];
  readonly lock?: FirewallOptions['lock'];
  /** Only has the kernel check whether it can be done. */
  readonly dryRun?: boolean;
  /** Whoever puts everything back if it fails, or if this process is killed. */
  readonly guard: (what: Keeping) => Promise<Guard>;
  /** Told of each step, once it is done. */
  readonly say?: (step: string) => void;
}

/** `nothing`: there are no rules to be moved. Rejects with everything as it was; or with ERR_NOT_REVERTED. */
export async function migrate(options: MigrateOptions): Promise<'done' | 'nothing' | 'checked'> {
  const { to, namespace, lock, dryRun = false, guard, say = () => {} } = options;
  const from = OTHER[to];
  const open = (backend: KernelTables) =>
    Firewall.openBoth({
      backend,
      manner: 'iptables',
      ...(namespace !== undefined && { namespace }),
      ...(lock !== undefined && { lock }),
    });
  const old = await open(from);
  try {
    const next = await open(to);
    try {
      const tables = await occupied(old);
      if (tables.length === 0) return 'nothing';
      refuseBoth(to, await occupied(next));
      for (const state of tables) refuseForeign(to, state);
      for (const state of tables) await tableOf(next, state).restoreState(state, { test: true });
      say(`the kernel would take ${said(tables)} into ${SIDES[to]}`);
      if (dryRun) return 'checked';
      const keeper = await guard({
        families: FAMILIES,
        backend: [from, to],
        ...(namespace !== undefined && { namespace }),
        ...(lock !== undefined && { lock }),
      });
      try {
        for (const state of tables) await tableOf(next, state).restoreState(state);
        say(`${SIDES[to]} have them, too`);
        for (const state of tables) verify(to, state, await tableOf(next, state).state());
        say('they are the same, rule for rule, with what they have counted');
        await empty(old, tables);
        say(`${SIDES[from]} are empty`);
      } catch (error) {
        await keeper.revert();
        throw error;
      }
      if (await keeper.keep()) return 'done';
      throw new IptcError(
        'ERR_ABORTED',
        `Cannot move the rules to ${SIDES[to]}: it took too long, and everything has been put back`,
      );
    } finally {
      await next.close();
    }
  } finally {
    await old.close();
  }
}

type State = TableState<Family>;

const tableOf = (firewall: BothFamilies, { family, name }: State) =>
  (firewall[family] as Firewall).table(name as TableName);

/** Tables that say anything. */
async function occupied(firewall: BothFamilies): Promise<State[]> {
  const found: State[] = [];
  for (const family of FAMILIES)
    for (const name of firewall[family].loadedTables()) {
      const state = await (firewall[family] as Firewall).table(name as TableName).state();
      if (state.length > 0 || state.chains.some(({ policy }) => policy !== 'ACCEPT')) found.push(state as State);
    }
  return found;
}
function said(tables: readonly State[]): string {
  const rules = tables.reduce((sum, { length }) => sum + length, 0);
  const names = tables.map(({ family, name }) => `${name} (${FAMILY[family].name})`);
  return `${rules} ${rules === 1 ? 'rule' : 'rules'} of ${names.join(', ')}`;
}

function refuseBoth(to: KernelTables, there: readonly State[]): void {
  const [first] = there;
  if (!first) return;
  const { family, name } = first;
  throw new IptcError(
    'ERR_CONFLICT',
    `Cannot move the rules to ${SIDES[to]}: there are some already, in table ${name} (${FAMILY[family].name})`,
    { family, table: name, hint: `Save them (iptc --${to} save), and flush them or move them first.` },
  );
}

/** What is nft's own has no words in iptables. */
function refuseForeign(to: KernelTables, state: State): void {
  if (to === 'nft') return;
  const { family, name } = state;
  for (const chain of state.chains) {
    let index = 0;
    for (const rule of chain) {
      if ('match' in rule && rule.match?.some((match) => '#nft' in match))
        throw new IptcError(
          'ERR_BAD_RULE',
          `Cannot move rule ${index + 1} of chain ${chain.name} of table ${name} (${FAMILY[family].name}) to legacy tables: only nf_tables can hold it`,
          {
            family,
            table: name,
            chain: chain.name,
            index,
            hint: `nft list chain ${family === 'ipv4' ? 'ip' : 'ip6'} ${name} ${chain.name} shows it.`,
          },
        );
      index++;
    }
  }
}

/** The other side must say the same, and have counted as much at least: packets come meanwhile. */
function verify(to: KernelTables, was: State, is: State): void {
  const [before, after] = [was.chains, is.chains];
  const same =
    sameRules(was, is) &&
    before.every((chain, i) => {
      const other = after[i]!;
      const counters = [...chain].map(({ counters }) => counters);
      return [...other].every(
        (rule, at) => rule.counters.packets >= counters[at]!.packets && rule.counters.bytes >= counters[at]!.bytes,
      );
    });
  if (same) return;
  const { family, name } = was;
  throw new IptcError(
    'ERR_CONFLICT',
    `Cannot move table ${name} (${FAMILY[family].name}) to ${SIDES[to]}: it is not the same there`,
    { family, table: name, hint: 'Find out who else writes rules, and try again.' },
  );
}
function sameRules(a: State, b: State): boolean {
  const [one, other] = [a.saveLines(), b.saveLines()];
  for (const line of one) if (withoutCounters(line) !== withoutCounters(other.next().value as string)) return false;
  return other.next().done === true;
}
const withoutCounters = (line: string | undefined): string | undefined => line?.replace(/^(:.*) \[\d+:\d+\]$/, '$1');

/** Unless somebody has changed them meanwhile. */
async function empty(firewall: BothFamilies, tables: readonly State[]): Promise<void> {
  const names = [...new Set(tables.map(({ name }) => name as TableName))];
  await firewall.transaction(
    async (tx) => {
      for (const state of tables) {
        const table = (tx[state.family] as FirewallTransaction).table(state.name as 'filter');
        const now = await table.state();
        if (!sameRules(state, now as unknown as State))
          throw new IptcError(
            'ERR_CONFLICT',
            `Cannot empty table ${state.name} (${FAMILY[state.family].name}): somebody else has changed it meanwhile`,
            { family: state.family, table: state.name, hint: 'Find out who else writes rules, and try again.' },
          );
        await table.flush();
        await table.deleteChains();
        for (const { name, builtin } of now.chains) if (builtin) await table.chain(name as 'INPUT').setPolicy('ACCEPT');
      }
    },
    { tables: names },
  );
}
