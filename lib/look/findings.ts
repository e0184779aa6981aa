/** What `check` finds, at the places of the rules that are looked at. */
import { type CheckReport, check, type RulesetInput } from '../analysis/index';
import type { Family, Ruleset, TableState } from '../index';
import type { SeenTable } from './model';
import type { PageFinding, PageMore } from './page-data';

/** Of both families' tables. */
export function checkTables(states: readonly TableState<Family>[]): CheckReport {
  const side = <F extends Family>(family: F): RulesetInput<F> => {
    const of = states.filter((state) => state.family === family) as unknown as TableState<F>[];
    return of.length > 0 ? of : ({ family, tables: [] } as unknown as Ruleset<F>);
  };
  return check({ ipv4: side('ipv4'), ipv6: side('ipv6') });
}

export function placed(
  tables: readonly SeenTable[],
  { findings, undecided }: CheckReport,
): Pick<PageMore, 'findings' | 'undecided'> {
  const firsts = new Map<string, number>();
  for (const { family, name, chains } of tables) {
    let first = 0;
    for (const chain of chains) {
      firsts.set(`${family} ${name} ${chain.name}`, first);
      first += chain.rules.length;
    }
  }
  const all = findings.map(({ family, table, chain, number, level, name, reason, remedy }): PageFinding => {
    const first = firsts.get(`${family} ${table} ${chain}`);
    const rule = first === undefined || number === undefined ? -1 : first + number - 1;
    const at = number === undefined ? {} : { number };
    return { table: `${family} ${table}`, chain, rule, ...at, level, name, reason, remedy };
  });
  return { findings: all, ...(undecided !== undefined && { undecided }) };
}
