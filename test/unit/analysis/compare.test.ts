import fc from 'fast-check';
import { parseRuleset } from '../../../lib';
import {
  type Compiled,
  compareTraffic,
  compile,
  type Packet,
  type PacketRanges,
  simulate,
} from '../../../lib/analysis';
import { ADDRESS, parseNetwork } from '../../../lib/net/address';
import type { Family } from '../../../lib/rule/rule';
import { describe, expect, test } from '../../harness';
import { inFamily, packets, rulesets, SETS } from '../../harness/traffic';

const RUNS = Number(process.env.RUNS ?? 10);
const PACKETS = { ipv4: packets(), ipv6: JSON.parse(inFamily(JSON.stringify(packets()), 'ipv6')) as Packet[] } as const;

const NAMED = ['eth0', 'lo', 'eth1'];
const inList = (name: string | undefined, list: readonly string[] | undefined, all: string) =>
  list === undefined ||
  (name !== undefined &&
    list.some((each) =>
      each.endsWith('+')
        ? name.startsWith(each.slice(0, -1)) && !all.includes(`"${name}"`)
        : each === name ||
          (each === '*' && !all.includes(`"${name}"`) && !NAMED.some((known) => known === name && all.includes(known))),
    ));
const inAddresses = (address: string, list: readonly string[] | undefined, family: Family) =>
  list === undefined ||
  list.some((word) => {
    const { parse } = ADDRESS[family];
    const bytes = parse(address)!;
    const [low, high] = word.split('-');
    if (high !== undefined) return Buffer.compare(parse(low!)!, bytes) <= 0 && Buffer.compare(bytes, parse(high)!) <= 0;
    const network = parseNetwork(word, family)!;
    return network.mask.every((mask, i) => (bytes[i]! & mask) === network.address[i]);
  });
const inNumbers = (value: number, list: PacketRanges['dport']) =>
  list === undefined ||
  list.some((range) => (typeof range === 'number' ? range === value : range[0] <= value && value <= range[1]));
const inFlags = (flags: readonly string[], list: PacketRanges['tcpFlags']) =>
  list === undefined ||
  list.some((words) => {
    const [mask, comp] = words.split(' ').map((word) => (word === 'NONE' ? [] : word.split(','))) as [
      string[],
      string[],
    ];
    return mask.every((flag) => flags.includes(flag) === comp.includes(flag));
  });

/** Whether a packet is among those that are told; `all` has the interfaces that rules name. */
const among = (packet: Packet, ranges: PacketRanges, all: string, family: Family): boolean =>
  inList(packet.inInterface, ranges.inInterface, all) &&
  inList(packet.outInterface, ranges.outInterface, all) &&
  inAddresses(packet.source!, ranges.source, family) &&
  inAddresses(packet.destination!, ranges.destination, family) &&
  (ranges.protocol === undefined || ranges.protocol.some((each) => each === packet.protocol || inSpan(packet, each))) &&
  inNumbers(Number(packet.sport ?? 0), ranges.sport) &&
  inNumbers(
    packet.icmpType !== undefined ? 256 * Number(String(packet.icmpType).split('/')[0]) : Number(packet.dport),
    ranges.dport,
  ) &&
  (ranges.icmpType === undefined ||
    ranges.icmpType.some((each) => each.split('/')[0]!.split('-')[0] === String(packet.icmpType).split('/')[0])) &&
  (ranges.ctstate === undefined || ranges.ctstate.includes(packet.ctstate!)) &&
  inFlags((packet.tcpFlags ?? []) as readonly string[], ranges.tcpFlags) &&
  ranges.fragment !== true &&
  inNumbers(packet.mark ?? 0, ranges.mark) &&
  inNumbers(packet.connmark ?? 0, ranges.connmark);
const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 };
const inSpan = (packet: Packet, each: string | number): boolean => {
  const [low, high] = String(each).split('-').map(Number);
  const number = PROTOCOLS[String(packet.protocol)]!;
  return low! <= number && number <= (high ?? low!);
};
const FAMILY = fc.constantFrom<Family>('ipv4', 'ipv6');
const wayOf = ({ inInterface, outInterface }: Packet) =>
  inInterface === undefined ? 'out' : outInterface === undefined ? 'in' : 'forward';

