import { match, revision } from '../../codec/extension';
import { all, fact, given } from '../../codec/meaning';
import { isNot, negatable, operand } from '../../codec/operand';
import { required } from '../../codec/option';
import { boolean, type Memory, repeat, struct, u8, u32 as word } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { hex, parseNumber } from '../../net/number';
import { holds, MOST, operators, programHole, type Test } from '../shared/numbers';

// <linux/netfilter/xt_u32.h>
const location = struct('xt_u32_location_element', { number: word, nextop: u8 });
const value = struct('xt_u32_value_element', { min: word, max: word });
const test = struct('xt_u32_test', {
  location: repeat(location, 11),
  value: repeat(value, 11),
  nnums: u8,
  nvalues: u8,
});
const s = struct('xt_u32', { tests: repeat(test, 11), ntests: u8, invert: u8 });

/** `0>>22&0x3C@0>>24=0&&4&0x3FFF=0:5,8` */
function parseTests(text: string): Test[] {
  const tokens = text.match(/&&|<<|>>|[&@=,:]|\w+|\S/g) ?? [];
  let at = 0;
  const wrong = (expected: string) =>
    new Mismatch(`${expected} in the tests, at word ${at + 1} (${tokens[at] ?? 'the end'})`, text);
  const number = () => {
    const n = parseNumber(tokens[at] ?? '', 0xffffffff);
    if (n === undefined) throw wrong('a number');
    at++;
    return n;
  };
  const taken = (token: string) => tokens[at] === token && ++at > 0;
  const tests: Test[] = [];
  do {
    const steps = [{ nextop: 0, number: number() }];
    while (!taken('=')) {
      const nextop = operators.indexOf(tokens[at] ?? '');
      if (nextop < 0) throw wrong(`${operators.join(', ')} or =`);
      at++;
      steps.push({ nextop, number: number() });
    }
    const ranges: [number, number][] = [];
    do {
      const min = number();
      ranges.push([min, taken(':') ? number() : min]);
    } while (taken(','));
    if (steps.length > MOST) throw new Mismatch(`at most ${MOST} numbers in a location`, text);
    if (ranges.length > MOST) throw new Mismatch(`at most ${MOST} values in a test`, text);
    tests.push({ location: steps, value: ranges });
  } while (taken('&&'));
  if (at < tokens.length) throw wrong('a comma, && or the end');
  if (tests.length > MOST) throw new Mismatch(`at most ${MOST} tests`, text);
  return tests;
}

const formatTests = (tests: readonly Test[]): string =>
  tests
    .map(({ location: [first, ...rest], value }) => {
      const steps = rest.map(({ nextop, number }) => `${operators[nextop] ?? ''}${hex(number)}`).join('');
      const ranges = value.map(([min, max]) => (min === max ? hex(min) : `${hex(min)}:${hex(max)}`)).join();
      return `${hex(first?.number ?? 0)}${steps}=${ranges}`;
    })
    .join('&&');

const tests = operand(
  'tests',
  'string',
  {
    read: (m: Memory) =>
      formatTests(
        s.tests.slice(0, s.ntests.read(m)).map((t) => ({
          location: t.location
            .slice(0, t.nnums.read(m))
            .map((l) => ({ nextop: l.nextop.read(m), number: l.number.read(m) })),
          value: t.value.slice(0, t.nvalues.read(m)).map((v) => [v.min.read(m), v.max.read(m)] as const),
        })),
      ),
    write(m: Memory, text: string) {
      if (typeof text !== 'string') throw new Mismatch('tests as a text', text);
      const parsed = parseTests(text);
      s.ntests.write(m, parsed.length);
      for (const [i, { location, value }] of parsed.entries()) {
        const t = s.tests[i]!;
        t.nnums.write(m, location.length);
        t.nvalues.write(m, value.length);
        for (const [j, { nextop, number }] of location.entries()) {
          t.location[j]!.nextop.write(m, nextop);
          t.location[j]!.number.write(m, number);
        }
        for (const [j, [min, max]] of value.entries()) {
          t.value[j]!.min.write(m, min);
          t.value[j]!.max.write(m, max);
        }
      }
    },
  },
  (text) => `"${text}"`,
  (text) => formatTests(parseTests(text)),
  programHole(s.tests, s.ntests),
);

/** Matches by numbers of up to four bytes anywhere in the packet, found by a small program. */
export const u32 = match({
  name: 'u32',
  doc: 'Matches by numbers anywhere in the packet.',
  revisions: [
    revision(0, s, {
      u32: required(negatable(boolean(s.invert), tests))
        .varies()
        .doc(
          'The tests: location = values, joined by &&; a location is a number, or more with the operators & << >> @.',
        ),
    }),
  ],
  matches: ({ u32 }) =>
    all(
      given(u32, (text) => {
        const parsed = parseTests(text);
        return fact('data', (data) => parsed.every((test) => holds(test, data)));
      }),
    ),
  separate: true,
  example: { u32: '0x0&0xffff=0x100:0xffff' },
  list: ({ u32: t }) => `u32${isNot(t) ? ' !' : ''} "${isNot(t) ? t.not : t}"`,
});
