/** Where a rule goes, and what is put in front of that: its comment, if it stands in the userdata. */

import type { Family } from '../../../codec/extension';
import type { Block } from '../../../net/block';
import { LITTLE } from '../../../net/endian';
import type { Cursor } from '../../../netlink/attributes';
import { ELEMENT_HEADER, STANDARD_REVISION, STANDARD_SIZE } from '../../../rule/layout';
import { NF, NFT, NFTA_LOG } from '../constants';
import { commentLayout, markTargetLayout, NFLOG_COPY_LEN, NFLOG_PREFIX_SIZE, nflogLayout } from '../layout';
import type { Draft } from './draft';
import { bytesOf, isOneOf, zeroIn } from './names';

const [ACCEPT, DROP, RETURN] = ['ACCEPT', 'DROP', 'RETURN'].map(bytesOf) as [Uint8Array, Uint8Array, Uint8Array];
/** A chain of such a name couldn't be told from them. */
const VERDICTS = [ACCEPT, DROP, RETURN, bytesOf('QUEUE')];
const [COMMENT, MARK, NFLOG, TRACE] = ['comment', 'MARK', 'NFLOG', 'TRACE'].map(bytesOf) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const VERDICT_SIZE = STANDARD_SIZE - ELEMENT_HEADER;
/** Of libnftnl's: what a piece of userdata is. */
const UDATA_COMMENT = 0;

export class Targets {
  private readonly layouts;
  private source!: Block;
  private userdata = 0;
  private userdataEnd = 0;

  constructor(
    family: Family,
    private readonly draft: Draft,
  ) {
    this.layouts = { comment: commentLayout(family), mark: markTargetLayout(family), nflog: nflogLayout(family) };
  }

  /** `userdata`: where it is; nowhere, if it ends at once. */
  reset(source: Block, userdata: number, end: number): void {
    this.source = source;
    this.userdata = userdata;
    this.userdataEnd = end;
  }

  verdict(code: number, chain: number, chainEnd: number): boolean {
    const { draft } = this;
    if (code === NFT.JUMP || code === NFT.GOTO) {
      const { bytes } = this.source;
      const end = chainEnd - 1;
      if (end <= chain || zeroIn(bytes, chain, chainEnd) !== end || isOneOf(VERDICTS, bytes, chain, end)) return false;
      if (code === NFT.GOTO) draft.flag(draft.shape.gotoFlag);
      return this.put(bytes.subarray(chain, end), STANDARD_REVISION, VERDICT_SIZE) !== 0;
    }
    const name = code === NF.ACCEPT ? ACCEPT : code === NF.DROP ? DROP : code === NFT.RETURN ? RETURN : undefined;
    return name !== undefined && this.put(name, STANDARD_REVISION, VERDICT_SIZE) !== 0;
  }

  /** An extension's, with its data. */
  extension(name: number, nameEnd: number, revision: number, info: number, size: number): boolean {
    if (!this.begin()) return false;
    const target = this.draft.end;
    if (this.draft.copyElement(this.source, name, nameEnd, revision, info, size) === 0) return false;
    this.draft.target = target;
    return true;
  }

  trace(): boolean {
    return this.put(TRACE, 0, 0) !== 0;
  }

  /** The mark is made what is at an offset. */
  mark(at: number): boolean {
    const { mark } = this.layouts;
    const data = this.put(MARK, 2, mark.size);
    if (data === 0) return false;
    const { bytes } = this.draft;
    for (let i = 0; i < 4; i++) bytes[data + mark.mark + i] = this.source.bytes[at + i]!;
    bytes.fill(0xff, data + mark.mask, data + mark.mask + 4);
    return true;
  }

  /** The expression `log`: one that goes to a group is NFLOG. */
  log(attributes: Cursor): boolean {
    const { nflog } = this.layouts;
    const data = this.put(NFLOG, 0, nflog.size);
    if (data === 0) return false;
    const { bytes, view } = this.draft;
    let grouped = false;
    while (attributes.next()) {
      switch (attributes.type) {
        case NFTA_LOG.GROUP:
          view.setUint16(data + nflog.group, attributes.u16(), LITTLE);
          grouped = true;
          break;
        case NFTA_LOG.PREFIX: {
          const { start, end, size } = attributes;
          const prefix = data + nflog.prefix;
          // The zero behind it, too.
          if (size > NFLOG_PREFIX_SIZE || zeroIn(this.source.bytes, start, end) !== end - 1) return false;
          for (let i = 0; i < size; i++) bytes[prefix + i] = this.source.bytes[start + i]!;
          break;
        }
        case NFTA_LOG.SNAPLEN:
          view.setUint32(data + nflog.len, attributes.u32(), LITTLE);
          view.setUint16(data + nflog.flags, NFLOG_COPY_LEN, LITTLE);
          break;
        case NFTA_LOG.QTHRESHOLD:
          view.setUint16(data + nflog.threshold, attributes.u16(), LITTLE);
          break;
        default:
          return false;
      }
    }
    return grouped;
  }

  /** Ends the entry. False if there is something that it can't say. */
  finish(): boolean {
    return this.draft.target !== 0 || this.putComment();
  }

  private put(name: Uint8Array, revision: number, size: number): number {
    const { draft } = this;
    if (!this.begin()) return 0;
    const target = draft.end;
    const data = draft.element(name, revision, size);
    if (data !== 0) draft.target = target;
    return data;
  }
  private begin(): boolean {
    return this.draft.target === 0 && this.putComment();
  }

  private putComment(): boolean {
    const { userdata: at, userdataEnd: end } = this;
    if (at === end) return true;
    const { bytes } = this.source;
    const { comment } = this.layouts;
    const from = at + 2;
    // One piece: u8 what it is, u8 its size, a text with a zero behind it.
    if (end - at < 3 || bytes[at] !== UDATA_COMMENT || from + bytes[at + 1]! !== end) return false;
    if (zeroIn(bytes, from, end) !== end - 1 || end - from > comment.size) return false;
    const data = this.draft.element(COMMENT, 0, comment.size);
    if (data === 0) return false;
    for (let i = from; i < end; i++) this.draft.bytes[data + i - from] = bytes[i]!;
    return true;
  }
}
