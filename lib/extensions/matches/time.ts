import { atMostOne, match, OptionMismatch, revision, synonym } from '../../codec/extension';
import { flag, isNot, mapped, negatable, type Not, type Operand, operand } from '../../codec/operand';
import { defaulted, flagged, implied, optional, Option } from '../../codec/option';
import { bit, differs, either, type Place, struct, u8, u32 } from '../../codec/struct';
import { Mismatch } from '../../errors';

// <linux/netfilter/xt_time.h>
const s = struct('xt_time_info', {
  date_start: u32, date_stop: u32, daytime_start: u32, daytime_stop: u32, monthdays_match: u32, weekdays_match: u8, flags: u8,
}); // prettier-ignore

const [DAY_END, DATE_END] = [24 * 60 * 60 - 1, 0x7fffffff];
const two = (n: number) => String(Math.trunc(n)).padStart(2, '0');

/** `hh:mm[:ss]` */
const showTime = (n: number) => `${two(n / 3600)}:${two((n / 60) % 60)}:${two(n % 60)}`;
function toTime(text: unknown): number {
  const parts = typeof text === 'string' && /^\d{1,2}:\d{1,2}(:\d{1,2})?$/.test(text) ? text.split(':').map(Number) : [];
  const [hours = 24, minutes = 0, seconds = 0] = parts;
  if (hours > 23 || minutes > 59 || seconds > 59) throw new Mismatch('a time from 00:00:00 to 23:59:59', text);
  return 3600 * hours + 60 * minutes + seconds;
}
/** `YYYY[-MM[-DD[Thh[:mm[:ss]]]]]` */
const showDate = (n: number) => new Date(1000 * n).toISOString().slice(0, 19);
function toDate(text: unknown): number {
  const found = typeof text === 'string' ? /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:T(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?)?)?)?$/.exec(text) : undefined;
  const [year = 0, month = 1, day = 1, hours = 0, minutes = 0, seconds = 0] = (found ?? []).slice(1).map((part) => (part === undefined ? undefined : Number(part)));
  if (year < 1970 || year > 2038 || month < 1 || month > 12 || day < 1 || day > 31 || hours > 23 || minutes > 59 || seconds > 59)
    throw new Mismatch('a date from 1970 to 2038 like 2024-02-29T12:30:00', text);
  return Date.UTC(year, month - 1, day, hours, minutes, seconds) / 1000;
}
const moment = (metavar: string, place: Place<number>, show: (n: number) => string, to: (text: unknown) => number): Operand<string> =>
  operand(metavar, 'string', mapped(place, show, to), (value) => (value === showDate(0) ? undefined : value), (w) => show(to(w)));

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
type Weekday = (typeof WEEKDAYS)[number];
const toWeekday = (word: string): Weekday => {
  const day = WEEKDAYS.find((name, i) => word.startsWith(name.slice(0, 2)) || word === String(i + 1));
  if (day === undefined) throw new Mismatch('days of the week: Mon to Sun, or 1 to 7', word);
  return day;
};
const toMonthday = (word: string): number => {
  if (!/^([1-9]|[12]\d|3[01])$/.test(word)) throw new Mismatch('days of the month: 1 to 31', word);
  return Number(word);
};

