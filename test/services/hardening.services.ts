/** The unit of docs/hardening.md, as systemd runs it: what it takes away is gone, and what is left is enough. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { Container, sleep } from './container';

const PAGE = readFileSync(join(__dirname, '../../docs/hardening.md'), 'utf8');
const UNIT = 'rules-daemon.service';
const MAIN = `
const { Firewall } = require('/opt/libiptc');
const fs = require('node:fs');
const { execFileSync } = require('node:child_process');
const refused = (work) => { try { work(); return 'done'; } catch (error) { return error.code ?? error.status; } };
(async () => {
  for (const backend of ['legacy', 'nft']) {
    const both = await Firewall.openBoth({ backend });
    await both.both.table('filter').chain('INPUT').append('-m comment --comment daemon -j ACCEPT');
    await both.transaction((tx) => tx.ipv4.table('filter').chain('FORWARD').append('-p 99'));
    both.ipv4.table('filter').chain('INPUT').appendSync('-s 192.0.2.1 -j DROP');
    await both.close();
  }
  const { Sets } = require('/opt/libiptc/dist/sets');
  const sets = await Sets.open();
  await sets.create('mine', { type: 'hash:ip' });
  await sets.close();
  const { Connections } = require('/opt/libiptc/dist/conntrack');
  const connections = await Connections.open();
  await connections.count();
  await connections.close();
  console.log(JSON.stringify({
    uid: process.getuid(),
    etc: refused(() => fs.writeFileSync('/etc/daemon', '')),
    home: refused(() => fs.readdirSync('/root')),
    module: refused(() => fs.writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')),
    lock: fs.statSync(process.env.XTABLES_LOCKFILE).mode & 0o777,
    namespace: refused(() => execFileSync('unshare', ['-n', 'true'], { stdio: 'ignore' })),
  }));
  setInterval(() => {}, 1000);
})().catch((error) => { console.log(JSON.stringify({ error: error.message, hint: error.hint })); process.exit(1); });
`;

describe('a machine with a daemon of least privilege', () => {
  const machine = new Container();
  beforeAll(() => machine.start());
  afterAll(() => machine.stop());

  test('is kept by it', async () => {
    const [, unit] = /```ini\n([\s\S]*?)```/.exec(PAGE)!;
    await machine.write('/opt/daemon/main.js', MAIN);
    await machine.write(`/etc/systemd/system/${UNIT}`, unit!);
    await machine.run('systemctl', 'enable', '--now', UNIT);
    const said = async () => (await machine.run('journalctl', '-u', UNIT, '-o', 'cat')).split('\n');
    let line: string | undefined;
    for (let i = 0; i < 200 && !line; i++) {
      await sleep(100);
      line = (await said()).find((each) => each.startsWith('{'));
    }
    const found = JSON.parse(line ?? JSON.stringify(await said())) as Record<string, unknown>;
    expect(found).toEqual({
      uid: expect.any(Number),
      etc: 'EROFS',
      home: expect.stringMatching(/^E(ACCES|PERM|NOENT)$/),
      module: expect.stringMatching(/^E(ACCES|PERM|ROFS)$/),
      lock: 0o600,
      namespace: expect.anything(),
    });
    expect(found.uid).toBeGreaterThan(60_000); // DynamicUser
    expect(found.namespace).not.toBe('done');
    expect(await machine.active(UNIT)).toBe('active');
    const pid = (await machine.run('systemctl', 'show', '--value', '-p', 'MainPID', UNIT)).trim();
    const status = await machine.read(`/proc/${pid}/status`);
    // CAP_NET_ADMIN and CAP_NET_RAW, a filter of system calls, and no way to more.
    expect(status).toMatch(/^CapEff:\t0{12}3000$/m);
    expect(status).toMatch(/^CapBnd:\t0{12}3000$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    for (const kind of ['legacy', 'nft'])
      expect(await machine.run(`iptables-${kind}`, '-S', 'INPUT')).toContain('daemon');
  });

  test('has it again after a reboot', async () => {
    await machine.reboot();
    for (let i = 0; i < 200 && (await machine.exec('ipset', ['list', 'mine'])).status !== 0; i++) await sleep(100);
    expect(await machine.active(UNIT)).toBe('active');
    expect(await machine.run('iptables-legacy', '-S', 'INPUT')).toContain('-A INPUT -s 192.0.2.1/32 -j DROP');
  });
});
