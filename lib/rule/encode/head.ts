/** The options of the rule itself -> the header of its entry. */
import type { Family } from '../../codec/extension';
import { isNot, toRuleProtocol } from '../../codec/operand';
import { LITTLE } from '../../codec/struct';
import { Mismatch, show } from '../../errors';
import { parseNetwork } from '../../net/address';
import { FAMILY } from '../../net/family';
import { toUint64 } from '../../net/number';
import { TextReader } from '../../net/reader';
import { encodeText, isPlainName } from '../../net/text';
import { IFNAMSIZ, INV, SHAPES, type Shape } from '../layout';
import type { CountersInput, Place } from '../rule';
import type { GivenRule } from './given';
import { bad } from './refusal';
import type { Scratch } from './scratch';

const SLASH = 47;
/** How many protocols are remembered as they were written. */
const CACHED = 4096;

export class HeadWriter {
  private readonly shape: Shape;
  private readonly protocols = new Map<unknown, number>();
  /** Of the header that was written last. */
  flags = 0;
  invflags = 0;
  protocol = 0;
  private readonly words = new TextReader();

  constructor(private readonly scratch: Scratch) {
    this.shape = SHAPES[scratch.memory.family];
  }

  /** Everything but the flags, to which a goto may be added. */
  write(rule: GivenRule, place: Place): void {
    const { shape } = this;
    const { bytes, memory } = this.scratch;
    bytes.fill(0, 0, shape.size);
    let flags = 0;
    let invflags = 0;
    let protocol = 0;
    if (rule.protocol !== undefined) {
      const not = isNot(rule.protocol);
      protocol = this.protocolNumber(not ? rule.protocol.not : rule.protocol);
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
    this.flags = flags;
    this.invflags = invflags;
    this.protocol = protocol;
  }

  private protocolNumber(value: unknown): number {
    let number = this.protocols.get(value);
    if (number === undefined) {
      try {
        number = toRuleProtocol(value);
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
    const { shape } = this;
    const { bytes } = this.scratch;
    if (typeof value === 'string') {
      if (shape.address === 4 && this.writePlain(value, at, maskAt)) return not;
      const network = parseNetwork(value, shape.family);
      if (network) {
        bytes.set(network.address, at);
        bytes.set(network.mask, maskAt);
        return not;
      }
    }
    throw bad(
      `Expected an ${FAMILY[shape.family].name} address with an optional mask for --${option} but received ${show(value)}`,
      {
        option,
        path: option,
        ...(typeof value === 'string' && {
          hint: addressHint(value, shape.family, option),
          iptables: this.wrongNetwork(value),
        }),
      },
    );
  }

  /** `10.0.0.0/8`, the usual case, without a detour; false if it is anything else. */
  private writePlain(value: string, at: number, maskAt: number): boolean {
    const { bytes, memory } = this.scratch;
    const words = this.words.on(value, 0, value.length);
    if (!words.ipv4(bytes, at)) return false;
    const length = words.atEnd ? 32 : words.byte(SLASH) ? words.number(32) : -1;
    if (length < 0 || !words.atEnd) return false;
    this.words.on('', 0, 0); // it may be a piece of a large text
    const mask = length === 0 ? 0 : -1 << (32 - length);
    memory.view.setInt32(at, memory.view.getInt32(at) & mask);
    memory.view.setInt32(maskAt, mask);
    return true;
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
    const name = typeof value === 'string' && isPlainName(value) ? encodeText(value) : undefined;
    if (!name || name.length >= IFNAMSIZ)
      throw bad(
        `Expected the name of an interface of at most ${IFNAMSIZ - 1} bytes, without spaces and control characters, for --${option} but received ${show(value)}`,
        {
          option,
          path,
          iptables:
            encodeText(String(value)).length < IFNAMSIZ
              ? undefined
              : `interface name \`${value}' must be shorter than ${IFNAMSIZ} characters`,
        },
      );
    this.scratch.bytes.set(name, at);
    // The terminating zero is compared too, unless the name is only a beginning.
    const compared = name[name.length - 1] === 0x2b ? name.length - 1 : name.length + 1;
    this.scratch.bytes.fill(0xff, maskAt, maskAt + compared);
    return not;
  }

  writeCounters(given: CountersInput): void {
    for (const [name, at] of [
      ['packets', 0],
      ['bytes', 8],
    ] as const) {
      const value = toUint64(given?.[name]);
      if (value === undefined)
        throw bad(
          `Expected an integer from 0 to 18446744073709551615 for counters.${name} but received ${show(given?.[name])}`,
          { path: `counters.${name}` },
        );
      this.scratch.memory.view.setBigUint64(this.shape.counters + at, value, LITTLE);
    }
  }
}

/** A range of addresses is a match of its own. */
export function rangeHint(value: string, option: 'source' | 'destination'): string | undefined {
  const [low, high, more] = value.split('-');
  if (low === undefined || high === undefined || more !== undefined) return undefined;
  if (!(['ipv4', 'ipv6'] as const).some((family) => [low, high].every((end) => parseNetwork(end, family))))
    return undefined;
  const [name, key] = option === 'source' ? ['src-range', 'srcRange'] : ['dst-range', 'dstRange'];
  return `A range of addresses is a match of its own: -m iprange --${name} ${value}, { iprange: { ${key}: ['${low}', '${high}'] } }.`;
}

/** What somebody may have meant who wrote this for an address. */
function addressHint(value: string, family: Family, option: 'source' | 'destination'): string | undefined {
  const range = rangeHint(value, option);
  if (range !== undefined) return range;
  if (value.includes(',')) return 'Several addresses stand for several rules.';
  if (value.startsWith('!')) return `In data it is { not: ${show(value.slice(1).trim())} }.`;
  const other = family === 'ipv4' ? 'ipv6' : 'ipv4';
  if (parseNetwork(value, other))
    return `It is an address of the other family: it belongs to a firewall of family ${other}.`;
  return /^[a-z]([-.a-z0-9]*[a-z0-9])?$/i.test(value)
    ? 'Names of hosts are not looked up: give the address.'
    : undefined;
}
