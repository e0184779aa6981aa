import { ProgramWriter } from '../../lib/backend/writer';
import type { Family } from '../../lib/codec/extension';
import { anyKernel } from '../../lib/codec/kernel';
import { EntryCodec } from '../../lib/rule/entry';
import type { Pattern } from '../../lib/rule/pattern';
import { TableState } from '../../lib/table/state';
import { parseLine } from '../../lib/text/parse';

const kernels = { ipv4: anyKernel('ipv4'), ipv6: anyKernel('ipv6') };
const codecs = { ipv4: new EntryCodec(kernels.ipv4), ipv6: new EntryCodec(kernels.ipv6) };

/** A rule's entry, and what it takes to look for it. */
export function entryOf(family: Family, rule: string): Pattern {
  return codecs[family].pattern(parseLine(family, rule).rule);
}

/**
 * A program from lines in the language of the iptables command; rules are numbered from 1, as there. What the command
 * can't say is spelled alike: `--expect CHAIN NUMBER RULE`, `--empty CHAIN`, `--abandon`. What goes or is set to zero
 * is told.
 */
export function programOf(family: Family, lines: readonly string[]): Uint8Array {
  const writer = new ProgramWriter();
  for (const line of lines) writeLine(writer, family, line);
  return writer.bytes.slice();
}

function writeLine(writer: ProgramWriter, family: Family, line: string): void {
  const [command = '', chain = '', ...rest] = line.split(' ');
  const [first = '', second = '', third = ''] = rest;
  const numbered = /^\d+$/.test(first);
  const index = Number(first) - 1;
  const rule = () => entryOf(family, rest.slice(numbered ? 1 : 0).join(' '));
  if (chain !== '') writer.chain(chain);
  const write: Record<string, () => void> = {
    '-A': () => writer.append(rule().entry),
    '-I': () => writer.insert(numbered ? index : 0, rule().entry),
    '-R': () => writer.replace(index, rule().entry),
    '-D': () => (numbered ? writer.tell().deleteAt(index) : writer.tell().delete(rule())),
    '-C': () => writer.check(rule()),
    '--expect': () => writer.expectAt(index, rule()),
    '-F': () => (chain === '' ? writer.flushAll() : writer.flush()),
    '-Z': () =>
      chain === '' ? writer.tell().zeroAll() : numbered ? writer.tell().zeroAt(index) : writer.tell().zero(),
    '-N': () => writer.create(),
    '-X': () => (chain === '' ? writer.deleteChains() : writer.deleteChain()),
    '--empty': () => writer.emptyChain(),
    '--abandon': () => writer.abandon(),
    '-E': () => writer.rename(first),
    '-P': () => writer.policy(first, second === '' ? undefined : { packets: BigInt(second), bytes: BigInt(third) }),
  };
  write[command]!();
}

/** What a snapshot says, as iptables-save -c does, from the first chain to the last rule. */
export function linesOf(family: Family, snapshot: ArrayBuffer): string[] {
  return [...new TableState('', codecs[family], snapshot).saveLines({ counters: true })].slice(1, -1);
}
