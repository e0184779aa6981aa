import fc from 'fast-check';
import { IptcError, parseRuleset } from '../../../lib';
import { compile, query, serviceMatrix, simulate, spoofing } from '../../../lib/analysis';
import { ADDRESS, parseNetwork } from '../../../lib/net/address';
import { describe, expect, test } from '../../harness';
import { rulesets } from '../../harness/traffic';

const RUNS = Number(process.env.RUNS ?? 15);

const filter = (...rules: readonly string[]) =>
  parseRuleset(
    `*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules.map((rule) => `-A ${rule}\n`).join('')}COMMIT\n`,
  );
const isIn = (address: string, words: readonly string[]): boolean =>
  words.some((word) => {
    const bytes = ADDRESS.ipv4.parse(address)!;
    const [low, high] = word.split('-');
    if (high !== undefined)
      return (
        Buffer.compare(ADDRESS.ipv4.parse(low!)!, bytes) <= 0 && Buffer.compare(bytes, ADDRESS.ipv4.parse(high)!) <= 0
      );
    const { address: net, mask } = parseNetwork(word, 'ipv4')!;
    return mask.every((each, i) => (bytes[i]! & each) === net[i]);
  });

describe('who may reach a service', () => {
  const ruleset = filter(
    'INPUT -i lo -j ACCEPT',
    'INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
    'INPUT -s 192.0.2.66 -j DROP',
    'INPUT -s 192.0.2.0/24 -p tcp --dport 22 -j ACCEPT',
    'INPUT -p tcp --dport 22 -m limit --limit 1/min -j ACCEPT',
    'INPUT -i eth1 -p udp --dport 53 -j ACCEPT',
  );

  test('is told as ranges of addresses, surely and possibly', () => {
    expect(query(ruleset, 'who may reach tcp/22')).toEqual({
      surely: ['192.0.2.0-192.0.2.65', '192.0.2.67-192.0.2.255'],
      possibly: ['0.0.0.0-192.0.2.65', '192.0.2.67-255.255.255.255'],
      free: ['-m limit --limit 1/min'],
    });
  });
  test('and as networks', () => {
    const { surely } = query(ruleset, { who: { service: { protocol: 'tcp', port: 'ssh' } } }, { prefixes: true });
    expect(surely).toEqual([
      '192.0.2.0/26',
      '192.0.2.64/31',
      '192.0.2.67',
      '192.0.2.68/30',
      '192.0.2.72/29',
      '192.0.2.80/28',
      '192.0.2.96/27',
      '192.0.2.128/25',
    ]);
  });
  test('by an interface', () => {
    expect(query(ruleset, { who: { service: 'udp/53', inInterface: 'eth0' } }).possibly).toEqual([]);
    expect(query(ruleset, { who: { service: 'udp/53', inInterface: 'eth1' } }).surely).toEqual([
      '0.0.0.0-192.0.2.65',
      '192.0.2.67-255.255.255.255',
    ]);
    expect(query(ruleset, { who: { service: 'udp/99', inInterface: 'lo' } }).surely).toEqual(['0.0.0.0/0']);
    expect(query(ruleset, 'who may reach udp/99').possibly).toEqual([]);
  });
  test('or what somebody may reach', () => {
    expect(query(ruleset, 'what may 192.0.2.1 reach?')).toEqual({
      surely: [
        { protocol: ['tcp'], dport: [22] },
        { protocol: ['udp'], dport: [53] },
      ],
      possibly: [
        { protocol: ['tcp'], dport: [22] },
        { protocol: ['udp'], dport: [53] },
      ],
      free: [],
    });
    expect(query(ruleset, { what: { source: '192.0.2.66' } })).toMatchObject({ surely: [], possibly: [] });
  });
  test('after NAT', () => {
    const nat = parseRuleset(
      '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i eth0 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.5:8080\nCOMMIT\n' +
        '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -d 10.0.0.5 -p tcp --dport 8080 -s 203.0.113.0/24 -j ACCEPT\nCOMMIT\n',
    );
    expect(query(nat, { who: { service: 'tcp/80', way: 'forward', inInterface: 'eth0' } }).surely).toEqual([
      '203.0.113.0/24',
    ]);
    expect(query(nat, { who: { service: 'tcp/80', way: 'forward', inInterface: 'eth1' } }).possibly).toEqual([]);
  });
  test('is refused where it is no question', () => {
    expect(() => query(ruleset, 'who is there')).toThrow("Expected 'who may reach tcp/22'");
    expect(() => query(ruleset, 'who may reach tcp/70000')).toThrow('Expected a port, or the name of a service');
    expect(() => query(ruleset, 'what may nobody reach')).toThrow(
      'Expected an IPv4 address or network for question.source of query()',
    );
  });

  /** A mask with holes, 0.0.0.255, makes more ranges than may be told. */
  function decided<T>(ask: () => T): T | undefined {
    try {
      return ask();
    } catch (error) {
      if (error instanceof IptcError && error.code === 'ERR_UNDECIDED') return undefined;
      throw error;
    }
  }
  test('is what packets say', () => {
    fc.assert(
      fc.property(rulesets(false), (text) => {
        const given = parseRuleset(text);
        const compiled = compile(given);
        for (const [protocol, dport] of [
          ['tcp', 22],
          ['tcp', 80],
          ['udp', 8080],
        ] as const) {
          const answer = decided(() =>
            query(given, {
              who: { service: `${protocol}/${dport}`, inInterface: 'eth0', destination: '198.51.100.1' },
            }),
          );
          fc.pre(answer !== undefined);
          const { surely, possibly } = answer;
          for (const source of ['10.0.0.1', '10.0.1.2', '192.0.2.7', '203.0.113.9']) {
            const verdicts = [22, 80, 40000, 8080].map(
              (sport) =>
                simulate(compiled, {
                  protocol,
                  dport,
                  sport,
                  source,
                  destination: '198.51.100.1',
                  inInterface: 'eth0',
                  ctstate: 'NEW',
                  ...(protocol === 'tcp' && { tcpFlags: ['SYN'] }),
                }).verdict,
            );
            // Marks of packets that come in may be anything.
            if (verdicts.includes('ACCEPT')) expect([source, isIn(source, possibly)]).toEqual([source, true]);
            if (!isIn(source, possibly)) expect(verdicts).not.toContain('ACCEPT');
            expect(isIn(source, surely) && !isIn(source, possibly)).toBe(false);
          }
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a matrix of services', () => {
  test('divides all addresses, and says who may connect to whom', () => {
    const ruleset = filter(
      'FORWARD -s 10.0.1.0/24 -d 10.0.2.0/24 -p tcp --dport 443 -j ACCEPT',
      'FORWARD -s 10.0.1.0/24 -d 10.0.3.0/24 -p tcp --dport 443 -m limit --limit 1/s -j ACCEPT',
      'FORWARD -s 10.0.1.0/24 -d 10.0.4.0/24 -p tcp --dport 80 -j ACCEPT',
    );
    const { groups, surely, possibly } = serviceMatrix(ruleset, 'tcp/443');
    expect(groups).toEqual([
      ['0.0.0.0-10.0.0.255', '10.0.4.0-255.255.255.255'],
      ['10.0.1.0/24'],
      ['10.0.2.0/24'],
      ['10.0.3.0/24'],
    ]);
    expect(surely).toEqual([[1, 2]]);
    expect(possibly).toEqual([
      [1, 2],
      [1, 3],
    ]);
  });
  test('is the same whichever address rules divide by', () => {
    const chain = (option: string) =>
      parseRuleset(
        `*filter\n:FORWARD DROP [0:0]\n:A - [0:0]\n-A FORWARD ${option} 10.0.1.0/24 -j A\n-A A -s 10.0.1.0/25 -d 10.0.1.128/25 -j ACCEPT\nCOMMIT\n`,
      );
    expect(serviceMatrix(chain('-d'), 'tcp/443')).toEqual(serviceMatrix(chain('-s'), 'tcp/443'));
    expect(serviceMatrix(chain('-s'), 'tcp/443').surely).toEqual([[1, 2]]);
  });
});

describe('spoofing', () => {
  test('is certified to be kept out, or shown', () => {
    const rules = [
      'FORWARD -i eth0 ! -s 192.0.2.0/24 -j DROP',
      'FORWARD -i eth1 -s 10.0.0.0/8 -j DROP',
      'FORWARD -j ACCEPT',
    ];
    const answer = spoofing(filter(...rules), { eth0: ['192.0.2.0/24'], eth1: ['203.0.113.0/24'] });
    expect(answer.eth0).toEqual({ certified: true });
    expect(answer.eth1).toMatchObject({
      certified: false,
      sources: ['0.0.0.0-9.255.255.255', '11.0.0.0-203.0.112.255', '203.0.114.0-255.255.255.255'],
      example: { inInterface: 'eth1' },
    });
    expect(simulate(filter(...rules), answer.eth1!.example!).verdict).toBe('ACCEPT');
  });
  test('is refused where a network is none', () => {
    expect(() => spoofing(filter(), { eth0: ['2001:db8::/32'] })).toThrow('Expected an IPv4 network');
  });
});
