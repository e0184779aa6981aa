import fc from 'fast-check';
import type { AnyExtension, Family } from '../../lib/codec/extension';
import { matches, targets } from '../../lib/extensions/registry';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { lacksNetns } from '../harness/netns';
import { type Case, tFiles } from './cases';
import { rules } from './generate';
import { NFT_KNOWN } from './known';
import { NftOracle } from './nft';
import { type Line, type NftFinding, OurNft, putToNft, told } from './nft-compare';
import { lacksCompiler, lacksNft } from './programs';
import { lacksUpstream, upstreamExtensions } from './upstream';

/**
 * What iptables-nft 1.8.9 sends to the kernel for a line, and what we make of the same line's entry; what the kernel
 * gives back of it, and what we read of that, as an entry and as text.
 */
const families: readonly Family[] = ['ipv4', 'ipv6'];
const seed = Number(process.env.ORACLE_SEED ?? 1);
const lacking = [lacksNft(), lacksCompiler(), lacksNetns()].filter(Boolean).join(', ');
const describeNft = (more: string | undefined, name: string, body: () => void) => {
  const reasons = [lacking, more].filter(Boolean).join(', ');
  (reasons ? describe.skip : describe)(reasons ? `${name} [skipped: ${reasons}]` : name, body);
};

let oracle: NftOracle;
const sides = new Map<Family, OurNft>();
beforeAll(() => {
  if (lacking) return;
  oracle = new NftOracle();
  for (const family of families) sides.set(family, new OurNft(oracle, family));
});
afterAll(() => oracle?.close());
const put = (family: Family, table: string, lines: readonly Line[]) =>
  putToNft(oracle, sides.get(family)!, family, table, lines);

/** The findings that nobody knows of. */
function judge(findings: readonly NftFinding[]): string {
  const unknown = findings.filter(
    (f) => !NFT_KNOWN.some(({ aspects, line }) => aspects.includes(f.aspect) && line.test(f.line)),
  );
  return unknown.slice(0, 8).map(told).join('\n');
}
/** The user's chains, in every table. */
function prepare(family: Family): void {
  oracle.flush();
  const chains = ':user-1 - [0:0]\n:user-2 - [0:0]\n';
  const tables = ['raw', 'mangle', 'nat', 'filter'].map((table) => `*${table}\n${chains}COMMIT\n`).join('');
  const { status, stderr } = oracle.restore(family, tables, []);
  if (status !== 0) throw new Error(stderr);
}

describeNft(lacksUpstream(), "upstream's lines, in nf_tables", () => {
  let compared = 0;
  for (const file of lacking || lacksUpstream() ? [] : tFiles(upstreamExtensions()))
    test(file.name, () => {
      const findings: NftFinding[] = [];
      for (const family of families) {
        oracle.flush();
        let batch: Case[] = [];
        const run = () => {
          for (const table of new Set(batch.map((c) => c.table))) {
            const here = batch.filter((c) => c.table === table);
            const lines = here.flatMap(({ at, chains, rule }) => chains.map((chain) => ({ at, chain, rule })));
            const result = put(family, table, lines);
            compared += result.taken.length;
            // Lines of the other family's file, which upstream doesn't try.
            const tried = file.families.includes(family);
            findings.push(...result.findings.filter(({ aspect }) => tried || aspect !== 'refused'));
          }
          batch = [];
        };
        for (const step of file.steps) {
          if ('rule' in step) {
            if (step.verdict === 'OK') batch.push(step);
          } else {
            run();
            oracle.shell(family === 'ipv6' ? step.command.replace(/^iptables/, 'ip6tables') : step.command);
          }
        }
        run();
      }
      expect(judge(findings)).toBe('');
    }, 60_000);

  test('are compared, nearly all of them', () => expect(compared).toBeGreaterThan(2700));
});

