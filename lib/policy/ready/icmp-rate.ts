/** How often a source may ask whether we are there. */
import { fields, oneOf, optionsOf } from '../../arguments';
import type { Family } from '../../rule/rule';
import { amount, limited, type ReadyRule, rate, ready, type SourceOptions, sourceChecks } from './rule';

export interface IcmpRateOptions extends SourceOptions {
  /** 5/sec unless told. */
  readonly rate?: string;
  /** So many at once; 10 unless told. */
  readonly burst?: number;
  /** ipv4 unless told. A rule of IPv4 that is given to both families becomes one of IPv6, too. */
  readonly family?: Family;
}
const limiting = fields<IcmpRateOptions>({ ...sourceChecks, rate, burst: amount, family: oneOf('ipv4', 'ipv6') });

/**
 * No source is answered more echo requests than so. Other types stay, since without them connections hang, and IPv6
 * doesn't work at all.
 *
 * @example
 * icmpRate({ rate: '5/sec' });
 * // -A INPUT -p icmp -m icmp --icmp-type 8 -m hashlimit --hashlimit-above 5/sec --hashlimit-burst 10 … -j DROP
 */
export function icmpRate(options: IcmpRateOptions = {}): ReadyRule[] {
  const given = optionsOf('icmpRate', options, limiting);
  const { rate = '5/sec', burst = 10, family = 'ipv4', mask, target = 'DROP' } = given;
  const request =
    family === 'ipv4' ? { icmp: { icmpType: 'echo-request' } } : { icmp6: { icmpv6Type: 'echo-request' } };
  const protocol = family === 'ipv4' ? 'icmp' : 'ipv6-icmp';
  const limit = limited('above', 'icmp', { rate, burst, mask });
  return [ready({ protocol, target }, [request as never, limit], given)];
}
