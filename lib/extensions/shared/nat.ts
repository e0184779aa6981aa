/** What the NAT targets share: addresses and ports to map to. */
import { givenProtocol, OptionMismatch, type RuleFacts, wrong } from '../../codec/extension';
import { COLON, DASH, mappingHole, REGULAR, rangeHole } from '../../codec/hole';
import { fromRange, type Operand, operand, printRange, type Range, toRange } from '../../codec/operand';
import { flagged, Option, optional, required } from '../../codec/option';
import { be16, bit, inAddr, inetAddr, type Memory, type Place, repeat, struct, u32 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { ADDRESS, formatNetwork, parseNetwork, prefixLength } from '../../net/address';
import { servicePort } from '../../net/databases';
import { FAMILY } from '../../net/family';
import { parseNumber } from '../../net/number';
import { TextReader } from '../../net/reader';
import { TextWriter } from '../../net/writer';

// <linux/netfilter/nf_nat.h>
const range = { flags: u32, min_addr: inetAddr, max_addr: inetAddr, min_proto: be16, max_proto: be16 };
export const nf_nat_range = struct('nf_nat_range', range);
export const nf_nat_range2 = struct('nf_nat_range2', { ...range, base_proto: be16 });
const nf_nat_ipv4_range = struct('nf_nat_ipv4_range', {
  flags: u32,
  min_ip: inAddr,
  max_ip: inAddr,
  min: be16,
  max: be16,
});
export const compat = struct('nf_nat_ipv4_multi_range_compat', { rangesize: u32, range: repeat(nf_nat_ipv4_range, 1) });
const NF_NAT_RANGE_MAP_IPS = 1 << 0;
const NF_NAT_RANGE_PROTO_SPECIFIED = 1 << 1;
const NF_NAT_RANGE_PROTO_RANDOM = 1 << 2;
const NF_NAT_RANGE_PERSISTENT = 1 << 3;
const NF_NAT_RANGE_PROTO_RANDOM_FULLY = 1 << 4;
const NF_NAT_RANGE_PROTO_OFFSET = 1 << 5;

/** The members of a range, whatever the struct calls them. */
export interface Members {
  readonly flags: Place<number>;
  readonly min_addr: Place<Uint8Array>;
  readonly max_addr: Place<Uint8Array>;
  readonly min_proto: Place<number>;
  readonly max_proto: Place<number>;
  readonly base_proto?: Place<number>;
}
const [only] = compat.range;
export const compatRange: Members = {
  flags: only!.flags,
  min_addr: only!.min_ip,
  max_addr: only!.max_ip,
  min_proto: only!.min,
  max_proto: only!.max,
};
/** The struct of revision 0 for IPv4 has room for several ranges; the kernel takes one. */
export const oneRange = { fixed: (m: Memory) => compat.rangesize.write(m, 1) };

export type Ports = { readonly low: number; readonly high: number; readonly base?: number };
type To = { readonly addresses?: readonly [Uint8Array, Uint8Array]; readonly ports?: Ports };

/** `80`, `ssh`, `1024-65535`; names can't be the end of a range, since they may contain a dash. */
function parsePorts(word: string): Ports {
  const [, first = '', last = first, base] = /^(\w+)(?:-(\w+))?(?:\/(.*))?$/.exec(word) ?? [];
  const [low, high] = [parseNumber(first, 65535), parseNumber(last, 65535)];
  if (low !== undefined && high !== undefined && low <= high) {
    if (base === undefined) return { low, high };
    const shifted = parseNumber(base, 65535) ?? servicePort(base);
    if (shifted) return { low, high, base: shifted };
  }
  const service = servicePort(word);
  if (service === undefined)
    throw new Mismatch('a port (0 to 65535), a range low-high, or a service in /etc/services', word);
  return { low: service, high: service };
}
const formatPorts = ({ low, high, base }: Ports) =>
  `${low}${low === high ? '' : `-${high}`}${base === undefined ? '' : `/${base}`}`;

function parseAddress(word: string, family: 'ipv4' | 'ipv6'): Uint8Array {
  // As inet_pton: no octal, no hexadecimal parts.
  const bytes =
    family === 'ipv4' && !/^(\d|[1-9]\d+)(\.(\d|[1-9]\d+)){3}$/.test(word) ? undefined : ADDRESS[family].parse(word);
  if (!bytes) throw new Mismatch(`an ${FAMILY[family].name} address`, word, '', `Bad IP address "${word}"`);
  return bytes;
}

/** `1.1.1.1:80`, `1.1.1.1:1024-65535` or `1.1.1.1`, the usual cases, without a detour; undefined of anything else. */
function parsePlainTo(word: string): To | undefined {
  const words = new TextReader().on(word, 0, word.length);
  const address = new Uint8Array(4);
  if (!words.ipv4(address, 0)) return undefined;
  const addresses = [address, address] as const;
  if (words.atEnd) return { addresses };
  const low = words.byte(COLON) ? words.number(65535) : -1;
  const high = words.byte(DASH) ? words.number(65535) : low;
  return low >= 0 && high >= low && words.atEnd ? { addresses, ports: { low, high } } : undefined;
}

/** `1.1.1.1`, `1.1.1.1-1.1.1.9:1024-65535`, `:80`, `[2001:db8::1]:80`. */
export function parseTo(word: unknown, family: 'ipv4' | 'ipv6'): To {
  if (typeof word !== 'string') throw new Mismatch('a text like address[-address][:port[-port]]', word);
  const plain = family === 'ipv4' ? parsePlainTo(word) : undefined;
  if (plain) return plain;
  const brackets = family === 'ipv6' ? /^\[([^\]]*)\](?::(.*))?$/.exec(word) : undefined;
  const [addresses, ports] = brackets
    ? [brackets[1]!, brackets[2]]
    : (word.match(/:/g)?.length ?? 0) === 1
      ? (word.split(':') as [string, string])
      : [word, undefined];
  const [first, last = first] = addresses.split(/-(.*)/s) as [string, string?];
  return {
    ...(addresses === '' && ports !== undefined
      ? {}
      : { addresses: [parseAddress(first, family), parseAddress(last, family)] }),
    ...(ports === undefined ? {} : { ports: parsePorts(ports) }),
  };
}

