/** Upstream's cases, by iptables-legacy and by us: bytes, text, data, listings, refusals. */
import { readFileSync } from 'node:fs';
import type { Family } from '../../lib/codec/extension';
import type { Kernel } from '../../lib/codec/kernel';
import { Memory } from '../../lib/codec/struct';
import { IptcError } from '../../lib/errors';
import { maskOf } from '../../lib/rule/compare';
import { EntryCodec } from '../../lib/rule/entry';
import { SHAPES } from '../../lib/rule/layout';
import { listHeader, RuleLister } from '../../lib/text/list';
import { parseLine } from '../../lib/text/parse';
import { RulePrinter } from '../../lib/text/print';
import type { Case, TFile } from './cases';
import { TAKEN } from './known';
import { type Legacy, LISTINGS, type Sight } from './legacy';

export type Aspect =
  | 'parse' // we refuse what iptables takes
  | 'bytes' // other bytes than in the kernel
  | 'text' // not what iptables-save prints
  | 'data' // decoding the kernel's bytes gives other data, or an opaque rule
  | 'list' // not what -L prints
  | 'accepted' // we take what has to be refused
  | 'left' // our commands refuse what iptables leaves to the kernel
  | 'crash'; // an error that isn't an IptcError

export interface Finding {
  readonly aspect: Aspect;
  readonly family: Family;
  readonly on: 'kernel' | 'paper';
  readonly at: string;
  readonly line: string;
  readonly ours: string;
  readonly theirs: string;
}
/** What became of a case: compared in so many entries, refused by both, or never put to the test, and why. */
export interface Result {
  readonly case: Case;
  readonly family: Family;
  readonly outcome: 'compared' | 'refused' | 'not compared';
  /** Where iptables refuses an OK line, or takes a FAIL line: what it says. */
  readonly legacy: string;
  readonly findings: readonly Finding[];
}

/** Our side, for one family and one kernel. */
export class Ours {
  readonly codec: EntryCodec;
  readonly printer: RulePrinter;
  constructor(readonly kernel: Kernel) {
    this.codec = new EntryCodec(kernel);
    this.printer = new RulePrinter(this.codec);
  }

  /** The entry's bytes and ones where they count. Throws an IptcError. */
  encode(line: string, table: string, chain: string, trusting = false): { bytes: Uint8Array; mask: Uint8Array } {
    const { rule } = parseLine(this.kernel.family, line, {});
    const bytes = this.codec.encode(rule, trusting ? { trusting } : { table, chain }).slice();
    return { bytes, mask: maskOf(this.codec, bytes) };
  }
  print(entry: Uint8Array): string {
    return this.printer.print(new Memory(entry, 0, this.kernel), 0).slice(1);
  }
  decode(entry: Uint8Array): string {
    const { counters, ...rule } = this.codec.decode(new Memory(entry, 0, this.kernel), 0);
    return JSON.stringify(rule);
  }
  list(entry: Uint8Array, number: number, listing: number): string {
    return new RuleLister(this.codec, { ...FORMATS[listing]!, hostName }).list(
      new Memory(entry, 0, this.kernel),
      0,
      number,
    );
  }
}

const FORMATS = LISTINGS.map((flags) => {
  const numeric = flags.includes('n');
  return {
    numeric,
    verbose: flags.includes('v'),
    exact: flags.includes('x'),
    lineNumbers: flags.includes('--line-numbers'),
  };
}).map((format, i) => ({ ...format, numeric: LISTINGS[i] !== '-v' }));

/** The first name of each address in a file of lines, `/etc/hosts` or `/etc/networks`. */
function named(path: string, address: 0 | 1): [string, string][] {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {}
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .filter((words) => words.length > 1)
    .map((words) => [words[address]!, words[1 - address]!] as [string, string])
    .reverse();
}
/** gethostbyaddr and getnetbyaddr, without a name server. */
const hosts = new Map([...named('/etc/networks', 1), ...named('/etc/hosts', 0)]);
const hostName = (address: string) => hosts.get(address);

