/** `iptc view`: tables as a page, in one file or served on loopback. */
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { check } from '../analysis';
import { type Family, type Firewall, parseRuleset, type TableState } from '../index';
import { checkTables, placed } from '../look/findings';
import { seenRuleset, seenState } from '../look/model';
import { pageData, pageHtml } from '../look/page';
import type { PageMore, PagePlan } from '../look/page-data';
import { setAddresses } from '../look/set-addresses';
import { asked } from './asked';
import { openBoth, pageFiles, readFile, writeFile } from './look';
import { complain, print } from './output';
import { EXIT, failed, type Program } from './program';
import { loadedTables, namespaceOf } from './tables';

const FLAGS = [
  { name: 'out', letter: 'o', argument: true },
  { name: 'serve' },
  { name: 'plan', argument: true },
  { name: 'trace' },
  { name: 'netns', argument: true },
] as const;
const HELP = `Makes a page of the tables of both families, or of a saved file: one file that needs nothing else (--out), or
served on loopback with counters that tick, for who has the address that is printed (--serve). --plan shows what a file
of rules would change, and which packets would fare otherwise. Nothing is changed by any of this, unless --trace is
given: then live packets can be traced from the page, for which rules with the target TRACE stand first in the table raw
while somebody looks.`;

export async function view(program: Program, words: readonly string[]): Promise<number> {
  const usage = `Usage: ${program.name} view {--out file | --serve [--trace]} [--plan file] [--netns name|path] [file]`;
  const { given, rest } = asked(`${program.name} view`, words, FLAGS, usage, HELP);
  const [file] = rest;
  const [out, wanted] = [given.get('out'), given.get('plan')];
  const serves = given.has('serve');
  if (
    rest.length > 1 ||
    (out === undefined) !== serves ||
    (file !== undefined && serves) ||
    (given.has('trace') && !serves)
  ) {
    complain(usage);
    return EXIT.USAGE;
  }
  const netns = given.get('netns');
  const firewalls: Firewall<Family>[] = [];
  try {
    const files = pageFiles('style');
    const { family } = program;
    // Once: it may be standard input.
    const plan = wanted === undefined ? undefined : { file: wanted, text: readFile(wanted) };
    if (file !== undefined) {
      const text = readFile(file);
      const ruleset = parseRuleset(text, { family, file });
      const { inMemory } = require('../policy/draft') as typeof import('../policy/draft');
      const planned = plan === undefined ? undefined : await planOf(await inMemory(family, text, file), plan);
      const title = `Firewall in ${basename(file)}`;
      const tables = seenRuleset(ruleset);
      const more = { ...placed(tables, check(ruleset)), sets: [], ...(planned && { plan: planned }) };
      writeFile(out!, pageHtml(title, files, pageData(title, new Date(), tables, { more })));
      return 0;
    }
    firewalls.push(...openBoth(netns));
    const namespace = netns === undefined ? undefined : namespaceOf(netns);
    const more = async (): Promise<Omit<PageMore, 'sets'>> => {
      const states = await statesOf(firewalls);
      const on = firewalls.find((firewall) => firewall.family === family);
      const planned = plan === undefined || !on ? undefined : await planOf(on, plan);
      return {
        ...placed(states.map(seenState), checkTables(states)),
        ...(planned && { plan: planned }),
      };
    };
    const title = `Firewall of ${hostname()}${netns === undefined ? '' : `, namespace ${netns}`}`;
    if (out !== undefined) {
      const tables = (await statesOf(firewalls)).map(seenState);
      writeFile(
        out,
        pageHtml(
          title,
          files,
          pageData(title, new Date(), tables, { more: { ...(await more()), sets: await setAddresses(namespace) } }),
        ),
      );
    } else {
      const { served } = require('../look/served') as typeof import('../look/served');
      await served(
        { title, files, firewalls, namespace, loaded: loadedTables, more, traces: given.has('trace') },
        print,
      );
    }
    return 0;
  } catch (error) {
    return failed(program, error);
  } finally {
    await Promise.all(firewalls.map((firewall) => firewall.close()));
  }
}

async function statesOf(firewalls: readonly Firewall<Family>[]): Promise<TableState<Family>[]> {
  const states: TableState<Family>[] = [];
  for (const firewall of firewalls)
    for (const name of loadedTables(firewall)) states.push(await firewall.table(name).state());
  return states;
}

interface Wanted {
  readonly file: string;
  readonly text: Uint8Array;
}
async function planOf(firewall: Firewall<Family>, { file, text }: Wanted): Promise<PagePlan> {
  const { plan } = require('../policy/plan') as typeof import('../policy/plan');
  const { trafficOf } = require('./traffic') as typeof import('./traffic');
  const { formatTraffic } = require('../analysis/traffic-text') as typeof import('../analysis/traffic-text');
  const { Hosts } = require('../command/resolver') as typeof import('../command/resolver');
  const hosts = new Hosts(firewall.family);
  const changes = await plan(firewall, text, { file, resolve: (name: string) => hosts.lookUp(name) });
  const lines = (text: string) => text.split('\n').slice(0, -1);
  const traffic = changes.empty ? [] : lines(formatTraffic(await trafficOf(changes, firewall)));
  return { file: basename(file), lines: lines(`${changes}`), traffic };
}
