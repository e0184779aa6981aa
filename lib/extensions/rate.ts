/** What limit and hashlimit share: `3/hour`, in the kernel the time between two packets. */
import { mapped, type Operand, operand } from '../codec/operand';
import type { Place } from '../codec/struct';
import { Mismatch } from '../errors';

const UNITS = { day: 86400, hour: 3600, min: 60, sec: 1 };
type Unit = keyof typeof UNITS;
const units = Object.keys(UNITS) as Unit[];
const SPELLINGS: Readonly<Record<string, Unit>> = { second: 'sec', minute: 'min', hour: 'hour', day: 'day' };

/** Packets (or another count) for each of a unit of time, in ticks of 1/scale second; undefined if that can't be. */
function toPeriod(text: unknown, scale: number): number | undefined {
  const [, count, start] = typeof text === 'string' ? (/^(\d+)(?:\/([a-z]+))?$/i.exec(text) ?? []) : [];
  if (count === undefined || Number(count) === 0) return undefined;
  const unit = start === undefined ? 'second' : Object.keys(SPELLINGS).find((name) => name.startsWith(start.toLowerCase()));
  return unit === undefined ? undefined : Math.floor((scale * UNITS[SPELLINGS[unit]!]) / Number(count));
}

/** As iptables-save prints a period: in the first unit that isn't too coarse. Period 0 is no limit at all. */
function print(period: number, scale: number): string {
  if (period === 0) return 'inf';
  const next = units.slice(1).findIndex((unit) => {
    const ticks = scale * UNITS[unit];
    return period > ticks || Math.floor(ticks / period) < ticks % period;
  });
  return text(period, next < 0 ? 'sec' : units[next]!, scale);
}
const text = (period: number, unit: Unit, scale: number) => `${Math.floor((scale * UNITS[unit]) / period)}/${unit}`;

/** The rate that stands for exactly this period: iptables-save's own prints some periods as if they were others. */
function exact(period: number, scale: number): string {
  const printed = print(period, scale);
  const all = [printed, ...units.map((unit) => text(period, unit, scale)).reverse()];
  return all.find((rate) => toPeriod(rate, scale) === period) ?? printed;
}

function toTicks(value: string, scale: number): number {
  const ticks = toPeriod(value, scale);
  if (ticks === undefined) throw new Mismatch('a rate like 5/min: packets per second, minute, hour or day', value);
  if (ticks === 0) throw new Mismatch(`a rate of at most ${scale}/sec`, value);
  return ticks;
}

/** A rate as iptables prints it, in a listing too. */
export const printRate = (value: string, scale: number): string => (value === 'inf' ? value : print(toTicks(value, scale), scale));

/** `--limit 3/hour`; a rate without unit is per second. Several spellings mean the same period; one is canonical. */
export const rate = (period: Place<number>, scale: number): Operand<string> =>
  operand(
    'number[/unit]',
    'string',
    mapped(period, (ticks) => exact(ticks, scale), (value) => toTicks(value, scale)),
    (value) => printRate(value, scale),
    (word) => exact(toTicks(word, scale), scale),
  ); // prettier-ignore
