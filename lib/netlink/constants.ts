/** Numbers of netlink and nfnetlink, by their C names: `NLM_F.ACK` is NLM_F_ACK. test/layout compares them. */

/** <linux/netlink.h>: protocols, sockets are opened with one. */
export const NETLINK = { ROUTE: 0, NETFILTER: 12 } as const;

/** Types that every protocol has. */
export const NLMSG = { ERROR: 2, DONE: 3 } as const;

/** Flags of a message; from 0x100 on they mean something else in an answer, a GET and a NEW. */
export const NLM_F = {
  REQUEST: 0x1,
  MULTI: 0x2,
  ACK: 0x4,
  ECHO: 0x8,
  DUMP_INTR: 0x10,
  /** Of an NLMSG_ERROR: it holds the header of what it is about, not all of it. */
  CAPPED: 0x100,
  /** Of an NLMSG_ERROR: attributes follow. */
  ACK_TLVS: 0x200,
  DUMP: 0x300,
  REPLACE: 0x100,
  EXCL: 0x200,
  /** Of a DEL: only what is empty. */
  NONREC: 0x100,
  CREATE: 0x400,
  APPEND: 0x800,
} as const;

/** Attributes of an NLMSG_ERROR. */
export const NLMSGERR_ATTR = { MSG: 1, OFFS: 2 } as const;

/** Of an attribute's type: it holds attributes; it is of the byte order of the network. */
export const NLA_F = { NESTED: 0x8000, NET_BYTEORDER: 0x4000 } as const;
export const NLA_TYPE_MASK = ~(NLA_F.NESTED | NLA_F.NET_BYTEORDER);

/** <linux/netfilter/nfnetlink.h>: the upper byte of a message's type. */
export const NFNL_SUBSYS = { CTNETLINK: 1, IPSET: 6, NFTABLES: 10, NFT_COMPAT: 11 } as const;
/** Types of the messages around a batch. */
export const NFNL_MSG_BATCH = { BEGIN: 0x10, END: 0x11 } as const;
/** Attributes of NFNL_MSG_BATCH_BEGIN. */
export const NFNL_BATCH = { GENID: 1 } as const;
/** Groups of events. */
export const NFNLGRP = { NFTABLES: 7 } as const;

/** <linux/netfilter.h>: the families in a message of nfnetlink. */
export const NFPROTO = { UNSPEC: 0, INET: 1, IPV4: 2, IPV6: 10 } as const;

/** <linux/netfilter/nf_tables_compat.h>: what the kernel knows of an xt extension. */
export const NFNL_MSG_COMPAT = { GET: 0 } as const;
export const NFTA_COMPAT = { NAME: 1, REV: 2, TYPE: 3 } as const;
