import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { NFTA_RULE } from '../../lib/backend/nft/constants';
import { countersIn } from '../../lib/backend/nft/opaque';
import type { Family } from '../../lib/codec/extension';
import { parseNetwork } from '../../lib/net/address';
import { Cursor } from '../../lib/netlink/attributes';
import { Messages } from '../../lib/netlink/messages';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { lacksNetns } from '../harness/netns';
import { NftOracle, type NftRule } from '../oracle/nft';
import { OurNft } from '../oracle/nft-compare';
import { compile, lacksCompiler, lacksNft } from '../oracle/programs';

/**
 * Packets through rules that nft wrote, and at the same time through the rules that our words for them make: each counts
 * the same ones.
 */
const LINES: Readonly<Record<Family, readonly string[]>> = {
  ipv4: [
    ...['iifname "lo"', 'iifname "l*"', 'iifname != "eth0"'],
    ...['ip saddr 10.0.0.0/8', 'ip saddr 10.0.0.0/9', 'ip daddr != 10.1.2.3', 'ip saddr & 255.0.0.255 == 10.0.0.3'],
    'ip saddr 10.1.2.3 ip daddr 10.4.5.6',
    ...[
      'ip protocol tcp',
      'ip protocol != udp',
      'meta l4proto 1',
      'ip frag-off & 0x1fff != 0',
      'ip frag-off & 0x1fff == 0',
    ],
    ...['tcp dport 22', 'tcp sport 1 tcp dport 22', 'udp dport != 53', 'tcp dport 22-80', 'tcp dport != 22-80'],
    ...['tcp dport < 1024', 'tcp dport <= 1024', 'udp sport > 1024', 'udp sport >= 1024'],
    ...['tcp flags syn', 'tcp flags & (syn|ack) == syn', 'tcp flags & (fin|syn|rst|ack) != syn'],
    ...['icmp type echo-request', 'icmp type != echo-request', 'meta l4proto 1 @th,0,16 0x0800'],
    ...['ip ttl 64', 'ip ttl < 5', 'ip ttl <= 5', 'ip ttl > 5', 'ip ttl >= 5', 'ip ttl != 5'],
    ...['meta pkttype unicast', 'meta pkttype != host', 'meta mark 7', 'meta mark != 7', 'meta mark & 0xf == 7'],
    ...['tcp dport 22 limit rate 3/hour burst 2 packets', 'ip ttl 5 tcp dport 22', 'counter'],
  ],
  ipv6: [
    ...[
      'iifname "lo"',
      'ip6 saddr fd00::/8',
      'ip6 saddr fd00::/15',
      'ip6 daddr != fd00::1',
      'ip6 saddr fd00::1 ip6 daddr fd00::2',
    ],
    ...['ip6 hoplimit 5', 'ip6 hoplimit > 5', 'ip6 hoplimit <= 5', 'meta l4proto tcp', 'meta l4proto != tcp'],
    ...[
      'tcp dport 22',
      'tcp dport 22-80',
      'udp dport != 53',
      'icmpv6 type echo-request',
      'icmpv6 type != echo-request',
    ],
    ...['tcp flags & (syn|ack) == syn', 'meta mark 7', 'tcp dport != 22-80', 'counter'],
  ],
};

interface Packet {
  readonly mark?: number;
  readonly source?: string;
  readonly destination?: string;
  readonly protocol: number;
  readonly hops?: number;
  /** In IPv4, of a later fragment. */
  readonly fragment?: boolean;
  readonly data: readonly number[];
}
const be16 = (n: number) => [n >> 8, n & 0xff];
const tcp = (from: number, to: number, flags: number) => ({
  protocol: 6,
  data: [...be16(from), ...be16(to), 0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, ...be16(512), 0, 0, 0, 0],
});
const udp = (from: number, to: number) => ({ protocol: 17, data: [...be16(from), ...be16(to), ...be16(8), 0, 0] });
const icmp = (family: Family, type: number) => ({
  protocol: family === 'ipv4' ? 1 : 58,
  data: [type, 0, 0, 0, 0, 0, 0, 0],
});

function* packets(family: Family): Generator<Packet> {
  const six = family === 'ipv6';
  for (const port of [1, 21, 22, 23, 79, 80, 81, 1023, 1024, 1025, 65535]) {
    for (const flags of port === 22 ? [0x02, 0x12, 0x10, 0x04, 0, 0x3f] : [0x02]) yield tcp(1, port, flags);
    yield tcp(port, 22, 0x02);
    yield udp(port, 53);
    yield udp(53, port);
  }
  for (const type of six ? [128, 129, 1] : [8, 0, 3]) yield icmp(family, type);
  for (const hops of [1, 4, 5, 6, 64, 255]) for (const one of [tcp(1, 22, 2), udp(1, 2)]) yield { ...one, hops };
  for (const mark of [0, 7, 0x17, 0xffffffff]) yield { ...udp(1, 2), mark };
  const addresses = six
    ? ['fd00::1', 'fd00::2', 'fd01::1', 'fe00::1', 'fdff::1']
    : ['10.1.2.3', '10.4.5.6', '10.200.0.3', '11.0.0.3', '192.0.2.3'];
  for (const source of addresses)
    for (const destination of addresses.slice(0, 2)) yield { ...udp(1, 2), source, destination };
  if (!six) for (const one of [tcp(1, 22, 2), udp(1, 53)]) yield { ...one, fragment: true };
}

