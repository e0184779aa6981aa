/** Snapshot -> the program that makes a table what it was: chains, rules, policies and counters, byte for byte. */

import { anyKernel } from '../codec/kernel';
import { Memory } from '../codec/struct';
import { SHAPES } from '../rule/layout';
import { EntryView } from '../rule/view';
import type { Family } from './backend';
import { SnapshotReader } from './snapshot';
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
  const reader = new SnapshotReader(snapshot);
  piece().flushAll();
  yield piece().deleteChains();
  // All of them before the first jump.
  for (const { name, policy, counters } of reader.each()) {
    piece().chain(name);
    if (policy !== undefined) piece().policy(policy, counters);
    else piece().create();
    yield;
  }
  const memory = new Memory(reader.bytes, 0, anyKernel(family));
  const rule = new EntryView(SHAPES[family]);
  for (const { name, first, length } of reader.each()) {
    rule.on(memory, first);
    for (let index = 0; index < length; index++) {
      if (rule.isNamelessVerdict) throw new Unnamed(name, index);
      const { at, end } = rule;
      piece().chain(name).append(reader.bytes.subarray(at, end));
      rule.on(memory, end);
      yield;
    }
  }
}

/** The rule that a step of rebuild() writes, if it writes one. */
export function rebuiltRule(family: Family, snapshot: ArrayBuffer, step: number) {
  const reader = new SnapshotReader(snapshot);
  let left = step - 1 - reader.chains;
  if (left < 0) return undefined;
  for (const { name, first, length } of reader.each()) {
    if (left >= length) {
      left -= length;
      continue;
    }
    const rule = new EntryView(SHAPES[family]).on(new Memory(reader.bytes, 0, anyKernel(family)), first);
    for (let i = 0; i < left; i++) rule.on(rule.m, rule.end);
    return { chain: name, index: left, entry: reader.bytes.slice(rule.at, rule.end) };
  }
  return undefined;
}
