/** Services as people write them: `tcp/22`, `udp/domain`, `icmp`, `icmp/8`. */
import { type Check, fields } from '../arguments';
import { Mismatch } from '../errors';
import { protocolNumber, servicePort } from '../net/databases';
import type { Node } from './bdd';
import type { Space } from './space';

export interface Service {
  readonly protocol: string | number;
  /** A port; of ICMP a type. */
  readonly port?: number | string;
}

const PORTS = [6, 17, 33, 132, 136];
const ICMP = [1, 58];

const word: Check<string | number> = (value) => {
  if (typeof value !== 'string' && typeof value !== 'number') throw new Mismatch('a name or a number', value);
  return value;
};
const parts = fields<Service>({ protocol: word, port: word }, 'protocol');

/** Throws a Mismatch. */
export function serviceOf(value: unknown): Service {
  const given = typeof value === 'string' ? worded(value) : parts(value);
  if (given.protocol === undefined) throw new Mismatch('a service like tcp/22', value);
  const { protocol, port } = given;
  const at = (key: string) => (typeof value === 'string' ? '' : key);
  const number = protocolNumber(String(protocol)) ?? Number(protocol);
  if (!Number.isInteger(number) || number < 1 || number > 255)
    throw new Mismatch('the name or number of a protocol, alone or with a port: tcp/22,', protocol, at('.protocol'));
  if (port === undefined) return { protocol: number };
  const found = /^\d+$/.test(String(port)) ? Number(port) : servicePort(String(port));
  if (!PORTS.includes(number) && !ICMP.includes(number))
    throw new Mismatch('no port: the protocol has none', port, at('.port'));
  if (found === undefined || !(found <= (ICMP.includes(number) ? 255 : 65535)))
    throw new Mismatch(
      ICMP.includes(number) ? 'a type from 0 to 255' : 'a port, or the name of a service',
      port,
      at('.port'),
    );
  return { protocol: number, port: found };
}
function worded(word: string): Partial<Service> {
  const [, protocol, port] = /^([^/]+)(?:\/(.+))?$/.exec(word.trim()) ?? [];
  return { ...(protocol !== undefined && { protocol }), ...(port !== undefined && { port }) };
}

/** The packets by which a connection to it begins. */
export function beginningOf(space: Space, { protocol, port }: Service): Node {
  const number = Number(protocol);
  const icmp = ICMP.includes(number);
  const at = port === undefined ? undefined : Number(port);
  return space.and(
    space.masked('protocol', number),
    space.states(['NEW']),
    space.whole,
    number === 6 ? space.masked('tcpFlags', 2) : space.all,
    at === undefined ? space.all : icmp ? space.range('dport', [at << 8, (at << 8) | 255]) : space.masked('dport', at),
  );
}
