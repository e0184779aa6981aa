/** Lines with an extension's options in any combination, right and wrong: do we refuse what iptables refuses? */
import fc from 'fast-check';
import type { AnyExtension, Family, Word } from '../../lib/codec/extension';
import { isNot } from '../../lib/codec/operand';
import { IptcError } from '../../lib/errors';
import { protocolName } from '../../lib/net/databases';
import { Ours } from './compare';
import { PLACES, valuesOf } from './generate';
import type { Legacy } from './legacy';

const wrong = fc.constantFrom(
  '-1',
  '0',
  '256',
  '65536',
  '4294967296',
  '1:2',
  '2:1',
  '1-2',
  '1/2',
  '0x',
  '08',
  'x',
  'all',
  ',',
  '1,',
  '300.1.1.1',
  '10.0.0.0/33',
  '::/129',
  '""',
); // prettier-ignore

/** An option as words; its value may be one that doesn't fit. */
function optionWords(
  extension: AnyExtension,
  spelling: string,
  word: Word,
  family: Family,
  ours: Ours,
): fc.Arbitrary<string> {
  const context = { kernel: ours.kernel, protocol: 6 };
  const values = valuesOf(extension, word, family);
  const printed = (values ?? fc.constant(undefined)).map((given) => {
    const one = word.repeatable ? (given as unknown[])[0] : given;
    try {
      const text = word.operand.print((isNot(one) ? one.not : one) as never, context);
      return `${isNot(one) ? '! ' : ''}--${spelling} ${text ?? ''}`.trimEnd();
    } catch {
      return `--${spelling}`;
    }
  });
  const bad = fc
    .tuple(fc.integer({ min: 0, max: 3 }), wrong)
    .map(([n, w]) => `${n === 0 ? '! ' : ''}--${spelling} ${word.operand.words === 0 ? '' : w}`.trimEnd()); // prettier-ignore
  return values ? fc.oneof({ arbitrary: printed, weight: 4 }, { arbitrary: bad, weight: 1 }) : bad;
}

function lines(extension: AnyExtension, family: Family, ours: Ours): fc.Arbitrary<string> {
  const options = [...extension.words].map(([spelling, word]) => optionWords(extension, spelling, word, family, ours));
  const protocols = extension.definition.where?.protocols;
  const protocol = protocols ? `-p ${protocolName(protocols[0]!) ?? protocols[0]} ` : '';
  const one =
    options.length === 0
      ? fc.constant<string[]>([])
      : fc.array(fc.oneof(...options), { maxLength: Math.min(4, options.length) });
  return one.map((words) =>
    `${protocol}-${extension.kind === 'match' ? 'm' : 'j'} ${extension.name} ${words.join(' ')}`.trimEnd(),
  );
}

/** A line about which we differ, and what either says; nothing said: it takes it. */
export interface Disagreement {
  readonly line: string;
  readonly ours: string;
  readonly theirs: string;
}

/** Lines with the extension's options, where it is allowed, and what we say of each. */
function tried(extension: AnyExtension, family: Family, legacy: Legacy, seed: number, runs: number) {
  const ours = new Ours(legacy.kernel(family));
  const { tables, hooks } = extension.definition.where ?? {};
  const table = (tables?.[0] ?? 'filter') as keyof typeof PLACES;
  const chains: readonly string[] = PLACES[table] ?? PLACES.filter;
  const chain = hooks?.find((hook) => chains.includes(hook)) ?? chains[0]!;
  const all = [...new Set(fc.sample(lines(extension, family, ours), { seed, numRuns: runs }))];
  return {
    table,
    lines: all.map((words) => {
      const line = `-A ${chain} ${words}`;
      try {
        ours.encode(line, table, chain);
        return { line, says: '' };
      } catch (error) {
        if (!(error instanceof IptcError)) throw error;
        return { line, says: error.message };
      }
    }),
  };
}

const complaint = (stderr: string) => stderr.split('\n').find((l) => l.trim() !== '' && !/^warn/i.test(l)) ?? 'nothing';

/** Those lines, of so many, that we take and iptables refuses by itself. */
export function tooLax(
  extension: AnyExtension,
  family: Family,
  legacy: Legacy,
  seed: number,
  runs: number,
): Disagreement[] {
  const { table, lines } = tried(extension, family, legacy, seed, runs);
  const found: Disagreement[] = [];
  let left = lines.filter(({ says }) => says === '').map(({ line }) => line);
  while (left.length > 0) {
    const { status, stderr } = legacy.restore(family, `*${table}\n${left.join('\n')}\nCOMMIT\n`);
    if (status === 0) break;
    const line = left[Number(/line:? (\d+)/.exec(stderr)?.[1] ?? 0) - 2];
    if (line === undefined) throw new Error(stderr);
    found.push({ line: `-t ${table} ${line}`, ours: '', theirs: complaint(stderr) });
    left = left.filter((other) => other !== line);
  }
  return found;
}

/** Those about which we differ, in either direction. */
export function disagreements(
  extension: AnyExtension,
  family: Family,
  legacy: Legacy,
  seed: number,
  runs: number,
): Disagreement[] {
  const { table, lines } = tried(extension, family, legacy, seed, runs);
  return lines.flatMap(({ line, says }) => {
    const { status, stderr } = legacy.restore(family, `*${table}\n${line}\nCOMMIT\n`);
    const theirs = status === 0 ? '' : complaint(stderr);
    return (says === '') === (theirs === '') ? [] : [{ line: `-t ${table} ${line}`, ours: says, theirs }];
  });
}
