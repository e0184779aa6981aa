/**
 * A rule that entries can't say is one match of a name that no extension has, in an entry that says nothing else. Its
 * data: u32 size of the expressions, u32 size of the userdata, then both as they were dumped (NFTA_RULE_EXPRESSIONS,
 * NFTA_RULE_USERDATA), the expressions up to a multiple of four. What the rule has counted is in the entry instead.
 */
import type { Block } from '../../net/block';
import { LITTLE } from '../../net/endian';
import { aligned, Cursor, Malformed } from '../../netlink/attributes';
import { NFTA_COUNTER, NFTA_EXPR } from './constants';
import type { Draft } from './decode/draft';
import { bytesOf, EXPRESSION, expressionNamed } from './decode/names';

export const OPAQUE = '#nft';
const NAME = bytesOf(OPAQUE);
export const OPAQUE_HEADER = 8;

/** Where a piece of a message is. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** Puts the rule into an entry that has been begun. One that is too long for any is remembered by its sizes alone. */
export function putOpaque(draft: Draft, source: Block, expressions: Part, userdata: Part): void {
  const sizes = [expressions.end - expressions.start, userdata.end - userdata.start] as const;
  const whole = draft.element(NAME, 0, OPAQUE_HEADER + aligned(sizes[0]) + sizes[1]);
  const data = whole || draft.element(NAME, 0, OPAQUE_HEADER);
  const { bytes, view } = draft;
  view.setUint32(data, sizes[0], LITTLE);
  view.setUint32(data + 4, sizes[1], LITTLE);
  if (whole === 0) return;
  const at = data + OPAQUE_HEADER;
  bytes.set(source.bytes.subarray(expressions.start, expressions.end), at);
  bytes.set(source.bytes.subarray(userdata.start, userdata.end), at + aligned(sizes[0]));
  let first = true;
  for (const { packets, bytes: sum } of countersIn(draft, at, at + sizes[0])) {
    const counters = draft.at + draft.shape.counters;
    if (first) {
      view.setBigUint64(counters, view.getBigUint64(packets), LITTLE);
      view.setBigUint64(counters + 8, view.getBigUint64(sum), LITTLE);
    }
    first = false;
    bytes.fill(0, packets, packets + 8).fill(0, sum, sum + 8);
  }
}

/** Where counters have what they counted. */
export function countersIn(source: Block, from: number, to: number): { packets: number; bytes: number }[] {
  const found: { packets: number; bytes: number }[] = [];
  const [list, parts, data] = [new Cursor(), new Cursor(), new Cursor()];
  try {
    for (list.over(source, from, to); list.next(); ) {
      let kind = 0;
      for (parts.inside(list); parts.next(); ) {
        if (parts.type === NFTA_EXPR.NAME) kind = expressionNamed(source, parts);
        else if (parts.type === NFTA_EXPR.DATA && kind === EXPRESSION.counter) {
          let [packets, bytes] = [0, 0];
          for (data.inside(parts); data.next(); ) {
            if (data.size !== 8) continue;
            if (data.type === NFTA_COUNTER.PACKETS) packets = data.start;
            else if (data.type === NFTA_COUNTER.BYTES) bytes = data.start;
          }
          if (packets !== 0 && bytes !== 0) found.push({ packets, bytes });
        }
      }
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
  return found;
}
