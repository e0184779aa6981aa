/** Addresses of all kinds, their ranges and masks, and the names of interfaces. */
import { Mismatch } from '../../errors';
import { ADDRESS, formatMac, formatNetwork, parseMac, parseNetwork, prefixLength, prefixMask } from '../../net/address';
import { FAMILY } from '../../net/family';
import { parseNumber } from '../../net/number';
import { bareWord, encodeText, isPlainName } from '../../net/text';
import { addressHole, addressRangeHole, interfaceHole, macHole, networkHole } from '../hole';
import type { Place } from '../struct';
import { type Context, mapped, type Operand, operand } from './operand';

/**
 * `--ctorigsrc 10.0.0.1/8`: an address with the mask it is compared under; its host bits stay, as libxtables leaves them.
 * Without a mask, the whole member is compared: all of a nf_inet_addr, not the IPv4 address in it alone.
 */
export const network = (address: Place<Uint8Array>, netmask: Place<Uint8Array>): Operand<string> =>
  operand(
    'address[/mask]',
    'string',
    {
      read(m) {
        const bits = netmask.read(m);
        const text = formatNetwork(m.family, address.read(m), 0, bits, 0);
        return text.includes('/') || bits.every((byte) => byte === 255)
          ? text
          : `${text}/${8 * ADDRESS[m.family].size}`;
      },
      write(m, value) {
        const parsed = typeof value === 'string' ? parseNetwork(value, m.family, true) : undefined;
        // iptables takes any other mask for none at all.
        if (!parsed || prefixLength(parsed.mask) < 0)
          throw new Mismatch(`an ${FAMILY[m.family].name} address with an optional mask of leading ones`, value);
        address.write(m, parsed.address);
        netmask.write(m, value.includes('/') ? parsed.mask : netmask.read(m).fill(255));
      },
    },
    (value) => (value.includes(':') ? value : value.replace(/\/32$/, '')),
    (w) => w,
    networkHole(address, netmask),
  );

/** One address of the rule's family. */
export const address = (place: Place<Uint8Array>): Operand<string> =>
  operand('address', 'string', addressPlace(place), String, (w) => w, addressHole(place));
export const addressPlace = (place: Place<Uint8Array>): Place<string> => ({
  read: (m) => ADDRESS[m.family].format(place.read(m)),
  write: (m, value) => place.write(m, toAddress(value, m.family)),
});
export function toAddress(value: unknown, family: 'ipv4' | 'ipv6'): Uint8Array {
  const parsed = typeof value === 'string' ? ADDRESS[family].parse(value) : undefined;
  if (!parsed) throw new Mismatch(`an ${FAMILY[family].name} address`, value);
  return parsed;
}

/** `10.0.0.1-10.0.0.9`: two addresses of the rule's family, as data a pair; they need not be in order. */
export type AddressRange = string | readonly [low: string, high: string];
export function toAddressRange(value: unknown): readonly [string, string] {
  const ends: readonly unknown[] = typeof value === 'string' ? value.split('-') : Array.isArray(value) ? value : [];
  const [low, high = typeof value === 'string' ? low : undefined] = ends;
  if (ends.length > 2 || typeof low !== 'string' || typeof high !== 'string')
    throw new Mismatch('an address or a range [low, high] of them', value);
  return [low, high];
}
const fromAddressRange = (low: string, high: string): AddressRange => (low === high ? low : [low, high]);
export const addressRange = (low: Place<Uint8Array>, high: Place<Uint8Array>): Operand<AddressRange> => {
  const [first, last] = [addressPlace(low), addressPlace(high)];
  return operand<AddressRange>(
    'address[-address]',
    'string | [low: string, high: string]',
    {
      read: (m) => fromAddressRange(first.read(m), last.read(m)),
      write(m, value) {
        const pair = toAddressRange(value);
        first.write(m, pair[0]);
        last.write(m, pair[1]);
      },
    },
    (value) => toAddressRange(value).join('-'),
    (w, { kernel: { family } }) => {
      // Fewer parts are the network's, as in 10.1 for 10.1.0.0.
      const [start, end] = toAddressRange(w).map((part) => ADDRESS[family].parse(part, true));
      if (!start || !end) throw new Mismatch(`an ${FAMILY[family].name} address, or address-address`, w);
      return fromAddressRange(ADDRESS[family].format(start), ADDRESS[family].format(end));
    },
    addressRangeHole(low, high),
  );
};

/** `--connlimit-mask 24`: a mask by the number of its leading ones; a mask in full is read too. */
export const prefix = (mask: Place<Uint8Array>): Operand<number> =>
  operand(
    'length',
    'number',
    {
      read(m) {
        const { size } = ADDRESS[m.family];
        const bytes = mask.read(m);
        for (let length = 8 * size; ; length--)
          if (prefixMask(length, size).every((byte, i) => (bytes[i]! & byte) === byte)) return length;
      },
      write(m, length) {
        const { size } = ADDRESS[m.family];
        if (!Number.isInteger(length) || length < 0 || length > 8 * size)
          throw new Mismatch(`an integer from 0 to ${8 * size}`, length);
        mask.write(m, prefixMask(length, size));
      },
    },
    String,
    parsePrefix,
  );
/** `24` or `255.255.255.0` */
export function parsePrefix(w: string, { kernel }: Context): number {
  const { size, parse } = ADDRESS[kernel.family];
  const bytes = parse(w);
  const length = bytes ? prefixLength(bytes) : parseNumber(w, 8 * size);
  if (length === undefined || length < 0) throw new Mismatch(`a number from 0 to ${8 * size}, or a mask`, w);
  return length;
}

/** An interface's name, or the beginning of one and `+`; the mask has ones where it is compared. */
export const interfaceName = (name: Place<string>, mask: Place<Uint8Array>): Operand<string> =>
  operand(
    'name[+]',
    'string',
    {
      read: (m) => name.read(m),
      write(m, value) {
        if (typeof value !== 'string' || !isPlainName(value)) throw new Mismatch('the name of an interface', value);
        name.write(m, value);
        // The terminating zero is compared too, unless the name is only a beginning.
        const length = encodeText(value).length;
        mask.write(m, new Uint8Array(value.endsWith('+') ? length - 1 : length + 1).fill(0xff));
      },
    },
    bareWord,
    (w) => w,
    interfaceHole(name, mask),
  );

export const mac = (place: Place<Uint8Array>): Operand<string> =>
  operand(
    'address',
    'string',
    mapped(
      place,
      (b) => formatMac(b),
      (value: string) => {
        const parsed = typeof value === 'string' ? parseMac(value) : undefined;
        if (!parsed)
          throw new Mismatch('an Ethernet address like 00:11:22:aa:bb:cc', value, '', 'Invalid MAC address specified.');
        return parsed;
      },
    ),
    String,
    (w) => w,
    macHole(place),
  );
