/** The parts of elements that are addresses, networks and ranges. */
import { Mismatch } from '../errors';
import { parseIpv6, writeIpv4 } from '../net/address';
import { parseNumber } from '../net/number';
import { writeAddress } from './attributes';
import { IPSET_ATTR as A } from './constants';
import { noNumber } from './option';
import type { Family, Part } from './part';

const LABEL = { ipv4: 'an IPv4', ipv6: 'an IPv6' } as const;
const quad = new Uint8Array(4);

/** As inet_aton: the last of fewer than four parts is as long as those that are missing. */
function aton(word: string): Uint8Array | undefined {
  if (writeIpv4(word, quad, 0)) return quad;
  const parts = word.split('.');
  if (parts.length > 4) return undefined;
  const last = parseNumber(parts.pop()!, 256 ** (4 - parts.length) - 1);
  const numbers = parts.map((part) => parseNumber(part, 255));
  if (last === undefined || numbers.includes(undefined)) return undefined;
  quad.fill(0);
  new DataView(quad.buffer).setUint32(0, last);
  for (const [i, number] of numbers.entries()) quad[i] = number!;
  return quad;
}

/** An address. Brackets are for names with a dash in them. */
export function parseAddress(word: string, family: Family, at = ''): Uint8Array {
  const bare = word.startsWith('[') && word.endsWith(']') ? word.slice(1, -1) : word;
  const address = family === 'ipv4' ? aton(bare) : parseIpv6(bare);
  if (address) return address;
  throw new Mismatch(
    `${LABEL[family]} address`,
    word,
    at,
    `Syntax error: cannot parse ${bare}: resolving to ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address failed`,
  );
}
export const parseLength = (word: string, family: Family, at: string): number => {
  const most = family === 'ipv4' ? 32 : 128;
  const length = parseNumber(word, most);
  if (length === undefined)
    throw new Mismatch(
      `a prefix length from 0 to ${most}`,
      word,
      at,
      noNumber(word, parseNumber(word) === undefined ? 255 : most),
    );
  return length;
};

export const FIRST = { ip: A.IP, to: A.IP_TO, cidr: A.CIDR } as const;
export const SECOND = { ip: A.IP2, to: A.IP2_TO, cidr: A.CIDR2 } as const;

/** Whether it is one address; or may be many, of IPv4 alone: `10.0.0.0/24`, `10.0.0.1-10.0.0.9`; or is a network. */
type Extent = 'one' | 'many' | 'network';

export function address(key: string, { ip, to, cidr }: typeof FIRST | typeof SECOND, extent: Extent): Part {
  return {
    keys: [key],
    word: (data) => data[key],
    write(writer, word, family) {
      const slash = word.indexOf('/');
      const dash = slash < 0 ? word.indexOf('-', word.startsWith('[') ? word.indexOf(']') : 0) : -1;
      const most = family === 'ipv4' ? 32 : 128;
      const begin = slash >= 0 ? word.slice(0, slash) : dash >= 0 ? word.slice(0, dash) : word;
      const single = extent === 'one' || (extent === 'many' && family === 'ipv6');
      if (single && (dash >= 0 || (slash >= 0 && word.slice(slash) !== `/${most}`)))
        throw new Mismatch(
          `${LABEL[family]} address`,
          word,
          key,
          `Syntax error: plain IP address must be supplied: ${word}`,
        );
      if (dash >= 0 && family === 'ipv6')
        throw new Mismatch(
          'an IPv6 address or network',
          word,
          key,
          `Syntax error: IP address or IP/cidr must be specified: ${word}`,
        );
      writeAddress(writer, ip, parseAddress(begin, family, key));
      if (dash >= 0) writeAddress(writer, to, parseAddress(word.slice(dash + 1), family, key));
      if (slash >= 0) writer.u8(cidr, parseLength(word.slice(slash + 1), family, key));
      return 0;
    },
    read(attributes, data) {
      const text = attributes.address(ip);
      const most = text.includes(':') ? 128 : 32;
      const length = attributes.has(cidr) ? attributes.u8(cidr) : most;
      const end = attributes.has(to) ? `-${attributes.address(to)}` : '';
      data[key] = length === most ? `${text}${end}` : `${text}/${length}`;
    },
  };
}