function formatTo({ addresses, ports }: To, family: 'ipv4' | 'ipv6'): string {
  const [first, last] = (addresses ?? []).map((bytes) => ADDRESS[family].format(bytes));
  const both = first === undefined ? '' : first === last ? first : `${first}-${last}`;
  if (!ports) return both;
  return `${both !== '' && family === 'ipv6' ? `[${both}]` : both}:${formatPorts(ports)}`;
}

const out = new TextWriter();

/** `--to-destination 1.1.1.1-1.1.1.9:1024-65535`. The kernel would take a range that says nothing; iptables saves none then. */
export function to(r: Members): Option<string, true> {
  const [mapsAddresses, mapsPorts, shifts] = [
    bit(r.flags, NF_NAT_RANGE_MAP_IPS),
    bit(r.flags, NF_NAT_RANGE_PROTO_SPECIFIED),
    bit(r.flags, NF_NAT_RANGE_PROTO_OFFSET),
  ];
  const hole = mappingHole(
    [r.min_addr, r.max_addr, r.min_proto, r.max_proto],
    mapsAddresses.read,
    mapsPorts.read,
    shifts.read,
  );
  const place: Place<string> = {
    read(m) {
      if (hole?.formOf(m) === REGULAR) {
        hole.write(m, out);
        return out.take();
      }
      const ports = { low: r.min_proto.read(m), high: r.max_proto.read(m) };
      return formatTo(
        {
          ...(mapsAddresses.read(m) ? { addresses: [r.min_addr.read(m), r.max_addr.read(m)] } : {}),
          ...(mapsPorts.read(m)
            ? { ports: r.base_proto && shifts.read(m) ? { ...ports, base: r.base_proto.read(m) } : ports }
            : {}),
        },
        m.family,
      );
    },
    write(m, value) {
      const { addresses, ports } = parseTo(value, m.family);
      if (ports?.base !== undefined && !r.base_proto)
        throw new Mismatch('ports without /base: the kernel cannot shift them', value);
      if (addresses) {
        mapsAddresses.write(m, true);
        r.min_addr.write(m, addresses[0]);
        r.max_addr.write(m, addresses[1]);
      }
      if (ports) {
        mapsPorts.write(m, true);
        r.min_proto.write(m, ports.low);
        r.max_proto.write(m, ports.high);
        if (ports.base !== undefined) {
          shifts.write(m, true);
          r.base_proto?.write(m, ports.base);
        }
      }
    },
  };
  const canonical = (word: string, family: 'ipv4' | 'ipv6') => formatTo(parseTo(word, family), family);
  const words = operand<string>(
    '[address[-address]][:port[-port]]',
    'string',
    place,
    String,
    (word, { kernel }) => canonical(word, kernel.family),
    hole,
  );
  return new Option(words, true, (m) => place.read(m) || undefined, words.write).varies();
}

