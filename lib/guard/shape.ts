/** What a setting has to be: checked, and said as JSON Schema, by one definition. */
import { type Check, fields, listOf, numeric, oneOf, recordOf } from '../arguments';
import { placesOf } from '../bans/address';
import { type Ports, portsGiven } from '../bans/ban';
import { secondsOf } from '../bans/duration';
import { Mismatch } from '../errors';

export interface Shape<T> {
  readonly check: Check<T>;
  readonly schema: object;
}
type Shapes<T> = { readonly [K in keyof T]-?: readonly [doc: string, shape: Shape<Exclude<T[K], undefined>>] };

export const word = (expected: string, pattern: RegExp): Shape<string> => ({
  check: (value) => {
    if (typeof value !== 'string' || !pattern.test(value) || value.includes('\0')) throw new Mismatch(expected, value);
    return value;
  },
  schema: { type: 'string', pattern: pattern.source },
});
export const text = word('a text', /^/);
export const path = word('an absolute path', /^\//);
export const integer = (least: number, most: number): Shape<number> => ({
  check: numeric(
    `an integer from ${least} to ${most}`,
    (value) => Number.isInteger(value) && value >= least && value <= most,
  ),
  schema: { type: 'integer', minimum: least, maximum: most },
});
export const number = (least: number): Shape<number> => ({
  check: numeric(`a number from ${least} on`, (value) => value >= least && Number.isFinite(value)),
  schema: { type: 'number', minimum: least },
});
/** In seconds. */
export const duration: Shape<number> = {
  check: secondsOf,
  schema: {
    anyOf: [
      { type: 'number', exclusiveMinimum: 0 },
      { type: 'string', pattern: '^(\\d+|(\\d+[smhdw])+)$' },
    ],
  },
};
/** An address, a network or a range. */
export const address: Shape<string> = {
  check: (value) => {
    placesOf(value);
    return value as string;
  },
  schema: { type: 'string', pattern: '^[0-9A-Fa-f:./ -]+$' },
};
const port = { type: 'integer', minimum: 0, maximum: 65535 };
export const ports: Shape<readonly Ports[]> = {
  check: portsGiven,
  schema: { type: 'array', items: { anyOf: [port, { type: 'array', items: port, minItems: 2, maxItems: 2 }] } },
};
export const choice = <const N extends string>(...names: readonly N[]): Shape<N> => ({
  check: oneOf(...names),
  schema: { enum: names },
});
export const list = <T>({ check, schema }: Shape<T>, least = 0): Shape<readonly T[]> => ({
  check: (value) => {
    const all = listOf(check)(value);
    if (all.length < least) throw new Mismatch(`a list of at least ${least}`, value);
    return all;
  },
  schema: { type: 'array', items: schema, ...(least > 0 && { minItems: least }) },
});
export const record = <T>(name: RegExp, expected: string, { check, schema }: Shape<T>): Shape<Record<string, T>> => ({
  check: (value) => {
    const all = recordOf(check)(value);
    for (const key of Object.keys(all)) if (!name.test(key)) throw new Mismatch(expected, key, `.${key}`);
    return all;
  },
  schema: { type: 'object', propertyNames: { pattern: name.source }, additionalProperties: schema },
});
export function object<T extends object>(shapes: Shapes<T>, ...needed: readonly (keyof T & string)[]): Shape<T> {
  const all = Object.entries(shapes) as [string, readonly [string, Shape<unknown>]][];
  const checks = Object.fromEntries(all.map(([key, [, { check }]]) => [key, check]));
  const properties = all.map(([key, [description, { schema }]]) => [key, { description, ...schema }]);
  return {
    check: fields<T>(checks as Parameters<typeof fields<T>>[0], ...needed),
    schema: {
      type: 'object',
      properties: Object.fromEntries(properties),
      additionalProperties: false,
      ...(needed.length > 0 && { required: needed }),
    },
  };
}
/** A text that stands for an object, or the object. */
export const shorthand = <T extends object>(short: Shape<string>, long: Shape<T>, key: keyof T & string): Shape<T> => ({
  check: (value) => (typeof value === 'string' ? ({ [key]: short.check(value) } as T) : long.check(value)),
  schema: { anyOf: [short.schema, long.schema] },
});
/** A value that stands for a list of it, or the list. */
export const oneOrMore = <T>(one: Shape<T>): Shape<readonly T[]> => ({
  check: (value) => (Array.isArray(value) ? list(one, 1).check(value) : [one.check(value)]),
  schema: { anyOf: [one.schema, list(one, 1).schema] },
});
