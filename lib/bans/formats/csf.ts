/**
 * ConfigServer Firewall's csf.deny, csf.allow and csf.ignore: addresses, `tcp|in|d=22|s=192.0.2.1`, `Include FILE`, and
 * comments, which are the reasons. It denies an address in both directions.
 */
import { IptcError } from '../../errors';
import type { Direction, Ports, Protocol } from '../ban';
import { portText } from '../ban';
import { addressIn, badLine, commented, type Format, type Listed, numbered, oneLine, type Reading } from './format';

/** Files that include each other, and all that are included: few of them can be many ways to the same. */
const [DEPTH, MOST_FILES] = [8, 1000];

async function* read(
  text: string,
  reading: Reading,
  file?: string,
  depth = 0,
  count = { files: 0 },
): AsyncGenerator<Listed> {
  for (const [whole, line] of numbered(text)) {
    const [words, reason] = commented(whole, /#/);
    if (words === '') continue;
    const included = /^Include\s+(.+)$/i.exec(words)?.[1];
    if (included !== undefined) {
      if (depth === DEPTH) throw badLine(`no more than ${DEPTH} files that include each other`, included, line, file);
      if (++count.files > MOST_FILES) throw badLine(`no more than ${MOST_FILES} files`, included, line, file);
      let inner: string;
      try {
        inner = await reading.include(included);
      } catch (error) {
        throw error instanceof IptcError ? error.within({ line, file }) : error;
      }
      yield* read(inner, reading, included, depth + 1, count);
      continue;
    }
    const beside = { ...(reason !== undefined && { reason }), line, ...(file !== undefined && { file }) };
    if (!/[|=]/.test(words)) {
      const address = addressIn(words, line, file);
      yield { what: reading.as, address, ...(reading.as === 'ban' && { direction: 'both' }), ...beside };
      continue;
    }
    const rule = advanced(words, reading, line, file);
    if (rule) yield { what: reading.as, ...rule, ...beside };
  }
}

interface Advanced {
  readonly address: string;
  readonly ports: readonly Ports[];
  readonly protocol: Protocol;
  readonly direction?: Direction;
}

/** `tcp|in|d=22|s=192.0.2.1`: protocol and direction may be left out. */
function advanced(words: string, reading: Reading, line: number, file?: string): Advanced | undefined {
  const cannot = (what: string): undefined => {
    reading.skip(
      new IptcError('ERR_BAD_TEXT', `Cannot keep ${JSON.stringify(words)}: it is of ${what}`, {
        line,
        file,
        hint: 'Bans are of addresses, and of TCP and UDP ports that packets go to: pass it over (skip, --skip), and write a rule for it.',
      }),
    );
    return undefined;
  };
  const parts = words.split('|').map((part) => part.trim());
  let protocol = 'tcp';
  let direction = 'in';
  if (/^(tcp|udp|icmp)$/i.test(parts[0]!)) protocol = parts.shift()!.toLowerCase();
  if (/^(in|out)$/i.test(parts[0] ?? '')) direction = parts.shift()!.toLowerCase();
  const [ports = '', address = '', owner = '', ...more] = parts;
  const [, side, list] = /^([sd])=(.+)$/.exec(ports) ?? [];
  const [, end, word] = /^([sd])=(.+)$/.exec(address) ?? [];
  const form = 'a rule such as tcp|in|d=22|s=192.0.2.1';
  if (more.length > 0 || (owner !== '' && !/^[ug]=.+$/.test(owner))) throw badLine(form, words, line, file);
  if (owner !== '') return cannot('a user or a group');
  if (list === undefined || word === undefined) throw badLine(form, words, line, file);
  if (protocol === 'icmp') return cannot('an ICMP type');
  if (side !== 'd') return cannot('a source port');
  if (end !== (direction === 'in' ? 's' : 'd')) return cannot('an address of this machine');
  return {
    address: addressIn(word, line, file),
    ports: list.split(',').map((port) => portsOf(port.trim(), line, file)),
    protocol: protocol as Protocol,
    ...(reading.as === 'ban' && { direction: direction as Direction }),
  };
}

function portsOf(word: string, line: number, file?: string): Ports {
  const [, first, last = first] = /^(\d{1,5})(?:[_:](\d{1,5}))?$/.exec(word) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === undefined || from > to || to > 65535)
    throw badLine('a port, or a range of ports such as 2000_3000,', word, line, file);
  return last === first ? from : [from, to];
}

/** Comma-separated lists have 15 ports at most, and a range counts as two. */
const MOST = 15;
function* inPieces(ports: readonly Ports[]): Generator<string> {
  let piece: string[] = [];
  let size = 0;
  for (const port of ports) {
    const wide = typeof port === 'number' ? 1 : 2;
    if (size + wide > MOST) {
      yield piece.join();
      [piece, size] = [[], 0];
    }
    piece.push(portText(port, '_'));
    size += wide;
  }
  if (piece.length > 0) yield piece.join();
}

export const csf: Format = {
  is: (line) => /^Include\s/i.test(line) || /^[^#]*\|[sd]=/.test(line),
  read: (text, reading) => read(text, reading),
  *write({ bans }) {
    for (const { address, reason, ports, protocol, direction } of bans) {
      const comment = reason === undefined ? '' : ` # ${oneLine(reason)}`;
      if (!ports) yield address + comment;
      else
        for (const way of direction === 'both' ? ['in', 'out'] : [direction])
          for (const each of protocol ? [protocol] : ['tcp', 'udp'])
            for (const list of inPieces(ports))
              yield `${each}|${way}|d=${list}|${way === 'in' ? 's' : 'd'}=${address}${comment}`;
    }
  },
};
