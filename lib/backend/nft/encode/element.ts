/** Matches and targets of extensions: in expressions of nf_tables' own, or as they are in those of nft_compat. */
import { constants } from 'node:os';
import type { Block } from '../../../net/block';
import { LITTLE } from '../../../net/endian';
import { decodeText } from '../../../net/text';
import { ELEMENT_HEADER, NAME_AT, NAME_SIZE, REVISION_AT } from '../../../rule/layout';
import { NFTA_MATCH, NFTA_TARGET } from '../constants';
import { malformed, onlyLegacy } from '../refusal';
import type { Output } from './output';
import { expression, Template } from './template';

/** What iptables-nft says of an extension without nft_compat. */
export interface Native {
  readonly revision: number;
  /** Of its data. */
  readonly size: number;
  /** Says nothing and gives false if there are no words for the data. `protocol`: the rule's, 0 if it is negated. */
  put(output: Output, entries: Block, data: number, protocol: number): boolean;
}

/** How many different headers are remembered, at places that follow from their bytes. */
const REMEMBERED = 1024;
const HEADER_WORDS = ELEMENT_HEADER >> 2;

/** The header of an element, and what is made of such. */
interface Seen {
  readonly header: Int32Array;
  readonly native: Native | undefined;
  /** All but the data, which is last. */
  readonly template: Template;
}

export class ElementEncoder {
  private readonly seen: (Seen | undefined)[] = new Array(REMEMBERED).fill(undefined);

  constructor(
    private readonly kind: 'match' | 'target',
    private readonly natives: ReadonlyMap<string, Native>,
  ) {}

  put(output: Output, entries: Block, at: number, protocol: number): void {
    const { native, template } = this.find(entries, at);
    const data = at + ELEMENT_HEADER;
    if (native?.put(output, entries, data, protocol)) return;
    output.put(template);
    output.putData(entries, data, entries.view.getUint16(at, LITTLE) - ELEMENT_HEADER);
  }

  private find(entries: Block, at: number): Seen {
    const { words } = entries;
    const from = at >> 2;
    let hash = 0;
    for (let i = 0; i < HEADER_WORDS; i++) hash = Math.imul(hash, 0x01000193) ^ words[from + i]!;
    const place = (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (REMEMBERED - 1);
    let seen = this.seen[place];
    if (seen === undefined || !isSame(seen.header, words, from)) {
      seen = this.make(entries, at);
      this.seen[place] = seen;
    }
    return seen;
  }

  private make({ bytes, view, words }: Block, at: number): Seen {
    const { kind } = this;
    const size = view.getUint16(at, LITTLE) - ELEMENT_HEADER;
    const revision = bytes[at + REVISION_AT]!;
    const nameAt = at + NAME_AT;
    const end = bytes.indexOf(0, nameAt);
    if (end <= nameAt || end >= nameAt + NAME_SIZE) throw malformed();
    const name = decodeText(bytes, nameAt, end);
    // Its own check in the kernel refuses nft_compat.
    if (kind === 'target' && name === 'CLUSTERIP')
      throw onlyLegacy(constants.errno.EOPNOTSUPP, 'nf_tables has no CLUSTERIP', kind);
    const native = this.natives.get(name);
    const types = kind === 'match' ? NFTA_MATCH : NFTA_TARGET;
    return {
      header: words.slice(at >> 2, (at >> 2) + HEADER_WORDS),
      native: native?.revision === revision && native.size === size ? native : undefined,
      template: new Template(1, (w) => {
        expression(w, kind, () => {
          w.data(types.NAME, bytes.subarray(nameAt, end + 1));
          w.u32(types.REV, revision);
          w.data(types.INFO, new Uint8Array(size));
        });
        w.at -= size;
      }),
    };
  }
}

function isSame(header: Int32Array, words: Int32Array, from: number): boolean {
  for (let i = 0; i < HEADER_WORDS; i++) if (header[i] !== words[from + i]) return false;
  return true;
}
