/** A table as the kernel holds it: `struct ipt_getinfo` and its entries, taken apart without libiptc or the addon. */
import type { Family } from '../../lib/codec/extension';
import { SHAPES } from '../../lib/rule/entry';

const HOOKS = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
/** struct ipt_getinfo: name[32], valid_hooks, hook_entry[5], underflow[5], num_entries, size. */
const INFO_SIZE = 32 + 4 * (1 + 5 + 5 + 2);
const HEADER = 32;
/** Verdicts are stored as -verdict - 1; RETURN is its own. */
const VERDICTS = new Map([[-1, 'DROP'], [-2, 'ACCEPT'], [-4, 'QUEUE'], [-5, 'RETURN']]); // prettier-ignore

/**
 * The rules of each chain, each in the form of lib/backend/program.ts: a standard target is told by revision 255, has
 * the name of where it goes, and no verdict.
 */
export function rulesOf(table: Buffer, family: Family): Map<string, Uint8Array[]> {
  const shape = SHAPES[family];
  const info = (index: number) => table.readUInt32LE(32 + 4 * index);
  const blob = table.subarray(INFO_SIZE);
  const next = (at: number) => at + blob.readUInt16LE(at + shape.nextOffset);
  const target = (at: number) => at + blob.readUInt16LE(at + shape.targetOffset);
  const text = (at: number, size: number) => blob.toString('latin1', at, at + size).replace(/\0.*/s, '');

  // Where chains begin: the built-in ones are said, the user's stand behind an ERROR entry with their name.
  const chains: { name: string; from: number; to: number }[] = [];
  let end = 0;
  for (const [hook, name] of HOOKS.entries()) {
    if ((info(0) & (1 << hook)) === 0) continue;
    chains.push({ name, from: info(1 + hook), to: info(6 + hook) });
    end = Math.max(end, next(info(6 + hook)));
  }
  const names = new Map<number, string>();
  while (end < blob.length) {
    const name = text(target(end) + HEADER, 30);
    const from = next(end);
    if (from >= blob.length) break;
    let to = from;
    for (end = next(from); text(target(end) + 2, 29) !== 'ERROR'; end = next(end)) to = end;
    names.set(from, name);
    chains.push({ name, from, to });
  }

  const rule = (at: number): Uint8Array => {
    const bytes = Buffer.from(blob.subarray(at, next(at)));
    const t = target(at) - at;
    // Bookkeeping of the kernel's.
    bytes.fill(0, shape.nextOffset + 2, shape.nextOffset + 6);
    if (bytes[t + 2] !== 0) return bytes;
    const verdict = bytes.readInt32LE(t + HEADER);
    const name = verdict < 0 ? VERDICTS.get(verdict) : verdict === next(at) ? '' : names.get(verdict);
    if (name === undefined) throw new Error(`A verdict that means nothing: ${verdict}`);
    bytes.writeInt32LE(0, t + HEADER);
    bytes.write(name, t + 2, 'latin1');
    bytes[t + 31] = 255;
    return bytes;
  };
  return new Map(
    chains.map(({ name, from, to }) => {
      const rules: Uint8Array[] = [];
      for (let at = from; at < to; at = next(at)) rules.push(rule(at));
      return [name, rules];
    }),
  );
}
