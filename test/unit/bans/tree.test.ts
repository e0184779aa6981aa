/** Places in chains: few rules to pass, whatever comes in whatever order. */
import fc from 'fast-check';
import { placeOf } from '../../../lib/bans/address';
import { type Branch, type Item, netOf, Tree } from '../../../lib/bans/rules/tree';
import { describe, expect, test } from '../../harness';

const item = (text: string): Item<string> => ({ key: text, net: netOf(placeOf(text)), rule: text });
const inside = (address: string, net: string) =>
  [...new Set([...treeOf([net]).around(netOf(placeOf(address)))])].length > 0;
function treeOf(texts: readonly string[]): Tree<string> {
  const tree = new Tree<string>('t');
  for (const text of texts) tree.set(item(text));
  return tree;
}
/** As a packet goes through the rules of the chains: how many it passes, and which place ends it. */
function pass(tree: Tree<string>, address: string): readonly [rules: number, found: string | undefined] {
  const net = netOf(placeOf(address));
  const holds = (outer: { bits: number; bytes: Uint8Array }) => {
    for (let bit = 0; bit < outer.bits; bit++)
      if (((outer.bytes[bit >> 3]! ^ net.bytes[bit >> 3]!) >> (7 - (bit % 8))) & 1) return false;
    return true;
  };
  let rules = 0;
  for (let at: Branch<string> | undefined = tree.root; at; ) {
    let next: Branch<string> | undefined;
    for (const each of at.covers) {
      rules++;
      if (holds(each.net)) return [rules, each.key];
    }
    for (const each of at.tests) {
      rules++;
      if (!holds(each.net)) continue;
      next = each.chain;
      break;
    }
    if (!next)
      for (const each of at.items) {
        rules++;
        if (holds(each.net)) return [rules, each.key];
      }
    at = next;
  }
  return [rules, undefined];
}
const ipv4 = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
const COUNT = Number(process.env.BANS ?? 20_000);

describe('places in chains', () => {
  const random = (seed: number) => () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0);
  const next = random(7);
  const ORDERS: Readonly<Record<string, (i: number) => string>> = {
    'at random': () => ipv4(next()),
    'one after the other': (i) => ipv4(0x0a000000 + i),
    backwards: (i) => ipv4(0x0b000000 - i),
    'in nets of their own': (i) => `${ipv4(0x10000000 + (i << 10))}/${22 + (i % 3)}`,
    'nearer and nearer': (i) => ipv4((0x0a000000 + (i % 32 === 0 ? i : 2 ** (i % 32) + i)) >>> 0),
    'of IPv6': (i) =>
      `2001:db8:${(next() & 0xffff).toString(16)}::${(i & 0xffff).toString(16)}:${(i >> 16).toString(16)}`,
  };
  test.each(Object.keys(ORDERS))('that come %s are found by less than 40 rules', (order) => {
    const tree = new Tree<string>('t');
    const all = new Set<string>();
    for (let i = 0; i < COUNT; i++) {
      const { text } = placeOf(ORDERS[order]!(i));
      all.add(text);
      tree.set(item(text));
    }
    expect(tree.size).toBe(all.size);
    let most = 0;
    for (const text of all) {
      const [rules, found] = pass(tree, text.split('/')[0]!);
      most = Math.max(most, rules);
      expect(all.has(found!)).toBe(true);
    }
    for (let i = 0; i < 10_000; i++) {
      const address = text6(order) ? `2001:db8:${(next() & 0xffff).toString(16)}::1` : ipv4(next());
      const [rules, found] = pass(tree, address);
      most = Math.max(most, rules);
      if (found === undefined) expect(all.has(address)).toBe(false);
    }
    expect(most).toBeLessThanOrEqual(38); // two more lead there
  });
  const text6 = (order: string) => order === 'of IPv6';

  test('at once pass no more', () => {
    const tree = new Tree<string>('t');
    const texts = Array.from({ length: COUNT }, () => placeOf(ipv4(next())).text);
    tree.replace(texts.map(item));
    let most = 0;
    for (const text of texts) most = Math.max(most, pass(tree, text)[0]);
    expect(most).toBeLessThanOrEqual(38);
  });

  test('are found, and no others, however they come and go', () => {
    const address = fc.integer({ min: 0, max: 255 }).map((last) => `10.0.0.${last}`);
    const net = fc
      .tuple(address, fc.integer({ min: 24, max: 32 }))
      .map(([text, bits]) => placeOf(`${text}/${bits}`).text);
    const edit = fc.tuple(fc.boolean(), net);
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 120 }), (edits) => {
        const tree = new Tree<string>('t');
        const all = new Set<string>();
        for (const [add, text] of edits)
          if (add || !all.has(text)) {
            tree.set(item(text));
            all.add(text);
          } else {
            expect(tree.delete(text)).toBe(true);
            all.delete(text);
          }
        expect(new Set([...tree].map(({ key }) => key))).toEqual(all);
        for (let last = 0; last < 256; last += 3) {
          const [, found] = pass(tree, `10.0.0.${last}`);
          const expected = [...all].filter((each) => inside(`10.0.0.${last}`, each));
          expect(found === undefined ? [] : [found]).toEqual(expected.length === 0 ? [] : [expect.toBeOneOf(expected)]);
          expect(new Set([...tree.around(netOf(placeOf(`10.0.0.${last}`)))].map(({ key }) => key))).toEqual(
            new Set(expected),
          );
        }
        // What is said to have changed is enough to have it so elsewhere.
        expect(tree.root.size).toBe(all.size);
      }),
      { numRuns: Number(process.env.RUNS ?? 50) },
    );
  });
});
