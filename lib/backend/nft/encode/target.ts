/** Where a rule goes: verdicts and jumps, and the targets that iptables-nft says in expressions of nf_tables' own. */

import { constants } from 'node:os';
import type { Family } from '../../../codec/extension';
import type { Block } from '../../../net/block';
import { LITTLE } from '../../../net/endian';
import { NAME_AT, NAME_SIZE } from '../../../rule/layout';
import {
  NF,
  NFT,
  NFT_META,
  NFT_REG,
  NFT_REG32,
  NFTA_DATA,
  NFTA_IMMEDIATE,
  NFTA_LOG,
  NFTA_META,
  NFTA_VERDICT,
} from '../constants';
import { NFLOG_COPY_LEN, NFLOG_PREFIX_SIZE, nflogLayout } from '../layout';
import { malformed, onlyLegacy } from '../refusal';
import type { Native } from './element';
import type { Output } from './output';
import { expression, Template, value } from './template';

const VERDICTS: ReadonlyMap<string, number> = new Map([
  ['ACCEPT', NF.ACCEPT],
  ['DROP', NF.DROP],
  ['RETURN', NFT.RETURN],
]);
/** How many different names are remembered. */
const REMEMBERED = 4096;

/** Verdicts and jumps, by the name in the target. */
export class StandardEncoder {
  private readonly known = { jump: new Map<string, Template>(), goto: new Map<string, Template>() };

  put(output: Output, { bytes }: Block, at: number, goto: boolean): void {
    const from = at + NAME_AT;
    if (bytes[from] === 0) return;
    let end = from;
    let name = '';
    for (; end < from + NAME_SIZE && bytes[end] !== 0; end++) name += String.fromCharCode(bytes[end]!);
    const known = this.known[goto ? 'goto' : 'jump'];
    if (end === from + NAME_SIZE) throw malformed();
    let template = known.get(name);
    if (template === undefined) {
      template = this.make(name, bytes.slice(from, end + 1), goto);
      if (known.size < REMEMBERED) known.set(name, template);
    }
    output.put(template);
  }

  private make(name: string, bytes: Uint8Array, goto: boolean): Template {
    if (name === 'QUEUE')
      throw onlyLegacy(constants.errno.ENOENT, 'nf_tables has no QUEUE: NFQUEUE does the same', 'target');
    const verdict = VERDICTS.get(name);
    return new Template(1, (w) =>
      expression(w, 'immediate', () => {
        w.u32(NFTA_IMMEDIATE.DREG, NFT_REG.VERDICT);
        const data = w.nest(NFTA_IMMEDIATE.DATA);
        const nest = w.nest(NFTA_DATA.VERDICT);
        w.u32(NFTA_VERDICT.CODE, verdict ?? (goto ? NFT.GOTO : NFT.JUMP));
        if (verdict === undefined) w.data(NFTA_VERDICT.CHAIN, bytes);
        w.close(nest);
        w.close(data);
      }),
    );
  }
}

export const nativeTargets = (family: Family): ReadonlyMap<string, Native> =>
  new Map<string, Native>([
    ['NFLOG', new Nflog(family)],
    ['TRACE', new Trace()],
  ]);

class Nflog implements Native {
  readonly revision = 0;
  readonly size: number;
  private readonly layout;

  constructor(family: Family) {
    this.layout = nflogLayout(family);
    this.size = this.layout.size;
  }

  put(output: Output, { bytes, view }: Block, data: number): boolean {
    const { layout } = this;
    const flags = view.getUint16(data + layout.flags, LITTLE);
    if ((flags & ~NFLOG_COPY_LEN) !== 0) return false;
    const prefix = data + layout.prefix;
    const prefixEnd = bytes.indexOf(0, prefix) + 1;
    const threshold = view.getUint16(data + layout.threshold, LITTLE);
    if (prefixEnd === 0 || prefixEnd > prefix + NFLOG_PREFIX_SIZE) return false;
    output.write('log', (w) => {
      if (prefixEnd > prefix + 1) w.data(NFTA_LOG.PREFIX, bytes.subarray(prefix, prefixEnd));
      w.u16(NFTA_LOG.GROUP, view.getUint16(data + layout.group, LITTLE));
      if (flags !== 0) w.u32(NFTA_LOG.SNAPLEN, view.getUint32(data + layout.len, LITTLE));
      if (threshold !== 0) w.u16(NFTA_LOG.QTHRESHOLD, threshold);
    });
    return true;
  }
}

class Trace implements Native {
  readonly revision = 0;
  readonly size = 0;
  private readonly template = new Template(2, (w) => {
    expression(w, 'immediate', () => {
      w.u32(NFTA_IMMEDIATE.DREG, NFT_REG32['01']);
      const at = value(w, NFTA_IMMEDIATE.DATA, 1);
      w.bytes[at] = 1;
    });
    expression(w, 'meta', () => {
      w.u32(NFTA_META.KEY, NFT_META.NFTRACE);
      w.u32(NFTA_META.SREG, NFT_REG32['01']);
    });
  });

  put(output: Output): boolean {
    output.put(this.template);
    return true;
  }
}
