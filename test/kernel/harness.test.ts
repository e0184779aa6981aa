import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, describeWith, expect, test } from '../harness';
import { Netns, vethPair } from '../harness/netns';
import { iptables, list, restore, save } from '../harness/oracle';
import { Peer } from '../harness/peer';

/** What the other kernel tests stand on. */
describeWith(['netns'], 'a namespace', () => {
  let netns: Netns;
  beforeAll(() => {
    netns = new Netns();
  });
  afterAll(() => netns.close());

  test('runs commands, with input, output and status', async () => {
    const command = ['sh', ['-c', 'cat; echo $WORD >&2; exit 3'], { input: 'in', env: { WORD: 'err' } }] as const;
    const expected = { stdout: 'in', stderr: 'err\n', status: 3 };
    expect(netns.execSync(...command)).toEqual(expected);
    expect(await netns.exec(...command)).toEqual(expected);
  });

  test('kills a command that takes too long', async () => {
    expect(netns.execSync('sleep', ['10'], { timeout: 50 }).status).toBe(137);
    expect((await netns.exec('sleep', ['10'], { timeout: 50 })).status).toBe(137);
  });

  test('has a network of its own, with loopback', () => {
    expect(netns.ip('-brief', 'address').trim().split('\n')).toHaveLength(1);
    expect(netns.ip('-brief', 'address')).toMatch(/^lo .* 127\.0\.0\.1\/8 ::1\/128/);
    expect(netns.execSync('readlink', ['/proc/self/ns/net']).stdout).not.toBe(
      new Netns().execSync('readlink', ['/proc/self/ns/net']).stdout,
    );
  });

  test('sets sysctls, and says which it cannot', () => {
    netns.sysctl('net.ipv4.ip_forward', 1);
    expect(netns.execSync('cat', ['/proc/sys/net/ipv4/ip_forward']).stdout).toBe('1\n');
    expect(() => netns.sysctl('net.ipv4.no_such', 1)).toThrow('net.ipv4.no_such');
  });

  test('is gone when closed', () => {
    const other = new Netns();
    expect(existsSync(other.path)).toBe(true);
    other.close();
    other.close();
    expect(existsSync(other.path)).toBe(false);
  });
});

describeWith(['netns', 'iptables'], 'the oracle', () => {
  for (const family of ['ipv4', 'ipv6'] as const) {
    test(`restores, saves and lists ${family}`, () => {
      const netns = new Netns();
      const text =
        '*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n';
      restore(netns, family, text);
      expect(save(netns, family, 'filter')).toBe(text);
      expect(save(netns, family)).toBe(text);
      restore(netns, family, '*filter\n-A INPUT -j DROP\nCOMMIT\n', ['--noflush']);
      expect(list(netns, family, ['-S', 'INPUT'])).toBe('-P INPUT DROP\n-A INPUT -j ACCEPT\n-A INPUT -j DROP\n');
      netns.close();
    });
  }

  test('says why it refuses', () => {
    const netns = new Netns();
    expect(() => restore(netns, 'ipv4', '*filter\n-A INPUT --wrong\nCOMMIT\n')).toThrow('--wrong');
    expect(iptables(netns, 'ipv4', ['-A', 'NOWHERE']).status).toBe(1);
    netns.close();
  });
});

describeWith(['netns', 'iptables', 'ping'], 'packets', () => {
  let here: Netns;
  let there: Netns;
  let client: Peer;
  let server: Peer;

  beforeAll(async () => {
    here = new Netns();
    there = new Netns();
    vethPair(
      { netns: here, device: 'veth0', addresses: ['10.9.0.1/24', '10.9.0.3/24', 'fd00:9::1/64'] },
      { netns: there, device: 'veth0', addresses: ['10.9.0.2/24', 'fd00:9::2/64'] },
    );
    client = new Peer(here);
    server = new Peer(there);
    await server.listenTcp(80);
    await server.listenUdp(53);
  });

  afterAll(async () => {
    await client.close();
    await server.close();
    here.close();
    there.close();
  });

  for (const { family, address, rejectWith, errno, word } of [
    {
      family: 'ipv4',
      address: '10.9.0.2',
      rejectWith: 'icmp-host-prohibited',
      errno: 'EHOSTUNREACH',
      word: 'host-prohibited',
    },
    {
      family: 'ipv6',
      address: 'fd00:9::2',
      rejectWith: 'icmp6-adm-prohibited',
      errno: 'EACCES',
      word: 'administratively-prohibited',
    },
  ] as const) {
    const filter = (rule: string) => restore(there, family, `*filter\n${rule}\nCOMMIT\n`);
    const probe = () => Promise.all([client.tcp(address, 80), client.udp(address, 53), client.ping(address)]);

    describe(family, () => {
      test('pass without rules', async () => {
        filter('');
        expect(await probe()).toEqual(['open', 'open', 'open']);
      });

      test('are refused where nobody listens', async () => {
        filter('');
        expect(await client.tcp(address, 81)).toBe('refused');
        expect(await client.udp(address, 54)).toBe('refused');
      });

      test('get no answer from DROP', async () => {
        filter('-A INPUT -j DROP');
        expect(await probe()).toEqual(['timeout', 'timeout', 'timeout']);
      });

      test('are told what REJECT says', async () => {
        filter(`-A INPUT -j REJECT --reject-with ${rejectWith}`);
        expect(await probe()).toEqual([`unreachable:${errno}`, `unreachable:${errno}`, `unreachable:${word}`]);
      });
    });
  }

  test('come from the address that is asked for', async () => {
    restore(there, 'ipv4', '*filter\n-A INPUT -s 10.9.0.3 -j DROP\nCOMMIT\n');
    const probe = (from: string) =>
      Promise.all([
        client.tcp('10.9.0.2', 80, { from }),
        client.udp('10.9.0.2', 53, { from }),
        client.ping('10.9.0.2', { from }),
      ]);
    expect(await probe('10.9.0.3')).toEqual(['timeout', 'timeout', 'timeout']);
    expect(await probe('10.9.0.1')).toEqual(['open', 'open', 'open']);
  });
});