/** Days as bits from 1 on; what is negated becomes the other days. All days if nothing is said. */
function days<D extends string | number>(place: Place<number>, type: string, names: readonly D[], one: (word: string) => D): Option<readonly D[] | Not<readonly D[]>, false> {
  const all = 2 ** (names.length + 1) - 2;
  const toBits = (list: readonly D[]): number => {
    if (!Array.isArray(list)) throw new Mismatch('a list of days', list);
    return (list as readonly D[]).reduce((word, day) => (word | (2 << names.indexOf(one(String(day))))) >>> 0, 0);
  };
  const fromBits = (word: number): readonly D[] => names.filter((_, i) => (word >>> (i + 1)) & 1);
  const list = operand<readonly D[]>('day[,day...]', type, mapped(place, fromBits, toBits), String, (w) => fromBits(toBits(w.split(',').map(one))));
  return new Option<readonly D[] | Not<readonly D[]>, false>(
    negatable({ read: () => false, write: () => {} }, list),
    false,
    (m) => (place.read(m) === all ? undefined : list.read(m)),
    (m, value) => {
      const word = isNot(value) ? (toBits(value.not as readonly D[]) ^ all) >>> 0 : toBits(value as readonly D[]);
      if (word === 0) throw new Mismatch('at least one day', value);
      place.write(m, word);
    },
    (m) => place.write(m, all),
  );
}
const MONTHDAYS = Array.from({ length: 31 }, (_, i) => i + 1);
/** `1st`, `2nd`, as iptables has it: `11st`. */
const ordinal = (day: number) => `${day}${['th', 'st', 'nd', 'rd'][day % 10] ?? 'th'}`;

const daytime = either(differs(s.daytime_start, 0), differs(s.daytime_stop, DAY_END));
const kerneltz = bit(s.flags, 0);

/** Matches by the time at which the packet arrives: of day, of the week, of the month, and by date. */
export const time = match({
  name: 'time',
  doc: 'Matches by the time at which the packet arrives, in UTC unless said otherwise.',
  revisions: [
    revision(0, s, {
      timestart: optional(daytime, moment('hh:mm[:ss]', s.daytime_start, showTime, toTime)).doc('The time of day from which on it matches; 00:00:00 if not given.'),
      timestop: optional(daytime, moment('hh:mm[:ss]', s.daytime_stop, showTime, toTime)).else((m) => s.daytime_stop.write(m, DAY_END)).doc(
        'The time of day until which it matches; 23:59:59 if not given.',
      ),
      monthdays: days(s.monthdays_match, 'number[]', MONTHDAYS, toMonthday).doc('The days of the month, 1 to 31.'),
      weekdays: days(s.weekdays_match, `(${WEEKDAYS.map((d) => `'${d}'`).join(' | ')})[]`, WEEKDAYS, toWeekday).doc('The days of the week.'),
      datestart: defaulted('1970-01-01T00:00:00', moment('date', s.date_start, showDate, toDate)).doc('The date from which on it matches: YYYY[-MM[-DD[Thh[:mm[:ss]]]]].'),
      datestop: implied(showDate(DATE_END), moment('date', s.date_stop, showDate, toDate)).doc('The date until which it matches; if not given, the last that is printed.'),
      kerneltz: flagged(kerneltz).alias('localtz').doc("Times are in the kernel's time zone."),
      contiguous: flagged(bit(s.flags, 1)).doc('A --timestart after --timestop is one time over midnight, which counts to the day it began.'),
    }),
  ],
  synonyms: { utc: synonym(flag(kerneltz), (_: true) => ({}), { doc: 'Times are in UTC, as they are if nothing is said.' }) },
  constraints: [atMostOne('utc', 'kerneltz')],
  check({ contiguous, timestart = '00:00:00', timestop = '23:59:59' }) {
    if (contiguous && toTime(timestart) < toTime(timestop)) throw new OptionMismatch('contiguous', new Mismatch('a --timestop before --timestart', `${timestart} to ${timestop}`));
  },
  example: { timestart: '08:00', timestop: '18:00', weekdays: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'] },
  list(settings) {
    const { timestart, timestop, monthdays, weekdays, datestart, datestop, kerneltz, contiguous } = settings;
    const date = (value: string) => (value === showDate(0) ? '' : ` ${value.replace('T', ' ')}`);
    return [
      'TIME', timestart && `from ${timestart} to ${timestop}`,
      weekdays && `on ${weekdays}`, monthdays && `on ${(monthdays as readonly number[]).map(ordinal)}`,
      datestart && `starting from${date(datestart)}`, datestop !== showDate(DATE_END) && datestop && `until date${date(datestop)}`,
      !kerneltz && 'UTC', contiguous && 'contiguous',
    ].filter(Boolean).join(' ');
  },
}); // prettier-ignore
