/** Inputs for the parser and the decoder, by a seeded generator; see scripts/fuzz. */
import { formatRule, formatRuleset, IptcError, parseRule, parseRuleset } from '../../lib';
import type { Family } from '../../lib/codec/extension';
import { anyKernel } from '../../lib/codec/kernel';
import { Memory } from '../../lib/codec/struct';
import { registry } from '../../lib/extensions/registry';
import { COMMAND_OPTIONS, parseCommand } from '../../lib/rule/command';
import { EntryCodec } from '../../lib/rule/entry';
import { RuleLister } from '../../lib/rule/list';
import { RulePrinter } from '../../lib/rule/print';
import { splitWords } from '../../lib/rule/words';

const argument = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const inputs = argument('inputs', 10_000_000);
let state = argument('seed', 1) >>> 0 || 1;

/** xorshift32 */
function random(below: number): number {
  state ^= state << 13;
  state >>>= 0;
  state ^= state >>> 17;
  state ^= state << 5;
  state >>>= 0;
  return state % below;
}
const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;

const families: readonly Family[] = ['ipv4', 'ipv6'];
const JUNK = [
  '',
  ' ',
  '"',
  '\\',
  '!',
  '-',
  '--',
  '=',
  ':',
  ',',
  '/',
  '0',
  '1',
  '22',
  '65536',
  '-1',
  '0x',
  '1:2',
  'a',
  'eth+',
  '\0',
  '\n',
  '\t',
  '\u00e4',
  '\udcff',
  '10.0.0.0/8',
  '::1',
  '::/129',
  '[0:0]',
  'é"\\',
  '99999999999999999999',
  '4294967296',
];
const WORDS: Record<Family, string[]> = { ipv4: [], ipv6: [] };
for (const family of families)
  for (const kind of ['match', 'target'] as const)
    for (const name of registry[kind].names(family)) {
      WORDS[family].push(`-${kind === 'match' ? 'm' : 'j'} ${name}`);
      for (const word of registry[kind].find(family, name)!.words.keys()) WORDS[family].push(`--${word}`);
    }
const OPTIONS = [
  '-p',
  '-s',
  '-d',
  '-i',
  '-o',
  '-f',
  '-j',
  '-g',
  '-m',
  '-c',
  '-A',
  '!',
  ...COMMAND_OPTIONS.map(({ name }) => `--${name}`),
  ...COMMAND_OPTIONS.flatMap(({ letter }) => (letter ? [`-${letter}`] : [])),
];

const wordsOf = (family: Family): string[] =>
  Array.from({ length: 1 + random(9) }, () => {
    switch (random(6)) {
      case 0:
        return pick(JUNK);
      case 1:
        return pick(OPTIONS);
      case 2:
        return String(random(70_000));
      case 3:
        return `${pick(WORDS[family])}=${pick(JUNK)}`;
      default:
        return pick(WORDS[family]);
    }
  });

/** Valid lines, for spoiling. */
const examples: Record<Family, string[]> = { ipv4: [], ipv6: [] };
const codecs: Record<Family, EntryCodec> = {
  ipv4: new EntryCodec(anyKernel('ipv4')),
  ipv6: new EntryCodec(anyKernel('ipv6')),
};
const entries: Record<Family, Uint8Array[]> = { ipv4: [], ipv6: [] };
for (const family of families)
  for (const kind of ['match', 'target'] as const)
    for (const name of registry[kind].names(family)) {
      const { example, where } = registry[kind].find(family, name)!.definition;
      if (!example) continue;
      const element = { [name]: example };
      const rule = {
        ...(where?.protocols ? { protocol: where.protocols[0]! } : {}),
        ...(kind === 'match' ? { match: [element], target: 'ACCEPT' } : { target: element }),
      } as never;
      try {
        entries[family].push(codecs[family].encode(rule).slice());
        examples[family].push(formatRule(rule, { family }));
      } catch (error) {
        if (!(error instanceof IptcError)) throw error;
      }
    }

