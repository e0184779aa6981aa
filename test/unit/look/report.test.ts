import fc from 'fast-check';
import { check } from '../../../lib/analysis';
import { parseRuleset } from '../../../lib/index';
import { seenRuleset } from '../../../lib/look/model';
import { Redactor } from '../../../lib/look/redact';
import { type ReportInput, report } from '../../../lib/look/report';
import { formatIpv6 } from '../../../lib/net/address';
import { describe, expect, test } from '../../harness';

const RULES = `*nat
:PREROUTING ACCEPT [1:2]
:f2b-203.0.113.9 - [0:0]
[7:8] -A PREROUTING -s 198.51.100.7/32 -p tcp -m tcp --dport 80 -m mac --mac-source 02:00:00:AA:BB:CC -m comment --comment "for Jane <b>" -j DNAT --to-destination 10.0.0.2:8080
-A PREROUTING ! -s 198.51.100.7/32 -i eth0 -m comment --comment secret -j LOG --log-prefix "Jane: "
-A PREROUTING -d 127.0.0.1/32 -j f2b-203.0.113.9
-A f2b-203.0.113.9 -d 10.9.8.7/32 -j ACCEPT
COMMIT
`;
const input = (redact: boolean): ReportInput => ({
  host: 'mailhost',
  time: new Date(0),
  tables: seenRuleset(parseRuleset(RULES)),
  sets: [{ name: 'blocked', type: 'hash:net', elements: 12 }],
  connections: 3,
  doctor: {
    ok: false,
    kernel: '6.1.0',
    services: [],
    findings: [
      { about: 'boot', level: 'warning', message: 'mailhost: 10.0.0.2 is not saved', hint: 'Save it & see' },
      { about: 'others', level: 'note', message: 'Docker has chains' },
      { about: 'kernel', level: 'error', message: 'None' },
    ],
  },
  check: check(parseRuleset(RULES)),
  redact,
});
const FILES = { script: '', style: 'b{}' };

describe('a report', () => {
  test('has rules with counters, findings, who else writes rules, and sets', () => {
    const html = report(input(false), FILES);
    const text = html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    for (const part of [
      'Firewall of mailhost',
      'Linux 6.1.0, 1 table, 4 rules, 3 connections ',
      'Findings ERROR None',
      'IPv4: nat f2b-203.0.113.9 rule 1: warning: never matches: no such packet comes to its chain (shadowed) Delete it',
      // Beside the rule, too.
      '10.9.8.7 warning: never matches',
      'Who else writes rules note Docker has chains',
      'After a reboot WARNING mailhost: 10.0.0.2 is not saved Save it &#38; see',
      'blocked hash:net 12',
      '1 7 8 DNAT tcp 198.51.100.7 -m tcp --dport 80 -m mac --mac-source 02:00:00:aa:bb:cc --to-destination 10.0.0.2:8080 for Jane &#60;b&#62;',
      '2 0 0 LOG !198.51.100.7 in eth0 --log-prefix &#34;Jane: &#34; secret',
    ])
      expect(text).toContain(part);
    expect(html).toContain("script-src 'none'");
    expect(html).not.toMatch(/<script|<b> /);
  });
  test('hides who is meant, and not whether it is the same', () => {
    const html = report(input(true), FILES);
    expect(html).not.toMatch(/Jane|secret|mailhost|198\.51|203\.0|10\.0\.0|AA:BB/i);
    const text = html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    expect(text).toContain('WARNING host: ipv4-2 is not saved');
    expect(text).toContain(
      'DNAT tcp ipv4-3 -m tcp --dport 80 -m mac --mac-source mac-1 --to-destination ipv4-2:8080 text-1',
    );
    expect(text).toMatch(/LOG !ipv4-3 in eth0 --log-prefix text-\d text-\d /);
    expect(text).toContain('127.0.0.1 ');
    expect(text).toContain('f2b-ipv4-1');
  });
  test('hides every address, wherever it stands', () => {
    const octet = fc.integer({ min: 1, max: 126 });
    const ipv4 = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'));
    const ipv6 = fc
      .uint8Array({ minLength: 16, maxLength: 16 })
      .filter((bytes) => bytes[0]! > 0x1f)
      .map((bytes) => formatIpv6(bytes));
    const around = fc.constantFrom(
      ['-s ', '/24 -j DROP'],
      ['', ''],
      ['(', ')'],
      ['x-', '-y'],
      ['--to [', ']:80'],
      ['=', ','],
    );
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), around, (address, [before, behind]) => {
        const hidden = new Redactor().text(before + address + behind);
        expect(hidden).not.toContain(address);
        expect(hidden).toMatch(/ipv[46]-1/);
      }),
    );
    const { text } = new Redactor();
    expect(text('fe80::1. and FE80:0::1 but ::1 and 255.255.255.0 at 12:30:05, v1.2.3.4.5')).toBe(
      'ipv6-1. and ipv6-1 but ::1 and 255.255.255.0 at 12:30:05, v1.2.3.4.5',
    );
  });
});
