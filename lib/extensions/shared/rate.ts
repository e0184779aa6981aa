/** What limit and hashlimit share: `3/hour`, in the kernel the time between two packets; and hashlimit's `4kb/s`. */
import { spelledHole } from '../../codec/hole';
import { mapped, type Operand, operand } from '../../codec/operand';
import type { Place } from '../../codec/struct';
import { Mismatch } from '../../errors';

const UNITS = { day: 86400, hour: 3600, min: 60, sec: 1 };
type Unit = keyof typeof UNITS;
const units = Object.keys(UNITS) as Unit[];
const SPELLINGS: Readonly<Record<string, Unit>> = { second: 'sec', minute: 'min', hour: 'hour', day: 'day' };

/** A rate, read: so many packets in a unit of so many seconds. */
export interface Rate {
  readonly count: number;
  readonly seconds: number;
}
export function toRate(text: unknown): Rate {
  const [, count = 'none', start = 'second'] =
    typeof text === 'string' ? (/^(\d+)(?:\/([a-z]+))?$/i.exec(text) ?? []) : [];
  const unit = Object.keys(SPELLINGS).find((name) => name.startsWith(start.toLowerCase()));
  if (count === 'none' || unit === undefined)
    throw new Mismatch('a rate like 5/min: packets per second, minute, hour or day', text);
  return { count: Number(count), seconds: UNITS[SPELLINGS[unit]!] };
}

/** In ticks of 1/scale second. */
export function toPeriod(text: unknown, scale: number): number {
  const { count, seconds } = toRate(text);
  const period = Math.floor((scale * seconds) / count);
  if (period === 0 || count === 0) throw new Mismatch(`a rate from 1/day to ${scale}/sec`, text);
  return period;
}
/** The same of a text that iptables may have printed, as it does for what can't be said. */
export function periodOf(text: string, scale: number): number {
  if (text === 'inf') return 0;
  const { count, seconds } = toRate(text);
  return Math.floor((scale * seconds) / count);
}

/** A period in the first unit that isn't too coarse, as iptables says it. */
export function roundRate(period: number, scale: number): Rate {
  const next = units.slice(1).findIndex((unit) => {
    const ticks = scale * UNITS[unit];
    return period > ticks || Math.floor(ticks / period) < ticks % period;
  });
  const seconds = UNITS[next < 0 ? 'sec' : units[next]!];
  return { count: Math.floor((scale * seconds) / period), seconds };
}
/** Period 0 is no limit at all. */
export function printPeriod(period: number, scale: number): string {
  if (period === 0) return 'inf';
  const { count, seconds } = roundRate(period, scale);
  return `${count}/${units.find((unit) => UNITS[unit] === seconds)}`;
}
const inUnit = (period: number, unit: Unit, scale: number) => `${Math.floor((scale * UNITS[unit]) / period)}/${unit}`;

/** The rate that stands for exactly this period: iptables-save prints some periods as if they were others. */
export function exactRate(period: number, scale: number): string {
  const printed = printPeriod(period, scale);
  const all = [printed, ...units.map((unit) => inUnit(period, unit, scale)).reverse()];
  return all.find((rate) => /^[1-9]/.test(rate) && toPeriod(rate, scale) === period) ?? printed;
}

/** As it is saved, and as it is listed. */
export const printRate = (value: string, scale: number): string => exactRate(periodOf(value, scale), scale);
export const listRate = (value: string, scale: number): string => printPeriod(periodOf(value, scale), scale);

/** `--limit 3/hour`; a rate without unit is per second. Several spellings mean the same period; one is canonical. */
export const rate = (period: Place<number>, scale: number): Operand<string> =>
  operand(
    'number[/unit]',
    'string',
    mapped(
      period,
      (ticks) => exactRate(ticks, scale),
      (value) => toPeriod(value, scale),
    ),
    (value) => printRate(value, scale),
    (word) => exactRate(toPeriod(word, scale), scale),
    spelledHole(
      period,
      (ticks) => exactRate(ticks, scale),
      (word) => toPeriod(word, scale),
    ),
  );

/** Bytes are counted in steps of 16, and stand for a cost: the largest number over the rate. */
const [STEP, LARGEST] = [16, 0xffffffff];
const FACTORS = { m: 1024 * 1024, k: 1024, '': 1 };
type Factor = keyof typeof FACTORS;
const factors = Object.keys(FACTORS) as Factor[];
const inFactor = (bytes: number, factor: Factor) => `${Math.floor(bytes / FACTORS[factor])}${factor}b`;
const costOf = (bytes: number): number => Math.floor(LARGEST / (Math.floor(bytes / STEP) + 1));
/** The rate that a cost stands for, rounded down; as a burst, what counts as one. */
export const bytesOf = (cost: number): number =>
  Math.max(0, ((cost === 0 ? LARGEST : Math.floor(LARGEST / cost)) - 1) * STEP);

/** `4kb/s`, in bytes; undefined if it isn't a rate of bytes. */
export function byteRate(text: unknown): number | undefined {
  const [, count, factor = ''] = typeof text === 'string' ? (/^(\d+)([km]?)b\/s(?:ec|econd)?$/.exec(text) ?? []) : [];
  return count === undefined ? undefined : Number(count) * FACTORS[factor as Factor];
}
export function toCost(bytes: number): number {
  // Less than a step, iptables prints as 0b/s, which it doesn't read.
  if (bytes < STEP || bytes >= STEP * LARGEST)
    throw new Mismatch('a rate of bytes from 16b/s to 65535mb/s', `${bytes}b/s`);
  return costOf(bytes);
}
/** As iptables prints a rate of bytes: in the largest unit that gives the same cost. */
export function printByteRate(rate: number): string {
  const cost = costOf(rate);
  const bytes = bytesOf(cost);
  const factor = factors.find((f) => bytes >= FACTORS[f] && costOf(bytes - (bytes % FACTORS[f])) === cost) ?? '';
  return `${inFactor(bytes, factor)}/s`;
}
/** `400kb`, in bytes; 400 is itself; NaN is neither. */
export function bytesIn(value: unknown): number {
  const [, count, factor = ''] =
    (typeof value === 'string' || typeof value === 'number' ? /^(\d+)([km]?)b?$/.exec(String(value)) : undefined) ?? [];
  return Number(count) * FACTORS[factor as Factor];
}
/** As iptables prints bytes: rounded down to the largest unit. */
export const printBytes = (bytes: number): string => inFactor(bytes, factors.find((f) => bytes >= FACTORS[f]) ?? '');
/** The bytes that count as so many of a quantum: as printed, if that doesn't round them to fewer. */
export const exactBytes = (quantum: number, count: number): string =>
  [printBytes(quantum * count), inFactor(quantum * count, 'k')].find(
    (text) => Math.ceil(bytesIn(text) / quantum) === count,
  ) ?? `${quantum * count}b`;