/** Puts all cases of a file to both sides, in one family. */
export function compare(
  file: TFile,
  family: Family,
  legacy: Legacy,
  filter: (c: Case) => boolean = () => true,
): Result[] {
  const ours = new Ours(legacy.kernel(family));
  const results: Result[] = [];
  legacy.flush(family);
  let batch: Case[] = [];
  const run = () => {
    const tables = [...new Set(batch.map((c) => c.table))];
    for (const table of tables)
      results.push(
        ...runOk(
          batch.filter((c) => c.table === table),
          table,
          family,
          legacy,
          ours,
        ),
      );
    batch = [];
  };
  for (const step of file.steps) {
    if ('command' in step) {
      run();
      legacy.shell(family === 'ipv6' ? step.command.replace(/^iptables/, 'ip6tables') : step.command);
    } else if (!filter(step)) {
    } else if (step.verdict === 'OK') batch.push(step);
    else {
      run();
      results.push(runFail(step, family, legacy, ours));
    }
  }
  run();
  return results;
}

const restoreText = (table: string, lines: readonly string[]) =>
  `*${table}\n${lines.map((line) => `${line}\n`).join('')}COMMIT\n`;
const linesOf = (c: Case) => c.chains.map((chain) => `-A ${chain} ${c.rule}`);

/** All at once if iptables takes them all; without those that it refuses by itself; else one by one. */
export function runOk(cases: readonly Case[], table: string, family: Family, legacy: Legacy, ours: Ours): Result[] {
  let left = [...cases];
  const refused = new Map<Case, string>();
  while (left.length > 0) {
    const lines = left.flatMap((c) => linesOf(c).map((line) => [c, line] as const));
    const { status, stderr } = legacy.restore(
      family,
      restoreText(
        table,
        lines.map(([, line]) => line),
      ),
    );
    if (status === 0) break;
    const number = Number(/line:? (\d+)/.exec(stderr)?.[1] ?? 0);
    const guilty = lines[number - 2]?.[0];
    if (!guilty) return [...results(refused), ...left.flatMap((c) => runOne(c, family, legacy, ours))];
    refused.set(guilty, firstLine(stderr));
    left = left.filter((c) => c !== guilty);
  }
  function results(map: ReadonlyMap<Case, string>): Result[] {
    return [...map].map(([c, says]) => ({ case: c, family, outcome: 'not compared', legacy: says, findings: [] }));
  }
  return [...results(refused), ...inspect(left, table, family, legacy, ours)];
}

function runOne(c: Case, family: Family, legacy: Legacy, ours: Ours): Result[] {
  const { status, stderr } = legacy.restore(family, restoreText(c.table, linesOf(c)));
  if (status !== 0) return [{ case: c, family, outcome: 'not compared', legacy: firstLine(stderr), findings: [] }];
  const results = inspect([c], c.table, family, legacy, ours);
  legacy.restore(
    family,
    restoreText(
      c.table,
      c.chains.map((chain) => `-D ${chain} ${c.rule}`),
    ),
  );
  return results;
}

