import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DoctorReport, Finding, ServiceStatus } from '../../lib/services';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { Container, sleep } from './container';

const DROP = '-A INPUT -s 192.0.2.1/32 -j DROP';
const SERVER = [
  '-P INPUT DROP',
  '-P FORWARD DROP',
  '-P OUTPUT ACCEPT',
  '-A INPUT -i lo -j ACCEPT',
  '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT',
  '-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT',
  '-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT',
];
const EMPTY = ['-P INPUT ACCEPT', '-P FORWARD ACCEPT', '-P OUTPUT ACCEPT'];

const until = async (holds: () => Promise<boolean>) => {
  for (let i = 0; i < 100 && !(await holds()); i++) await sleep(200);
  expect(await holds()).toBe(true);
};

/** A machine for some tests, one after another: each goes on where the one before ended. */
function onMachine(name: string, body: (machine: Container) => void): void {
  describe(name, () => {
    const machine = new Container();
    beforeAll(() => machine.start());
    afterAll(() => machine.stop());
    body(machine);
  });
}
const doctor = async (
  machine: Container,
): Promise<{ status: number; report: DoctorReport; bites: (about: string) => Finding[] }> => {
  const { status, stdout, stderr } = await machine.iptc('doctor', '--json');
  if (stdout === '') throw new Error(stderr);
  const report = JSON.parse(stdout) as DoctorReport;
  const bites = (about: string) =>
    report.findings.filter((each) => each.about === about && each.level !== 'ok' && each.level !== 'note');
  return { status, report, bites };
};
/** Does what a finding says. */
const remedy = async (machine: Container, finding: Finding | undefined, command: string) => {
  expect(finding?.hint).toContain(command);
  await machine.run('sh', '-c', command);
};
const firewalld = (machine: Container, work: string) =>
  machine.script<ServiceStatus & { code?: string; message?: string; hint?: string }>(
    `const it = services.firewalld(); ${work}; return it.status();`,
  );