function bytesOf(family: Family, packet: Packet): string {
  const own = family === 'ipv4' ? '10.1.2.3' : 'fd00::1';
  const { source = own, destination = own, protocol, hops = 64, fragment = false, data } = packet;
  const [from, to] = [source, destination].map((address) => [...parseNetwork(address, family)!.address]) as [
    number[],
    number[],
  ];
  const header =
    family === 'ipv4'
      ? [0x45, 0, ...be16(20 + data.length), 0, 7, ...be16(fragment ? 0x2003 : 0), hops, protocol, 0, 0, ...from, ...to]
      : [0x60, 0, 0, 0, ...be16(data.length), protocol, hops, ...from, ...to];
  return Buffer.from([...header, ...data]).toString('hex');
}

/** How many packets each rule has counted, by its first counter. */
function counts(rules: readonly NftRule[]): number[] {
  return rules.map(({ message }) => {
    const m = new Messages(new Uint8Array(message));
    m.next();
    for (const c = m.attributes(new Cursor()); c.next(); )
      if (c.type === NFTA_RULE.EXPRESSIONS)
        return Number(m.view.getBigUint64(countersIn(m, c.start, c.end)[0]!.packets));
    return -1;
  });
}

/** How many rules of several parts are made up. */
const MADE_UP = Number(process.env.NFT_LINES ?? 50);
const seed = Number(process.env.ORACLE_SEED ?? 1);
/** What they are made of: what iptables has words for, what it hasn't, and what is easily taken for something else. */
const PARTS: Readonly<Record<Family, readonly string[]>> = {
  ipv4: [
    ...LINES.ipv4.filter((line) => line !== 'counter'),
    ...[
      'ip saddr 10.1.2.0-10.1.2.9',
      'ip saddr { 10.1.2.3, 10.4.5.6 }',
      'ip daddr > 10.1.2.3',
      'ip protocol { tcp, udp }',
    ],
    ...['ip ttl { 5, 64 }', 'ip ttl 5-64', 'ip length 28', 'ip length > 30', 'ip frag-off & 0x2000 != 0', 'ip id 7'],
    ...['icmp type { echo-request, echo-reply }', 'icmp code 0', '@nh,64,8 64', '@nh,72,8 17', '@th,16,16 22'],
  ],
  ipv6: [
    ...LINES.ipv6.filter((line) => line !== 'counter'),
    ...['ip6 saddr fd00::1-fd00::9', 'ip6 saddr { fd00::1, fd00::2 }', 'ip6 daddr > fd00::1', 'ip6 nexthdr tcp'],
    ...['ip6 hoplimit { 5, 64 }', 'ip6 hoplimit 5-64', 'ip6 length 8', 'icmpv6 type { echo-request, 1 }'],
    ...['icmpv6 code 0', '@nh,48,8 17', '@th,16,16 22'],
  ],
};
for (const parts of [PARTS.ipv4, PARTS.ipv6] as string[][])
  parts.push(
    ...['tcp dport { 22, 80 }', 'tcp dport 22 tcp dport 80', 'tcp dport & 1 == 0', 'th dport 53', 'udp length 8'],
    ...[
      'tcp flags & syn != 0',
      'tcp flags ! syn',
      'tcp flags syn,ack',
      'tcp doff 5',
      'tcp sequence 1',
      'tcp window 512',
    ],
    ...['meta l4proto { tcp, udp }', 'meta l4proto > 6', 'meta mark 5-9', 'meta mark > 7', 'meta mark & 0x10 != 0'],
    ...[
      'meta mark != { 7 }',
      'meta length 28',
      'meta length > 40',
      'meta nfproto ipv4',
      'iif "lo"',
      'iifname { "lo" }',
    ],
    ...[
      'ct state new',
      'ct state established,related',
      'fib daddr type local',
      'meta pkttype { host, multicast }',
      'meta cpu 0',
    ],
    ...['limit rate over 1/hour', 'quota over 100 bytes', 'counter', 'udp dport vmap { 53 : continue }'],
  );

/** Rules of nft in a table of their own. */
const tableOf = (family: Family, lines: readonly string[]) =>
  `table ${family === 'ipv4' ? 'ip' : 'ip6'} probe {\n chain prerouting { type filter hook prerouting priority -310;\n${lines.map((line) => (line === 'counter' ? line : `${line} counter`)).join('\n')}\n}\n}\n`;
