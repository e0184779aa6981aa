/** `iptc guard` as systemd runs it: the unit that it prints, a log file, the journal, and whatever is written into them. */
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { Container, sleep } from './container';

const CONFIG = `
findTime: 10m
banTime: 1h
watch:
  sshd:
    files: /var/log/auth.log
    units: [login.service]
    patterns: sshd
    maxRetry: 3
  own:
    files: /var/log/app.log
    patterns: '^(a|aa)+(b|[ab]+)* from <ADDRESS>$'
    maxRetry: 1
`;
const UNIT = 'iptc-guard.service';
const failure = (address: string) => `sshd[9]: Failed password for root from ${address} port 9 ssh2\n`;

describe('a machine with iptc guard', () => {
  const machine = new Container();
  beforeAll(() => machine.start());
  afterAll(() => machine.stop());

  const property = async (name: string) => (await machine.run('systemctl', 'show', '--value', '-p', name, UNIT)).trim();
  const append = (path: string, text: string) => machine.exec('sh', ['-c', 'cat >> "$1"', 'sh', path], text);
  const isBanned = async (address: string) => (await machine.iptc('banned', address)).status === 0;
  const banned = async (address: string) => {
    for (let i = 0; i < 100 && !(await isBanned(address)); i++) await sleep(100);
    expect(await machine.iptc('banned', address)).toMatchObject({ status: 0 });
  };

  test('is started, and ready when it follows', async () => {
    await machine.write('/etc/libiptc/guard.yaml', CONFIG);
    await machine.write('/var/log/auth.log', failure('192.0.2.99').repeat(9));
    await machine.write('/var/log/app.log', '');
    await machine.write(`/etc/systemd/system/${UNIT}`, (await machine.iptc('guard', '--unit')).stdout);
    expect((await machine.exec('systemd-analyze', ['verify', `/etc/systemd/system/${UNIT}`])).stderr).not.toMatch(
      /executable|Unknown/,
    );
    await machine.run('systemctl', 'enable', '--now', UNIT);
    expect([await property('Type'), await property('ActiveState'), await property('StatusText')]).toEqual([
      'notify',
      'active',
      'Following logs',
    ]);
    expect(await isBanned('192.0.2.99')).toBe(false); // of before
  });

  test('bans by a log and by the journal', async () => {
    await append('/var/log/auth.log', failure('192.0.2.1').repeat(3));
    await banned('192.0.2.1');
    const echo = `for i in 1 2 3; do printf '${failure('192.0.2.2')
      .replace(/^.*?: /, '')
      .trim()}\n'; done`;
    await machine.run('systemd-run', '--wait', '--unit=login', '-p', 'SyslogIdentifier=sshd', 'sh', '-c', echo);
    await banned('192.0.2.2');
    expect(await machine.run('journalctl', '-u', UNIT, '-o', 'cat')).toContain(
      '192.0.2.2 is banned for 1h: sshd: 3 failures in 10m',
    );
  });

  test('goes on, whatever is written', async () => {
    const pid = await property('MainPID');
    const large =
      'head -c 10000000 /dev/zero | tr "\\0" a; printf "\\n\\377\\376\\033[2J\\0\\r\\n"; head -c 60000 /dev/zero | tr "\\0" a; echo " from x"';
    await machine.run('sh', '-c', `{ ${large}; } | tee -a /var/log/app.log >> /var/log/auth.log`);
    await machine.run('systemd-run', '--wait', '--unit=login', '-p', 'SyslogIdentifier=sshd', 'sh', '-c', large);
    await append('/var/log/auth.log', failure('$(reboot)').repeat(3) + failure('192.0.2.3; reboot').repeat(3));
    await append('/var/log/app.log', 'ab from 192.0.2.4\n');
    await banned('192.0.2.4');
    await machine.run('sh', '-c', 'cp /var/log/app.log /var/log/app.log.1; : > /var/log/app.log');
    await append('/var/log/app.log', 'ab from 192.0.2.5\n');
    await banned('192.0.2.5');
    await machine.run('mv', '/var/log/app.log', '/var/log/app.log.2');
    await machine.write('/var/log/app.log', 'ab from 192.0.2.6\n');
    await banned('192.0.2.6');
    expect([await isBanned('192.0.2.3'), await property('MainPID')]).toEqual([false, pid]);
  });

  test('shares its bans with commands, and keeps them when it is killed, and over a boot', async () => {
    await machine.run('iptc', 'ban', '192.0.2.7', '--for', '1d', '--reason', 'by hand');
    await machine.run('iptc', 'unban', '192.0.2.4');
    await machine.run('systemctl', 'kill', '-s', 'KILL', UNIT);
    for (let i = 0; i < 100 && (await property('NRestarts')) === '0'; i++) await sleep(200);
    for (let i = 0; i < 100 && (await property('ActiveState')) !== 'active'; i++) await sleep(200);
    await machine.write('/etc/libiptc/guard.yaml', 'nonsense: 1\n');
    await machine.run('systemctl', 'reload', UNIT);
    await append('/var/log/app.log', 'ab from 192.0.2.8\n');
    await banned('192.0.2.8');
    await machine.write('/etc/libiptc/guard.yaml', CONFIG);
    await machine.reboot();
    expect(await property('ActiveState')).toBe('active');
    const all = await machine.run('iptc', 'bans');
    for (const i of [1, 2, 5, 6, 7, 8]) expect(all).toMatch(new RegExp(`^192\\.0\\.2\\.${i} `, 'm'));
    expect(all).not.toMatch(/^192\.0\.2\.[349]+ /m);
  });
});
