/**
 * A rule of nf_tables -> an entry in the form of program.ts, whoever wrote it. What an entry can't say exactly becomes an
 * opaque one (opaque.ts): each value that is loaded is tested once, each test has one place in the entry, and what is
 * left over, unknown, or done in an order that an entry hasn't, makes the rule opaque.
 */

import type { Family } from '../../../codec/extension';
import type { Block } from '../../../net/block';
import { LITTLE } from '../../../net/endian';
import { Cursor, Malformed } from '../../../netlink/attributes';
import {
  NFT_LIMIT,
  NFT_REG,
  NFTA_COUNTER,
  NFTA_DATA,
  NFTA_EXPR,
  NFTA_IMMEDIATE,
  NFTA_LIMIT,
  NFTA_LIST,
  NFTA_MATCH,
  NFTA_RULE,
  NFTA_VERDICT,
} from '../constants';
import { putOpaque } from '../opaque';
import { Draft } from './draft';
import { EXPRESSION, expressionNamed, zeroIn } from './names';
import { Targets } from './targets';
import { Tests } from './tests';

export class RuleDecoder {
  /** Whether the rule that was decoded last is opaque. */
  isOpaque = false;
  private readonly draft: Draft;
  private readonly tests: Tests;
  private readonly targets: Targets;
  private source!: Block;
  private counted = false;
  private readonly expressions = { start: 0, end: 0 };
  private readonly userdata = { start: 0, end: 0 };
  // One for each level of a rule.
  private readonly rule = new Cursor();
  private readonly list = new Cursor();
  private readonly parts = new Cursor();
  private readonly data = new Cursor();
  private readonly value = new Cursor();
  private readonly verdict = new Cursor();

  constructor(family: Family) {
    this.draft = new Draft(family);
    this.targets = new Targets(family, this.draft);
    this.tests = new Tests(family, this.draft, this.targets);
  }

  /** The rule whose attributes are there, as an entry of which the size is given. There has to be room for the longest. */
  decode(source: Block, from: number, to: number, room: Block, at: number): number {
    const { expressions, userdata, draft } = this;
    expressions.start = expressions.end = userdata.start = userdata.end = from;
    for (const cursor = this.rule.over(source, from, to); cursor.next(); ) {
      const part =
        cursor.type === NFTA_RULE.EXPRESSIONS ? expressions : cursor.type === NFTA_RULE.USERDATA ? userdata : undefined;
      if (part === undefined) continue;
      part.start = cursor.start;
      part.end = cursor.end;
    }
    this.source = source;
    this.counted = false;
    draft.begin(room, at);
    this.targets.reset(source, userdata.start, userdata.end);
    this.tests.reset(source);
    this.isOpaque = !this.isSaid(expressions.start, expressions.end);
    if (this.isOpaque) {
      draft.begin(room, at);
      putOpaque(draft, source, expressions, userdata);
    }
    return draft.finish();
  }

  private isSaid(from: number, to: number): boolean {
    const { list } = this;
    try {
      for (list.over(this.source, from, to); list.next(); ) {
        if (list.type !== NFTA_LIST.ELEM || this.draft.target !== 0 || !this.isExpressionSaid()) return false;
      }
      return this.tests.isDone && this.targets.finish();
    } catch (error) {
      if (error instanceof Malformed) return false;
      throw error;
    }
  }

  private isExpressionSaid(): boolean {
    const { parts, data, tests } = this;
    parts.inside(this.list);
    if (!parts.comesTo(NFTA_EXPR.NAME)) return false;
    const kind = expressionNamed(this.source, parts);
    if (kind === 0 || !parts.comesTo(NFTA_EXPR.DATA)) return false;
    data.inside(parts);
    if (parts.next()) return false;
    switch (kind) {
      case EXPRESSION.counter:
        return this.counter();
      case EXPRESSION.immediate:
        return this.immediate();
      case EXPRESSION.target:
        return this.extension(true);
      case EXPRESSION.log:
        return this.targets.log(data);
      case EXPRESSION.meta:
        return tests.meta(data, this.counted);
    }
    // What is counted has passed all tests.
    if (this.counted) return false;
    switch (kind) {
      case EXPRESSION.payload:
        return tests.payload(data);
      case EXPRESSION.cmp:
        return tests.cmp(data);
      case EXPRESSION.bitwise:
        return tests.bitwise(data);
      case EXPRESSION.range:
        return tests.range(data);
      case EXPRESSION.match:
        return this.extension(false);
      case EXPRESSION.limit:
        return this.limit();
    }
    return false;
  }

