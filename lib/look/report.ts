/** The state of a host as one page without scripts, to be attached to a ticket. */

import type { CheckReport, Finding } from '../analysis/index';
import { FAMILY } from '../net/family';
import type { DoctorReport } from '../services/doctor';
import { amount } from './amount';
import { rowsOf } from './list';
import { escapeText } from './markup';
import type { SeenChain, SeenTable } from './model';
import { htmlOf, type PageFiles } from './page';
import { Redactor } from './redact';
import type { WatchedSet } from './watch';

export interface ReportInput {
  readonly host: string;
  readonly time: Date;
  readonly tables: readonly SeenTable[];
  /** Undefined where they can't be had. */
  readonly sets: readonly WatchedSet[] | undefined;
  readonly connections: number | undefined;
  readonly doctor: DoctorReport;
  /** What is wrong with the rules. */
  readonly check: CheckReport;
  /** Addresses, comments and names of users become `ipv4-1`, `text-2`: the same one always the same. */
  readonly redact: boolean;
}

const LEVELS = { error: 'ERROR', warning: 'WARNING', note: 'note', ok: 'ok' } as const;
/** Of what `doctor` finds: who else writes rules, and whether what is saved is what is in force. */
const OTHERS = new Set(['others', 'nft', 'firewalld', 'ufw', 'iptables', 'services', 'lock']);
const SAVED = new Set(['boot']);
/** A row of a table, each cell with its class. */
const row = (tag: 'th' | 'td', cells: readonly (readonly [text: string, kind?: string])[]): string =>
  `<tr>${cells.map(([text, kind]) => `<${tag}${kind === undefined ? '' : ` class="${kind}"`}${tag === 'th' ? ' scope="col"' : ''}>${escapeText(text)}</${tag}>`).join('')}</tr>\n`;

const counted = (number: number | bigint, one: string): string =>
  `${amount(number)} ${number.toString() === '1' ? one : `${one}s`}`;

export function report(input: ReportInput, files: PageFiles): string {
  const { host, time, tables, sets, connections, doctor, check, redact } = input;
  const redactor = new Redactor([host]);
  const [text, words] = redact ? [redactor.text, redactor.words] : [(said: string) => said, (said: string) => said];
  const title = `Firewall of ${redact ? 'a host' : host}`;
  const findings = (wanted: (about: string) => boolean): string => {
    const lines = doctor.findings
      .filter(({ about }) => wanted(about))
      .map(
        ({ level, message, hint, family }) =>
          `<li class="${level}"><b>${LEVELS[level]}</b> ${escapeText(text(`${family === undefined ? '' : `${FAMILY[family].name}: `}${message}`))}${hint === undefined || level === 'ok' ? '' : `<br><span class="soft">${escapeText(text(hint))}</span>`}</li>\n`,
      );
    return lines.length === 0 ? '<p class="soft">Nothing.</p>\n' : `<ul>\n${lines.join('')}</ul>\n`;
  };
  const services = doctor.services.map(({ unit, state }) => `<li>${escapeText(text(`${unit}: ${state}`))}</li>\n`);
  const ruleCount = tables.reduce(
    (sum, { chains }) => sum + chains.reduce((all, { rules }) => all + rules.length, 0),
    0,
  );
  const body = `<main><h1>${escapeText(title)}</h1>
<p class="soft">${escapeText(time.toISOString())}, Linux ${escapeText(doctor.kernel)}, ${counted(tables.length, 'table')}, ${counted(ruleCount, 'rule')}, ${connections === undefined ? 'connections unknown' : counted(connections, 'connection')}${redact ? ', addresses and comments hidden' : ''}</p>
<h2>Findings</h2>
${findings((about) => !OTHERS.has(about) && !SAVED.has(about))}<h2>Rules that look wrong</h2>
${wrongOf(check, text)}<h2>Who else writes rules</h2>
${findings((about) => OTHERS.has(about))}${services.length > 0 ? `<ul>\n${services.join('')}</ul>\n` : ''}<h2>After a reboot</h2>
${findings((about) => SAVED.has(about))}<h2>Sets</h2>
${setsOf(sets, text)}${tables.map((table) => tableOf(table, check.findings, text, words)).join('')}</main>`;
  return htmlOf(title, files, false, body);
}

