import fc from 'fast-check';
import { ALL, Bdd, NONE, type Node } from '../../../lib/analysis/bdd';
import { Undecided } from '../../../lib/analysis/undecided';
import { describe, expect, test } from '../../harness';

const RUNS = Number(process.env.RUNS ?? 30);
const BITS = 12;
const PACKETS = 1 << BITS;

/** A function of 12 bits as a diagram, and as the table of all its values. */
interface Made {
  readonly node: Node;
  readonly table: Uint8Array;
}
const bitOf = (packet: number, level: number): boolean => ((packet >> level) & 1) === 1;
const tableOf = (value: (packet: number) => number): Uint8Array =>
  Uint8Array.from({ length: PACKETS }, (_, i) => value(i));

/** A set as a formula, by what it is made of. */
type Formula =
  | number
  | readonly ['not', Formula]
  | readonly ['and' | 'or' | 'minus', Formula, Formula]
  | readonly ['ite', Formula, Formula, Formula];
const formula = fc.letrec<{ formula: Formula }>((tie) => ({
  formula: fc.oneof(
    { maxDepth: 6 },
    fc.nat(BITS - 1),
    fc.tuple(fc.constant('not' as const), tie('formula')),
    fc.tuple(fc.constantFrom('and' as const, 'or' as const, 'minus' as const), tie('formula'), tie('formula')),
    fc.tuple(fc.constant('ite' as const), tie('formula'), tie('formula'), tie('formula')),
  ),
})).formula;

function make(bdd: Bdd, of: Formula): Made {
  if (typeof of === 'number') return { node: bdd.bit(of), table: tableOf((i) => Number(bitOf(i, of))) };
  const [a, b, c] = of.slice(1).map((part) => make(bdd, part as Formula)) as [Made, Made, Made];
  switch (of[0]) {
    case 'not':
      return { node: bdd.not(a.node), table: tableOf((i) => 1 - a.table[i]!) };
    case 'and':
      return { node: bdd.and(a.node, b.node), table: tableOf((i) => a.table[i]! & b.table[i]!) };
    case 'or':
      return { node: bdd.or(a.node, b.node), table: tableOf((i) => a.table[i]! | b.table[i]!) };
    case 'minus':
      return { node: bdd.minus(a.node, b.node), table: tableOf((i) => a.table[i]! & (1 - b.table[i]!)) };
    default:
      return {
        node: bdd.ite(a.node, b.node, c.node),
        table: tableOf((i) => (a.table[i]! ? b.table[i]! : c.table[i]!)),
      };
  }
}
const valuesOf = (bdd: Bdd, node: Node): Uint8Array =>
  tableOf((i) => bdd.valueOf(bdd.evaluate(node, (level) => bitOf(i, level))));

