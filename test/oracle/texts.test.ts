import fc from 'fast-check';
import type { AnyExtension, Family } from '../../lib/codec/extension';
import { LITTLE, Memory } from '../../lib/codec/struct';
import { IptcError } from '../../lib/errors';
import { matches, targets } from '../../lib/extensions/registry';
import { maskOf } from '../../lib/rule/compare';
import type { Rule } from '../../lib/rule/rule';
import { printChain, printName } from '../../lib/text/print';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { differ, Ours } from './compare';
import { type Placed, ruleOf, SETS, settingsToTry } from './generate';
import { show } from './generated';
import { lossy } from './known';
import { Legacy } from './legacy';
import { lacksCompiler, lacksLegacy } from './programs';

/**
 * Whatever texts rules are given, and whatever bytes the kernel holds: what we print of them makes the same bytes again,
 * read by us and by iptables-legacy-restore, or is refused. $ORACLE_SEED makes others of them.
 */
const seed = Number(process.env.ORACLE_SEED ?? 1);
const lacking = [lacksLegacy(), lacksCompiler()].filter(Boolean).join(', ');
const all = [...matches, ...targets] as readonly AnyExtension[];
const families: readonly Family[] = ['ipv4', 'ipv6'];

/** What may end a word, a line or a text, or be read as something else. */
const NASTY = ['a\n-F INPUT\n#', 'a"b', 'a" -j DROP "', '-j', '!', '-6', '--dport', 'a\nCOMMIT\n', '', ' ', 'COMMIT'];
const texts = fc.sample(
  fc.oneof(
    fc.string({
      unit: fc.constantFrom(...'ab -!"\'\\\n\r\t\0#+,:/[]', '\u0001', '\u007f', 'é', '\udcff', '\ud800'),
      maxLength: 12,
    }),
    fc.constantFrom(...NASTY),
    fc.string({ unit: 'binary', maxLength: 20 }),
  ),
  { seed, numRuns: 25 },
);
/** Places and what is put there. */
const changes = fc.sample(
  fc.array(fc.tuple(fc.nat(400), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 10, 32, 34, 255))), {
    minLength: 1,
    maxLength: 4,
  }),
  { seed, numRuns: 8 },
);

/** A rule, its entry, and what we print of it. */
type Printed = Placed & { readonly bytes: Uint8Array; readonly text: string };
const told = ({ rule, chain, text, table }: Printed) => `${show(rule)}\n  -t ${table} -A ${chain} ${text}`;

