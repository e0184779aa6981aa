import { aligned } from '../../../netlink/attributes';
import { MessageWriter } from '../../../netlink/writer';
import {
  NFT_META,
  NFT_PAYLOAD,
  NFT_REG,
  NFTA_BITWISE,
  NFTA_CMP,
  NFTA_DATA,
  NFTA_EXPR,
  NFTA_LIST,
  NFTA_META,
  NFTA_PAYLOAD,
  NFTA_RANGE,
} from '../constants';

/** What is copied, and where it is to be patched: offsets from its beginning. */
export class Template<Places = unknown> {
  readonly words: Int32Array;
  readonly at: Places;

  constructor(
    /** How many it has. */
    readonly expressions: number,
    write: (w: MessageWriter) => Places,
  ) {
    scratch.at = 0;
    this.at = write(scratch);
    this.words = scratch.words.slice(0, scratch.at >> 2);
  }
}
/** Block for the longest entry. */
const scratch = new MessageWriter(1, 80 << 10);

export function expression(w: MessageWriter, name: string, write: (w: MessageWriter) => void): void {
  const element = w.nest(NFTA_LIST.ELEM);
  w.text(NFTA_EXPR.NAME, name);
  const data = w.nest(NFTA_EXPR.DATA);
  write(w);
  w.close(data);
  w.close(element);
}

/** `struct nft_data_desc` of plain bytes; gives where they are. */
export function value(w: MessageWriter, type: number, size: number): number {
  const nest = w.nest(type);
  w.data(NFTA_DATA.VALUE, new Uint8Array(size));
  w.close(nest);
  return w.at - aligned(size);
}

/** What puts a value of a packet into register 1. */
export type Load = (w: MessageWriter) => void;

export const meta =
  (key: keyof typeof NFT_META): Load =>
  (w) =>
    expression(w, 'meta', () => {
      w.u32(NFTA_META.KEY, NFT_META[key]);
      w.u32(NFTA_META.DREG, NFT_REG[1]);
    });

export const payload =
  (base: keyof typeof NFT_PAYLOAD, offset: number, size: number): Load =>
  (w) =>
    expression(w, 'payload', () => {
      w.u32(NFTA_PAYLOAD.DREG, NFT_REG[1]);
      w.u32(NFTA_PAYLOAD.BASE, NFT_PAYLOAD[base]);
      w.u32(NFTA_PAYLOAD.OFFSET, offset);
      w.u32(NFTA_PAYLOAD.LEN, size);
    });

/** Loads a value, masks it if need be, and compares it. Patched: the low byte of the operator, the value, the mask. */
export class Test extends Template<{ readonly op: number; readonly value: number; readonly mask: number }> {
  constructor(
    load: Load,
    readonly size: number,
    masked = false,
  ) {
    super(masked ? 3 : 2, (w) => {
      load(w);
      const mask = masked ? bitwise(w, size) : 0;
      const at = { op: 0, value: 0, mask };
      expression(w, 'cmp', () => {
        w.u32(NFTA_CMP.SREG, NFT_REG[1]);
        w.u32(NFTA_CMP.OP, 0);
        at.op = w.at - 1;
        at.value = value(w, NFTA_CMP.DATA, size);
      });
      return at;
    });
  }
}

function bitwise(w: MessageWriter, size: number): number {
  let mask = 0;
  expression(w, 'bitwise', () => {
    w.u32(NFTA_BITWISE.SREG, NFT_REG[1]);
    w.u32(NFTA_BITWISE.DREG, NFT_REG[1]);
    w.u32(NFTA_BITWISE.LEN, size);
    mask = value(w, NFTA_BITWISE.MASK, size);
    value(w, NFTA_BITWISE.XOR, size);
  });
  return mask;
}

/** Loads two bytes, and tells whether they are between two others. */
export class RangeTest extends Template<{ readonly op: number; readonly from: number; readonly to: number }> {
  constructor(load: Load) {
    super(2, (w) => {
      load(w);
      const at = { op: 0, from: 0, to: 0 };
      expression(w, 'range', () => {
        w.u32(NFTA_RANGE.SREG, NFT_REG[1]);
        w.u32(NFTA_RANGE.OP, 0);
        at.op = w.at - 1;
        at.from = value(w, NFTA_RANGE.FROM_DATA, 2);
        at.to = value(w, NFTA_RANGE.TO_DATA, 2);
      });
      return at;
    });
  }
}
