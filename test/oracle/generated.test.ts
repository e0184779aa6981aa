import fc from 'fast-check';
import type { AnyExtension, Family } from '../../lib/codec/extension';
import { matches, targets } from '../../lib/extensions/registry';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { Ours } from './compare';
import { ruleOf, rules, SETS, settingsToTry } from './generate';
import { judge } from './generated';
import { lossy, TAKEN, UNTRIED } from './known';
import { Legacy } from './legacy';
import { lacksCompiler, lacksLegacy } from './programs';
import { tooLax } from './words';

/**
 * Rules that nobody wrote, from the definitions of the extensions: the text that we print is taken by iptables-restore
 * and makes the bytes that we make; iptables prints and lists them as we do. $ORACLE_SEED makes others of them.
 */
const seed = Number(process.env.ORACLE_SEED ?? 1);
const lacking = [lacksLegacy(), lacksCompiler()].filter(Boolean).join(', ');
const all = [...matches, ...targets] as readonly AnyExtension[];
const families: readonly Family[] = ['ipv4', 'ipv6'];

(lacking ? describe.skip : describe)(`generated rules, on paper${lacking ? ` [skipped: ${lacking}]` : ''}`, () => {
  let legacy: Legacy;
  beforeAll(() => {
    legacy = new Legacy('paper', { sets: SETS });
  });
  afterAll(() => legacy.close());

  test('takes no line that iptables refuses', () => {
    const lax = families.flatMap((family) => {
      legacy.flush(family);
      return all
        .filter((e) => e.families.includes(family))
        .flatMap((e) => tooLax(e, family, legacy, seed, 60))
        .filter(({ line }) => !Object.keys(TAKEN).some((option) => line.includes(option)));
    });
    expect(lax).toEqual([]);
  }, 60_000);

  for (const family of families) {
    test(`300 whole rules of ${family}`, () => {
      const ours = new Ours(legacy.kernel(family));
      const placed = fc.sample(rules(family, legacy.kernel(family), all), { seed, numRuns: 300 });
      expect(judge(placed, family, legacy, ours, lossy).slice(0, 20).join('\n')).toBe('');
    }, 60_000);

    for (const extension of all.filter((e) => e.families.includes(family)))
      test(`${extension.kind} ${extension.name} ${family}`, () => {
        const kernel = legacy.kernel(family);
        const ours = new Ours(kernel);
        const { tried, untried } = settingsToTry(extension, family, kernel, seed, 25);
        expect(untried.filter((option) => !UNTRIED[`${extension.name} ${option}`])).toEqual([]);
        const placed = tried.map((s) => ruleOf(extension, s, family, kernel)).filter((p) => p !== undefined);
        expect(placed.length).toBeGreaterThan(0);
        expect(judge(placed, family, legacy, ours, lossy).slice(0, 8).join('\n')).toBe('');
      });
  }
});
