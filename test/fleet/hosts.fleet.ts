/** Three hosts, each a namespace with an agent of its own, a real etcd, and packets. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EtcdStore, etcdStore, type HostReport, newKeys, Publisher, parsePolicy } from '../../lib/fleet';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { Peer } from '../harness/peer';
import { temporaryFolder } from '../harness/temporary';
import { Etcd } from './etcd';
import { closeHub, FleetHost, fleet, HUB, KEY, KEYS, keys, openHub, PORT, plug } from './hosts';

const etcd = new Etcd({ address: HUB });
const { url } = etcd;
const folder = temporaryFolder('fleet-policies');
const hosts: FleetHost[] = [];
let visitor: Peer;
let store: EtcdStore;
let publisher: Publisher;

/** A policy by which the hosts' port is open, or closed, to the visitor. */
const text = (verdict: 'ACCEPT' | 'REJECT --reject-with tcp-reset', ...more: readonly string[]) =>
  `*filter\n:web - [0:0]\n-A INPUT -j web\n-A web -m conntrack --ctstate ESTABLISHED -j ACCEPT\n-A web -p tcp --dport ${PORT} -j ${verdict}\n${more.map((line) => `${line}\n`).join('')}COMMIT\n`;
const OPEN = text('ACCEPT');
const CLOSED = text('REJECT --reject-with tcp-reset');
/** What is there goes on, and nothing new comes through: an old connection would say that all is well. */
const LOCKED = text('ACCEPT', '-A OUTPUT -j web', '-A web -p tcp --dport 2379 -m conntrack --ctstate NEW -j DROP');
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const publish = (content: string, ...words: readonly string[]) =>
  fleet(url, 'publish', file('policy', content), '--group', 'web', '--sign', KEY, ...words);

const reports = async (): Promise<Record<string, HostReport>> =>
  Object.fromEntries((await publisher.status()).hosts.map((host) => [host.host, host]));
