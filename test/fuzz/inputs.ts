/** What nobody would write: junk, and what is valid but for a few places. */
import { formatRule, IptcError, type Rule } from '../../lib';
import type { Family } from '../../lib/codec/extension';
import { anyKernel } from '../../lib/codec/kernel';
import { LITTLE } from '../../lib/codec/struct';
import { COMMAND_OPTIONS } from '../../lib/command/options';
import { registry } from '../../lib/extensions/registry';
import { EntryCodec } from '../../lib/rule/entry';
import type { Random } from './random';

export const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
export const codecs: Readonly<Record<Family, EntryCodec>> = {
  ipv4: new EntryCodec(anyKernel('ipv4')),
  ipv6: new EntryCodec(anyKernel('ipv6')),
};

export const JUNK = [
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
  '\r',
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

/** A rule that is taken, and where. */
export interface Example {
  readonly line: string;
  readonly entry: Uint8Array;
  readonly table: string;
  readonly chain: string;
}
const words: Record<Family, string[]> = { ipv4: [], ipv6: [] };
export const examples: Record<Family, Example[]> = { ipv4: [], ipv6: [] };
const HEADS: Record<Family, readonly string[]> = {
  ipv4: ['-s 10.0.0.0/8 -i eth+', '! -d 192.0.2.1/32', '-i lo', '-s 10.0.0.1/32 ! -o eth0 -f'],
  ipv6: ['-s fd00::/8 -i eth+', '! -d 2001:db8::1/128', '-i lo', '-s fd00::1/128 ! -o eth0'],
};
for (const family of FAMILIES)
  for (const kind of ['match', 'target'] as const)
    for (const name of registry[kind].names(family)) {
      const extension = registry[kind].find(family, name)!;
      words[family].push(`-${kind === 'match' ? 'm' : 'j'} ${name}`);
      for (const word of extension.words.keys()) words[family].push(`--${word}`);
      const { example, where } = extension.definition;
      if (!example) continue;
      const element = { [name]: example };
      const rule = {
        ...(where?.protocols ? { protocol: where.protocols[0]! } : {}),
        ...(kind === 'match' ? { match: [element], target: 'ACCEPT' } : { target: element }),
      } as Rule;
      try {
        examples[family].push({
          line: formatRule(rule, { family }),
          entry: codecs[family].encode(rule).slice(),
          table: where?.tables?.[0] ?? 'filter',
          chain: where?.hooks?.[0] ?? 'FORWARD',
        });
      } catch (error) {
        if (!(error instanceof IptcError)) throw error;
      }
    }

/** Words of which some belong together. */
export const someWords = (r: Random, family: Family): string[] =>
  r.some(1, 9, () => {
    switch (r.below(6)) {
      case 0:
        return r.pick(JUNK);
      case 1:
        return r.pick(OPTIONS);
      case 2:
        return String(r.below(70_000));
      case 3:
        return `${r.pick(words[family])}=${r.pick(JUNK)}`;
      default:
        return r.pick(words[family]);
    }
  });

/** A rule's line with something before its matches more often than not; valid where that is. */
export const exampleLine = (r: Random, family: Family): string =>
  `${r.below(2) ? `${r.pick(HEADS[family])} ` : ''}${r.pick(examples[family]).line}`;

/** The same but for one to three places. */
export function spoil(r: Random, line: string): string {
  let text = line;
  for (let n = 1 + r.below(3); n > 0; n--) {
    const at = r.below(text.length + 1);
    const cut = r.below(4);
    // Now and then far too much of it.
    const times = r.below(500) ? 1 : r.below(5000);
    text = text.slice(0, at) + (r.below(2) ? r.pick(JUNK).repeat(times) : '') + text.slice(at + cut);
  }
  return text;
}

/** Sizes and offsets stay: the backend never hands out an entry whose own are wrong. */
export function spoilBytes(r: Random, bytes: Uint8Array, family: Family): Uint8Array {
  const spoiled = bytes.slice();
  const { size, targetOffset } = codecs[family].shape;
  for (let n = 1 + r.below(8); n > 0; n--) {
    const at = r.below(spoiled.length);
    if ((at >= targetOffset && at < targetOffset + 4) || inSizes(spoiled, size, at)) continue;
    spoiled[at] = r.below(3) ? r.below(256) : r.pick([0, 0xff, 0x7f, 0x80]);
  }
  return spoiled;
}
function inSizes(bytes: Uint8Array, from: number, at: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let i = from; i < bytes.length; i += Math.max(8, view.getUint16(i, LITTLE)))
    if (at === i || at === i + 1) return true;
  return false;
}

/** A save file with some of what occurs in them and what shouldn't. */
export function saveFile(r: Random, family: Family): Uint8Array {
  const newline = () => (r.below(8) ? '\n' : r.pick(['\r\n', '\n\n', '\r\r\n', ' \n', '\0\n']));
  let text = '';
  for (let tables = r.below(3); tables >= 0; tables--) {
    const { table, chain } = r.pick(examples[family]);
    text += `*${table}${newline()}:${chain} ACCEPT [1:2]${newline()}`;
    for (let rules = r.below(4); rules > 0; rules--) {
      const line = exampleLine(r, family);
      const rule = r.below(4) ? line : spoil(r, line);
      text += `${r.pick(['', '', '[3:4] ', '# ', '\t', ':'])}-A ${chain} ${rule}${newline()}`;
    }
    text += r.below(8) ? `COMMIT${newline()}` : '';
  }
  const bytes = Buffer.from(text, 'utf8');
  // TextEncoder has no way to write a byte that begins nothing.
  for (let n = r.below(3); n > 0; n--) bytes[r.below(bytes.length)] = r.pick([0x80, 0xff, 0xc3, 0xe2, 0xf0, 0, 13]);
  return bytes.subarray(0, bytes.length - r.below(2));
}
