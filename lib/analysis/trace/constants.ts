/** Numbers of nfnetlink_log, of nf_tables' traces and of links, by their C names. test/layout compares them. */

// <linux/netfilter/nfnetlink_log.h>
export const NFULNL_MSG = { PACKET: 0, CONFIG: 1 } as const;
export const NFULNL_CFG_CMD = { BIND: 1, PF_BIND: 3, PF_UNBIND: 4 } as const;
export const NFULA_CFG = { CMD: 1, MODE: 2, FLAGS: 6 } as const;
export const NFULNL_COPY = { PACKET: 2 } as const;
export const NFULNL_CFG_F = { SEQ: 1 } as const;
export const NFULA = {
  PACKET_HDR: 1,
  MARK: 2,
  IFINDEX_INDEV: 4,
  IFINDEX_OUTDEV: 5,
  PAYLOAD: 9,
  PREFIX: 10,
  UID: 11,
  GID: 14,
} as const;

// <linux/netfilter/nfnetlink.h>
export const NFNL_SUBSYS_ULOG = 4;
export const NFNLGRP_NFTRACE = 9;

// <linux/netfilter/nf_tables.h>
export const NFT_MSG_TRACE = 17;
export const NFTA_TRACE = {
  TABLE: 1,
  CHAIN: 2,
  RULE_HANDLE: 3,
  TYPE: 4,
  VERDICT: 5,
  ID: 6,
  NETWORK_HEADER: 8,
  TRANSPORT_HEADER: 9,
  IIF: 10,
  OIF: 12,
  MARK: 14,
  POLICY: 16,
  CT_STATE: 21,
} as const;
export const NFT_TRACETYPE = { POLICY: 1, RETURN: 2, RULE: 3 } as const;

// <linux/netfilter/nf_conntrack_common.h>
export const NF_CT_STATE = { INVALID_BIT: 1, UNTRACKED_BIT: 64 } as const;
/** Each is told as a bit, one higher. */
export const IP_CT = { ESTABLISHED: 0, RELATED: 1, NEW: 2 } as const;

// <linux/rtnetlink.h> and <linux/if_link.h>
export const RTM = { NEWLINK: 16, GETLINK: 18 } as const;
export const IFLA_IFNAME = 3;
