import { match, OptionMismatch, revision } from '../../codec/extension';
import { unknown } from '../../codec/meaning';
import { integer, isNot, negatable, type Operand, operand, range, toAddress } from '../../codec/operand';
import { flagged, optional } from '../../codec/option';
import { array, bit, element, in6Addr, struct, u8, u32 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { formatIpv6 } from '../../net/address';
import { listSpan, span } from '../shared/span';

// <linux/netfilter_ipv6/ip6t_rt.h>
// biome-ignore format: a table
const s = struct('ip6t_rt', {
  rt_type: u32, segsleft: array(u32, 2), hdrlen: u32, flags: u8, invflags: u8, addrs: array(in6Addr, 16), addrnr: u8,
});
const IP6T_RT_TYP = 0x01;
const IP6T_RT_SGS = 0x02;
const IP6T_RT_LEN = 0x04;
const IP6T_RT_RES = 0x08;
const IP6T_RT_FST = 0x10;
const IP6T_RT_FST_NSTRICT = 0x20;
const IP6T_RT_INV_TYP = 0x01;
const IP6T_RT_INV_SGS = 0x02;
const IP6T_RT_INV_LEN = 0x04;

const max = 0xffffffff;
const segments = range(element(s.segsleft, 0), element(s.segsleft, 1), max);

const addresses: Operand<readonly string[]> = operand<readonly string[]>(
  'address[,address...]',
  'string[]',
  {
    read: (m) =>
      s.addrs
        .read(m)
        .slice(0, s.addrnr.read(m))
        .map((address) => formatIpv6(address)),
    write(m, list) {
      if (!Array.isArray(list) || list.length > 16) throw new Mismatch('a list of at most 16 addresses', list);
      s.addrs.write(
        m,
        list.map((address) => toAddress(address, 'ipv6')),
      );
      s.addrnr.write(m, list.length);
    },
  },
  (list) => list.join(),
  (word) => word.split(','),
);

/** Matches the routing header of IPv6. */
export const rt = match({
  name: 'rt',
  doc: 'Matches IPv6 routing headers.',
  families: ['ipv6'],
  revisions: [
    revision(0, s, {
      'rt-type': optional(
        bit(s.flags, IP6T_RT_TYP),
        negatable(bit(s.invflags, IP6T_RT_INV_TYP), integer(s.rt_type)),
      ).doc('The type.'),
      'rt-segsleft': span(s.segsleft, bit(s.invflags, IP6T_RT_INV_SGS), max, segments, bit(s.flags, IP6T_RT_SGS)).doc(
        'The segments left, or a range of them.',
      ),
      'rt-len': optional(bit(s.flags, IP6T_RT_LEN), negatable(bit(s.invflags, IP6T_RT_INV_LEN), integer(s.hdrlen))).doc(
        'The length of the header in bytes.',
      ),
      'rt-0-res': flagged(bit(s.flags, IP6T_RT_RES)).behind('rt-type').doc('The reserved field is zero (type 0).'),
      'rt-0-addrs': optional(bit(s.flags, IP6T_RT_FST), addresses)
        .behind('rt-type')
        .doc('The addresses, in this order (type 0).'),
      'rt-0-not-strict': flagged(bit(s.flags, IP6T_RT_FST_NSTRICT))
        .behind('rt-0-addrs')
        .doc('Other addresses may stand between these (type 0).'),
    }),
  ],
  check({ rtType, rt0Res, rt0Addrs, rt0NotStrict }) {
    const option = rt0Res ? 'rt-0-res' : rt0Addrs ? 'rt-0-addrs' : undefined;
    if (option && rtType !== 0) throw new OptionMismatch(option, new Mismatch(`--rt-type 0 with --${option}`, rtType));
    if (rt0NotStrict && !rt0Addrs)
      throw new OptionMismatch('rt-0-not-strict', new Mismatch('--rt-0-addrs with --rt-0-not-strict', 'none'));
  },
  unsaid: ({ rtSegsleft }) => JSON.stringify(rtSegsleft) === '[0,4294967295]',
  matches: () => unknown('its routing header'),
  example: { rtType: 0 },
  list({ rtType, rtSegsleft, rtLen, rt0Res, rt0Addrs, rt0NotStrict }) {
    const number = (label: string, value: typeof rtLen, show: (n: number) => string = String) =>
      value === undefined ? '' : ` ${label}:${isNot(value) ? `!${show(value.not)}` : show(value)}`;
    const segsleft = listSpan('segsleft', rtSegsleft, max);
    const flags = `${rt0Res ? ' reserved' : ''}${rt0Addrs ? ` 0-addrs ${rt0Addrs.join()}` : ''}${rt0NotStrict ? ' 0-not-strict' : ''}`;
    return `rt${number('type', rtType, (n) => String(n | 0))}${segsleft && ` ${segsleft}`}${number('length', rtLen)}${flags}`;
  },
});
