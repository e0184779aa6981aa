/** `iptc ban` and its like, as an administrator calls them. */
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
        bans: [{ hits: { packets: '0' } }, {}, { address: '2001:db8::1', ports: [80, [8000, 8001]] }],
        allowed: [{ address: '198.51.100.7' }],
      });
      expect(iptc('unban', '192.0.2.0/24', '2001:db8::1').stdout).toBe(
        '192.0.2.0/24 is let in again\n2001:db8::1 is let in again\n',
      );
      expect(iptc('allow', '--remove', '198.51.100.7').stdout).toBe('198.51.100.7 is no longer allowed\n');
      expect(netns.execSync('ipset', ['save']).stdout.match(/^add .*/gm)).toEqual([
        expect.stringMatching(/^add bans4 198\.51\.100\.0\/24 timeout 7\d{3} /),
      ]);
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