onMachine('a machine with firewalld, and no service for iptables', (machine) => {
  test('firewalld is started, stopped, masked and unmasked, and each state is seen', async () => {
    expect(await firewalld(machine, '')).toMatchObject({ unit: 'firewalld.service', state: 'inactive', masked: false });
    expect(await firewalld(machine, 'await it.start()')).toMatchObject({ state: 'active' });
    expect(await machine.run('firewall-cmd', '--state')).toBe('running\n');
    expect(await firewalld(machine, 'await it.mask()')).toMatchObject({ state: 'active', masked: true });
    expect(await firewalld(machine, 'await it.stop()')).toMatchObject({ state: 'masked', masked: true });
    expect(await firewalld(machine, 'await it.start()')).toMatchObject({
      code: 'ERR_IO',
      message: expect.stringContaining('masked'),
    });
    expect(await firewalld(machine, 'await it.unmask()')).toMatchObject({ state: 'inactive', masked: false });
    expect(await machine.enabled('firewalld')).not.toBe('masked');
  });

  test('a service that is not there is absent, and its package is named', async () => {
    const found = await machine.script<{ status: ServiceStatus; error: { code: string; hint: string } }>(`
      const it = services.iptablesService('ipv4');
      return { status: await it.status(), error: await it.start().catch(({ code, hint }) => ({ code, hint })) };`);
    expect(found).toMatchObject({
      status: { unit: 'netfilter-persistent.service', state: 'absent', enabled: false },
      error: { code: 'ERR_IO', hint: 'apt-get install iptables-persistent' },
    });
  });

  test('an ordinary user needs capabilities, and the lock', async () => {
    await machine.iptc('-L');
    const nobody = (...command: string[]) =>
      machine.exec('systemd-run', ['-q', '--wait', '--pipe', '-p', 'User=nobody', ...command]);
    const able = ['-p', 'AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW'];
    const findings = async (...options: string[]) =>
      (JSON.parse((await nobody(...options, 'iptc', 'doctor', '--json')).stdout) as DoctorReport).findings;
    expect((await findings()).find(({ about }) => about === 'capabilities')?.hint).toContain('AmbientCapabilities=');
    const lock = (await findings(...able)).find(({ about }) => about === 'lock');
    expect(lock?.level).toBe('warning');
    const hint = lock!.hint!.replace('GROUP', 'nogroup');
    await remedy(machine, { ...lock!, hint }, hint.replace(/^.*?: (?=echo)/, ''));
    expect((await findings(...able)).find(({ about }) => about === 'lock')?.level).toBe('ok');
    expect(await nobody(...able, 'iptc', '-A', 'INPUT', '-s', '192.0.2.7', '-j', 'DROP')).toMatchObject({ status: 0 });
    expect(await machine.rules()).toEqual([...EMPTY, '-A INPUT -s 192.0.2.7/32 -j DROP']);
    await machine.run('iptables-legacy', '-F');
  });

  test('the doctor says that firewalld would bite, and nothing that would open the machine', async () => {
    await machine.run('systemctl', 'start', 'firewalld');
    // It is active before it has written its rules.
    await until(async () => (await machine.run('nft', 'list', 'ruleset')).includes('hook input'));
    const { status, report, bites } = await doctor(machine);
    expect([status, report.ok]).toEqual([1, false]);
    expect(bites('firewalld')).toHaveLength(1);
    expect(bites('firewalld')[0]?.hint).toMatch(/iptc setup basic-server .*leaves the machine open/);
    expect(bites('firewalld')[0]?.hint).not.toContain('systemctl');
    expect(report.nft).toContainEqual(
      expect.objectContaining({ family: 'inet', name: 'firewalld', hooked: true, owner: 'firewalld' }),
    );
    const { stdout } = await machine.iptc('doctor');
    expect(stdout).toContain('WARNING firewalld is running');
  });

  test('the doctor sees firewalld refill the tables, and take away what others wrote', async () => {
    await machine.run('sed', '-i', 's/^FirewallBackend=.*/FirewallBackend=iptables/', '/etc/firewalld/firewalld.conf');
    for (const name of ['iptables', 'ip6tables'])
      for (const more of ['', '-save', '-restore'])
        await machine.run('ln', '-sf', `/usr/sbin/${name}-legacy${more}`, `/usr/sbin/${name}${more}`);
    await machine.run('systemctl', 'restart', 'firewalld');
    // It is started before it has filled the tables, and answers when it has.
    await machine.run('firewall-cmd', '--state');
    await machine.iptc('-A', 'INPUT', '-s', '192.0.2.1', '-j', 'DROP');
    expect(await machine.rules()).toContain(DROP);
    await machine.run('firewall-cmd', '--complete-reload');
    await until(async () => !(await machine.rules()).includes(DROP));
    const { report } = await doctor(machine);
    expect(report.findings).toContainEqual(
      expect.objectContaining({ about: 'others', message: expect.stringContaining('firewalld has chains') }),
    );
    await firewalld(machine, 'await it.stop(); await it.mask()');
  });

  test('a watch puts back what firewalld takes away when it reloads, and what a flush does', async () => {
    await machine.run('sed', '-i', 's/^FirewallBackend=.*/FirewallBackend=iptables/', '/etc/firewalld/firewalld.conf');
    await machine.run('systemctl', 'unmask', 'firewalld');
    await machine.run('systemctl', 'restart', 'firewalld');
    await machine.run('firewall-cmd', '--state');
    const found = await machine.script<Record<string, { holds: boolean; repairs: number }>>(`
      const { plan, watch } = require('/opt/libiptc/dist/policy');
      const run = (command) => require('node:util').promisify(require('node:child_process').exec)(command);
      const firewall = await Firewall.open();
      const desired = { filter: { guard: { rules: ['-s 192.0.2.77 -j DROP'] }, INPUT: { rules: ['-j guard'] } } };
      const own = { chains: 'guard' };
      const watched = watch(firewall, desired, { own, repair: true });
      let repairs = 0;
      watched.on('repair', () => repairs++);
      // It holds, and still does a while later.
      const holds = async () => {
        for (let quiet = 0, i = 0; i < 300; i++) {
          quiet = (await plan(firewall, desired, { own })).empty ? quiet + 1 : 0;
          if (quiet > 10) return true;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        return false;
      };
      const after = async (...commands) => {
        repairs = 0;
        for (const command of commands) await run(command);
        return { holds: await holds(), repairs };
      };
      const found = { begin: await after() };
      found.reload = await after('firewall-cmd --reload');
      found.complete = await after('firewall-cmd --complete-reload');
      found.restart = await after('systemctl restart firewalld', 'firewall-cmd --state');
      found.flush = await after('iptables-legacy -F');
      // As docker begins.
      found.docker = await after('iptables-legacy -D INPUT -j guard; iptables-legacy -F guard; iptables-legacy -X guard; true');
      found.restore = await after("printf '*filter\\n:INPUT ACCEPT\\n:DOCKER -\\nCOMMIT\\n' | iptables-legacy-restore");
      await watched.close();
      await firewall.close();
      return found;`);
    for (const [what, { holds, repairs }] of Object.entries(found)) {
      expect([what, holds]).toEqual([what, true]);
      expect([what, repairs > 0]).toEqual([what, true]);
    }
    await firewalld(machine, 'await it.stop(); await it.mask()');
  }, 120_000);

  test('the doctor says that nft rules, and those of iptables-nft, stand beside', async () => {
    await machine.run(
      'nft',
      'add table inet mine; add chain inet mine input { type filter hook input priority 0; }; add rule inet mine input counter accept',
    );
    await machine.run('iptables-nft', '-A', 'INPUT', '-j', 'ACCEPT');
    const { bites } = await doctor(machine);
    expect(bites('nft').map(({ message }) => message)).toEqual([
      expect.stringContaining('ip filter (1 rule)'),
      expect.stringContaining('inet mine (1 rule)'),
    ]);
    // Docker's are there, too.
    await machine.run('iptables-nft', '-N', 'DOCKER');
    await machine.run('iptables-nft', '-A', 'FORWARD', '-j', 'DOCKER');
    await machine.run('iptables-legacy', '-A', 'INPUT', '-s', '192.0.2.3', '-j', 'DROP');
    const all = () => machine.run('sh', '-c', 'nft list ruleset; iptables-legacy-save | grep -v ^#');
    const before = await all();
    const [theirs, others] = (await doctor(machine)).bites('nft');
    expect(theirs?.hint).toContain('Leave those of Docker alone');
    await remedy(machine, theirs, 'iptables-nft-save');
    await remedy(machine, others, 'nft list ruleset');
    expect(await all()).toBe(before);
    const { status, stderr } = await machine.iptc('setup', 'basic-server', '--yes');
    expect(status).not.toBe(0);
    expect(stderr).toContain('rules of Docker are in nftables');
    expect(await all()).toBe(before);
    await machine.run('nft', 'flush', 'ruleset');
    expect((await doctor(machine)).bites('nft')).toEqual([]);
  });

  test('rules that are not saved would be lost; saved ones need somebody to load them', async () => {
    await machine.run('sh', '-c', 'iptables-legacy -F; iptables-legacy -X; iptables-legacy -P INPUT ACCEPT');
    await machine.iptc('-A', 'INPUT', '-s', '192.0.2.1', '-j', 'DROP');
    await machine.run('ip6tc', '-A', 'INPUT', '-s', '2001:db8::1', '-j', 'DROP');
    const boot = async (family: 'ipv4' | 'ipv6') =>
      (await doctor(machine)).bites('boot').find((each) => each.family === family);
    for (const [family, command] of [
      ['ipv4', 'iptc'],
      ['ipv6', 'ip6tc'],
    ] as const) {
      const lost = await boot(family);
      expect(lost?.message).toContain('lost at the next boot');
      await remedy(machine, lost, `${command} service save`);
      expect((await boot(family))?.message).toContain('Nothing loads');
    }
    expect(await machine.iptc('service', 'save')).toMatchObject({
      status: 0,
      stdout: 'iptables: Saving firewall rules to /etc/iptables/rules.v4: [  OK  ]\n',
    });
  });

  test('a file that says something else is saved anew or loaded, unless that would hurt others', async () => {
    const path = '/etc/iptables/rules.v4';
    const differs = async () =>
      (await doctor(machine)).bites('boot').find(({ message }) => message.includes('and the kernel differ'));
    await machine.iptc('-A', 'INPUT', '-s', '192.0.2.5', '-j', 'DROP');
    expect(await machine.exec('sh', ['-c', `iptc diff ${path}`])).toMatchObject({ status: 1 });
    await remedy(machine, await differs(), `iptc-restore ${path}`);
    expect(await machine.rules()).toEqual([...EMPTY, DROP]);
    await machine.run('iptables-legacy', '-N', 'DOCKER');
    const theirs = await differs();
    expect(theirs?.hint).toContain('would take away what Docker has written');
    expect(theirs?.hint).not.toContain('iptc-restore');
    await remedy(machine, theirs, 'iptc service save');
    expect(await differs()).toBeUndefined();
    await machine.run('iptables-legacy', '-X', 'DOCKER');
    await machine.iptc('service', 'save');
  });

  test('iptc service install brings them back at boot, before the network', async () => {
    const { status, stdout, stderr } = await machine.iptc('service', 'install', '--on-failure', 'closed');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('/etc/systemd/system/iptc-restore.service');
    await machine.iptc('-A', 'INPUT', '-s', '192.0.2.2', '-j', 'DROP');
    await machine.reboot();
    expect(await machine.rules()).toEqual([...EMPTY, DROP]);
    expect(await machine.active('iptc-restore')).toBe('active');
    const show = await machine.run('systemctl', 'show', '-p', 'Before', '-p', 'WantedBy', 'iptc-restore');
    expect(show).toContain('network-pre.target');
    const times = await machine.run(
      'systemctl',
      'show',
      '-p',
      'ActiveEnterTimestampMonotonic',
      '--value',
      'iptc-restore.service',
      'network-pre.target',
    );
    const [ours, network] = times.split(/\s+/).map(Number) as [number, number];
    expect(ours).toBeGreaterThan(0);
    expect(network).toBeGreaterThanOrEqual(ours);
    expect((await doctor(machine)).bites('boot')).toEqual([]);
  });

  test('a file that cannot be loaded leaves the firewall closed, as configured, and the journal says why', async () => {
    await machine.write('/etc/iptables/rules.v4', '*filter\n-A INPUT -s 192.0.2.300 -j DROP\nCOMMIT\n', '600');
    expect((await doctor(machine)).bites('boot')[0]).toMatchObject({
      level: 'error',
      message: expect.stringContaining('/etc/iptables/rules.v4:2:'),
    });
    await machine.reboot();
    expect(await machine.active('iptc-restore')).toBe('failed');
    expect(await machine.rules()).toEqual(SERVER.slice(0, 5));
    const journal = await machine.run('journalctl', '-b', '-u', 'iptc-restore', '-o', 'cat');
    expect(journal).toContain('/etc/iptables/rules.v4:2:');
    expect(journal).toContain('The firewall is CLOSED');
    await machine.write('/etc/iptables/rules.v4.fallback', '*filter\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n', '600');
    await machine.exec('systemctl', ['restart', 'iptc-restore']);
    expect(await machine.rules()).toContain('-A INPUT -i lo -j ACCEPT');
  });

  test('iptc service uninstall takes it away again', async () => {
    expect(await machine.iptc('service', 'uninstall')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Removed'),
    });
    expect(await machine.exec('systemctl', ['cat', 'iptc-restore'])).not.toMatchObject({ status: 0 });
    expect(await machine.iptc('service', 'uninstall')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('not there'),
    });
  });

  test('iptc setup does not replace a table in which another program has chains, unless told to', async () => {
    await machine.run('iptables-legacy', '-N', 'DOCKER');
    const before = await machine.rules();
    const { status, stderr } = await machine.iptc('setup', 'basic-server', '--yes');
    expect(status).not.toBe(0);
    expect(stderr).toContain('Docker has chains in it');
    expect(await machine.rules()).toEqual(before);
    expect((await machine.iptc('setup', 'basic-server', '--dry-run', '--force')).status).toBe(0);
    await machine.run('iptables-legacy', '-X', 'DOCKER');
  });

  test('iptc setup has the distribution load the rules by a unit of ours, where it has none', async () => {
    await machine.run('rm', '-f', '/etc/iptables/rules.v4', '/etc/iptables/rules.v4.fallback');
    const { status, stdout, stderr } = await machine.iptc(
      'setup',
      'basic-server',
      '--allow',
      'ssh,http,https',
      '--yes',
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Install iptc-restore.service');
    await machine.reboot();
    expect(await machine.rules()).toEqual(SERVER);
    expect((await machine.rules('ip6tables')).slice(0, 6)).toContain('-A INPUT -p ipv6-icmp -j ACCEPT');
    expect(await doctor(machine)).toMatchObject({ status: 0, report: { ok: true } });
  });
});

