/** Connections of a namespace, with conntrack(8) as the judge of every line. */
import { Connections, formatConnection } from '../../lib/conntrack';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';

/** What a process of the namespace sends; a TCP connection stays open until its input ends. */
const SEND = `
import socket, sys
listener = socket.socket(); listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(('127.0.0.1', 8080)); listener.listen(5)
client = socket.create_connection(('127.0.0.1', 8080)); server, _ = listener.accept()
for port in (9999, 9998, 9997, 9996, 69):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', port))
socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b'x', ('::1', 9999))
`;
const RULES = `*raw
-A OUTPUT -p udp --dport 9998 -j CT --zone 5
-A PREROUTING -p udp --dport 9998 -j CT --zone 5
-A OUTPUT -p udp --dport 9997 -j CT --zone-orig 6
-A OUTPUT -p udp --dport 69 -j CT --helper tftp
COMMIT
*mangle
-A OUTPUT -p udp --dport 9999 -j CONNMARK --set-mark 0x107
COMMIT
*nat
-A OUTPUT -p udp --dport 9996 -j DNAT --to 127.0.0.1:9995
COMMIT
*filter
-A INPUT -m conntrack --ctstate NEW -j ACCEPT
COMMIT
`;

describeWith(['netns', 'addon', 'iptables', 'conntrack', 'ping'], 'connections', () => {
  let netns: Netns;
  let connections: Connections;
  beforeEach(async () => {
    netns = new Netns();
    netns.sysctl('net.netfilter.nf_conntrack_acct', 1);
    netns.execSync('iptables-legacy-restore', [], { input: RULES });
    netns.execSync('ip6tables-legacy', ['-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'NEW', '-j', 'ACCEPT']);
    netns.execSync('python3', ['-c', SEND]);
    netns.execSync('ping', ['-c1', '127.0.0.1']);
    connections = await Connections.open({ namespace: netns.path });
  });
  afterEach(async () => {
    await connections.close();
    netns.close();
  });
  const conntrack = (...words: string[]) => netns.execSync('conntrack', words);
  /** Without what passes by itself. */
  const timeless = (lines: readonly string[]) => lines.map((line) => line.replace(/^(\S+\s+\d+) \d+/, '$1')).sort();
  const ours = async (filter = {}) => {
    const lines: string[] = [];
    for await (const connection of connections.list(filter)) lines.push(formatConnection(connection));
    return timeless(lines);
  };
  const theirs = (...words: string[]) =>
    timeless(
      conntrack('-L', ...words)
        .stdout.trim()
        .split('\n')
        .filter(Boolean),
    );

  test('are listed as conntrack lists them', async () => {
    const all = await ours();
    expect(all).toEqual(theirs());
    expect(all.length).toBe(8);
    expect(all.join('\n')).toMatch(/TIME_WAIT|CLOSE|FIN_WAIT/);
    expect(await connections.count()).toBe(8);
  });

  test('are those that a filter means', async () => {
    const cases: readonly (readonly [object, ...string[]])[] = [
      [{ family: 'ipv6' }, '-f', 'ipv6'],
      [{ protocol: 'tcp' }, '-p', 'tcp'],
      [{ protocol: 17, family: 'ipv4' }, '-p', 'udp', '-f', 'ipv4'],
      [{ source: '127.0.0.1' }, '-s', '127.0.0.1'],
      [{ destination: '::1' }, '-f', 'ipv6', '-d', '::1'],
      [{ source: '127.0.0.0/8', protocol: 'icmp' }, '-p', 'icmp'],
      [{ protocol: 'udp', dport: 9998 }, '-p', 'udp', '--dport', '9998'],
      [{ mark: 0x107 }, '-m', '0x107'],
      [{ mark: [7, 0xff] }, '-m', '7/0xff'],
      [{ zone: 5 }, '-w', '5'],
      [{ status: 'ASSURED' }, '-u', 'ASSURED'],
      [{ replySource: '127.0.0.1', port: 9995 }, '-p', 'udp', '--reply-port-src', '9995'],
      [{ address: '192.0.2.1' }, '-s', '192.0.2.1'],
    ];
    for (const [filter, ...words] of cases) {
      expect([filter, await ours(filter)]).toEqual([filter, theirs(...words)]);
      expect(await connections.count(filter)).toBe((await ours(filter)).length);
    }
    expect(await ours({ source: '127.0.0.0/8' })).toHaveLength(7);
    expect(await ours({ address: '::/0' })).toHaveLength(1);
  });

  test('are forgotten, those alone', async () => {
    expect(await connections.delete({ dport: 9998, zone: 5 })).toBe(1);
    expect(await connections.delete({ dport: 9998 })).toBe(0);
    expect(await connections.delete({ family: 'ipv6' })).toBe(1);
    expect(theirs()).toHaveLength(6);
    expect(await connections.delete({ address: '127.0.0.0/24', protocol: 'udp' })).toBe(4);
    expect(theirs()).toEqual(await ours());
    expect(theirs()).toHaveLength(2);
    await expect(connections.delete({})).rejects.toMatchObject({ code: 'ERR_BAD_ARGUMENT', path: 'filter' });
    await connections.flush();
    expect(conntrack('-C').stdout.trim()).toBe('0');
    expect(await connections.count()).toBe(0);
  });

  test('are forgotten by where they or their answers come from, in any zone, and those alone', async () => {
    netns.execSync('python3', [
      '-c',
      `import socket; s = socket.socket(2, 2); s.bind(('127.0.0.7', 0)); s.sendto(b'x', ('127.0.0.8', 9998))`,
    ]);
    const before = theirs();
    expect(before).toHaveLength(9);
    const done = await connections.deleteFrom(['127.0.0.9', '127.0.0.7']);
    if (!done) return expect(theirs()).toEqual(before); // a kernel before 6.8
    const others = before.filter((line) => !line.includes('127.0.0.7'));
    expect(others).toHaveLength(8);
    expect(theirs()).toEqual(others);
    await connections.deleteFrom(['127.0.0.1']);
    expect(theirs()).toEqual(others.filter((line) => line.includes('::1')));
  });

  test('are heard of', async () => {
    const events = connections.events({ events: ['new', 'destroy'] });
    const first = events.next();
    netns.execSync('python3', ['-c', "import socket; socket.socket(2, 2).sendto(b'x', ('127.0.0.1', 7777))"]);
    expect((await first).value).toMatchObject({
      event: 'new',
      connection: { protocol: 'udp', original: { dport: 7777 } },
    });
    await connections.delete({ dport: 7777 });
    expect((await events.next()).value).toMatchObject({ event: 'destroy', connection: { original: { dport: 7777 } } });
    const last = events.next();
    await connections.close();
    expect(await last).toEqual({ done: true, value: undefined });
    await expect(connections.count()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });
});
