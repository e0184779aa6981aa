/** Ready policies, and what becomes of packets. */
import { Firewall } from '../../lib';
import * as policy from '../../lib/policy';
import { afterAll, beforeAll, beforeEach, describe, describeWith, expect, test } from '../harness';
import { Netns, vethPair } from '../harness/netns';
import { save } from '../harness/oracle';
import { Peer } from '../harness/peer';

const PYTHON_HOLD = `
import socket, sys
family, source, target, port, count = sys.argv[1:]
held = []
for i in range(int(count)):
    s = socket.socket(socket.AF_INET6 if family == 'ipv6' else socket.AF_INET)
    s.settimeout(0.3)
    s.bind((source, 0))
    try:
        s.connect((target, int(port)))
        held.append(s)
    except socket.timeout:
        pass
print(len(held))
`;
const SEND_MAIL = `
import os, socket, sys
os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[1]))
s = socket.socket(socket.AF_INET6 if ':' in sys.argv[3] else socket.AF_INET)
s.settimeout(1)
try:
    s.connect((sys.argv[3], int(sys.argv[4]))); print('open')
except ConnectionRefusedError: print('refused')
`;
/** A segment without any flag, from a source of its own. */
const NULL_SEGMENT = `
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
s.bind((sys.argv[1], 0))
s.sendto(struct.pack('!HHIIBBHHH', 1234, 22, 0, 0, 5 << 4, 0, 1024, 0, 0), (sys.argv[2], 0))
`;

