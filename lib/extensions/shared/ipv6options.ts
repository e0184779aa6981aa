/** What hbh and dst share: the length of the header and the options in it. */
import { integer, isNot, type Not, negatable, type Operand, operand } from '../../codec/operand';
import { optional } from '../../codec/option';
import { array, bit, struct, u8, u16, u32 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { parseNumber } from '../../net/number';

// <linux/netfilter_ipv6/ip6t_opts.h>
export const opts = struct('ip6t_opts', { hdrlen: u32, flags: u8, invflags: u8, opts: array(u16, 16), optsnr: u8 });
const IP6T_OPTS_LEN = 0x01;
const IP6T_OPTS_OPTS = 0x02;
const IP6T_OPTS_INV_LEN = 0x01;

/** An option's type, alone or with the length of its data. */
export type HeaderOption = number | { readonly type: number; readonly length: number };
const ANY_LENGTH = 0xff;

function toPair(option: HeaderOption): readonly [number, number] {
  const [type, length] = typeof option === 'number' ? [option, ANY_LENGTH] : [option?.type, option?.length];
  const byte = (n: unknown) => Number.isInteger(n) && (n as number) >= 0 && (n as number) <= 255;
  if (!byte(type) || !byte(length)) throw new Mismatch("an option's type (0 to 255), or { type, length }", option);
  if (type === 0 && length !== ANY_LENGTH) throw new Mismatch('no length for Pad1 (type 0), which has none', option);
  return [type, length];
}
const fromPair = (type: number, length: number): HeaderOption => (length === ANY_LENGTH ? type : { type, length });
const formatOption = (option: HeaderOption): string =>
  typeof option === 'number' ? `${option}` : `${option.type}:${option.length}`;

function parseOption(word: string): HeaderOption {
  const [type, length, more] = word.split(':').map((part) => parseNumber(part, 255) ?? -1);
  if (more !== undefined || type! < 0 || (length !== undefined && length < 0))
    throw new Mismatch('type or type:length, each from 0 to 255', word);
  return length === undefined ? type! : fromPair(type!, length);
}

const list: Operand<readonly HeaderOption[]> = operand<readonly HeaderOption[]>(
  'type[:length][,...]',
  '(number | { type: number, length: number })[]',
  {
    read: (m) =>
      opts.opts
        .read(m)
        .slice(0, opts.optsnr.read(m))
        .map((word) => fromPair(word >> 8, word & 0xff)),
    write(m, value) {
      if (!Array.isArray(value) || value.length > 16) throw new Mismatch('a list of at most 16 options', value);
      opts.opts.write(
        m,
        (value as readonly HeaderOption[]).map(toPair).map(([type, length]) => (type << 8) | length),
      );
      opts.optsnr.write(m, value.length);
    },
  },
  (value) => value.map(formatOption).join(),
  (word) => word.split(',').map(parseOption),
);

export const headerLength = optional(
  bit(opts.flags, IP6T_OPTS_LEN),
  negatable(bit(opts.invflags, IP6T_OPTS_INV_LEN), integer(opts.hdrlen)),
).doc('The length of the header in bytes.');
export const headerOptions = optional(bit(opts.flags, IP6T_OPTS_OPTS), list).doc('The options in it, in this order.');

/** `hbh length:!42 opts 1:2,23` */
export function listHeader(
  name: string,
  length: number | Not<number> | undefined,
  options: readonly HeaderOption[] | undefined,
): string {
  const lengthText = length === undefined ? '' : ` length:${isNot(length) ? `!${length.not}` : length}`;
  return `${name}${lengthText}${options === undefined ? '' : ` opts${options.length > 0 ? ' ' : ''}${options.map(formatOption).join()}`}`;
}
