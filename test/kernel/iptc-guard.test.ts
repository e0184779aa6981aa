/** `iptc guard` as a service: logs, packets, rotation, hostile lines, signals, and what systemd is told. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { lacksCommands, MULTI } from '../harness/commands';
import { Netns, vethPair } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

const lacking = lacksCommands();
const SSHD = readFileSync(join(__dirname, '../../examples/logs/sshd.log'), 'utf8');
/** A second ago, as syslog says it. */
function stamp(): string {
  const [, month, day, , time] = new Date(Date.now() - 1000).toString().match(/^\w+ (\w+) (\d+) (\d+) (\S+)/)!;
  return `${month} ${day!.replace(/^0/, ' ')} ${time}`;
}
const failure = (address: string) =>
  `${stamp()} gateway sshd[9]: Failed password for root from ${address} port 9 ssh2\n`;

describeWith(
  lacking ? [] : ['netns', 'addon', 'iptables', 'ipset', 'ping'],
  `iptc guard${lacking ? ` [${lacking}]` : ''}`,
  () => {
    let [host, guest]: Netns[] = [];
    let folder: string;
    let log: string;
    let child: ChildProcess | undefined;
    const told: string[] = [];
    let heard = (): void => {};
    beforeEach(() => {
      [host, guest] = [new Netns(), new Netns()];
      vethPair(
        { netns: host, device: 'veth0', addresses: ['10.9.0.1/24', 'fd09::1/64'] },
        { netns: guest, device: 'veth0', addresses: ['10.9.0.2/24', '10.9.0.3/24', '10.9.0.4/24', 'fd09::2/64'] },
      );
      folder = temporaryFolder('guard');
      log = join(folder, 'auth.log');
      writeFileSync(log, failure('10.9.0.2').repeat(9)); // of before
      told.length = 0;
    });
    afterEach(async () => {
      await stop();
      host!.close();
      guest!.close();
    });
    const write = (more = '') =>
      writeFileSync(
        join(folder, 'guard.yaml'),
        `journal: ${folder}/journal
state: ${folder}/state.json
findTime: 10m
banTime: 1h
ignore: [10.9.0.4]
watch:
  sshd:
    files: ${log}
    patterns: sshd
    maxRetry: 3
${more}`,
      );
    const start = (env: NodeJS.ProcessEnv = {}) => {
      const words = [MULTI, 'iptc', 'guard', '--config', join(folder, 'guard.yaml'), '--netns', host!.path];
      child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
      for (const stream of [child.stdout!, child.stderr!])
        createInterface({ input: stream }).on('line', (line) => {
          told.push(line);
          heard();
        });
      return until(/^Following logs/);
    };
    const stop = async () => {
      if (!child || child.exitCode !== null) return;
      const ended = new Promise((resolve) => child!.on('close', resolve));
      child.kill();
      await ended;
    };
    /** Waits for a sentence. */
    const until = async (sentence: RegExp) => {
      for (;;) {
        const at = told.findIndex((line) => sentence.test(line));
        if (at >= 0) return told.splice(at, 1)[0]!;
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
    };
    const passes = (from: string) =>
      guest!.execSync('ping', ['-c1', '-W1', '-I', from, from.includes(':') ? 'fd09::1' : '10.9.0.1']).status === 0;
    const GUEST = ['10.9.0.2', '10.9.0.3', '10.9.0.4', 'fd09::2'];

    test('keeps away whose failures logs tell of, over rotations and restarts', async () => {
      write();
      await start();
      appendFileSync(log, failure('10.9.0.2').repeat(2) + failure('10.9.0.4').repeat(5));
      renameSync(log, `${log}.1`);
      appendFileSync(`${log}.1`, failure('fd09::2').repeat(3));
      await until(/fd09::2 is banned for 1h: sshd: 3 failures in 10m/);
      expect(GUEST.map(passes)).toEqual([true, true, true, false]);
      writeFileSync(log, failure('10.9.0.2'));
      await until(/10\.9\.0\.2 is banned/);
      expect(GUEST.map(passes)).toEqual([false, true, true, false]);
      await stop();
      appendFileSync(log, failure('10.9.0.3').repeat(3)); // while nobody looks
      await start();
      await until(/10\.9\.0\.3 is banned/);
      expect(GUEST.map(passes)).toEqual([false, false, true, false]);
    });

    test('does what its file says anew, and stays as it was if that is wrong', async () => {
      writeFileSync(join(folder, 'drop.txt'), '10.9.0.3\n');
      write(`allow: [10.9.0.2]\ndeny: [fd09::2]\nlists: { drop: ${join(folder, 'drop.txt')} }\n`);
      await start();
      appendFileSync(log, failure('10.9.0.2').repeat(3) + failure('10.9.0.9').repeat(3));
      await until(/10\.9\.0\.9 is banned/);
      expect(GUEST.map(passes)).toEqual([true, false, true, false]);
      write('nonsense: 1\n');
      child!.kill('SIGHUP');
      expect(await until(/stays as it was/)).toMatch(/guard\.yaml:\d+ again, .*Expected one of name/);
      expect(GUEST.map(passes)).toEqual([true, false, true, false]);
      write('deny: [10.9.0.2]\n');
      child!.kill('SIGHUP');
      await until(/^Following logs/);
      expect(GUEST.map(passes)).toEqual([false, false, true, true]);
    });

    test('goes on, whatever is in a log', async () => {
      write();
      await start();
      appendFileSync(log, SSHD);
      appendFileSync(log, `${'Failed password for x from 10.9.0.2 '.repeat(300_000)}\n`); // 10 MB
      appendFileSync(log, Buffer.from([0, 255, 254, 27, 10, 13, 10]));
      appendFileSync(log, 'sshd[1]: Failed password for \u001b[2J from 999.9.9.9 port 1 ssh2\n'.repeat(9));
      appendFileSync(log, failure('::ffff:10.9.0.300').repeat(9) + failure('0.0.0.0/0').repeat(9));
      await until(/A line of .* is too long, and passed over/);
      // It would cut itself off.
      appendFileSync(log, failure('127.0.0.1').repeat(3) + failure('::ffff:127.0.0.1').repeat(3));
      await until(/^127\.0\.0\.1 is of this machine, and not banned: sshd: 3 failures in 10m/);
      appendFileSync(log, failure('::ffff:a09:2').repeat(3)); // 10.9.0.2
      await until(/^10\.9\.0\.2 is banned/);
      expect(GUEST.map(passes)).toEqual([false, true, true, true]);
      expect(child!.exitCode).toBeNull();
    });

    test('puts back the rules that somebody flushes', async () => {
      writeFileSync(join(folder, 'drop.txt'), '10.9.0.3\n');
      write(`lists: { drop: ${join(folder, 'drop.txt')} }\n`);
      await start();
      appendFileSync(log, failure('10.9.0.2').repeat(3));
      await until(/10\.9\.0\.2 is banned/);
      for (const word of ['-F', '-X']) host!.execSync(process.execPath, [MULTI, 'iptables', word]);
      host!.execSync('ipset', ['destroy']);
      await until(/^Somebody had taken away the rules of IPv4 that bans are kept by: they are back/);
      while (passes('10.9.0.2') || passes('10.9.0.3')) await new Promise((resolve) => setTimeout(resolve, 100));
      expect(GUEST.map(passes)).toEqual([false, false, true, true]);
    });

    test('tells systemd when it is ready, and when it ends', async () => {
      write();
      const socket = join(folder, 'notify');
      const listener = spawn(
        'python3',
        [
          '-uc',
          `import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('${socket}'); print('bound')
while True:
  m = s.recv(4096).decode(); print(m.replace('\\n', ' '))
  if 'STOPPING' in m: break`,
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const lines: string[] = [];
      const ended = new Promise((resolve) => listener.on('close', resolve));
      await new Promise<void>((resolve) =>
        createInterface({ input: listener.stdout }).on('line', (line) => {
          lines.push(line);
          resolve();
        }),
      );
      await start({ NOTIFY_SOCKET: socket });
      await stop();
      await ended;
      expect(lines.filter((line) => /READY|STOPPING/.test(line))).toEqual([
        expect.stringMatching(/READY=1 STATUS=Following logs/),
        expect.stringContaining('STOPPING=1'),
      ]);
      expect(child!.exitCode).toBe(0);
    });
  },
);
