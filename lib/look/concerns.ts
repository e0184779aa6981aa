/** Which addresses and ports a rule names, by its text, and what somebody looks for. Runs in pages, too. */
import { parseIpv4, parseIpv6 } from '../net/address';

/** From the first to the last, in hexadecimal, so that those of a family compare as texts do. */
export interface Span {
  readonly low: string;
  readonly high: string;
  /** Which bits count: not all between the two are meant, where those of a mask have gaps. */
  readonly mask?: string;
}
export interface Concerns {
  readonly addresses: readonly Span[];
  readonly ports: readonly (readonly [low: number, high: number])[];
  /** The sets that it asks, by their names. */
  readonly sets: readonly string[];
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const parse = (word: string): Uint8Array | undefined =>
  /^\d+(\.\d+){3}$/.test(word) ? parseIpv4(word) : word.includes(':') ? parseIpv6(word) : undefined;

/** An address in full; undefined if the word is none. */
export function addressOf(word: string): string | undefined {
  const bytes = parse(word);
  return bytes && hex(bytes);
}

/** `10.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.0.0.1-10.0.0.9`. */
export function spanOf(word: string): Span | undefined {
  const [, first = '', mask, last] = /^([^/-]+)(?:\/(.+)|-(.+))?$/.exec(word) ?? [];
  const low = parse(first);
  if (!low) return undefined;
  if (last !== undefined) {
    const high = parse(last);
    return high && high.length === low.length ? { low: hex(low), high: hex(high) } : undefined;
  }
  const ones = maskOf(mask, low.length);
  if (!ones) return undefined;
  return {
    low: hex(low.map((byte, i) => byte & ones[i]!)),
    high: hex(low.map((byte, i) => byte | (~ones[i]! & 255))),
    mask: hex(ones),
  };
}
function maskOf(mask: string | undefined, size: number): Uint8Array | undefined {
  const bits = mask === undefined ? size * 8 : /^\d{1,3}$/.test(mask) ? Number(mask) : undefined;
  if (bits === undefined) {
    const bytes = parse(mask!);
    return bytes?.length === size ? bytes : undefined;
  }
  if (bits > size * 8) return undefined;
  return Uint8Array.from({ length: size }, (_, i) => 0xff00 >> Math.min(8, Math.max(0, bits - 8 * i)));
}

const PORT_OPTIONS = /^--(?:s(?:ource-)?|d(?:estination-)?)?ports?$|^--to-ports$/;

/** What a rule names: its own addresses and those that it is translated to, as iptables-save prints them. */
export function concernsOf(text: string): Concerns {
  const addresses: Span[] = [];
  const ports: [number, number][] = [];
  const sets: string[] = [];
  const port = (word: string) => {
    const [, low, high] = /^(\d+)(?:[:-](\d*))?$/.exec(word) ?? [];
    if (low !== undefined) ports.push([Number(low), high === '' ? 65535 : Number(high ?? low)]);
  };
  let before = '';
  // What is in quotes is a comment, or a pattern.
  for (const word of text.replace(/"(?:[^"\\]|\\.)*"/g, '""').split(' ')) {
    if (before === '--match-set') sets.push(word);
    else if (PORT_OPTIONS.test(before)) for (const part of word.split(',')) port(part);
    else if (/^[\d[:a-f]/i.test(word)) {
      // Translated to an address and a port: `10.0.0.2:80`, `[fd00::2]:80`.
      const [, inside, four, to] = /^(?:\[([^\]]+)\]|(\d+\.[\d.-]+))(?::(\d+(?:-\d+)?))?$/.exec(word) ?? [];
      const span = spanOf(inside ?? four ?? word);
      if (span) addresses.push(span);
      if (span && to !== undefined) port(to);
    }
    before = word;
  }
  return { addresses, ports, sets };
}

function covers({ low, high, mask }: Span, address: string): boolean {
  if (low.length !== address.length || address < low || address > high) return false;
  if (mask === undefined) return true;
  const digit = (text: string, i: number) => Number.parseInt(text[i]!, 16);
  for (let i = 0; i < low.length; i++) if ((digit(address, i) & digit(mask, i)) !== digit(low, i)) return false;
  return true;
}

export interface Query {
  readonly words: readonly string[];
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
}

/** Words, addresses, and `:80` for a port; all of them have to be there. */
export function queryOf(text: string): Query {
  const [words, addresses, ports]: [string[], string[], number[]] = [[], [], []];
  for (const word of text.trim().toLowerCase().split(/\s+/).filter(Boolean)) {
    const address = addressOf(word);
    if (address !== undefined) addresses.push(address);
    else if (/^:\d{1,5}$/.test(word)) ports.push(Number(word.slice(1)));
    else words.push(word);
  }
  return { words, addresses, ports };
}

/** Sets by their names, and what is in them. */
export type SetSpans = ReadonlyMap<string, readonly Span[]>;
/** For each of a query's addresses the sets that have it. */
export const holdersOf = ({ addresses }: Query, sets: SetSpans): readonly ReadonlySet<string>[] =>
  addresses.map(
    (address) =>
      new Set([...sets].filter(([, spans]) => spans.some((span) => covers(span, address))).map(([name]) => name)),
  );

/** `where`: the text of a rule and the names around it, in lower case. `holders`: what holdersOf says of the query. */
export function isMeant(
  query: Query,
  where: string,
  concerns: () => Concerns,
  holders: readonly ReadonlySet<string>[] = [],
): boolean {
  for (const word of query.words) if (!where.includes(word)) return false;
  if (query.addresses.length + query.ports.length === 0) return true;
  const { addresses, ports, sets } = concerns();
  return (
    query.addresses.every(
      (address, i) =>
        addresses.some((span) => covers(span, address)) || sets.some((name) => holders[i]?.has(name) === true),
    ) && query.ports.every((port) => ports.some(([low, high]) => low <= port && port <= high))
  );
}
