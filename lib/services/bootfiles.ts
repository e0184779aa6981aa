/** Are the files that are loaded at boot in step with the kernel, and does anybody load them? */
import { constants } from 'node:os';
import type { IptcError } from '../errors';
import type { Family, TableState } from '../index';
import { FAMILY } from '../net/family';
import { type Kept, keptOf } from '../persist/firewalls';
import { essence, linesOf, readRuleset, unhurried } from '../persist/lines';
import type { System } from '../persist/system';
import { BOOT_UNIT, distributionService } from './boot';
import type { DoctorOptions } from './doctor';
import type { Say } from './findings';
import { ownersOf } from './rivals';
import type { ServiceStatus } from './units';

/** Whether what is in force now is what a boot will bring. */
export async function checkBoot(
  system: System,
  family: Family,
  states: readonly TableState<Family>[],
  options: DoctorOptions,
  services: ReadonlyMap<string, ServiceStatus>,
  say: Say,
): Promise<void> {
  let kept: Kept;
  try {
    kept = keptOf(system, family, options);
  } catch (error) {
    say('boot', 'note', (error as Error).message, { family });
    return;
  }
  const { path } = kept;
  const command = FAMILY[family].command;
  const now = await rulesOf(states.map((state) => essence(unhurried(state.saveLines()))));
  let file: Map<string, string[]> | undefined;
  try {
    file = await rulesOf([linesOf(await readRuleset(family, path))]);
  } catch (error) {
    if ((error as IptcError).errno !== constants.errno.ENOENT) {
      const { line, column } = error as IptcError;
      const where = line === undefined ? path : `${path}:${line}${column === undefined ? '' : `:${column}`}`;
      say('boot', 'error', `${where}: ${(error as Error).message}. It would not be loaded at boot.`, {
        family,
        hint: `Mend that line, or save the tables anew: ${command} service save.`,
      });
      return;
    }
  }

  const loader = distributionService(family, options);
  const status = [loader?.unit ?? '', BOOT_UNIT]
    .map((unit) => services.get(unit))
    .find((each) => each?.enabled === true && !each.masked);
  if (!file) {
    if (now.size > 0)
      say('boot', 'warning', `The ${FAMILY[family].name} rules are lost at the next boot: there is no ${path}.`, {
        family,
        hint: `Save them: ${command} service save.`,
      });
    else say('boot', 'ok', `There are no ${FAMILY[family].name} rules, and none are loaded at boot.`, { family });
    if (status && status.unit !== BOOT_UNIT && status.unit.includes('tables'))
      say('boot', 'warning', `${status.unit} starts at boot, and will fail: there is no ${path}.`, {
        family,
        // Without a table in use there is nothing to save.
        hint: states.length > 0 ? `Save the tables: ${command} service save.` : `systemctl disable ${status.unit}`,
      });
    return;
  }
  const wrong = differences(now, file);
  const programs = [...new Set(states.flatMap((state) => [...ownersOf(state).keys()]))];
  if (wrong === 0) say('boot', 'ok', `${path} says what the kernel does.`, { family });
  else
    say(
      'boot',
      'warning',
      `${path} and the kernel differ in ${wrong} ${wrong === 1 ? 'line' : 'lines'}: a boot would change the rules.`,
      {
        family,
        hint: `See them: ${command} diff ${path}. Keep what is in force: ${command} service save. ${
          programs.length === 0
            ? `Go back to the file: ${command}-restore ${path}.`
            : `Loading the file would take away what ${programs.join(', ')} has written since.`
        }`,
      },
    );
  if ([...services.values()].every(({ state }) => state === 'unknown')) return;
  if (status) {
    if (status.state === 'failed')
      say('boot', 'warning', `${status.unit} has failed.`, { family, hint: `journalctl -u ${status.unit}` });
    else say('boot', 'ok', `${status.unit} loads ${path} at boot.`, { family });
  } else if (file.size > 0 || now.size > 0) {
    const known = loader && services.get(loader.unit);
    const fire = services.get('firewalld.service');
    const first = fire?.enabled && !fire.masked ? 'Decide about firewalld first, which fills the tables at boot. ' : '';
    say(
      'boot',
      'warning',
      `Nothing loads ${path} at boot${known && known.state !== 'absent' ? `: ${known.unit} is not enabled` : ''}.`,
      {
        family,
        hint:
          known && known.state !== 'absent'
            ? `${first}${known.masked ? `systemctl unmask ${known.unit}; ` : ''}systemctl enable ${known.unit}`
            : `${first}${loader ? `${loader.installHint}, or: ` : ''}iptc service install`,
      },
    );
  }
}

/** The lines of each table that says anything: an empty one with its policies at ACCEPT is as good as none. */
async function rulesOf(sources: readonly AsyncIterable<string>[]): Promise<Map<string, string[]>> {
  const tables = new Map<string, string[]>();
  for (const source of sources) {
    let lines: string[] = [];
    for await (const line of source) {
      if (line.startsWith('*')) {
        lines = [];
        tables.set(line, lines);
      } else if (line !== 'COMMIT') lines.push(line);
    }
  }
  for (const [name, lines] of tables) if (lines.every((line) => /^:\S+ ACCEPT$/.test(line))) tables.delete(name);
  return tables;
}

/** How many lines are in one and not in the other, or in another order. */
function differences(
  now: ReadonlyMap<string, readonly string[]>,
  file: ReadonlyMap<string, readonly string[]>,
): number {
  let count = 0;
  for (const name of new Set([...now.keys(), ...file.keys()])) {
    const [a, b] = [now.get(name) ?? [], file.get(name) ?? []];
    const left = new Map<string, number>();
    for (const line of a) left.set(line, (left.get(line) ?? 0) + 1);
    let common = 0;
    for (const line of b) {
      const more = left.get(line) ?? 0;
      if (more === 0) continue;
      left.set(line, more - 1);
      common++;
    }
    const apart = a.length + b.length - 2 * common;
    // The same lines in another order are other rules; chains may come in any.
    const order = (lines: readonly string[]) => lines.filter((line) => line.startsWith('-')).join('\n');
    count += apart > 0 ? apart : order(a) === order(b) ? 0 : 1;
  }
  return count;
}
