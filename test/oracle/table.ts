/** A table as the kernel holds it: `struct ipt_getinfo` and its entries, taken apart and made without libiptc or the addon. */
import type { Family } from '../../lib/codec/extension';
import { SHAPES } from '../../lib/rule/layout';

const HOOKS = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
/** struct ipt_getinfo: name[32], valid_hooks, hook_entry[5], underflow[5], num_entries, size. */
const INFO_SIZE = 32 + 4 * (1 + 5 + 5 + 2);
const HEADER = 32;
/** Verdicts are stored as -verdict - 1; RETURN is its own. */
const VERDICTS = new Map([
  [-1, 'DROP'],
  [-2, 'ACCEPT'],
  [-4, 'QUEUE'],
  [-5, 'RETURN'],
]); // prettier-ignore

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

const BUILTIN: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: HOOKS,
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** The opposite of rulesOf: a table with these rules, whatever they hold, and policies ACCEPT. */
export function tableOf(name: string, rules: ReadonlyMap<string, readonly Uint8Array[]>, family: Family): Buffer {
  const shape = SHAPES[family];
  const entry = (target: Buffer) => {
    const bytes = Buffer.alloc(shape.size + target.length);
    bytes.writeUInt16LE(shape.size, shape.targetOffset);
    bytes.writeUInt16LE(bytes.length, shape.nextOffset);
    target.copy(bytes, shape.size);
    return bytes;
  };
  const standard = (verdict: number) => {
    const target = Buffer.alloc(HEADER + 8);
    target.writeUInt16LE(target.length, 0);
    target.writeInt32LE(verdict, HEADER);
    return entry(target);
  };
  const head = (chain: string) => {
    const target = Buffer.alloc(HEADER + 32);
    target.writeUInt16LE(target.length, 0);
    target.write('ERROR', 2);
    target.write(chain, HEADER, 'latin1');
    return entry(target);
  };
  const builtin = BUILTIN[name] ?? [];
  const info = Buffer.alloc(INFO_SIZE);
  info.write(name, 0);
  const entries: { bytes: Buffer; jumps: boolean }[] = [];
  const starts = new Map<string, number>();
  let size = 0;
  const put = (bytes: Buffer, jumps = false) => {
    entries.push({ bytes, jumps });
    size += bytes.length;
  };
  for (const chain of [...builtin, ...[...rules.keys()].filter((chain) => !builtin.includes(chain))]) {
    const hook = builtin.includes(chain) ? HOOKS.indexOf(chain) : -1;
    if (hook < 0) put(head(chain));
    else {
      info.writeUInt32LE(info.readUInt32LE(32) | (1 << hook), 32);
      info.writeUInt32LE(size, 32 + 4 * (1 + hook));
    }
    starts.set(chain, size);
    for (const rule of rules.get(chain) ?? []) put(Buffer.from(rule), true);
    if (hook >= 0) info.writeUInt32LE(size, 32 + 4 * (6 + hook));
    put(standard(hook < 0 ? -5 : -2));
  }
  put(head('ERROR'));
  let at = 0;
  for (const { bytes, jumps } of entries) {
    const t = bytes.readUInt16LE(shape.targetOffset);
    if (jumps && bytes[t + 31] === 255) {
      const label = bytes.toString('latin1', t + 2, t + 31).replace(/\0.*/s, '');
      const verdict = [...VERDICTS].find(([, verdictName]) => verdictName === label)?.[0];
      const to = label === '' ? at + bytes.length : (verdict ?? starts.get(label));
      if (to === undefined) throw new Error(`A jump to a chain that is not there: ${label}`);
      bytes.fill(0, t + 2, t + HEADER);
      bytes.writeInt32LE(to, t + HEADER);
    }
    at += bytes.length;
  }
  info.writeUInt32LE(entries.length, 32 + 4 * 11);
  info.writeUInt32LE(size, 32 + 4 * 12);
  return Buffer.concat([info, ...entries.map(({ bytes }) => bytes)]);
}
