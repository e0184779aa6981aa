/** Snapshot -> the program that makes a table what it was: chains, rules, policies and counters, byte for byte. */
import { decodeText } from '../net/text';
import type { Family } from './backend';
import { DATA, LAYOUTS, LITTLE, NAME, REVISION } from './memory/entry';
import { STANDARD_REVISION } from './program';
import { SNAPSHOT } from './snapshot';
import type { ProgramWriter } from './writer';

/** A rule that no program can make again: it goes to where no chain begins. Only other programs write such. */
export class Unnamed extends Error {
  constructor(
    readonly chain: string,
    readonly index: number,
  ) {
    super(`Rule ${index + 1} of chain ${chain} goes to a place that has no name`);
  }
}

/** Writes the program, an operation a step, to whatever `piece` gives. It begins by emptying the table. */
export function* rebuild(family: Family, snapshot: ArrayBuffer, piece: () => ProgramWriter): Generator<void> {
  const { targetOffset, nextOffset } = LAYOUTS[family];
  const bytes = new Uint8Array(snapshot);
  const view = new DataView(snapshot);
  const count = view.getUint32(8, LITTLE);
  const start = view.getUint32(16, LITTLE);
  const chains = Array.from({ length: count }, (_, i) => {
    const at = start + i * SNAPSHOT.CHAIN_SIZE;
    return { at, name: decodeText(bytes, at, at + 32), builtin: view.getUint32(at + 80, LITTLE) === 1 };
  });

  piece().flushAll();
  yield piece().deleteChains();
  // All of them before the first jump.
  for (const { at, name, builtin } of chains) {
    piece().chain(name);
    if (builtin)
      piece().policy(decodeText(bytes, at + 32, at + 64), {
        packets: view.getBigUint64(at + 64, LITTLE),
        bytes: view.getBigUint64(at + 72, LITTLE),
      });
    else piece().create();
    yield;
  }
  for (const { at, name } of chains) {
    let rule = view.getUint32(at + 88, LITTLE);
    const rules = view.getUint32(at + 92, LITTLE);
    for (let index = 0; index < rules; index++) {
      const target = rule + view.getUint16(rule + targetOffset, LITTLE);
      const nameless = bytes[target + REVISION] === STANDARD_REVISION && bytes[target + NAME] === 0;
      if (nameless && view.getUint32(target + DATA, LITTLE) !== 0) throw new Unnamed(name, index);
      const next = rule + view.getUint16(rule + nextOffset, LITTLE);
      piece().chain(name).append(bytes.subarray(rule, next));
      rule = next;
      yield;
    }
  }
}
