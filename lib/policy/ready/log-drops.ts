/** What is dropped is told, but not so often that nobody can read it. */
import { fields, numeric, optionsOf, string } from '../../arguments';
import { amount, limited, type ReadyRule, rate, ready, type SourceOptions, sourceChecks } from './rule';

export interface LogDropsOptions extends SourceOptions {
  /** What each line begins with; `dropped: ` unless told. */
  readonly prefix?: string;
  /** Of each source: `6/min` unless told. */
  readonly rate?: string;
  /** So many at once; 3 unless told. */
  readonly burst?: number;
  /** Of all together: `2/sec` unless told; 20 at once. */
  readonly overall?: string;
  /** To this group of nfnetlink_log, for ulogd or the like, instead of the kernel's log. */
  readonly group?: number;
}
const logging = fields<LogDropsOptions>({
  ...sourceChecks,
  prefix: string(),
  rate,
  burst: amount,
  overall: rate,
  group: numeric('a group from 0 to 65535', (value) => Number.isInteger(value) && value >= 0 && value <= 0xffff),
});

/**
 * All that comes here is dropped, and logged up to a rate: that of each source, so that one that floods hides no other,
 * and that of all of them. For the end of a chain.
 *
 * @example
 * logDrops({ prefix: 'dropped: ' });
 * // -A INPUT -m hashlimit --hashlimit-upto 6/min --hashlimit-burst 3 … -j LOG --log-prefix "dropped: "
 * // -A INPUT -j DROP
 */
export function logDrops(options: LogDropsOptions = {}): ReadyRule[] {
  const given = optionsOf('logDrops', options, logging);
  const { prefix = 'dropped: ', rate = '6/min', burst = 3, overall = '2/sec', group, mask, target = 'DROP' } = given;
  const log =
    group === undefined ? { LOG: { logPrefix: prefix } } : { NFLOG: { nflogPrefix: prefix, nflogGroup: group } };
  const match = [
    limited('upto', 'log', { rate, burst, mask }),
    limited('upto', 'logs', { rate: overall, burst: 20, together: true }),
  ];
  return [ready({ target: log } as ReadyRule, match, given), ready({ target } as ReadyRule, [], given)];
}
