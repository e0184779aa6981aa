import type { Family } from '../../lib/codec/extension';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { lacksNetns } from '../harness/netns';
import { NftOracle } from '../oracle/nft';
import { OurNft } from '../oracle/nft-compare';
import { lacksNft } from '../oracle/programs';

/** Rules that nft writes, and what they are in iptables' words; undefined: it has none that say the same. */
type Foreign = readonly [nft: string, text: string | undefined];
const none = (...lines: string[]): Foreign[] => lines.map((line) => [line, undefined]);
const FOREIGN4: readonly Foreign[] = [
  ['accept', '-j ACCEPT'],
  ['drop', '-j DROP'],
  ['return', '-j RETURN'],
  ['jump user', '-j user'],
  ['goto user', '-g user'],
  ['counter', ''],
  ['counter accept', '-j ACCEPT'],
  ['iifname "eth0" accept', '-i eth0 -j ACCEPT'],
  ['iifname "eth*" accept', '-i eth+ -j ACCEPT'],
  ['oifname != "eth0" drop', '! -o eth0 -j DROP'],
  ['iifname "abcdefghijklmno"', '-i abcdefghijklmno'],
  ['ip saddr 10.0.0.0/8 accept', '-s 10.0.0.0/8 -j ACCEPT'],
  ['ip saddr 10.0.0.0/9 accept', '-s 10.0.0.0/9 -j ACCEPT'],
  ['ip daddr != 10.1.2.3', '! -d 10.1.2.3/32'],
  ['ip saddr 10.1.2.3 ip daddr 10.4.5.6 accept', '-s 10.1.2.3/32 -d 10.4.5.6/32 -j ACCEPT'],
  ['ip saddr & 255.0.0.255 == 10.0.0.1', '-s 10.0.0.1/255.0.0.255'],
  ['ip protocol tcp', '-p tcp'],
  ['ip protocol != udp', '! -p udp'],
  ['meta l4proto 255', '-p 255'],
  ['tcp dport 22 accept', '-p tcp -m tcp --dport 22 -j ACCEPT'],
  ['tcp sport 1 tcp dport 2', '-p tcp -m tcp --sport 1 --dport 2'],
  ['udp dport != 53', '-p udp -m udp ! --dport 53'],
  ['tcp dport 22-80', '-p tcp -m tcp --dport 22:80'],
  ['tcp dport != 22-80', '-p tcp -m tcp ! --dport 22:80'],
  ['tcp dport < 1024', '-p tcp -m tcp --dport 0:1023'],
  ['tcp dport <= 1024', '-p tcp -m tcp --dport 0:1024'],
  ['udp sport > 1024', '-p udp -m udp --sport 1025:65535'],
  ['udp sport >= 1024', '-p udp -m udp --sport 1024:65535'],
  ['tcp flags syn', '-p tcp -m tcp ! --tcp-flags SYN NONE'],
  ['tcp flags & (syn|ack) == syn', '-p tcp -m tcp --tcp-flags SYN,ACK SYN'],
  ['tcp flags & (fin|syn|rst|ack) != syn', '-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN'],
  ['icmp type echo-request accept', '-p icmp -m icmp --icmp-type 8 -j ACCEPT'],
  ['icmp type != echo-request', '-p icmp -m icmp ! --icmp-type 8'],
  ['ip ttl 64', '-m ttl --ttl-eq 64'],
  ['ip ttl < 5', '-m ttl --ttl-lt 5'],
  ['ip ttl <= 5', '-m ttl --ttl-lt 6'],
  ['ip ttl > 5', '-m ttl --ttl-gt 5'],
  ['ip ttl != 5', '-m ttl ! --ttl-eq 5'],
  ['meta pkttype multicast', '-m pkttype --pkt-type multicast'],
  ['meta pkttype != host', '-m pkttype ! --pkt-type unicast'],
  ['meta mark 7', '-m mark --mark 0x7'],
  ['meta mark != 7', '-m mark ! --mark 0x7'],
  ['meta mark & 0xff == 0x10', '-m mark --mark 0x10/0xff'],
  ['meta mark set 5', '-j MARK --set-xmark 0x5/0xffffffff'],
  ['tcp dport 22 counter comment "a b"', '-p tcp -m tcp --dport 22 -m comment --comment "a b"'],
  ['limit rate 3/minute burst 7 packets accept', '-m limit --limit 3/min --limit-burst 7 -j ACCEPT'],
  ['limit rate 100/second', '-m limit --limit 100/sec'],
  ['log group 5', '-j NFLOG --nflog-group 5'],
  [
    'log prefix "x: " group 5 snaplen 20 queue-threshold 3',
    '-j NFLOG --nflog-prefix "x: " --nflog-group 5 --nflog-size 20 --nflog-threshold 3',
  ],
  ['meta nftrace set 1', '-j TRACE'],
  ['limit rate 1/second tcp dport 22', undefined], // counts what isn't for that port, too
  ['tcp dport 22 limit rate 1/second', '-p tcp -m tcp --dport 22 -m limit --limit 1/sec'],
  ['ip ttl 5 tcp dport 22', '-p tcp -m ttl --ttl-eq 5 -m tcp --dport 22'],
  ['@nh,64,8 5', '-m ttl --ttl-eq 5'],
  ['@th,16,16 22', undefined],
  ...none(
    'counter tcp dport 22', // counts what isn't for that port, too
    'tcp dport 22 counter ip saddr 10.0.0.1',
    'log group 5 drop',
    'log group 5 counter',
    'counter counter',
    'meta mark set 5 accept',
    'meta mark set meta mark or 1',
    'meta mark set ct mark',
    'meta mark set meta mark and 0xff xor 0x3',
    'ct mark set 1',
    'ct state established,related accept',
    'ct state new',
    'ct direction original',
    'ct status dnat',
    'ct mark 5',
    'ip saddr 10.0.0.1-10.0.0.9 drop',
    'ip saddr { 10.0.0.1, 10.0.0.2 } drop',
    'ip saddr != { 10.0.0.1, 10.0.0.2 } drop',
    'ip saddr @named drop',
    'tcp dport { 22, 80 } accept',
    'tcp dport vmap { 22 : accept, 80 : drop }',
    'ip saddr . tcp dport { 10.0.0.1 . 22 } accept',
    'meta l4proto { tcp, udp } th dport 53',
    'th dport 53',
    'tcp dport & 1 == 1',
    'tcp sequence 5',
    'tcp doff 5',
    'tcp option maxseg size 1000',
    'tcp option maxseg size set 1200',
    'ip length 100',
    'ip length 100-200',
    'ip id 5',
    'ip dscp cs1',
    'ip ecn ce',
    'ip frag-off & 0x1fff != 5',
    'ip version 4',
    'ip hdrlength 5',
    'ip checksum 5',
    'ip saddr & 0.0.0.0 != 10.0.0.1',
    'ip saddr > 10.0.0.1',
    'ip saddr set 10.0.0.1',
    'ip ttl set 5',
    'ip ttl 5-9',
    'ip protocol 0',
    'ip protocol > 5',
    'ip protocol != tcp ip protocol != udp',
    'icmp code 5',
    'icmp type { 8, 0 }',
    'icmp type 255',
    'icmp type > 5',
    'icmp id 5',
    'udp length 100',
    'udp checksum 0',
    'sctp dport 5',
    'dccp dport 5',
    'udplite dport 5',
    'esp spi 5',
    'ah spi 5',
    'meta length 100',
    'meta protocol ip',
    'meta nfproto ipv4',
    'meta priority 5',
    'meta skuid 0',
    'meta cpu 1',
    'meta iiftype ether',
    'meta mark > 5',
    'meta mark 5-9',
    'meta mark set 5 meta mark set 6',
    'meta time > "2020-01-01"',
    'meta random 5',
    'meta cgroup 5',
    'iif "lo" accept',
    'oif != "lo"',
    'iifname { "eth0", "eth1" }',
    'iifgroup 5',
    'iifname "eth+"',
    'iifname "eth0" iifname != "eth1"',
    'ether saddr 02:00:00:00:00:01',
    'fib daddr type local',
    'fib saddr . iif oif missing drop',
    'rt classid 5',
    'socket transparent 1',
    'osf name "Linux"',
    'limit rate over 10/second drop',
    'limit rate 10 kbytes/second',
    'limit rate 20000/second',
    'limit rate 1/week',
    'quota over 25 mbytes drop',
    'quota name "q"',
    'counter name "c"',
    'ct count over 5 drop',
    'log',
    'log prefix "x"',
    'log level warn',
    'log group 5 prefix "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
    'reject',
    'reject with icmp type host-unreachable',
    'tcp dport 22 reject with tcp reset',
    'queue num 5',
    'queue num 1-3 bypass',
    'dup to 10.0.0.1 device "lo"',
    'notrack',
    'jump ACCEPT',
    'jump chain_of_more_characters_than_28',
    'continue',
    'numgen inc mod 2 0',
    'jhash ip saddr mod 2 0',
    'add @named { ip saddr }',
    'update @named { ip saddr timeout 5s }',
    'exthdr frag exists',
    'tcp dport 65536',
    'meta nftrace set 0',
    'vlan id 5',
    'ip option lsrr exists',
    'synproxy mss 1460 wscale 7',
    '@ll,0,8 5',
  ),
];
const FOREIGN6: readonly Foreign[] = [
  ['ip6 saddr fd00::/8 accept', '-s fd00::/8 -j ACCEPT'],
  ['ip6 saddr fd00::/9 accept', '-s fd00::/9 -j ACCEPT'],
  ['ip6 daddr != fd00::1', '! -d fd00::1/128'],
  ['ip6 saddr fd00::1 ip6 daddr fd00::2', '-s fd00::1/128 -d fd00::2/128'],
  ['ip6 hoplimit 5', '-m hl --hl-eq 5'],
  ['ip6 hoplimit > 5', '-m hl --hl-gt 5'],
  ['meta l4proto tcp', '-p tcp'],
  ['tcp dport 22', '-p tcp -m tcp --dport 22'],
  ['icmpv6 type echo-request', '-p ipv6-icmp -m icmp6 --icmpv6-type 128'],
  ['iifname "eth*" udp dport 53 counter drop', '-i eth+ -p udp -m udp --dport 53 -j DROP'],
  ...none(
    'ip6 nexthdr tcp', // there may be headers between
    'ip6 nexthdr != udp',
    'ip6 saddr fd00::1-fd00::9',
    'ip6 saddr { fd00::1, fd00::2 }',
    'ip6 flowlabel 5',
    'ip6 dscp cs1',
    'ip6 length 5',
    'icmpv6 type { echo-request, echo-reply }',
    'icmpv6 code 5',
    'exthdr frag exists',
    'frag id 5',
    'rt type 0',
    'hbh nexthdr 5',
    'ct state new',
    'reject',
    'meta nfproto ipv6',
  ),
];

