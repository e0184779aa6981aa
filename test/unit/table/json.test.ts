import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import Ajv from 'ajv/dist/2020';
import {
  Firewall,
  formatRuleset,
  IptcError,
  parseRuleset,
  type Rule,
  type Ruleset,
  rulesFromJson,
  rulesToJson,
} from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import type { AnyExtension, Family } from '../../../lib/codec/extension';
import { anyKernel } from '../../../lib/codec/kernel';
import { Memory } from '../../../lib/codec/struct';
import { matches, targets } from '../../../lib/extensions/registry';
import { EntryCodec } from '../../../lib/rule/entry';
import { examples, FAMILIES, spoilBytes } from '../../fuzz/inputs';
import { Random } from '../../fuzz/random';
import { describe, expect, test } from '../../harness';
import { type Placed, ruleOf, settingsToTry } from '../../oracle/generate';

const schema = JSON.parse(readFileSync(join(__dirname, '../../../schema/ruleset.json'), 'utf8')) as object;
const ajv = new Ajv({ allowUnionTypes: true });
const validate = ajv.compile(schema);

const rulesetOf = <F extends Family>(family: F, rules: readonly Rule<F>[]): Ruleset<F> => ({
  family,
  tables: [{ name: 'filter', chains: [], rules: rules.map((rule) => ({ chain: 'FORWARD', rule })) }],
});
const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
function invalid(ruleset: unknown): string | undefined {
  return validate(ruleset) ? undefined : ajv.errorsText(validate.errors?.slice(0, 3));
}

/** Every extension, with each of its options given in each way that it takes. */
const all = [...matches, ...targets] as readonly unknown[] as readonly AnyExtension[];
const tried = (family: Family): Placed[] =>
  all
    .filter(({ families, definition }) => families.includes(family) && definition.example)
    .flatMap((extension) =>
      settingsToTry(extension, family, anyKernel(family), 1, 3).tried.flatMap((settings) => {
        const placed = ruleOf(extension, settings, family, anyKernel(family));
        return placed ? [placed] : [];
      }),
    );

/** Whether a kernel may hold it: not all bytes are an entry. */
function isHeld(codec: EntryCodec, rule: Rule): boolean {
  try {
    codec.encode(rule, { existing: true });
    return true;
  } catch (error) {
    if (error instanceof IptcError) return false;
    throw error;
  }
}

describe.each(FAMILIES)('rules of %s as JSON', (family) => {
  const given = tried(family).map(({ rule }) => rule);
  const kernel = anyKernel(family);
  const codec = new EntryCodec(kernel);
  const decoded = (bytes: Uint8Array) => codec.decode(new Memory(bytes.slice(), 0, kernel), 0) as Rule<typeof family>;
  const read = given.map((rule) => decoded(codec.encode(rule)));

  test('are what the schema says, as they are given and as they are read', () => {
    expect(given.length).toBeGreaterThan(300);
    for (const rule of [...given, ...read])
      expect(invalid(rulesToJson(rulesetOf(family, [rule as Rule<typeof family>]))), inspect(rule, { depth: 6 })).toBe(
        undefined,
      );
  });

  test('come back as they were', () => {
    const ruleset = rulesetOf(family, read as Rule<typeof family>[]);
    expect(rulesFromJson(throughJson(rulesToJson(ruleset)))).toEqual(ruleset);
    const list = read as Rule<typeof family>[];
    expect(rulesFromJson(throughJson(rulesToJson(list)), { family })).toEqual(list);
  });

  test('come back as they were with any bytes in them', () => {
    const r = new Random(7);
    let opaque = 0;
    for (let i = 0; i < 3000; i++) {
      const bytes = spoilBytes(r, r.pick(examples[family]).entry, family);
      const rule = decoded(bytes);
      if (!isHeld(codec, rule)) continue;
      if (JSON.stringify(rulesToJson([rule])).includes('"data"')) opaque++;
      const json = throughJson(rulesToJson(rulesetOf(family, [rule])));
      expect(invalid(json), JSON.stringify(json)).toBe(undefined);
      expect(rulesFromJson(json).tables[0]!.rules[0]!.rule).toEqual(rule);
    }
    expect(opaque).toBeGreaterThan(100);
  });

  test('are no others with something else in them', () => {
    for (const rule of read) {
      const json = rulesToJson(rulesetOf(family, [rule as Rule<typeof family>]));
      for (const [what, spoiled] of spoilt(json)) expect(validate(spoiled), what).toBe(false);
    }
  });
});

