/** A match or an extension target -> its bytes. */
import { type AnyExtension, camel, type RuleFacts, wrong } from '../../codec/extension';
import type { Kernel } from '../../codec/kernel';
import { LITTLE } from '../../codec/struct';
import { alternatives, IptcError, nearest, show } from '../../errors';
import { registry } from '../../extensions/registry';
import { protocolName } from '../../net/databases';
import { FAMILY } from '../../net/family';
import { fromHex } from '../../net/number';
import { encodeText, isFileName, isWord } from '../../net/text';
import { ELEMENT_HEADER, ENTRY_MAX, NAME_AT, NAME_SIZE, REVISION_AT, STANDARD_SIZE } from '../layout';
import type { Alternative } from '../pattern';
import { type Opaque, type Place, VERDICTS } from '../rule';
import { ElementForms, type Form, formOf } from './forms';
import { type GivenElement, isOpaque } from './given';
import { bad, explained, pathOf } from './refusal';
import type { Scratch } from './scratch';

export class ElementWriter {
  private readonly kernel: Kernel;
  /** The extension and its revision by name as written, once asked for. */
  private readonly chosen = { match: new Map<string, Form>(), target: new Map<string, Form>() };
  private readonly forms: ElementForms;
  /** What else the matches and the target of the rule that was encoded last may be, if it is looked for. */
  readonly alternatives: Alternative[] = [];

  constructor(private readonly scratch: Scratch) {
    this.kernel = scratch.memory.kernel;
    this.forms = new ElementForms(this.kernel);
  }

