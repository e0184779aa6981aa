/** The expressions of one rule on their way into a message. */

import { constants } from 'node:os';
import type { Block } from '../../../net/block';
import type { MessageWriter } from '../../../netlink/writer';
import { onlyLegacy } from '../refusal';
import { expression, type Template, type Test } from './template';

/** NFT_RULE_MAXEXPRS */
const MOST_EXPRESSIONS = 128;

export class Output {
  /** How many expressions there are. */
  count = 0;
  private writer!: MessageWriter;

  begin(writer: MessageWriter): void {
    this.writer = writer;
    this.count = 0;
  }

  private add(expressions: number): void {
    this.count += expressions;
    if (this.count > MOST_EXPRESSIONS)
      throw onlyLegacy(constants.errno.E2BIG, `nf_tables takes at most ${MOST_EXPRESSIONS} expressions in a rule`);
  }
  /** One that isn't worth to be kept. */
  write(name: string, write: (w: MessageWriter) => void): void {
    this.add(1);
    expression(this.writer, name, write);
  }
  /** Copies expressions, and tells where they begin. */
  put({ words, expressions }: Template): number {
    const { writer } = this;
    const { at } = writer;
    this.add(expressions);
    const to = writer.words;
    const from = at >> 2;
    for (let i = 0; i < words.length; i++) to[from + i] = words[i]!;
    writer.at = at + words.length * 4;
    return at;
  }
  /** Whole words of an entry. */
  putData(entries: Block, from: number, size: number): void {
    const { writer } = this;
    const { words } = entries;
    const to = writer.words;
    const target = writer.at >> 2;
    const source = from >> 2;
    for (let i = 0; i < size >> 2; i++) to[target + i] = words[source + i]!;
    writer.at += size;
  }

  /** The value is in an entry. */
  compare(test: Test, op: number, entries: Block, from: number): void {
    const start = this.put(test);
    const { bytes } = this.writer;
    bytes[start + test.at.op] = op;
    for (let i = 0; i < test.size; i++) bytes[start + test.at.value + i] = entries.bytes[from + i]!;
  }
  compareMasked(test: Test, op: number, entries: Block, from: number, maskFrom: number): void {
    const start = this.writer.at;
    this.compare(test, op, entries, from);
    const { bytes } = this.writer;
    for (let i = 0; i < test.size; i++) bytes[start + test.at.mask + i] = entries.bytes[maskFrom + i]!;
  }
  /** The value is a number, in the byte order of the network. */
  compareNumber(test: Test, op: number, number: number): void {
    const start = this.put(test);
    const { bytes } = this.writer;
    bytes[start + test.at.op] = op;
    for (let i = test.size - 1, rest = number; i >= 0; i--, rest >>>= 8) bytes[start + test.at.value + i] = rest;
  }
  /** Writes bytes over what has been put. */
  patch16(at: number, value: number): void {
    this.writer.bytes[at] = value >> 8;
    this.writer.bytes[at + 1] = value;
  }
  patch8(at: number, value: number): void {
    this.writer.bytes[at] = value;
  }
  patch32(at: number, value: number): void {
    this.writer.view.setUint32(at, value);
  }
}
