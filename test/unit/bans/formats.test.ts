/** Lists of bans in the words of those who write them. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { placesOf } from '../../../lib/bans/address';
import type { Ban } from '../../../lib/bans/ban';
import { FORMAT_NAMES, formatOf } from '../../../lib/bans/formats/formats';
import { joined } from '../../../lib/bans/join';
import { exported, type ImportOptions, readList } from '../../../lib/bans/transfer';
import { describe, expect, test } from '../../harness';

const read = async (text: string, options: ImportOptions = {}) => (await readList(text, options)).listed;
const refusal = (text: string, options: ImportOptions = {}) =>
  readList(text, options).then(
    () => 'nothing',
    (error: unknown) => error as Error & { line?: number; file?: string },
  );

describe('a list of bans', () => {
  test('is an address a line, with its reason', async () => {
    expect(
      await read('\uFEFF; Spamhaus\r\n1.10.16.0/20 ; SBL256894\r\n\r\n2001:db8::1 # a # b\r\n10.0.0.1-10.0.0.3\n'),
    ).toEqual([
      { what: 'ban', address: '1.10.16.0/20', reason: 'SBL256894', line: 2 },
      { what: 'ban', address: '2001:db8::1', reason: 'a # b', line: 4 },
      { what: 'ban', address: '10.0.0.1-10.0.0.3', line: 5 },
    ]);
    expect(await refusal('10.0.0.1\n\n10.0.0.256\n10.0.0.2')).toMatchObject({
      code: 'ERR_BAD_TEXT',
      line: 3,
      message:
        'Expected an address, or a network such as 192.0.2.0/24 at the beginning of the line but received "10.0.0.256"',
    });
  });

  test("is csf's, with rules and files that it includes", async () => {
    const deny = `###############
# csf.deny
192.0.2.1 # lfd: (sshd) Failed SSH login from 192.0.2.1: 5 in the last 3600 secs - Mon Jan  1 12:00:00 2024
198.51.100.0/24 # do not delete
Include /etc/csf/more.deny
tcp|in|d=22,2000_3000|s=192.0.2.2 # ssh
udp|out|d=53|d=192.0.2.3
d=3306|s=2001:db8::7
`;
    const include = (path: string) => (path === '/etc/csf/more.deny' ? '192.0.2.9\n' : 'x');
    expect(formatOf(deny)).toBe('csf');
    expect(await read(deny, { include })).toEqual([
      {
        what: 'ban',
        address: '192.0.2.1',
        direction: 'both',
        reason: 'lfd: (sshd) Failed SSH login from 192.0.2.1: 5 in the last 3600 secs - Mon Jan  1 12:00:00 2024',
        line: 3,
      },
      { what: 'ban', address: '198.51.100.0/24', direction: 'both', reason: 'do not delete', line: 4 },
      { what: 'ban', address: '192.0.2.9', direction: 'both', line: 1, file: '/etc/csf/more.deny' },
      {
        what: 'ban',
        address: '192.0.2.2',
        ports: [22, [2000, 3000]],
        protocol: 'tcp',
        direction: 'in',
        reason: 'ssh',
        line: 6,
      },
      { what: 'ban', address: '192.0.2.3', ports: [53], protocol: 'udp', direction: 'out', line: 7 },
      { what: 'ban', address: '2001:db8::7', ports: [3306], protocol: 'tcp', direction: 'in', line: 8 },
    ]);
    expect(await read('192.0.2.1\ntcp|out|d=22|d=192.0.2.3', { format: 'csf', as: 'allow' })).toEqual([
      { what: 'allow', address: '192.0.2.1', line: 1 },
      { what: 'allow', address: '192.0.2.3', ports: [22], protocol: 'tcp', line: 2 },
    ]);
  });

  test("says which of csf's rules can't be kept, or are none", async () => {
    const lines = [
      'tcp|out|d=80||u=99',
      'icmp|in|d=ping|s=192.0.2.1',
      'tcp|in|s=22|s=192.0.2.1',
      'tcp|in|d=22|d=192.0.2.1',
    ];
    for (const line of lines)
      expect(await refusal(`192.0.2.1\n${line}`, { format: 'csf' })).toMatchObject({
        message: expect.stringMatching(/^Cannot keep "/),
        line: 2,
      });
    const { listed, skipped } = await readList(['192.0.2.1', ...lines].join('\n'), { format: 'csf', skip: true });
    expect([listed.length, skipped.map(({ line }) => line)]).toEqual([1, [2, 3, 4, 5]]);
    for (const line of [
      'tcp|in|d=22',
      'tcp|in|d=22|s=x',
      'tcp|in|d=70000|s=192.0.2.1',
      'tcp|in|d=9_8|s=192.0.2.1',
      'tcp|in|d=22|s=192.0.2.1|x|y',
      'host.example.org',
    ])
      expect(await refusal(`\n${line}`, { format: 'csf', skip: true })).toMatchObject({
        code: 'ERR_BAD_TEXT',
        message: expect.stringMatching(/^Expected /),
        line: 2,
      });
    expect(await refusal('Include /x')).toMatchObject({ message: expect.stringContaining('/x'), line: 1 });
    expect(await refusal('Include /x', { include: () => 'Include /x' })).toMatchObject({ file: '/x' });
  });

  test("is fail2ban's, in this machine's time", async () => {
    const text =
      '192.0.2.1 \t2024-01-31 12:00:00 + 600 = 2024-01-31 12:10:00\n2001:db8::1 \t2024-01-31 12:00:00 + -1 = 9999-12-31 23:59:59\n';
    const since = new Date(2024, 0, 31, 12).getTime();
    expect(await read(text)).toEqual([
      { what: 'ban', address: '192.0.2.1', since, until: since + 600_000, line: 1 },
      { what: 'ban', address: '2001:db8::1', since, until: null, line: 2 },
    ]);
    expect(await refusal(`${text}192.0.2.2 2024-01-31`)).toMatchObject({ line: 3 });
  });

  const DUMP = `PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE fail2banDb(version INTEGER);
INSERT INTO fail2banDb VALUES(4);
CREATE TABLE bans(jail TEXT NOT NULL, ip TEXT, timeofban INTEGER NOT NULL, bantime INTEGER NOT NULL, bancount INTEGER NOT NULL default 1, data JSON, FOREIGN KEY(jail) REFERENCES jails(name));
INSERT INTO bans VALUES('sshd','192.0.2.1',1700000000,600,1,'{"matches": ["it''s; (me)"], "failures": 5}');
INSERT INTO bans VALUES('sshd','192.0.2.1',1700001000,1200,2,replace('a\\nb','\\n',char(10)));
INSERT INTO bans VALUES('nginx','2001:db8::1',1700000000,-1,1,NULL);
COMMIT;
`;
  const listedOfDump = [
    {
      what: 'ban',
      address: '192.0.2.1',
      since: 1_700_001_000_000,
      until: 1_700_002_200_000,
      reason: 'sshd',
      times: 2,
      line: 7,
    },
    { what: 'ban', address: '2001:db8::1', since: 1_700_000_000_000, until: null, reason: 'nginx', times: 1, line: 8 },
  ];
  test("is fail2ban's database, as sqlite3 dumps it", async () => {
    expect(formatOf(DUMP)).toBe('fail2ban');
    expect(await read(DUMP)).toEqual(listedOfDump);
    expect(await refusal(DUMP.replace("'192.0.2.1',1700001000", "'nobody',1700001000"))).toMatchObject({ line: 7 });
    expect(await refusal(DUMP.replace('NULL);\n', "'NULL);\n"))).toMatchObject({ line: 8 });
  });
  test.skipIf(!existsSync('/usr/bin/sqlite3'))('the same after sqlite3 itself has read and dumped it', async () => {
    const dumped = execFileSync('/usr/bin/sqlite3', [], { input: `${DUMP}.dump\n` });
    const withoutLines = (all: readonly { line?: number }[]) => all.map(({ line, ...rest }) => rest);
    expect(withoutLines(await read(dumped.toString()))).toEqual(withoutLines(listedOfDump as []));
  });

  test('is a set, as ipset saves it', async () => {
    const text = `create bans4 hash:net family inet hashsize 1024 maxelem 65536 timeout 0 counters comment
add bans4 192.0.2.1 timeout 7200 packets 1 bytes 84 comment "two words"
add bans4 10.0.0.0/8 timeout 0
add bans-ports4 192.0.2.2,tcp:80-90 timeout 60
add bans-out6 2001:db8::1
add bans-allow4 192.0.2.3 comment ""
add other 10.1.0.0/16 nomatch
`;
    const now = Date.now();
    expect(formatOf(text)).toBe('ipset');
    const listed = await read(text);
    expect(listed).toEqual([
      { what: 'ban', address: '192.0.2.1', until: expect.any(Number), reason: 'two words', line: 2 },
      { what: 'ban', address: '10.0.0.0/8', until: null, line: 3 },
      {
        what: 'ban',
        address: '192.0.2.2',
        until: expect.any(Number),
        ports: [[80, 90]],
        protocol: 'tcp',
        line: 4,
      },
      { what: 'ban', address: '2001:db8::1', direction: 'out', line: 5 },
      { what: 'allow', address: '192.0.2.3', line: 6 },
      { what: 'allow', address: '10.1.0.0/16', line: 7 },
    ]);
    expect(listed[0]!.until! - now).toBeGreaterThanOrEqual(7_200_000);
    expect(await refusal('add x 192.0.2.1\nadd x 192.0.2.1,eth0')).toMatchObject({ line: 2 });
    expect(await refusal('add x 192.0.2.1 tiemout 5')).toMatchObject({ line: 1, message: /tiemout/ });
  });

  test('is JSON, checked as an argument', async () => {
    expect(await read('{"bans":[{"address":"192.0.2.1","hits":{"packets":"1"}}]}')).toEqual([
      { what: 'ban', address: '192.0.2.1', until: null },
    ]);
    expect(await read('[{"address":"192.0.2.1"}]', { as: 'allow' })).toMatchObject([{ what: 'allow' }]);
    expect(await refusal('{"bans":[{"addres":"192.0.2.1"}]}')).toMatchObject({
      message: expect.stringContaining('Expected address, or another of'),
    });
    expect(await refusal('{"bans":[\n{"address":"192.0.2.1"},\n')).toMatchObject({ line: 3 });
  });

  test('says the same when it is read again, as far as the format can', async () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6().filter((text) => !text.startsWith('::') && !text.includes('.')),
      fc.constantFrom('10.0.0.0/8', '2001:db8::/32'),
    );
    const ban: fc.Arbitrary<Ban> = fc
      .record(
        {
          address: address.map((text) => placesOf(text)[0]!.text),
          since: fc.constant(1_700_000_000_000),
          until: fc.integer({ min: 4e9, max: 4.1e9 }).map((seconds) => 1000 * seconds),
          reason: fc.stringMatching(/^[a-z][ -!$-:<-~]{0,20}[a-z]$/),
          ports: fc.array(fc.oneof(fc.nat(65535), fc.constant([1, 9] as const)), { minLength: 1, maxLength: 3 }),
          protocol: fc.constantFrom('tcp' as const, 'udp' as const),
          direction: fc.constantFrom('in' as const, 'out' as const, 'both' as const),
          times: fc.constant(1),
        },
        { requiredKeys: ['address', 'since', 'direction', 'times'] },
      )
      .map(({ protocol, ...rest }) => ({ ...rest, ...(rest.ports && protocol && { protocol }) }) as Ban);
    const runs = Number(process.env.RUNS ?? 50);
    await fc.assert(
      fc.asyncProperty(fc.array(ban, { minLength: 1, maxLength: 5 }), async (bans) => {
        const kept = { bans, allowed: [], name: 'bans' };
        for (const format of FORMAT_NAMES) {
          const text = exported(format, kept);
          const listed = await read(text, { format });
          const plain = bans.filter(({ ports, direction }) => !ports && direction !== 'out');
          if (format === 'json')
            expect(listed).toEqual(bans.map((each) => ({ what: 'ban', ...each, until: each.until ?? null })));
          else if (format === 'lines' || format === 'fail2ban')
            expect(listed.map((each) => each.address)).toEqual(plain.map((each) => each.address));
          else expect(new Set(listed.map((each) => each.address))).toEqual(new Set(bans.map((each) => each.address)));
          if (format !== 'fail2ban' && format !== 'json')
            for (const { address: one, reason } of listed)
              expect(
                bans.some((each) => each.address === one && (each.reason ?? reason) === (reason ?? each.reason)),
              ).toBe(true);
          if (listed.length > 0 && format !== 'csf') expect([formatOf(text), format]).toEqual([format, format]);
        }
      }),
      { numRuns: runs },
    );
  });
});

test('networks that overlap or adjoin are joined', () => {
  const of = (...words: string[]) => words.flatMap((word) => placesOf(word));
  const texts = (...words: string[]) => joined(of(...words), 'ipv4').map(({ text }) => text);
  expect(texts('10.0.0.1', '10.0.0.0/8', '10.0.0.1', '11.0.0.0/8', '2001:db8::1')).toEqual(['10.0.0.0/7']);
  expect(texts('10.0.0.1', '10.0.0.0', '10.0.0.2', '10.0.0.3', '10.0.0.5')).toEqual(['10.0.0.0/30', '10.0.0.5']);
  expect(texts('0.0.0.0/1', '128.0.0.0/1')).toEqual(['0.0.0.0/1', '128.0.0.0/1']); // sets have no net of all
  expect(joined(of('2001:db8::/33', '2001:db8:8000::/33'), 'ipv6').map(({ text }) => text)).toEqual(['2001:db8::/32']);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(63), fc.integer({ min: 27, max: 32 })), { maxLength: 20 }), (all) => {
      const places = of(...all.map(([last, bits]) => `10.0.0.${last}/${bits}`));
      const result = joined(places, 'ipv4');
      const inside = (list: typeof places, last: number) =>
        list.some(({ text, bits }) => last >>> (32 - bits) === Number(text.split(/[./]/)[3]) >>> (32 - bits));
      for (let last = 0; last < 64; last++) expect(inside(result, last)).toBe(inside(places, last));
      expect(result.length).toBeLessThanOrEqual(places.length);
    }),
  );
});
