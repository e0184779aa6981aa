/** An entry -> the rule as data. */
import type { Kernel } from '../../codec/kernel';
import type { Memory } from '../../codec/struct';
import { registry } from '../../extensions/registry';
import { toHex } from '../../net/number';
import { isLine } from '../../net/text';
import { SHAPES } from '../layout';
import { type ListedRule, VERDICTS } from '../rule';
import { EntryView } from '../view';
import { ElementDecoder } from './element';
import { HeadReader } from './head';
import { sameWords } from './words';

/** What most rules of a new table have counted. */
const ZERO = Object.freeze({ packets: 0n, bytes: 0n });

export class EntryDecoder {
  readonly elements: ElementDecoder;
  private readonly head: HeadReader;
  private readonly view: EntryView;
  private lastTarget = new Int32Array();
  private lastDestination: Destination = 'unsaid';

  constructor(kernel: Kernel) {
    this.elements = new ElementDecoder(kernel);
    this.head = new HeadReader(kernel.family);
    this.view = new EntryView(SHAPES[kernel.family]);
  }

  /** The rule at an offset of a snapshot's bytes, frozen. Never throws on what a kernel may hold. */
  decode(m: Memory, at: number): ListedRule {
    const view = this.view.on(m, at);
    const counters = view.packets === 0n && view.bytes === 0n ? ZERO : Object.freeze(view.counters);
    if (!this.head.isSaid(view) || this.destination(view) !== 'said')
      return Object.freeze({ entry: opaqueEntry(view), counters });
    const { jump, target } = view;
    const rule: Record<string, unknown> = {};
    this.head.read(view, rule);
    if (view.matches < target) {
      const match: unknown[] = [];
      for (let i = view.matches; i < target; i = view.behind(i))
        match.push(this.elements.decode('match', m, i).element);
      rule.match = Object.freeze(match);
    }
    if (jump === undefined) rule.target = this.elements.decode('target', m, target).element;
    else if (jump !== '') rule.target = view.isGoto ? { goto: jump } : jump;
    rule.counters = counters;
    return Object.freeze(rule) as unknown as ListedRule;
  }

  /** Whether options say all of it, but for its matches and an extension target. */
  isSaid(view: EntryView): boolean {
    return this.head.isSaid(view) && this.destination(view) !== 'unsaid';
  }

  /** What is said of where it goes. Neighbours mostly go to the same place. */
  private destination(view: EntryView): Destination {
    if (!view.isJump) return 'said'; // by the extension
    const { words } = view.m;
    const { target, end } = view;
    if (!words || ((target | end) & 3) !== 0) return destinationOf(view);
    const [from, to] = [target >> 2, end >> 2];
    if (!sameWords(this.lastTarget, words, from, to)) {
      this.lastTarget = words.slice(from, to);
      this.lastDestination = destinationOf(view);
    }
    return this.lastDestination;
  }
}

/** Ambiguous is a chain with the name of an extension: iptables reads -j as the chain if there is one, we don't. */
type Destination = 'said' | 'ambiguous' | 'unsaid';
function destinationOf(view: EntryView): Destination {
  const { jump } = view;
  if (jump === undefined || jump === '') return view.isNamelessVerdict ? 'unsaid' : 'said';
  if (!isLine(jump)) return 'unsaid';
  return !VERDICTS.has(jump) && registry.target.find(view.shape.family, jump) ? 'ambiguous' : 'said';
}

function opaqueEntry({ m, at, end, shape }: EntryView): string {
  const entry = m.bytes.slice(at, end);
  // Bookkeeping of the kernel's that says nothing about the rule: comefrom, and the counters.
  entry.fill(0, shape.nextOffset + 2, shape.size);
  return toHex(entry);
}
