/** Connections that a change must not cut: which there are, and their packets. */
import { readFileSync, statSync } from 'node:fs';
import { type Check, fields, listOf, named, numeric, oneOf } from '../arguments';
import { Mismatch } from '../errors';
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../net/address';
import type { Family } from '../rule/rule';
import { sessionOf } from '../services/session';

/** One end of a connection. */
export interface End {
  readonly address: string;
  readonly port: number;
}
/** A connection to this machine. */
export interface Flow {
  /** `tcp` unless told. */
  readonly protocol?: 'tcp' | 'udp';
  readonly from: End;
  readonly to: End;
}

/** A flow, as rules see it. Without ports, it is any; without an interface, any but lo. */
export interface Packets {
  /** `the SSH session from 192.0.2.1:5000 to 192.0.2.2:22` */
  readonly name: string;
  readonly family: Family;
  readonly protocol: 6 | 17;
  readonly from: { readonly address: Uint8Array; readonly port?: number };
  readonly to: { readonly address: Uint8Array; readonly port?: number };
  readonly loopback: boolean;
  readonly state: 'NEW' | 'ESTABLISHED';
}
/** Neighbour discovery, from and to whatever addresses: without it no connection of IPv6 goes on for long. */
export interface Neighbours {
  readonly name: string;
  readonly family: 'ipv6';
  readonly protocol: 58;
  readonly icmpType: number;
  readonly from: { readonly address?: never; readonly port?: never };
  readonly to: { readonly address?: never; readonly port?: never };
  readonly loopback: false;
  readonly state: 'UNTRACKED';
}

const end = fields<End>(
  { address: named('an address'), port: numeric('a port', (n) => Number.isInteger(n) && n >= 0 && n <= 65535) },
  'address',
  'port',
);
const flow = fields<Flow>({ protocol: oneOf('tcp', 'udp'), from: end, to: end }, 'from', 'to');
/** Whose addresses are of one family. */
export const flows: Check<readonly Flow[]> = listOf((value) => {
  const given = flow(value);
  if (!packetsOf('it', given)) throw new Mismatch('two addresses of one family', value);
  return given;
}, 'a list of connections');

const shown = ({ address, port }: End): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

export function packetsOf(name: string, { protocol = 'tcp', from, to }: Flow): Packets | undefined {
  for (const [family, parse] of [
    ['ipv4', parseIpv4],
    ['ipv6', parseIpv6],
  ] as const) {
    const [source, destination] = [parse(from.address), parse(to.address)];
    if (source && destination)
      return {
        name: `${name} from ${shown(from)} to ${shown(to)}`,
        family,
        protocol: protocol === 'tcp' ? 6 : 17,
        from: { address: source, port: from.port },
        to: { address: destination, port: to.port },
        loopback: family === 'ipv4' ? source[0] === 127 : from.address === '::1',
        state: 'ESTABLISHED',
      };
  }
  return undefined;
}

const [SOLICITATION, ADVERTISEMENT] = [135, 136];

/** What else must get through so that these do. */
export function neighboursOf(preserved: readonly Packets[]): Neighbours[] {
  const first = preserved.find(({ family, loopback }) => family === 'ipv6' && !loopback);
  if (!first) return [];
  return [SOLICITATION, ADVERTISEMENT].map((icmpType) => ({
    name: `neighbour discovery (ICMPv6 type ${icmpType}), which it takes to keep ${first.name}`,
    family: 'ipv6',
    protocol: 58,
    icmpType,
    from: {},
    to: {},
    loopback: false,
    state: 'UNTRACKED',
  }));
}

/** What is preserved unless told: the caller's SSH session, connections to what listens here, and loopback. */
export function present(namespace = ''): Packets[] {
  const found: (Packets | undefined)[] = [loopback('ipv4'), loopback('ipv6')];
  const session = isOwn(namespace) ? sessionOf() : undefined;
  if (session)
    found.push(
      packetsOf('the SSH session', {
        from: { address: session.client, port: session.clientPort },
        to: { address: session.server, port: session.serverPort },
      }),
    );
  for (const flow of connections(namespace)) found.push(packetsOf('the connection', flow));
  return found.filter((each): each is Packets => each !== undefined);
}

function loopback(family: Family): Packets {
  const address = (family === 'ipv4' ? parseIpv4('127.0.0.1') : parseIpv6('::1'))!;
  return { name: 'loopback', family, protocol: 6, from: { address }, to: { address }, loopback: true, state: 'NEW' };
}

/** Whether this process is in it, and its SSH session. */
function isOwn(namespace: string): boolean {
  try {
    return statSync(namespace).ino === statSync('/proc/self/ns/net').ino;
  } catch {
    return false;
  }
}

const [ESTABLISHED, LISTEN] = ['01', '0A'];

/** The established connections to what listens in a namespace. */
function connections(namespace: string): Flow[] {
  const folder = /^(\/proc\/.*)\/ns\/net$/.exec(namespace)?.[1];
  if (folder === undefined) return [];
  const rows = ['tcp', 'tcp6'].flatMap((name) => {
    try {
      return readFileSync(`${folder}/net/${name}`, 'latin1').split('\n').slice(1);
    } catch {
      return []; // no IPv6, or no such process any more
    }
  });
  const sockets = rows.flatMap((row) => {
    const [, local, remote, state] = row.trim().split(/\s+/);
    return state === undefined ? [] : [{ local: endOf(local!), remote: endOf(remote!), state }];
  });
  const listening = new Set(sockets.filter(({ state }) => state === LISTEN).map(({ local }) => local.port));
  return sockets
    .filter(({ local, state }) => state === ESTABLISHED && listening.has(local.port))
    .map(({ local, remote }) => ({ from: remote, to: local }));
}

/** `0100007F:0016`: words in the machine's byte order, and the port. */
function endOf(text: string): End {
  const [hex = '', port = '0'] = text.split(':');
  const bytes = Buffer.from(hex, 'hex');
  for (let at = 0; at + 4 <= bytes.length; at += 4) bytes.subarray(at, at + 4).reverse();
  const mapped =
    bytes.length === 16 && bytes.readUInt32BE(8) === 0xffff && bytes.subarray(0, 8).every((byte) => byte === 0);
  const address = bytes.length === 4 ? formatIpv4(bytes) : mapped ? formatIpv4(bytes, 12) : formatIpv6(bytes);
  return { address, port: Number.parseInt(port, 16) };
}
