/** The matches that iptables-nft says in expressions of nf_tables' own, as far as it does. */

import { constants } from 'node:os';
import type { Family } from '../../../codec/extension';
import { roundRate } from '../../../extensions/shared/rate';
import type { Block } from '../../../net/block';
import { LITTLE } from '../../../net/endian';
import { NFT_CMP, NFT_LIMIT, NFT_RANGE, NFTA_LIMIT } from '../constants';
import { LIMIT_SCALE, limitLayout, markLayout, PORTS_INV, portsLayout } from '../layout';
import { Refusal } from '../refusal';
import type { Native } from './element';
import type { Output } from './output';
import { expression, meta, payload, RangeTest, Template, Test } from './template';

const PORT_MAX = 0xffff;
/** All ones, as a signed number. */
const ALL = -1;

export function nativeMatches(family: Family): ReadonlyMap<string, Native> {
  const ports = new Ports();
  return new Map<string, Native>([
    ['tcp', new Tcp(family, ports)],
    ['udp', new Udp(family, ports)],
    ['mark', new Mark(family)],
    ['limit', new Limit(family)],
  ]);
}

class Ports {
  private readonly both = new Test(payload('TRANSPORT_HEADER', 0, 4), 4);
  private readonly tests = [0, 2].map((offset) => {
    const load = payload('TRANSPORT_HEADER', offset, 2);
    return { one: new Test(load, 2), range: new RangeTest(load) };
  });

  /** `spts` and `dpts` follow each other: four numbers. */
  put(output: Output, { view }: Block, at: number, invflags: number): void {
    const s0 = view.getUint16(at, LITTLE);
    const s1 = view.getUint16(at + 2, LITTLE);
    const d0 = view.getUint16(at + 4, LITTLE);
    const d1 = view.getUint16(at + 6, LITTLE);
    const notSource = (invflags & PORTS_INV.SRCPT) !== 0;
    const notDestination = (invflags & PORTS_INV.DSTPT) !== 0;
    // Together they are one value. Not so negated: it differs if one of them does, the ports if both do.
    if (s0 === s1 && d0 === d1 && s0 !== 0 && d0 !== 0 && !notSource && !notDestination)
      return output.compareNumber(this.both, NFT_CMP.EQ, s0 * 0x10000 + d0);
    this.putSide(output, 0, s0, s1, notSource);
    this.putSide(output, 1, d0, d1, notDestination);
  }

  private putSide(output: Output, side: 0 | 1, low: number, high: number, not: boolean): void {
    if (low === 0 && high === PORT_MAX && !not) return;
    const { one, range } = this.tests[side]!;
    if (low === high) return output.compareNumber(one, not ? NFT_CMP.NEQ : NFT_CMP.EQ, low);
    if (low === 0 && high < PORT_MAX) return output.compareNumber(one, not ? NFT_CMP.GT : NFT_CMP.LTE, high);
    const start = output.put(range);
    output.patch8(start + range.at.op, not ? NFT_RANGE.NEQ : NFT_RANGE.EQ);
    output.patch16(start + range.at.from, low);
    output.patch16(start + range.at.to, high);
  }
}

/** Whether all ports are meant, and no option says so. */
const saysNothing = ({ view }: Block, ports: number, invflags: number) =>
  view.getUint32(ports, LITTLE) === ALL_PORTS && view.getUint32(ports + 4, LITTLE) === ALL_PORTS && invflags === 0;
const ALL_PORTS = LITTLE ? 0xffff0000 : 0x0000ffff;

const wrongProtocol = (name: string) =>
  new Refusal(constants.errno.EINVAL, `The match ${name} needs --protocol ${name}`);

class Tcp implements Native {
  readonly revision = 0;
  readonly size: number;
  private readonly flags = new Test(payload('TRANSPORT_HEADER', 13, 1), 1, true);
  private readonly layout;

  constructor(
    family: Family,
    private readonly ports: Ports,
  ) {
    this.layout = portsLayout(family).tcp;
    this.size = this.layout.size;
  }

