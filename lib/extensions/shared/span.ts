/** A range in a pair of numbers that iptables-save prints only if it says something: ports, SPIs, identifications. */

import { spanHole } from '../../codec/hole';
import { isNot, type Not, negatable, type Operand, type Range, range } from '../../codec/operand';
import { Option } from '../../codec/option';
import { element, type Member, type Place } from '../../codec/struct';

export type Span = Range | Not<Range>;

/** Whether it is what holds where nothing is said. Negated it matches nothing, and has to be said. */
const all = (value: Span, max: number): boolean =>
  !isNot(value) && typeof value === 'object' && value[0] === 0 && value[1] === max;

/** `--espspi 1:5`; the whole range if it isn't given. `given` is a flag that is set if it is, and that nothing tests. */
export function span(
  pair: Member<number[]>,
  inverted: Place<boolean>,
  max: number,
  inner: Operand<Range> = range(element(pair, 0), element(pair, 1), max),
  given?: Place<boolean>,
): Option<Span, false> {
  const whole = negatable(inverted, inner);
  const [low, high] = [element(pair, 0), element(pair, 1)];
  const operand: typeof whole = {
    ...whole,
    hole: inner.hole && spanHole(inner.hole, [low, high], max),
    print: (value, context) => (all(value, max) ? undefined : whole.print(value, context)),
  };
  return new Option(
    operand,
    false,
    (m) => {
      const value = operand.read(m);
      return all(value, max) && !given?.read(m) ? undefined : value;
    },
    (m, value) => {
      given?.write(m, true);
      operand.write(m, value);
    },
    (m) => pair.write(m, [0, max]),
  ).varies();
}

/** `spi:5`, `spis:!1:5`; nothing of a whole range. */
export function listSpan(
  label: string,
  value: Span | undefined,
  max: number,
  name: (n: number) => string = String,
): string {
  if (value === undefined || all(value, max)) return '';
  const ends = isNot(value) ? value.not : value;
  const words = typeof ends === 'number' ? name(ends) : ends.map(name).join(':');
  return `${label}${typeof ends === 'number' ? '' : 's'}:${isNot(value) ? '!' : ''}${words}`;
}
