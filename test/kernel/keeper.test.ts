import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openNative } from '../../lib/backend/legacy/backend';
import { Keeper } from '../../lib/keeper/keeper';
import { afterEach, beforeEach, describeWith, expect, test, testWith } from '../harness';
import { MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { commandOf, iptables, save as oracle, restore } from '../harness/oracle';
import { programOf } from '../harness/program';
import { temporaryFolder } from '../harness/temporary';

const OLD = {
  ipv4: '*filter\n:INPUT DROP [5:500]\n:caf\xe9 - [0:0]\n[1:100] -A INPUT -i lo -j ACCEPT\n[2:200] -A INPUT -j caf\xe9\nCOMMIT\n*mangle\n:INPUT ACCEPT [6:600]\n[3:300] -A INPUT -p tcp -m comment --comment "\xff" -j MARK --set-mark 1\nCOMMIT\n',
  ipv6: '*filter\n:FORWARD DROP [7:700]\n[4:400] -A INPUT -p ipv6-icmp -j ACCEPT\nCOMMIT\n',
};
const NEW = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 1.1.1.1 -j DROP\nCOMMIT\n';
const IN_FORCE = '-A INPUT -s 1.1.1.1/32 -j DROP';

describeWith(['netns', 'iptables', 'addon'], 'the keeper', () => {
  let netns: Netns;
  let folder: string;
  let before: string;
  const now = () => ['ipv4', 'ipv6'].map((family) => oracle(netns, family as 'ipv4', undefined, ['-c'])).join('');
  const until = async (holds: () => boolean) => {
    for (let i = 0; i < 600 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(holds()).toBe(true);
  };
  const start = (within = 60_000) => Keeper.start({ namespace: netns.path }, { within });
  const change = () => {
    restore(netns, 'ipv4', NEW);
    // A table that wasn't there, and the other family.
    restore(
      netns,
      'ipv4',
      '*nat\n:PREROUTING DROP [0:0]\n:x - [0:0]\n-A PREROUTING -j x\nCOMMIT\n'.replace('DROP', 'ACCEPT'),
    );
    iptables(netns, 'ipv6', ['-F']);
  };
  const processOf = (keeper: Keeper) => (keeper as unknown as { child: ChildProcess }).child;
  const ended = (child: ChildProcess) =>
    new Promise<number | string | null>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode ?? child.signalCode);
      else child.once('exit', (code, signal) => resolve(code ?? signal));
    });
  /** A process in the namespace that does this, with a keeper. */
  const caller = (code: string) => {
    const program = `const { Keeper } = require(${JSON.stringify(join(__dirname, '../../dist/keeper/keeper.js'))});
      const { Firewall } = require(${JSON.stringify(join(__dirname, '../../dist/index.js'))});
      (async () => { ${code} })();`;
    return spawn('nsenter', [`--net=${netns.path}`, '--', process.execPath, '-e', program], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  };

  beforeEach(() => {
    netns = new Netns();
    folder = temporaryFolder('keeper');
    for (const family of ['ipv4', 'ipv6'] as const) restore(netns, family, Buffer.from(OLD[family], 'latin1'), ['-c']);
    before = now();
  });
  afterEach(() => {
    netns.close();
    rmSync(folder, { recursive: true });
  });

  test('puts all tables of both families back, byte for byte, and empties those that were not there', async () => {
    const keeper = await start();
    change();
    expect(now()).not.toBe(before);
    await keeper.revert();
    const nat = /^\*nat\n(?::\S+ ACCEPT \[0:0\]\n){4}COMMIT\n/m;
    expect(now()).toMatch(nat);
    expect(now().replace(nat, '')).toBe(before);
    expect(await ended(processOf(keeper))).toBe(0);
  });

  test('leaves things as they are when it is told so', async () => {
    const keeper = await start();
    change();
    const after = now();
    expect(await keeper.extend(60_000)).toBe(true);
    expect(await keeper.keep()).toBe(true);
    expect(await ended(processOf(keeper))).toBe(0);
    expect(now()).toBe(after);
  });

  test('puts everything back when nobody says anything in time, and says that it is too late then', async () => {
    for (const late of ['extend', 'keep'] as const) {
      const keeper = await start(300);
      restore(netns, 'ipv4', NEW);
      await until(() => now() === before);
      expect(await (late === 'extend' ? keeper.extend(60_000) : keeper.keep())).toBe(false);
      // What has been changed since is put back as well, if that is wanted.
      if (late === 'keep') continue;
      restore(netns, 'ipv4', NEW);
      await keeper.revert();
      expect(now()).toBe(before);
    }
  });

  testWith(['legacy'], 'refuses to begin where what is there could not be put back', async () => {
    const backend = openNative({ family: 'ipv4', namespace: netns.path });
    // Whoever loads these rules makes the target a jump.
    await backend.apply('mangle', programOf('ipv4', ['-N MARK']), { wait: 0 });
    await backend.close();
    const odd = now();
    await expect(start()).rejects.toMatchObject({ message: expect.stringContaining('so nothing is begun') });
    writeFileSync(join(folder, 'new'), NEW);
    const { status, stdout, stderr } = netns.execSync('node', [MULTI, 'iptables-apply', join(folder, 'new')], {
      input: 'y',
    });
    expect([status, stdout]).toEqual([4, '']);
    expect(stderr).toContain('so nothing is begun');
    expect(now()).toBe(odd);
  });

  test('is deaf to what would end it', async () => {
    const keeper = await start();
    restore(netns, 'ipv4', NEW);
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGPIPE', 'SIGUSR2'] as const)
      process.kill(processOf(keeper).pid!, signal);
    expect(await keeper.extend(60_000)).toBe(true);
    await keeper.revert();
    expect(now()).toBe(before);
  });

  test('that is killed is replaced by the one who asked for it', async () => {
    const keeper = await start();
    restore(netns, 'ipv4', NEW);
    process.kill(processOf(keeper).pid!, 'SIGKILL');
    expect(await keeper.extend(60_000)).toBe(false);
    await keeper.revert();
    expect(now()).toBe(before);
    const other = await start();
    restore(netns, 'ipv4', NEW);
    process.kill(processOf(other).pid!, 'SIGKILL');
    expect(await other.keep()).toBe(true);
    expect(now()).toContain(IN_FORCE);
  });

  test('puts everything back whenever the one who asked for it is killed', async () => {
    for (let i = 0; i < 8; i++) {
      const child = caller(`
        process.stdout.write('a');
        const keeper = await Keeper.start({}, { within: 60000 });
        process.stdout.write('b');
        const firewall = await Firewall.open();
        await firewall.restore(${JSON.stringify(NEW)});
        process.stdout.write('c');
        for (;;) await firewall.table('filter').chain('INPUT').append('-s 10.0.0.1 -j DROP');`);
      // Its standard error is the keeper's, too, until that has done its work.
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.stderr.resume();
      // At the beginning, while it proves, at the first change, in the midst of changes.
      const moment = 'aabbcccc'[i]!;
      await new Promise<void>((resolve) =>
        child.stdout.on('data', (data) => String(data).includes(moment) && resolve()),
      );
      await new Promise((resolve) => setTimeout(resolve, 40 * (i % 4)));
      child.kill('SIGKILL');
      await closed;
      expect(now()).toBe(before);
    }
  });

  test('waits for what the one who was killed has started, where it is told to', async () => {
    const child = caller(`
      await Keeper.start({}, { within: 60000, grace: 1500 });
      require('node:child_process').spawn('sh', ['-c', 'sleep 0.7; ${commandOf('ipv4')} -A INPUT -j DROP'], { detached: true, stdio: 'ignore' });
      process.stdout.write('a');`);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGKILL');
    await until(() => now() !== before);
    await until(() => now() === before);
  });

  test('outlives the terminal of the one who asked for it', async () => {
    const file = join(folder, 'new');
    writeFileSync(file, NEW);
    const command = `exec node ${MULTI} iptables-apply -t 60 ${file}`;
    const terminal = spawn('nsenter', [`--net=${netns.path}`, '--', 'script', '-qec', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await new Promise<void>((resolve) =>
      terminal.stdout.on('data', (data) => String(data).includes('NEW connections') && resolve()),
    );
    expect(now()).toContain(IN_FORCE);
    terminal.kill('SIGKILL');
    await until(() => now() === before);
  });

  /** An answer to iptc-apply's question, after something has been done. */
  const applying = async (answer: string, env: Record<string, string>, meanwhile: (pid: number) => void) => {
    const file = join(folder, 'new');
    writeFileSync(file, NEW);
    const child = spawn('nsenter', [`--net=${netns.path}`, '--', 'node', MULTI, 'iptables-apply', '-t', '60', file], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    await new Promise<void>((resolve) =>
      child.stdout.on('data', (data) => {
        stdout += data;
        if (stdout.includes('NEW connections')) resolve();
      }),
    );
    meanwhile(child.pid!);
    child.stdin.end(answer);
    return { status: await ended(child), stdout, stderr };
  };

  testWith(
    ['legacy'],
    'says plainly that it failed, with an exit code of its own, and leaves the old rules in a file',
    async () => {
      const lock = join(folder, 'lock');
      const env = { XTABLES_LOCKFILE: lock, TMPDIR: folder };
      const { status, stdout, stderr } = await applying('n', env, () => {
        rmSync(lock);
        mkdirSync(lock);
      });
      expect([status, stdout]).toEqual([10, expect.stringContaining('Reverting to old iptables rules... failed.')]);
      expect(stderr).toContain('Cannot put everything back');
      expect(now()).toContain(IN_FORCE);
      rmSync(lock, { recursive: true });
      for (const [family, command] of [
        ['IPv4', 'iptc-restore'],
        ['IPv6', 'ip6tc-restore'],
      ] as const) {
        const path = new RegExp(`The ${family} rules that were there are in (\\S+?)(?:\\.|$)`, 'm').exec(stderr)![1]!;
        expect(statSync(path).mode & 0o777).toBe(0o600);
        expect(stderr).toContain(`${command} -c ${path}`);
        expect(netns.execSync('node', [MULTI, command, '-c', path])).toMatchObject({ status: 0 });
      }
      expect(now()).toBe(before);
    },
  );

  test('lets iptc-apply save what was confirmed, to a file and nothing else', () => {
    const [file, kept] = [join(folder, 'new'), join(folder, 'kept')];
    writeFileSync(file, NEW);
    const apply = (...words: string[]) =>
      netns.execSync('node', [MULTI, 'iptables-apply', ...words, file], { input: 'y' });
    for (const odd of ['/dev/full', folder]) {
      const { mode } = statSync(odd);
      expect(apply('-w', odd)).toMatchObject({ status: 8, stdout: '' });
      expect(statSync(odd).mode).toBe(mode);
    }
    expect(now()).toBe(before);
    expect(apply('-w', kept)).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    const lines = (text: string) => text.split('\n').filter((line) => /^[*-]/.test(line));
    expect(lines(readFileSync(kept, 'utf8'))).toEqual(lines(oracle(netns, 'ipv4')));
  });

  test('takes back what a command has done that fails', () => {
    const command = join(folder, 'command');
    writeFileSync(command, `#!/bin/sh\n${commandOf('ipv4')} -F\n${commandOf('ipv6')} -P INPUT DROP\nexit 3\n`, {
      mode: 0o755,
    });
    expect(netns.execSync('node', [MULTI, 'iptables-apply', '-c', command], { input: 'y' }).status).toBe(7);
    expect(now()).toBe(before);
  });

  test('that is killed is replaced by iptc-apply, too', async () => {
    const { status, stdout } = await applying('n', {}, (pid) => {
      const [keeper] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
      process.kill(Number(keeper), 'SIGKILL');
    });
    expect([status, stdout]).toEqual([255, expect.stringContaining('done.')]);
    expect(now()).toBe(before);
  });
});
