import { exactlyOne, type ListContext, match, revision } from '../../codec/extension';
import { portListHole } from '../../codec/hole';
import { any, fact, given, inTransport, within } from '../../codec/meaning';
import {
  fromRange,
  isNot,
  negatable,
  type Operand,
  operand,
  parsePort,
  portName,
  portText,
  printRange,
  type Range,
  toRange,
} from '../../codec/operand';
import { optional } from '../../codec/option';
import { array, boolean, is, type Member, struct, u8, u16 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { protocolName } from '../../net/databases';

// <linux/netfilter/xt_multiport.h>
const XT_MULTI_PORTS = 15;
// biome-ignore format: a table
const v1 = struct('xt_multiport_v1', {
  flags: u8, count: u8, ports: array(u16, XT_MULTI_PORTS), pflags: array(u8, XT_MULTI_PORTS), invert: u8,
});
const v0 = struct('xt_multiport', { flags: u8, count: u8, ports: array(u16, XT_MULTI_PORTS) });
const XT_MULTIPORT_SOURCE = 0;
const XT_MULTIPORT_DESTINATION = 1;
const XT_MULTIPORT_EITHER = 2;

/** A range takes two ports, of which the first is flagged. */
const portList = (
  count: Member<number>,
  ports: Member<number[]>,
  pflags?: Member<number[]>,
): Operand<readonly Range[]> =>
  operand<readonly Range[]>(
    'port[:port][,...]',
    '(number | [low: number, high: number])[]',
    {
      read(m) {
        const [all, flags] = [ports.read(m), pflags?.read(m)];
        const list: Range[] = [];
        for (let i = 0; i < count.read(m) && i < all.length; i++)
          list.push(flags?.[i] ? fromRange(all[i]!, all[++i] ?? 0) : all[i]!);
        return list;
      },
      write(m, list) {
        if (!Array.isArray(list) || list.length === 0)
          throw new Mismatch('a list of ports and ranges [low, high]', list);
        const ends = (list as readonly unknown[]).map((each) => {
          if (typeof each === 'string') throw portText(each);
          return toRange(each);
        });
        const flat = ends.flatMap(([low, high]) => (low === high ? [low] : [low, high]));
        if (flat.length > XT_MULTI_PORTS)
          throw new Mismatch(
            `at most ${XT_MULTI_PORTS} ports (a range counts as two)`,
            flat.length,
            '',
            'too many ports specified',
          );
        if (!pflags && flat.length > list.length)
          throw new Mismatch('ports without ranges: this revision has none', list);
        count.write(m, flat.length);
        ports.write(m, flat);
        pflags?.write(
          m,
          ends.flatMap(([low, high]) => (low === high ? [0] : [1, 0])),
        );
      },
    },
    (list) => list.map((range) => printRange(range)).join(),
    (word, context) =>
      word.split(',').map((part) => {
        const [low, high, more] = part.split(':').map((end) => parsePort(end, context));
        if (high === undefined) return low!;
        if (more !== undefined || low! >= high)
          throw new Mismatch('a range low:high in that order', part, '', 'invalid portrange specified');
        return [low!, high];
      }),
    portListHole(count, ports, pflags),
  );

const options = <T>(flags: Member<number>, list: Operand<T>) => ({
  sports: optional(is(flags, XT_MULTIPORT_SOURCE), list)
    .alias('source-ports')
    .doc('One of these is the source port.')
    .varies(),
  dports: optional(is(flags, XT_MULTIPORT_DESTINATION), list)
    .alias('destination-ports')
    .doc('One of these is the destination port.')
    .varies(),
  ports: optional(is(flags, XT_MULTIPORT_EITHER), list)
    .doc('One of these is the source or the destination port.')
    .varies(),
});
const names = ['sports', 'dports', 'ports'] as const;

/** Matches by up to 15 ports or ranges of them (a range counts as two). */
export const multiport = match({
  name: 'multiport',
  doc: 'Matches by a list of up to 15 ports; a range counts as two.',
  where: {
    protocols: [6, 17, 136, 132, 33],
    iptables: "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'",
  },
  revisions: [
    revision(1, v1, options(v1.flags, negatable(boolean(v1.invert), portList(v1.count, v1.ports, v1.pflags)))),
    revision(0, v0, options(v0.flags, portList(v0.count, v0.ports))),
  ],
  constraints: [exactlyOne(...names)],
  matches: ({ sports, dports, ports }) => {
    const oneOf = (list: readonly Range[]) => {
      const tests = list.map(within);
      return (port: number) => tests.some((test) => test(port));
    };
    return inTransport(
      given(sports, (list) => fact('sport', oneOf(list))),
      given(dports, (list) => fact('dport', oneOf(list))),
      given(ports, (list) => any(fact('sport', oneOf(list)), fact('dport', oneOf(list)))),
    );
  },
  symbol({ sports, dports, ports }, space) {
    const among = (field: 'sport' | 'dport') => (list: readonly Range[]) =>
      space.or(...list.map((range) => space.range(field, range)));
    return space.and(
      space.whole,
      space.given(sports, among('sport')),
      space.given(dports, among('dport')),
      space.given(ports, (list) => space.or(among('sport')(list), among('dport')(list))),
    );
  },
  example: { dports: [80, 443, [8000, 8080]] },
  list(settings, { numeric, protocol }: ListContext) {
    const name = names.find((n) => settings[n] !== undefined);
    if (!name) return 'multiport ERROR';
    const value = settings[name]!;
    const port = (n: number) => (numeric ? String(n) : portName(n, protocolName(protocol)));
    const words = (isNot(value) ? value.not : value).map((range) =>
      typeof range === 'number' ? port(range) : range.map(port).join(':'),
    );
    return `multiport ${name} ${isNot(value) ? ' !' : ''}${words.join()}`;
  },
});
