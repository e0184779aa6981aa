import { IptcError } from '../../../lib/index';
import { afterAll, beforeAll, describe, expect, test } from '../../harness';
import { Bench } from './calls';
import { ALL, type Kind, type Parameter, publicFunctions, type Value } from './surface';

const FUNCTIONS = publicFunctions();

const throwing = new Proxy(
  {},
  {
    get() {
      throw new Error('no getter');
    },
  },
);
/** Of each kind. */
const SAMPLES: Readonly<Record<Kind, readonly unknown[]>> = {
  undefined: [],
  null: [null],
  boolean: [true],
  number: [5, Number.NaN, -1],
  bigint: [5n],
  string: ['nonsense'],
  symbol: [Symbol('s')],
  function: [() => {}],
  array: [[]],
  object: [{}],
};

/** What doesn't fit a type. */
function wrongFor({ kinds, words, keys, element }: Value): unknown[] {
  const wrong: unknown[] = ALL.filter((kind) => !kinds.has(kind)).flatMap((kind) => SAMPLES[kind]);
  // There is nothing to be counted or waited for that is less than nothing.
  if (kinds.has('number')) wrong.push(Number.NaN, -1);
  if (words) wrong.push('nonsense');
  if (keys) wrong.push(new Map(), new Date(), Promise.resolve(), throwing);
  if (kinds.has('boolean') && !keys) wrong.push(0, 'true');
  if (element) wrong.push([null], [Symbol('s')]);
  return wrong;
}

/** Each key of options, by its way: `lock.wait`; and with it, whether it is wrong to say it at all. */
function* ways(value: Value, from = ''): Generator<{ way: string; wrong: readonly unknown[] }> {
  if (!value.keys) return;
  yield { way: `${from}nonsense`, wrong: [undefined, true] };
  for (const [key, inner] of value.keys) {
    yield { way: from + key, wrong: wrongFor(inner) };
    yield* ways(inner, `${from}${key}.`);
  }
}

/** The same options, but for what is at the end of a way. */
function changed(options: unknown, way: string, value: unknown): unknown {
  const [first, ...rest] = way.split('.') as [string, ...string[]];
  const { [first]: old, ...others } = (options ?? {}) as Record<string, unknown>;
  return { ...others, [first]: rest.length === 0 ? value : changed(old ?? {}, rest.join('.'), value) };
}

describe('the public functions', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.set();
  });
  afterAll(() => bench.clear());

  test('are all of them tried here', () => {
    expect(FUNCTIONS.map(({ name }) => name)).toEqual(Object.keys(bench.calls).sort());
  });

  /** The refusal of a call, which has changed nothing. */
  async function refusal(name: string, given: readonly unknown[]): Promise<IptcError> {
    const before = await bench.saved();
    let error: unknown;
    try {
      await bench.calls[name]!.run(...given);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(IptcError);
    expect(await bench.saved()).toBe(before);
    return error as IptcError;
  }
  const at = (given: readonly unknown[], index: number, value: unknown) =>
    Object.assign([...given], { [index]: value });

  const position = (parameters: readonly Parameter[], parameter: Parameter) => parameters.indexOf(parameter);
  for (const { name, parameters } of FUNCTIONS)
    for (const parameter of parameters) {
      const index = position(parameters, parameter);
      const isOptions = parameter.value.keys !== undefined;
      test(`${name} refuses what can't be its ${parameter.name}`, async () => {
        const { arguments: right } = bench.calls[name]!;
        const wrong = wrongFor(parameter.value);
        if (!parameter.optional && !parameter.value.kinds.has('undefined')) wrong.push(undefined);
        for (const value of wrong) {
          const error = await refusal(name, at(right, index, value));
          if (isOptions) expect(error.code).toBe('ERR_BAD_ARGUMENT');
          else expect(`${error.message} ${error.path}`).toMatch(new RegExp(`\\b${parameter.name.replace(/s$/, '')}`));
        }
      });
      if (isOptions)
        test(`${name} refuses what can't be in its ${parameter.name}`, async () => {
          const { arguments: right } = bench.calls[name]!;
          for (const { way, wrong } of ways(parameter.value))
            for (const value of wrong) {
              const error = await refusal(name, at(right, index, changed(right[index], way, value)));
              const path = parameter.name === 'options' ? way : `${parameter.name}.${way}`;
              expect([error.code, error.path?.replace(/\[0\]$/, '')]).toEqual(['ERR_BAD_ARGUMENT', path]);
            }
        });
    }
});
