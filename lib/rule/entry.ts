/** Rule data <-> the kernel's entry: `struct ipt_entry` or `struct ip6t_entry`, its matches and its target. */
import {
  type AnyExtension,
  type Family,
  OptionMismatch,
  type Options,
  type Revision,
  type RuleFacts,
} from '../codec/extension';
import type { Kernel } from '../codec/kernel';
import { isNot, toProtocol } from '../codec/operand';
import { array, bytes, chars, in6Addr, inAddr, LITTLE, Memory, struct, u8, u16, u32, u64 } from '../codec/struct';
import { alternatives, type ErrorDetails, IptcError, Mismatch, nearest, show } from '../errors';
import { registry } from '../extensions/registry';
import { formatNetwork, parseNetwork, writeIpv4 } from '../net/address';
import { protocolName } from '../net/databases';
import { fromHex, toHex } from '../net/number';
import { decodeText, encodeText } from '../net/text';
import { type ListedRule, type Opaque, type Place, type Rule, VERDICTS } from './rule';

const IFNAMSIZ = 16;
const counters = struct('xt_counters', { pcnt: u64, bcnt: u64 });
const interfaces = {
  iniface: chars(IFNAMSIZ),
  outiface: chars(IFNAMSIZ),
  iniface_mask: bytes(IFNAMSIZ),
  outiface_mask: bytes(IFNAMSIZ),
};
const behind = { nfcache: u32, target_offset: u16, next_offset: u16, comefrom: u32, counters };
// <linux/netfilter_ipv4/ip_tables.h>
const iptEntry = struct('ipt_entry', {
  ip: struct('ipt_ip', {
    src: inAddr,
    dst: inAddr,
    smsk: inAddr,
    dmsk: inAddr,
    ...interfaces,
    proto: u16,
    flags: u8,
    invflags: u8,
  }),
  ...behind,
});
// <linux/netfilter_ipv6/ip6_tables.h>
const ip6tEntry = struct('ip6t_entry', {
  ipv6: struct('ip6t_ip6', {
    src: in6Addr,
    dst: in6Addr,
    smsk: in6Addr,
    dmsk: in6Addr,
    ...interfaces,
    proto: u16,
    tos: u8,
    flags: u8,
    invflags: u8,
  }),
  ...behind,
});
// <linux/netfilter/x_tables.h>: in front of the data of every match and target
const element = struct('xt_entry_match', { match_size: u16, name: chars(29), revision: u8, data: array(u8, 0) });
export const structs = [iptEntry, ip6tEntry, element] as const;

const ELEMENT_HEADER = element.$size;
const [NAME_AT, NAME_SIZE, REVISION_AT] = [element.name.offset, 29, element.revision.offset];
/** A verdict or a jump: the header, and an int that libiptc fills in. Its revision tells it from an extension (program.ts). */
export const STANDARD_SIZE = ELEMENT_HEADER + 8;
const STANDARD_REVISION = 255;
/** Jumps hold 28 bytes of a chain's name and a zero. */
export const CHAIN_NAME_MAX = 28;

/** Where a family's header has what. */
interface Shape {
  readonly family: Family;
  readonly size: number;
  readonly address: 4 | 16;
  /** struct ipt_ip or ip6t_ip6 alone. */
  readonly headSize: number;
  readonly src: number;
  readonly dst: number;
  readonly smsk: number;
  readonly dmsk: number;
  readonly iniface: number;
  readonly outiface: number;
  readonly iniface_mask: number;
  readonly outiface_mask: number;
  readonly proto: number;
  readonly flags: number;
  readonly invflags: number;
  readonly targetOffset: number;
  readonly nextOffset: number;
  readonly counters: number;
  readonly gotoFlag: number;
  /** IP6T_F_PROTO: a protocol is given. */
  readonly protoFlag: number;
  /** IPT_F_FRAG */
  readonly fragFlag: number;
}
const shapeOf = (family: Family): Shape => {
  const entry = family === 'ipv4' ? iptEntry : ip6tEntry;
  const ip = family === 'ipv4' ? iptEntry.ip : ip6tEntry.ipv6;
  return {
    family,
    size: entry.$size,
    address: family === 'ipv4' ? 4 : 16,
    headSize: entry.nfcache.offset,
    src: ip.src.offset,
    dst: ip.dst.offset,
    smsk: ip.smsk.offset,
    dmsk: ip.dmsk.offset,
    iniface: ip.iniface.offset,
    outiface: ip.outiface.offset,
    iniface_mask: ip.iniface_mask.offset,
    outiface_mask: ip.outiface_mask.offset,
    proto: ip.proto.offset,
    flags: ip.flags.offset,
    invflags: ip.invflags.offset,
    targetOffset: entry.target_offset.offset,
    nextOffset: entry.next_offset.offset,
    counters: entry.counters.pcnt.offset,
    gotoFlag: family === 'ipv4' ? 2 : 4,
    protoFlag: family === 'ipv4' ? 0 : 1,
    fragFlag: family === 'ipv4' ? 1 : 0,
  };
};
export const SHAPES: Readonly<Record<Family, Shape>> = { ipv4: shapeOf('ipv4'), ipv6: shapeOf('ipv6') };

