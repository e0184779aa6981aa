/** The objects of the kernel's that rules name: where it refuses one and says no more than ENOENT, they may be missing. */
import { camel, type Family, type KernelObject } from '../codec/extension';
import { bare } from '../codec/operand';
import type { SetReference } from '../extensions/shared/ipset';
import { ElementReader } from './elements';

export interface NamedObject extends KernelObject {
  readonly name: string;
  /** Which option of the rule says it, and where in its data. */
  readonly option: string;
  readonly path: string;
}

/** Those that an entry names. */
export function* objectsOf(family: Family, entry: Uint8Array): Generator<NamedObject> {
  for (const { known, settings, path } of new ElementReader(family).of(entry)) {
    if (!known) continue;
    const { name: extension, definition } = known.extension;
    for (const [option, object] of Object.entries(definition.refersTo ?? {})) {
      const value: unknown = bare(settings[camel(option)]);
      const name = (value as Partial<SetReference> | undefined)?.setname ?? value;
      if (typeof name === 'string') yield { ...object, name, option, path: `${path}.${extension}.${camel(option)}` };
    }
  }
}
