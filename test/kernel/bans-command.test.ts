/** `iptc ban` and its like, as an administrator calls them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { lacksCommands, MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

const lacking = lacksCommands();

describeWith(
  lacking ? [] : ['netns', 'addon', 'iptables', 'ipset'],
  `iptc ban${lacking ? ` [${lacking}]` : ''}`,
  () => {
    let netns: Netns;
    const journal = join(temporaryFolder('bans'), 'journal');
    beforeAll(() => {
      netns = new Netns();
    });
    afterAll(() => netns.close());
    const iptc = (...words: string[]) =>
      netns.execSync(process.execPath, [MULTI, 'iptc', ...words, '--journal', journal], { env: { TZ: 'UTC' } });
    const sets = () => netns.execSync('ipset', ['list', '-n']).stdout;

    test('makes nothing for who only looks', () => {
      expect(iptc('bans').stdout).toBe('ADDRESS  BANNED  LEFT  PACKETS  REASON\n');
      expect(iptc('banned', '192.0.2.1')).toEqual({ stdout: '192.0.2.1 is not banned\n', stderr: '', status: 1 });
      expect(iptc('unban', '192.0.2.1')).toEqual({ stdout: '192.0.2.1 was not banned\n', stderr: '', status: 1 });
      expect(sets()).toBe('');
    });

    test('bans, says so, and lets in again', () => {
      expect(iptc('ban', '192.0.2.1', '198.51.100.0/24', '--for', '2h', '--reason', 'two\u001b[31mwords')).toEqual({
        stdout: '192.0.2.1 is banned for 2h: two?[31mwords\n198.51.100.0/24 is banned for 2h: two?[31mwords\n',
        stderr: '',
        status: 0,
      });
      expect(iptc('ban', '2001:db8::1', '--ports', '80,8000-8001').stdout).toBe('2001:db8::1 is banned for good\n');
      expect(iptc('allow', '198.51.100.7', '--reason', 'me').stdout).toBe('198.51.100.7 is allowed\n');
      expect(iptc('banned', '198.51.100.9')).toMatchObject({
        stdout: expect.stringMatching(/^198\.51\.100\.9: 198\.51\.100\.0\/24 is banned for (?:2h|1h 59m): two/),
        status: 0,
      });
      expect(iptc('banned', '198.51.100.7')).toMatchObject({ stdout: '198.51.100.7 is allowed: me\n', status: 1 });
      expect(
        iptc('bans')
          .stdout.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'THEN')
          .split('\n')
          .map((line) => line.replace(/ +/g, ' ')),
      ).toEqual([
        'ADDRESS BANNED LEFT PACKETS REASON',
        expect.stringMatching(/^(192\.0\.2\.1|198\.51\.100\.0\/24) THEN (?:2h|1h 59m) 0 two/),
        expect.stringMatching(/^(192\.0\.2\.1|198\.51\.100\.0\/24) THEN (?:2h|1h 59m) 0 two/),
        '2001:db8::1:80,8000-8001 THEN - 0',
        '198.51.100.7 THEN - allowed me',
        '',
      ]);
      expect(JSON.parse(iptc('bans', '--json').stdout)).toMatchObject({
        bans: [{ hits: { packets: 0 } }, {}, { address: '2001:db8::1', ports: [80, [8000, 8001]] }],
        allowed: [{ address: '198.51.100.7' }],
      });
      expect(iptc('unban', '198.51.100.9')).toMatchObject({
        stdout: '198.51.100.9 is still banned, with 198.51.100.0/24\n',
        status: 1,
      });
      expect(iptc('unban', '192.0.2.0/24', '2001:db8::1').stdout).toBe(
        '192.0.2.0/24 is let in again\n2001:db8::1 is let in again\n',
      );
      expect(iptc('allow', '--remove', '198.51.100.7').stdout).toBe('198.51.100.7 is no longer allowed\n');
      expect(netns.execSync('ipset', ['save']).stdout.match(/^add .*/gm)).toEqual([
        expect.stringMatching(/^add bans4 198\.51\.100\.0\/24 timeout 7\d{3} /),
      ]);
    });

    test('takes lists and gives them', () => {
      const folder = temporaryFolder('lists');
      const write = (name: string, text: string) => {
        writeFileSync(join(folder, name), text);
        return join(folder, name);
      };
      iptc('unban', '0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1');
      const more = write('more', '192.0.2.2 # included\n');
      const deny = write('csf.deny', `192.0.2.1 # bad\nInclude ${more}\ntcp|out|d=80||u=99\n`);
      expect(iptc('bans', '--import', deny, '--format', 'csf')).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(
          /csf\.deny:3: Cannot keep "tcp\|out\|d=80\|\|u=99": it is of a user or a group\n.*--skip/,
        ),
      });
      expect(iptc('bans', '--import', deny, '--skip', '--for', '1h')).toMatchObject({
        status: 0,
        stdout: '2 banned, 0 allowed, 0 had ended, 1 passed over\n',
        stderr: expect.stringContaining('csf.deny:3: '),
      });
      expect(iptc('bans', '--import', write('csf.allow', '192.0.2.9 # me')).stdout).toMatch(/^0 banned, 1 allowed/);
      expect(iptc('bans', '--export', '--format', 'csf').stdout.split('\n').sort()).toEqual([
        '',
        '192.0.2.1 # bad',
        '192.0.2.2 # included',
      ]);
      const list = write('list', '203.0.113.0/25\n203.0.113.128/25\n');
      expect(iptc('bans', '--list', 'drop', list).stdout).toBe(
        'list drop has 1 networks and addresses of IPv4, 0 of IPv6\n',
      );
      expect(iptc('banned', '203.0.113.9').stdout).toBe('203.0.113.9 is banned: list drop\n');
      expect(iptc('bans', '--list', 'drop', write('list', 'x\n'))).toMatchObject({
        status: 2,
        stderr: /list:1: Expected/,
      });
      expect(iptc('bans', '--list', 'drop', '--remove').stdout).toBe('list drop is gone\n');
      expect(iptc('bans', '--list', 'drop', '--remove').status).toBe(1);
    });

    test('says what is wrong', () => {
      expect(iptc('ban')).toMatchObject({ status: 2, stderr: expect.stringContaining('Expected an address for ban') });
      for (const [words, message] of [
        [
          ['ban', 'nonsense'],
          'Expected an address, or a network such as 192.0.2.0/24, for address of ban() but received "nonsense"',
        ],
        [['ban', '192.0.2.1', '--for', 'ever'], 'for for of ban() but received "ever"'],
        [
          ['ban', '192.0.2.1', '--ports', 'http'],
          'Expected a port or a range of ports for --ports but received "http"',
        ],
      ] as const)
        expect(iptc(...words)).toMatchObject({ status: 2, stderr: expect.stringContaining(message) });
    });
  },
);