/** IPT_INV_…, the same in both families. */
export const INV = { VIA_IN: 0x01, VIA_OUT: 0x02, SRCIP: 0x08, DSTIP: 0x10, FRAG: 0x20, PROTO: 0x40 } as const;

const RULE_KEYS: ReadonlySet<string> = new Set([
  'protocol',
  'source',
  'destination',
  'inInterface',
  'outInterface',
  'fragment',
  'match',
  'target',
  'counters',
]);
/** How much is remembered of names and elements that repeat. */
const CACHED = 4096;
/** XT_TABLE's limit: offsets within an entry are 16 bits. */
export const ENTRY_MAX = 65535;

/** An element of an entry, decoded. */
export interface DecodedElement {
  readonly name: string;
  readonly kernelName: string;
  readonly revision: number;
  readonly known: { readonly extension: AnyExtension; readonly revision: Revision<Options> } | undefined;
  readonly settings: Record<string, unknown>;
  /** As it stands in a rule: opaque, if its settings would not be written as the same bytes. Rules share it. */
  readonly element: object;
}

/** Encodes into and decodes from entries of one family, for one kernel. */
export class EntryCodec {
  readonly shape: Shape;
  /** @internal The entry that is being made. */
  readonly scratch = new Uint8Array(ENTRY_MAX + 1);
  /** @internal The same. */
  readonly memory: Memory;
  /** The beginnings of it that have been handed out, by their size: most rules have one of a few. */
  private readonly views = new Map<number, Uint8Array>();
  private readonly proof = new Uint8Array(8192);
  private readonly proofMemory: Memory;
  /** Elements seen, at a place that follows from their bytes; many rules share theirs. */
  private readonly seen: (SeenElement | undefined)[] = new Array(CACHED).fill(undefined);
  /** What was at each place last: an element is kept when it comes for the second time, since many never do. */
  private readonly hashes = new Int32Array(CACHED);
  private readonly names = { match: new Map<string, string>(), target: new Map<string, string>() };
  /** The extension and its revision by name as written, once asked for. */
  private readonly chosen = { match: new Map<string, Chosen>(), target: new Map<string, Chosen>() };
  private readonly protocols = new Map<unknown, number>();
  private readonly standards = new Map<string | undefined, Uint8Array>();
  /** Where the header has what: a rule's key, its value, its mask, and the bit that negates it. */
  private readonly networks: readonly (readonly [string, number, number, number])[];
  private readonly interfaces: typeof this.networks;
  /** Of the rule that is being encoded. */
  private readonly facts: { -readonly [K in keyof RuleFacts]: RuleFacts[K] };
  /** Parts of the last encoded entry that a comparison leaves out: from, to. */
  private readonly ignored: number[] = [];

  constructor(readonly kernel: Kernel) {
    this.shape = SHAPES[kernel.family];
    const { shape } = this;
    this.networks = [
      ['source', shape.src, shape.smsk, INV.SRCIP],
      ['destination', shape.dst, shape.dmsk, INV.DSTIP],
    ];
    this.interfaces = [
      ['inInterface', shape.iniface, shape.iniface_mask, INV.VIA_IN],
      ['outInterface', shape.outiface, shape.outiface_mask, INV.VIA_OUT],
    ];
    this.facts = { family: kernel.family, protocol: 0, protocolNegated: false, match: NO_MATCH, chain: undefined };
    this.memory = new Memory(this.scratch, 0, kernel);
    this.proofMemory = new Memory(this.proof, 0, kernel);
  }

  /** The entry's bytes, valid until the next call. Throws an IptcError with the path to what is wrong. */
  encode(rule: Rule, place: Place = {}): Uint8Array {
    if (typeof rule !== 'object' || rule === null)
      throw bad(`Expected a rule as an object or a text but received ${show(rule)}`);
    this.ignored.length = 0;
    const size = 'entry' in rule ? this.encodeOpaque(rule.entry) : this.encodePlain(rule as PlainInput, place);
    if (rule.counters !== undefined) this.writeCounters(rule.counters);
    return this.made(size);
  }

  /** @internal The entry that has been made. */
  made(size: number): Uint8Array {
    let view = this.views.get(size);
    if (!view) {
      view = this.scratch.subarray(0, size);
      this.views.set(size, view);
    }
    return view;
  }

  /** Ones where the entry that was encoded last has to equal a rule, for deleting or checking by specification. */
  mask(size: number): Uint8Array {
    const mask = new Uint8Array(size).fill(0xff);
    for (let i = 0; i < this.ignored.length; i += 2) mask.fill(0, this.ignored[i], this.ignored[i + 1]);
    return mask;
  }