/** The same with one thing that nobody takes, at each place that has one. */
function* spoilt(json: unknown): Generator<[string, unknown]> {
  for (const path of pathsOf(json)) {
    for (const value of [null, -1]) yield [`${path.join('.')} = ${value}`, withValue(json, path, value)];
    const part = path.reduce((at, key) => (at as Record<string, unknown>)[key], json);
    // An element without words, a name of a match or a target that isn't known, may have any name.
    const named = ['match', 'target', 'chains', 'rules'].some((key) => path[path.length - 1] === key);
    if (typeof part === 'object' && part !== null && !Array.isArray(part) && !named)
      yield [`${path.join('.')}.odd`, withValue(json, [...path, 'odd'], 1)];
  }
}
function* pathsOf(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) yield* pathsOf((value as Record<string, unknown>)[key], [...path, key]);
}
function withValue(json: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  const copy = (Array.isArray(json) ? [...json] : { ...(json as object) }) as Record<string, unknown>;
  copy[key!] = rest.length === 0 ? value : withValue(copy[key!], rest, value);
  return copy;
}

describe('counters in JSON', () => {
  const most = 2n ** 64n - 1n;
  const exact = BigInt(Number.MAX_SAFE_INTEGER);
  const rule = { target: 'DROP', counters: { packets: exact, bytes: exact + 1n } } as const;

  test('are numbers, or texts beyond what numbers hold', () => {
    expect(rulesToJson([rule])).toEqual([
      { target: 'DROP', counters: { packets: 9007199254740991, bytes: '9007199254740992' } },
    ]);
    expect(rulesFromJson(rulesToJson([rule]))).toEqual([rule]);
    expect(rulesFromJson([{ counters: { packets: `${most}`, bytes: 0 } }])).toEqual([
      { counters: { packets: most, bytes: 0n } },
    ]);
  });

  test.each(['-1', '1.5', '', '0x1', `${most + 1n}`, '1e3', -1, 1.5, 2 ** 53, null, true])(
    'are never %o',
    (packets) => {
      const json = rulesetOf('ipv4', [{ counters: { packets, bytes: 0 } } as unknown as Rule<'ipv4'>]);
      expect(() => rulesFromJson(json)).toThrow('integer');
    },
  );

  test('are restored as they stand there, of rules and policies', async () => {
    const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
    const counters = { packets: '18446744073709551615', bytes: 7 };
    const json: Ruleset<'ipv4'> = {
      family: 'ipv4',
      tables: [
        {
          name: 'filter',
          chains: [
            { name: 'INPUT', policy: 'DROP', counters },
            { name: 'web', references: 1 },
          ],
          rules: [{ chain: 'INPUT', rule: { target: 'web', counters } }],
        },
      ],
    };
    expect(invalid(json)).toBe(undefined);
    await firewall.restore(json, { counters: true });
    const state = await firewall.table('filter').state();
    expect(state.chain('INPUT')!.counters).toEqual({ packets: most, bytes: 7n });
    expect(state.chain('INPUT')!.rules[0]!.counters).toEqual({ packets: most, bytes: 7n });
    const written = rulesToJson(state);
    expect(written.tables[0]!.rules).toEqual(json.tables[0]!.rules);
    expect(written.tables[0]!.chains).toContainEqual({ name: 'web', references: 1 });
    expect(throughJson(state)).toEqual(throughJson(written.tables[0]));
    expect(invalid(throughJson(written))).toBe(undefined);
    await firewall.close();
  });
});

describe('a ruleset as JSON', () => {
  test('keeps comments, policies and the order of everything', () => {
    const text =
      '# by hand\n*filter\n:INPUT DROP [1:60]\n:web - [0:0]\n# the web\n[2:80] -A INPUT -p tcp -m tcp --dport 80 -j web\n# over\nCOMMIT\n# end\n';
    const ruleset = parseRuleset(text);
    const json = throughJson(rulesToJson(ruleset));
    expect(invalid(json)).toBe(undefined);
    expect(rulesFromJson(json)).toEqual(ruleset);
    expect(formatRuleset(json, { counters: true })).toBe(formatRuleset(ruleset, { counters: true }));
  });

  test('is refused with the place of what is wrong in it', () => {
    const wrong = rulesetOf('ipv4', [{}, { match: [{ tcp: { dport: 'none' } }] } as unknown as Rule<'ipv4'>]);
    expect(() => rulesFromJson(wrong)).toThrow(
      expect.objectContaining({ code: 'ERR_BAD_RULE', table: 'filter', chain: 'FORWARD', index: 1 }),
    );
    expect(() => rulesFromJson('{}' as never)).toThrow('JSON.parse');
    expect(() => rulesFromJson({ family: 'ipv4', tables: [{ name: 'filter' }] } as never)).toThrow('chains');
  });
});
