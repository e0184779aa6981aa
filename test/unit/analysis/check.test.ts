import fc from 'fast-check';
import { parseRuleset } from '../../../lib';
import { check, compile, type Finding, simulate } from '../../../lib/analysis';
import { formatFindings } from '../../../lib/analysis/check';
import { describe, expect, test } from '../../harness';
import { packets, rulesets } from '../../harness/traffic';

const RUNS = Number(process.env.RUNS ?? 15);

const filter = (...lines: readonly string[]): string =>
  [
    '*filter',
    ...['INPUT', 'FORWARD', 'OUTPUT']
      .filter((chain) => !lines.some((line) => line.startsWith(`:${chain} `)))
      .map((chain) => `:${chain} DROP [0:0]`),
    ...lines.map((line) => (line.startsWith(':') ? `${line} [0:0]` : `-A ${line}`)),
    'COMMIT',
    '',
  ].join('\n');
const found = (text: string): Finding[] => [...check(parseRuleset(text)).findings];
/** `INPUT 3 shadowed` */
const names = (text: string): string[] =>
  found(text).map(({ chain, number, name }) => `${chain}${number === undefined ? '' : ` ${number}`} ${name}`);

describe('rules that never match', () => {
  test('are met by no packet', { timeout: 60_000 + 3000 * RUNS }, () => {
    const all = packets();
    fc.assert(
      fc.property(rulesets(false), (text) => {
        const ruleset = parseRuleset(text);
        const { findings, decided } = check(ruleset);
        expect(decided).toBe(true);
        const dead = findings.filter(({ name }) => name === 'shadowed' || name === 'contradictory');
        const chains = findings.filter(({ name }) => name === 'unreachable-chain');
        if (dead.length + chains.length === 0) return;
        const compiled = compile(ruleset);
        const said = new Set(dead.map(({ table, chain, number }) => `${table}:${chain}:rule:${number}`));
        const entered = new Set(chains.map(({ table, chain }) => `${table}:${chain}`));
        for (const packet of all)
          for (const { step, table, chain } of simulate(compiled, packet).path) {
            expect([packet, said.has(step) ? step : undefined]).toEqual([packet, undefined]);
            expect(entered.has(`${table}:${chain}`)).toBe(false);
          }
      }),
      { numRuns: RUNS },
    );
  });

  test('are told with what takes their packets', () => {
    const [one, two, three] = found(
      filter(
        'INPUT -s 10.0.0.0/25 -j ACCEPT',
        'INPUT -s 10.0.0.128/25 -p tcp -j ACCEPT',
        'INPUT -s 10.0.0.128/25 -j DROP',
        'INPUT -s 10.0.0.0/24 -p tcp --dport 22 -j DROP',
        'INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT',
        'INPUT -m multiport -p tcp --dports 1:1023 -m tcp --dport 2000 -j DROP',
        'INPUT -j REJECT',
        'INPUT -p udp --dport 53 -j ACCEPT',
      ),
    );
    expect(one).toMatchObject({
      name: 'shadowed',
      number: 4,
      level: 'warning',
      reason: 'never matches: rules 1 and 2 take all of its packets',
    });
    expect(two).toMatchObject({ name: 'contradictory', number: 6 });
    expect(three).toMatchObject({
      name: 'shadowed',
      number: 8,
      reason: 'never matches: it stands behind rule 7, which takes all packets',
      remedy: 'Delete it, or move it before rule 7.',
    });
  });

  test('are none where a limit, a list or a text decides', () => {
    expect(
      names(
        filter(
          'INPUT -p tcp --dport 22 -m limit --limit 1/s -j ACCEPT',
          'INPUT -p tcp --dport 22 -m limit --limit 1/s -j DROP',
          'INPUT -p tcp --dport 23 -m recent --name x --rcheck -j DROP',
          'INPUT -p tcp --dport 23 -m recent --name x ! --rcheck -j DROP',
          'INPUT -p tcp --dport 23 -j ACCEPT',
        ),
      ),
    ).toEqual([]);
    expect(
      names(
        filter(
          'INPUT -m string --algo bm --string x -j DROP',
          'INPUT -m string --algo bm ! --string x -j DROP',
          'INPUT -s 10.0.0.1 -j ACCEPT',
        ),
      ),
    ).toEqual(['INPUT 3 shadowed']);
  });

  test('have chains that nobody enters', () => {
    const text = filter(
      ':A -',
      ':B -',
      ':C -',
      'INPUT -i lo -j ACCEPT',
      'INPUT -i lo -j A',
      'A -p tcp -j C',
      'B -p tcp -j DROP',
    );
    expect(names(text)).toEqual(['INPUT 2 shadowed', 'A unreachable-chain', 'B unreachable-chain']);
  });

  test('are followed through marks', () => {
    const text = `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i eth0 -j MARK --set-mark 1
-A PREROUTING -i eth0 -m mark --mark 2 -j DROP
-A PREROUTING -i eth0 -m mark --mark 1 -p tcp -j ACCEPT
-A PREROUTING -m mark --mark 1 -p tcp -j DROP
COMMIT
`;
    expect(names(text)).toEqual(['PREROUTING 2 shadowed']);
  });
});

