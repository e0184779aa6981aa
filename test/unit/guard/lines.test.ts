/** From bytes of logs to whose failures they tell of. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failures } from '../../../lib/guard/failures';
import { messageOf } from '../../../lib/guard/journald';
import { Lines } from '../../../lib/guard/lines';
import { KNOWN, Patterns } from '../../../lib/guard/patterns';
import { when } from '../../../lib/guard/when';
import { describe, expect, test } from '../../harness';

const SSHD = readFileSync(join(__dirname, '../../../examples/logs/sshd.log'), 'utf8').trim().split('\n');
const NOW = new Date(2026, 10, 27, 19).getTime();
const found = (name: string, line: string) => new Patterns([name]).find(when(line, NOW)[1]);

describe('the patterns', () => {
  test('find the failures of a log of sshd', () => {
    const counts: Record<string, number> = {};
    for (const line of SSHD) {
      const address = found('sshd', line);
      if (address !== undefined) counts[address] = (counts[address] ?? 0) + 1;
    }
    // Of root three, admin, oracle, daemon one each, and one whose name is to incriminate another.
    expect(counts).toEqual({ '192.0.2.7': 7, '198.51.100.23': 1, '2001:db8::7': 4, '203.0.113.99': 2 });
  });

  test.each([
    ['sshd', 'sshd[9]: Failed password for root from 9.9.9.9 port 2 ssh2 from 192.0.2.1 port 1 ssh2', '192.0.2.1'],
    ['sshd', 'sshd-session[9]: Failed password for root from 2001:db8::1 port 1 ssh2', '2001:db8::1'],
    ['sshd', 'su: x sshd[9]: Failed password for root from 192.0.2.1 port 1 ssh2', undefined],
    ['sshd', 'sshd[9]: Failed publickey for root from 192.0.2.1 port 1 ssh2: RSA SHA256:x', undefined],
    ['sshd', 'sshd[9]: Accepted password for root from 192.0.2.1 port 1 ssh2', undefined],
    [
      'postfix',
      'postfix/smtpd[9]: warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: UGFzc3dvcmQ6',
      '192.0.2.1',
    ],
    [
      'postfix',
      'postfix/submission/smtpd[9]: NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 5.7.1 <x@y>: Relay access denied; from=<[9.9.9.9]: 554 >',
      '192.0.2.1',
    ],
    [
      'dovecot',
      'dovecot: imap-login: Disconnected (auth failed, 3 attempts in 12 secs): user=<a, rip=9.9.9.9, lip=1.1.1.1,>, method=PLAIN, rip=192.0.2.1, lip=10.0.0.1, TLS, session=<x>',
      '192.0.2.1',
    ],
    ['dovecot', 'dovecot: imap-login: Login: user=<a>, method=PLAIN, rip=192.0.2.1, lip=10.0.0.1, TLS', undefined],
    [
      'nginx',
      '2026/11/27 18:17:08 [error] 12#12: *1 user "bob": password mismatch, client: 192.0.2.1, server: _, request: "GET / HTTP/1.1"',
      '192.0.2.1',
    ],
    [
      'nginx',
      '2026/11/27 18:17:08 [error] 12#12: *1 open() "/x" failed, client: 192.0.2.1, server: _, request: "GET /user "x": password mismatch, client: 9.9.9.9, "',
      undefined,
    ],
    [
      'nginx-scan',
      '192.0.2.1 - - [27/Nov/2026:18:17:08 +0000] "GET /wp-login.php HTTP/1.1" 404 153 "-" "-"',
      '192.0.2.1',
    ],
    ['nginx-scan', '192.0.2.1 - - [27/Nov/2026:18:17:08 +0000] "GET / HTTP/1.1" 200 153 "-" "x\\" 404 "', undefined],
  ])('%s: %s', (name, line, address) => {
    // prettier-ignore
    expect(found(name, `Nov 27 18:17:08 host ${line}`.replace(/^Nov.* host (?=\d)/, ''))).toBe(address);
  });

  test('are done with any line in time that is in proportion to its length', () => {
    const hostile = [
      `sshd[1]: Failed password for ${' from '.repeat(10_000)}`,
      `sshd[1]: Failed password for ${'a from 1.1.1.1 port 1 ssh2'.repeat(2000)}!`,
      'a'.repeat(60_000),
      '\u0000\u001b[31m\ufffd'.repeat(10_000),
    ];
    const own = new Patterns(['(a|aa)+b<ADDRESS>', '(a*)*(a*)*x<ADDRESS>$', '^(.*a){20}<ADDRESS>!!$']);
    // An engine that goes back would not be done with them.
    for (const line of hostile) {
      for (const name of Object.keys(KNOWN)) expect(found(name, line)).toBeUndefined();
      expect(own.find(line)).toBeUndefined();
    }
  });
});

test('a line says when it was written, and not later than now', () => {
  const at = (line: string) => new Date(when(line, NOW)[0]).toISOString();
  const local = (...parts: [number, number, number, number, number, number]) => new Date(...parts).toISOString();
  expect(at('Nov 27 18:17:08 host sshd[1]: x')).toBe(local(2026, 10, 27, 18, 17, 8));
  expect(at('<38>Nov  7 18:17:08 host x')).toBe(local(2026, 10, 7, 18, 17, 8));
  expect(at('Dec 31 23:59:59 host x')).toBe(local(2025, 11, 31, 23, 59, 59));
  expect(at('2026-11-27T10:17:08.123456+02:00 host x')).toBe('2026-11-27T08:17:08.123Z');
  expect(at('2026/11/27 18:17:08 [error] x')).toBe(local(2026, 10, 27, 18, 17, 8));
  expect(at('1.2.3.4 - bob [27/Nov/2026:10:17:08 -0130] "x"')).toBe('2026-11-27T11:47:08.000Z');
  for (const line of [
    'x',
    '',
    '2030-01-01T00:00:00Z host x',
    'Foo 99 99:99:99 host x',
    '1.2.3.4 - a[27/Nov/2020:10:17:08 +0000] [x]',
  ])
    expect(at(line)).toBe(new Date(NOW).toISOString());
  expect(when('Nov 27 18:17:08 host sshd[1]: x', NOW)[1]).toBe('sshd[1]: x');
});

test('failures count while they are new, and are forgotten', () => {
  const failures = new Failures(3, 1000);
  const add = (...times: number[]) => times.map((time) => failures.add('a', time));
  expect(add(0, 500, 1000, 1400, 1500)).toEqual([false, false, false, true, false]);
  failures.add('b', 1600);
  failures.forget(2550);
  expect(failures.size).toBe(1);
  for (let i = 0; i < 110_000; i++) failures.add(String(i), 3000);
  expect(failures.size).toBe(100_000);
});

test('lines come whole, however their bytes come, and without those that are too long', () => {
  const lines: string[] = [];
  let long = 0;
  const reader = new Lines(
    (line) => lines.push(line),
    () => long++,
  );
  const bytes = Buffer.concat([
    Buffer.from('a\r\nä\n\n'),
    Buffer.from([255, 254, 10]),
    Buffer.alloc(10 << 20, 120),
    Buffer.from('\nend\nhalf'),
  ]);
  for (let at = 0; at < bytes.length; at += at < 20 ? 1 : 65_536)
    reader.take(bytes.subarray(at, at + (at < 20 ? 1 : 65_536)));
  expect(lines).toEqual(['a', 'ä', '', '\ufffd\ufffd', 'end']);
  expect([long, reader.pending]).toEqual([1, 4]);
});

test("journald's messages are what syslog would have had", () => {
  const fields = {
    SYSLOG_IDENTIFIER: 'sshd',
    _PID: '9',
    _SYSTEMD_UNIT: 'ssh.service',
    __REALTIME_TIMESTAMP: '1700000000123456',
    __CURSOR: 's=1',
  };
  const message = (MESSAGE: unknown) => messageOf(JSON.stringify({ ...fields, MESSAGE }));
  expect(message('Invalid user a')).toEqual({
    unit: 'ssh.service',
    text: 'sshd[9]: Invalid user a',
    at: 1_700_000_000_123.456,
    cursor: 's=1',
  });
  expect(message([65, 255])?.text).toBe('sshd[9]: A\ufffd');
  for (const other of [null, 5, {}]) expect(message(other)).toBeUndefined();
  for (const line of ['', 'x', '[]', 'null', '{}']) expect(messageOf(line)).toBeUndefined();
});
