/** The objects of the kernel's that rules name: where it refuses one and says no more than ENOENT, they may be missing. */
import { camel, type Family, type KernelObject } from '../codec/extension';
import { anyKernel } from '../codec/kernel';
import { bare } from '../codec/operand';
import { Memory } from '../codec/struct';
import { type DecodedElement, ElementDecoder } from './decode/element';
import { SHAPES } from './layout';
import { EntryView } from './view';

export interface NamedObject extends KernelObject {
  readonly name: string;
  /** Which option of the rule says it, and where in its data. */
  readonly option: string;
  readonly path: string;
}

/** Those that an entry names. */
export function* objectsOf(family: Family, entry: Uint8Array): Generator<NamedObject> {
  const kernel = anyKernel(family);
  const decoder = new ElementDecoder(kernel);
  const m = new Memory(entry, 0, kernel);
  const view = new EntryView(SHAPES[family]).on(m, 0);
  let index = 0;
  for (let at = view.matches; at < view.target; at = view.behind(at))
    yield* named(decoder.decode('match', m, at), `match[${index++}]`);
  if (view.jump === undefined) yield* named(decoder.decode('target', m, view.target), 'target');
}

function* named({ known, settings }: DecodedElement, path: string): Generator<NamedObject> {
  if (!known) return;
  const { name: extension, definition } = known.extension;
  for (const [option, object] of Object.entries(definition.refersTo ?? {})) {
    const name = bare(settings[camel(option)]);
    if (typeof name === 'string') yield { ...object, name, option, path: `${path}.${extension}.${camel(option)}` };
  }
}
