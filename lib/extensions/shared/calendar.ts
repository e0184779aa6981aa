/** Times of day, dates, and days of the month and the week, as the match time has them. */
import { COLON, exceptHole, type Hole, holeOf, IRREGULAR, REGULAR, spelledHole } from '../../codec/hole';
import { isNot, mapped, type Not, negatable, type Operand, operand } from '../../codec/operand';
import { Option } from '../../codec/option';
import type { Member, Place } from '../../codec/struct';
import { Mismatch } from '../../errors';

/** In seconds. */
export const DAY = 24 * 60 * 60;
const two = (n: number) => String(Math.trunc(n)).padStart(2, '0');
const showTime = (n: number) => `${two(n / 3600)}:${two((n / 60) % 60)}:${two(n % 60)}`;
/** `hh:mm[:ss]`, as seconds. */
export function toTime(text: unknown): number {
  const parts = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?$/.exec(String(text)) ?? [];
  const [, hours = 24, minutes = 0, seconds = 0] = parts.map((part) => (part === undefined ? 0 : Number(part)));
  if (hours > 23 || minutes > 59 || seconds > 59)
    throw new Mismatch(
      'a time from 00:00:00 to 23:59:59',
      text,
      '',
      `invalid time "${text}" specified, should be hh:mm[:ss] format and within the boundaries`,
    );
  return 3600 * hours + 60 * minutes + seconds;
}

const DATE = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:T(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?)?)?)?$/;
const LEAST = [1970, 1, 1, 0, 0, 0];
const MOST = [2038, 12, 31, 23, 59, 59];
export const showDate = (n: number) => new Date(1000 * n).toISOString().slice(0, 19);
/** `YYYY[-MM[-DD[Thh[:mm[:ss]]]]]`, as seconds since 1970. */
function toDate(text: unknown): number {
  const found = DATE.exec(String(text));
  const parts = LEAST.map((least, i) => Number(found?.[i + 1] ?? least));
  if (!found || parts.some((n, i) => n < LEAST[i]! || n > MOST[i]!))
    throw new Mismatch('a date from 1970 to 2038 like 2024-02-29T12:30:00', text);
  const [year, month, ...rest] = parts as [number, number];
  return Date.UTC(year, month - 1, ...rest) / 1000;
}

/** `08:30:00` */
const timeHole = (place: unknown): Hole | undefined =>
  holeOf([place] as readonly [Member<number>], (member) => ({
    formOf: (m) => (member.read(m) < DAY ? REGULAR : IRREGULAR),
    write(m, out) {
      const time = member.read(m);
      out.twoDigits(Math.floor(time / 3600));
      out.byte(COLON);
      out.twoDigits(Math.floor(time / 60) % 60);
      out.byte(COLON);
      out.twoDigits(time % 60);
    },
    read(m, words) {
      const hours = words.twoDigits();
      const minutes = words.byte(COLON) ? words.twoDigits() : -1;
      const seconds = words.byte(COLON) ? words.twoDigits() : -1;
      if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return false;
      member.write(m, 3600 * hours + 60 * minutes + seconds);
      return true;
    },
  }));

/** Whether it is said may depend on whether it is as usual. */
export const timeOfDay = (place: Place<number>, usual: number): Operand<string> =>
  operand(
    'hh:mm[:ss]',
    'string',
    mapped(place, showTime, toTime),
    String,
    (w) => showTime(toTime(w)),
    unless(timeHole(place), place, usual),
  );
/** iptables-save says nothing about the first date of all. */
export const date = (place: Place<number>): Operand<string> =>
  operand(
    'date',
    'string',
    mapped(place, showDate, toDate),
    (value) => (value === showDate(0) ? undefined : value),
    (w) => showDate(toDate(w)),
    unless(spelledHole(place, showDate, toDate), place, 0),
  );
const unless = (hole: Hole | undefined, place: Place<number>, value: number): Hole | undefined =>
  hole && exceptHole(hole, (m) => place.read(m) === value);

/** Days as bits from 1 on; what is negated becomes the other days. All days if nothing is said. */
function days<D extends string | number>(
  place: Place<number>,
  type: string,
  names: readonly D[],
  one: (word: string) => D,
) {
  type Days = readonly D[] | Not<readonly D[]>;
  const all = 2 ** (names.length + 1) - 2;
  const toBits = (list: unknown): number => {
    if (!Array.isArray(list) || list.length === 0) throw new Mismatch('a list of days', list);
    return list.reduce<number>(
      (word, day) =>
        (word | (2 << names.indexOf(one(typeof day === 'string' || typeof day === 'number' ? String(day) : '')))) >>> 0,
      0,
    );
  };
  const fromBits = (word: number): readonly D[] => names.filter((_, i) => (word >>> (i + 1)) & 1);
  const canonical = (w: string) => fromBits(toBits(w.split(',').map(one)));
  const hole = unless(
    spelledHole(
      place,
      (word) => String(fromBits(word)),
      (words) => toBits(words.split(',').map(one)),
    ),
    place,
    all,
  );
  const list = operand<readonly D[]>('day[,day...]', type, mapped(place, fromBits, toBits), String, canonical, hole);
  return new Option<Days, false>(
    negatable({ read: () => false, write: () => {} }, list),
    false,
    (m) => (place.read(m) === all ? undefined : list.read(m)),
    (m, value) => {
      const word = isNot(value) ? (toBits(value.not) ^ all) >>> 0 : toBits(value);
      if (word === 0) throw new Mismatch('at least one day', value);
      place.write(m, word);
    },
    (m) => place.write(m, all),
  ).varies();
}

const MONTHDAYS = Array.from({ length: 31 }, (_, i) => i + 1);
export const monthdays = (place: Place<number>) =>
  days(place, 'number[]', MONTHDAYS, (word) => {
    if (!/^([1-9]|[12]\d|3[01])$/.test(word))
      throw new Mismatch('days of the month: 1 to 31', word, '', `${word} is not a valid day for --monthdays`);
    return Number(word);
  });
/** `1st`, `2nd`, as iptables has it: `11st`. */
export const ordinal = (day: number) => `${day}${['th', 'st', 'nd', 'rd'][day % 10] ?? 'th'}`;

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
export const weekdays = (place: Place<number>) =>
  days(place, `(${WEEKDAYS.map((day) => `'${day}'`).join(' | ')})[]`, WEEKDAYS, (word) => {
    const day = WEEKDAYS.find((name, i) => word.startsWith(name.slice(0, 2)) || word === String(i + 1));
    if (day === undefined)
      throw new Mismatch('days of the week: Mon to Sun, or 1 to 7', word, '', `${word} is not a valid day specifier`);
    return day;
  });