  private encodeOpaque(entry: string): number {
    const { shape, memory } = this;
    const raw = typeof entry === 'string' ? fromHex(entry) : undefined;
    if (!raw || raw.length < shape.size + STANDARD_SIZE - 8 || raw.length > ENTRY_MAX || raw.length % 8 !== 0)
      throw bad(`Expected the hexadecimal bytes of an entry for entry but received ${show(entry)}`, { path: 'entry' });
    this.scratch.set(raw);
    if (memory.view.getUint16(shape.nextOffset, LITTLE) !== raw.length)
      throw bad(
        `Expected an entry whose next_offset is its ${raw.length} bytes for entry but received ${memory.view.getUint16(shape.nextOffset, LITTLE)}`,
        { path: 'entry' },
      );
    return raw.length;
  }

  private encodePlain(rule: PlainInput, place: Place): number {
    const { shape, scratch, memory } = this;
    scratch.fill(0, 0, shape.size);
    for (const key in rule) if (!RULE_KEYS.has(key)) throw unknownField(key);
    const { match, target } = rule;
    let flags = 0;
    let invflags = 0;
    let protocol = 0;
    if (rule.protocol !== undefined) {
      const not = isNot(rule.protocol);
      protocol = this.protocol(not ? rule.protocol.not : rule.protocol);
      if (protocol === 0 && not)
        throw bad('Expected a protocol other than all for ! --protocol: the rule would never match', {
          option: 'protocol',
          path: 'protocol',
        });
      memory.view.setUint16(shape.proto, protocol, LITTLE);
      flags |= shape.protoFlag; // of all, too, as ip6tables does
      if (not) invflags |= INV.PROTO;
    }
    if (rule.source !== undefined && this.writeNetwork(rule.source, 'source', shape.src, shape.smsk))
      invflags |= INV.SRCIP;
    if (rule.destination !== undefined && this.writeNetwork(rule.destination, 'destination', shape.dst, shape.dmsk))
      invflags |= INV.DSTIP;
    if (rule.inInterface !== undefined) {
      if (place.chain === 'OUTPUT' || place.chain === 'POSTROUTING')
        throw bad(`Expected no --in-interface in chain ${place.chain}: packets there have none any more`, {
          option: 'in-interface',
          path: 'inInterface',
        });
      if (this.writeInterface(rule.inInterface, 'in-interface', 'inInterface', shape.iniface, shape.iniface_mask))
        invflags |= INV.VIA_IN;
    }
    if (rule.outInterface !== undefined) {
      if (place.chain === 'INPUT' || place.chain === 'PREROUTING')
        throw bad(`Expected no --out-interface in chain ${place.chain}: packets there have none yet`, {
          option: 'out-interface',
          path: 'outInterface',
        });
      if (this.writeInterface(rule.outInterface, 'out-interface', 'outInterface', shape.outiface, shape.outiface_mask))
        invflags |= INV.VIA_OUT;
    }
    if (rule.fragment !== undefined) {
      const not = isNot(rule.fragment);
      if (shape.fragFlag === 0)
        throw bad('Expected no --fragment in an IPv6 rule: use the match frag', {
          option: 'fragment',
          path: 'fragment',
        });
      if ((not ? rule.fragment.not : rule.fragment) !== true)
        throw bad(`Expected true or { not: true } for --fragment but received ${show(rule.fragment)}`, {
          option: 'fragment',
          path: 'fragment',
        });
      flags |= shape.fragFlag;
      if (not) invflags |= INV.FRAG;
    }

    const { facts } = this;
    facts.protocol = protocol;
    facts.protocolNegated = (invflags & INV.PROTO) !== 0;
    facts.match = (match ?? NO_MATCH) as readonly unknown[];
    facts.chain = place.chain;
    let at = shape.size;
    if (match !== undefined) {
      if (!Array.isArray(match))
        throw bad(`Expected a list of matches for match but received ${show(match)}`, { path: 'match' });
      for (let i = 0; i < match.length; i++) at = this.encodeElement('match', match[i], at, facts, place, i);
    }
    memory.view.setUint16(shape.targetOffset, at, LITTLE);
    if (target === undefined || typeof target === 'string') at = this.encodeStandard(target, at);
    else if (typeof target === 'object' && target !== null && 'goto' in target && Object.keys(target).length === 1) {
      const chain = (target as { goto: unknown }).goto;
      if (typeof chain !== 'string' || VERDICTS.has(chain))
        throw bad(`Expected the name of a chain for --goto but received ${show(chain)}`, {
          option: 'goto',
          path: 'target.goto',
          iptables: `goto '${chain}' is not a chain`,
        });
      flags |= shape.gotoFlag;
      at = this.encodeStandard(chain, at);
    } else at = this.encodeElement('target', target, at, facts, place, 0);
    memory.view.setUint16(shape.nextOffset, at, LITTLE);
    scratch[shape.flags] = flags;
    scratch[shape.invflags] = invflags;
    return at;
  }

