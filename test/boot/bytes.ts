/**
 * `node bytes.js`: loads the addon, and prints what the example of every definition is in the kernel's bytes, each
 * decoded again: the same on every processor.
 */
import { strict as assert } from 'node:assert';
import { loadAddon } from '../../lib/backend/addon';
import type { AnyExtension, Family } from '../../lib/codec/extension';
import { anyKernel } from '../../lib/codec/kernel';
import { Memory } from '../../lib/codec/struct';
import { matches, targets } from '../../lib/extensions/registry';
import { EntryCodec } from '../../lib/rule/entry';
import { formatRule } from '../../lib/text/rule';
import { ruleOf } from '../oracle/generate';

assert.equal(typeof loadAddon().Session, 'function');
for (const family of ['ipv4', 'ipv6'] as const) {
  const kernel = anyKernel(family);
  const codec = new EntryCodec(kernel);
  for (const extension of [...matches, ...targets] as readonly unknown[] as AnyExtension[]) {
    if (!extension.families.includes(family as Family)) continue;
    const placed = ruleOf(extension, (extension.definition.example ?? {}) as Record<string, unknown>, family, kernel);
    assert(placed, extension.name);
    const entry = codec.encode(placed.rule, placed).slice();
    const line = formatRule(placed.rule, { family });
    assert.equal(formatRule(codec.decode(new Memory(entry, 0, kernel), 0), { family }), line);
    console.log(`${family} ${line} ${Buffer.from(entry).toString('hex')}`);
  }
}
