import { atMostOne, match, revision, synonym, wrong } from '../../codec/extension';
import { Unknown, unknown } from '../../codec/meaning';
import { flag } from '../../codec/operand';
import { flagged, implied, optional } from '../../codec/option';
import { bit, differs, either, type Memory, struct, u8, u32 } from '../../codec/struct';
import { DAY, date, monthdays, ordinal, showDate, timeOfDay, toTime, weekdays } from '../shared/calendar';

// <linux/netfilter/xt_time.h>
// biome-ignore format: a table
const s = struct('xt_time_info', {
  date_start: u32, date_stop: u32, daytime_start: u32, daytime_stop: u32, monthdays_match: u32, weekdays_match: u8, flags: u8,
});
const XT_TIME_LOCAL_TZ = 1 << 0;
const XT_TIME_CONTIGUOUS = 1 << 1;
const XT_TIME_MAX_DAYTIME = 24 * 60 * 60 - 1;

const NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

const [FIRST, LAST] = [showDate(0), showDate(0x7fffffff)];

const kerneltz = bit(s.flags, XT_TIME_LOCAL_TZ);
const contiguous = bit(s.flags, XT_TIME_CONTIGUOUS);
/** Both are said if one of them is. */
const limited = either(differs(s.daytime_start, 0), differs(s.daytime_stop, XT_TIME_MAX_DAYTIME));
const isOverMidnight = (m: Memory) => !contiguous.read(m) || s.daytime_start.read(m) >= s.daytime_stop.read(m);
const timestart = optional(limited, timeOfDay(s.daytime_start, 0)).varies(isOverMidnight);
const timestop = optional(limited, timeOfDay(s.daytime_stop, XT_TIME_MAX_DAYTIME))
  .varies(isOverMidnight)
  .else((m) => s.daytime_stop.write(m, XT_TIME_MAX_DAYTIME));

/** Matches by the time at which the packet arrives: of day, of the week, of the month, and by date. */
export const time = match({
  name: 'time',
  doc: 'Matches by the time at which the packet arrives, in UTC unless said otherwise.',
  revisions: [
    revision(0, s, {
      timestart: timestart.doc('The time of day at which it begins; 00:00:00 if not given.'),
      timestop: timestop.doc('The time of day at which it ends; 23:59:59 if not given.'),
      monthdays: monthdays(s.monthdays_match).doc('The days of the month, 1 to 31.'),
      weekdays: weekdays(s.weekdays_match).doc('The days of the week.'),
      datestart: optional(differs(s.date_start, 0), date(s.date_start))
        .varies()
        .doc('When it begins: YYYY[-MM[-DD[Thh[:mm[:ss]]]]].'),
      datestop: implied(LAST, date(s.date_stop)).varies().doc('When it ends; if not given, in 2038.'),
      kerneltz: flagged(kerneltz).alias('localtz').doc("Times are in the kernel's time zone."),
      contiguous: flagged(contiguous).doc('The time goes on over midnight, and belongs to the day it began.'),
    }),
  ],
  synonyms: {
    utc: synonym(flag(kerneltz), (_: true) => ({}), { doc: 'Times are in UTC, as they are if nothing is said.' }),
  },
  constraints: [atMostOne('utc', 'kerneltz')],
  check({ contiguous, timestart = '00:00:00', timestop = '23:59:59' }) {
    if (contiguous && toTime(timestart) < toTime(timestop))
      throw wrong('contiguous', 'a --timestop before --timestart', `${timestart} to ${timestop}`);
  },
  matches({
    timestart = '00:00:00',
    timestop = '23:59:59',
    monthdays,
    weekdays,
    datestart = FIRST,
    datestop = LAST,
    kerneltz,
    contiguous,
  }) {
    if (kerneltz) return unknown("the kernel's time zone");
    const [begin, end] = [toTime(timestart), toTime(timestop)];
    const [first, last] = [datestart, datestop].map((text) => Date.parse(`${text}Z`) / 1000);
    const days = weekdays as readonly string[] | undefined;
    const dates = monthdays as readonly number[] | undefined;
    return ({ around: { time } }) => {
      if (time === undefined) return new Unknown('time');
      let stamp = Math.floor(time / 1000);
      if (stamp < first! || stamp > last!) return false;
      const second = stamp % DAY;
      if (begin < end ? second < begin || second > end : second < begin && second > end) return false;
      if (begin >= end && contiguous && second <= end) stamp -= DAY;
      const date = new Date(1000 * stamp);
      return (days?.includes(NAMES[date.getUTCDay()]!) ?? true) && (dates?.includes(date.getUTCDate()) ?? true);
    };
  },
  example: { timestart: '08:00', timestop: '18:00', weekdays: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'] },
  list({ timestart, timestop, monthdays, weekdays, datestart, datestop = FIRST, kerneltz, contiguous }) {
    const words = [
      timestart && ` from ${timestart} to ${timestop}`,
      weekdays && ` on ${weekdays}`,
      monthdays && ` on ${(monthdays as readonly number[]).map(ordinal)}`,
      datestart && ` starting from ${datestart.replace('T', ' ')}`,
      datestop === FIRST ? ' until date' : datestop === LAST ? '' : ` until date ${datestop.replace('T', ' ')}`,
      kerneltz ? '' : ' UTC',
      contiguous && ' contiguous',
    ];
    return `TIME${words.filter(Boolean).join('')}`;
  },
});
