import { MemoryTable } from '../../../lib/backend/memory/backend';
import { ProgramWriter } from '../../../lib/backend/writer';
import type { AnyExtension, Family } from '../../../lib/codec/extension';
import { anyKernel, type Kernel } from '../../../lib/codec/kernel';
import { Memory } from '../../../lib/codec/struct';
import { matches, targets } from '../../../lib/extensions/registry';
import { toHex } from '../../../lib/net/number';
import { EntryCodec } from '../../../lib/rule/entry';
import type { Pattern } from '../../../lib/rule/pattern';
import type { Opaque, Rule } from '../../../lib/rule/rule';
import { TableState } from '../../../lib/table/state';
import { parseLine } from '../../../lib/text/parse';
import { RulePrinter } from '../../../lib/text/print';
import { describe, expect, test } from '../../harness';
import { type Placed, ruleOf, settingsToTry } from '../../oracle/generate';

/** A kernel of today, as it was when an extension had no newer revision than this. */
const asBefore = (kernel: Kernel, extension: AnyExtension, revision: number): Kernel => ({
  ...kernel,
  revision: (kind, name, most) =>
    kind === extension.kind && name === extension.kernelName ? Math.min(most, revision) : most,
});

/** A table with these rules, in the chain of the first. */
function tableOf(family: Family, { table, chain }: Placed, entries: readonly Uint8Array[]): MemoryTable {
  const model = MemoryTable.empty(family, table);
  const program = new ProgramWriter();
  if (chain.startsWith('user')) program.chain(chain).create();
  program.chain(chain);
  for (const entry of entries) program.append(entry);
  model.run(program.bytes);
  return model;
}
/** What the kernel holds of an element in a revision. */
function opaque(extension: AnyExtension, number: number, settings: Record<string, unknown>, kernel: Kernel): Opaque {
  const revision = extension.revisionNumbered(number)!;
  const m = new Memory(new Uint8Array(revision.size), 0, kernel);
  revision.encode(settings, m);
  return { revision: number, data: toHex(m.bytes) };
}
const run = (model: MemoryTable, chain: string, write: (program: ProgramWriter) => void) => {
  const program = new ProgramWriter();
  write(program.chain(chain));
  model.run(program.bytes);
};
const finds = (model: MemoryTable, chain: string, pattern: Pattern): boolean => {
  try {
    run(model, chain, (program) => program.check(pattern));
    return true;
  } catch (error) {
    if ((error as { reason?: string }).reason !== 'Bad rule (does a matching rule exist in that chain?)') throw error;
    return false;
  }
};

/** Settings that only these revisions have, or that no rule of today is written with. */
const OWN: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  'match hashlimit 0': [{ hashlimit: '5/sec', hashlimitBurst: 5, hashlimitMode: ['srcip'], hashlimitName: 'a' }],
  'target MARK 1': [{ setMark: 5 }, { andMark: 0xff00 }, { orMark: 1 }],
  'target MARK 0': [{ setMark: 5 }],
  'target CONNMARK 0': [{ setMark: { value: 1, mask: 0xff } }, { saveMark: true, mask: 0xff }],
};
/** What their text says has another name in the revisions that kernels have had since. */
const SAID_OTHERWISE: readonly string[] = ['match hashlimit 0'];
/** IPv6 has no such revision. */
const IPV4_ALONE: readonly string[] = ['match iprange 0'];

describe('a rule in an older revision of a match or target', () => {
  for (const extension of [...matches, ...targets] as readonly AnyExtension[])
    for (const family of extension.families)
      for (const { number } of extension.revisions.slice(1))
        test(`is found by what was listed, and by its text: ${extension.kind} ${extension.name} ${number}, ${family}`, () => {
          const kernel = anyKernel(family);
          const codec = new EntryCodec(kernel);
          const printer = new RulePrinter(codec);
          const old = asBefore(kernel, extension, number);
          const oldCodec = new EntryCodec(old);
          const id = `${extension.kind} ${extension.name} ${number}`;
          const placed = settingsToTry(extension, family, old, 1, 8)
            .tried.map((settings) => ruleOf(extension, settings, family, old))
            .filter((one) => one !== undefined);
          const own: Placed[] = (OWN[id] ?? []).map((settings) => {
            const element = { [extension.name]: opaque(extension, number, settings, kernel) };
            const rule = extension.kind === 'match' ? { match: [element] } : { target: element };
            return { table: 'mangle', chain: 'OUTPUT', rule: rule as Rule };
          });
          expect(placed.length + own.length > 0).toBe(family === 'ipv4' || !IPV4_ALONE.includes(id));
          for (const one of [...placed, ...own]) {
            const { table, chain } = one;
            const entry = oldCodec.encode(one.rule, one).slice();
            const model = tableOf(family, one, [entry]);
            const state = new TableState(table, codec, model.snapshot()).chain(chain)!;
            const { counters, ...listed } = state.rules[0]!;
            const said = JSON.stringify(listed);
            expect(finds(model, chain, codec.pattern(listed as Rule, one)), said).toBe(true);
            const text = printer.print(state.memory, state.first);
            let rule: Rule | undefined;
            try {
              rule = parseLine(family, text).rule;
            } catch {} // iptables can't read it either
            // Nor does every text say all of the bytes: whether a mask of 32 bits was given.
            if (
              rule &&
              !SAID_OTHERWISE.includes(id) &&
              (own.includes(one) || Buffer.compare(oldCodec.encode(rule, one), entry) === 0)
            )
              expect([finds(model, chain, codec.pattern(rule, one)), text]).toEqual([true, text]);
            run(model, chain, (program) => program.delete(codec.pattern(listed as Rule, one)));
            expect(new TableState(table, codec, model.snapshot()).chain(chain)!.rules).toEqual([]);
          }
        });

  test('is not taken for another', () => {
    for (const extension of [...matches, ...targets] as readonly AnyExtension[])
      for (const { number } of extension.revisions.slice(1)) {
        const kernel = anyKernel(extension.families[0]!);
        const codec = new EntryCodec(kernel);
        const old = asBefore(kernel, extension, number);
        const placed = settingsToTry(extension, kernel.family, old, 2, 6)
          .tried.map((settings) => ruleOf(extension, settings, kernel.family, old))
          .filter((one) => one !== undefined);
        for (const one of placed) {
          const entries = placed.map(({ rule }) => new EntryCodec(old).encode(rule).slice());
          const all = new TableState(one.table, codec, tableOf(kernel.family, one, entries).snapshot()).chain(
            one.chain,
          )!;
          const data = all.rules.map(({ counters, ...rule }) => JSON.stringify(rule));
          const others = entries.filter((_, i) => data[i] !== data[placed.indexOf(one)]);
          const listed = JSON.parse(data[placed.indexOf(one)]!) as Rule;
          expect([finds(tableOf(kernel.family, one, others), one.chain, codec.pattern(listed)), listed]).toEqual([
            false,
            listed,
          ]);
        }
      }
  });
});
