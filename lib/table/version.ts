/** Whether tables are still what they were: told by the backend, or else by a digest of what is in them. */
import { type Check, named } from '../arguments';
import type { Backend } from '../backend/backend';
import type { EntryCodec } from '../rule/entry';
import { EntryView } from '../rule/view';
import { type Steps, sliced } from '../slice';
import { TableState } from './state';

export const aVersion: Check<string> = named('a version');

/** Of a table, or of all that are loaded. Rejects with a BackendFailure. */
export async function versionOf(backend: Backend, codec: EntryCodec, table?: string): Promise<string> {
  if (backend.version) return `${backend.kind}:${await backend.version(table)}`;
  const { createHash } = require('node:crypto') as typeof import('node:crypto'); // takes its time to load
  const hash = createHash('sha1');
  for (const name of table === undefined ? backend.tables() : [table]) {
    const state = new TableState(name, codec, await backend.snapshot(name));
    await sliced(digesting(state, (part) => hash.update(part)));
  }
  return `${backend.kind}:${hash.digest('base64url')}`;
}

/** Rules between two steps. */
const STRETCH = 64;

function* digesting(state: TableState, add: (part: string | Uint8Array) => void): Steps<void> {
  const { shape } = state.codec;
  const view = new EntryView(shape);
  add(`*${state.name}\0`);
  let looked = 0;
  for (const chain of state.each()) {
    const { name, policy = '', length, memory } = chain;
    add(`${name}\0${policy}\0${length}\0`);
    for (const at of chain.entries()) {
      memory.bytes.fill(0, at + shape.counters, at + shape.counters + 16); // nobody else has this snapshot
      add(memory.bytes.subarray(at, view.on(memory, at).end));
      if (++looked % STRETCH === 0) yield;
    }
  }
}
