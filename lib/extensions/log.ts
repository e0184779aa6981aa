/** What the logging targets share: syslog's levels, and texts that iptables cuts to fit. */
import { mapped, type Operand, operand } from '../codec/operand';
import type { Place } from '../codec/struct';
import { alternatives, Mismatch } from '../errors';
import { parseNumber } from '../net/number';
import { decodeText, encodeText } from '../net/text';

const levels = { emerg: 0, alert: 1, crit: 2, error: 3, warning: 4, notice: 5, info: 6, debug: 7, panic: 0 } as const;
export type Level = keyof typeof levels;

function toLevel(value: unknown): number {
  const n = typeof value === 'string' ? ((levels as Record<string, number>)[value] ?? parseNumber(value)) : value;
  if (typeof n !== 'number' || !Number.isInteger(n) || n < 0 || n > 7)
    throw new Mismatch(`a level from 0 to 7 or ${alternatives(Object.keys(levels))}`, value);
  return n;
}

/** `--log-level info`: canonically the number. */
export function syslogLevel(place: Place<number>): Operand<number | Level> {
  const type = `number | ${Object.keys(levels).map((n) => `'${n}'`).join(' | ')}`;
  return operand<number | Level>('level', type, mapped<number, number | Level>(place, (n) => n, toLevel), (v) => String(toLevel(v)), toLevel);
}

/** As -L shows a level: the first of syslog.h's names for it. */
export const levelName = (level: number | Level): string =>
  ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'][toLevel(level)]!;

/** A longer text than fits is cut, as iptables does: on the command line only; as data it is refused. */
export const cut = (size: number, inner: Operand<string>): Operand<string> => ({
  ...inner,
  parse([word]) {
    const bytes = encodeText(word!);
    return bytes.length > size ? decodeText(bytes.subarray(0, size)) : word!;
  },
});
