/** etcd behind mutual TLS, by a certificate authority of one's own: who it is says the certificate alone. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { Firewall } from '../../lib';
import { Agent, type EtcdOptions, etcdStore, newKeys, Publisher, parsePolicy, type Store } from '../../lib/fleet';
import { MemoryBackend } from '../../lib/testing';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { MULTI } from '../harness/commands';
import { temporaryFolder } from '../harness/temporary';
import { Etcd } from './etcd';

const folder = temporaryFolder('fleet-tls');
const at = (name: string) => join(folder, name);
const pem = (name: string) => readFileSync(at(`${name}.pem`), 'utf8');
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });

function authority(name: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at(`${name}-key.pem`)];
  openssl('req', '-x509', ...key, '-out', at(`${name}.pem`), '-days', '2', '-subj', `/CN=${name}`);
}
function certificate(ca: string, name: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at(`${name}-key.pem`)];
  openssl('req', '-new', ...key, '-out', at(`${name}.csr`), '-subj', `/CN=${name}`);
  writeFileSync(at(`${name}.ext`), 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n');
  const by = ['-CA', at(`${ca}.pem`), '-CAkey', at(`${ca}-key.pem`), '-CAcreateserial'];
  openssl(
    'x509',
    '-req',
    '-in',
    at(`${name}.csr`),
    ...by,
    '-out',
    at(`${name}.pem`),
    '-days',
    '2',
    '-extfile',
    at(`${name}.ext`),
  );
}

let etcd: Etcd;
const opened: Store[] = [];
/** A store as whom a certificate names. */
function as(name: string | undefined, more: Partial<EtcdOptions> = {}): Store {
  const who = name === undefined ? {} : { cert: pem(name), key: pem(`${name}-key`) };
  const store = etcdStore({ endpoints: [etcd.url], ca: pem('ca'), ...who, ...more });
  opened.push(store);
  return store;
}
function etcdctl(name: string, ...args: string[]): void {
  const program = (process.env.ETCD ?? '/usr/bin/etcd').replace(/etcd$/, 'etcdctl');
  const tls = ['--cacert', at('ca.pem'), '--cert', at(`${name}.pem`), '--key', at(`${name}-key.pem`)];
  const { status, stderr } = spawnSync(program, ['--endpoints', etcd.url, ...tls, ...args], {
    encoding: 'utf8',
    env: { ETCDCTL_API: '3' },
  });
  if (status !== 0) throw new Error(stderr);
}

beforeAll(async () => {
  for (const name of ['ca', 'others']) authority(name);
  for (const name of ['server', 'root', 'admin', 'web1']) certificate('ca', name);
  certificate('others', 'stranger');
  etcd = new Etcd({
    tls: { ca: at('ca.pem'), cert: at('server.pem'), key: at('server-key.pem') },
    client: { ca: pem('ca'), cert: pem('root'), key: pem('root-key') },
  });
  await etcd.start();
  const grants: readonly (readonly [user: string, kind: 'read' | 'readwrite', prefix: string])[] = [
    ['admin', 'readwrite', 'iptc/v1/'],
    ...['group/', 'blob/', 'selector/', 'hostcfg/', 'host/'].map(
      (each) => ['web1', 'read', `iptc/v1/${each}`] as const,
    ),
    ['web1', 'readwrite', 'iptc/v1/host/web1/'],
  ];
  for (const user of ['root', 'admin', 'web1']) {
    etcdctl('root', 'user', 'add', user, '--no-password');
    if (user !== 'root') etcdctl('root', 'role', 'add', user);
    etcdctl('root', 'user', 'grant-role', user, user);
  }
  for (const [user, kind, prefix] of grants)
    etcdctl('root', 'role', 'grant-permission', user, kind, '--prefix=true', prefix);
  etcdctl('root', 'auth', 'enable');
});
afterAll(async () => {
  for (const store of opened) await store.close();
  await etcd?.kill();
});

const keys = newKeys();
const POLICY = '*filter\n:web - [0:0]\n-A INPUT -j web\n-A web -s 192.0.2.1 -j ACCEPT\nCOMMIT\n';

describe('a fleet behind mutual TLS', () => {
  test('is published, applied and confirmed by who has a certificate, each by its own rights', async () => {
    const publisher = await Publisher.open(as('admin'), { key: keys.private });
    await publisher.publish('web', parsePolicy({ ipv4: POLICY }, { group: 'web' }));
    const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
    const own = as('web1');
    const agent = await Agent.open(firewall, own, {
      keys: [keys.public],
      groups: ['web'],
      host: 'web1',
      state: temporaryFolder('fleet-tls-agent'),
      apart: 1,
    });
    try {
      for (let i = 0; (await publisher.status()).hosts[0]?.policies.web?.seq !== 1; i++) {
        if (i > 300) throw new Error(JSON.stringify(agent.status));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect((await publisher.status()).hosts).toMatchObject([{ host: 'web1', alive: true, problems: {} }]);
      expect(await firewall.save({ tables: ['filter'] })).toContain('-A web -s 192.0.2.1/32 -j ACCEPT');
    } finally {
      await agent.close();
    }
    const bytes = Buffer.from('{}');
    for (const key of ['group/web/head', 'hostcfg/web1', 'host/web2/status'])
      await expect(own.commit({ put: [{ key, value: bytes }] })).rejects.toMatchObject({ code: 'ERR_PERMISSION' });
    expect(await own.commit({ put: [{ key: 'host/web1/status', value: bytes }] })).toBe(true);
  });

  test('is shut to who has none, or one of another authority, and believes no other server', async () => {
    for (const store of [as(undefined), as('stranger'), as('web1', { ca: pem('others') })]) {
      await expect(store.read(['group/'])).rejects.toMatchObject({
        code: 'ERR_UNREACHABLE',
        message: expect.stringContaining(etcd.url),
        hint: expect.stringContaining('certificates'),
      });
      await expect(store.reach(2_000)).rejects.toMatchObject({ code: 'ERR_UNREACHABLE' });
    }
  });

  test('is believed at the address alone that its certificate names', async () => {
    const { port } = new URL(etcd.url);
    const relay = createServer((socket) => {
      const on = connect(Number(port), '127.0.0.1');
      socket.pipe(on).pipe(socket);
      for (const each of [socket, on]) each.on('error', () => {});
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.2', resolve));
    const elsewhere = `https://127.0.0.2:${(relay.address() as AddressInfo).port}`;
    for (const endpoint of [elsewhere, `https://localhost:${port}`])
      await expect(as('web1', { endpoints: [endpoint] }).reach(2_000)).rejects.toMatchObject({
        code: 'ERR_UNREACHABLE',
      });
    await as('web1').reach(2_000);
    relay.close();
  });

  test('is seen by the command, with files', () => {
    const status = (...words: string[]) =>
      spawnSync('node', [MULTI, 'iptc', 'fleet', 'status', '--store', etcd.url, ...words], { encoding: 'utf8' });
    const ca = ['--ca', at('ca.pem')];
    const { stdout, stderr } = status(...ca, '--cert', at('admin.pem'), '--cert-key', at('admin-key.pem'));
    expect([stdout, stderr]).toEqual([expect.stringMatching(/^GROUP .*\nweb +#1 /), '']);
    const refused = status(...ca);
    expect([refused.stdout, refused.stderr]).toEqual([
      '',
      expect.stringMatching(/: Cannot reach etcd at https:.* alert .*Z\)\nLook/),
    ]);
  });
});
