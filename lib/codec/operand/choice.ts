/** Words that are known beforehand: one of several, some of several, or none at all. */
import { alternatives, Mismatch, nearest } from '../../errors';
import { bareWord } from '../../net/text';
import type { Place } from '../struct';
import { mapped, type Operand, operand } from './operand';

/** An option without argument: there, or not. */
export const flag = (place: Place<boolean>): Operand<true> => ({
  words: 0,
  metavar: '',
  type: 'true',
  read: () => true,
  write(m, value) {
    if (value !== true) throw new Mismatch('true', value);
    place.write(m, true);
  },
  print: () => '',
  parse: () => true,
});

function unknownName(expected: string, word: unknown, names: readonly string[]): Mismatch {
  const near = typeof word === 'string' ? nearest(word, names) : undefined;
  return new Mismatch(`${expected}${near === undefined ? '' : ` (did you mean ${near}?)`}`, word);
}

/** The name that a word is, or begins, in any case: the first one, or with `alone` the only one. */
export function abbreviation<N extends string>(word: string, names: readonly N[], alone = false): N | undefined {
  const start = word.toLowerCase();
  const found = start === '' ? [] : names.filter((name) => name.toLowerCase().startsWith(start));
  if (alone && found.length > 1) throw new Mismatch(`a name that ${alternatives(found)} can be told apart by`, word);
  return found.find((name) => name.length === word.length) ?? found[0];
}
/** The same operand, whose words (separated by commas) may be abbreviated. */
export const abbreviated = <T>(inner: Operand<T>, names: readonly string[], alone = false): Operand<T> => {
  const full = (word: string) => abbreviation(word, names, alone) ?? word;
  const given = (value: unknown) => (typeof value === 'string' ? full(value) : value);
  const canonical = (value: T) =>
    Array.isArray(value) && value.every((name) => names.includes(name))
      ? value
      : inner.canonical!((Array.isArray(value) ? value.map(given) : given(value)) as T);
  return {
    ...inner,
    canonical,
    write: (m, value) => inner.write(m, canonical(value)),
    parse: (words, context) =>
      inner.parse(
        words.map((word) => word.split(',').map(full).join()),
        context,
      ),
  };
};

/** `--ctdir REPLY`: one of several words. Case is ignored, as iptables mostly does. */
export function choice<const C extends Readonly<Record<string, number>>>(
  place: Place<number>,
  values: C,
): Operand<keyof C & string> {
  type Name = keyof C & string;
  const names = Object.keys(values) as Name[];
  const byValue = new Map(names.map((name) => [values[name] as number, name] as const).reverse());
  const byWord = new Map(names.map((name) => [name.toLowerCase(), name] as const));
  const known = (word: unknown): Name => {
    const name = typeof word === 'string' ? byWord.get(word.toLowerCase()) : undefined;
    if (name === undefined) throw unknownName(alternatives(names), word, names);
    return name;
  };
  const one = operand<Name>(
    names.length > 6 ? 'name' : names.join('|'),
    names.map((n) => `'${n}'`).join(' | '),
    {
      // A value without a name decodes to something that can't be written again: the rule stays opaque.
      read: (m) => byValue.get(place.read(m)) ?? (`${place.read(m)}` as Name),
      write: (m, word) => place.write(m, values[known(word)] as number),
    },
    String,
    known,
  );
  return { ...one, canonical: (word) => (typeof word === 'string' && byWord.get(word.toLowerCase())) || word };
}

/** `--ctstate NEW,ESTABLISHED`: names for the bits of a number, in the order in which they are printed. */
export function names<const N extends Readonly<Record<string, number>>>(
  place: Place<number>,
  bits: N,
  none?: string,
): Operand<readonly (keyof N & string)[]> {
  type Name = keyof N & string;
  const all = Object.keys(bits) as Name[];
  const byWord = new Map(all.map((name) => [name.toLowerCase(), name] as const));
  const known = (word: unknown): Name => {
    const name = typeof word === 'string' ? byWord.get(word.toLowerCase()) : undefined;
    if (name === undefined) throw unknownName(alternatives(all), word, all);
    return name;
  };
  const several = operand<readonly Name[]>(
    'name[,name...]',
    `(${all.map((n) => `'${n}'`).join(' | ')})[]`,
    {
      read(m) {
        const word = place.read(m);
        return all.filter((name) => (word & (bits[name] as number)) !== 0);
      },
      write(m, value) {
        // Without any bit, the kernel would look at none.
        if (!Array.isArray(value) || (value.length === 0 && none === undefined))
          throw new Mismatch(`a list of ${alternatives(all)}`, value);
        let word = 0;
        for (const name of value as readonly unknown[]) word = (word | (bits[known(name)] as number)) >>> 0;
        place.write(m, word);
      },
    },
    (value) => value.join(',') || none || '',
    (word) => {
      if (none !== undefined && word.toUpperCase() === none) return [];
      const given = new Set(word.split(',').map(known));
      return all.filter((name) => given.has(name));
    },
  );
  const canonical = (value: readonly Name[]) =>
    Array.isArray(value) && !value.every((name) => Object.hasOwn(bits, name))
      ? value.map((name) => (typeof name === 'string' && byWord.get(name.toLowerCase())) || name)
      : value;
  return { ...several, canonical };
}

/** One of several words, which the kernel knows by themselves. */
export const keyword = <const W extends string>(place: Place<string>, words: readonly W[]): Operand<W> =>
  operand<W>(
    words.join('|'),
    words.map((w) => `'${w}'`).join(' | '),
    mapped<string, W>(
      place,
      (w) => w as W,
      (w) => {
        if (!words.includes(w)) throw unknownName(alternatives(words), w, words);
        return w;
      },
    ),
    bareWord,
    (w) => {
      if (!words.includes(w as W)) throw unknownName(alternatives(words), w, words);
      return w as W;
    },
  );