  private protocol(value: unknown): number {
    let number = this.protocols.get(value);
    if (number === undefined) {
      try {
        number = toProtocol(value);
      } catch (error) {
        if (!(error instanceof Mismatch)) throw error;
        throw bad(`Expected ${error.expected} for --protocol but received ${show(value)}`, {
          option: 'protocol',
          path: 'protocol',
        });
      }
      // A number has many spellings.
      if (this.protocols.size < CACHED) this.protocols.set(value, number);
    }
    return number;
  }

  /** Whether it is negated. */
  private writeNetwork(given: unknown, option: 'source' | 'destination', at: number, maskAt: number): boolean {
    const not = isNot(given);
    const value = not ? given.not : given;
    const { scratch, shape } = this;
    if (typeof value === 'string') {
      if (shape.address === 4 && writeIpv4(value, scratch, at)) {
        scratch.fill(0xff, maskAt, maskAt + 4);
        return not;
      }
      const network = parseNetwork(value, shape.family);
      if (network) {
        scratch.set(network.address, at);
        scratch.set(network.mask, maskAt);
        return not;
      }
    }
    throw bad(
      `Expected an ${shape.family === 'ipv4' ? 'IPv4' : 'IPv6'} address with an optional mask for --${option} but received ${show(value)}`,
      {
        option,
        path: option,
        ...(typeof value === 'string' && {
          hint: addressHint(value, shape.family),
          iptables: this.wrongNetwork(value),
        }),
      },
    );
  }

  private wrongNetwork(value: string): string {
    const [, address, mask] = /^(.*?)(?:\/(.*))?$/s.exec(value)!;
    return mask !== undefined && parseNetwork(address!, this.shape.family)
      ? `invalid mask \`${mask}' specified`
      : `host/network \`${address}' not found`;
  }

  /** Whether it is negated. */
  private writeInterface(given: unknown, option: string, path: string, at: number, maskAt: number): boolean {
    const not = isNot(given);
    const value = not ? given.not : given;
    const name = typeof value === 'string' ? encodeText(value) : undefined;
    if (!name || name.length === 0 || name.length >= IFNAMSIZ || name.some(isSpace))
      throw bad(
        `Expected the name of an interface of at most ${IFNAMSIZ - 1} bytes, without spaces and control characters, for --${option} but received ${show(value)}`,
        { option, path, iptables: `interface name \`${value}' must be shorter than IFNAMSIZ (${IFNAMSIZ - 1})` },
      );
    this.scratch.set(name, at);
    // The terminating zero is compared too, unless the name is only a beginning.
    const compared = name[name.length - 1] === 0x2b ? name.length - 1 : name.length + 1;
    this.scratch.fill(0xff, maskAt, maskAt + compared);
    return not;
  }

  private writeCounters(given: { readonly packets: bigint | number; readonly bytes: bigint | number }): void {
    for (const [name, at] of [
      ['packets', 0],
      ['bytes', 8],
    ] as const) {
      const value = given?.[name];
      if (!(typeof value === 'bigint' || Number.isSafeInteger(value)) || value < 0 || BigInt(value) >= 1n << 64n)
        throw bad(
          `Expected an integer from 0 to 18446744073709551615 for counters.${name} but received ${show(value)}`,
          { path: `counters.${name}` },
        );
      this.memory.view.setBigUint64(this.shape.counters + at, BigInt(value), LITTLE);
    }
  }

  /** @internal */
  encodeStandard(name: string | undefined, at: number): number {
    let bytes = this.standards.get(name);
    if (!bytes) {
      bytes = this.standard(name);
      if (this.standards.size < CACHED) this.standards.set(name, bytes);
    }
    this.scratch.set(bytes, at);
    return at + STANDARD_SIZE;
  }

  private standard(name: string | undefined): Uint8Array {
    const bytes = new Uint8Array(STANDARD_SIZE);
    new DataView(bytes.buffer).setUint16(0, STANDARD_SIZE, LITTLE);
    bytes[REVISION_AT] = STANDARD_REVISION;
    if (name === undefined) return bytes;
    const label = encodeText(name);
    if (label.length === 0 || label.length > CHAIN_NAME_MAX || CONTROLS.test(name))
      throw bad(
        `Expected a verdict or the name of a chain of at most ${CHAIN_NAME_MAX} bytes, without control characters, for --jump but received ${show(name)}`,
        {
          option: 'jump',
          path: 'target',
          iptables: `Invalid target name \`${name}' (${CHAIN_NAME_MAX} chars max)`,
        },
      );
    if (!VERDICTS.has(name) && registry.target.find(this.shape.family, name))
      throw bad(`Expected a verdict or a chain for --jump but received ${show(name)}, which is a target extension`, {
        option: 'jump',
        path: 'target',
        hint: `Write it as { ${name}: { … } }.`,
      });
    bytes.set(label, NAME_AT);
    return bytes;
  }