  put(output: Output, entries: Block, data: number, protocol: number): boolean {
    const { layout } = this;
    const { bytes } = entries;
    const invflags = bytes[data + layout.invflags]!;
    const mask = bytes[data + layout.flg_mask]!;
    const flags = bytes[data + layout.flg_cmp]!;
    const known = PORTS_INV.SRCPT | PORTS_INV.DSTPT | PORTS_INV.FLAGS;
    if ((invflags & ~known) !== 0 || bytes[data + layout.option] !== 0) return false;
    // Of no flags, some are set, or not none: it never matches, and no expression says that.
    if (mask === 0 && (flags !== 0 || (invflags & PORTS_INV.FLAGS) !== 0)) return false;
    if (mask === 0 && saysNothing(entries, data + layout.spts, invflags)) return false;
    if (protocol !== 6) throw wrongProtocol('tcp');
    if (mask !== 0) {
      const start = output.put(this.flags);
      output.patch8(start + this.flags.at.op, (invflags & PORTS_INV.FLAGS) === 0 ? NFT_CMP.EQ : NFT_CMP.NEQ);
      output.patch8(start + this.flags.at.mask, mask);
      output.patch8(start + this.flags.at.value, flags);
    }
    this.ports.put(output, entries, data + layout.spts, invflags);
    return true;
  }
}

class Udp implements Native {
  readonly revision = 0;
  readonly size: number;
  private readonly layout;

  constructor(
    family: Family,
    private readonly ports: Ports,
  ) {
    this.layout = portsLayout(family).udp;
    this.size = this.layout.size;
  }

  put(output: Output, entries: Block, data: number, protocol: number): boolean {
    const { layout } = this;
    const invflags = entries.bytes[data + layout.invflags]!;
    if ((invflags & ~(PORTS_INV.SRCPT | PORTS_INV.DSTPT)) !== 0) return false;
    if (saysNothing(entries, data + layout.spts, invflags)) return false;
    if (protocol !== 17) throw wrongProtocol('udp');
    this.ports.put(output, entries, data + layout.spts, invflags);
    return true;
  }
}

class Mark implements Native {
  readonly revision = 1;
  readonly size: number;
  private readonly whole = new Test(meta('MARK'), 4);
  private readonly masked = new Test(meta('MARK'), 4, true);
  private readonly layout;

  constructor(family: Family) {
    this.layout = markLayout(family);
    this.size = this.layout.size;
  }

  put(output: Output, entries: Block, data: number): boolean {
    const { layout } = this;
    const op = entries.bytes[data + layout.invert] === 0 ? NFT_CMP.EQ : NFT_CMP.NEQ;
    const mask = data + layout.mask;
    if (entries.view.getInt32(mask) === ALL) output.compare(this.whole, op, entries, data + layout.mark);
    else output.compareMasked(this.masked, op, entries, data + layout.mark, mask);
    return true;
  }
}

class Limit implements Native {
  readonly revision = 0;
  readonly size: number;
  private readonly layout;
  private readonly template = new Template(1, (w) => {
    const at = { rate: 0, unit: 0, burst: 0 };
    expression(w, 'limit', () => {
      w.u64(NFTA_LIMIT.RATE, 0);
      at.rate = w.at - 4;
      w.u64(NFTA_LIMIT.UNIT, 0);
      at.unit = w.at - 4;
      w.u32(NFTA_LIMIT.BURST, 0);
      at.burst = w.at - 4;
      w.u32(NFTA_LIMIT.TYPE, NFT_LIMIT.PKTS);
      w.u32(NFTA_LIMIT.FLAGS, 0);
    });
    return at;
  });

  constructor(family: Family) {
    this.layout = limitLayout(family);
    this.size = this.layout.size;
  }

  put(output: Output, { view }: Block, data: number): boolean {
    const { count, seconds } = roundRate(view.getUint32(data + this.layout.avg, LITTLE), LIMIT_SCALE);
    if (!(count >= 1 && count <= 0xffffffff)) return false;
    const { template } = this;
    const start = output.put(template);
    output.patch32(start + template.at.rate, count);
    output.patch32(start + template.at.unit, seconds);
    output.patch32(start + template.at.burst, view.getUint32(data + this.layout.burst, LITTLE));
    return true;
  }
}
