import { parseRuleset } from '../../../lib';
import { check, compile, type Packet, query, type SimulateOptions, simulate } from '../../../lib/analysis';
import { describe, expect, test } from '../../harness';

/** A packet's way through the rules of a file, as one line. */
function way(text: string, packet: Packet, options?: SimulateOptions): string {
  const family = text.startsWith('# ipv6') ? 'ipv6' : 'ipv4';
  const { verdict, path } = simulate(parseRuleset(text, { family }), packet, options);
  return [...path.map(({ step }) => step), verdict].join(' ');
}
const filter = (...lines: readonly string[]) => `*filter\n${lines.join('\n')}\nCOMMIT\n`;
const SSH: Packet = {
  protocol: 'tcp',
  source: '203.0.113.5',
  destination: '192.0.2.1',
  sport: 40000,
  dport: 22,
  inInterface: 'eth0',
  ctstate: 'NEW',
};

describe('a packet', () => {
  test('passes the rules that match it, to the first verdict', () => {
    const text = filter('-A INPUT -i lo -j ACCEPT', '-A INPUT -p tcp --dport 22 -j ACCEPT', '-A INPUT -j DROP');
    expect(way(text, SSH)).toBe('filter:INPUT:rule:2 ACCEPT');
    expect(way(text, { ...SSH, dport: 23 })).toBe('filter:INPUT:rule:3 DROP');
    expect(way(text, { ...SSH, inInterface: 'lo' })).toBe('filter:INPUT:rule:1 ACCEPT');
  });

  test('comes out of chains, and falls to policies', () => {
    const text = filter(
      ':INPUT DROP',
      ':W - [0:0]',
      ':G - [0:0]',
      '-A INPUT -p tcp -j W',
      '-A INPUT -p udp -g G',
      '-A INPUT -j LOG',
      '-A W -p tcp --dport 80 -j RETURN',
      '-A W -p tcp --dport 22 -m comment --comment seen',
      '-A G -j RETURN',
      '-A W',
    );
    expect(way(text, SSH)).toBe(
      'filter:INPUT:rule:1 filter:W:rule:2 filter:W:rule:3 filter:W:return:4 filter:INPUT:rule:3 filter:INPUT:policy:4 DROP',
    );
    expect(way(text, { ...SSH, dport: 80 })).toBe(
      'filter:INPUT:rule:1 filter:W:rule:1 filter:INPUT:rule:3 filter:INPUT:policy:4 DROP',
    );
    expect(way(text, { ...SSH, protocol: 'udp' })).toBe(
      'filter:INPUT:rule:2 filter:G:rule:1 filter:INPUT:policy:4 DROP',
    );
  });

  test('is translated, marked and forwarded through all tables', () => {
    const text = `*raw\nCOMMIT\n*mangle\n-A PREROUTING -p tcp -j MARK --set-mark 5\nCOMMIT\n*nat\n-A PREROUTING -p tcp -d 10.1.0.1 --dport 80 -j DNAT --to-destination 10.2.0.2:8080\n-A POSTROUTING -o eth1 -j SNAT --to-source 10.2.0.1\nCOMMIT\n*filter\n-A FORWARD -p tcp --dport 8080 -m mark --mark 5 -m conntrack --ctstate DNAT -j ACCEPT\nCOMMIT\n*security\nCOMMIT\n`;
    const packet: Packet = {
      protocol: 'tcp',
      source: '10.1.0.2',
      destination: '10.1.0.1',
      sport: 5,
      dport: 80,
      inInterface: 'eth0',
      outInterface: 'eth1',
      ctstate: 'NEW',
    };
    const { verdict, path, packet: after } = simulate(parseRuleset(text), packet);
    expect([verdict, ...path.map(({ step }) => step)]).toEqual([
      'ACCEPT',
      'raw:PREROUTING:policy:1',
      'mangle:PREROUTING:rule:1',
      'mangle:PREROUTING:policy:2',
      'nat:PREROUTING:rule:1',
      'mangle:FORWARD:policy:1',
      'filter:FORWARD:rule:1',
      'security:FORWARD:policy:1',
      'mangle:POSTROUTING:policy:1',
      'nat:POSTROUTING:rule:1',
    ]);
    expect(path[3]).toMatchObject({ packet: { destination: '10.2.0.2', dport: 8080, mark: 5 } });
    expect(after).toMatchObject({ source: '10.2.0.1', destination: '10.2.0.2', sport: 5, dport: 8080, mark: 5 });
  });

  test("isn't guessed about: both ways are given, and what they depend on", () => {
    const text = filter(
      '-A INPUT -m length --length 0:100 -j ACCEPT',
      '-A INPUT -m length --length 0:100 -j LOG',
      '-A INPUT -j DROP',
    );
    const { verdict, path, dependsOn, branches } = simulate(parseRuleset(text), SSH);
    expect({ verdict, path }).toEqual({ verdict: 'UNKNOWN', path: [] });
    expect(dependsOn).toMatchObject([{ step: 'filter:INPUT:rule:1', needs: 'length' }]);
    expect(branches?.map((each) => [each.answers[0]?.holds, each.verdict])).toEqual([
      [false, 'DROP'],
      [true, 'ACCEPT'],
    ]);
    expect(way(text, { ...SSH, length: 60 })).toBe('filter:INPUT:rule:1 ACCEPT');
  });

  test('comes to the table nat where connections are tracked, for which there has to be a reason', () => {
    const text = (rule: string) => `*nat\nCOMMIT\n${filter(rule)}`;
    expect(way(text('-A INPUT -p tcp -j DROP'), SSH)).toBe('filter:INPUT:rule:1 DROP');
    expect(way(text('-A INPUT -m conntrack --ctstate NEW -j DROP'), SSH)).toBe(
      'nat:PREROUTING:policy:1 filter:INPUT:rule:1 DROP',
    );
  });

  test('of which the kernel makes an answer has a connection from the start', () => {
    const text = '*raw\n-A OUTPUT -m conntrack --ctstate RELATED -j DROP\nCOMMIT\n';
    const answer: Packet = { protocol: 'icmp', icmpType: '3/1', outInterface: 'eth0', ctstate: 'RELATED' };
    expect(way(text, answer)).toBe('raw:OUTPUT:rule:1 DROP');
    expect(way(text, { ...answer, protocol: 'udp' })).toBe('raw:OUTPUT:policy:2 ACCEPT');
  });

  test("isn't said to have a connection where that isn't known", () => {
    const { ctstate: _, ...unknown } = SSH;
    expect(simulate(parseRuleset(filter('-A INPUT -m conntrack --ctproto 6 -j DROP')), unknown).verdict).toBe(
      'UNKNOWN',
    );
  });

  test('has one state for all rules', () => {
    const text = filter(
      '-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
      '-A INPUT -m state --state INVALID -j DROP',
      '-A INPUT -m state --state NEW -j REJECT',
    );
    const { ctstate: _, ...unknown } = SSH;
    const { branches } = simulate(parseRuleset(text), unknown);
    expect(branches?.map(({ verdict, packet }) => `${packet.ctstate} ${verdict}`).sort()).toEqual([
      'ESTABLISHED ACCEPT',
      'INVALID DROP',
      'NEW REJECT',
      'RELATED ACCEPT',
    ]);
  });
});