  /** @internal Writes one element, the match at an index of the rule's list or its target; gives its end. */
  encodeElement(
    kind: 'match' | 'target',
    given: unknown,
    at: number,
    facts: RuleFacts,
    place: Place,
    index: number,
  ): number {
    let name: string | undefined;
    let keys = 0;
    if (typeof given === 'object' && given !== null) {
      for (const key in given) {
        name = key;
        keys++;
      }
    }
    if (name === undefined || keys !== 1) {
      const path = pathOf(kind, index);
      throw bad(
        `Expected an object with exactly one key, the ${kind}'s name, for ${path} but received ${keys === 0 ? show(given) : Object.keys(given as object).join(' and ')}`,
        { path },
      );
    }
    const settings = (given as Record<string, unknown>)[name];
    if (isOpaque(settings)) return this.encodeOpaqueElement(kind, name, settings, at, `${pathOf(kind, index)}.${name}`);
    const { extension, revision, header } = this.chosen[kind].get(name) ?? this.choose(kind, name, index);
    if (typeof settings !== 'object' || settings === null) {
      const path = `${pathOf(kind, index)}.${name}`;
      throw bad(`Expected the options of ${kind} ${name} as an object for ${path} but received ${show(settings)}`, {
        path,
      });
    }
    const { scratch, memory } = this;
    const end = at + ELEMENT_HEADER + revision.size;
    if (end + STANDARD_SIZE > ENTRY_MAX)
      throw bad(`Expected a rule of at most ${ENTRY_MAX} bytes`, { path: pathOf(kind, index) });
    try {
      this.checkPlace(extension, facts, place);
      const canonical = extension.canonical(settings as Record<string, unknown>, facts);
      memory.at = at + ELEMENT_HEADER;
      revision.encode(canonical, memory);
    } catch (error) {
      throw explained(error, kind, name, pathOf(kind, index));
    }
    scratch.set(header, at);
    if (revision.userspaceSize < revision.size) this.ignored.push(at + ELEMENT_HEADER + revision.userspaceSize, end);
    return end;
  }

