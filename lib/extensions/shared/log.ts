/** What the logging targets share: syslog's levels, and prefixes of a line. */
import { OptionMismatch } from '../../codec/extension';
import { cut, mapped, type Operand, operand, phrased, text } from '../../codec/operand';
import { type Option, optional } from '../../codec/option';
import { differs, type Place } from '../../codec/struct';
import { alternatives, Mismatch } from '../../errors';
import { parseNumber } from '../../net/number';

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
  const type = `number | ${Object.keys(levels)
    .map((n) => `'${n}'`)
    .join(' | ')}`;
  return phrased(
    operand<number | Level>(
      'level',
      type,
      mapped<number, number | Level>(place, (n) => n, toLevel),
      (v) => String(typeof v === 'number' ? v : levels[v]),
      toLevel,
    ),
    (word) => `log level "${word}" unknown`,
  );
}

/** As -L shows a level: the first of syslog.h's names for it. */
export const levelName = (level: number | Level): string | undefined =>
  ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'][
    typeof level === 'number' ? level : levels[level]
  ];

/** `--log-prefix "dropped: "`: iptables cuts what is too long, and refuses line breaks. */
export const prefix = (size: number, place: Place<string>): Option<string, false> =>
  optional(differs(place, ''), cut(size - 1, text(place))).varies();
export const checkPrefix = (option: string, value: string | undefined): void => {
  if (value?.includes('\n')) throw new OptionMismatch(option, new Mismatch('a text without line breaks', value));
};
