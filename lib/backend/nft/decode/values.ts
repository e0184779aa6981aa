/** Tests of single values: the matches mark, icmp, icmp6, ttl, hl and pkttype; and of rates: limit. */

import type { Family } from '../../../codec/extension';
import type { Block } from '../../../net/block';
import { LITTLE } from '../../../net/endian';
import { NFT_CMP } from '../constants';
import { hopsLayout, icmpLayout, LIMIT_SCALE, limitLayout, markLayout, pkttypeLayout } from '../layout';
import type { Draft } from './draft';
import { bytesOf } from './names';

/** What a match of icmp takes for any type. */
const ANY_TYPE = 255;
/** A day: no rate is of a longer time. */
const LONGEST = 86400;
/** IPT_TTL_… and IP6T_HL_… */
const HOPS = { EQ: 0, NE: 1, LT: 2, GT: 3 } as const;
const [MARK, LIMIT, PKTTYPE] = [bytesOf('mark'), bytesOf('limit'), bytesOf('pkttype')];

export class ValueTests {
  private readonly icmpName: Uint8Array;
  private readonly icmpProtocol: number;
  private readonly hopsName: Uint8Array;
  private readonly layouts;

  constructor(
    family: Family,
    private readonly draft: Draft,
  ) {
    this.icmpName = bytesOf(family === 'ipv4' ? 'icmp' : 'icmp6');
    this.icmpProtocol = family === 'ipv4' ? 1 : 58;
    this.hopsName = bytesOf(family === 'ipv4' ? 'ttl' : 'hl');
    this.layouts = {
      mark: markLayout(family),
      limit: limitLayout(family),
      icmp: icmpLayout(family),
      hops: hopsLayout(family),
      pkttype: pkttypeLayout(family),
    };
  }

  /** `mask`: where it is, or -1. */
  mark(op: number, { bytes: from }: Block, start: number, mask: number): boolean {
    if (op !== NFT_CMP.EQ && op !== NFT_CMP.NEQ) return false;
    const { mark } = this.layouts;
    const data = this.draft.element(MARK, 1, mark.size);
    if (data === 0) return false;
    const { bytes } = this.draft;
    for (let i = 0; i < 4; i++) {
      bytes[data + mark.mark + i] = from[start + i]!;
      bytes[data + mark.mask + i] = mask < 0 ? 0xff : from[mask + i]!;
    }
    bytes[data + mark.invert] = op;
    return true;
  }

  /** A type, and a code if there is one. */
  icmp(protocol: number, op: number, type: number, code: number | undefined): boolean {
    if (protocol !== this.icmpProtocol || type === ANY_TYPE) return false;
    if (op !== NFT_CMP.EQ && op !== NFT_CMP.NEQ) return false;
    const { icmp } = this.layouts;
    const data = this.draft.element(this.icmpName, 0, icmp.size);
    if (data === 0) return false;
    const { bytes } = this.draft;
    bytes[data + icmp.type] = type;
    bytes[data + icmp.code] = code ?? 0;
    bytes[data + icmp.code + 1] = code ?? 255;
    bytes[data + icmp.invflags] = op;
    return true;
  }

  hops(op: number, count: number): boolean {
    const { hops } = this.layouts;
    const mode = op === NFT_CMP.EQ ? HOPS.EQ : op === NFT_CMP.NEQ ? HOPS.NE : isBelow(op) ? HOPS.LT : HOPS.GT;
    const value = op === NFT_CMP.LTE ? count + 1 : op === NFT_CMP.GTE ? count - 1 : count;
    if (op > NFT_CMP.GTE || value < 0 || value > 255) return false;
    const data = this.draft.element(this.hopsName, 0, hops.size);
    if (data === 0) return false;
    this.draft.bytes[data + hops.mode] = mode;
    this.draft.bytes[data + hops.count] = value;
    return true;
  }

  pkttype(op: number, type: number): boolean {
    if (op !== NFT_CMP.EQ && op !== NFT_CMP.NEQ) return false;
    const { pkttype } = this.layouts;
    const data = this.draft.element(PKTTYPE, 0, pkttype.size);
    if (data === 0) return false;
    this.draft.view.setInt32(data + pkttype.pkttype, type, LITTLE);
    this.draft.view.setInt32(data + pkttype.invert, op, LITTLE);
    return true;
  }

  /** So many packets in so many seconds. */
  limit(count: number, seconds: number, burst: number): boolean {
    const { limit } = this.layouts;
    const period = Math.floor((LIMIT_SCALE * seconds) / count);
    // The period has to stand for this rate, not for one near to it.
    if (
      seconds > LONGEST ||
      period < 1 ||
      !Number.isFinite(period) ||
      Math.floor((LIMIT_SCALE * seconds) / period) !== count
    )
      return false;
    const data = this.draft.element(LIMIT, 0, limit.size);
    if (data === 0) return false;
    this.draft.view.setUint32(data + limit.avg, period, LITTLE);
    this.draft.view.setUint32(data + limit.burst, burst, LITTLE);
    return true;
  }
}

const isBelow = (op: number) => op === NFT_CMP.LT || op === NFT_CMP.LTE;