describe('other findings', () => {
  test.each([
    ['a chain that calls itself', filter(':A -', 'INPUT -j A', 'A -s 10.0.0.1 -j A'), ['A loop']],
    [
      'what a more general rule does as well',
      filter('INPUT -s 10.0.0.1 -j DROP', 'INPUT -s 10.0.0.0/8 -j DROP', 'INPUT -p tcp --dport 22 -j ACCEPT'),
      ['INPUT 1 redundant'],
    ],
    ['every packet accepted', filter('INPUT -j ACCEPT', 'OUTPUT -o lo -j ACCEPT'), ['INPUT 1 accept-all']],
    ['a policy that opens all', filter(':INPUT ACCEPT', 'INPUT -p tcp --dport 22 -j ACCEPT'), ['INPUT open-policy']],
    [
      'no open policy of exceptions',
      filter(':INPUT ACCEPT', 'INPUT -i eth0 -p tcp --dport 22 -j ACCEPT', 'INPUT -i eth0 -j DROP'),
      [],
    ],
    [
      'no open policy of a list of what is dropped',
      filter(':INPUT ACCEPT', 'INPUT -i lo -j ACCEPT', 'INPUT -s 10.0.0.1 -j DROP'),
      [],
    ],
    [
      'no open policy behind a last REJECT',
      filter(':INPUT ACCEPT', 'INPUT -p tcp --dport 22 -j ACCEPT', 'INPUT -j REJECT'),
      [],
    ],
    ['a log that anybody fills', filter('INPUT -p tcp -j LOG'), ['INPUT 1 log-without-limit']],
    ['none where a limit stands before', filter(':L -', 'INPUT -m limit --limit 5/min -j L', 'L -j LOG'), []],
    [
      'a limit that each change fills again',
      filter('INPUT -p icmp -m limit --limit 2/hour -j ACCEPT'),
      ['INPUT 1 refilling-limit'],
    ],
    [
      'ftp without its helper',
      filter('INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', 'INPUT -p tcp --dport 21 -j ACCEPT'),
      ['INPUT 2 no-helper'],
    ],
    [
      'none with it',
      `*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 21 -j CT --helper ftp\nCOMMIT\n${filter('INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', 'INPUT -p tcp --dport 21 -j ACCEPT')}`,
      [],
    ],
    [
      'none where the ports of its further connections are open, too',
      filter(
        'INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        'INPUT -p tcp --dport 21 -j ACCEPT',
        'INPUT -p tcp --dport 50000:50100 -m conntrack --ctstate NEW -j ACCEPT',
      ),
      [],
    ],
    [
      'ftp where only what is known already comes to such ports',
      filter(
        'INPUT -m conntrack --ctstate RELATED -j ACCEPT',
        'INPUT -p tcp --dport 21 -j ACCEPT',
        'INPUT -p tcp -m multiport --dports 50000:50100 -m conntrack --ctstate ESTABLISHED -j ACCEPT',
      ),
      ['INPUT 2 no-helper'],
    ],
    [
      'no habit of rules that are never met',
      filter('INPUT -p tcp -j ACCEPT', 'INPUT -p tcp --dport 80 -j LOG'),
      ['INPUT 2 shadowed'],
    ],
    [
      'connections that are rewritten to be dropped',
      `*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i eth0 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.5:8080\nCOMMIT\n${filter('FORWARD -d 10.0.0.5 -p tcp --dport 80 -j ACCEPT')}`,
      ['PREROUTING 1 nat-without-forward'],
    ],
    [
      'none where what they become is accepted',
      `*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i eth0 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.5:8080\nCOMMIT\n${filter('FORWARD -d 10.0.0.5 -p tcp --dport 8080 -j ACCEPT')}`,
      [],
    ],
  ])('%s', (_, text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  test('IPv6 open where IPv4 is closed', () => {
    const ipv4 = parseRuleset(filter('INPUT -p tcp --dport 22 -j ACCEPT'));
    const of = (text: string) =>
      check({ ipv4, ipv6: parseRuleset(text, { family: 'ipv6' }) }).findings.map(({ family, chain, name }) => [
        family,
        chain,
        name,
      ]);
    expect(of(filter(':INPUT ACCEPT', 'INPUT -i lo -j ACCEPT'))).toEqual([['ipv6', 'INPUT', 'ipv6-open']]);
    expect(of(filter('INPUT -p tcp --dport 22 -j ACCEPT'))).toEqual([]);
  });

  test('are silenced by a comment', () => {
    const rule = (comment: string) =>
      filter('INPUT -i lo -j ACCEPT', `INPUT -i lo -p tcp -m comment --comment "${comment}" -j DROP`);
    expect(names(rule('as it was'))).toEqual(['INPUT 2 shadowed']);
    expect(names(rule('iptc:allow shadowed'))).toEqual([]);
    expect(names(rule('kept; iptc:allow redundant, shadowed'))).toEqual([]);
    expect(names(rule('iptc:allow redundant'))).toEqual(['INPUT 2 shadowed']);
  });

  test('are told as lines, and as data', () => {
    const { findings } = check(parseRuleset(filter('INPUT -i lo -j ACCEPT', 'INPUT -i lo -p tcp -j DROP')));
    expect(formatFindings(findings)).toBe(
      'filter INPUT rule 2: warning: never matches: rule 1 takes all of its packets (shadowed)\n  Delete it, or move it before rule 1.\n',
    );
    expect(JSON.parse(JSON.stringify(findings))).toEqual([
      {
        name: 'shadowed',
        level: 'warning',
        family: 'ipv4',
        table: 'filter',
        chain: 'INPUT',
        number: 2,
        rule: { inInterface: 'lo', protocol: 'tcp', target: 'DROP' },
        reason: 'never matches: rule 1 takes all of its packets',
        remedy: 'Delete it, or move it before rule 1.',
      },
    ]);
  });
});