async function until(so: () => unknown, seconds = 60): Promise<void> {
  const end = Date.now() + 1000 * seconds;
  for (;;) {
    let last: unknown;
    try {
      if (await so()) return;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end)
      throw new Error(
        `It does not become so: ${last ?? so}\n${hosts.map(({ name, said }) => `${name}:\n${said}`).join('\n')}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
const allHave = (seq: number, of = hosts) =>
  until(async () => {
    const all = await reports();
    return of.every(({ name }) => all[name]?.policies.web?.seq === seq && !all[name].trying && all[name].alive);
  });
const newest = async (): Promise<number> => (await publisher.status()).groups[0]!.seq;
const attempts = () => Promise.all(hosts.map(({ address }) => visitor.tcp(address, PORT)));

beforeAll(async () => {
  openHub();
  await etcd.start();
  store = etcdStore({ endpoints: [url] });
  publisher = await Publisher.open(store, { key: keys.private, author: 'tester' });
  const roles = ['canary', 'plain', 'plain'];
  for (const [i, role] of roles.entries())
    hosts.push(await FleetHost.open(`host${i}`, i, url, ['--label', `role=${role}`]));
  const netns = new Netns();
  plug(netns, 'visitor', '10.9.0.200');
  visitor = new Peer(netns);
  for (const host of hosts) host.start();
});
afterAll(async () => {
  for (const host of hosts) await host.close();
  await visitor?.close();
  await store?.close();
  await etcd.kill();
  closeHub();
});

describe('a fleet', () => {
  test('is as was published, and packets say so', async () => {
    expect((await publish(OPEN)).text).toMatch(/^Published number 1 for group web: \d+ bytes, [0-9a-f]{12}\n$/);
    await allHave(1);
    expect(await attempts()).toEqual(['open', 'open', 'open']);
    await publish(CLOSED, '--message', 'no more');
    await allHave(2);
    expect(await attempts()).toEqual(['refused', 'refused', 'refused']);
    const { status, text } = await fleet(url, 'status');
    expect(text).toMatch(
      /^GROUP {2}POLICY {2}HOSTS {2}GOOD {2}FAILED {2}DEAD {2}ROLLED OUT TO {2}PUBLISHED\nweb {4}#2 {6}3 {6}3 {5}0 {7}0 {5}all {11}/,
    );
    expect(text).toMatch(/\nhost0 {2}good {3}web #2 {4}\d+ s/);
    expect(status).toBe(0);
  });

  test('goes back', async () => {
    expect((await fleet(url, 'rollback', '--group', 'web', '--sign', KEY)).status).toBe(0);
    await allHave(3);
    expect(await attempts()).toEqual(['open', 'open', 'open']);
    expect((await fleet(url, 'history', '--group', 'web', '--keys', KEYS)).text).toMatch(
      / {5}2 .* no more\n {5}3 .* back to 1\n$/,
    );
  });

  test('comes in waves', async () => {
    const rolling = publish(CLOSED, '--waves', 'role=canary,100%', '--hold', '2', '--timeout', '60');
    await allHave(4, [hosts[0]!]);
    expect(await attempts()).toEqual(['refused', 'open', 'open']);
    const { status, text } = await rolling;
    expect([status, text]).toEqual([
      0,
      expect.stringMatching(/role=canary: 1 of 1 good\n[\s\S]*100%: 3 of 3 good\nAll have it\.\n$/),
    ]);
    await allHave(4);
    expect(await attempts()).toEqual(['refused', 'refused', 'refused']);
  });

  test('puts right what others change', async () => {
    hosts[1]!.run('-F', 'web');
    hosts[1]!.run('-D', 'INPUT', '-j', 'web');
    await until(() => hosts[1]!.rules('INPUT').join() === '-A INPUT -j web');
    await until(() => hosts[1]!.rules('web').length === 2);
    await until(async () => ((await reports()).host1?.drift.times ?? 0) > 0);
    expect(await attempts()).toEqual(['refused', 'refused', 'refused']);
  });

  test('takes back what locks a host out, at the first, and the others never get it', async () => {
    const before = hosts.map((host) => host.run('-S'));
    const { status, text } = await publish(LOCKED, '--waves', 'role=canary,100%', '--hold', '1', '--timeout', '60');
    expect([status, text]).toEqual([1, expect.stringContaining('Taken back: 1 of 1 hosts failed\n')]);
    await until(() =>
      hosts[0]!.said.includes('with it the store could not be reached any more; the old rules are back'),
    );
    await until(() => newest().then((seq) => seq === 6));
    await allHave(6);
    expect(hosts.map((host) => host.run('-S'))).toEqual(before);
    expect((await fleet(url, 'status')).text).toContain('#5 taken back: 1 of 1 hosts failed');
  }, 120_000);
});

describe('a fault', () => {
  test('etcd is killed in the middle, and comes back', async () => {
    await publish(OPEN);
    await etcd.kill();
    expect(hosts.every((host) => host.rules('INPUT').length === 1)).toBe(true);
    await etcd.start();
    await allHave(7);
    expect(await attempts()).toEqual(['open', 'open', 'open']);
  });

  test('a host is cut off: it is seen, keeps what it has, and comes after', async () => {
    hosts[2]!.cable('down');
    const begun = Date.now();
    await until(async () => (await reports()).host2?.alive === false);
    expect(Date.now() - begun).toBeLessThan(15_000);
    await publish(CLOSED);
    await allHave(8, hosts.slice(0, 2));
    expect(hosts[2]!.rules('web')[1]).toBe(`-A web -p tcp -m tcp --dport ${PORT} -j ACCEPT`);
    await until(() => hosts[2]!.said.includes('store unreachable since'));
    hosts[2]!.cable('up');
    await allHave(8);
    expect(await attempts()).toEqual(['refused', 'refused', 'refused']);
  });

  test('an agent is killed while it applies: the host is as it was, and then as it should be', async () => {
    const [host] = hosts as [FleetHost];
    const before = host.rules('web');
    const seen = host.said.length;
    await publish(OPEN);
    await until(() => /trying web #9/.test(host.said.slice(seen)));
    // It is in the kernel, and not confirmed: for two seconds the agent looks whether it can still be reached.
    await until(() => host.rules('web').join() !== before.join());
    await host.kill('SIGKILL');
    await until(() => host.rules('web').join() === before.join());
    host.start();
    await allHave(9);
    expect(await attempts()).toEqual(['open', 'open', 'open']);
  });

  test('somebody is in the store, who has no key', async () => {
    const key = 'group/web/head';
    const old = (await store.read(['group/web/seq/'])).items.get('group/web/seq/0000000002')!;
    const head = (await store.read([key])).items.get(key)!.value;
    // A replayed one.
    const replayed = JSON.stringify({ policy: JSON.parse(Buffer.from(old.value).toString()) });
    await store.commit({ put: [{ key, value: Buffer.from(replayed) }] });
    await until(async () => Object.values(await reports()).every(({ problems }) => problems.web?.kind === 'behind'));
    // A forged one.
    await store.commit({ put: [{ key, value: head }] });
    const forger = await Publisher.open(store, { key: newKeys().private, keys: [keys.public] });
    await forger.publish('web', parsePolicy({ ipv4: CLOSED }, { group: 'web' }));
    await until(async () => Object.values(await reports()).every(({ problems }) => problems.web?.kind === 'refused'));
    expect((await fleet(url, 'status')).status).toBe(1);
    expect(await attempts()).toEqual(['open', 'open', 'open']);
    await store.commit({ put: [{ key, value: head }], delete: ['group/web/seq/0000000010'] });
    await until(async () => Object.values(await reports()).every(({ problems }) => Object.keys(problems).length === 0));
  });

  test('two publish at once: one does, the other is told', async () => {
    const both = await Promise.all([publish(OPEN, '--author', 'one'), publish(CLOSED, '--author', 'two')]);
    const statuses = both.map(({ status }) => status);
    // One that began after the other had ended is no rival.
    if (statuses.every((status) => status === 0)) return allHave(await newest());
    expect(statuses.filter((status) => status === 0).length).toBe(1);
    expect(both.map(({ text }) => text).join('')).toMatch(
      /Cannot publish for group web: (one|two) was faster, with number \d+/,
    );
    await allHave(await newest());
  });
});