describe('decision diagrams', () => {
  test('say of every packet what the formula says, and are the same node where that is the same', () => {
    const bdd = new Bdd();
    const nodes = new Map<string, Node>();
    fc.assert(
      fc.property(formula, (of) => {
        const { node, table } = make(bdd, of);
        expect(valuesOf(bdd, node)).toEqual(table);
        const key = String(table);
        expect(nodes.get(key) ?? node).toBe(node);
        nodes.set(key, node);
      }),
      { numRuns: RUNS },
    );
  });

  test('forget bits, for some of their values or for all', () => {
    const bdd = new Bdd();
    fc.assert(
      fc.property(formula, fc.subarray([...Array(BITS).keys()]), (of, gone) => {
        const { node, table } = make(bdd, of);
        const mask = gone.reduce((all, level) => all | (1 << level), 0);
        const rest = (i: number) => i & ~mask;
        const [some, all] = [new Set<number>(), new Set<number>()];
        for (let i = 0; i < PACKETS; i++) (table[i] ? some : all).add(rest(i));
        expect(
          valuesOf(
            bdd,
            bdd.exists(node, (level) => gone.includes(level)),
          ),
        ).toEqual(tableOf((i) => Number(some.has(rest(i)))));
        expect(
          valuesOf(
            bdd,
            bdd.forall(node, (level) => gone.includes(level)),
          ),
        ).toEqual(tableOf((i) => Number(!all.has(rest(i)))));
      }),
      { numRuns: RUNS },
    );
  });

  test('of packets that are changed first', () => {
    const bdd = new Bdd();
    fc.assert(
      fc.property(formula, fc.array(fc.tuple(fc.nat(BITS - 1), formula), { maxLength: 4 }), (of, changes) => {
        const { node, table } = make(bdd, of);
        const made = new Map(changes.map(([level, to]) => [level, make(bdd, to)]));
        const bits = new Map([...made].map(([level, { node }]) => [level, node]));
        const after = (i: number) =>
          [...made].reduce((all, [level, { table }]) => (all & ~(1 << level)) | (table[i]! << level), i);
        expect(valuesOf(bdd, bdd.compose(node, bits))).toEqual(tableOf((i) => table[after(i)]!));
      }),
      { numRuns: RUNS },
    );
  });

  test('have any leaves, one of which another diagram takes the place of', () => {
    const bdd = new Bdd();
    const leaves = [2, 3, 4].map((value) => bdd.leaf(value));
    fc.assert(
      fc.property(formula, formula, formula, (first, second, third) => {
        const [a, b, c] = [first, second, third].map((of) => make(bdd, of)) as [Made, Made, Made];
        const f = bdd.ite(a.node, leaves[0]!, bdd.ite(b.node, leaves[1]!, leaves[2]!));
        const g = bdd.ite(c.node, leaves[2]!, leaves[0]!);
        const value = (i: number) => (a.table[i] ? 2 : b.table[i] ? 3 : 4);
        const other = (i: number) => (c.table[i] ? 4 : 2);
        expect(valuesOf(bdd, f)).toEqual(tableOf(value));
        expect(valuesOf(bdd, bdd.sub(f, leaves[1]!, g))).toEqual(
          tableOf((i) => (value(i) === 3 ? other(i) : value(i))),
        );
        const differ = bdd.zip(f, g, (x, y) => (x === y ? NONE : ALL), NONE);
        expect(valuesOf(bdd, differ)).toEqual(tableOf((i) => Number(value(i) !== other(i))));
        expect(
          valuesOf(
            bdd,
            bdd.map(f, (leaf) => (leaf === leaves[1] ? ALL : NONE)),
          ),
        ).toEqual(tableOf((i) => Number(value(i) === 3)));
      }),
      { numRuns: RUNS },
    );
  });

  test('give one of a set', () => {
    const bdd = new Bdd();
    fc.assert(
      fc.property(formula, (of) => {
        const { node, table } = make(bdd, of);
        fc.pre(node !== NONE);
        expect(table[[...bdd.sample(node)].reduce((all, [level, set]) => all | (Number(set) << level), 0)]).toBe(1);
      }),
      { numRuns: RUNS },
    );
  });

  test('are right past a table that has grown many times, and decide nothing past their bound', () => {
    // Each bit beside its like in the other half: 2^n nodes.
    const equal = (bdd: Bdd, bits: number) =>
      Array.from({ length: bits }, (_, i) =>
        bdd.not(bdd.ite(bdd.bit(i), bdd.not(bdd.bit(bits + i)), bdd.bit(bits + i))),
      ).reduce((all, same) => bdd.and(all, same), ALL);
    const bdd = new Bdd();
    const node = equal(bdd, 14);
    const of = (a: number, b: number) => bdd.evaluate(node, (level) => bitOf(level < 14 ? a : b, level % 14));
    for (let i = 0; i < 1000; i++) {
      const [a, b] = [Math.imul(i, 7919) & 0x3fff, Math.imul(i, 104729) & 0x3fff];
      expect([of(a, a), of(a, b)]).toEqual([ALL, a === b ? ALL : NONE]);
    }
    const small = new Bdd(10_000);
    const both = () => small.and(small.bit(0), small.bit(1));
    expect(small.evaluate(both(), () => true)).toBe(ALL);
    expect(() => equal(small, 14)).toThrow(Undecided);
    // Nothing more is tried.
    expect(both).toThrow('more than 10000 nodes');
  });
});
