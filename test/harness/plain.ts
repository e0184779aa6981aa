/** A rule's text and its bytes the plain way: what printing and reading by templates is compared with. */
import type { Kernel } from '../../lib/codec/kernel';
import type { Memory } from '../../lib/codec/struct';
import { parseCommand } from '../../lib/command/parse';
import { formatIpv4, formatIpv6, prefixLength } from '../../lib/net/address';
import { iptablesProtocol } from '../../lib/net/databases';
import { bareWord, decodeText } from '../../lib/net/text';
import { EntryCodec } from '../../lib/rule/entry';
import { IFNAMSIZ, INV } from '../../lib/rule/layout';
import type { Counters } from '../../lib/rule/rule';
import { EntryView } from '../../lib/rule/view';
import { splitWords } from '../../lib/text/words';

const UNPRINTABLE = ' [unprintable]';

/** What stands behind `-A CHAIN`, with a space before it, as who has seen no other rule says it. */
export function plainText(kernel: Kernel, m: Memory, at: number): string {
  const codec = new EntryCodec(kernel);
  const view = new EntryView(codec.shape).on(m, at);
  const { jump, target, invflags, protocol } = view;
  const not = (bit: number) => ((invflags & bit) !== 0 ? ' !' : '');
  const options = [
    network(codec, m.bytes, view.src, view.smsk, ' -s ', not(INV.SRCIP)),
    network(codec, m.bytes, view.dst, view.dmsk, ' -d ', not(INV.DSTIP)),
    interfaceName(m.bytes, view.iniface, view.inifaceMask, ' -i ', not(INV.VIA_IN)),
    interfaceName(m.bytes, view.outiface, view.outifaceMask, ' -o ', not(INV.VIA_OUT)),
    protocol === 0 ? '' : `${not(INV.PROTO)} -p ${iptablesProtocol(protocol) ?? protocol}`,
    view.isFragment ? `${not(INV.FRAG)} -f` : '',
  ];
  const element = (kind: 'match' | 'target', i: number) => {
    const { known, settings, name, faithful } = codec.decodeElement(kind, m, i);
    const before = ` -${kind === 'match' ? 'm' : 'j'} ${bareWord(name)}`;
    return known
      ? `${before}${faithful ? '' : UNPRINTABLE}${known.extension.print(settings, known.revision, { kernel: codec.kernel, protocol })}`
      : `${before} [unsupported revision]`;
  };
  const matches: string[] = [];
  for (let i = view.matches; i < target; i = view.behind(i)) matches.push(element('match', i));
  const goal =
    jump === undefined
      ? element('target', target)
      : jump === ''
        ? ''
        : ` -${view.isGoto ? 'g' : 'j'} ${bareWord(jump)}`;
  return `${codec.isSaid(view) ? '' : UNPRINTABLE}${options.join('')}${matches.join('')}${goal}`;
}

function network({ shape }: EntryCodec, b: Uint8Array, at: number, maskAt: number, option: string, not: string) {
  const format = shape.address === 4 ? formatIpv4 : formatIpv6;
  const bits = prefixLength(b, maskAt, shape.address);
  const anywhere = shape.address === 16 || b.subarray(at, at + 4).every((byte) => byte === 0);
  if (bits === 0 && not === '' && anywhere) return '';
  return `${not}${option}${format(b, at)}/${bits < 0 ? format(b, maskAt) : bits}`;
}

function interfaceName(b: Uint8Array, at: number, maskAt: number, option: string, not: string) {
  if (b[maskAt] === 0) return not === '' ? '' : `${not}${option}+`; // ! of any interface: it never matches
  let compared = 0;
  while (compared < IFNAMSIZ && b[maskAt + compared] !== 0) compared++;
  const beginning = compared < IFNAMSIZ && b[at + compared - 1] !== 0;
  return `${not}${option}${bareWord(`${decodeText(b, at, at + compared)}${beginning ? '+' : ''}`)}`;
}

/** What an encoder makes of a file's line, `-A CHAIN …`; another command as the parser has it. */
export function plainEntry(codec: EntryCodec, line: string, table: string, counters?: Counters) {
  const { words, columns } = splitWords(line);
  const command = parseCommand(words, columns, { family: codec.kernel.family, restore: table });
  if (typeof command === 'symbol' || 'answer' in command) return command;
  const [rule] = command.rules;
  if (command.letters.join() !== 'A' || command.rules.length !== 1) return command;
  const chain = command.chain!;
  const entry = codec.encode(counters ? { ...rule!, counters } : rule!, { table, chain });
  return { chain, bytes: Buffer.from(entry).toString('hex') };
}