describe('compareTraffic', () => {
  test('tells exactly the packets that fare otherwise', { timeout: 60_000 + 3000 * RUNS }, () => {
    fc.assert(
      fc.property(FAMILY, rulesets(false, true), rulesets(false, true), (family, ...texts) => {
        const [one, other] = texts.map((text) => inFamily(text, family)) as [string, string];
        const [before, after] = [parseRuleset(one, { family }), parseRuleset(other, { family })];
        const sets = JSON.parse(inFamily(JSON.stringify(SETS), family)) as Record<string, string[]>;
        const { decided, undecided, changes } = compareTraffic(before, after, { sets });
        expect([decided, undecided]).toEqual([true, undefined]);
        const [a, b] = [compile(before), compile(after)];
        for (const { example, before: was, after: is } of changes)
          expect([fates(a, example, sets).includes(was.verdict), fates(b, example, sets).includes(is.verdict)]).toEqual(
            [true, true],
          );
        const named = JSON.stringify([one, other].flatMap((text) => text.match(/(?<=-[io] )[a-z0-9+]+/g) ?? []));
        for (const packet of PACKETS[family]) {
          const [was, is] = [simulate(a, packet, { sets }), simulate(b, packet, { sets })];
          if (was.dependsOn || is.dependsOn) continue;
          const differs = was.verdict !== is.verdict || nat(was.packet) !== nat(is.packet);
          const told = changes.filter(
            ({ way, packets, before, after }) =>
              way === wayOf(packet) &&
              packets.some((ranges) => among(packet, ranges, named, family)) &&
              (before.verdict !== after.verdict || differs),
          );
          if (changes.some(({ more }) => more)) continue;
          if (was.verdict !== is.verdict) {
            expect([packet, told.length]).toEqual([packet, 1]);
            expect([packet, told[0]!.before.verdict, told[0]!.after.verdict]).toEqual([
              packet,
              was.verdict,
              is.verdict,
            ]);
          } else
            expect([packet, told.filter(({ before, after }) => before.verdict !== after.verdict)]).toEqual([
              packet,
              [],
            ]);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
/** What may become of a packet: where NAT may take any of several addresses, that isn't one. */
const fates = (ruleset: Compiled, packet: Packet, sets: Record<string, string[]>): string[] => {
  const { verdict, branches = [] } = simulate(ruleset, packet, { sets });
  return [verdict, ...branches.map((branch) => branch.verdict)];
};
const nat = ({ destination, dport }: Packet) => `${destination} ${dport}`;

describe('a change of traffic', () => {
  const filter = (...rules: readonly string[]) =>
    parseRuleset(
      `*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:SSH - [0:0]\n${rules.map((rule) => `-A ${rule}\n`).join('')}COMMIT\n`,
    );

  test('is told by its packets, an example, and who decides', () => {
    const before = filter('INPUT -p tcp --dport 22 -j SSH', 'SSH -s 192.0.2.0/24 -j ACCEPT');
    const after = filter('INPUT -p tcp --dport 22 -j SSH', 'SSH -s 192.0.2.0/25 -j ACCEPT');
    const { changes, decided, free } = compareTraffic(before, after);
    expect([decided, free, changes.length]).toEqual([true, [], 1]);
    const [change] = changes;
    expect(change).toMatchObject({
      way: 'in',
      packets: [{ protocol: ['tcp'], source: ['192.0.2.128/25'], dport: [22], fragment: false }],
      before: {
        verdict: 'ACCEPT',
        by: [{ table: 'filter', chain: 'SSH', kind: 'rule', number: 1, rule: { source: '192.0.2.0/24' } }],
      },
      after: { verdict: 'DROP', by: [{ table: 'filter', chain: 'INPUT', kind: 'policy' }] },
      example: { protocol: 'tcp', source: '192.0.2.128', dport: 22, ctstate: 'NEW', tcpFlags: ['SYN'] },
    });
  });

  test('is none where only lines differ', () => {
    const before = filter('INPUT -s 10.0.0.0/25 -j ACCEPT', 'INPUT -s 10.0.0.128/25 -j ACCEPT', 'INPUT -p udp -j DROP');
    const after = filter('INPUT -m comment --comment all -s 10.0.0.0/24 -j ACCEPT');
    expect(compareTraffic(before, after).changes).toEqual([]);
  });

  test("tells what it can't see, and on which of that an example depends", () => {
    const before = filter('INPUT -p tcp --dport 22 -m limit --limit 5/min -j ACCEPT');
    const after = filter('INPUT -p tcp --dport 22 -j ACCEPT');
    const { changes, free } = compareTraffic(before, after);
    expect(free).toEqual(['-m limit --limit 5/min']);
    expect(changes[0]).toMatchObject({ conditions: [{ condition: '-m limit --limit 5/min', holds: false }] });
  });

  test('is another destination, too', () => {
    const nat = (to: string) =>
      parseRuleset(
        `*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination ${to}\nCOMMIT\n`,
      );
    const { changes } = compareTraffic(nat('10.0.0.1:8080'), nat('10.0.0.2:8080'));
    expect(changes.map(({ way, before, after }) => [way, before.nat, after.nat])).toEqual([
      ['in', ['DNAT --to-destination 10.0.0.1:8080'], ['DNAT --to-destination 10.0.0.2:8080']],
      ['forward', ['DNAT --to-destination 10.0.0.1:8080'], ['DNAT --to-destination 10.0.0.2:8080']],
    ]);
  });

  test('is not decided past a bound', () => {
    const rule = (n: number) =>
      `INPUT -s 10.${n}.0.7/255.255.0.255 -d 10.0.${n}.0/255.0.255.0 -p tcp --dport ${n} -j ACCEPT`;
    const many = filter(...Array.from({ length: 200 }, (_, n) => rule(n)));
    expect(compareTraffic(filter(), many, { nodes: 5000 })).toMatchObject({ decided: false, changes: [] });
    expect(compareTraffic(filter(), many, { changes: 10 })).toMatchObject({
      decided: false,
      undecided: expect.stringContaining('10 classes'),
    });
  });

  test('is asked of one family', () => {
    expect(() => compareTraffic(filter(), parseRuleset('*filter\nCOMMIT\n', { family: 'ipv6' }))).toThrow(
      'Expected rulesets of one family for compareTraffic() but received ipv4 and ipv6',
    );
  });
});