const isTaken = (oracle: NftOracle, family: Family, line: string): boolean =>
  oracle.run('nft', ['-c', '-f', '-'], tableOf(family, [line])).status === 0;

interface Compared {
  /** Where they have counted otherwise. */
  readonly wrong: readonly string[];
  /** Those that have no words. */
  readonly opaque: readonly string[];
  /** Those that have counted something, and those that haven't counted everything. */
  readonly hit: ReadonlySet<string>;
  readonly missed: ReadonlySet<string>;
}

/** Packets through lines of nft, and through our words for them. The last line counts all packets. */
function compared(oracle: NftOracle, family: Family, given: readonly string[]): Compared {
  oracle.flush();
  const nft = new OurNft(oracle, family);
  const addresses = family === 'ipv4' ? ['10.1.2.3/32', '10.4.5.6/32'] : ['fd00::1/128', 'fd00::2/128'];
  for (const address of addresses) oracle.netns.ip('address', 'replace', address, 'dev', 'lo');
  expect(oracle.run('nft', ['-f', '-'], tableOf(family, given)).stderr).toBe('');
  const dumped = () => oracle.dump(family, 'probe', 'prerouting');
  const words = dumped().map((rule) => {
    const entry = nft.read(rule);
    return entry && nft.ours.print(entry);
  });
  const opaque = given.filter((_, i) => words[i] === undefined);
  const lines = given.filter((_, i) => words[i] !== undefined);
  const texts = words.filter((text) => text !== undefined);
  // Those without words don't stand in the way of the others: they count alone.
  const theirs = () => dumped().filter((_, i) => words[i] !== undefined);
  const restored = oracle.restore(family, `*raw\n${texts.map((text) => `-A PREROUTING ${text}\n`).join('')}COMMIT\n`);
  expect(restored.stderr).toBe('');
  const ours = () => oracle.dump(family, 'raw', 'PREROUTING');
  expect(ours()).toHaveLength(lines.length);

  const program = compile('send', readFileSync(join(__dirname, 'send.c'), 'utf8'));
  const wrong: string[] = [];
  let before = counts(theirs());
  const [hit, missed] = [new Set<string>(), new Set<string>()];
  for (const packet of packets(family)) {
    const sent = oracle.run(program, [], `${packet.mark ?? 0} ${bytesOf(family, packet)}\n`);
    expect(sent).toMatchObject({ stdout: 'sent\n', stderr: '' });
    const [a, b] = [counts(theirs()), counts(ours())];
    for (const [i, line] of lines.entries()) {
      const counted = a[i]! - before[i]!;
      if (counted > 0) hit.add(line);
      if (counted < a.at(-1)! - before.at(-1)!) missed.add(line); // answers are counted, too
      if (a[i] !== b[i]) wrong.push(`${line}: ${texts[i]}: ${a[i]} and ${b[i]} after ${JSON.stringify(packet)}`);
    }
    if (wrong.length > 0) break;
    before = a;
  }
  return { wrong, opaque, hit, missed };
}

const lacking = [lacksNft(), lacksCompiler(), lacksNetns()].filter(Boolean).join(', ');
for (const family of ['ipv4', 'ipv6'] as const)
  (lacking ? describe.skip : describe)(
    `packets through rules of nft, ${family}${lacking ? ` [skipped: ${lacking}]` : ''}`,
    () => {
      let oracle: NftOracle;
      beforeAll(() => {
        oracle = new NftOracle();
      });
      afterAll(() => oracle.close());

      test('are counted by our words for them, too', () => {
        const { wrong, opaque, hit, missed } = compared(oracle, family, LINES[family]);
        expect(wrong).toEqual([]);
        expect(opaque).toEqual([]);
        // Each rule has been put to the test, both ways where there are two.
        expect(LINES[family].filter((line) => !hit.has(line) && !line.includes('pkttype !='))).toEqual([]);
        expect(
          LINES[family].filter((line) => !missed.has(line) && !/^(iifname|counter|meta pkttype)/.test(line)),
        ).toEqual([]);
      }, 120_000);

      test(`are so, or have no words, where ${MADE_UP} of them are made up`, () => {
        const lines = fc
          .sample(fc.array(fc.constantFrom(...PARTS[family]), { minLength: 1, maxLength: 3 }), {
            seed,
            numRuns: MADE_UP,
          })
          .map((parts) => parts.join(' '));
        const taken = [...new Set(lines)].filter((line) => isTaken(oracle, family, line));
        const { wrong, opaque, hit } = compared(oracle, family, [...taken, 'counter']);
        expect(wrong).toEqual([]);
        expect(opaque.length).toBeGreaterThan(MADE_UP / 20);
        expect(taken.length - opaque.length).toBeGreaterThan(MADE_UP / 10);
        expect(hit.size).toBeGreaterThan(MADE_UP / 20);
      }, 120_000);
    },
  );