  private choose(kind: 'match' | 'target', name: string, index: number): Chosen {
    const path = pathOf(kind, index);
    const extension = registry[kind].find(this.shape.family, name);
    if (!extension) {
      const near = nearest(name, registry[kind].names(this.shape.family));
      const jump = kind === 'target' ? ' (a chain or a verdict is a plain string)' : '';
      throw bad(
        `Expected the name of an ${this.shape.family === 'ipv4' ? 'IPv4' : 'IPv6'} ${kind} for ${path} but received ${show(name)}${near === undefined ? '' : `: did you mean ${near}?`}${jump}`,
        { path },
      );
    }
    const revision = extension.revisionFor(this.kernel);
    if (!revision) {
      throw new IptcError(
        'ERR_UNSUPPORTED_BY_KERNEL',
        `The kernel has no ${kind} ${name} for ${this.shape.family === 'ipv4' ? 'IPv4' : 'IPv6'} in a revision that is known here`,
        {
          path,
          iptables: `Warning: Extension ${extension.kernelName} revision 0 not supported, missing kernel module?`,
          hint: `Load its module (modprobe ${kind === 'match' ? `xt_${extension.kernelName}` : `xt_${extension.kernelName.toUpperCase()}`}), or build a kernel that has it.`,
        },
      );
    }
    const header = new Uint8Array(ELEMENT_HEADER);
    new DataView(header.buffer).setUint16(0, ELEMENT_HEADER + revision.size, LITTLE);
    header.set(encodeText(extension.kernelName), NAME_AT);
    header[REVISION_AT] = revision.number;
    const chosen = { extension, revision, header };
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

  private encodeOpaqueElement(
    kind: string,
    name: string,
    { revision, data }: Opaque,
    at: number,
    path: string,
  ): number {
    const raw = fromHex(data);
    const label = encodeText(name);
    if (
      !raw ||
      raw.length % 8 !== 0 ||
      label.length >= NAME_SIZE ||
      !Number.isInteger(revision) ||
      revision < 0 ||
      revision > 254
    )
      throw bad(
        `Expected { revision, data } with the hexadecimal bytes of a ${kind}, a multiple of 8, for ${path} but received ${show({ revision, data })}`,
        { path },
      );
    const size = ELEMENT_HEADER + raw.length;
    if (at + size + STANDARD_SIZE > ENTRY_MAX) throw bad(`Expected a rule of at most ${ENTRY_MAX} bytes`, { path });
    this.scratch.fill(0, at, at + ELEMENT_HEADER);
    this.memory.view.setUint16(at, size, LITTLE);
    this.scratch.set(label, at + NAME_AT);
    this.scratch[at + REVISION_AT] = revision;
    this.scratch.set(raw, at + ELEMENT_HEADER);
    const known = registry[kind as 'match' | 'target'].find(this.shape.family, name)?.revisionNumbered(revision);
    if (known && known.size === raw.length && known.userspaceSize < known.size)
      this.ignored.push(at + ELEMENT_HEADER + known.userspaceSize, at + size);
    return at + size;
  }

  /** The rule at an offset of a snapshot's bytes. Never throws on what a kernel may hold. */
  decode(m: Memory, at: number): ListedRule {
    const { shape } = this;
    const counters = isZero(m.bytes, at + shape.counters, 16)
      ? ZERO
      : {
          packets: m.view.getBigUint64(at + shape.counters, LITTLE),
          bytes: m.view.getBigUint64(at + shape.counters + 8, LITTLE),
        };
    const rule: Record<string, unknown> = {};
    if (!this.decodeHeader(m, at, rule)) return { entry: this.opaqueEntry(m, at), counters };
    const targetAt = at + m.view.getUint16(at + shape.targetOffset, LITTLE);
    if (targetAt > at + shape.size) {
      const match: unknown[] = [];
      for (let i = at + shape.size; i < targetAt; i += m.view.getUint16(i, LITTLE))
        match.push(this.decodeElement('match', m, i).element);
      rule.match = match;
    }
    if (m.bytes[targetAt + REVISION_AT] === STANDARD_REVISION) {
      const name = decodeText(m.bytes, targetAt + NAME_AT, targetAt + NAME_AT + NAME_SIZE);
      if (CONTROLS.test(name)) return { entry: this.opaqueEntry(m, at), counters };
      if (name !== '') rule.target = m.bytes[at + shape.flags]! & shape.gotoFlag ? { goto: name } : name;
    } else {
      rule.target = this.decodeElement('target', m, targetAt).element;
    }
    rule.counters = counters;
    return rule as unknown as ListedRule;
  }

  private opaqueEntry(m: Memory, at: number): string {
    const { shape } = this;
    const entry = m.bytes.slice(at, at + m.view.getUint16(at + shape.nextOffset, LITTLE));
    // Bookkeeping of the kernel's that says nothing about the rule: comefrom, and the counters.
    entry.fill(0, shape.nextOffset + 2, shape.size);
    return toHex(entry);
  }

  private opaqueElement(m: Memory, at: number): Opaque {
    const size = m.view.getUint16(at, LITTLE);
    return { revision: m.bytes[at + REVISION_AT]!, data: toHex(m.bytes.subarray(at + ELEMENT_HEADER, at + size)) };
  }

  /** False if the header holds something that no option says. */
  private decodeHeader(m: Memory, at: number, rule: Record<string, unknown>): boolean {
    const { shape } = this;
    const flags = m.bytes[at + shape.flags]!;
    const invflags = m.bytes[at + shape.invflags]!;
    const targetAt = at + m.view.getUint16(at + shape.targetOffset, LITTLE);
    let known = shape.protoFlag | shape.fragFlag;
    if ((flags & shape.gotoFlag) !== 0 && m.bytes[targetAt + REVISION_AT] === STANDARD_REVISION) {
      const name = decodeText(m.bytes, targetAt + NAME_AT, targetAt + NAME_AT + NAME_SIZE);
      if (name !== '' && !VERDICTS.has(name)) known |= shape.gotoFlag;
    }
    if ((flags & ~known) !== 0) return false;
    const given = (value: unknown, inv: number) => ((invflags & inv) !== 0 ? { not: value } : value);
    let inverted = 0;
    const protocol = m.view.getUint16(at + shape.proto, LITTLE);
    const said = shape.protoFlag === 0 ? protocol !== 0 : (flags & shape.protoFlag) !== 0;
    if (!said && protocol !== 0) return false;
    if (shape.family === 'ipv6' && m.bytes[at + shape.flags - 1] !== 0) return false; // tos
    if (protocol > 255 || !isZero(m.bytes, at + shape.invflags + 1, shape.headSize - shape.invflags - 1)) return false;
    if (said) {
      rule.protocol = given(protocolName(protocol) ?? protocol, INV.PROTO);
      if (protocol !== 0) inverted |= INV.PROTO; // ! all is refused
    }
    for (const [key, addressAt, maskAt, inv] of this.networks) {
      const state = this.networkState(m.bytes, at + addressAt, at + maskAt);
      if (state === 'odd') return false;
      if (state === 'any' && (invflags & inv) === 0) continue;
      rule[key] = given(formatNetwork(shape.family, m.bytes, at + addressAt, m.bytes, at + maskAt), inv);
      inverted |= inv;
    }
    for (const [key, nameAt, maskAt, inv] of this.interfaces) {
      if (isZero(m.bytes, at + nameAt, IFNAMSIZ) && isZero(m.bytes, at + maskAt, IFNAMSIZ)) continue;
      const name = this.interfaceName(m.bytes, at + nameAt, at + maskAt);
      if (name === undefined) return false;
      rule[key] = given(name, inv);
      inverted |= inv;
    }
    if (flags & shape.fragFlag) {
      rule.fragment = given(true, INV.FRAG);
      inverted |= INV.FRAG;
    }
    return (invflags & ~inverted) === 0;
  }

  private networkState(b: Uint8Array, at: number, maskAt: number): 'any' | 'some' | 'odd' {
    let any = true;
    for (let i = 0; i < this.shape.address; i++) {
      if (b[maskAt + i] !== 0) any = false;
      if ((b[at + i]! & ~b[maskAt + i]!) !== 0) return 'odd';
    }
    return any ? 'any' : 'some';
  }

  /** The name that would be written as these bytes. */
  private interfaceName(b: Uint8Array, at: number, maskAt: number): string | undefined {
    let length = 0;
    while (length < IFNAMSIZ && b[at + length] !== 0) {
      if (isSpace(b[at + length]!)) return undefined;
      length++;
    }
    if (length === 0 || length === IFNAMSIZ) return undefined;
    const compared = b[at + length - 1] === 0x2b ? length - 1 : length + 1;
    for (let i = 0; i < IFNAMSIZ; i++) {
      if (i >= length && b[at + i] !== 0) return undefined;
      if (b[maskAt + i] !== (i < compared ? 0xff : 0)) return undefined;
    }
    return decodeText(b, at, at + length);
  }

  /** Whether two entries say the same, counters and what belongs to the kernel aside. */
  sameRule(a: Memory, at: number, b: Memory, bt: number): boolean {
    const { shape } = this;
    const size = a.view.getUint16(at + shape.nextOffset, LITTLE);
    const targetAt = a.view.getUint16(at + shape.targetOffset, LITTLE);
    if (
      b.view.getUint16(bt + shape.nextOffset, LITTLE) !== size ||
      b.view.getUint16(bt + shape.targetOffset, LITTLE) !== targetAt
    )
      return false;
    const equal = (from: number, to: number) => a.buffer.compare(b.bytes, bt + from, bt + to, at + from, at + to) === 0;
    if (!equal(0, shape.headSize)) return false;
    for (let i = shape.size; i < size; ) {
      const length = i === targetAt ? size - i : a.view.getUint16(at + i, LITTLE);
      if (!equal(i, i + length)) {
        const { known } = this.decodeElement(i === targetAt ? 'target' : 'match', a, at + i);
        if (!known || !equal(i, i + ELEMENT_HEADER + known.revision.userspaceSize)) return false;
      }
      i += length;
    }
    return true;
  }

  /** A match or an extension target, from its bytes. */
  decodeElement(kind: 'match' | 'target', m: Memory, at: number): DecodedElement {
    const size = m.view.getUint16(at, LITTLE);
    const { words } = m;
    if (!words || ((at | size) & 3) !== 0) return this.decodeNewElement(kind, m, at, size);
    const [from, to] = [at >> 2, (at + size) >> 2];
    let hash = kind === 'match' ? 1 : 2;
    for (let i = from; i < to; i++) hash = Math.imul(hash, 0x01000193) ^ words[i]!;
    const place = (hash ^ (hash >>> 12) ^ (hash >>> 24)) & (CACHED - 1);
    const seen = this.seen[place];
    if (seen && seen.hash === hash && seen.kind === kind && sameWords(seen.words, words, from, to)) return seen.decoded;
    const decoded = this.decodeNewElement(kind, m, at, size);
    if (decoded.known?.extension.definition.volatile) return decoded;
    if (this.hashes[place] === hash) this.seen[place] = { kind, hash, words: words.slice(from, to), decoded };
    else this.hashes[place] = hash;
    return decoded;
  }

  private decodeNewElement(kind: 'match' | 'target', m: Memory, at: number, size: number): DecodedElement {
    const kernelName = this.nameOf(kind, m, at);
    const number = m.bytes[at + REVISION_AT]!;
    const before = m.at;
    m.at = at + ELEMENT_HEADER;
    try {
      const known = registry[kind].recognise(kernelName, number, m);
      // More bytes than the kernel's struct has would be somebody else's.
      if (!known || known.revision.size > size - ELEMENT_HEADER)
        return {
          name: kernelName,
          kernelName,
          revision: number,
          known: undefined,
          settings: {},
          element: { [kernelName]: this.opaqueElement(m, at) },
        };
      const { revision, extension } = known;
      const settings = revision.decode(m);
      const faithful = revision.size === size - ELEMENT_HEADER && this.faithful(m, revision, settings);
      const element = faithful ? { [extension.name]: settings } : { [kernelName]: this.opaqueElement(m, at) };
      return { name: extension.name, kernelName, revision: number, known, settings, element };
    } finally {
      m.at = before;
    }
  }

  private nameOf(kind: 'match' | 'target', m: Memory, at: number): string {
    const raw = m.buffer.latin1Slice(at + NAME_AT, at + REVISION_AT);
    let name = this.names[kind].get(raw);
    if (name === undefined) {
      name = decodeText(m.bytes, at + NAME_AT, at + NAME_AT + NAME_SIZE);
      if (this.names[kind].size < CACHED) this.names[kind].set(raw, name);
    }
    return name;
  }

  /** Whether settings give back the bytes that they were read from. */
  private faithful(m: Memory, revision: Revision<Options>, settings: Record<string, unknown>): boolean {
    const { proof, proofMemory } = this;
    if (revision.size > proof.length) return false;
    try {
      proofMemory.at = 0;
      revision.encode(settings, proofMemory);
    } catch {
      return false;
    }
    const { bytes, words, at } = m;
    const proven = proofMemory.words!;
    let i = 0;
    if (words && at % 4 === 0)
      for (; i + 4 <= revision.userspaceSize; i += 4) if (proven[i >> 2] !== words[(at + i) >> 2]) return false;
    for (; i < revision.userspaceSize; i++) if (proof[i] !== bytes[at + i]) return false;
    return true;
  }
}

function sameWords(seen: Int32Array, words: Int32Array, from: number, to: number): boolean {
  if (seen.length !== to - from) return false;
  for (let i = from; i < to; i++) if (seen[i - from] !== words[i]) return false;
  return true;
}

/** An element, kept. */
interface SeenElement {
  readonly kind: 'match' | 'target';
  readonly hash: number;
  readonly words: Int32Array;
  readonly decoded: DecodedElement;
}
interface Chosen {
  readonly extension: AnyExtension;
  readonly revision: Revision<Options>;
  /** What stands in front of its data. */
  readonly header: Uint8Array;
}
type PlainInput = {
  readonly [key in
    | 'protocol'
    | 'source'
    | 'destination'
    | 'inInterface'
    | 'outInterface'
    | 'fragment'
    | 'match'
    | 'target']?: unknown;
} & {
  readonly counters?: { readonly packets: bigint | number; readonly bytes: bigint | number };
};

const NO_MATCH: readonly unknown[] = [];
/** What most rules of a new table have counted. */
const ZERO = Object.freeze({ packets: 0n, bytes: 0n });
const HOOKS: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

/** A name with one of them could end its line in a saved file. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f]/;
/** Spaces too: the kernel has no interface of such a name. */
const isSpace = (byte: number) => byte <= 32 || byte === 127;

const isOpaque = (settings: unknown): settings is Opaque =>
  typeof settings === 'object' &&
  settings !== null &&
  typeof (settings as Opaque).data === 'string' &&
  typeof (settings as Opaque).revision === 'number' &&
  Object.keys(settings).length === 2;

const bad = (message: string, details: ErrorDetails = {}): IptcError => new IptcError('ERR_BAD_RULE', message, details);

function isZero(b: Uint8Array, at: number, size: number): boolean {
  for (let i = at; i < at + size; i++) if (b[i] !== 0) return false;
  return true;
}

const pathOf = (kind: 'match' | 'target', index: number) => (kind === 'match' ? `match[${index}]` : kind);

/** What somebody may have meant who wrote this for an address. */
function addressHint(value: string, family: Family): string | undefined {
  if (value.includes(',')) return 'Several addresses stand for several rules.';
  if (value.startsWith('!')) return `In data it is { not: ${show(value.slice(1).trim())} }.`;
  const other = family === 'ipv4' ? 'ipv6' : 'ipv4';
  if (parseNetwork(value, other))
    return `It is an address of the other family: it belongs to a firewall of family ${other}.`;
  return /^[a-z]([-.a-z0-9]*[a-z0-9])?$/i.test(value)
    ? 'Names of hosts are not looked up: give the address.'
    : undefined;
}

function unknownField(key: string): IptcError {
  const near = nearest(key, RULE_KEYS);
  return bad(
    `Expected ${near === undefined ? alternatives([...RULE_KEYS]) : `${near}, or another field of a rule,`} but received ${show(key)}`,
    { path: key },
  );
}

/** An error of one option, told with the extension it belongs to. */
function explained(error: unknown, kind: string, name: string, path: string): unknown {
  if (error instanceof IptcError) return error.within({ path: `${path}.${name}` });
  const { option, mismatch, iptables } =
    error instanceof OptionMismatch ? error : new OptionMismatch(undefined, error as Mismatch);
  if (!(mismatch instanceof Mismatch)) return error;
  const object = option === undefined ? `${kind} ${name}` : `--${option} of ${kind} ${name}`;
  const key = option === undefined ? '' : `.${option.replace(/-(.)/g, (_, c: string) => c.toUpperCase())}`;
  return bad(`Expected ${mismatch.expected} for ${object} but received ${show(mismatch.received)}`, {
    ...(option === undefined ? {} : { option }),
    path: `${path}.${name}${key}${mismatch.at}`,
    iptables,
  });
}
