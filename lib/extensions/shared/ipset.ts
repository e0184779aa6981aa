/** References to an ip_set: its name, in the kernel an index, and what of a packet is looked up in it. */
import type { KernelObject } from '../../codec/extension';
import type { Kernel } from '../../codec/kernel';
import type { Operand } from '../../codec/operand';
import { optional } from '../../codec/option';
import {
  array,
  differs,
  element,
  type MembersOf,
  type Memory,
  type Place,
  struct,
  u8,
  u16,
  u32,
  union,
} from '../../codec/struct';
import { Mismatch, Missing } from '../../errors';
import { bareWord, encodeText, isWord } from '../../net/text';

// <linux/netfilter/xt_set.h> and <linux/netfilter/ipset/ip_set.h>
export const setInfo = struct('xt_set_info', { index: u16, dim: u8, flags: u8 });
/** Of IPv4, in kernels before 2.6.39. */
export const setInfo0 = struct('xt_set_info_v0', {
  index: u16,
  u: union({ flags: array(u32, 7), compat: struct('', { __flags: array(u32, 6), dim: u8, flags: u8 }) }),
});
/** The index of no set. */
const IPSET_INVALID_ID = 65535;
const IPSET_DIM_MAX = 6;
const IPSET_MAXNAMELEN = 32;
const IPSET_SRC = 0x01;
const IPSET_DST = 0x02;
/** Of the first dimension; the others' follow. */
const IPSET_DIM_ONE_SRC = 1 << 1;

export type SetInfo = MembersOf<typeof setInfo>;

type Direction = 'src' | 'dst';
/** A set's name, and from which side of the packet each part of its elements is taken. */
export interface SetReference {
  readonly setname: string;
  readonly flags: readonly Direction[];
}

/** `--match-set blocked src,dst`: two words. */
const reference = (index: Place<number>, directions: Place<readonly Direction[]>): Operand<SetReference> => ({
  words: 2,
  metavar: 'setname flag[,flag...]',
  type: "{ setname: string, flags: ('src' | 'dst')[] }",
  read(m) {
    const number = index.read(m);
    return { setname: m.kernel.setName(number) ?? `#${number}`, flags: directions.read(m) };
  },
  write(m, value) {
    if (typeof value?.setname !== 'string' || !Array.isArray(value.flags))
      throw new Mismatch('{ setname, flags }', value);
    if (!isWord(value.setname) || encodeText(value.setname).length >= IPSET_MAXNAMELEN)
      throw new Mismatch(`the name of an ip_set, of at most ${IPSET_MAXNAMELEN - 1} bytes`, value.setname, '.setname');
    index.write(m, indexOf(value.setname, m.kernel));
    directions.write(m, checked(value.flags));
  },
  print: ({ setname, flags }) => `${bareWord(setname)}${flags.length === 0 ? '' : ` ${flags}`}`,
  parse: ([setname, flags]) => ({ setname: setname!, flags: checked(flags!.split(',')) }),
});
/** The kernel takes a set of the other family as well; no packet is ever found in it. */
function indexOf(setname: string, kernel: Kernel): number {
  const { family } = kernel;
  const set = kernel.findSet(setname);
  if (set === undefined)
    throw new Missing(
      'the name of an ip_set that exists',
      setname,
      '.setname',
      `Set ${setname} doesn't exist.`,
      `Make it first: ${making(setname, family)}.`,
    );
  if (set.family !== undefined && set.family !== family)
    throw new Mismatch(
      `an ip_set of ${LABELS[family]} addresses`,
      setname,
      '.setname',
      `The protocol family of set ${setname} is ${LABELS[set.family]}, which is not applicable.`,
      `Each family needs a set of its own: ${making(`${setname}${family === 'ipv6' ? 6 : 4}`, family)}.`,
    );
  return set.index;
}
const making = (setname: string, family: Kernel['family']): string =>
  `ipset create ${setname} hash:ip${family === 'ipv6' ? ' family inet6' : ''}`;
const LABELS = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;

function checked(flags: readonly string[]): readonly Direction[] {
  const wrong = flags.find((flag) => flag !== 'src' && flag !== 'dst');
  if (wrong !== undefined || flags.length < 1 || flags.length > IPSET_DIM_MAX)
    throw new Mismatch(`src or dst, up to ${IPSET_DIM_MAX} times`, wrong ?? flags, '.flags');
  return flags as readonly Direction[];
}

const dimensions = Array.from({ length: IPSET_DIM_MAX }, (_, i) => i);
const sourceBit = (dimension: number): number => IPSET_DIM_ONE_SRC << dimension;
const sourceBits = dimensions.reduce((all, i) => all | sourceBit(i), 0);
/** Of each dimension whether it is the source; the other bits mean other things. */
const directionsOf = (s: SetInfo): Place<readonly Direction[]> => ({
  read: (m) => dimensions.slice(0, s.dim.read(m)).map((i) => (s.flags.read(m) & sourceBit(i) ? 'src' : 'dst')),
  write(m, value) {
    s.dim.write(m, value.length);
    s.flags.write(
      m,
      value.reduce(
        (all, direction, i) => (direction === 'src' ? all | sourceBit(i) : all),
        s.flags.read(m) & ~sourceBits,
      ),
    );
  },
});
const directionsOf0 = (s: MembersOf<typeof setInfo0>): Place<readonly Direction[]> => ({
  read(m: Memory) {
    const flags = dimensions.map((i) => element(s.u.flags, i).read(m));
    const none = flags.indexOf(0);
    return flags.slice(0, none < 0 ? IPSET_DIM_MAX : none).map((flag) => (flag & IPSET_SRC ? 'src' : 'dst'));
  },
  write: (m, value) =>
    s.u.flags.write(
      m,
      value.map((direction) => (direction === 'src' ? IPSET_SRC : IPSET_DST)),
    ),
});

export const setReference = (s: SetInfo): Operand<SetReference> => reference(s.index, directionsOf(s));
export const setReference0 = (s: MembersOf<typeof setInfo0>): Operand<SetReference> =>
  reference(s.index, directionsOf0(s));

/** Where there is none, the rule is refused before: it has gone since, and so has its name. */
export const aSet: KernelObject = {
  kind: 'ip_set',
  make: () => 'It was destroyed when the rule had been given already: make it again, and give the rule anew.',
};

const given = (index: Place<number>, o: Operand<SetReference>) =>
  optional(differs(index, IPSET_INVALID_ID), o).else((m) => index.write(m, IPSET_INVALID_ID));
/** There unless its index is that of no set. */
export const setOption = (s: SetInfo) => given(s.index, setReference(s));
export const setOption0 = (s: MembersOf<typeof setInfo0>) => given(s.index, setReference0(s));
