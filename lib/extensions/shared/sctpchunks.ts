/** The types of SCTP chunks, and the two words of `--chunk-types`. */
import { fact, type Test, unknown } from '../../codec/meaning';
import { type Operand, operand } from '../../codec/operand';
import type { Member, Place } from '../../codec/struct';
import { alternatives, Mismatch } from '../../errors';

// biome-ignore format: a table
const numbers = {
  DATA: 0, INIT: 1, INIT_ACK: 2, SACK: 3, HEARTBEAT: 4, HEARTBEAT_ACK: 5, ABORT: 6, SHUTDOWN: 7, SHUTDOWN_ACK: 8,
  ERROR: 9, COOKIE_ECHO: 10, COOKIE_ACK: 11, ECN_ECNE: 12, ECN_CWR: 13, SHUTDOWN_COMPLETE: 14, I_DATA: 64,
  ASCONF_ACK: 128, RE_CONFIG: 130, PAD: 132, FORWARD_TSN: 192, ASCONF: 193, I_FORWARD_TSN: 194,
} as const;
export type Chunk = keyof typeof numbers;
const all = Object.keys(numbers) as Chunk[];
/** The letters of a type's flags, from bit 0. I_DATA has them too, but iptables puts them where the kernel doesn't look. */
const letters: Readonly<Partial<Record<Chunk, string>>> = { DATA: 'EBUI', ABORT: 'T', SHUTDOWN_COMPLETE: 'T' };

// <linux/netfilter/xt_sctp.h>
const SCTP_CHUNK_MATCH_ANY = 0x01;
const SCTP_CHUNK_MATCH_ALL = 0x02;
const SCTP_CHUNK_MATCH_ONLY = 0x04;

const modes = { any: SCTP_CHUNK_MATCH_ANY, all: SCTP_CHUNK_MATCH_ALL, only: SCTP_CHUNK_MATCH_ONLY } as const;
/** Types of SCTP's chunks, and whether any of them has to be there, all, or only these. */
export interface Chunks {
  readonly match: keyof typeof modes;
  /** `DATA`, or with flags that are set (`DATA:B`) or not (`DATA:b`). */
  readonly chunks: 'ALL' | 'NONE' | readonly (Chunk | `${Chunk}:${string}`)[];
}

/** A chunk's type with the flags that are looked at, and those of them that are set. */
interface Parsed {
  readonly number: number;
  readonly mask: number;
  readonly flag: number;
}
function parseChunk(text: string): Parsed {
  const [word, flags = ''] = text.split(':');
  const name = all.find((n) => n === word!.toUpperCase());
  if (name === undefined) throw new Mismatch(alternatives(all), text);
  let [mask, flag] = [0, 0];
  for (const letter of flags) {
    const bit = letters[name]?.indexOf(letter.toUpperCase()) ?? -1;
    if (bit < 0)
      throw new Mismatch(
        letters[name] ? `flags of ${name}, of the letters ${letters[name]}` : `${name} without flags`,
        text,
      );
    mask |= 1 << bit;
    if (letter === letter.toUpperCase()) flag |= 1 << bit;
  }
  return { number: numbers[name], mask, flag };
}
function formatChunk({ number, mask, flag }: Parsed): Chunk | `${Chunk}:${string}` {
  const name = all.find((n) => numbers[n] === number) ?? (`${number}` as Chunk);
  let text = '';
  for (let bit = 7; bit >= 0; bit--) {
    const letter = letters[name]?.[bit] ?? '-';
    if (mask & (1 << bit)) text += flag & (1 << bit) ? letter : letter.toLowerCase();
  }
  return text === '' ? name : `${name}:${text}`;
}

export interface ChunkPlaces {
  readonly map: Member<number[]>;
  readonly mode: Place<number>;
  readonly infos: readonly {
    readonly chunktype: Place<number>;
    readonly flag: Place<number>;
    readonly flag_mask: Place<number>;
  }[];
  readonly count: Place<number>;
}