  /** Writes one element, the match at an index of the rule's list or its target; gives its end. */
  write(
    kind: 'match' | 'target',
    { name, settings }: GivenElement,
    at: number,
    facts: RuleFacts,
    place: Place,
    index: number,
  ): number {
    if (isOpaque(settings)) return this.writeOpaque(kind, name, settings, at, `${pathOf(kind, index)}.${name}`);
    const { extension, revision, header } = this.chosen[kind].get(name) ?? this.choose(kind, name, index);
    if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
      const path = `${pathOf(kind, index)}.${name}`;
      throw bad(`Expected the options of ${kind} ${name} as an object for ${path} but received ${show(settings)}`, {
        path,
      });
    }
    const { bytes, memory } = this.scratch;
    if (at + ELEMENT_HEADER + revision.size + STANDARD_SIZE > ENTRY_MAX)
      throw bad(`Expected a rule of at most ${ENTRY_MAX} bytes`, { path: pathOf(kind, index) });
    try {
      this.checkPlace(extension, facts, place);
    } catch (error) {
      throw explained(error, extension, name, pathOf(kind, index));
    }
    const formed =
      place.existing && this.forms.of(kind, name).length > 1
        ? this.forms.formed(kind, name, settings as Record<string, unknown>, facts)
        : [];
    let end = at + ELEMENT_HEADER + revision.size;
    try {
      const canonical = extension.canonical(settings as Record<string, unknown>);
      if (!place.trusting && !place.existing) checkFiles(extension, canonical);
      memory.at = at + ELEMENT_HEADER;
      extension.check(revision.encode(canonical, memory), facts, place.trusting);
      bytes.set(header, at);
    } catch (error) {
      // It is said as it was read, though it may not be written so.
      const [form] = formed;
      if (!form) throw explained(error, extension, name, pathOf(kind, index));
      bytes.set(form.bytes, at);
      end = at + form.bytes.length;
    }
    const element = kind === 'match' ? index : (facts.match?.length ?? 0);
    for (const form of formed)
      if (Buffer.compare(form.bytes, bytes.subarray(at, end)) !== 0) this.alternatives.push({ element, ...form });
    return end;
  }

  private choose(kind: 'match' | 'target', name: string, index: number): Form {
    const path = pathOf(kind, index);
    const extension = registry[kind].find(this.kernel.family, name);
    if (!extension) {
      const near = nearest(name, registry[kind].names(this.kernel.family));
      const jump = kind === 'target' ? ' (a chain or a verdict is a plain string)' : '';
      throw bad(
        `Expected the name of an ${FAMILY[this.kernel.family].name} ${kind} for ${path} but received ${show(name)}${near === undefined ? '' : `: did you mean ${near}?`}${jump}`,
        { path },
      );
    }
    const revision = extension.revisionFor(this.kernel);
    if (!revision) {
      throw new IptcError(
        'ERR_UNSUPPORTED_BY_KERNEL',
        `Cannot use ${kind} ${name}: the kernel has none for ${FAMILY[this.kernel.family].name} in a revision that is known here`,
        {
          path,
          iptables: `Warning: Extension ${extension.kernelName} revision 0 not supported, missing kernel module?`,
          // By this name the kernel asks for it.
          hint:
            this.kernel.lack?.() ??
            `Load its module (modprobe ${this.kernel.family === 'ipv4' ? 'ipt' : 'ip6t'}_${extension.kernelName}), of a container on its host; or take a kernel that has it.`,
        },
      );
    }
    const chosen = formOf(extension, revision);
    this.chosen[kind].set(name, chosen);
    return chosen;
  }

  private checkPlace(extension: AnyExtension, facts: RuleFacts, place: Place): void {
    const { where } = extension.definition;
    if (!where || (place.trusting && where.iptables === undefined)) return;
    if (where.protocols && (!where.protocols.includes(facts.protocol) || facts.protocolNegated)) {
      const names = alternatives(where.protocols.map((p) => protocolName(p) ?? String(p)));
      throw new IptcError(
        'ERR_BAD_RULE',
        `Expected protocol ${names} in a rule with ${extension.kind} ${extension.name} but received ${facts.protocol === 0 ? 'none' : `${facts.protocolNegated ? '! ' : ''}${protocolName(facts.protocol) ?? facts.protocol}`}`,
        {
          option: 'protocol',
          hint: `Add protocol: '${names.split(/[ ,]/)[0]}'.`,
          iptables: where.iptables,
        },
      );
    }
    if (where.tables && place.table !== undefined && !(where.tables as readonly string[]).includes(place.table))
      throw new IptcError(
        'ERR_BAD_RULE',
        `Expected table ${alternatives(where.tables)} for ${extension.kind} ${extension.name} but received ${place.table}`,
      );
    if (
      where.hooks &&
      place.chain !== undefined &&
      HOOKS.has(place.chain) &&
      !(where.hooks as readonly string[]).includes(place.chain)
    )
      throw new IptcError(
        'ERR_BAD_RULE',
        `Expected chain ${alternatives(where.hooks)}, or a chain called from there, for ${extension.kind} ${extension.name} but received ${place.chain}`,
      );
  }

  private writeOpaque(kind: string, name: string, { revision, data }: Opaque, at: number, path: string): number {
    const raw = fromHex(data);
    const label = encodeText(name);
    if (!isWord(name) || label.length >= NAME_SIZE || (kind === 'target' && (VERDICTS.has(name) || name === 'ERROR')))
      throw bad(
        `Expected the name of a ${kind} extension of at most ${NAME_SIZE - 1} bytes for ${path} but received ${show(name)}`,
        { path },
      );
    if (!raw || raw.length % 8 !== 0 || !Number.isInteger(revision) || revision < 0 || revision > 254)
      throw bad(
        `Expected { revision, data } with the hexadecimal bytes of a ${kind}, a multiple of 8, for ${path} but received ${show({ revision, data })}`,
        { path },
      );
    const size = ELEMENT_HEADER + raw.length;
    if (at + size + STANDARD_SIZE > ENTRY_MAX) throw bad(`Expected a rule of at most ${ENTRY_MAX} bytes`, { path });
    const { bytes, memory } = this.scratch;
    bytes.fill(0, at, at + ELEMENT_HEADER);
    memory.view.setUint16(at, size, LITTLE);
    bytes.set(label, at + NAME_AT);
    bytes[at + REVISION_AT] = revision;
    bytes.set(raw, at + ELEMENT_HEADER);
    return at + size;
  }
}

/** The kernel says no more of it than EINVAL. */
function checkFiles(extension: AnyExtension, settings: Readonly<Record<string, unknown>>): void {
  for (const option of extension.definition.files ?? []) {
    const name = settings[camel(option)];
    if (typeof name === 'string' && !isFileName(name))
      throw wrong(option, 'a name without /, of which the kernel can make a file,', name);
  }
}

const HOOKS: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);
