/** Conditions that no field tells: which of them are the same, and what rules make of them. */
import { parseRuleset } from '../../../lib';
import { type CompareOptions, check, compareTraffic, query, simulate } from '../../../lib/analysis';
import { describe, expect, test } from '../../harness';

const filter = (...lines: readonly string[]) => `*filter\n${lines.join('\n')}\nCOMMIT\n`;
const open = filter(':INPUT ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]');
/** Changes as `ACCEPT -> DROP in`, each once. */
function changes(before: string, after: string, options?: CompareOptions): string[] {
  const { decided, undecided, changes } = compareTraffic(parseRuleset(before), parseRuleset(after), options);
  expect([decided, undecided]).toEqual([true, undefined]);
  return [...new Set(changes.map(({ before, after, way }) => `${before.verdict} -> ${after.verdict} ${way}`))].sort();
}

describe('a condition and its opposite', () => {
  test.each([
    '-m string --string x --algo bm',
    '-m length --length 3:9',
    '-m ttl --ttl-eq 3',
    '-m pkttype --pkt-type broadcast',
    '-m tos --tos 0x10',
    '-m dscp --dscp 2',
    '-m helper --helper ftp',
    '-m realm --realm 3',
    '-m u32 --u32 "0&1=1"',
    '-m addrtype --src-type LOCAL',
    '-m physdev --physdev-in x',
    '-m set --match-set x src',
  ])('are one: %s', (match) => {
    const not = match.replace(/(?= --)/, ' !');
    const both = (first: string, second: string) =>
      filter(':INPUT DROP [0:0]', `-A INPUT ${first} -j ACCEPT`, `-A INPUT ${second} -j ACCEPT`);
    expect(changes(both(match, not), open)).toEqual([]);
    expect(changes(both(match, match), open)).toEqual(['DROP -> ACCEPT in']);
  });
  test('are one of packets that have been made here', () => {
    const rules = ['-A OUTPUT -m owner --uid-owner 1 -j ACCEPT', '-A OUTPUT -m owner ! --uid-owner 1 -j ACCEPT'];
    expect(changes(filter(':OUTPUT DROP [0:0]', ...rules), open)).toEqual([]);
  });
  test("aren't where what is asked for may be missing", () => {
    const mac = (not: string) => `-A INPUT -m mac ${not}--mac-source 00:11:22:33:44:55 -j ACCEPT`;
    expect(changes(filter(':INPUT DROP [0:0]', mac(''), mac('! ')), open)).toEqual(['DROP -> ACCEPT in']);
  });
  test('are in IPv6 a list of types that an address all has', () => {
    const six = (types: string) =>
      parseRuleset(`*filter\n:INPUT DROP [0:0]\n-A INPUT -m addrtype --dst-type ${types} -j ACCEPT\nCOMMIT\n`, {
        family: 'ipv6',
      });
    const { changes } = compareTraffic(six('LOCAL'), six('LOCAL,UNICAST'));
    expect(changes.map(({ before, after }) => `${before.verdict} -> ${after.verdict}`)).toEqual(['ACCEPT -> DROP']);
  });
  test('are asked of a packet once', () => {
    const { branches } = simulate(
      parseRuleset(
        filter(
          ':INPUT DROP [0:0]',
          '-A INPUT -m string --string x --algo bm -j ACCEPT',
          '-A INPUT -m string ! --string x --algo bm -j REJECT',
        ),
      ),
      { protocol: 'udp', inInterface: 'eth0', ctstate: 'NEW' },
    );
    expect(branches?.map(({ verdict }) => verdict)).toEqual(['REJECT', 'ACCEPT']);
  });
});