const findingText = ({ level, reason, name }: Finding): string => `${level}: ${reason} (${name})`;
function wrongOf({ findings, undecided }: CheckReport, text: (said: string) => string): string {
  const lines = findings.map((finding) => {
    const { family, table, chain, number, level, remedy } = finding;
    const where = `${FAMILY[family].name}: ${table} ${chain}${number === undefined ? '' : ` rule ${number}`}`;
    return `<li class="${level}">${escapeText(text(`${where}: ${findingText(finding)}`))}<br><span class="soft">${escapeText(text(remedy))}</span></li>\n`;
  });
  const more = undecided === undefined ? '' : `<p class="soft">There may be more: ${escapeText(text(undecided))}</p>\n`;
  return `${lines.length === 0 ? '<p class="soft">Nothing.</p>\n' : `<ul>\n${lines.join('')}</ul>\n`}${more}`;
}

function setsOf(sets: ReportInput['sets'], text: (said: string) => string): string {
  if (sets === undefined) return '<p class="soft">They could not be asked for.</p>\n';
  if (sets.length === 0) return '<p class="soft">None.</p>\n';
  const rows = sets.map(({ name, type, elements }) => row('td', [[text(name)], [type], [`${elements}`, 'n']]));
  return `<div class="scroll"><table>\n${row('th', [['name'], ['type'], ['elements', 'n']])}${rows.join('')}</table></div>\n`;
}

function tableOf(
  { family, name, chains }: SeenTable,
  findings: readonly Finding[],
  text: (said: string) => string,
  words: (said: string) => string,
): string {
  const heading = `<h2>Table ${escapeText(name)}, ${FAMILY[family].name}</h2>\n`;
  const of = findings.filter((each) => each.family === family && each.table === name);
  const about = (chain: SeenChain) => of.filter((each) => each.chain === chain.name);
  return heading + chains.map((chain) => chainOf(family, chain, about(chain), text, words)).join('');
}

function chainOf(
  family: SeenTable['family'],
  chain: SeenChain,
  findings: readonly Finding[],
  text: (said: string) => string,
  words: (said: string) => string,
): string {
  const { name, policy, packets, bytes, rules } = chain;
  const about =
    policy === undefined
      ? ''
      : ` <span class="soft">policy ${escapeText(policy)}, ${counted(packets, 'packet')}, ${counted(bytes, 'byte')}</span>`;
  const wrong = (first: number | undefined, last = first) =>
    findings.filter(({ number }) =>
      first === undefined ? number === undefined : number !== undefined && first <= number && number <= last!,
    );
  const ofChain = wrong(undefined).map(
    (each) => `<p class="${each.level}">${escapeText(text(findingText(each)))}</p>\n`,
  );
  const head = `<h3>${escapeText(text(name))}${about}</h3>\n${ofChain.join('')}`;
  if (rules.length === 0) return `${head}<p class="soft">No rules.</p>\n`;
  const rows = rowsOf(family, chain, false).map(({ cells, first, last, packets, bytes }) => {
    const { target, protocol, source, destination, conditions, goal, comment } = cells;
    const [by, to] = [cells.in && `in ${cells.in}`, cells.out && `out ${cells.out}`];
    const rest = [by, to, text(conditions), text(goal)].filter((part) => part !== '').join(' ');
    const said = wrong(first, last).map(
      (each) =>
        `<tr class="${each.level}"><td></td><td colspan="8">${escapeText(text(`${first === last ? '' : `rule ${each.number}: `}${findingText(each)}`))}</td></tr>\n`,
    );
    const shown = row('td', [
      [first === last ? `${first}` : `${first}-${last}`, 'n'],
      [amount(packets), 'n'],
      [amount(bytes), 'n'],
      [text(target)],
      [protocol],
      [text(source)],
      [text(destination)],
      [rest, 't'],
      [words(comment), 't'],
    ]);
    return shown + said.join('');
  });
  const titles = [
    ['#', 'n'],
    ['packets', 'n'],
    ['bytes', 'n'],
    ['target'],
    ['protocol'],
    ['source'],
    ['destination'],
    ['conditions'],
    ['comment'],
  ] as const;
  return `${head}<div class="scroll" tabindex="0" role="region" aria-label="Rules of ${escapeText(text(name))}"><table>\n${row('th', titles)}${rows.join('')}</table></div>\n`;
}
