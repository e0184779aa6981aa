/** The system's databases of names, read as glibc reads them: once, when first asked for. */
import { readFileSync } from 'node:fs';
import { parseNumber } from './number';
import { decodeAll } from './text';

interface Names {
  readonly byName: ReadonlyMap<string, number>;
  readonly byNumber: ReadonlyMap<number, string>;
}

/** Empty if there is no such file. */
function text(path: string): string {
  try {
    return decodeAll(readFileSync(path));
  } catch {
    return '';
  }
}

function lines(path: string): string[][] {
  return text(path)
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/));
}

/** The first line for a name or number wins, as in getprotobyname(3). */
function table(rows: Iterable<readonly [number, readonly string[]]>): Names {
  const byName = new Map<string, number>();
  const byNumber = new Map<number, string>();
  for (const [number, names] of rows) {
    if (!byNumber.has(number)) byNumber.set(number, names[0]!);
    for (const name of names) if (!byName.has(name)) byName.set(name, number);
  }
  return { byName, byNumber };
}

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** iptables' own names (xtables_chain_protos), which come before those of /etc/protocols, in both directions. */
// biome-ignore format: a table
const OWN_PROTOCOLS: readonly (readonly [string, number])[] = [
  ['tcp', 6], ['sctp', 132], ['udp', 17], ['udplite', 136], ['icmp', 1], ['ipv6-icmp', 58], ['icmpv6', 58],
  ['esp', 50], ['ah', 51], ['mobility-header', 135], ['ipv6-mh', 135], ['mh', 135],
  ['dccp', 33], ['ipcomp', 108], ['all', 0],
];
const ownByName = new Map(OWN_PROTOCOLS);
const ownByNumber = new Map([...OWN_PROTOCOLS].reverse().map(([name, number]) => [number, name]));

const etcProtocols = once(() =>
  table(lines('/etc/protocols').map(([name, number, ...aliases]) => [Number(number), [name!, ...aliases]] as const)),
);

/** `tcp`, or undefined; number 0 is `all`. */
export const protocolName = (number: number): string | undefined =>
  ownByNumber.get(number) ?? etcProtocols().byNumber.get(number);
/** The same of iptables' own names alone. */
export const iptablesProtocol = (number: number): string | undefined => ownByNumber.get(number);
export const protocolNumber = (name: string): number | undefined =>
  ownByName.get(name) ?? etcProtocols().byName.get(name);

const services = once(() => {
  const rows = lines('/etc/services');
  const of = (protocol?: string) =>
    table(
      rows.flatMap(([name, portProtocol = '', ...aliases]) => {
        const [port, proto] = portProtocol.split('/');
        return protocol === undefined || proto === protocol ? [[Number(port), [name!, ...aliases]] as const] : [];
      }),
    );
  const any = once(() => of());
  const cache = new Map<string, Names>();
  return (protocol?: string): Names => {
    if (protocol === undefined) return any();
    let names = cache.get(protocol);
    if (!names) {
      names = of(protocol);
      cache.set(protocol, names);
    }
    return names;
  };
});

/** The port of a service (/etc/services), of any protocol if none is given, as getservbyname(3). */
export const servicePort = (name: string, protocol?: string): number | undefined =>
  services()(protocol).byName.get(name);
export const serviceName = (port: number, protocol?: string): string | undefined =>
  services()(protocol).byNumber.get(port);

const colonFile = (path: string) =>
  once(() =>
    table(
      text(path)
        .split('\n')
        .flatMap((line) => {
          const [name, , id] = line.split(':');
          return name && id && /^\d+$/.test(id) ? [[Number(id), [name]] as const] : [];
        }),
    ),
  );
const users = colonFile('/etc/passwd');
const groups = colonFile('/etc/group');
export const userId = (name: string): number | undefined => users().byName.get(name);
export const userName = (id: number): string | undefined => users().byNumber.get(id);
export const groupId = (name: string): number | undefined => groups().byName.get(name);
export const groupName = (id: number): string | undefined => groups().byNumber.get(id);

/** A file of `number name` lines, as in /etc/iproute2. Numbers may be hexadecimal. */
export const numberedNames = (...paths: readonly string[]): (() => Names) =>
  once(() => {
    for (const path of paths) {
      const rows = lines(path).flatMap(([number, name]) =>
        name !== undefined && /^(0x[0-9a-fA-F]+|\d+)$/.test(number!) ? [[Number(number), [name]] as const] : [],
      );
      if (rows.length > 0) return table(rows);
    }
    return table([]);
  });

/** The bits of connections' labels (connlabel.conf), as libnetfilter_conntrack reads it: neither bit nor name comes twice. */
export const connectionLabels = once(() => {
  const rows: (readonly [number, readonly string[]])[] = [];
  for (const line of text('/etc/xtables/connlabel.conf').split('\n')) {
    const [, number = '', name = ''] = /^\s*(\w+)\s+([A-Za-z0-9 -]*[A-Za-z0-9-])\s*$/.exec(line) ?? [];
    const bit = parseNumber(number, 127);
    if (bit !== undefined && !rows.some(([b, [n]]) => b === bit || n === name)) rows.push([bit, [name]]);
  }
  return table(rows);
});
