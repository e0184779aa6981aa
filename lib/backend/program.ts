/**
 * The program that a backend runs on one table: a sequence of operations, each a multiple of 8 bytes,
 * in the byte order of the machine.
 *
 *     u32 opcode, u32 size of the whole operation, then:
 *
 *     CHAIN         name[32]                       what the following operations are about; zeros fill names up
 *     APPEND        entry
 *     INSERT        u32 index, u32 0, entry        before the rule at the 0-based index
 *     REPLACE       u32 index, u32 0, entry
 *     DELETE_AT     u32 index, u32 0
 *     DELETE        u32 entry size, u32 0, entry, mask of the same size, alternatives
 *                                                  the first rule that equals the entry where the mask has ones
 *     CHECK         as DELETE                      fails with ESRCH if no such rule is there
 *     EXPECT_AT     u32 index, u32 entry size, entry, mask, alternatives
 *                                                  fails with ESTALE if another rule (or none) is there
 *     FLUSH
 *     ZERO                                         the counters of the chain's rules and of its policy
 *     ZERO_AT       u32 index, u32 0
 *     CREATE                                       the chain named by CHAIN
 *     DELETE_CHAIN
 *     RENAME        name[32]                       the following operations are about the chain under its new name
 *     POLICY        name[32], u32 with counters?, u32 0, u64 packets, u64 bytes
 *     FLUSH_ALL                                    every chain of the table
 *     ZERO_ALL                                     the same
 *     DELETE_CHAINS                                every chain of the user's, in the snapshot's order
 *     EMPTY_CHAIN                                  flushes the chain; creates it if it isn't there
 *     ABANDON                                      fails with ECANCELED: what came before works, and is not wanted
 *     TELL                                         what the next operation, a DELETE or ZERO of any kind, takes away is
 *                                                  told once it is done (told.ts)
 *
 * An entry is a `struct ipt_entry` or `struct ip6t_entry` (<linux/netfilter_ipv4/ip_tables.h>), its matches and its
 * target; its counters are those that the new rule starts with.
 *
 * Where the rule goes is said by its target's name. An extension's target has that extension's revision. Any other is
 * a standard target: 40 bytes, revision 255 (STANDARD_REVISION of rule/layout.ts), verdict 0, and the name a verdict (ACCEPT, DROP, QUEUE,
 * RETURN), a chain of the user's that exists by then (else ENOENT), or empty for a rule that goes on to the next.
 *
 * Two rules are compared (DELETE, CHECK, EXPECT_AT) by their heads (interfaces as far as their own masks reach; not
 * counters, comefrom, nfcache), the names and sizes of their matches, and where they go, whatever the mask says. The mask
 * is for the revision and the data of matches and of an extension's target. What a match or such a target may be instead
 * stands behind the mask, any number of times: u32 number of the match (of all matches: the target), u32 size, the match
 * or target, a mask of the same size.
 */
export const OP = {
  CHAIN: 1,
  APPEND: 2,
  INSERT: 3,
  REPLACE: 4,
  DELETE_AT: 5,
  DELETE: 6,
  CHECK: 7,
  EXPECT_AT: 8,
  FLUSH: 9,
  ZERO: 10,
  ZERO_AT: 11,
  CREATE: 12,
  DELETE_CHAIN: 13,
  RENAME: 14,
  POLICY: 15,
  FLUSH_ALL: 16,
  ZERO_ALL: 17,
  DELETE_CHAINS: 18,
  EMPTY_CHAIN: 19,
  ABANDON: 20,
  TELL: 21,
} as const;

/** Room for a chain's name, its terminating zero included (XT_FUNCTION_MAXNAMELEN is 30; libiptc's label is 32). */
export const CHAIN_NAME_SIZE = 32;
