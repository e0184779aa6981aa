/** An agent as systemd runs it: started when it says so, watched, restarted, and at boot before the network. */
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { Container, sleep } from './container';

const STORE = '/var/lib/iptc-fleet/store';
const AGENT = 'iptc-fleet-agent';
const policy = (address: string) => `*filter\n:web - [0:0]\n-A INPUT -j web\n-A web -s ${address} -j DROP\nCOMMIT\n`;
const held = (address: string) => ['-N web', '-A INPUT -j web', `-A web -s ${address}/32 -j DROP`];

describe('the units of an agent', () => {
  const machine = new Container();
  beforeAll(() => machine.start());
  afterAll(() => machine.stop());

  const fleet = async (...words: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await machine.iptc('fleet', ...words);
    if (status !== 0) throw new Error(stderr);
    return stdout;
  };
  const publish = async (address: string) => {
    await machine.write('/root/policy', policy(address));
    return fleet('publish', '/root/policy', '--group', 'web', '--sign', '/root/key', '--store', STORE);
  };
  const until = async (so: () => Promise<boolean>) => {
    for (let i = 0; !(await so()); i++) {
      if (i > 300)
        throw new Error(`It does not become so:\n${await machine.run('journalctl', '-u', AGENT, '-n', '40')}`);
      await sleep(100);
    }
  };
  const rules = async () => (await machine.rules()).slice(3).join('\n');
  const hold = (address: string) => until(async () => (await rules()) === held(address).join('\n'));
  const shown = async (property: string) =>
    (await machine.run('systemctl', 'show', AGENT, '-p', property, '--value')).trim();

  test('start an agent that is there when it has said so, and tells what it does', async () => {
    await fleet('keygen', '/root/key');
    await machine.write('/etc/iptc-fleet/keys', await machine.read('/root/key.pub'));
    expect(await fleet('install')).toMatch(/iptc-fleet-boot\.service\nWrote .*iptc-fleet-agent\.service\n/);
    await machine.write(
      '/etc/default/iptc-fleet',
      `IPTC_FLEET_STORE=${STORE}\nIPTC_FLEET_GROUP=web\nIPTC_FLEET_HOST=web1\nIPTC_FLEET_INTERVAL=1\n`,
    );
    for (const unit of ['boot', 'agent'])
      expect(await machine.run('systemd-analyze', 'verify', `/etc/systemd/system/iptc-fleet-${unit}.service`)).toBe('');
    await publish('192.0.2.1');
    await machine.run('systemctl', 'start', AGENT);
    expect([await machine.active(AGENT), await machine.enabled(AGENT)]).toEqual(['active', 'enabled']);
    await hold('192.0.2.1');
    await until(async () => (await shown('StatusText')) === 'web #1');
    expect(await fleet('status', '--store', STORE)).toMatch(/\nweb1 +good +web #1 /);
    await machine.run('iptables-legacy', '-F', 'web');
    await hold('192.0.2.1');
  });

  test('leave it no rights that it does not need', async () => {
    const { stdout } = await machine.exec('systemd-analyze', ['security', AGENT, '--no-pager']);
    const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
    // 0 is best, 10 worst; what is not hardened has 9.6.
    expect(Number(exposure)).toBeLessThan(3);
    const status = await machine.read(`/proc/${await shown('MainPID')}/status`);
    expect(status).toMatch(/^CapBnd:\t0{12}3000$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  });

  test('start it again when it is killed, or says nothing any more', async () => {
    const restarts = Number(await shown('NRestarts'));
    await machine.run('systemctl', 'kill', '--kill-who=main', '-s', 'KILL', AGENT);
    await until(
      async () => Number(await shown('NRestarts')) === restarts + 1 && (await machine.active(AGENT)) === 'active',
    );
    await machine.write(
      `/etc/systemd/system/${AGENT}.service.d/quick.conf`,
      '[Service]\nWatchdogSec=3\nTimeoutStartSec=15\n',
    );
    await machine.run('systemctl', 'daemon-reload');
    // What it says is heard each time, by however short-lived a process it is said.
    for (let i = 0; i < 8; i++) await machine.run('systemctl', 'restart', AGENT);
    await sleep(4_500);
    expect([await shown('NRestarts'), await machine.active(AGENT)]).toEqual(['0', 'active']); // it does say
    await machine.run('systemctl', 'kill', '--kill-who=main', '-s', 'STOP', AGENT);
    await until(async () => (await shown('NRestarts')) === '1' && (await machine.active(AGENT)) === 'active');
    await machine.run('rm', '-r', `/etc/systemd/system/${AGENT}.service.d`);
    await machine.run('systemctl', 'daemon-reload');
  });

  test('let its keeper live, which takes back what it had begun', async () => {
    await hold('192.0.2.1');
    await publish('192.0.2.2');
    await hold('192.0.2.2');
    // It is not confirmed for some seconds.
    await machine.run('systemctl', 'kill', '--kill-who=main', '-s', 'KILL', AGENT);
    await hold('192.0.2.1');
    await hold('192.0.2.2');
    await until(async () => /\nweb1 +good +web #2 /.test(await fleet('status', '--store', STORE).catch(() => '')));
  });

  test('put the rules back at boot, before the network, without the agent', async () => {
    await machine.run('systemctl', 'disable', AGENT);
    await machine.reboot();
    expect([await machine.active('iptc-fleet-boot'), await machine.active(AGENT)]).toEqual(['active', 'inactive']);
    await hold('192.0.2.2');
    expect(await machine.run('systemctl', 'show', 'iptc-fleet-boot', '-p', 'Before', '--value')).toContain(
      'network-pre.target',
    );
  });

  test('go when they are no more wanted, and the rules stay', async () => {
    await machine.run('systemctl', 'start', AGENT);
    await machine.run('systemctl', 'stop', AGENT);
    expect(await fleet('uninstall')).toBe('Removed the units. The rules stay as they are.\n');
    expect((await machine.exec('systemctl', ['cat', AGENT])).status).not.toBe(0);
    await hold('192.0.2.2');
  });
});
