/** Numbers of nf_tables, by their C names: `NFTA_RULE.CHAIN` is NFTA_RULE_CHAIN. test/layout compares them. */

// <linux/netfilter/nf_tables.h>
/** Types of messages, in the lower byte; the upper is NFNL_SUBSYS.NFTABLES. */
export const NFT_MSG = {
  NEWTABLE: 0,
  GETTABLE: 1,
  DELTABLE: 2,
  NEWCHAIN: 3,
  GETCHAIN: 4,
  DELCHAIN: 5,
  NEWRULE: 6,
  GETRULE: 7,
  DELRULE: 8,
  NEWGEN: 15,
  GETGEN: 16,
} as const;

export const NFTA_TABLE = { NAME: 1, FLAGS: 2, USE: 3, HANDLE: 4 } as const;
export const NFTA_CHAIN = {
  TABLE: 1,
  HANDLE: 2,
  NAME: 3,
  HOOK: 4,
  POLICY: 5,
  USE: 6,
  TYPE: 7,
  COUNTERS: 8,
  FLAGS: 10,
} as const;
export const NFTA_HOOK = { HOOKNUM: 1, PRIORITY: 2, DEV: 3, DEVS: 4 } as const;
export const NFTA_RULE = {
  TABLE: 1,
  CHAIN: 2,
  HANDLE: 3,
  EXPRESSIONS: 4,
  COMPAT: 5,
  POSITION: 6,
  USERDATA: 7,
  ID: 9,
  POSITION_ID: 10,
} as const;
export const NFTA_RULE_COMPAT = { PROTO: 1, FLAGS: 2 } as const;
export const NFT_RULE_COMPAT_F = { INV: 2 } as const;
export const NFTA_LIST = { ELEM: 1 } as const;
export const NFTA_EXPR = { NAME: 1, DATA: 2 } as const;
export const NFTA_DATA = { VALUE: 1, VERDICT: 2 } as const;
export const NFTA_VERDICT = { CODE: 1, CHAIN: 2 } as const;
export const NFTA_GEN = { ID: 1, PROC_PID: 2, PROC_NAME: 3 } as const;

/** Verdicts that nf_tables adds to those of the hooks (NF). */
export const NFT = { JUMP: -3, GOTO: -4, RETURN: -5 } as const;
export const NF = { DROP: 0, ACCEPT: 1 } as const;

/** Registers: five of 16 bytes, and the last four again as sixteen of four. */
export const NFT_REG = { VERDICT: 0, 1: 1, 2: 2, 3: 3, 4: 4 } as const;
export const NFT_REG32 = { '00': 8, '01': 9, 15: 23 } as const;

export const NFTA_IMMEDIATE = { DREG: 1, DATA: 2 } as const;
export const NFTA_META = { DREG: 1, KEY: 2, SREG: 3 } as const;
export const NFT_META = {
  MARK: 3,
  IIF: 4,
  OIF: 5,
  IIFNAME: 6,
  OIFNAME: 7,
  NFTRACE: 12,
  L4PROTO: 16,
  PKTTYPE: 19,
} as const;
export const NFTA_PAYLOAD = { DREG: 1, BASE: 2, OFFSET: 3, LEN: 4, SREG: 5 } as const;
export const NFT_PAYLOAD = { NETWORK_HEADER: 1, TRANSPORT_HEADER: 2 } as const;
export const NFTA_BITWISE = { SREG: 1, DREG: 2, LEN: 3, MASK: 4, XOR: 5, OP: 6 } as const;
export const NFT_BITWISE = { MASK_XOR: 0 } as const;
export const NFTA_CMP = { SREG: 1, OP: 2, DATA: 3 } as const;
export const NFT_CMP = { EQ: 0, NEQ: 1, LT: 2, LTE: 3, GT: 4, GTE: 5 } as const;
export const NFTA_RANGE = { SREG: 1, OP: 2, FROM_DATA: 3, TO_DATA: 4 } as const;
export const NFT_RANGE = { EQ: 0, NEQ: 1 } as const;
export const NFTA_LIMIT = { RATE: 1, UNIT: 2, BURST: 3, TYPE: 4, FLAGS: 5 } as const;
export const NFT_LIMIT = { PKTS: 0 } as const;
export const NFTA_COUNTER = { BYTES: 1, PACKETS: 2 } as const;
export const NFTA_LOG = { GROUP: 1, PREFIX: 2, SNAPLEN: 3, QTHRESHOLD: 4, LEVEL: 5, FLAGS: 6 } as const;

// <linux/netfilter/nf_tables_compat.h>: an xt extension as an expression
export const NFTA_MATCH = { NAME: 1, REV: 2, INFO: 3 } as const;
export const NFTA_TARGET = { NAME: 1, REV: 2, INFO: 3 } as const;
