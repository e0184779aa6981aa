import { match, revision } from '../../codec/extension';
import { isNot, mapped, names, negatable, type Operand } from '../../codec/operand';
import { flagged, required } from '../../codec/option';
import { type Place, struct, u8 } from '../../codec/struct';
import { alternatives, Mismatch } from '../../errors';
import { protocolName, protocolNumber } from '../../net/databases';
import { hex, parseNumber } from '../../net/number';

// <linux/netfilter_ipv6/ip6t_ipv6header.h>
const s = struct('ip6t_ipv6header_info', { matchflags: u8, invflags: u8, modeflag: u8 });

const bits = {
  'hop-by-hop': 128,
  'ipv6-opts': 64,
  'ipv6-route': 32,
  'ipv6-frag': 16,
  ah: 8,
  esp: 4,
  'ipv6-nonxt': 2,
  protocol: 1,
};
type Header = keyof typeof bits;
// biome-ignore format: a table
const numbers: Readonly<Record<Header, number>> = {
  'hop-by-hop': 0, 'ipv6-opts': 60, 'ipv6-route': 43, 'ipv6-frag': 44, ah: 51, esp: 50, 'ipv6-nonxt': 59,
  protocol: 255,
};
const all = Object.keys(numbers) as Header[];
/** What iptables prints where /etc/protocols has no name, and reads too. */
// biome-ignore format: a table
const short: Readonly<Record<string, Header>> = {
  hop: 'hop-by-hop', dst: 'ipv6-opts', route: 'ipv6-route', frag: 'ipv6-frag', auth: 'ah', none: 'ipv6-nonxt',
  prot: 'protocol',
};

const toHeader = (word: string): Header => {
  // all is a protocol's name of iptables' own, not of /etc/protocols.
  const number = parseNumber(word) ?? (word === 'all' ? undefined : protocolNumber(word));
  const header = short[word] ?? all.find((name) => name === word || numbers[name] === number);
  if (!header) throw new Mismatch(`a header: ${alternatives(all)}`, word);
  return header;
};
const fromHeader = (header: Header): string => {
  const own =
    header === 'hop-by-hop' || header === 'protocol'
      ? header
      : Object.keys(short).find((name) => short[name] === header);
  return (numbers[header] !== 0 && protocolName(numbers[header])) || (own ?? header);
};

const inner = names(s.matchflags, bits);
const headers: Operand<readonly Header[]> = {
  ...inner,
  print: (value) => value.map(fromHeader).join() || 'NONE',
  parse(words, context) {
    return inner.parse([words[0]!.split(',').map(toHeader).join()], context);
  },
};
const everyBit = (place: typeof s.invflags): Place<boolean> => mapped(place, Boolean, (on: boolean) => (on ? 0xff : 0));

/** Matches by the extension headers that an IPv6 packet has. */
export const ipv6header = match({
  name: 'ipv6header',
  doc: 'Matches by the extension headers of the packet.',
  families: ['ipv6'],
  revisions: [
    revision(0, s, {
      header: required(negatable(everyBit(s.invflags), headers)).doc('The headers that the packet has, exactly these.'),
      soft: flagged(everyBit(s.modeflag)).doc('Any of these headers will do, and others may be there.'),
    }),
  ],
  example: { header: ['ipv6-frag'], soft: true },
  list({ header, soft }, context) {
    const value = isNot(header) ? header.not : header;
    const words = context.numeric
      ? `0x${hex(
          value.reduce((word, name) => word | bits[name], 0),
          2,
        )
          .slice(2)
          .toUpperCase()}`
      : headers.print(value, context);
    return `ipv6header flags:${isNot(header) ? '!' : ''}${words}${soft ? ' soft' : ''}`;
  },
});
