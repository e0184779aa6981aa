/** Where an entry has what: `struct ipt_entry` or `struct ip6t_entry`, its matches and its target. */
import type { Family } from '../codec/extension';
import { array, bytes, chars, in6Addr, inAddr, struct, u8, u16, u32, u64 } from '../codec/struct';

export const IFNAMSIZ = 16;
const counters = struct('xt_counters', { pcnt: u64, bcnt: u64 });
const interfaces = {
  iniface: chars(IFNAMSIZ),
  outiface: chars(IFNAMSIZ),
  iniface_mask: bytes(IFNAMSIZ),
  outiface_mask: bytes(IFNAMSIZ),
};
const behind = { nfcache: u32, target_offset: u16, next_offset: u16, comefrom: u32, counters };
// <linux/netfilter_ipv4/ip_tables.h>
const iptEntry = struct('ipt_entry', {
  ip: struct('ipt_ip', {
    src: inAddr,
    dst: inAddr,
    smsk: inAddr,
    dmsk: inAddr,
    ...interfaces,
    proto: u16,
    flags: u8,
    invflags: u8,
  }),
  ...behind,
});
const IPT_F_FRAG = 0x01;
const IPT_F_GOTO = 0x02;

// <linux/netfilter_ipv6/ip6_tables.h>
const ip6tEntry = struct('ip6t_entry', {
  ipv6: struct('ip6t_ip6', {
    src: in6Addr,
    dst: in6Addr,
    smsk: in6Addr,
    dmsk: in6Addr,
    ...interfaces,
    proto: u16,
    tos: u8,
    flags: u8,
    invflags: u8,
  }),
  ...behind,
});
const IP6T_F_PROTO = 0x01;
const IP6T_F_GOTO = 0x04;
const [IPT_F_MASK, IP6T_F_MASK] = [0x03, 0x07];

// <linux/netfilter/x_tables.h>: in front of the data of every match and target
const element = struct('xt_entry_match', { match_size: u16, name: chars(29), revision: u8, data: array(u8, 0) });
export const structs = [iptEntry, ip6tEntry, element] as const;

export const ELEMENT_HEADER = element.$size;
export const [NAME_AT, NAME_SIZE, REVISION_AT] = [element.name.offset, 29, element.revision.offset];
/** A verdict or a jump: the header, and an int that libiptc fills in. Its revision tells it from an extension (program.ts). */
export const STANDARD_SIZE = ELEMENT_HEADER + 8;
export const STANDARD_REVISION = 255;
/** Jumps hold 28 bytes of a chain's name and a zero. */
export const CHAIN_NAME_MAX = 28;

/** Where a family's header has what. */
export interface Shape {
  readonly family: Family;
  readonly size: number;
  readonly address: 4 | 16;
  /** struct ipt_ip or ip6t_ip6 alone. */
  readonly headSize: number;
  readonly src: number;
  readonly dst: number;
  readonly smsk: number;
  readonly dmsk: number;
  readonly iniface: number;
  readonly outiface: number;
  readonly iniface_mask: number;
  readonly outiface_mask: number;
  readonly proto: number;
  readonly flags: number;
  readonly invflags: number;
  readonly targetOffset: number;
  readonly nextOffset: number;
  readonly comefrom: number;
  readonly counters: number;
  readonly gotoFlag: number;
  /** A protocol is given: IPv6 alone says so. */
  readonly protoFlag: number;
  readonly fragFlag: number;
  /** What the kernel accepts. */
  readonly flagsMask: number;
}
const shapeOf = (family: Family): Shape => {
  const entry = family === 'ipv4' ? iptEntry : ip6tEntry;
  const ip = family === 'ipv4' ? iptEntry.ip : ip6tEntry.ipv6;
  return {
    family,
    size: entry.$size,
    address: family === 'ipv4' ? 4 : 16,
    headSize: entry.nfcache.offset,
    src: ip.src.offset,
    dst: ip.dst.offset,
    smsk: ip.smsk.offset,
    dmsk: ip.dmsk.offset,
    iniface: ip.iniface.offset,
    outiface: ip.outiface.offset,
    iniface_mask: ip.iniface_mask.offset,
    outiface_mask: ip.outiface_mask.offset,
    proto: ip.proto.offset,
    flags: ip.flags.offset,
    invflags: ip.invflags.offset,
    targetOffset: entry.target_offset.offset,
    nextOffset: entry.next_offset.offset,
    comefrom: entry.comefrom.offset,
    counters: entry.counters.pcnt.offset,
    gotoFlag: family === 'ipv4' ? IPT_F_GOTO : IP6T_F_GOTO,
    protoFlag: family === 'ipv4' ? 0 : IP6T_F_PROTO,
    fragFlag: family === 'ipv4' ? IPT_F_FRAG : 0,
    flagsMask: family === 'ipv4' ? IPT_F_MASK : IP6T_F_MASK,
  };
};
export const SHAPES: Readonly<Record<Family, Shape>> = { ipv4: shapeOf('ipv4'), ipv6: shapeOf('ipv6') };

/** IPT_INV_…, the same in both families. */
export const INV = { VIA_IN: 0x01, VIA_OUT: 0x02, SRCIP: 0x08, DSTIP: 0x10, FRAG: 0x20, PROTO: 0x40 } as const;
/** IPT_INV_MASK and IP6T_INV_MASK */
export const INV_MASK = 0x7f;
export type Inv = (typeof INV)[keyof typeof INV];

/** XT_TABLE's limit: offsets within an entry are 16 bits. */
export const ENTRY_MAX = 65535;