describe('what can be no ruleset, or takes too long, ends in a sentence', () => {
  const chains = (count: number, rules: (i: number) => readonly string[]) => {
    const all = Array.from({ length: count }, (_, i) => i);
    return filter(
      ...all.map((i) => `:C${i} - [0:0]`),
      '-A INPUT -j C0',
      ...all.slice(0, -1).flatMap((i) => rules(i).map((rule) => `-A C${i} ${rule} -j C${i + 1}`.replace(/ +/g, ' '))),
    );
  };
  const code = (act: () => unknown): string | undefined => {
    try {
      act();
    } catch (error) {
      return (error as { code?: string }).code;
    }
    return undefined;
  };
  test('a jump to nowhere', () => {
    expect(() => way(filter('-A INPUT -j NOPE'), SSH)).toThrow(
      'Expected a chain that is declared as target but received NOPE',
    );
  });
  test('chains within chains', () => {
    const deep = parseRuleset(chains(5000, () => ['']));
    expect(code(() => simulate(deep, SSH))).toBe('ERR_UNDECIDED');
    expect(code(() => query(deep, 'who may reach tcp/22'))).toBe('ERR_UNDECIDED');
    expect(check(deep)).toMatchObject({ decided: false, findings: [] });
  });
  test('chains that are called again and again', () => {
    expect(
      code(() =>
        way(
          chains(30, () => ['', '']),
          SSH,
        ),
      ),
    ).toBe('ERR_UNDECIDED');
    const drawing = parseRuleset(chains(22, () => ['', '-m limit --limit 1/s']));
    expect(code(() => query(drawing, 'who may reach tcp/22'))).toBe('ERR_UNDECIDED');
  });
  test('no interface', () => {
    expect(code(() => way(filter(), { ...SSH, inInterface: '' }))).toBe('ERR_BAD_ARGUMENT');
  });
});

test('a ruleset can be made ready for many packets', () => {
  const compiled = compile(parseRuleset(filter('-A INPUT -p tcp --dport 22 -j DROP')));
  expect(simulate(compiled, SSH).verdict).toBe('DROP');
  expect(simulate(compiled, { ...SSH, dport: 23 }).verdict).toBe('ACCEPT');
});
