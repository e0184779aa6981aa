/**
 * One policy, three hosts, by a real etcd: every step is a command as an administrator types it, and connections from
 * outside prove what holds. Each host is a network namespace with an agent of its own.
 *
 *     npm run demo -- fleet
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { etcdStore, Publisher } from 'libiptc/fleet';

// scripts/in-namespace has seen to it that this is not the host's network.
assert.deepEqual(Object.keys(networkInterfaces()), ['lo']);
const HUB = '10.9.0.1';
const PORT = 8080;
const URL = `http://${HUB}:2379`;
const IPTC = fileURLToPath(new globalThis.URL('../../dist/cli/iptc.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fleet-demo-'));
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, IPTC_FLEET_STORE: URL, NO_COLOR: '1' };
const children: ChildProcess[] = [];
const namespaces: string[] = [];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const name of namespaces) ip('netns', 'delete', name);
  rmSync(folder, { recursive: true, force: true });
});

const say = (text: string) => console.log(`\n\u001b[1m# ${text}\u001b[0m`);
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
function ip(...args: string[]): void {
  execFileSync('ip', args, { env });
}
function start(program: string, args: string[], more: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore'], env: { ...env, ...more } });
  children.push(child);
  return child;
}
/** A command, as it is typed, and what it says. */
async function iptc(...words: string[]): Promise<number | null> {
  console.log(
    `$ iptc ${words.map((word) => (/[^\w./,%=:+-]/.test(word) ? `'${word}'` : word)).join(' ')}`.replaceAll(
      `${folder}/`,
      '',
    ),
  );
  const child = spawn(process.execPath, [IPTC, ...words], { stdio: ['ignore', 'inherit', 'inherit'], env });
  return new Promise((resolve) => child.on('close', resolve));
}
function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  console.log(`$ cat ${name}\n${text}`.trimEnd());
  return path;
}