describe('what changes a packet', () => {
  const mangle = (rules: readonly string[], ...lines: readonly string[]) =>
    `*mangle\n:C - [0:0]\n${rules.map((rule) => `-A ${rule}\n`).join('')}COMMIT\n${filter(...lines)}`;
  const tos = ['-A INPUT -m tos --tos 0x10 -j ACCEPT', ':INPUT DROP [0:0]'].reverse();

  test('changes what is asked of it later', () => {
    expect(changes(mangle(['PREROUTING -j TOS --set-tos 0x10'], ...tos), mangle([], ...tos))).toEqual([
      'ACCEPT -> DROP in',
    ]);
    expect(
      changes(
        mangle(['PREROUTING -j DSCP --set-dscp 4'], ...tos),
        mangle(['PREROUTING -j TOS --set-tos 0x10'], ...tos),
      ),
    ).toEqual(['ACCEPT -> ACCEPT in', 'DROP -> ACCEPT in'].slice(1));
    const dscp = [':INPUT DROP [0:0]', '-A INPUT -m dscp --dscp 4 -j ACCEPT'];
    expect(
      changes(
        mangle(['PREROUTING -j DSCP --set-dscp 4'], ...dscp),
        mangle([], filter(':INPUT ACCEPT [0:0]').replace(/\*filter\n|COMMIT\n/g, '')),
      ),
    ).toEqual([]);
  });
  test('does so in a chain that returns, too', () => {
    const rules = ['PREROUTING -p tcp -j C', 'PREROUTING -m tos --tos 8 -j DROP'];
    expect(changes(mangle([...rules, 'C -j TOS --set-tos 0x10']), mangle(rules))).toEqual([
      'ACCEPT -> DROP forward',
      'ACCEPT -> DROP in',
    ]);
  });
  test('may be routing, which takes a hop', () => {
    const rules = ['PREROUTING -m ttl --ttl-eq 3 -j DROP'];
    expect(changes(mangle([...rules, 'FORWARD -m ttl --ttl-eq 3 -j DROP']), mangle(rules))).toEqual([
      'DROP -> ACCEPT forward',
    ]);
    expect(changes(mangle([...rules, 'INPUT -m ttl --ttl-eq 3 -j DROP']), mangle(rules))).toEqual([]);
  });
  test('may be a rule that adds to a set or a list', () => {
    for (const [adds, asks] of [
      ['-A INPUT -j SET --add-set x src', '-m set --match-set x src'],
      ['-A INPUT -m recent --name x --set', '-m recent --name x --rcheck'],
    ] as const) {
      const rules = (...first: readonly string[]) =>
        filter(':INPUT DROP [0:0]', ...first, `-A INPUT ${asks} -j ACCEPT`);
      expect(changes(rules(adds), rules())).toContain('ACCEPT -> DROP in');
      expect(changes(rules(adds), rules(adds, '-A INPUT -m comment --comment x'))).toEqual([]);
    }
  });
  test('may be NAT, which is a state of its own', () => {
    const nat = (rules: string, match: string) =>
      `*nat\n${rules}COMMIT\n${filter(':FORWARD DROP [0:0]', `-A FORWARD ${match} -j ACCEPT`)}`;
    const dnat = '-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1\n';
    expect(changes(nat(dnat, '-m conntrack --ctstate DNAT'), nat('', '-m conntrack --ctstate DNAT'))).toContain(
      'ACCEPT -> DROP forward',
    );
    const local = '-m addrtype --dst-type LOCAL';
    expect(changes(nat(dnat, local), nat('', local))).toContain('DROP -> ACCEPT forward');
    expect(changes(nat(dnat, local), nat(dnat, `${local} -m comment --comment x`))).toEqual([]);
  });
  test('may be REDIRECT, which catches what would be forwarded', () => {
    const rules = (nat: string) => `*nat\n${nat}COMMIT\n${filter(':INPUT DROP [0:0]', '-A FORWARD -p tcp -j REJECT')}`;
    const redirect = '-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080\n';
    expect(changes(rules(''), rules(redirect))).toContain('REJECT -> DROP forward');
    const out = (nat: string) =>
      `*nat\n${nat}COMMIT\n*mangle\n-A POSTROUTING -o lo -p tcp -j DROP\nCOMMIT\n${filter(':INPUT ACCEPT [0:0]')}`;
    expect(changes(out(''), out(redirect.replace('PREROUTING', 'OUTPUT')))).toContain('ACCEPT -> DROP out');
  });
  test("isn't done to a connection that begins before any rule has done it", () => {
    for (const match of ['--ctdir REPLY', '--ctstate SNAT,DNAT', '--ctorigsrc 10.0.0.1']) {
      const rules = filter(
        ':INPUT DROP [0:0]',
        `-A INPUT -s 10.0.0.2 -m conntrack --ctstate NEW -m conntrack ${match} -j ACCEPT`,
      );
      expect(changes(rules, filter(':INPUT DROP [0:0]'))).toEqual([]);
    }
  });
  test('is no reason to call a rule needless', () => {
    const rules = parseRuleset(
      filter(
        ':INPUT DROP [0:0]',
        '-A INPUT -m set --match-set x src -j ACCEPT',
        '-A INPUT -j SET --del-set x src',
        '-A INPUT -m set --match-set x src -j ACCEPT',
      ),
    );
    expect(check(rules).findings).toEqual([]);
  });
});

