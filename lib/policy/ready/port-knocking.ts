/** A port that is closed until somebody has knocked at others. */
import { fields, listOf, named, oneOf, optionsOf } from '../../arguments';
import { IptcError } from '../../errors';
import { amount, NEW, port, type ReadyOptions, type ReadyRule, ready, readyChecks, type Transport, to } from './rule';

export interface PortKnockingOptions extends ReadyOptions {
  /** The TCP port that it opens. */
  readonly port: number;
  /** The ports that are knocked at, one after the other. */
  readonly knocks: readonly number[];
  /** How: a SYN segment (tcp, unless told) or a datagram. */
  readonly protocol?: Transport;
  /** Seconds from one knock to the next; 10 unless told. */
  readonly within?: number;
  /** Seconds from the last knock to the connection; 30 unless told. */
  readonly open?: number;
  /** What the lists of addresses are called, with a number each: `knock` unless told. */
  readonly name?: string;
}
const knocking = fields<PortKnockingOptions>(
  {
    ...readyChecks,
    port,
    knocks: listOf(port),
    protocol: oneOf('tcp', 'udp'),
    within: amount,
    open: amount,
    name: named('a name'),
  },
  'port',
  'knocks',
);

/**
 * Opens a port for who has knocked at others in their order; who knocks at another port in between begins again. The
 * target is for connections to the port by all others.
 *
 * @example
 * portKnocking({ port: 22, knocks: [7000, 8000] });
 * // -A INPUT -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m recent --rcheck --seconds 30 --name knock2 … -j ACCEPT
 */
export function portKnocking(options: PortKnockingOptions): ReadyRule[] {
  const given = optionsOf('portKnocking', options, knocking);
  const { port, knocks, protocol = 'tcp', within = 10, open = 30, name = 'knock', target = 'DROP' } = given;
  if (knocks.length === 0 || new Set(knocks).size < knocks.length || (protocol === 'tcp' && knocks.includes(port)))
    throw new IptcError(
      'ERR_BAD_ARGUMENT',
      `Expected ports that differ for knocks of portKnocking() but received ${JSON.stringify(knocks)}`,
      { path: 'knocks' },
    );
  const list = (knock: number) => `${name}${knock}`;
  const came = (knock: number, seconds: number) => ({ recent: { rcheck: true, seconds, name: list(knock) } }) as const;
  const set = (knock: number) => ({ recent: { set: true, name: list(knock) } }) as const;
  const remove = (knock: number) => ({ recent: { remove: true, name: list(knock) } }) as const;
  const rules: ReadyRule[] = [
    ready({ protocol: 'tcp', target: 'ACCEPT' }, [to('tcp', port), NEW, came(knocks.length, open)], given),
  ];
  const add = (match: Parameters<typeof ready>[1], drop = true) =>
    rules.push(ready({ protocol, ...(drop && { target: 'DROP' as const }) }, match, given));
  // The last first: a packet is one knock.
  for (let knock = knocks.length; knock > 1; knock--)
    add([to(protocol, knocks[knock - 1]!), NEW, came(knock - 1, within), remove(knock - 1), set(knock)]);
  // A SYN that is sent again is no other knock.
  for (let knock = knocks.length - 1; knock >= 1; knock--)
    add([{ [protocol]: { dport: { not: knocks[knock - 1] } } } as never, NEW, remove(knock)], false);
  add([to(protocol, knocks[0]!), NEW, set(1)]);
  rules.push(ready({ protocol: 'tcp', target }, [to('tcp', port), NEW], given));
  return rules;
}
