/** An option that may be given several times, each time with settings of its own: policy's `--next`. */
import { alternatives, Mismatch } from '../errors';
import { camel, type Options, type Settings } from './extension';
import { type Context, isNot, type Operand } from './operand';
import { Option } from './option';
import type { Place } from './struct';

/** Settings as words, each option with a space before it. */
export function printSettings(options: Options, settings: Readonly<Record<string, unknown>>, context: Context, dashes = '--'): string {
  return Object.entries(options)
    .filter(([name]) => settings[camel(name)] !== undefined)
    .map(([name, { operand }]) => {
      const value = settings[camel(name)];
      return `${isNot(value) ? ' !' : ''} ${dashes}${name} ${operand.print(value, context)}`;
    })
    .join('');
}

/**
 * The elements behind the first: `places` has the options of each, at its place in the struct, `count` says how many
 * there are. On a command line, what stands behind this option's name belongs to its element.
 */
export function elements<O extends Options>(places: readonly O[], count: Place<number>): Option<readonly Settings<O>[], false> {
  type Element = Settings<O>;
  const byKey = places.map((options) => new Map(Object.entries(options).map(([name, option]) => [camel(name), option])));
  const names = Object.keys(places[0]!);
  const operand: Operand<readonly Element[]> = {
    words: 0,
    metavar: '',
    type: `{ ${names.map(camel).join(', ')} }[]`,
    read: (m) =>
      byKey.slice(0, count.read(m)).map((options) => {
        const element: Record<string, unknown> = {};
        for (const [key, option] of options) {
          const value = option.read(m);
          if (value !== undefined) element[key] = value;
        }
        return element as Element;
      }),
    write(m, value) {
      if (!Array.isArray(value) || value.length > places.length) throw new Mismatch(`a list of at most ${places.length} elements`, value);
      count.write(m, value.length);
      for (const [i, element] of (value as readonly Element[]).entries()) {
        for (const [key, given] of Object.entries(element)) {
          const option = byKey[i]!.get(key);
          if (!option) throw new Mismatch(`one of ${alternatives([...byKey[i]!.keys()])}`, key, `[${i}]`);
          try {
            if (given !== undefined) option.write(m, given);
          } catch (error) {
            throw error instanceof Mismatch ? new Mismatch(error.expected, error.received, `[${i}].${key}${error.at}`) : error;
          }
        }
      }
    },
    print: ([element], context) => printSettings(places[0]!, element as Readonly<Record<string, unknown>>, context).trimStart(),
    parse: () => [],
  };
  const option = new Option<readonly Element[], false>(
    operand,
    false,
    (m) => (count.read(m) > 0 ? operand.read(m) : undefined),
    (m, value) => operand.write(m, value),
  );
  return Object.assign(option, { repeatable: true, opens: names.map(camel) });
}