const lacking = [lacksNft(), lacksNetns()].filter(Boolean).join(', ');
for (const [family, foreign] of [
  ['ipv4', FOREIGN4],
  ['ipv6', FOREIGN6],
] as const satisfies readonly (readonly [Family, readonly Foreign[]])[])
  (lacking ? describe.skip : describe)(`rules of nft, ${family}${lacking ? ` [skipped: ${lacking}]` : ''}`, () => {
    let oracle: NftOracle;
    let nft: OurNft;
    beforeAll(() => {
      oracle = new NftOracle();
      nft = new OurNft(oracle, family);
    });
    afterAll(() => oracle.close());

    test('are said in words, or not at all', () => {
      const ip = family === 'ipv4' ? 'ip' : 'ip6';
      const wrong: string[] = [];
      let refused = 0;
      for (const [line, text] of foreign) {
        const { status } = oracle.run(
          'nft',
          ['-f', '-'],
          `flush ruleset
table ${ip} filter {
  set named { type ${family === 'ipv4' ? 'ipv4_addr' : 'ipv6_addr'}; flags dynamic,timeout; size 100; }
  quota q { 25 mbytes }
  counter c { }
  chain user { }
  chain ACCEPT { }
  chain chain_of_more_characters_than_28 { }
  chain FORWARD { type filter hook forward priority 0; ${line}
  }
}`,
        );
        if (status !== 0) {
          refused++;
          if (process.env.SHOW) console.log('refused', line);
          continue;
        }
        const [rule] = oracle.dump(family, 'filter', 'FORWARD');
        const entry = nft.read(rule!);
        const mine = entry === undefined ? undefined : nft.ours.print(entry);
        if (mine !== text) wrong.push(`${line}\n  said   ${mine}\n  expected ${text}`);
      }
      expect(wrong.join('\n')).toBe('');
      expect(refused).toBeLessThan(foreign.length / 5);
    }, 60_000);
  });