/** Compares the last rules of each chain with the cases that made them. */
function inspect(cases: readonly Case[], table: string, family: Family, legacy: Legacy, ours: Ours): Result[] {
  if (cases.length === 0) return [];
  const sight = legacy.look(family, table);
  const findings = new Map<Case, Finding[]>(cases.map((c) => [c, []]));
  for (const chain of new Set(cases.flatMap((c) => c.chains))) {
    const here = cases.filter((c) => c.chains.includes(chain));
    const rules = sight.rules.get(chain) ?? [];
    const from = rules.length - here.length;
    for (const [i, c] of here.entries()) {
      const at = from + i;
      const found = findings.get(c)!;
      const line = `-A ${chain} ${c.rule}`;
      const report = (aspect: Aspect, mine: string, theirs: string) => {
        const finding = {
          aspect,
          family,
          on: legacy.on,
          at: c.at,
          line: `${c.table === 'filter' ? '' : `-t ${c.table} `}${line}`,
          ours: mine,
          theirs,
        };
        if (!found.some((f) => f.aspect === aspect)) found.push(finding);
      };
      const kernels = rules[at]!;
      const saved = sight.saved.get(chain)?.[at] ?? '(nothing)';
      guarded(report, () => {
        let encoded: { bytes: Uint8Array; mask: Uint8Array } | undefined;
        try {
          encoded = ours.encode(line, c.table, chain);
        } catch (error) {
          if (!(error instanceof IptcError)) throw error;
          report('parse', error.message, saved);
        }
        if (encoded) {
          const difference = differ(encoded.bytes, kernels, encoded.mask, family);
          if (difference) report('bytes', difference[0], difference[1]);
        }
        shown(ours, kernels, sight, chain, at, report);
        const data = ours.decode(kernels);
        if (/"revision":\d+,"data":|^\{"entry":/.test(data)) report('data', data, 'settings');
        else if (encoded && ours.decode(encoded.bytes) !== data) report('data', ours.decode(encoded.bytes), data);
      });
    }
    for (const [listing, chains] of sight.listed.entries()) {
      const theirs = chains.get(chain)!.slice(0, 2).join('');
      const references = /\((\d+) references\)/.exec(theirs)?.[1];
      const policy = references === undefined ? 'ACCEPT' : undefined;
      const counters = { packets: 0n, bytes: 0n };
      const mine = listHeader(
        { name: chain, policy, counters, references: Number(references ?? 0) },
        FORMATS[listing]!,
      );
      const c = here[0]!;
      if (mine !== theirs)
        findings
          .get(c)!
          .push({ aspect: 'list', family, on: legacy.on, at: c.at, line: `-L ${chain}`, ours: mine, theirs });
    }
  }
  return cases.map((c) => ({ case: c, family, outcome: 'compared', legacy: '', findings: findings.get(c)! }));
}

type Report = (aspect: Aspect, mine: string, theirs: string) => void;
/** An entry's text and its lines in listings. */
export function shown(ours: Ours, entry: Uint8Array, sight: Sight, chain: string, at: number, report: Report): void {
  const saved = sight.saved.get(chain)?.[at] ?? '(nothing)';
  const text = ours.print(entry);
  if (text !== saved && !saysOtherwise(ours, entry, text, saved)) report('text', text, saved);
  for (const [listing, chains] of sight.listed.entries()) {
    const theirs = chains.get(chain)![2 + at] ?? '(nothing)\n';
    const mine = ours.list(entry, at + 1, listing);
    if (mine !== theirs) report('list', `${mine.trimEnd()}|`, `${theirs.trimEnd()}|`);
  }
}

/** Whether iptables-save's text is another rule's, or nobody's, while ours is this one's. */
function saysOtherwise(ours: Ours, entry: Uint8Array, text: string, saved: string): boolean {
  const { family } = ours.kernel;
  const means = (line: string): boolean => {
    try {
      const again = ours.codec.encode(parseLine(family, line).rule);
      return differ(again, entry, new Uint8Array(entry.length).fill(0xff), family) === undefined;
    } catch {
      return false;
    }
  };
  // Some of it only we read again.
  return means(text) && (!means(saved) || Object.keys(TAKEN).some((option) => saved.includes(option)));
}

/** We have to refuse it; whether iptables does so by itself or leaves it to the kernel is told by paper. */
export function runFail(c: Case, family: Family, legacy: Legacy, ours: Ours): Result {
  const chain = c.chains[0]!;
  const line = `-A ${chain} ${c.rule}`;
  const findings: Finding[] = [];
  const theirs = legacy.restore(family, restoreText(c.table, [line]));
  if (theirs.status === 0) legacy.restore(family, restoreText(c.table, [`-D ${chain} ${c.rule}`]));
  const says = theirs.status === 0 ? '' : firstLine(theirs.stderr);
  const report = (aspect: Aspect, mine: string) =>
    findings.push({
      aspect,
      family,
      on: legacy.on,
      at: c.at,
      line: `${c.table === 'filter' ? '' : `-t ${c.table} `}${line}`,
      ours: mine,
      theirs: says || '(iptables takes it too)',
    });
  guarded(report, () => {
    try {
      const { bytes } = ours.encode(line, c.table, chain);
      report('accepted', ours.print(bytes));
    } catch (error) {
      if (!(error instanceof IptcError)) throw error;
    }
    try {
      if (theirs.status === 0) ours.encode(line, c.table, chain, true);
    } catch (error) {
      if (!(error instanceof IptcError)) throw error;
      report('left', error.message);
    }
  });
  return {
    case: c,
    family,
    outcome: findings.length === 0 ? 'refused' : 'compared',
    legacy: theirs.status === 0 ? 'takes it' : says,
    findings,
  };
}

function guarded(report: (aspect: Aspect, mine: string, theirs: string) => void, body: () => void): void {
  try {
    body();
  } catch (error) {
    report('crash', (error as Error).stack?.split('\n').slice(0, 4).join(' ') ?? String(error), '');
  }
}

const firstLine = (text: string) => text.split('\n').find((line) => line.trim() !== '' && !/^warn/i.test(line)) ?? '';

/** Where two entries differ under a mask: what each has there. */
export function differ(
  mine: Uint8Array,
  theirs: Uint8Array,
  mask: Uint8Array,
  family: Family,
): [string, string] | undefined {
  if (mine.length !== theirs.length)
    return [`${mine.length} bytes: ${elements(mine, family)}`, `${theirs.length} bytes: ${elements(theirs, family)}`];
  const { counters, nextOffset } = SHAPES[family];
  let first = -1;
  let last = -1;
  for (let i = 0; i < mine.length; i++) {
    if ((i >= counters && i < counters + 16) || (i >= nextOffset + 2 && i < nextOffset + 6)) continue;
    if (((mine[i]! ^ theirs[i]!) & mask[i]!) === 0) continue;
    if (first < 0) first = i;
    last = i;
  }
  if (first < 0) return undefined;
  const where = place(theirs, first, family);
  const part = (bytes: Uint8Array) =>
    Buffer.from(bytes.subarray(first, Math.min(last + 1, first + 48))).toString('hex');
  return [
    `${part(mine)} at ${where}${place(mine, first, family) === where ? '' : ` (${place(mine, first, family)})`}`,
    part(theirs),
  ];
}

function* parts(entry: Uint8Array, family: Family): Generator<{ at: number; size: number; name: string }> {
  const view = Buffer.from(entry.buffer, entry.byteOffset, entry.length);
  const { size } = SHAPES[family];
  yield { at: 0, size, name: 'header' };
  for (let at = size; at < entry.length; ) {
    const length = view.readUInt16LE(at) || 8;
    yield {
      at,
      size: length,
      name: `${view.toString('latin1', at + 2, at + 31).replace(/\0.*/s, '')}.${view[at + 31]}`,
    };
    at += length;
  }
}
const elements = (entry: Uint8Array, family: Family) =>
  [...parts(entry, family)].map(({ name, size }) => `${name}[${size}]`).join(' ');
/** `conntrack.3+12`: offset 12 of the struct. */
function place(entry: Uint8Array, offset: number, family: Family): string {
  const part = [...parts(entry, family)].find(({ at, size }) => offset >= at && offset < at + size);
  if (!part) return `${offset}`;
  const within = offset - part.at;
  return part.at === 0 || within < 32 ? `${part.name} byte ${within}` : `${part.name}+${within - 32}`;
}
