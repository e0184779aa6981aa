/**
 * What fail2ban knows: `fail2ban-client get JAIL banip --with-time`, or its database as `sqlite3 FILE .dump` prints it.
 * The jail is the reason.
 */
import { IptcError } from '../../errors';
import { addressIn, badLine, type Format, type Listed, numbered, plain } from './format';
import { rowsOf } from './sql';

/** `192.0.2.1 <tab> 2026-01-31 12:00:00 + 600 = 2026-01-31 12:10:00`; for good it is + -1. In this machine's time. */
const TIMED = /^(\S+)\s+(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)\s*\+\s*(-?\d+)\s*=\s*\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d$/;

function* readTimes(text: string): Generator<Listed> {
  for (const [whole, line] of numbered(text)) {
    if (whole.startsWith('#')) continue;
    const [, address, day, time, seconds] = TIMED.exec(whole) ?? [];
    const since = Date.parse(`${day}T${time}`);
    if (address === undefined || Number.isNaN(since))
      throw badLine('a line of fail2ban-client get JAIL banip --with-time', whole, line);
    yield { what: 'ban', address: addressIn(address, line), since, until: endOf(since, Number(seconds)), line };
  }
}
const endOf = (since: number, seconds: number): number | null => (seconds < 0 ? null : since + 1000 * seconds);

/** Of a ban there is a row each time, and what came later counts; in `bips`, which newer ones have, there is one. */
function* readDump(text: string): Generator<Listed> {
  const newest = new Map<string, Listed>();
  for (const { table, row, line } of rowsOf(text, ['bans', 'bips'])) {
    const { ip, jail, timeofban, bantime, bancount = 1 } = row;
    const numbers = [timeofban, bancount, ...(bantime === undefined ? [] : [bantime])];
    if (typeof ip !== 'string' || !numbers.every((each) => typeof each === 'number' && Number.isFinite(each)))
      throw new IptcError('ERR_BAD_TEXT', `Cannot read a row of ${table}: it has no ip, timeofban and bantime`, {
        line,
      });
    const since = 1000 * (timeofban as number);
    const known = newest.get(`${jail} ${ip}`);
    if (known && known.since! > since) continue;
    newest.set(`${jail} ${ip}`, {
      what: 'ban',
      address: addressIn(ip, line),
      since,
      // Databases of before 0.10 don't say how long.
      ...(bantime !== undefined && { until: endOf(since, bantime as number) }),
      ...(typeof jail === 'string' && { reason: jail }),
      times: Math.max(1, Math.trunc(bancount as number)),
      line,
    });
  }
  yield* newest.values();
}

export const fail2ban: Format = {
  is: (line) => TIMED.test(line) || /^(PRAGMA foreign_keys|BEGIN TRANSACTION;|CREATE TABLE |INSERT INTO )/i.test(line),
  read: (text) => (/^\s*INSERT INTO /im.test(text) ? readDump(text) : readTimes(text)),
  write: ({ bans }) =>
    plain(bans, ({ address, since, until }) => {
      const seconds = until === undefined ? -1 : Math.round((until - since) / 1000);
      const end = until === undefined ? '9999-12-31 23:59:59' : localTime(until);
      return `${address} \t${localTime(since)} + ${seconds} = ${end}`;
    }),
};

function localTime(time: number): string {
  const away = 60_000 * new Date(time).getTimezoneOffset();
  return new Date(time - away).toISOString().slice(0, 19).replace('T', ' ');
}