class Host {
  readonly address: string;
  private agent: ChildProcess | undefined;
  constructor(
    readonly name: string,
    readonly number: number,
    private readonly role: string,
  ) {
    this.address = `10.9.0.${10 + number}`;
    ip('netns', 'add', name);
    namespaces.push(name);
    ip('link', 'add', `host${number}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('link', 'set', `host${number}`, 'master', 'hub', 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'address', 'add', `${this.address}/24`, 'dev', 'eth0');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
    this.inside(process.execPath, '-e', `require('node:net').createServer((s) => s.destroy()).listen(${PORT})`);
  }
  private inside(...words: string[]): ChildProcess {
    return start('nsenter', [`--net=/run/netns/${this.name}`, '--', ...words], {
      XTABLES_LOCKFILE: join(folder, `${this.name}.lock`),
    });
  }
  start(): void {
    const words = ['--host', this.name, '--label', `role=${this.role}`, '--keys', join(folder, 'fleet.pub')];
    const quick = ['--state', join(folder, this.name), '--interval', '2', '--confirm', '12', '--ttl', '3'];
    console.log(`${this.name}$ iptc fleet agent --host ${this.name} --label role=${this.role} --keys fleet.pub`);
    this.agent = this.inside(process.execPath, IPTC, 'fleet', 'agent', ...words, ...quick);
  }
  kill(): void {
    this.agent?.kill('SIGKILL');
  }
  /** What becomes of a connection to it. */
  attempt(): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect({ host: this.address, port: PORT, timeout: 2_000 });
      const settle = (outcome: string) => {
        socket.destroy();
        resolve(outcome);
      };
      socket.on('connect', () => settle('open')).on('timeout', () => settle('timeout'));
      socket.on('error', ({ code }: NodeJS.ErrnoException) => settle(code === 'ECONNREFUSED' ? 'refused' : `${code}`));
    });
  }
}

const store = etcdStore({ endpoints: [URL] });
const publisher = await Publisher.open(store);
/** Until all hosts have this number. */
async function until(seq: number): Promise<void> {
  for (let i = 0; i < 600; i++) {
    const { hosts } = await publisher.status();
    if (
      hosts.length === 3 &&
      hosts.every(({ alive, policies, trying }) => alive && policies.web?.seq === seq && !trying)
    )
      return;
    await pause(100);
  }
  throw new Error(`Number ${seq} does not come`);
}
async function connections(...expected: string[]): Promise<void> {
  const outcomes = await Promise.all(hosts.map((host) => host.attempt()));
  for (const [i, { name }] of hosts.entries()) console.log(`  visitor -> ${name} port ${PORT}: ${outcomes[i]}`);
  assert.deepEqual(outcomes, expected);
}

say('A network: etcd, and three hosts that serve port 8080');
ip('link', 'add', 'hub', 'type', 'bridge');
ip('address', 'add', `${HUB}/24`, 'dev', 'hub');
ip('link', 'set', 'hub', 'up');
console.log(`$ etcd --listen-client-urls ${URL}`);
start(process.env.ETCD ?? 'etcd', [
  '--data-dir',
  join(folder, 'etcd'),
  '--listen-client-urls',
  URL,
  '--advertise-client-urls',
  URL,
]);
const hosts = ['canary', 'plain', 'plain'].map((role, i) => new Host(`web${i + 1}`, i + 1, role));
for (;;)
  try {
    await store.reach(1_000);
    break;
  } catch {
    await pause(100);
  }

say('A key pair: the private half stays with who publishes, the public one goes to the hosts');
assert.equal(await iptc('fleet', 'keygen', join(folder, 'fleet')), 0);
const signing = ['--sign', join(folder, 'fleet')];

say('Which hosts are of group web: those of these roles');
assert.equal(await iptc('fleet', 'host', 'web1', '--group', 'web', '--set', 'lan=10.9.0.0/24', ...signing), 0);
for (const name of ['web2', 'web3'])
  assert.equal(await iptc('fleet', 'host', name, '--group', 'web', '--set', 'lan=10.9.0.0/24', ...signing), 0);
for (const host of hosts) host.start();

say('The first policy: port 8080 for the local network alone, which each host knows by itself');
const open = write(
  'open.rules',
  `*filter
:web - [0:0]
-A INPUT -j web
-A web -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A web -p tcp --dport ${PORT} -s \${lan} -j ACCEPT
-A web -p tcp --dport ${PORT} -j DROP
COMMIT
`,
);
assert.equal(await iptc('fleet', 'publish', open, '--group', 'web', ...signing), 0);
await until(1);
await connections('open', 'open', 'open');
assert.equal(await iptc('fleet', 'status'), 0);

say('The next, in waves: the canary first, then all');
const closed = write(
  'closed.rules',
  '*filter\n:web - [0:0]\n-A INPUT -j web\n-A web -m conntrack --ctstate ESTABLISHED -j ACCEPT\n-A web -p tcp --dport 8080 -j REJECT --reject-with tcp-reset\nCOMMIT\n',
);
assert.equal(
  await iptc(
    'fleet',
    'publish',
    closed,
    '--group',
    'web',
    '--waves',
    'role=canary,100%',
    '--hold',
    '2',
    '--message',
    'no more visitors',
    ...signing,
  ),
  0,
);
await until(2);
await connections('refused', 'refused', 'refused');

say('Somebody empties the chain on web2: two seconds later it is as it was');
execFileSync('nsenter', ['--net=/run/netns/web2', '--', process.execPath, IPTC, '-F', 'web'], {
  env: { ...env, XTABLES_LOCKFILE: join(folder, 'web2.lock') },
});
console.log('web2$ iptc -F web');
await pause(5_000);
await connections('refused', 'refused', 'refused');

say('A policy that would cut the hosts off from etcd: the canary takes it back by itself, the others never get it');
const locked = write(
  'locked.rules',
  '*filter\n:web - [0:0]\n-A OUTPUT -j web\n-A web -m conntrack --ctstate ESTABLISHED -j ACCEPT\n-A web -p tcp --dport 2379 -j DROP\nCOMMIT\n',
);
assert.equal(
  await iptc('fleet', 'publish', locked, '--group', 'web', '--waves', 'role=canary,100%', '--hold', '2', ...signing),
  1,
);
await until(4);
await connections('refused', 'refused', 'refused');
await iptc('fleet', 'status');

say('Back to the first');
assert.equal(await iptc('fleet', 'rollback', '--group', 'web', '--to', '1', ...signing), 0);
await until(5);
await connections('open', 'open', 'open');
assert.equal(await iptc('fleet', 'history', '--group', 'web', '--keys', join(folder, 'fleet.pub')), 0);

say('web3 dies: that is seen within seconds, and its rules stay');
hosts[2]!.kill();
for (;;) {
  const { hosts: all } = await publisher.status();
  if (all.some(({ host, alive }) => host === 'web3' && !alive)) break;
  await pause(200);
}
await iptc('fleet', 'status');
await connections('open', 'open', 'open');
await store.close();
process.exit();
