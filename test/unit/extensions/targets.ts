import { type Family, type PlainRule, parseRule } from '../../../lib';
import { anyKernel } from '../../../lib/codec/kernel';
import { Memory } from '../../../lib/codec/struct';
import { EntryCodec } from '../../../lib/rule/entry';
import { SHAPES } from '../../../lib/rule/layout';
import { parseLine } from '../../../lib/text/parse';
import { RulePrinter } from '../../../lib/text/print';

/** A rule's target, as data. */
export const targetOf = (text: string, family: Family = 'ipv4'): unknown =>
  (parseRule(text, { family }) as PlainRule).target;

/** What a kernel that knows no newer revision would get of a rule's target. */
export function encoded(text: string, newest = Number.POSITIVE_INFINITY, family: Family = 'ipv4') {
  const kernel = {
    ...anyKernel(family),
    revision: (_kind: string, _name: string, most: number) => Math.min(most, newest),
  };
  const codec = new EntryCodec(kernel);
  const entry = codec.encode(parseLine(family, text).rule).slice();
  const m = new Memory(entry, 0, kernel);
  const at = m.view.getUint16(SHAPES[family].targetOffset, true);
  return { ...codec.decodeElement('target', m, at), data: Buffer.from(entry.subarray(at + 32)).toString('hex') };
}

/** Text to data to text, in a chain. */
export function again(text: string, family: Family = 'ipv4', chain?: string): string {
  const kernel = anyKernel(family);
  const codec = new EntryCodec(kernel);
  const entry = codec.encode(parseLine(family, text).rule, chain === undefined ? {} : { chain }).slice();
  return new RulePrinter(codec).print(new Memory(entry, 0, kernel), 0).slice(1);
}