  private counter(): boolean {
    const { data, draft } = this;
    const { view } = draft;
    const at = draft.at + draft.shape.counters;
    if (this.counted) return false;
    this.counted = true;
    while (data.next()) {
      if (data.type !== NFTA_COUNTER.PACKETS && data.type !== NFTA_COUNTER.BYTES) continue;
      const to = data.type === NFTA_COUNTER.PACKETS ? at : at + 8;
      data.expect(8);
      view.setUint32(LITTLE ? to : to + 4, this.source.view.getUint32(data.start + 4), LITTLE);
      view.setUint32(LITTLE ? to + 4 : to, this.source.view.getUint32(data.start), LITTLE);
    }
    return true;
  }

  /** A verdict, or a constant. */
  private immediate(): boolean {
    const { data, value, verdict } = this;
    value.type = 0;
    let register = -1;
    while (data.next()) {
      if (data.type === NFTA_IMMEDIATE.DREG) register = data.u32();
      else if (data.type !== NFTA_IMMEDIATE.DATA || !value.inside(data).next()) return false;
    }
    if (value.type === NFTA_DATA.VALUE) return this.tests.immediate(register, value.start, value.size);
    if (value.type !== NFTA_DATA.VERDICT || register !== NFT_REG.VERDICT) return false;
    let code: number | undefined;
    let chain = 0;
    let chainEnd = 0;
    for (verdict.inside(value); verdict.next(); ) {
      if (verdict.type === NFTA_VERDICT.CODE) code = verdict.u32() | 0;
      else if (verdict.type === NFTA_VERDICT.CHAIN) {
        chain = verdict.start;
        chainEnd = verdict.end;
      } else return false;
    }
    return code !== undefined && this.targets.verdict(code, chain, chainEnd);
  }

  /** One of nft_compat: a match or a target. */
  private extension(isTarget: boolean): boolean {
    const { data, draft } = this;
    let name = 0;
    let nameEnd = 0;
    let revision = -1;
    let info = 0;
    let size = 0;
    while (data.next()) {
      // NFTA_TARGET's are the same.
      if (data.type === NFTA_MATCH.NAME) {
        name = data.start;
        nameEnd = data.end - 1;
      } else if (data.type === NFTA_MATCH.REV) revision = data.u32();
      else if (data.type === NFTA_MATCH.INFO) {
        info = data.start;
        size = data.size;
      } else return false;
    }
    const { bytes } = this.source;
    if (nameEnd <= name || zeroIn(bytes, name, nameEnd + 1) !== nameEnd || revision < 0 || revision > 254) return false;
    if (isTarget) return this.targets.extension(name, nameEnd, revision, info, size);
    return this.tests.startsToCount() && draft.copyElement(this.source, name, nameEnd, revision, info, size) !== 0;
  }

  private limit(): boolean {
    const { data } = this;
    let rate = 0;
    let unit = 0;
    let burst = 0;
    while (data.next()) {
      if (data.type === NFTA_LIMIT.RATE) rate = data.u64();
      else if (data.type === NFTA_LIMIT.UNIT) unit = data.u64();
      else if (data.type === NFTA_LIMIT.BURST) burst = data.u32();
      else if (data.type === NFTA_LIMIT.TYPE && data.u32() === NFT_LIMIT.PKTS) continue;
      else if (data.type === NFTA_LIMIT.FLAGS && data.u32() === 0) continue;
      else return false;
    }
    return this.tests.limit(rate, unit, burst);
  }
}