describe('sets whose contents are given', () => {
  const asked = (match: string) => filter(':INPUT DROP [0:0]', `-A INPUT -m set --match-set ${match} -j ACCEPT`);
  const sets = {
    nets: ['10.0.0.0/25', '10.0.0.128/26 nomatch', '10.0.0.130 timeout 30'],
    ported: ['10.0.0.0/24,tcp:80', '10.0.0.0/25,tcp:80 nomatch', '10.0.0.7,icmp:8/0', '10.0.0.8,esp:0'],
    both: ['nets', 'ported'],
    ranges: ['10.0.0.3-10.0.0.5'],
    marked: ['10.0.0.1,0x00000007'],
    ports: ['80', '8000-8080'],
    devices: ['10.0.0.0/8,eth0'],
  };
  test.each([
    ['nets src', ['-s 10.0.0.0/25', '-s 10.0.0.130']],
    [
      'ported src,dst',
      ['-s 10.0.0.128/25 -p tcp --dport 80', '-s 10.0.0.7 -p icmp --icmp-type 8/0', '-s 10.0.0.8 -p esp'],
    ],
    ['ported src,dst --return-nomatch', ['-s 10.0.0.0/25 -p tcp --dport 80']],
    ['ported src', []],
    ['both src', ['-s 10.0.0.0/25', '-s 10.0.0.130']],
    ['ranges dst', ['-m iprange --dst-range 10.0.0.3-10.0.0.5']],
    ['marked src,src', ['-s 10.0.0.1 -m mark --mark 7']],
    ['ports src', ['-p tcp -m multiport --sports 80,8000:8080', '-p udp -m multiport --sports 80,8000:8080']],
    ['devices src,src', ['-s 10.0.0.0/8 -i eth0']],
  ])('are exact: %s', (match, same) => {
    const rules = filter(':INPUT DROP [0:0]', ...same.map((rule) => `-A INPUT ${rule} -j ACCEPT`));
    expect(changes(asked(match), rules, { sets })).toEqual([]);
    expect(changes(asked(match).replace('--match', '! --match'), rules, { sets })).not.toEqual([]);
  });
  test.each([
    ['nets src', '10.0.0.1', true],
    ['nets src', '10.0.0.129', false],
    ['nets src', '10.0.0.130', true],
    ['nets src --return-nomatch', '10.0.0.129', true],
    ['ported src,dst', '10.0.0.1', false],
    ['ported src,dst', '10.0.0.200', true],
    ['both src', '10.0.0.130', true],
    ['devices src,src', '10.9.9.9', true],
    ['devices src,dst', '10.9.9.9', false],
  ])('are the same for a packet: %s, %s', (match, source, holds) => {
    const packet = { protocol: 'tcp', source, dport: 80, inInterface: 'eth0', ctstate: 'NEW' } as const;
    expect(simulate(parseRuleset(asked(match)), packet, { sets }).verdict).toBe(holds ? 'ACCEPT' : 'DROP');
  });
  test('say who can reach what', () => {
    const rules = parseRuleset(asked('nets src'));
    expect(query(rules, 'who may reach tcp/22', { sets })).toMatchObject({ surely: ['10.0.0.0/25', '10.0.0.130'] });
    expect(query(rules, 'who may reach tcp/22').free).toEqual(['-m set --match-set nets src']);
  });
  test("aren't known any more once a rule has changed them", () => {
    const rules = parseRuleset(
      filter(
        ':INPUT DROP [0:0]',
        '-A INPUT -j SET --add-set nets src',
        '-A INPUT -m set --match-set nets src -j ACCEPT',
      ),
    );
    expect(query(rules, 'who may reach tcp/22', { sets }).surely).toEqual([]);
    const packet = { protocol: 'tcp', source: '192.0.2.1', dport: 80, inInterface: 'eth0', ctstate: 'NEW' } as const;
    expect(simulate(rules, packet, { sets })).toMatchObject({ verdict: 'UNKNOWN' });
  });
  test('are elements as ipset prints them', () => {
    expect(() => query(parseRuleset(open), 'who may reach tcp/22', { sets: { x: ['10.0.0.300'] } })).toThrow(
      'Expected an element as ipset list prints it for sets.x[0] of query() but received "10.0.0.300"',
    );
  });
});
