import { atLeastOne, match, revision, wrong } from '../../codec/extension';
import { all, interfaceNamed, fact as known, given as tested } from '../../codec/meaning';
import { flag, interfaceName, isNot, negatable, type Operand } from '../../codec/operand';
import { optional } from '../../codec/option';
import { bit, bytes, chars, struct, u8 } from '../../codec/struct';

// <linux/netfilter/xt_physdev.h>
// biome-ignore format: a table
const s = struct('xt_physdev_info', {
  physindev: chars(16), in_mask: bytes(16), physoutdev: chars(16), out_mask: bytes(16), invert: u8, bitmask: u8,
});
const XT_PHYSDEV_OP_IN = 0x01;
const XT_PHYSDEV_OP_OUT = 0x02;
const XT_PHYSDEV_OP_BRIDGED = 0x04;
const XT_PHYSDEV_OP_ISIN = 0x08;
const XT_PHYSDEV_OP_ISOUT = 0x10;

const given = <T>(bits: number, o: Operand<T>) => optional(bit(s.bitmask, bits), negatable(bit(s.invert, bits), o));
const fact = (bits: number) => given(bits, flag(bit(s.bitmask, bits)));
const options = {
  'physdev-is-in': fact(XT_PHYSDEV_OP_ISIN).doc('The packet came in by a port of a bridge.'),
  'physdev-in': given(XT_PHYSDEV_OP_IN, interfaceName(s.physindev, s.in_mask))
    .varies()
    .doc('That port: a name, or the beginning of one and +.'),
  'physdev-is-out': fact(XT_PHYSDEV_OP_ISOUT).doc('The packet will leave by a port of a bridge.'),
  'physdev-out': given(XT_PHYSDEV_OP_OUT, interfaceName(s.physoutdev, s.out_mask))
    .varies()
    .doc('That port: a name, or its beginning and +.'),
  'physdev-is-bridged': fact(XT_PHYSDEV_OP_BRIDGED).doc('The packet is bridged, not routed.'),
};

/** Matches by the ports of a bridge that a packet passes. */
export const physdev = match({
  name: 'physdev',
  doc: 'Matches by the ports of a bridge that the packet passes.',
  revisions: [revision(0, s, options)],
  constraints: [atLeastOne(...Object.keys(options))],
  kernelCheck({ physdevOut: name, physdevIsOut: isOut, physdevIsBridged: bridged = { not: true } }, { chain }) {
    if (chain === 'OUTPUT' && isNot(bridged) && (name ?? isOut) !== undefined)
      throw wrong(
        name === undefined ? 'physdev-is-out' : 'physdev-out',
        '--physdev-is-bridged with it, in another chain than OUTPUT',
        chain,
      );
  },
  matches: ({ physdevIsIn, physdevIn, physdevIsOut, physdevOut, physdevIsBridged }) => {
    const there = (name: string) => name !== '';
    return all(
      tested(physdevIsBridged, () => all(known('physdevIn', there), known('physdevOut', there))),
      tested(physdevIsIn, () => known('physdevIn', there)),
      tested(physdevIsOut, () => known('physdevOut', there)),
      tested(physdevIn, (name) => known('physdevIn', interfaceNamed(name))),
      tested(physdevOut, (name) => known('physdevOut', interfaceNamed(name))),
    );
  },
  separate: true,
  example: { physdevIsBridged: true, physdevIn: 'eth+' },
  list: { label: 'PHYSDEV match', dashes: true },
});
