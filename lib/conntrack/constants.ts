/** Numbers of <linux/netfilter/nfnetlink_conntrack.h> and its neighbours, by their C names. */

export const IPCTNL_MSG_CT = { NEW: 0, GET: 1, DELETE: 2, GET_STATS: 5 } as const;

/** Groups of events (<linux/netfilter/nfnetlink.h>). */
export const NFNLGRP_CONNTRACK = { NEW: 1, UPDATE: 2, DESTROY: 3 } as const;

export const CTA = {
  TUPLE_ORIG: 1,
  TUPLE_REPLY: 2,
  STATUS: 3,
  PROTOINFO: 4,
  HELP: 5,
  TIMEOUT: 7,
  MARK: 8,
  COUNTERS_ORIG: 9,
  COUNTERS_REPLY: 10,
  USE: 11,
  ID: 12,
  ZONE: 18,
  TIMESTAMP: 20,
  MARK_MASK: 21,
  FILTER: 25,
} as const;
/** Bits of the flags in CTA_FILTER (the kernel's net/netfilter/nf_internals.h). */
export const CTA_FILTER_F = { IP_SRC: 0x1 } as const;
export const CTA_TUPLE = { IP: 1, PROTO: 2, ZONE: 3 } as const;
export const CTA_IP = { V4_SRC: 1, V4_DST: 2, V6_SRC: 3, V6_DST: 4 } as const;
export const CTA_PROTO = {
  NUM: 1,
  SRC_PORT: 2,
  DST_PORT: 3,
  ICMP_ID: 4,
  ICMP_TYPE: 5,
  ICMP_CODE: 6,
  ICMPV6_ID: 7,
  ICMPV6_TYPE: 8,
  ICMPV6_CODE: 9,
} as const;
export const CTA_PROTOINFO = { TCP: 1, DCCP: 2, SCTP: 3 } as const;
export const CTA_PROTOINFO_TCP = { STATE: 1 } as const;
export const CTA_COUNTERS = { PACKETS: 1, BYTES: 2 } as const;
export const CTA_HELP = { NAME: 1 } as const;
export const CTA_TIMESTAMP = { START: 1, STOP: 2 } as const;
export const CTA_STATS_GLOBAL = { ENTRIES: 1 } as const;

/** Bits of CTA_STATUS (<linux/netfilter/nf_conntrack_common.h>). */
export const IPS = {
  EXPECTED: 0x1,
  SEEN_REPLY: 0x2,
  ASSURED: 0x4,
  CONFIRMED: 0x8,
  SRC_NAT: 0x10,
  DST_NAT: 0x20,
  SEQ_ADJUST: 0x40,
  SRC_NAT_DONE: 0x80,
  DST_NAT_DONE: 0x100,
  DYING: 0x200,
  FIXED_TIMEOUT: 0x400,
  TEMPLATE: 0x800,
  UNTRACKED: 0x1000,
  HELPER: 0x2000,
  OFFLOAD: 0x4000,
  HW_OFFLOAD: 0x8000,
} as const;