onMachine('a machine with iptables-services and firewalld', (machine) => {
  const double = (name: string) => readFileSync(join(__dirname, 'doubles', name), 'utf8');
  const setup = (...more: string[]) => machine.iptc('setup', 'basic-server', '--allow', 'ssh,http,https', ...more);

  test('is made', async () => {
    for (const name of ['iptables', 'ip6tables']) {
      await machine.write(`/usr/libexec/iptables/${name}.init`, double('iptables.init'), '755');
      await machine.write(
        `/usr/lib/systemd/system/${name}.service`,
        double('iptables.service')
          .replace(/iptables(?=\.init|$)/gm, name)
          .replace('IPv4', name === 'iptables' ? 'IPv4' : 'IPv6'),
      );
      await machine.write(`/etc/sysconfig/${name}-config`, '');
    }
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('systemctl', 'start', 'firewalld');
    const status = await machine.script<ServiceStatus>("return services.iptablesService('ipv4').status()");
    expect(status).toMatchObject({ unit: 'iptables.service', state: 'inactive', enabled: false });
  });

  test('a set-up that is only tried changes nothing, and says each step', async () => {
    const { status, stdout } = await setup('--dry-run');
    expect(status).toBe(0);
    for (const step of [
      'stop firewalld',
      'put the IPv4 rules in',
      'save the IPv4 rules to /etc/sysconfig/iptables',
      'enable iptables.service',
      'Nothing was changed',
    ])
      expect(stdout).toContain(step);
    expect(await machine.rules()).toEqual(EMPTY);
    expect(await machine.active('firewalld')).toBe('active');
  });

  test('a set-up that nobody confirms is taken back, firewalld and all', async () => {
    const { status, stdout } = await setup('--timeout', '1');
    expect(status).toBe(255);
    expect(stdout).toContain('Everything is as it was');
    expect(await machine.rules()).toEqual(EMPTY);
    expect(await machine.active('firewalld')).toBe('active');
    expect(await machine.enabled('firewalld')).not.toBe('masked');
    expect(await machine.exec('test', ['-e', '/etc/sysconfig/iptables'])).toMatchObject({ status: 1 });
  });

  test('a set-up that is killed while it waits is taken back by its keeper', async () => {
    // Somebody who never answers.
    const silence = 'mkfifo /run/silence; sleep 300 >/run/silence 2>&1 & echo $$ >/run/setup';
    const command = 'exec node /opt/libiptc/dist/cli/iptc.js setup basic-server --timeout 300 </run/silence';
    const running = machine.exec('sh', ['-c', `${silence}; ${command}`]).catch(() => 'killed');
    await until(async () => (await machine.rules('ip6tables')).includes('-P INPUT DROP'));
    expect(await machine.active('firewalld')).toBe('inactive');
    await machine.run('sh', '-c', 'kill -KILL $(cat /run/setup)');
    expect(await running).toBe('killed');
    await until(
      async () => (await machine.rules()).join() === EMPTY.join() && (await machine.active('firewalld')) === 'active',
    );
  });

  test('a set-up that fails half way is undone', async () => {
    await machine.run('mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', '/etc/sysconfig');
    const { status, stdout, stderr } = await setup('--yes');
    await machine.run('umount', '/etc/sysconfig');
    expect(status).toBe(1);
    expect(stderr).toContain('EROFS');
    expect(stdout).toContain('put everything back');
    expect(await machine.rules()).toEqual(EMPTY);
    expect(await machine.active('firewalld')).toBe('active');
    expect(await machine.enabled('iptables')).toBe('disabled');
  });

  test('the set-up turns firewalld off and the service on, and the rules survive a reboot', async () => {
    const { status, stdout, stderr } = await machine.exec(
      'node',
      ['/opt/libiptc/dist/cli/iptc.js', 'setup', 'basic-server', '--allow', 'ssh,http,https'],
      'y',
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Done');
    expect(await machine.rules()).toEqual(SERVER);
    expect([await machine.active('firewalld'), await machine.enabled('firewalld')]).toEqual(['inactive', 'masked']);
    expect([await machine.active('iptables'), await machine.enabled('iptables')]).toEqual(['active', 'enabled']);
    expect([await machine.active('ip6tables'), await machine.enabled('ip6tables')]).toEqual(['active', 'enabled']);
    await machine.reboot();
    expect(await machine.rules()).toEqual(SERVER);
    expect(await doctor(machine)).toMatchObject({ status: 0, report: { ok: true } });
  });

  test('a second time there is nothing to do', async () => {
    const { status, stdout } = await setup();
    expect(status).toBe(0);
    expect(stdout).toContain('Nothing to do');
    expect(stdout).not.toMatch(/^\+/m);
  });

  test("the port of the caller's own session is let in", async () => {
    const { stdout } = await machine.exec(
      'node',
      ['/opt/libiptc/dist/cli/iptc.js', 'setup', 'basic-server', '--allow', 'http', '--dry-run'],
      '',
      {
        SSH_CONNECTION: '198.51.100.7 50123 192.0.2.10 2222',
      },
    );
    expect(stdout).toContain('2222/tcp, 80/tcp');
  });

  test("the service's words do what those of service iptables do, with their output", async () => {
    const words = async (word: string) => {
      const { status, stdout } = await machine.iptc('service', word);
      return [status, ...stdout.split('\n').filter(Boolean)];
    };
    await machine.iptc('-A', 'INPUT', '-s', '192.0.2.1', '-j', 'DROP');
    expect(await words('save')).toEqual([0, 'iptables: Saving firewall rules to /etc/sysconfig/iptables: [  OK  ]']);
    expect(await words('start')).toEqual([0]);
    expect((await machine.iptc('service', 'status')).stdout).toContain(
      'Table: filter\nChain INPUT (policy DROP)\nnum  target     prot opt source               destination         \n1    ACCEPT',
    );
    expect(await words('stop')).toEqual([
      0,
      expect.stringMatching(/^iptables: Setting chains to policy ACCEPT: (\w+ )*filter (\w+ )*\[ {2}OK {2}\]$/),
      'iptables: Flushing firewall rules: [  OK  ]',
    ]);
    expect(await machine.rules()).toEqual(EMPTY);
    expect(await words('start')).toEqual([0, 'iptables: Applying firewall rules: [  OK  ]']);
    expect(await machine.rules()).toEqual([...SERVER, DROP]);
    expect(await words('reload')).toEqual([0, 'iptables: Trying to reload firewall rules: [  OK  ]']);
    expect((await words('restart')).slice(-1)).toEqual(['iptables: Applying firewall rules: [  OK  ]']);
    expect(await words('panic')).toEqual([0, expect.stringContaining('Setting chains to policy DROP')]);
    expect((await machine.rules()).slice(0, 3)).toEqual(['-P INPUT DROP', '-P FORWARD DROP', '-P OUTPUT DROP']);
    expect(await words('reload')).toEqual([0, 'iptables: Trying to reload firewall rules: [  OK  ]']);
    // A file that can't be loaded isn't made room for.
    await machine.run('mv', '/etc/sysconfig/iptables', '/etc/sysconfig/elsewhere');
    expect(await words('restart')).toEqual([6, 'iptables: No config file.[WARNING]']);
    expect(await machine.rules()).toEqual([...SERVER, DROP]);
    await machine.run('mv', '/etc/sysconfig/elsewhere', '/etc/sysconfig/iptables');
    expect((await words('restart')).slice(-1)).toEqual(['iptables: Applying firewall rules: [  OK  ]']);
    expect((await words('dance'))[0]).toBe(2);
  });

  test('what the one writes the other loads', async () => {
    await machine.run('systemctl', 'reload', 'iptables');
    expect(await machine.rules()).toEqual([...SERVER, DROP]);
    await machine.run('/usr/libexec/iptables/iptables.init', 'save');
    expect((await doctor(machine)).bites('boot')).toEqual([]);
    await machine.run('iptables-legacy', '-F');
    expect((await doctor(machine)).bites('boot')).toHaveLength(1);
    expect(await machine.script('return load()')).toMatchObject([{ outcome: 'loaded' }, { outcome: 'loaded' }]);
    expect(await machine.rules()).toEqual([...SERVER, DROP]);
  });

  test('a daemon saves by itself, and iptables.service loads it', async () => {
    await machine.script(`
      const firewall = await Firewall.open();
      const saver = autosave([firewall], { delay: 100 });
      await firewall.table('filter').chain('INPUT').insert('-s 192.0.2.9 -j DROP');
      await saver.close();
      await firewall.close();`);
    await machine.reboot();
    expect(await machine.rules()).toContain('-A INPUT -s 192.0.2.9/32 -j DROP');
  });

  test('a masked service is unmasked and enabled; a file that is missing is saved, or nobody looks for it', async () => {
    const boot = async () => (await doctor(machine)).bites('boot').filter(({ family }) => family === 'ipv4');
    expect(await boot()).toEqual([]);
    await machine.run('systemctl', 'disable', 'iptables');
    await machine.run('systemctl', 'mask', 'iptables');
    await remedy(machine, (await boot())[0], 'systemctl unmask iptables.service; systemctl enable iptables.service');
    expect(await boot()).toEqual([]);
    await machine.run('rm', '/etc/sysconfig/iptables');
    const [lost, failing] = await boot();
    expect(failing?.message).toContain('iptables.service starts at boot, and will fail');
    await remedy(machine, lost, 'iptc service save');
    expect(await boot()).toEqual([]);
  });

  test('a unit of our own is refused beside iptables.service, unless that is masked', async () => {
    for (const name of ['iptables.service', 'ip6tables.service']) {
      const { status, stderr } = await machine.iptc('service', 'install');
      expect([status, stderr]).toEqual([1, expect.stringContaining(`${name} is there`)]);
      expect(stderr).toContain(`systemctl mask ${name}`);
      await machine.run('systemctl', 'mask', name);
    }
    expect(await machine.iptc('service', 'install')).toMatchObject({ status: 0 });
    await machine.iptc('service', 'uninstall');
  });

  test('ufw is left to itself, or disabled', async () => {
    await machine.run('ufw', '--force', 'enable');
    const [finding] = (await doctor(machine)).bites('ufw');
    expect(finding?.hint).toContain('leaves the machine open');
    await remedy(machine, finding, 'ufw disable');
    expect((await doctor(machine)).bites('ufw')).toEqual([]);
  });
});
