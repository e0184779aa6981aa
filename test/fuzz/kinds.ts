/** What is done with the inputs. Anything but an IptcError that comes out is a defect. */
import { formatRule, formatRuleset, IptcError, parseRule, parseRuleset } from '../../lib';
import type { Family } from '../../lib/codec/extension';
import { LITTLE, Memory } from '../../lib/codec/struct';
import { parseCommand } from '../../lib/command/parse';
import { LineSource, type Pieces } from '../../lib/file/lines';
import { QuickEncoder } from '../../lib/file/quick';
import { decodeAll } from '../../lib/net/text';
import { RuleLister } from '../../lib/text/list';
import { RulePrinter } from '../../lib/text/print';
import { splitWords } from '../../lib/text/words';
import { plainEntry, plainText } from '../harness/plain';
import { lossy } from '../oracle/known';
import { codecs, exampleLine, examples, JUNK, saveFile, someWords, spoil, spoilBytes } from './inputs';
import { nftRule } from './nft';
import type { Random } from './random';

const printers = { ipv4: new RulePrinter(codecs.ipv4), ipv6: new RulePrinter(codecs.ipv6) };
const format = { numeric: true, verbose: true, exact: true, lineNumbers: true };
const listers = {
  ipv4: new RuleLister(codecs.ipv4, format),
  ipv6: new RuleLister(codecs.ipv6, { ...format, numeric: false }),
};

const json = (value: unknown) => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v));
function same(what: string, a: unknown, b: unknown): void {
  const [one, other] = [json(a), json(b)];
  if (one !== other) throw new Error(`${what}:\n${one}\n${other}`);
}
/** What comes out, or what is said instead. */
function outcome<T>(act: () => T): T | { readonly failed: unknown } {
  try {
    return act();
  } catch (error) {
    return failed(error);
  }
}
function failed(error: unknown): { readonly failed: unknown } {
  if (!(error instanceof IptcError)) throw error;
  const { code, message, line, column } = error;
  return { failed: { code, message, line, column } };
}

/** A rule's text says what the rule was read as. */
function text(line: string, family: Family): void {
  const { counters, ...rule } = parseRule(line, { family });
  const names = [rule.inInterface, rule.outInterface, rule.target, (rule.target as { goto?: unknown })?.goto];
  if (lossy({ rule }) || names.some(unclear)) return;
  const printed = formatRule(rule, { family });
  same(`${line}\nis printed as\n${printed}\nand read again as another rule`, parseRule(printed, { family }), rule);
}

/** Names that iptables-save doesn't print, or doesn't quote where it should. */
function unclear(name: unknown): boolean {
  const text = (name as { not?: unknown })?.not ?? name;
  return typeof text === 'string' && (text === '+' || /[ "]/.test(text));
}

function decode(bytes: Uint8Array, family: Family): void {
  const codec = codecs[family];
  const memory = new Memory(bytes, 0, codec.kernel);
  const rule = codec.decode(memory, 0);
  printers[family].print(memory, 0);
  listers[family].list(memory, 0, 1);
  // What was read is written again as the same bytes, or at least as a rule that reads the same.
  const again = codec.encode(rule).slice();
  const twice = codec.decode(new Memory(again, 0, codec.kernel), 0);
  // The newest revision may say more than an older one did.
  if (revisions(again, family) === revisions(bytes, family)) same('Decoding is not stable', twice, rule);
  else
    same('Decoding does not settle', codec.decode(new Memory(codec.encode(twice).slice(), 0, codec.kernel), 0), twice);
}
function revisions(bytes: Uint8Array, family: Family): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let found = '';
  for (let at = codecs[family].shape.size; at < bytes.length; at += view.getUint16(at, LITTLE))
    found += ` ${bytes[at + 31]}`;
  return found;
}

/** Rules that are like others but for a few bytes are printed by templates as each by itself the plain way. */
function printTogether(r: Random, family: Family): void {
  const codec = codecs[family];
  const base = r.pick(examples[family]).entry;
  const other = r.pick(examples[family]).entry;
  const entries = r.some(2, 5, () => (r.below(3) ? spoilBytes(r, base, family) : r.pick([base, other])));
  const memory = new Memory(Uint8Array.from(Buffer.concat(entries)), 0, codec.kernel);
  for (let at = 0; at < memory.bytes.length; at += memory.view.getUint16(at + codec.shape.nextOffset, LITTLE))
    same(
      'Rules are printed together as something else',
      printers[family].print(memory, at),
      plainText(codec.kernel, memory, at),
    );
}

/** An entry that is made in the quick way is the one that is made in the thorough way. */
function encode(r: Random, family: Family): void {
  const codec = codecs[family];
  const quick = new QuickEncoder(codec);
  const { table, chain } = r.pick(examples[family]);
  const pool = r.some(1, 2, () => {
    const line = `-A ${r.below(2) ? chain : 'c'} ${exampleLine(r, family)}`;
    return r.below(3) === 0 ? spoil(r, line) : line;
  });
  // The second time it is read by what was learnt from the first.
  for (const one of r.some(2, 6, () => r.pick(pool))) {
    const line = r.below(2) ? vary(r, one) : one;
    const counters = r.below(2) ? { packets: BigInt(r.below(1 << 30)), bytes: 18446744073709551615n } : undefined;
    const entry = quick.encode(line, 0, table, counters);
    if (!entry) continue;
    const bytes = Buffer.from(entry).toString('hex');
    same(`Encoded in two ways: ${line}`, { chain: quick.chain, bytes }, plainEntry(codec, line, table, counters));
  }
}
/** The same line with other values. */
const vary = (r: Random, line: string): string =>
  line.replace(/[0-9a-f]+|"[^"]*"/g, (value) => {
    if (r.below(2)) return value;
    if (value.startsWith('"')) return `"${r.some(0, 3, () => r.pick(JUNK)).join(' ')}"`;
    return r.pick([String(r.below(300)), String(r.below(70_000)), r.below(1 << 30).toString(16), '0', '00', '0x1']);
  });

