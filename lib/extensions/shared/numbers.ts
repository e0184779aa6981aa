/** The programs by which u32 finds numbers in a packet. */
import { COLON, COMMA, type Hole, holeOf, IRREGULAR, isZero, REGULAR } from '../../codec/hole';
import { bytes, Member, type Memory } from '../../codec/struct';
import type { TextReader } from '../../net/reader';

export const operators = ['&', '<<', '>>', '@'];
/** The kernel's arrays have eleven elements, but iptables fills ten. */
export const MOST = 10;

export interface Test {
  /** A number, then operators and numbers. */
  readonly location: readonly { readonly nextop: number; readonly number: number }[];
  readonly value: readonly (readonly [min: number, max: number])[];
}

/** Whether the number that a location leads to is one of the values; none is outside the packet. */
export function holds({ location, value }: Test, data: Uint8Array): boolean {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const [first, ...steps] = location;
  let [at, position] = [0, first!.number];
  if (position > data.length - 4) return false;
  let number = view.getUint32(position);
  for (const { nextop, number: operand } of steps) {
    const operator = operators[nextop];
    if (operator === '&') number = (number & operand) >>> 0;
    else if (operator === '<<') number = operand > 31 ? 0 : (number << operand) >>> 0;
    else if (operator === '>>') number = operand > 31 ? 0 : number >>> operand;
    else {
      [at, position] = [at + number, operand];
      if (position + at > data.length - 4) return false;
      number = view.getUint32(at + position);
    }
  }
  return value.some(([min, max]) => number >= min && number <= max);
}

type Numbers<K extends string> = { readonly [N in K]: Member<number> };
/** `struct xt_u32_test` */
interface TestBytes extends Numbers<'nnums' | 'nvalues'> {
  readonly location: readonly Numbers<'number' | 'nextop'>[];
  readonly value: readonly Numbers<'min' | 'max'>[];
}
const [QUOTE, EQUALS] = [34, 61];
const fits = (count: number): boolean => count > 0 && count <= MOST;

/** The words of a whole program, in quotes: what isn't used of its bytes is zero. */
export function programHole(tests: readonly TestBytes[], ntests: Member<number>): Hole | undefined {
  const ends = [...tests.slice(1).map(({ location }) => location[0]!.number), ntests].map(({ offset }) => offset);
  const behind = (m: Memory, i: number) => m.at + ends[i]!;
  const isWritten = (m: Memory, { location, value, nnums, nvalues }: TestBytes, end: number): boolean => {
    const [numbers, values] = [nnums.read(m), nvalues.read(m)];
    if (!fits(numbers) || !fits(values)) return false;
    for (let i = 0; i < numbers; i++) {
      const at = location[i]!.nextop.offset;
      if (m.bytes[m.at + at]! >= (i === 0 ? 1 : operators.length) || !isZero(m, m.at + at + 1, m.at + at + 4))
        return false;
    }
    return (
      isZero(m, m.at + location[numbers]!.number.offset, m.at + value[0]!.min.offset) &&
      isZero(m, m.at + value[values]!.min.offset, m.at + nnums.offset) &&
      isZero(m, m.at + nvalues.offset + 1, end)
    );
  };
  return holeOf([new Member(0, bytes(ntests.offset)), ntests] as const, (all, count) => ({
    formOf(m) {
      const number = count.read(m);
      if (!fits(number) || !isZero(m, behind(m, number - 1), behind(m, tests.length - 1))) return IRREGULAR;
      for (let i = 0; i < number; i++) if (!isWritten(m, tests[i]!, behind(m, i))) return IRREGULAR;
      return REGULAR;
    },
    write(m, out) {
      out.byte(QUOTE);
      for (let n = 0; n < count.read(m); n++) {
        const { location, value, nnums, nvalues } = tests[n]!;
        if (n > 0) out.text('&&');
        for (let i = 0; i < nnums.read(m); i++) {
          if (i > 0) out.text(operators[location[i]!.nextop.read(m)]!);
          out.hex(location[i]!.number.read(m));
        }
        for (let i = 0; i < nvalues.read(m); i++) {
          out.byte(i === 0 ? EQUALS : COMMA);
          const [min, max] = [value[i]!.min.read(m), value[i]!.max.read(m)];
          out.hex(min);
          if (min === max) continue;
          out.byte(COLON);
          out.hex(max);
        }
      }
      out.byte(QUOTE);
    },
    read(m, words) {
      if (!words.byte(QUOTE)) return false;
      m.bytes.fill(0, m.at, m.at + all.type.size);
      let number = 0;
      do if (number === MOST || !readTest(m, words, tests[number++]!)) return false;
      while (words.literal('&&'));
      count.write(m, number);
      return words.byte(QUOTE);
    },
  }));
}

function readTest(m: Memory, words: TextReader, { location, value, nnums, nvalues }: TestBytes): boolean {
  let count = 0;
  for (let operator = 0; ; count++) {
    const number = count < MOST ? words.hex(0xffffffff) : -1;
    if (number < 0) return false;
    location[count]!.number.write(m, number);
    location[count]!.nextop.write(m, operator);
    if (words.byte(EQUALS)) break;
    operator = operators.findIndex((word) => words.literal(word));
    if (operator < 0) return false;
  }
  nnums.write(m, count + 1);
  count = 0;
  do {
    const min = count < MOST ? words.hex(0xffffffff) : -1;
    const max = words.byte(COLON) ? words.hex(0xffffffff) : min;
    if (min < 0 || max < 0) return false;
    value[count]!.min.write(m, min);
    value[count++]!.max.write(m, max);
  } while (words.byte(COMMA));
  nvalues.write(m, count);
  return true;
}
