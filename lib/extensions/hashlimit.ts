/** The parts of hashlimit that depend on each other: its rate, its burst, and how long an idle entry stays. */
import { OptionMismatch, type RevisionMore } from '../codec/extension';
import { integer, isNot, type Operand, operand } from '../codec/operand';
import { Option } from '../codec/option';
import { bit, type Member, type Place } from '../codec/struct';
import { Mismatch } from '../errors';
import { byteRate, bytesIn, bytesOf, exactBytes, exactRate, printByteRate, printBytes, printRate, toCost, toPeriod, toRate } from './rate'; // prettier-ignore

/** `struct hashlimit_cfg1` and later. */
export interface Config {
  readonly mode: Member<number>;
  readonly avg: Place<number>;
  readonly burst: Place<number>;
  readonly interval?: Place<number>;
  readonly expire: Member<number>;
  readonly srcmask: Member<number>;
  readonly dstmask: Member<number>;
}
/** In revision 1, rates are ten thousandths of a second apart, later millionths. */
export const scaleOf = (revision: number) => (revision < 2 ? 10_000 : 1_000_000);
export const burstMax = (revision: number) => (revision < 2 ? 10_000 : 1_000_000);
export const bytewise = (c: { readonly mode: Place<number> }) => bit(c.mode, 5);
export const rateMatch = (c: { readonly mode: Place<number> }) => bit(c.mode, 6);
/** How long idle entries stay if it isn't said: as long as a unit of the rate. In milliseconds. */
export const expiry = (text: string, burst: boolean): number => 1000 * (byteRate(text) === undefined ? (text === 'inf' ? 0 : toRate(text).seconds) : burst ? 60 : 15);

/** As iptables prints it. */
export function printAverage(value: string, scale: number): string {
  const bytes = byteRate(value);
  return bytes === undefined ? printRate(value, scale) : printByteRate(bytes);
}
/** `5/min`, `4kb/s` */
export const average = (c: Config, scale: number): Operand<string> =>
  operand(
    'number[/unit]|number[k|m]b/s',
    'string',
    {
      read: (m) => (bytewise(c).read(m) ? printByteRate(bytesOf(c.avg.read(m))) : exactRate(c.avg.read(m), scale)),
      write(m, value) {
        const bytes = byteRate(value);
        bytewise(c).write(m, bytes !== undefined);
        c.avg.write(m, bytes === undefined ? toPeriod(value, scale) : toCost(bytes));
      },
    },
    (value) => printAverage(value, scale),
    // Not made canonical: its unit says how long entries stay.
    (w) => {
      if (byteRate(w) === undefined) toPeriod(w, scale);
      return w;
    },
  );

function toBytes(value: unknown): number {
  const bytes = bytesIn(value);
  if (!(bytes > 0)) throw new Mismatch('a positive number, or bytes like 400kb or 1mb', value);
  return bytes;
}
/** Packets, or bytes if the rate is in bytes; then it counts in what passes at once, and there is none if it isn't given. */
export const burst = (c: Config, revision: number) =>
  new Option<number | string, false>(
    operand<number | string>('number[k|m][b]', 'number | string', c.burst as Place<number | string>, (value) => (typeof value === 'number' ? String(value) : printBytes(bytesIn(value))), (w) => {
      toBytes(w);
      return /^\d+$/.test(w) ? Number(w) : w;
    }),
    false,
    (m) => (!bytewise(c).read(m) ? c.burst.read(m) : c.burst.read(m) === 0 ? undefined : exactBytes(bytesOf(c.avg.read(m)), c.burst.read(m))),
    (m, value) => {
      if (typeof value === 'number') integer(c.burst, 1, burstMax(revision)).write(m, value);
      else c.burst.write(m, toBytes(value));
    },
    (m) => c.burst.write(m, 5),
  ); // prettier-ignore

export const plain = (value: unknown): string => (isNot(value) ? value.not : value) as string;
/** What follows from the rate together with other options. */
export const finish = (c: Config, revision: number): NonNullable<RevisionMore['finish']> => (m, settings) => {
  const text = plain(settings['hashlimitUpto'] ?? settings['hashlimitAbove']);
  const [bytes, given] = [bytewise(c).read(m), settings['hashlimitBurst'] !== undefined];
  if (settings['hashlimitHtableExpire'] === undefined) c.expire.write(m, expiry(text, bytes && given));
  if (bytes) {
    const quantum = bytesOf(c.avg.read(m));
    if (given && c.burst.read(m) < quantum) throw new OptionMismatch('hashlimit-burst', new Mismatch(`at least ${quantum}b for ${text}`, settings['hashlimitBurst']));
    c.burst.write(m, given ? Math.ceil(c.burst.read(m) / quantum) : 0);
  } else if (c.burst.read(m) > burstMax(revision)) throw new OptionMismatch('hashlimit-burst', new Mismatch(`at most ${burstMax(revision)} packets`, settings['hashlimitBurst']));
  if (!c.interval || !rateMatch(c).read(m)) return;
  // The kernel counts in intervals: a rate per minute is one per second in intervals of a minute.
  const seconds = bytes ? 1 : toRate(text).seconds;
  if (!bytes) c.avg.write(m, Math.floor(c.avg.read(m) / seconds));
  if (c.avg.read(m) === 0) throw new Mismatch('a rate of at most 1000000 per unit of time with --hashlimit-rate-match', text);
  if (c.interval.read(m) === 0) c.interval.write(m, seconds);
};
