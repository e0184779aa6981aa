import { OptionMismatch, revision, target } from '../../codec/extension';
import { cut, type Operand, operand, word } from '../../codec/operand';
import { required } from '../../codec/option';
import { chars, type Memory, type Place, pointer, s8, struct, u8 } from '../../codec/struct';
import { Mismatch } from '../../errors';

// <linux/netfilter/xt_RATEEST.h>
const s = struct('xt_rateest_target_info', { name: chars(16), interval: s8, ewma_log: u8 }, { est: pointer });

/** `250ms` in microseconds, which a number without unit is. */
function toMicroseconds(text: unknown): number {
  const [, number, unit = ''] =
    typeof text === 'string'
      ? (/^((?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(s|secs?|ms|msecs?|us|usecs?)?$/i.exec(text) ?? [])
      : [];
  if (number === undefined) throw new Mismatch('a time like 250ms or 1s', text);
  const scale = /^s/i.test(unit) ? 1_000_000 : /^m/i.test(unit) ? 1000 : 1;
  return Math.trunc(Number(number) * scale);
}
function format(time: number): string {
  if (time >= 1_000_000) return `${(time / 1_000_000).toFixed(1)}s`;
  return time >= 1000 ? `${(time / 1000).toFixed(1)}ms` : `${time}us`;
}
const time = (read: Place<string>['read']): Operand<string> =>
  operand('time', 'string', { read, write: (_, value) => void toMicroseconds(value) }, String, (w) => {
    toMicroseconds(w);
    return w;
  });

/** A quarter of a second, doubled 0 to 5 times. */
const interval = (m: Memory) => 250_000 * 2 ** (s.interval.read(m) + 2);

/** The kernel's two logarithms from the two times: the second depends on both. */
function finish(m: Memory, settings: Readonly<Record<string, unknown>>): void {
  const { rateestInterval, rateestEwmalog } = settings;
  if (rateestInterval === undefined || rateestEwmalog === undefined) return;
  const [every, over] = [toMicroseconds(rateestInterval), toMicroseconds(rateestEwmalog)];
  const log = [0, 1, 2, 3, 4, 5].find((n) => every <= 250_000 * 2 ** n);
  if (log === undefined)
    throw new OptionMismatch('rateest-interval', new Mismatch('a time of at most 8s', rateestInterval));
  let ewma = 1;
  while (ewma < 32 && every / -Math.log(1 - 2 ** -ewma) <= over) ewma++;
  if (ewma < 2 || ewma > 31)
    throw new OptionMismatch(
      'rateest-ewmalog',
      new Mismatch('a time longer than the interval, but not too much', rateestEwmalog),
    );
  s.interval.write(m, log - 2);
  s.ewma_log.write(m, ewma - 1);
}

/** Measures the rate of the packets that it sees, for the match rateest; they go on to the next rule. */
export const RATEEST = target({
  name: 'RATEEST',
  doc: 'Measures a rate for the match rateest; the packet goes on to the next rule.',
  revisions: [
    revision(
      0,
      s,
      {
        'rateest-name': required(cut(15, word(s.name))).doc(
          'The name of the estimator, up to 15 bytes; rules may share one.',
        ),
        'rateest-interval': required(time((m) => format(Math.trunc(interval(m)) >>> 0))).doc(
          'How often it measures: 250ms, 500ms, 1s, 2s, 4s or 8s.',
        ),
        'rateest-ewmalog': required(time((m) => format((interval(m) * 2 ** s.ewma_log.read(m)) % 2 ** 32))).doc(
          'Over what time it averages.',
        ),
      },
      { finish },
    ),
  ],
  example: { rateestName: 'eth0', rateestInterval: '250.0ms', rateestEwmalog: '500.0ms' },
  list: ({ rateestName, rateestInterval, rateestEwmalog }) =>
    `name ${rateestName} interval ${rateestInterval} ewmalog ${rateestEwmalog}`,
});