/** A file in pieces is the same file. */
async function pieces(r: Random, family: Family): Promise<void> {
  const file = saveFile(r, family);
  const expected = linesOf(file);
  const size = r.below(2) ? 8 : file.length;
  const cuts = r.some(0, 60, () => 1 + r.below(size));
  same('Lines of a file', await read(file), expected);
  same('Lines of a file in pieces', await read(inPieces(file, cuts)), expected);
  const whole = outcome(() => parseRuleset(file, { family }));
  const cut = await parseRuleset(inPieces(file, cuts), { family }).catch(failed);
  same('A file and its pieces', cut, whole);
  const parts = inPieces(file, cuts);
  same(
    'A file and its text',
    outcome(() => parseRuleset(decodeAll(file), { family })),
    whole,
  );
  await parts.return(undefined);
}
/** All in the same memory, as a reader of files does it. */
async function* inPieces(file: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array, void> {
  const memory = new Uint8Array(file.length);
  let at = 0;
  for (const size of [...cuts, file.length]) {
    const piece = file.subarray(at, at + size);
    memory.set(piece);
    yield memory.subarray(0, piece.length);
    memory.fill(0x2a);
    at += size;
    if (at >= file.length) return;
  }
}
async function read(input: Pieces): Promise<string[]> {
  const source = new LineSource(input);
  const lines: string[] = [];
  const take = () => {
    for (let line = source.next(); line !== undefined; line = source.next()) lines.push(line);
  };
  do take();
  while (await source.more());
  return lines;
}
/** The same in one go. */
function linesOf(file: Uint8Array): string[] {
  const lines: string[] = [];
  let returns = false;
  for (let at = 0; at < file.length; ) {
    let end = file.indexOf(10, at);
    if (end < 0) end = file.length;
    const bytes = file.subarray(at, end);
    const line = decodeAll(bytes);
    if (lines.length === 0) returns = line.endsWith('\r');
    lines.push(returns ? line.replace(/\r$/, '') : line);
    at = end + 1;
  }
  return lines;
}

export const kinds: Readonly<Record<string, (r: Random, family: Family) => unknown>> = {
  words: (r, family) => text(someWords(r, family).join(' '), family),
  'a rule': (r, family) => {
    const line = exampleLine(r, family);
    text(r.below(4) ? spoil(r, line) : line, family);
  },
  'a command': (r, family) => parseCommand(someWords(r, family), [], { family }),
  'a spoiled file': (r, family) => {
    const lines = spoil(r, `-A INPUT ${exampleLine(r, family)}\n:c - [0:0]`);
    formatRuleset(parseRuleset(`*filter\n${lines}\nCOMMIT\n`, { family }));
  },
  'a line': (r) => splitWords(r.some(0, 11, () => r.pick(JUNK)).join('')),
  'a spoiled entry': (r, family) => decode(spoilBytes(r, r.pick(examples[family]).entry, family), family),
  'entries in a row': printTogether,
  'a rule in two ways': encode,
  'a file in pieces': pieces,
  'a rule of nf_tables': nftRule,
};