function spoil(line: string): string {
  let text = line;
  for (let n = 1 + random(3); n > 0; n--) {
    const at = random(text.length + 1);
    const cut = random(4);
    text = text.slice(0, at) + (random(2) ? pick(JUNK) : '') + text.slice(at + cut);
  }
  return text;
}

function spoilBytes(bytes: Uint8Array, family: Family): Uint8Array {
  const spoiled = bytes.slice();
  const { shape } = codecs[family];
  // Sizes and offsets are the backend's to check: it never hands out an entry whose own are wrong.
  const head = shape.targetOffset;
  for (let n = 1 + random(8); n > 0; n--) {
    const at = random(spoiled.length);
    if (at >= head && at < head + 4) continue;
    if (inSizes(spoiled, shape.size, at)) continue;
    spoiled[at] = random(3) ? random(256) : pick([0, 0xff, 0x7f, 0x80]);
  }
  return spoiled;
}
function inSizes(bytes: Uint8Array, from: number, at: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let i = from; i < bytes.length; i += Math.max(8, view.getUint16(i, true)))
    if (at === i || at === i + 1) return true;
  return false;
}

const printers = { ipv4: new RulePrinter(codecs.ipv4), ipv6: new RulePrinter(codecs.ipv6) };
const format = { numeric: true, verbose: true, exact: true, lineNumbers: true };
const listers = {
  ipv4: new RuleLister(codecs.ipv4, format),
  ipv6: new RuleLister(codecs.ipv6, { ...format, numeric: false }),
};

function decode(bytes: Uint8Array, family: Family): void {
  const codec = codecs[family];
  const memory = new Memory(bytes, 0, codec.kernel);
  const rule = codec.decode(memory, 0);
  printers[family].print(memory, 0);
  listers[family].list(memory, 0, 1);
  // What was read is written again as the same bytes, or at least as a rule that reads the same.
  const again = codec.encode(rule).slice();
  const twice = codec.decode(new Memory(again, 0, codec.kernel), 0);
  const json = (value: unknown) => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v));
  if (json(twice) !== json(rule)) throw new Error(`Decoding is not stable: ${json(rule)} became ${json(twice)}`);
}

const kinds: readonly ((family: Family) => unknown)[] = [
  (family) => parseRule(wordsOf(family).join(' '), { family }),
  (family) => parseRule(spoil(pick(examples[family])), { family }),
  (family) => parseCommand(wordsOf(family), [], { family, kernel: codecs[family].kernel }),
  (family) =>
    formatRuleset(
      parseRuleset(`*filter\n${spoil(`-A INPUT ${pick(examples[family])}\n:c - [0:0]`)}\nCOMMIT\n`, { family }),
    ),
  () => splitWords(Array.from({ length: random(12) }, () => pick(JUNK)).join('')),
  (family) => decode(spoilBytes(pick(entries[family]), family), family),
];

const start = Date.now();
let slowest = 0;
let refused = 0;
for (let i = 0; i < inputs; i++) {
  const before = state;
  const family = pick(families);
  const kind = i % kinds.length;
  const began = performance.now();
  try {
    kinds[kind]!(family);
  } catch (error) {
    if (!(error instanceof IptcError)) {
      console.error(`Input ${i} (--seed ${before} --inputs 1, kind ${kind}, ${family}):`, error);
      process.exit(1);
    }
    refused++;
  }
  const took = performance.now() - began;
  if (took > slowest) {
    slowest = took;
    if (took > 1000) {
      console.error(`Input ${i} (state ${before}, kind ${kind}, ${family}) took ${Math.round(took)} ms`);
      process.exit(1);
    }
  }
  if (i % 1_000_000 === 999_999)
    console.log(
      `${i + 1} inputs, ${refused} refused, slowest ${slowest.toFixed(1)} ms, ${Math.round(process.memoryUsage().heapUsed / 1e6)} MB`,
    );
}
console.log(
  `${inputs} inputs, ${refused} refused, none crashed; slowest ${slowest.toFixed(1)} ms; ${Math.round((Date.now() - start) / 1000)} s`,
);
