/** What a list says, as bans and allowances of places. */
import { type Place, placesOf } from './address';
import type { Allowance, Ban } from './ban';
import type { Duration } from './duration';
import { secondsOf } from './duration';
import type { Listed } from './formats/format';
import type { ImportOptions } from './transfer';

export interface Placed {
  readonly bans: readonly { readonly place: Place; readonly ban: Ban }[];
  readonly allowances: readonly { readonly place: Place; readonly allowance: Allowance }[];
  readonly ended: number;
}

/** `lengthOf` says how long a ban of a place is that a list doesn't say, and the how manieth. */
export function placed(
  listed: readonly Listed[],
  given: ImportOptions,
  lengthOf: (place: Place, length: Duration | undefined) => { times: number; seconds: number | undefined },
): Placed {
  const now = Date.now();
  const bans = [];
  const allowances = [];
  let ended = 0;
  for (const { what, address, since = now, until, reason = given.reason, ports, protocol, ...ban } of listed) {
    if (typeof until === 'number' && until <= now) {
      ended++;
      continue;
    }
    for (const place of placesOf(address)) {
      const known = {
        address: place.text,
        since,
        ...(reason !== undefined && { reason }),
        ...(ports && { ports, ...(protocol && { protocol }) }),
      };
      if (what === 'allow') {
        const seconds = until === undefined && given.for !== undefined ? secondsOf(given.for) : undefined;
        const end = until ?? (seconds === undefined ? undefined : now + 1000 * seconds);
        allowances.push({ place, allowance: { ...known, ...(end !== undefined && { until: end }) } });
      } else {
        const { times, seconds } = lengthOf(place, given.for);
        const end = until === undefined && seconds !== undefined ? now + 1000 * seconds : until;
        const { direction = 'in', times: counted = times } = ban;
        const length = typeof end === 'number' ? { until: end } : {};
        bans.push({ place, ban: { ...known, ...length, direction, times: counted } });
      }
    }
  }
  return { bans, allowances, ended };
}
