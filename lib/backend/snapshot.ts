/**
 * A table as a backend hands it out: one ArrayBuffer, in the byte order of the machine.
 *
 *     header, 32 bytes:  u32 version (1), u32 family (4 or 6), u32 chains, u32 rules,
 *                        u32 offset of the chains, u32 offset of the rules, u32 size of the whole, u32 0
 *     chain, 96 bytes:   name[32], policy[32] (empty for a chain of the user's), u64 packets, u64 bytes (the policy's),
 *                        u32 1 if built in, u32 references, u32 offset of its first rule, u32 its rules
 *     rules:             their entries, those of a chain in a row, each `next_offset` bytes, in the form that program.ts
 *                        describes: the target's name says where the rule goes, a standard target has revision 255
 *                        and verdict 0. `comefrom` is zero. (A verdict that no rule of ours can have, which only other
 *                        programs write, stays a number, with an empty name.)
 *
 * What is between the rules of two chains says nothing. Chains come in libiptc's order: built-in chains by hook, then
 * the user's by name.
 */
export const SNAPSHOT = {
  VERSION: 1,
  HEADER_SIZE: 32,
  CHAIN_SIZE: 96,
} as const;