(lacking ? describe.skip : describe)(`texts of anybody's, on paper${lacking ? ` [skipped: ${lacking}]` : ''}`, () => {
  let legacy: Legacy;
  beforeAll(() => {
    legacy = new Legacy('paper', { sets: SETS });
  });
  afterAll(() => legacy.close());

  for (const family of families) {
    test(`in data of ${family}`, () => {
      const ours = new Ours(legacy.kernel(family));
      const entries = [...given(family, ours)].filter((placed) => !lossy(placed)).map((placed) => print(placed, ours));
      expect(entries.length).toBeGreaterThan(500);
      expect(reread(entries, family, ours).slice(0, 10).join('\n')).toBe('');
    }, 120_000);

    test(`in the kernel, of ${family}`, () => {
      const ours = new Ours(legacy.kernel(family));
      const entries = [...held(family, ours)].filter((printed) => !lossy(printed));
      expect(entries.length).toBeGreaterThan(500);
      expect(reread(entries, family, ours).slice(0, 10).join('\n')).toBe('');
    }, 120_000);
  }

  test('as names of chains', () => {
    const names = [...texts, 'INPUT ACCEPT [0:0]', 'x - [0:0]\nCOMMIT', 'a\tb', "it's", '\\'].filter(
      (name) => name !== '' && !name.includes('\0') && Buffer.byteLength(name) < 28,
    );
    for (const name of names) {
      legacy.flush('ipv4');
      const text = `*filter\n${printChain(name, undefined)}\n-A ${printName(name)} -j DROP\nCOMMIT\n`;
      expect(text.match(/\n/g)).toHaveLength(4);
      const { status } = legacy.restore('ipv4', text);
      if (status === 0) expect([...legacy.look('ipv4', 'filter').saved.keys()]).toEqual([name]);
    }
  });

  /** Rules with these texts wherever a text can be, if they are taken. */
  function* given(family: Family, ours: Ours): Generator<Placed> {
    const { kernel } = ours.codec;
    for (const extension of all.filter((e) => e.families.includes(family)))
      for (const { key, operand } of new Set(extension.words.values())) {
        if (!operand.type.includes('string')) continue;
        for (const text of texts) {
          const value = operand.type.startsWith('{') ? { setname: text, flags: ['src'] } : text;
          const placed = ruleOf(extension, { ...extension.definition.example, [key]: value }, family, kernel);
          if (placed) yield placed;
        }
      }
    const whole = (text: string) => [
      { inInterface: text },
      { outInterface: { not: text } },
      { target: text },
      { target: { goto: text } },
      { match: [{ [text]: { revision: 0, data: '' } }] },
    ];
    for (const rule of texts.flatMap(whole) as Rule[]) {
      const placed: Placed = { table: 'filter', chain: 'FORWARD', rule };
      if (refusal(() => ours.codec.encode(rule, placed)) === undefined) yield placed;
    }
  }

  /** Entries of each extension, in whose element or header some bytes are others. */
  function* held(family: Family, ours: Ours): Generator<Printed> {
    const { kernel, shape } = ours.codec;
    for (const extension of all.filter((e) => e.families.includes(family)))
      for (const settings of settingsToTry(extension, family, kernel, seed, 4).tried) {
        const placed = ruleOf(extension, settings, family, kernel);
        if (!placed) continue;
        const bytes = ours.codec.encode(placed.rule, placed).slice();
        const target = new DataView(bytes.buffer).getUint16(shape.targetOffset, LITTLE);
        const element = extension.kind === 'match' ? [shape.size + 32, target] : [target + 32, bytes.length];
        for (const change of changes) {
          yield changed(placed, bytes, element[0]!, element[1]!, change, ours);
          yield changed(placed, bytes, 0, shape.headSize, change.slice(0, 1), ours);
        }
      }
  }

  function changed(
    placed: Placed,
    good: Uint8Array,
    from: number,
    to: number,
    change: readonly (readonly [number, number])[],
    ours: Ours,
  ): Printed {
    const bytes = good.slice();
    const mask = maskOf(ours.codec, good);
    for (const [at, value] of change) {
      const i = from + (at % (to - from));
      if (to > from && mask[i]) bytes[i] = value;
    }
    const { counters, ...rule } = ours.codec.decode(new Memory(bytes, 0, ours.codec.kernel), 0);
    return { ...placed, rule: rule as Rule, bytes, text: ours.print(bytes) };
  }

  /** What is wrong with these texts, read again. */
  function reread(entries: readonly Printed[], family: Family, ours: Ours): string[] {
    const tables = [...new Set(entries.map((e) => e.table))];
    return tables.flatMap((table) => {
      const here = entries.filter((e) => e.table === table);
      const wrong = here.filter(({ text }) => text.includes('\n')).map((e) => `${told(e)}\n  is no line`);
      const taken: Printed[] = [];
      const refused: Printed[] = [];
      for (const e of here) {
        let again: Uint8Array | undefined;
        if (refusal(() => (again = ours.encode(`-A ${e.chain} ${e.text}`, table, e.chain).bytes))) refused.push(e);
        else {
          taken.push(e);
          wrong.push(...other(e, again!, 'us', ours));
        }
      }
      // Most of those iptables refuses as well, and its command is needed for each.
      const some = refused.filter((_, i) => i % Math.ceil(refused.length / 40) === 0);
      return [...wrong, ...[taken, ...some.map((e) => [e])].flatMap((batch) => put(batch, family, table, ours))];
    });
  }

  /** The same of iptables: what it refuses is left out, until it takes the rest. */
  function put(batch: readonly Printed[], family: Family, table: string, ours: Ours): string[] {
    let left = [...batch];
    for (;;) {
      legacy.plant(family, table, new Map(['user-1', 'user-2'].map((chain) => [chain, []])));
      const lines = left.map((e) => `-A ${e.chain} ${e.text}\n`);
      const { status, stderr } = legacy.restore(family, `*${table}\n${lines.join('')}COMMIT\n`);
      if (status === 0) break;
      const guilty = left[Number(/line:? (\d+)/.exec(stderr)?.[1] ?? 0) - 2];
      if (!guilty) throw new Error(`Of ${left.length} lines: ${stderr}`);
      left = left.filter((e) => e !== guilty);
    }
    if (left.length === 0) return [];
    const { rules } = legacy.look(family, table);
    return [...new Set(left.map(({ chain }) => chain))].flatMap((chain) => {
      const [mine, theirs] = [left.filter((e) => e.chain === chain), rules.get(chain) ?? []];
      if (mine.length !== theirs.length) return [`${mine.map(told)} became ${theirs.length} rules`];
      return mine.flatMap((e, i) => other(e, theirs[i]!, 'iptables', ours));
    });
  }
});

function other(e: Printed, again: Uint8Array, who: string, ours: Ours): string[] {
  const difference = differ(e.bytes, again, maskOf(ours.codec, e.bytes), ours.codec.kernel.family);
  return difference ? [`${told(e)}\n  held          ${difference[0]}\n  read by ${who}: ${difference[1]}`] : [];
}

function print(placed: Placed, ours: Ours): Printed {
  const bytes = ours.codec.encode(placed.rule, placed).slice();
  return { ...placed, bytes, text: ours.print(bytes) };
}

function refusal(attempt: () => unknown): IptcError | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof IptcError) return error;
    throw error;
  }
}