describeWith(['netns', 'addon', 'iptables', 'ping'], 'ready policies', () => {
  const ADDRESSES = {
    ipv4: { server: '192.0.2.1', client: '192.0.2.2', other: '192.0.2.3' },
    ipv6: { server: 'fd00::1', client: 'fd00::2', other: 'fd00::3' },
  } as const;
  let here: Netns;
  let there: Netns;
  let client: Peer;
  let servers: Peer;
  let firewalls: { ipv4: Firewall<'ipv4'>; ipv6: Firewall<'ipv6'> };
  beforeAll(async () => {
    [here, there] = [new Netns(), new Netns()];
    vethPair(
      { netns: here, device: 'eth0', addresses: ['192.0.2.1/24', 'fd00::1/64'] },
      { netns: there, device: 'eth0', addresses: ['192.0.2.2/24', '192.0.2.3/24', 'fd00::2/64', 'fd00::3/64'] },
    );
    here.sysctl('net.ipv4.icmp_ratelimit', 0); // every try at a closed port is refused
    client = new Peer(there);
    servers = new Peer(here);
    for (const port of [22, 80, 81]) await servers.listenTcp(port);
    await servers.listenUdp(53);
    await client.listenTcp(25);
    firewalls = {
      ipv4: await Firewall.open({ family: 'ipv4', namespace: here.path }),
      ipv6: await Firewall.open({ family: 'ipv6', namespace: here.path }),
    };
  });
  afterAll(async () => {
    await client.close();
    await servers.close();
    await firewalls.ipv4.close();
    await firewalls.ipv6.close();
    here.close();
    there.close();
  });
  beforeEach(async () => {
    for (const firewall of Object.values(firewalls)) await firewall.table('filter').flush();
  });
  const tableOf = (family: 'ipv4' | 'ipv6') => (firewalls[family] as Firewall<'ipv4' | 'ipv6'>).table('filter');
  const use = async (family: 'ipv4' | 'ipv6', rules: readonly policy.ReadyRule[], chain = 'INPUT') => {
    const filter = tableOf(family);
    await filter.chain(chain).appendAll(rules);
    const lines = (text: string) => text.split('\n').filter((line) => line.startsWith('-A'));
    expect(lines(await filter.save())).toEqual(lines(save(here, family, 'filter')));
  };

  describe.each(['ipv4', 'ipv6'] as const)('of %s', (family) => {
    const { server, client: first, other } = ADDRESSES[family];
    const tcp = (port: number, from: string = first) => client.tcp(server, port, { from, timeout: 300 });
    const several = async (count: number, once: (i: number) => Promise<string>) => {
      const outcomes: string[] = [];
      for (let i = 0; i < count; i++) outcomes.push(await once(i));
      return outcomes;
    };

    test('connectionLimit counts those of a source to a port', async () => {
      await use(family, policy.connectionLimit({ ports: [80, 81], most: 2 }));
      const held = (port: number, from: string) =>
        there.exec('python3', ['-c', PYTHON_HOLD, family, from, server, String(port), '4']);
      const counts = await Promise.all([held(80, first), held(80, other), held(81, first), held(22, first)]);
      expect(counts.map(({ stdout }) => stdout.trim())).toEqual(['2', '2', '2', '4']);
    });

    test('portFlood counts what a source opens in a time', async () => {
      await use(family, [
        ...policy.portFlood({ ports: [80, 81], rate: '1/hour', burst: 3 }),
        ...policy.portFlood({ ports: [53], rate: '1/hour', burst: 1, protocol: 'udp' }),
      ]);
      expect(await several(5, () => tcp(80))).toEqual(['open', 'open', 'open', 'timeout', 'timeout']);
      expect([await tcp(81), await tcp(22), await tcp(80, other)]).toEqual(['open', 'open', 'open']);
      const udp = () => client.udp(server, 53, { timeout: 300 });
      expect([await udp(), await udp()]).toEqual(['open', 'timeout']);
    });

    test('synFlood counts segments to whatever ports', async () => {
      await use(family, policy.synFlood({ rate: '1/hour', burst: 3 }));
      expect(await several(5, (i) => tcp([80, 81, 79, 22, 80][i]!))).toEqual([
        'open',
        'open',
        'refused',
        'timeout',
        'timeout',
      ]);
      expect(await tcp(80, other)).toBe('open');
    });

    test('icmpRate counts echo requests', async () => {
      await use(family, policy.icmpRate({ rate: '1/hour', burst: 2, family }));
      const ping = (from: string) => client.ping(server, { from, timeout: 300 });
      expect(await several(3, () => ping(first))).toEqual(['open', 'open', 'timeout']);
      expect(await ping(other)).toBe('open');
      expect(await tcp(79)).toBe('refused');
    });

    test.each(['tcp', 'udp'] as const)('portKnocking opens a port to who knows how (%s)', async (protocol) => {
      await use(family, policy.portKnocking({ port: 22, knocks: [7000, 9000, 8000], protocol, name: protocol }));
      const knock = (port: number, from: string = first) => client[protocol](server, port, { from, timeout: 50 });
      const knocked = async (...ports: number[]) => {
        for (const port of ports) await knock(port);
        return tcp(22);
      };
      expect(await knocked()).toBe('timeout');
      expect(await knocked(8000, 9000, 7000)).toBe('timeout');
      expect(await knocked(7000, 8000)).toBe('timeout');
      expect(await knocked(7000, 9000, 9001, 8000)).toBe('timeout');
      for (const port of [6999, 7000, 7001, 7999, 8000, 8001, 8999, 9000, 9001]) await knock(port);
      expect(await tcp(22)).toBe('timeout');
      expect(await knocked(7000, 9000, 9000, 8000)).toBe('open');
      expect(await tcp(22, other)).toBe('timeout');
      expect(await tcp(80)).toBe('open');
    });

    test('portScan keeps away who tries many ports', async () => {
      const options = { open: [22, 80], rate: '1/hour', burst: 3, name: `scan-${family}` } as const;
      await use(family, [
        { match: [{ conntrack: { ctstate: ['ESTABLISHED'] } }], target: 'ACCEPT' },
        ...policy.portScan(options),
      ]);
      expect(await several(6, () => tcp(80))).toEqual(Array(6).fill('open'));
      expect(await several(3, (i) => tcp(100 + i))).toEqual(['refused', 'refused', 'refused']);
      expect(await tcp(22)).toBe('open');
      expect(await tcp(103)).toBe('timeout');
      expect([await tcp(22), await tcp(80)]).toEqual(['timeout', 'timeout']);
      expect(await tcp(80, other)).toBe('open');
      if (family === 'ipv6') return;
      expect(there.execSync('python3', ['-c', NULL_SEGMENT, other, server])).toMatchObject({ status: 0 });
      expect(await tcp(80, other)).toBe('timeout');
    });

    test('smtpOut lets some users send', async () => {
      await use(family, policy.smtpOut({ users: ['mail'], groups: [12] }), 'OUTPUT');
      const as = (user: number, group: number, port = 25, to: string = first) =>
        here.execSync('python3', ['-c', SEND_MAIL, String(user), String(group), to, String(port)]).stdout.trim();
      expect([as(8, 8), as(33, 12), as(33, 33), as(0, 0)]).toEqual(['open', 'open', 'refused', 'refused']);
      expect(as(33, 33, 80, server)).toBe('open');
    });

    test('logDrops tells of each source, and drops all', async () => {
      await use(family, policy.logDrops({ rate: '1/hour', burst: 3, group: 7 }));
      const ping = (from: string) => client.ping(server, { from, timeout: 100 });
      expect(await several(6, () => ping(first))).toEqual(Array(6).fill('timeout'));
      expect(await ping(other)).toBe('timeout');
      const [log, drop] = await tableOf(family).chain('INPUT').list();
      expect([log!.counters.packets, drop!.counters.packets]).toEqual([4n, 7n]);
    });
  });

  test('logDrops tells of all together no more than so', async () => {
    const rules = policy.logDrops({ overall: '1/hour', group: 7 });
    await use('ipv4', rules);
    for (let i = 10; i < 40; i++) there.ip('address', 'add', `192.0.2.${i}/24`, 'dev', 'eth0');
    const from = Array.from({ length: 30 }, (_, i) => `192.0.2.${i + 10}`);
    await Promise.all(from.map((each) => client.udp('192.0.2.1', 9, { from: each, timeout: 50 })));
    const [log, drop] = await firewalls.ipv4.table('filter').chain('INPUT').list();
    expect([log!.counters.packets, drop!.counters.packets]).toEqual([20n, 30n]);
  });

  test('bogons come from nowhere', async () => {
    const ping = (from: string) => client.ping('192.0.2.1', { from, timeout: 300 });
    for (const address of ['10.1.1.1', '198.18.0.1', '8.8.8.8']) {
      there.ip('address', 'add', `${address}/32`, 'dev', 'eth0');
      here.ip('route', 'add', `${address}/32`, 'via', '192.0.2.2');
    }
    const all = async () => [await ping('10.1.1.1'), await ping('198.18.0.1'), await ping('8.8.8.8')];
    expect(await all()).toEqual(['open', 'open', 'open']);
    await use('ipv4', policy.bogons({ inInterface: 'eth0', except: ['198.18.0.0/15', '192.0.2.0/24'] }));
    expect(await all()).toEqual(['timeout', 'open', 'open']);
  });
});
