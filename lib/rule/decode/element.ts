/** The bytes of a match or of an extension target -> its settings. */
import type { AnyExtension, Options, Revision } from '../../codec/extension';
import type { Kernel } from '../../codec/kernel';
import { LITTLE, Memory } from '../../codec/struct';
import { registry } from '../../extensions/registry';
import { toHex } from '../../net/number';
import { decodeText } from '../../net/text';
import { ELEMENT_HEADER, NAME_AT, NAME_SIZE, REVISION_AT } from '../layout';
import type { Opaque } from '../rule';
import { AlikeElements } from './alike';
import { sameWords } from './words';

/** How much is remembered of names and elements that repeat. */
const CACHED = 4096;

/** An element of an entry, decoded. */
export interface DecodedElement {
  readonly name: string;
  readonly kernelName: string;
  readonly revision: number;
  readonly known: { readonly extension: AnyExtension; readonly revision: Revision<Options> } | undefined;
  readonly settings: Record<string, unknown>;
  /** Whether its settings would be written as the same bytes. */
  readonly faithful: boolean;
  /** As it stands in a rule: opaque, if it isn't faithful. Rules share it. */
  readonly element: object;
}

/** What elements that are alike have in common: they lose nothing, and differ in the values of some options. */
interface Alike extends Pick<DecodedElement, 'name' | 'kernelName' | 'revision'> {
  readonly known: NonNullable<DecodedElement['known']>;
  readonly said: readonly { readonly key: string; readonly value: unknown; read(m: Memory): unknown }[];
}

/** An element, kept. */
interface SeenElement {
  readonly kind: 'match' | 'target';
  readonly hash: number;
  readonly words: Int32Array;
  readonly decoded: DecodedElement;
}

export class ElementDecoder {
  private readonly proof = new Uint8Array(8192);
  private readonly proofMemory: Memory;
  /** Elements seen, at a place that follows from their bytes; many rules share theirs. */
  private readonly seen: (SeenElement | undefined)[] = new Array(CACHED).fill(undefined);
  /** What was at each place last: an element is kept when it comes for the second time, since many never do. */
  private readonly hashes = new Int32Array(CACHED);
  private readonly alike: AlikeElements<Alike>;
  private readonly names = { match: new Map<string, string>(), target: new Map<string, string>() };

  constructor(kernel: Kernel) {
    this.proofMemory = new Memory(this.proof, 0, kernel);
    const recognise = (of: 'match' | 'target', m: Memory, at: number) =>
      registry[of].recognise(this.nameOf(of, m, at), m.bytes[at + REVISION_AT]!, m);
    this.alike = new AlikeElements(
      (of, m, at) => recognise(of, m, at)?.revision,
      (of, m, at, _, revision) => {
        if (!revision || revision.holes.length === 0) return undefined;
        const decoded = this.decodeNew(of, m, at, m.view.getUint16(at, LITTLE));
        const { known, settings, faithful, name, kernelName } = decoded;
        if (!faithful || known?.revision !== revision || known.extension.definition.volatile) return undefined;
        const said = revision.entries.filter(({ key }) => settings[key] !== undefined);
        return {
          value: {
            name,
            kernelName,
            revision: revision.number,
            known,
            said: said.map(({ key, option }) => ({
              key,
              value: option.hole ? undefined : settings[key],
              read: option.read,
            })),
          },
          said: said.flatMap(({ option: { hole } }) => hole ?? []),
        };
      },
    );
  }