function readChunks(s: ChunkPlaces, m: Parameters<Place<number>['read']>[0]): Chunks['chunks'] {
  const map = s.map.read(m);
  if (map.every((word) => word === 0)) return 'NONE';
  if (map.every((word) => word === 0xffffffff)) return 'ALL';
  const flagged = s.infos.slice(0, Math.max(0, s.count.read(m))).map((info): Parsed => {
    return { number: info.chunktype.read(m), mask: info.flag_mask.read(m), flag: info.flag.read(m) };
  });
  // In the order of their types; but those with flags are among themselves in the order in which the kernel has them.
  const queue = flagged.filter(({ number }) => (map[number >> 5]! >>> (number & 31)) & 1);
  return Array.from({ length: 256 }, (_, number) => number)
    .filter((number) => (map[number >> 5]! >>> (number & 31)) & 1)
    .map((number) =>
      formatChunk(flagged.some((f) => f.number === number) ? queue.shift()! : { number, mask: 0, flag: 0 }),
    );
}

/** `--chunk-types any DATA:B,INIT` */
export const chunkTypes = (s: ChunkPlaces): Operand<Chunks> => ({
  ...operand<Chunks>(
    'all|any|only chunk[:flags][,...]',
    "{ match: 'all' | 'any' | 'only', chunks: 'ALL' | 'NONE' | string[] }",
    {
      read(m) {
        const mode = s.mode.read(m);
        const match = (Object.keys(modes) as Chunks['match'][]).find((name) => modes[name] === mode);
        return { match: match ?? (`${mode}` as Chunks['match']), chunks: readChunks(s, m) };
      },
      write(m, value) {
        if (typeof value?.match !== 'string' || !Object.hasOwn(modes, value.match))
          throw new Mismatch('{ match, chunks } with match all, any or only', value);
        s.mode.write(m, modes[value.match]);
        const { chunks } = value;
        if (chunks === 'ALL' || chunks === 'NONE')
          return s.map.write(m, new Array<number>(64).fill(chunks === 'ALL' ? 0xffffffff : 0));
        if (!Array.isArray(chunks) || chunks.length === 0)
          throw new Mismatch("a list of chunk types, 'ALL' or 'NONE'", chunks);
        const map = new Array<number>(64).fill(0);
        const infos = new Map<number, Parsed>();
        for (const { number, mask, flag } of (chunks as readonly string[]).map(parseChunk)) {
          map[number >> 5] = (map[number >> 5]! | (1 << (number & 31))) >>> 0;
          const before = infos.get(number) ?? { mask: 0, flag: 0 };
          if (mask) infos.set(number, { number, mask: before.mask | mask, flag: before.flag | flag });
        }
        if (infos.size > s.infos.length) throw new Mismatch(`flags for at most ${s.infos.length} chunk types`, chunks);
        s.map.write(m, map);
        for (const [i, info] of [...infos.values()].entries()) {
          s.infos[i]!.chunktype.write(m, info.number);
          s.infos[i]!.flag.write(m, info.flag);
          s.infos[i]!.flag_mask.write(m, info.mask);
        }
        s.count.write(m, infos.size);
      },
    },
    (value) => formatChunks(value),
    () => undefined as never,
  ),
  words: 2,
  parse: ([match, chunks]) => ({
    match: match!.toLowerCase() as Chunks['match'],
    chunks: /^(all|none)$/i.test(chunks!)
      ? (chunks!.toUpperCase() as 'ALL' | 'NONE')
      : chunks!
          .split(',')
          .filter(Boolean)
          .map((word) => formatChunk(parseChunk(word))),
  }),
});

/** Whether all or any of these are among a packet's chunks, or only these; what flags they have isn't known. */
export function chunksMatch({ match, chunks }: Chunks): Test {
  const any = chunks === 'ALL';
  const wanted: readonly string[] = chunks === 'NONE' ? [] : any ? all : chunks;
  if (!any && wanted.some((name) => name.includes(':'))) return unknown('the flags of its chunks');
  return fact('chunkTypes', (there) => {
    if (match === 'all') return wanted.every((name) => there.includes(name));
    const found = there.map((name) => any || wanted.includes(name));
    return match === 'any' ? found.includes(true) : !found.includes(false);
  });
}

/** `any DATA:B,INIT`, in the order of the types; `any 0x0000:B,0x0001` if numeric. */
export function formatChunks({ match, chunks }: Chunks, numeric = false): string {
  if (typeof chunks === 'string') return `${match} ${chunks}`;
  const number = (text: string) => numbers[text.split(':')[0] as Chunk] ?? Number.parseInt(text, 10);
  const word = (text: string) =>
    numeric ? text.replace(/^[^:]+/, `0x${number(text).toString(16).toUpperCase().padStart(4, '0')}`) : text;
  return `${match} ${[...chunks]
    .sort((a, b) => number(a) - number(b))
    .map(word)
    .join()}`;
}
