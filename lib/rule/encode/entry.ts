/** A rule as data -> its entry. */
import type { RuleFacts } from '../../codec/extension';
import type { Kernel } from '../../codec/kernel';
import { LITTLE } from '../../codec/struct';
import { show } from '../../errors';
import { fromHex } from '../../net/number';
import { ENTRY_MAX, INV, SHAPES, type Shape, STANDARD_SIZE } from '../layout';
import { type Place, type Rule, VERDICTS } from '../rule';
import { ElementWriter } from './element';
import { type GivenRule, readRule } from './given';
import { HeadWriter } from './head';
import { faultOf } from './opaque';
import { bad } from './refusal';
import { Scratch } from './scratch';
import { StandardTargets } from './standard';

export class EntryEncoder {
  readonly scratch: Scratch;
  readonly elements: ElementWriter;
  private readonly shape: Shape;
  private readonly head: HeadWriter;
  private readonly standards: StandardTargets;
  /** Of the rule that is being encoded. */
  private readonly facts: { -readonly [K in keyof RuleFacts]: RuleFacts[K] };

  constructor(kernel: Kernel) {
    this.shape = SHAPES[kernel.family];
    this.scratch = new Scratch(kernel);
    this.head = new HeadWriter(this.scratch);
    this.elements = new ElementWriter(this.scratch);
    this.standards = new StandardTargets(kernel.family);
    this.facts = { family: kernel.family, protocol: 0, protocolNegated: false, match: [], chain: undefined };
  }

  /** The entry's bytes, valid until the next call. Throws an IptcError with the path to what is wrong. */
  encode(given: Rule, place: Place = {}): Uint8Array {
    const rule = readRule(given);
    this.elements.alternatives.length = 0;
    const size = rule.entry === undefined ? this.plain(rule, place) : this.opaque(rule.entry);
    if (rule.counters !== undefined) this.head.writeCounters(rule.counters);
    return this.scratch.made(size);
  }

  private opaque(entry: unknown): number {
    const { bytes, memory } = this.scratch;
    const raw = typeof entry === 'string' && entry.length <= 2 * ENTRY_MAX ? fromHex(entry) : undefined;
    if (!raw)
      throw bad(`Expected the hexadecimal bytes of an entry for entry but received ${show(entry)}`, { path: 'entry' });
    bytes.set(raw);
    const fault = faultOf(memory, raw.length);
    if (fault !== undefined)
      throw bad(`Expected a well-formed entry for entry but received one whose ${fault}`, { path: 'entry' });
    // Bookkeeping of the kernel's, and counters, which are told besides.
    bytes.fill(0, this.shape.nextOffset + 2, this.shape.size);
    return raw.length;
  }

  private plain(rule: GivenRule, place: Place): number {
    const { shape, facts, head, elements } = this;
    const { bytes, memory } = this.scratch;
    const { match, target } = rule;
    head.write(rule, place);
    facts.protocol = head.protocol;
    facts.protocolNegated = (head.invflags & INV.PROTO) !== 0;
    facts.match = match;
    facts.chain = place.chain;
    let at = shape.size;
    for (let i = 0; i < match.length; i++) at = elements.write('match', match[i]!, at, facts, place, i);
    memory.view.setUint16(shape.targetOffset, at, LITTLE);
    if (target === 'DROP' && place.table === 'nat' && !place.existing)
      // The kernel takes it; iptables doesn't, and so no file that holds it.
      throw bad('Expected no DROP in table nat: it is not for filtering', {
        option: 'jump',
        path: 'target',
        hint: 'Drop the packets in table filter, or in raw.',
        iptables: 'The "nat" table is not intended for filtering, the use of DROP is therefore inhibited.',
      });
    if (target === undefined || typeof target === 'string') at = this.standard(target, at);
    else if (target.name === 'goto') {
      const chain = target.settings;
      if (typeof chain !== 'string' || VERDICTS.has(chain))
        throw bad(`Expected the name of a chain for --goto but received ${show(chain)}`, {
          option: 'goto',
          path: 'target.goto',
          iptables: `goto '${chain}' is not a chain`,
        });
      head.flags |= shape.gotoFlag;
      at = this.standard(chain, at);
    } else at = elements.write('target', target, at, facts, place, 0);
    memory.view.setUint16(shape.nextOffset, at, LITTLE);
    bytes[shape.flags] = head.flags;
    bytes[shape.invflags] = head.invflags;
    return at;
  }

  /** Writes a verdict, a jump or nothing as target; gives its end. */
  standard(name: string | undefined, at: number): number {
    this.scratch.bytes.set(this.standards.of(name), at);
    return at + STANDARD_SIZE;
  }
}
