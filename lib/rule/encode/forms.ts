/**
 * One match or target in every form that the kernel may hold it in: its older revisions, which older programs write,
 * and what shares its name.
 */
import type { AnyExtension, Options, Revision, RuleFacts } from '../../codec/extension';
import type { Kernel } from '../../codec/kernel';
import { LITTLE, Memory } from '../../codec/struct';
import { registry } from '../../extensions/registry';
import { encodeText } from '../../net/text';
import { ELEMENT_HEADER, NAME_AT, REVISION_AT } from '../layout';

export interface Form {
  readonly extension: AnyExtension;
  readonly revision: Revision<Options>;
  /** What stands in front of its data. */
  readonly header: Uint8Array;
}
/** A form's bytes, and ones where a rule has to equal them. */
export interface Formed {
  readonly bytes: Uint8Array;
  readonly mask: Uint8Array;
}

export function formOf(extension: AnyExtension, revision: Revision<Options>): Form {
  const header = new Uint8Array(ELEMENT_HEADER);
  new DataView(header.buffer).setUint16(0, ELEMENT_HEADER + revision.size, LITTLE);
  header.set(encodeText(extension.kernelName), NAME_AT);
  header[REVISION_AT] = revision.number;
  return { extension, revision, header };
}

type Settings = Readonly<Record<string, unknown>>;

export class ElementForms {
  private readonly known = { match: new Map<string, readonly Form[]>(), target: new Map<string, readonly Form[]>() };

  constructor(private readonly kernel: Kernel) {}

  /** Those in which the kernel may hold an extension of that name, the newest first. */
  of(kind: 'match' | 'target', name: string): readonly Form[] {
    let forms = this.known[kind].get(name);
    if (!forms) {
      forms = registry[kind].all(this.kernel.family, name).flatMap((extension) => {
        const newest = extension.revisionFor(this.kernel)?.number ?? -1;
        return extension.revisions
          .filter(({ number }) => number <= newest)
          .map((revision) => formOf(extension, revision as Revision<Options>));
      });
      this.known[kind].set(name, forms);
    }
    return forms;
  }

  /** What an element is in each of the forms that can say its settings. */
  formed(kind: 'match' | 'target', name: string, settings: Settings, facts: RuleFacts): Formed[] {
    return this.of(kind, name)
      .map((form) => this.form(form, settings, facts))
      .filter((formed) => formed !== undefined);
  }

  private form({ extension, revision, header }: Form, settings: Settings, facts: RuleFacts): Formed | undefined {
    const size = ELEMENT_HEADER + revision.size;
    const memory = new Memory(new Uint8Array(size), ELEMENT_HEADER, this.kernel);
    const encoded = (given: Settings): boolean => {
      try {
        revision.encode(given, memory);
        return true;
      } catch {
        return false;
      }
    };
    let canonical: Settings | undefined;
    try {
      canonical = extension.canonical(settings);
      extension.check(canonical, facts);
    } catch {}
    // What was read from this revision is said in its own words, and obeys no rule but that it is what was read.
    if (!(canonical && encoded(canonical)) && !(encoded(settings) && same(revision.decode(memory), settings)))
      return undefined;
    const { bytes } = memory;
    bytes.set(header);
    const mask = new Uint8Array(size).fill(0xff, 0, ELEMENT_HEADER + revision.userspaceSize);
    return { bytes, mask };
  }
}

const same = (a: Settings, b: Settings): boolean => JSON.stringify(a) === JSON.stringify(b);
