/** A verdict, a jump, or nothing at all, as a target. */
import type { Family } from '../../codec/extension';
import { LITTLE } from '../../codec/struct';
import { show } from '../../errors';
import { registry } from '../../extensions/registry';
import { encodeText, isLine } from '../../net/text';
import { CHAIN_NAME_MAX, NAME_AT, REVISION_AT, STANDARD_REVISION, STANDARD_SIZE } from '../layout';
import { VERDICTS } from '../rule';
import { bad } from './refusal';

/** How many names are remembered. */
const CACHED = 4096;

export class StandardTargets {
  private readonly known = new Map<string | undefined, Uint8Array>();

  constructor(private readonly family: Family) {}

  /** The bytes of the target with a name, to be copied. */
  of(name: string | undefined): Uint8Array {
    let bytes = this.known.get(name);
    if (!bytes) {
      bytes = this.make(name);
      if (this.known.size < CACHED) this.known.set(name, bytes);
    }
    return bytes;
  }

  private make(name: string | undefined): Uint8Array {
    const bytes = new Uint8Array(STANDARD_SIZE);
    new DataView(bytes.buffer).setUint16(0, STANDARD_SIZE, LITTLE);
    bytes[REVISION_AT] = STANDARD_REVISION;
    if (name === undefined) return bytes;
    const label = encodeText(name);
    if (label.length === 0 || label.length > CHAIN_NAME_MAX || !isLine(name))
      throw bad(
        `Expected a verdict or the name of a chain of at most ${CHAIN_NAME_MAX} bytes, without control characters, for --jump but received ${show(name)}`,
        {
          option: 'jump',
          path: 'target',
          iptables: `Invalid target name \`${name}' (${CHAIN_NAME_MAX} chars max)`,
        },
      );
    if (!VERDICTS.has(name) && registry.target.find(this.family, name))
      throw bad(`Expected a verdict or a chain for --jump but received ${show(name)}, which is a target extension`, {
        option: 'jump',
        path: 'target',
        hint: `Write it as { ${name}: { … } }.`,
      });
    bytes.set(label, NAME_AT);
    return bytes;
  }
}
