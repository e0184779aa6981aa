/** Numbers of <linux/netfilter/ipset/ip_set.h>, by their C names: `IPSET_CMD.ADD` is IPSET_CMD_ADD. */

/** The protocol's versions that are spoken: that of kernels from 4.20 on, and the one before. */
export const IPSET_PROTOCOL = 7;
export const IPSET_PROTOCOL_MIN = 6;
/** With the zero behind it. */
export const IPSET_MAXNAMELEN = 32;
export const IPSET_MAX_COMMENT_SIZE = 255;

export const IPSET_CMD = {
  PROTOCOL: 1,
  CREATE: 2,
  DESTROY: 3,
  FLUSH: 4,
  RENAME: 5,
  SWAP: 6,
  LIST: 7,
  ADD: 9,
  DEL: 10,
  TEST: 11,
  HEADER: 12,
  TYPE: 13,
} as const;

/** Attributes of a message. */
export const IPSET_ATTR = {
  PROTOCOL: 1,
  SETNAME: 2,
  TYPENAME: 3,
  SETNAME2: 3,
  REVISION: 4,
  FAMILY: 5,
  FLAGS: 6,
  DATA: 7,
  ADT: 8,
  LINENO: 9,
  PROTOCOL_MIN: 10,
  REVISION_MIN: 10,
  // Inside of DATA; of a set and of its elements.
  IP: 1,
  IP_TO: 2,
  CIDR: 3,
  PORT: 4,
  PORT_TO: 5,
  TIMEOUT: 6,
  PROTO: 7,
  CADT_FLAGS: 8,
  MARK: 10,
  MARKMASK: 11,
  BITMASK: 12,
  // Of a set.
  INITVAL: 17,
  HASHSIZE: 18,
  MAXELEM: 19,
  NETMASK: 20,
  BUCKETSIZE: 21,
  SIZE: 23,
  ELEMENTS: 24,
  REFERENCES: 25,
  MEMSIZE: 26,
  // Of an element.
  ETHER: 17,
  NAME: 18,
  NAMEREF: 19,
  IP2: 20,
  CIDR2: 21,
  IP2_TO: 22,
  IFACE: 23,
  BYTES: 24,
  PACKETS: 25,
  COMMENT: 26,
  SKBMARK: 27,
  SKBPRIO: 28,
  SKBQUEUE: 29,
} as const;

/** Inside of an address. */
export const IPSET_ATTR_IPADDR = { IPV4: 1, IPV6: 2 } as const;

/** Of IPSET_ATTR_FLAGS. */
export const IPSET_FLAG = { LIST_SETNAME: 2, LIST_HEADER: 4 } as const;

/** Bits of IPSET_ATTR_CADT_FLAGS. */
export const IPSET_FLAG_BIT = {
  BEFORE: 0,
  PHYSDEV: 1,
  NOMATCH: 2,
  WITH_COUNTERS: 3,
  WITH_COMMENT: 4,
  WITH_FORCEADD: 5,
  WITH_SKBINFO: 6,
  IFACE_WILDCARD: 7,
} as const;

/** What the kernel answers besides the errnos of the system. */
export const IPSET_ERR = {
  PROTOCOL: 4097,
  FIND_TYPE: 4098,
  MAX_SETS: 4099,
  BUSY: 4100,
  EXIST_SETNAME2: 4101,
  TYPE_MISMATCH: 4102,
  EXIST: 4103,
  INVALID_CIDR: 4104,
  INVALID_NETMASK: 4105,
  INVALID_FAMILY: 4106,
  TIMEOUT: 4107,
  REFERENCED: 4108,
  IPADDR_IPV4: 4109,
  IPADDR_IPV6: 4110,
  COUNTER: 4111,
  COMMENT: 4112,
  INVALID_MARKMASK: 4113,
  SKBINFO: 4114,
  BITMASK_NETMASK_EXCL: 4115,
  TYPE_SPECIFIC: 4352,
  // Of hashes.
  INVALID_PROTO: 4354,
  MISSING_PROTO: 4355,
  // Of lists.
  NAME: 4352,
  LOOP: 4353,
  BEFORE: 4354,
  NAMEREF: 4355,
  LIST_FULL: 4356,
  REF_EXIST: 4357,
} as const;
/** From TYPE_SPECIFIC on each kind of set has its own. */
export const IPSET_ERR_BITMAP = { RANGE: 4352, RANGE_SIZE: 4353 } as const;
export const IPSET_ERR_HASH = { FULL: 4352, ELEM: 4353, RANGE_UNSUPPORTED: 4356, RANGE: 4357 } as const;
