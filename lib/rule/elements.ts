/** The matches and the target of an entry, by themselves: for whoever wants to know what it uses, not the rule. */
import type { Family } from '../codec/extension';
import { anyKernel } from '../codec/kernel';
import { Memory } from '../codec/struct';
import { type DecodedElement, ElementDecoder } from './decode/element';
import { SHAPES } from './layout';
import { EntryView } from './view';

export interface Element extends DecodedElement {
  readonly kind: 'match' | 'target';
  /** Where it is in the rule's data: `match[0]`. */
  readonly path: string;
}

export class ElementReader {
  private readonly kernel;
  private readonly decoder: ElementDecoder;
  private readonly view: EntryView;

  constructor(family: Family) {
    this.kernel = anyKernel(family);
    this.decoder = new ElementDecoder(this.kernel);
    this.view = new EntryView(SHAPES[family]);
  }

  /** All of them, the target only if it is an extension. */
  *of(entry: Uint8Array): Generator<Element> {
    const m = new Memory(entry, 0, this.kernel);
    const view = this.view.on(m, 0);
    const { target } = view;
    let index = 0;
    for (let at = view.matches; at < target; at = view.on(m, 0).behind(at))
      yield { ...this.decoder.decode('match', m, at), kind: 'match', path: `match[${index++}]` };
    if (view.on(m, 0).jump === undefined)
      yield { ...this.decoder.decode('target', m, target), kind: 'target', path: 'target' };
  }
}
