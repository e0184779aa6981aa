/** Why the kernel refuses an operation, which it doesn't tell: the table as it would be with it does. */

import { constants } from 'node:os';
import { decodeText } from '../net/text';
import { ElementReader } from '../rule/elements';
import { NAME_AT, NAME_SIZE } from '../rule/layout';
import type { Steps } from '../slice';
import type { Misplaced, Refusal } from './backend';
import { nameAt, u16 } from './memory/entry';
import { findLoop } from './memory/loops';
import type { Chain } from './memory/rules';
import type { MemoryTable } from './memory/table';

const { ENOMEM, ENOBUFS, EPERM, EAGAIN, EINTR } = constants.errno;
const OTHERS: readonly number[] = [ENOMEM, ENOBUFS, EPERM, EAGAIN, EINTR];
/** Whether the kernel refuses a table for what is in it: not for lack of memory, of a right, or of luck. */
export const isRefusal = (errno: number): boolean => !OTHERS.includes(errno);

/** `table`: with the operation, and without those behind it. */
export function* explaining(table: MemoryTable, refused: Refusal): Steps<Refusal> {
  const circle = yield* findLoop(table.list());
  if (circle) return { ...refused, circle: circle.map(nameOf) };
  return { ...refused, misplaced: yield* misplaced(table, refused) };
}

/** What packets would come to by the rule, from where it can't be used. What was there before, the kernel has taken. */
function* misplaced(table: MemoryTable, { chain: name, entry }: Refusal): Steps<Misplaced | undefined> {
  if (!entry) return undefined;
  const reader = new ElementReader(table.family);
  const unsuited = (bytes: Uint8Array, path: readonly Chain[]): Misplaced | undefined => {
    const [from, ...through] = path.map(nameOf);
    for (const { kind, name, known } of reader.of(bytes)) {
      const hooks: readonly string[] | undefined = known?.extension.definition.where?.hooks;
      if (hooks && !hooks.includes(from!)) return { kind, name, hooks, from: from!, through };
    }
    return undefined;
  };
  const target = nameAt(entry, u16(entry, table.layout.targetOffset) + NAME_AT, NAME_SIZE)!;
  const to = table.find(target);
  for (const hook of table.list()) {
    if (!hook.builtin) continue;
    for (const [chain, path] of yield* ways(hook)) {
      const own = nameOf(chain) === name && unsuited(entry, path);
      if (own) return own;
      if (to && path.includes(to))
        for (const { bytes, at, size } of chain.rules) {
          const found = unsuited(bytes.subarray(at, at + size), path);
          if (found) return found;
          yield;
        }
    }
  }
  return undefined;
}

/** The chains that packets come to from one, each with those on a way to it, both ends included. */
function* ways(from: Chain): Steps<Map<Chain, readonly Chain[]>> {
  const found = new Map<Chain, readonly Chain[]>([[from, [from]]]);
  for (const [chain, path] of found) {
    for (const { jump, ends } of chain.rules) {
      if (jump && !found.has(jump)) found.set(jump, [...path, jump]);
      if (ends) break;
    }
    yield;
  }
  return found;
}

const nameOf = ({ name }: Chain): string => decodeText(Buffer.from(name, 'latin1'));