/** `--to-ports 1024-65535` */
export function toPorts(r: Members): Option<Range, false> {
  const words: Operand<Range> = operand<Range>(
    'port[-port]',
    'number | [low: number, high: number]',
    {
      read: (m) => fromRange(r.min_proto.read(m), r.max_proto.read(m)),
      write(m, value) {
        const [low, high] = toRange(value);
        r.min_proto.write(m, low);
        r.max_proto.write(m, high);
      },
    },
    formatRange,
    (word) => {
      const { low, high, base } = parsePorts(word);
      if (base !== undefined) throw new Mismatch('ports without /base', word);
      return fromRange(low, high);
    },
    rangeHole(r.min_proto, r.max_proto, DASH),
  );
  return optional(bit(r.flags, NF_NAT_RANGE_PROTO_SPECIFIED), words).varies();
}
export const formatRange = (value: Range): string => printRange(value, '-');

export const random = (r: Members) =>
  flagged(bit(r.flags, NF_NAT_RANGE_PROTO_RANDOM)).doc('Choose the port at random.');
export const randomFully = (r: Members) =>
  flagged(bit(r.flags, NF_NAT_RANGE_PROTO_RANDOM_FULLY)).doc('Choose the port at random without any pattern.');
export const persistent = (r: Members) =>
  flagged(bit(r.flags, NF_NAT_RANGE_PERSISTENT)).doc('Give a client the same address for each of its connections.');

const WITH_PORTS = [6, 17, 132, 33, 1];
/** Ports only mean something in a rule for a protocol that has them. */
function needProtocol(option: string, facts: RuleFacts): void {
  if (!WITH_PORTS.includes(facts.protocol))
    throw wrong(option, 'a rule with protocol tcp, udp, sctp, dccp or icmp for ports', givenProtocol(facts));
}
export const checkTo = (option: string, value: string, rule: RuleFacts): void => {
  try {
    if (parseTo(value, rule.family).ports) needProtocol(option, rule);
  } catch (error) {
    throw error instanceof Mismatch ? new OptionMismatch(option, error) : error;
  }
};
export const checkPorts = ({ toPorts: ports }: { readonly toPorts?: Range }, rule: RuleFacts): void => {
  if (ports !== undefined) needProtocol('to-ports', rule);
};

/** `--to 10.0.0.0/8`: the first and the last address of a network. */
export function netmapTo(r: Members): Option<string, true> {
  const xor = (a: Uint8Array, b: Uint8Array) => a.map((byte, i) => ~(byte ^ b[i]!));
  const size = (family: 'ipv4' | 'ipv6') => ADDRESS[family].size;
  const place: Place<string> = {
    read(m) {
      const low = r.min_addr.read(m);
      return formatNetwork(m.family, low, 0, xor(low, r.max_addr.read(m)), 0);
    },
    write(m, value) {
      const parsed = typeof value === 'string' ? parseNetwork(value, m.family) : undefined;
      if (!parsed || prefixLength(parsed.mask) < 0)
        throw new Mismatch(`an ${FAMILY[m.family].name} address with an optional mask of leading ones`, value);
      bit(r.flags, NF_NAT_RANGE_MAP_IPS).write(m, true);
      r.min_addr.write(m, parsed.address);
      r.max_addr.write(
        m,
        parsed.address.map((byte, i) => byte | ~parsed.mask[i]!),
      );
    },
  };
  return required(
    operand(
      'address[/mask]',
      'string',
      place,
      (value, { kernel }) => (value.includes('/') ? value : `${value}/${8 * size(kernel.family)}`),
      String,
    ),
  );
}

interface Listed {
  readonly random?: true;
  readonly randomFully?: true;
  readonly persistent?: true;
}
/** `to:1.1.1.1 random` */
export const listNat = (head: string, settings: Listed): string =>
  [head, settings.random && 'random', settings.randomFully && 'random-fully', settings.persistent && 'persistent']
    .filter(Boolean)
    .join(' ');