/** What a head can hold, and the matches and targets that have expressions of nf_tables' own. */
const LINES = [
  ...[
    '',
    '-i eth0',
    '-o eth0',
    '! -i eth0',
    '-i eth+',
    '! -o eth+',
    '-i abcdefghijklmno',
    '-i abcdefghijklmn+',
    '! -i +',
  ],
  ...['-p tcp', '! -p tcp', '-p 255', '-p all', '! -p icmp', '-p ipv6-icmp', '-p udp -i lo -o eth1'],
  ...['1:65535', '0:65534', '0', '65535', '7:7', '80', '1024:65535', ':1023'].flatMap((ports) => [
    `-p tcp -m tcp --dport ${ports}`,
    `-p udp -m udp --sport ${ports}`,
    `-p tcp -m tcp ! --sport ${ports}`,
    `-p udp -m udp ! --dport ${ports}`,
    `-p tcp -m tcp --sport ${ports} --dport 53`,
    `-p tcp -m tcp --sport 53 ! --dport ${ports}`,
  ]),
  ...['-p tcp -m tcp', '-p udp -m udp', '-p tcp -m tcp --tcp-option 5', '-p tcp -m tcp --tcp-option 5 --dport 7'],
  ...['SYN,ACK SYN', 'ALL NONE', 'NONE NONE', 'FIN FIN'].flatMap((flags) => [
    `-p tcp -m tcp --tcp-flags ${flags}`,
    `-p tcp -m tcp --sport 5 ! --tcp-flags ${flags} --dport 1:2`,
  ]),
  ...['0', '1', '0xffffffff', '1/3', '0/0', '0/1', '0xf0/0xff'].flatMap((mark) => [
    `-m mark --mark ${mark}`,
    `-m mark ! --mark ${mark}`,
  ]),
  ...['1/sec', '7/sec', '5/min', '3/hour', '100/day', '10000/sec', '3333/sec', '61/min', '1441/day'].map(
    (rate) => `-m limit --limit ${rate} --limit-burst 7`,
  ),
  '-m limit --limit 1/sec -p tcp -m tcp --dport 1',
  '-p tcp -m tcp --dport 1 -m comment --comment x -m tcp --sport 2',
  '-p udp -m comment --comment "a longer one, with spaces" -m udp --dport 2 -m mark --mark 1 -m udp --sport 3',
  ...['ACCEPT', 'DROP', 'RETURN', 'user-1', 'LOG', 'NFLOG', 'CONNMARK --save-mark'].map((target) => `-j ${target}`),
  '-g user-1',
  ...['--nflog-group 5', '--nflog-group 65535 --nflog-prefix "a b"', '--nflog-size 0', '--nflog-size 100'].flatMap(
    (options) => [`-j NFLOG ${options}`, `-m mark --mark 1 -j NFLOG ${options} --nflog-threshold 7`],
  ),
  ...['-j LOG --log-prefix x', '-p tcp -j REJECT --reject-with tcp-reset', '-j MARK --set-xmark 1/3'],
];
const LINES4 = [
  ...['0.0.0.0/0', '10.0.0.0/8', '10.1.2.3', '10.128.0.0/9', '255.255.255.255', '10.0.0.1/255.0.0.255', '128.0.0.0/1']
    .flatMap((network) => [`-s ${network}`, `-d ${network}`, `-s ${network} -d ${network} -p tcp`])
    .concat(['! -s 10.0.0.0/8', '! -s 10.1.2.3 ! -d 10.0.0.0/255.0.255.0', '-f', '! -f', '-p tcp -s 1.2.3.4 -f']),
  '-s 10.1.2.3 -i eth0 -p icmp -m icmp --icmp-type 8',
  '-j REJECT --reject-with icmp-host-prohibited',
];
const LINES6 = [
  ...['::/0', 'fd00::/8', 'fd00::1', 'fd00::/9', 'ffff:ffff:ffff:ffff::/64', '::1/127', 'fd00::/127']
    .flatMap((network) => [`-s ${network}`, `-d ${network}`, `-s ${network} -d ${network} -p tcp`])
    .concat(['! -s fd00::/8', '! -s fd00::1 ! -d fd00::/ffff::ffff', '-p ipv6-icmp -m icmp6 --icmpv6-type 128']),
  '-j REJECT --reject-with icmp6-port-unreachable',
];

for (const family of families)
  describeNft(undefined, `lines of ${family}, in nf_tables`, () => {
    beforeAll(() => prepare(family));

    test('are sent, read and printed as iptables-nft does', () => {
      const lines = [...LINES, ...(family === 'ipv4' ? LINES4 : LINES6)].map((rule) => ({
        at: '',
        chain: 'FORWARD',
        rule,
      }));
      const { taken, findings } = put(family, 'filter', lines);
      expect(judge(findings)).toBe('');
      const left = lines.filter((line) => !taken.includes(line)).map(({ rule }) => rule);
      expect(left).toEqual([]);
      const raw = ['-j TRACE', '-p tcp -j TRACE', '-j NOTRACK', '-j CT --zone 7'].map((rule) => ({
        at: '',
        chain: 'PREROUTING',
        rule,
      }));
      expect(judge(put(family, 'raw', raw).findings)).toBe('');
    }, 60_000);

    for (const { example, aspects, why } of NFT_KNOWN.filter(
      (known) => known.example !== '' && (known.family ?? family) === family,
    ))
      test(`that iptables-nft takes otherwise still are: ${example}: ${why}`, () => {
        const { taken, findings } = put(family, 'filter', [{ at: '', chain: 'FORWARD', rule: example }]);
        expect(taken).toHaveLength(1);
        expect(findings.map(({ aspect }) => aspect)).toContain(aspects[0]);
        expect(judge(findings)).toBe('');
      });

    test('that are generated, too', () => {
      const { ours } = sides.get(family)!;
      const all = [...matches, ...targets] as readonly AnyExtension[];
      const placed = fc
        .sample(rules(family, ours.kernel, all), { seed, numRuns: 300 })
        .filter((p) => p.rule.target !== 'QUEUE');
      let taken = 0;
      for (const table of new Set(placed.map((p) => p.table))) {
        const lines = placed
          .filter((p) => p.table === table)
          .map(({ rule, chain }) => {
            const { counters, ...plain } = rule;
            return { at: '', chain, rule: ours.print(ours.codec.encode(plain, { table, chain }).slice()) };
          });
        const result = put(family, table, lines);
        taken += result.taken.length;
        expect(judge(result.findings)).toBe('');
      }
      expect(taken).toBeGreaterThan(200);
    }, 120_000);
  });
