/** Of which chains a program needs to know the rules. */
import { nameAt, u32 } from '../memory/entry';
import { CHAIN_NAME_SIZE, OP } from '../program';

export interface Needs {
  /** Of these; undefined: of all. */
  readonly names: ReadonlySet<string> | undefined;
  /** And what they have counted until now. */
  readonly fresh: boolean;
}

/** What a program does with the rules of a chain. */
const BY_RULE: ReadonlySet<number> = new Set([
  OP.REPLACE,
  OP.DELETE_AT,
  OP.DELETE,
  OP.CHECK,
  OP.EXPECT_AT,
  OP.ZERO,
  OP.ZERO_AT,
  OP.DELETE_CHAIN,
  OP.RENAME,
]);
const COUNTED: ReadonlySet<number> = new Set([OP.ZERO, OP.ZERO_AT, OP.ZERO_ALL]);
const DELETING: ReadonlySet<number> = new Set([OP.DELETE_CHAIN, OP.DELETE_CHAINS]);

/**
 * What is in front of a program, and behind it, isn't known if it is a `part`: then it may matter to a chain that is
 * deleted later what those have led to that are emptied now.
 */
export function needsOf(program: Uint8Array, part: boolean): Needs {
  const names = new Set<string>();
  const emptied = new Set<string>();
  let [all, fresh, deletes, chain] = [false, false, part, ''];
  for (let at = 0, size = 0; at + 8 <= program.length; at += size) {
    const opcode = u32(program, at);
    size = u32(program, at + 4);
    if (size < 8 || size > program.length - at) break; // it is refused when it is run
    if (opcode === OP.FLUSH_ALL) break; // from here on there is nothing unknown
    if (COUNTED.has(opcode)) fresh = true;
    if (DELETING.has(opcode)) deletes = true;
    if (opcode === OP.CHAIN) chain = nameAt(program, at + 8, Math.min(CHAIN_NAME_SIZE, size - 8)) ?? '';
    else if (opcode === OP.DELETE_CHAINS || opcode === OP.ZERO_ALL) all = true;
    else if (BY_RULE.has(opcode) || (opcode === OP.INSERT && size > 8 && u32(program, at + 8) > 0)) names.add(chain);
    else if (opcode === OP.FLUSH || opcode === OP.EMPTY_CHAIN) emptied.add(chain);
  }
  if (deletes) for (const name of emptied) names.add(name);
  return { names: all ? undefined : names, fresh };
}
