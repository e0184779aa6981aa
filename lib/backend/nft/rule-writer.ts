/** What a rule says, as it goes into a message. */
import { Block } from '../../net/block';
import { LITTLE } from '../../net/endian';
import { MessageWriter } from '../../netlink/writer';
import { ENTRY_MAX, NAME_AT, NAME_SIZE } from '../../rule/layout';
import type { Family } from '../backend';
import { failure } from '../memory/failure';
import { NFTA_RULE } from './constants';
import { RuleEncoder } from './encode/rule';
import type { NftRule } from './model';
import { Refusal } from './refusal';
import { nameBytes } from './wire';

/** Writes what a rule says, from its entry. */
export class RuleWriter {
  readonly encoder: RuleEncoder;
  private readonly scratch = new Block(new Uint8Array(ENTRY_MAX + 1));
  private readonly targetOffset: number;
  /** The one that was asked for last. */
  private place = { table: '', chain: '', bytes: new Uint8Array(0) };

  constructor(family: Family, targetOffset: number) {
    this.encoder = new RuleEncoder(family);
    this.targetOffset = targetOffset;
  }

  /** What every message of a chain's rules begins with. */
  placeOf(table: string, chain: string): Uint8Array {
    if (this.place.chain !== chain || this.place.table !== table) {
      const writer = new MessageWriter(1, 2048);
      writer.text(NFTA_RULE.TABLE, table);
      writer.data(NFTA_RULE.CHAIN, nameBytes(chain));
      this.place = { table, chain, bytes: writer.bytes.slice(0, writer.at) };
    }
    return this.place.bytes;
  }

  /** `jump`: what the chain is called to which it leads. Throws a failure of stage 'rule'. */
  write(writer: MessageWriter, { bytes, at, size, operation }: NftRule, jump: string | undefined): void {
    const { scratch } = this;
    scratch.bytes.set(at === 0 && size === bytes.length ? bytes : bytes.subarray(at, at + size));
    if (jump !== undefined) {
      const name = scratch.view.getUint16(this.targetOffset, LITTLE) + NAME_AT;
      scratch.bytes.fill(0, name, name + NAME_SIZE);
      for (let i = 0; i < jump.length; i++) scratch.bytes[name + i] = jump.charCodeAt(i);
    }
    try {
      this.encoder.write(writer, scratch, 0);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { errno, message, hint } = error;
      throw Object.assign(failure('rule', errno, message, operation), {
        because: { code: 'ERR_BAD_RULE', why: message, hint },
      });
    }
  }
}