  /** A match or an extension target, from its bytes. */
  decode(kind: 'match' | 'target', m: Memory, at: number): DecodedElement {
    const size = m.view.getUint16(at, LITTLE);
    const { words } = m;
    if (!words || ((at | size) & 3) !== 0) return this.decodeNew(kind, m, at, size);
    const [from, to] = [at >> 2, (at + size) >> 2];
    let hash = kind === 'match' ? 1 : 2;
    for (let i = from; i < to; i++) hash = Math.imul(hash, 0x01000193) ^ words[i]!;
    const place = (hash ^ (hash >>> 12) ^ (hash >>> 24)) & (CACHED - 1);
    const seen = this.seen[place];
    if (seen && seen.hash === hash && seen.kind === kind && sameWords(seen.words, words, from, to)) return seen.decoded;
    const alike = this.alike.find(kind, m, at, size, 0);
    const decoded = alike ? decodedAs(alike, m, at) : this.decodeNew(kind, m, at, size);
    if (decoded.known?.extension.definition.volatile) return decoded;
    if (this.hashes[place] === hash) this.seen[place] = { kind, hash, words: words.slice(from, to), decoded };
    else this.hashes[place] = hash;
    return decoded;
  }

  private decodeNew(kind: 'match' | 'target', m: Memory, at: number, size: number): DecodedElement {
    const kernelName = this.nameOf(kind, m, at);
    const number = m.bytes[at + REVISION_AT]!;
    const before = m.at;
    m.at = at + ELEMENT_HEADER;
    try {
      const known = registry[kind].recognise(kernelName, number, m);
      // More bytes than the kernel's struct has would be somebody else's.
      if (!known || known.revision.size > size - ELEMENT_HEADER)
        return {
          name: kernelName,
          kernelName,
          revision: number,
          known: undefined,
          settings: {},
          faithful: false,
          element: { [kernelName]: this.opaque(m, at) },
        };
      const { revision, extension } = known;
      const settings = revision.decode(m);
      const faithful = revision.size === size - ELEMENT_HEADER && this.faithful(m, revision, settings);
      const element = faithful ? { [extension.name]: settings } : { [kernelName]: this.opaque(m, at) };
      return {
        name: extension.name,
        kernelName,
        revision: number,
        known,
        settings,
        faithful,
        element: frozen(element),
      };
    } finally {
      m.at = before;
    }
  }

  private nameOf(kind: 'match' | 'target', m: Memory, at: number): string {
    const raw = m.buffer.latin1Slice(at + NAME_AT, at + REVISION_AT);
    let name = this.names[kind].get(raw);
    if (name === undefined) {
      name = decodeText(m.bytes, at + NAME_AT, at + NAME_AT + NAME_SIZE);
      if (this.names[kind].size < CACHED) this.names[kind].set(raw, name);
    }
    return name;
  }

  private opaque(m: Memory, at: number): Opaque {
    const size = m.view.getUint16(at, LITTLE);
    return { revision: m.bytes[at + REVISION_AT]!, data: toHex(m.bytes.subarray(at + ELEMENT_HEADER, at + size)) };
  }

  /** Whether settings give back the bytes that they were read from. */
  private faithful(m: Memory, revision: Revision<Options>, settings: Record<string, unknown>): boolean {
    const { proof, proofMemory } = this;
    if (revision.size > proof.length) return false;
    try {
      proofMemory.at = 0;
      revision.encode(settings, proofMemory);
    } catch {
      return false;
    }
    const { bytes, words, at } = m;
    const { saidSize: said } = revision;
    const proven = proofMemory.words!;
    let i = 0;
    if (words && at % 4 === 0) for (; i + 4 <= said; i += 4) if (proven[i >> 2] !== words[(at + i) >> 2]) return false;
    for (; i < said; i++) if (proof[i] !== bytes[at + i]) return false;
    return true;
  }
}

/** One that is like others: only its holes are read. */
function decodedAs({ name, kernelName, revision, known, said }: Alike, m: Memory, at: number): DecodedElement {
  const before = m.at;
  m.at = at + ELEMENT_HEADER;
  const settings: Record<string, unknown> = {};
  for (const { key, value, read } of said) settings[key] = value === undefined ? read(m) : value;
  m.at = before;
  const element = frozen({ [name]: settings });
  return { name, kernelName, revision, known, settings, faithful: true, element };
}

/** Equal rules share it. */
function frozen<T extends object>(value: T): T {
  for (const key in value) {
    const part: unknown = value[key];
    if (typeof part === 'object' && part !== null) frozen(part);
  }
  return Object.freeze(value);
}
