/** An option that may be given several times, each time with settings of its own: policy's `--next`. */
import { alternatives, Mismatch } from '../errors';
import { camel, type Options, type Settings } from './extension';
import { type Context, isNot, type Operand } from './operand';
import { Option } from './option';
import type { Memory, Place } from './struct';

/** Settings as words, each option with a space before it. */
export const printSettings = (
  options: Options,
  settings: Readonly<Record<string, unknown>>,
  context: Context,
  dashes = '--',
): string =>
  Object.entries(options)
    .map(([name, { operand }]) => {
      const value = settings[camel(name)];
      if (value === undefined) return '';
      return `${isNot(value) ? ' !' : ''} ${dashes}${name} ${operand.print(value, context)}`;
    })
    .join('');

/**
 * The elements behind the first: `places` has the options of each, at its place in the struct, `length` counts them
 * all. On a command line, what stands behind this option's name belongs to its element.
 */
export function elements<O extends Options>(places: readonly O[], length: Place<number>) {
  type Element = Settings<O>;
  const byKey = places.map((options) => new Map(Object.entries(options).map(([name, o]) => [camel(name), o])));
  const keys = [...byKey[0]!.keys()];

  const writeElement = (m: Memory, element: Readonly<Record<string, unknown>>, i: number) => {
    for (const [key, value] of Object.entries(element)) {
      const option = byKey[i]!.get(key);
      if (!option) throw new Mismatch(`one of ${alternatives(keys)}`, key, `[${i}]`);
      try {
        if (value !== undefined) option.write(m, value);
      } catch (error) {
        throw error instanceof Mismatch
          ? new Mismatch(error.expected, error.received, `[${i}].${key}${error.at}`, error.iptables)
          : error;
      }
    }
  };
  const canonicalOf = (element: Element): Element =>
    Object.fromEntries(
      Object.entries(element).map(([key, value]) => [key, byKey[0]!.get(key)!.operand.canonical?.(value) ?? value]),
    ) as Element;
  const operand: Operand<readonly Element[]> = {
    words: 0,
    metavar: '',
    type: `{ ${Object.entries(places[0]!)
      .map(
        ([
          name,
          {
            operand: { type },
            negatable,
          },
        ]) => `${camel(name)}?: ${type}${negatable ? ` | { not: ${type} }` : ''}`,
      )
      .join(', ')} }[]`,
    read: (m) =>
      byKey.slice(0, Math.max(0, length.read(m) - 1)).map((options) => {
        const all = [...options].map(([key, option]) => [key, option.read(m)] as const);
        return Object.fromEntries(all.filter(([, value]) => value !== undefined)) as Element;
      }),
    write(m, value) {
      if (!Array.isArray(value) || value.length > places.length)
        throw new Mismatch(`a list of at most ${places.length} elements`, value);
      length.write(m, value.length + 1);
      value.forEach((element: Readonly<Record<string, unknown>>, i) => {
        writeElement(m, element, i);
      });
    },
    canonical: (value) => value.map((element) => canonicalOf(element)),
    print: ([element], context) => printSettings(places[0]!, { ...element }, context).trimStart(),
    parse: () => [],
  };
  const option = new Option<readonly Element[], false>(
    operand,
    false,
    (m) => (length.read(m) > 1 ? operand.read(m) : undefined),
    (m, value) => operand.write(m, value),
  );
  return Object.assign(option, { repeatable: true, opens: keys });
}

/** The options of the first element: there if any element is. */
elements.first = <O extends Options>(options: O, length: Place<number>): O => {
  const gate = <T>(o: Option<T>) =>
    Object.assign(Object.create(Object.getPrototypeOf(o)), o, {
      read: (m: Memory) => (length.read(m) > 0 ? o.read(m) : undefined),
    });
  return Object.fromEntries(Object.entries(options).map(([name, o]) => [name, gate(o)])) as O;
};
