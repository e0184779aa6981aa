/** What stands in a program (program.ts) that is well formed. */
import { LITTLE } from '../net/endian';
import { decodeText } from '../net/text';
import { CHAIN_NAME_SIZE, OP } from './program';

export interface Operation {
  readonly opcode: number;
  /** Where it begins and ends. */
  readonly start: number;
  readonly end: number;
}

export function* operationsOf(program: Uint8Array): Generator<Operation> {
  const words = new DataView(program.buffer, program.byteOffset, program.byteLength);
  for (let start = 0, end: number; start < program.length; start = end) {
    end = start + words.getUint32(start + 4, LITTLE);
    yield { opcode: words.getUint32(start, LITTLE), start, end };
  }
}

/** The entry that an operation brings into the table, if it does. */
export function entryOf(program: Uint8Array, { opcode, start, end }: Operation): Uint8Array | undefined {
  if (opcode === OP.APPEND) return Uint8Array.from(program.subarray(start + 8, end));
  if (opcode === OP.INSERT || opcode === OP.REPLACE) return Uint8Array.from(program.subarray(start + 16, end));
  return undefined;
}

/** The chain that an operation makes the one that those behind it are about, if it does. */
export function chainOf(program: Uint8Array, { opcode, start }: Operation): string | undefined {
  if (opcode !== OP.CHAIN && opcode !== OP.RENAME) return undefined;
  return decodeText(program, start + 8, start + 8 + CHAIN_NAME_SIZE);
}
