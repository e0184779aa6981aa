/** Bans in a namespace of their own: what the kernel keeps away, and what is left after an end. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Ban, Bans, type BansOptions } from '../../lib/bans';
import { Firewall } from '../../lib/index';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { Netns, vethPair } from '../harness/netns';
import { commandOf } from '../harness/oracle';
import { temporaryFolder } from '../harness/temporary';

const GUEST = ['10.9.0.2', '10.9.0.3', 'fd09::2'] as const;

describeWith(['netns', 'addon', 'iptables', 'ipset', 'ping', 'conntrack'], 'bans', () => {
  let [host, guest]: Netns[] = [];
  let firewalls: { ipv4: Firewall<'ipv4'>; ipv6: Firewall<'ipv6'> };
  let open: Bans[] = [];
  beforeEach(async () => {
    [host, guest] = [new Netns(), new Netns()];
    vethPair(
      { netns: host, device: 'veth0', addresses: ['10.9.0.1/24', 'fd09::1/64'] },
      { netns: guest, device: 'veth0', addresses: ['10.9.0.2/24', '10.9.0.3/24', 'fd09::2/64'] },
    );
    firewalls = {
      ipv4: await Firewall.open({ family: 'ipv4', namespace: host.path, lock: false }),
      ipv6: await Firewall.open({ family: 'ipv6', namespace: host.path, lock: false }),
    };
    open = [];
  });
  afterEach(async () => {
    await Promise.all(open.map((bans) => bans.close()));
    await firewalls.ipv4.close();
    await firewalls.ipv6.close();
    host!.close();
    guest!.close();
  });
  const opened = async (options?: BansOptions) => {
    const bans = await Bans.open(firewalls, options);
    open.push(bans);
    return bans;
  };
  /** Whether a packet from an address of the guest's comes through. */
  const passes = (from: string) => {
    const to = from.includes(':') ? 'fd09::1' : '10.9.0.1';
    return guest!.execSync('ping', ['-c1', '-W1', '-I', from, to]).status === 0;
  };
  const list = async (bans: Bans) => {
    const all: Ban[] = [];
    for await (const ban of bans) all.push(ban);
    return all;
  };
  const saved = () => host!.execSync('ipset', ['save']).stdout;

  test('keep away whom they name, of both families, until they are let in', async () => {
    const bans = await opened();
    expect(GUEST.map(passes)).toEqual([true, true, true]);
    await bans.ban('10.9.0.2', { for: '1h', reason: 'a "test"' });
    await bans.ban('fd09::/64');
    expect(GUEST.map(passes)).toEqual([false, true, false]);
    expect(saved()).toMatch(/add bans4 10\.9\.0\.2 timeout 3\d{3} packets 1 bytes 84 comment "a 'test'"/);
    expect(await list(bans)).toEqual([
      expect.objectContaining({ address: '10.9.0.2', reason: 'a "test"', hits: { packets: 1n, bytes: 84n }, times: 1 }),
      expect.objectContaining({ address: 'fd09::/64', hits: { packets: 1n, bytes: 104n } }),
    ]);
    expect(await bans.isBanned('10.9.0.2')).toMatchObject({ banned: true, ban: { reason: 'a "test"' } });
    expect(await bans.isBanned('fd09::77')).toMatchObject({ banned: true, ban: { address: 'fd09::/64' } });
    expect(await bans.isBanned('10.9.0.3')).toEqual({ banned: false });
    expect(await bans.unban('10.9.0.2')).toBe(true);
    expect(await bans.unban('10.9.0.2')).toBe(false);
    expect(GUEST.map(passes)).toEqual([true, true, false]);
  });

  test('let pass who is allowed, whatever is banned', async () => {
    const bans = await opened();
    await bans.allow('10.9.0.3', { reason: 'me' });
    await bans.ban('10.9.0.0/24');
    expect(GUEST.map(passes)).toEqual([false, true, true]);
    expect(await bans.isBanned('10.9.0.3')).toMatchObject({ banned: false, allowed: { reason: 'me' } });
    expect(await bans.disallow('10.9.0.3')).toBe(true);
    expect(GUEST.map(passes)).toEqual([false, false, true]);
  });

  test('end by themselves, and are told of', async () => {
    const bans = await opened();
    const told: string[] = [];
    for (const event of ['ban', 'expire', 'unban'] as const)
      bans.on(event, ({ address }) => told.push(`${event} ${address}`));
    const ended = new Promise((resolve) => bans.on('expire', resolve));
    await bans.ban('10.9.0.2', { for: 1 });
    await bans.ban('10.9.0.3', { for: 100 });
    expect(passes('10.9.0.2')).toBe(false);
    await ended;
    while (saved().includes('10.9.0.2')) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(passes('10.9.0.2')).toBe(true);
    await bans.unban('10.9.0.3');
    expect(told).toEqual(['ban 10.9.0.2', 'ban 10.9.0.3', 'expire 10.9.0.2', 'unban 10.9.0.3']);
  });

  test('end connections that are there, and no others', async () => {
    const bans = await opened();
    firewalls.ipv4.table('filter').chain('INPUT').appendSync('-m conntrack --ctstate ESTABLISHED -j ACCEPT');
    for (const from of ['10.9.0.2', '10.9.0.3'])
      guest!.execSync('python3', [
        '-c',
        `import socket; s = socket.socket(2, 2); s.bind(('${from}', 0)); s.sendto(b'x', ('10.9.0.1', 9))`,
      ]);
    const tracked = () =>
      host!
        .execSync('conntrack', ['-L'])
        .stdout.match(/src=10\.9\.0\.[23](?= dst=10\.9\.0\.1 )/g)
        ?.sort();
    expect(tracked()).toEqual(['src=10.9.0.2', 'src=10.9.0.3']);
    await bans.ban('10.9.0.2');
    expect(tracked()).toEqual(['src=10.9.0.3']);
    await bans.ban('10.9.0.3', { ports: [[100, 200]] });
    expect(tracked()).toEqual(['src=10.9.0.3']);
    await bans.ban('10.9.0.0/24', { ports: [9] });
    expect(tracked()).toBeUndefined();
  });

  for (const uses of ['ip_set', 'rules'] as const)
    test(`let nothing more through of a conversation (${uses})`, async () => {
      const bans = await opened({ uses });
      // As firewalls begin: what is established passes.
      firewalls.ipv4.table('filter').chain('INPUT').appendSync('-m conntrack --ctstate ESTABLISHED -j ACCEPT');
      const python = (netns: Netns, code: string) => {
        const child = spawn('nsenter', [`--net=${netns.path}`, 'python3', '-uc', code], { timeout: 20_000 });
        const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
        return { child, line: async () => (await lines.next()).value as string | undefined };
      };
      const server = python(
        host!,
        `import socket
s = socket.socket(); s.setsockopt(1, 2, 1); s.bind(('10.9.0.1', 7)); s.listen(); print('listening')
for _ in range(2):
  c, a = s.accept(); c.settimeout(1.5)
  try:
    while True: print(a[0], c.recv(9).decode())
  except TimeoutError: print(a[0], 'is silent')`,
      );
      expect(await server.line()).toBe('listening');
      const talk = async (from: string) => {
        const client = python(
          guest!,
          `import socket
s = socket.create_connection(('10.9.0.1', 7), 5, ('${from}', 0)); s.send(b'before'); input(); s.send(b'after'); input()`,
        );
        expect(await server.line()).toBe(`${from} before`);
        await bans.ban('10.9.0.2');
        client.child.stdin.write('\n');
        const said = [await server.line()];
        if (said[0] === `${from} after`) said.push(await server.line());
        client.child.stdin.end('\n');
        return said;
      };
      expect(await talk('10.9.0.2')).toEqual(['10.9.0.2 is silent']);
      expect(await talk('10.9.0.3')).toEqual(['10.9.0.3 after', '10.9.0.3 is silent']);
    });

  test('keep away what their ports and their direction say', async () => {
    const bans = await opened();
    await bans.ban('10.9.0.2', { ports: [80, [8000, 8001]] });
    expect(passes('10.9.0.2')).toBe(true);
    expect(saved().match(/^add bans-ports4 .*$/gm)).toHaveLength(6);
    await bans.ban('10.9.0.3', { direction: 'out' });
    expect(passes('10.9.0.3')).toBe(false); // its answer doesn't leave
    expect(saved()).toMatch(/^add bans-out4 10\.9\.0\.3 /m);
    await bans.unban('10.9.0.2-10.9.0.3');
    expect(saved()).not.toMatch(/^add /m);
  });

  test('are longer for who comes again, and fewer than there may be', async () => {
    const bans = await opened({ for: 10, limit: 3, recidive: { factor: 3, most: 60 } });
    const lengths: number[] = [];
    for (let i = 0; i < 4; i++) {
      const [ban] = await bans.ban('10.1.1.1');
      lengths.push((ban!.until! - ban!.since) / 1000);
    }
    expect(lengths).toEqual([10, 30, 60, 60]);
    await bans.ban('10.1.1.2-10.1.1.5');
    expect((await list(bans)).map(({ address }) => address).sort()).toEqual(
      ['10.1.1.2/31', '10.1.1.4/31'].concat('10.1.1.1').sort(),
    );
    await bans.ban('10.1.1.9');
    expect((await list(bans)).map(({ address }) => address)).not.toContain('10.1.1.1');
  });

  test('outlive the sets, and a process that is killed', async () => {
    const journal = join(temporaryFolder('bans'), 'journal');
    const first = await opened({ journal });
    await first.ban('10.9.0.2', { for: '1h', reason: 'x' });
    await first.ban('10.9.0.3', { for: '1h' });
    await first.ban('fd09::2', { for: 1 });
    await first.allow('10.9.0.9');
    await first.unban('10.9.0.3');
    await first.remove();
    expect(host!.execSync('ipset', ['list', '-n']).stdout).toBe('');
    expect(GUEST.map(passes)).toEqual([true, true, true]);
    // The half of a line, as a killed process leaves it, and one that somebody else has written.
    writeFileSync(journal, `${readFileSync(journal, 'utf8')}nonsense\n{"ban":{"addr`);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const second = await opened({ journal });
    expect(GUEST.map(passes)).toEqual([false, true, true]);
    expect(await second.isBanned('10.9.0.2')).toMatchObject({ ban: { reason: 'x' } });
    expect(second.allowed()).toMatchObject([{ address: '10.9.0.9' }]);
    await second.ban('10.9.0.3');
    await second.close();
    const third = await opened({ journal });
    expect(GUEST.map(passes)).toEqual([false, false, true]);
    await expect(second.ban('10.9.0.3')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    void third;
  });

  test('keep away what their ports, protocol and direction say, and let pass the same', async () => {
    const bans = await opened();
    await bans.ban('10.9.0.2', { ports: [9], protocol: 'udp' });
    await bans.ban('10.9.0.3', { ports: [[7, 9]], direction: 'out' });
    await bans.allow('10.9.0.2', { ports: [8], protocol: 'tcp' });
    expect(
      saved()
        .match(/^add .*/gm)
        ?.map((line) => line.split(' ').slice(1, 3).join(' '))
        .sort(),
    ).toEqual([
      'bans-allow-ports4 10.9.0.2,tcp:8',
      'bans-out-ports4 10.9.0.3,tcp:7',
      'bans-out-ports4 10.9.0.3,tcp:8',
      'bans-out-ports4 10.9.0.3,tcp:9',
      'bans-out-ports4 10.9.0.3,udp:7',
      'bans-out-ports4 10.9.0.3,udp:8',
      'bans-out-ports4 10.9.0.3,udp:9',
      'bans-ports4 10.9.0.2,udp:9',
    ]);
    expect(GUEST.map(passes)).toEqual([true, true, true]);
    const sends = (port: number) =>
      host!.execSync('python3', ['-c', `import socket; socket.socket(2, 2).sendto(b'x', ('10.9.0.3', ${port}))`])
        .status;
    expect([sends(9), sends(10)]).toEqual([1, 0]); // EPERM: it doesn't leave
    expect((await list(bans)).map(({ address, hits }) => [address, hits?.packets])).toEqual([
      ['10.9.0.2', 0n],
      ['10.9.0.3', 1n],
    ]);
    expect(await bans.disallow('10.9.0.2')).toBe(true);
    expect(await bans.unban('10.9.0.0/24')).toBe(true);
    expect(saved()).not.toMatch(/^add /m);
  });

  test('end with the last of those that have something in common', async () => {
    const bans = await opened();
    await bans.ban('10.9.0.2', { direction: 'both' });
    await bans.ban('10.9.0.2', { for: 1, reason: 'shorter' });
    await bans.ban('10.9.0.3', { for: 100, ports: [[79, 81]] });
    await bans.ban('10.9.0.3', { for: 1, ports: [80], direction: 'both' });
    const ended = new Promise<void>((resolve) => {
      let left = 2;
      bans.on('expire', () => --left || resolve());
    });
    await ended;
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(passes('10.9.0.2')).toBe(false);
    expect(saved()).toMatch(/^add bans-ports4 10\.9\.0\.3,tcp:80 timeout \d\d /m);
    expect(saved()).not.toMatch(/^add bans-out-ports4/m);
  });

  test('are looked for in all networks around an address', async () => {
    const bans = await opened();
    await bans.ban('10.9.0.0/24', { reason: 'all' });
    await bans.ban('10.9.0.2', { ports: [1], reason: 'one' });
    expect(await bans.isBanned('10.9.0.2')).toMatchObject({ banned: true, ban: { reason: 'all' } });
    expect(await bans.unban('10.9.0.3')).toBe(false);
    expect(passes('10.9.0.3')).toBe(false);
    await bans.allow('10.9.0.0/25');
    await bans.allow('10.9.0.2', { ports: [1] });
    expect(await bans.isBanned('10.9.0.2')).toMatchObject({ banned: false, allowed: { address: '10.9.0.0/25' } });
    expect(passes('10.9.0.2')).toBe(true);
  });

  test('have room for more than they had when they were made', async () => {
    const first = await opened({ limit: 10 });
    await first.ban('10.9.0.2', { for: '1h', reason: 'x' });
    await first.close();
    const second = await opened({ limit: 100_000 });
    expect(saved()).toMatch(/^create bans4 .* maxelem 165536 /m);
    expect(saved()).toMatch(/^add bans4 10\.9\.0\.2 timeout \d+ .*comment "x"/m);
    expect(passes('10.9.0.2')).toBe(false);
    await second.close();
    await opened({ limit: 10 });
    host!.execSync('ipset', ['create', 'mine4', 'hash:net', 'counters']);
    await expect(Bans.open(firewalls.ipv4, { name: 'mine' })).rejects.toMatchObject({
      code: 'ERR_SET_EXISTS',
      message: 'Cannot keep bans in set mine4: its timeout is not 0',
    });
    host!.execSync('ipset', ['destroy', 'mine4']);
  });

  test('are known to all who share their journal', async () => {
    const journal = join(temporaryFolder('shared'), 'journal');
    const [service, command] = [await opened({ journal }), await opened({ journal })];
    await service.ban('10.9.0.2', { reason: 'service' });
    await command.ban('10.9.0.3', { reason: 'command' });
    await command.unban('10.9.0.2');
    await service.ban('10.9.0.9');
    expect(await service.isBanned('10.9.0.3')).toMatchObject({ ban: { reason: 'command' } });
    expect(await service.isBanned('10.9.0.2')).toEqual({ banned: false });
    // More than is so: the service writes it anew.
    for (let i = 0; i < 12; i++) await Promise.all(Array.from({ length: 100 }, () => service.ban('10.9.0.9')));
    expect(readFileSync(journal, 'utf8').split('\n').length).toBeLessThan(1000);
    await command.ban('10.9.0.8');
    await service.close();
    await command.close();
    const third = await opened({ journal });
    expect((await list(third)).map(({ address }) => address).sort()).toEqual(['10.9.0.3', '10.9.0.8', '10.9.0.9']);
  });

  test('come from lists and go into them, all or nothing', async () => {
    const bans = await opened({ for: '1h' });
    await expect(bans.import('10.9.0.2\n10.9.0.300\n')).rejects.toMatchObject({ code: 'ERR_BAD_TEXT', line: 2 });
    expect(saved()).not.toMatch(/^add /m);
    const ended = '10.9.0.9 \t2024-01-31 12:00:00 + 600 = 2024-01-31 12:10:00\n';
    expect(await bans.import(ended)).toEqual({ banned: 0, allowed: 0, ended: 1, skipped: [] });
    expect(await bans.import('10.9.0.2 # bad\ntcp|in|d=9|s=10.9.0.3\n', { format: 'csf' })).toMatchObject({
      banned: 2,
    });
    await bans.import('fd09::2', { as: 'allow', reason: 'us' });
    expect(GUEST.map(passes)).toEqual([false, true, true]);
    const text = await bans.export();
    expect(JSON.parse(text)).toMatchObject({
      bans: [
        { address: '10.9.0.2', reason: 'bad', direction: 'both', hits: { packets: 1 } },
        { address: '10.9.0.3', ports: [9], protocol: 'tcp' },
      ],
      allowed: [{ address: 'fd09::2', reason: 'us' }],
    });
    const sets = await bans.export({ format: 'ipset' });
    await bans.remove();
    // Read by ipset itself, and taken for what is there.
    expect(host!.execSync('ipset', ['restore'], { input: sets })).toMatchObject({ status: 0, stderr: '' });
    const again = await opened();
    expect(GUEST.map(passes)).toEqual([false, true, true]);
    expect((await list(again)).map(({ address, direction }) => [address, direction])).toEqual([
      ['10.9.0.2', 'both'],
      ['10.9.0.3', 'in'],
    ]);
    await again.unban('10.9.0.0/24');
    await again.import(text);
    expect(GUEST.map(passes)).toEqual([false, true, true]);
  });

  test('are beside lists that are replaced as a whole, or stay as they were', async () => {
    const bans = await opened();
    const file = join(temporaryFolder('list'), 'drop.txt');
    const drop = bans.blocklist('drop');
    writeFileSync(file, '; of others\n10.9.0.2/31 ; x\n10.9.0.0/31\nfd09::/64\n');
    expect(await drop.refresh(file)).toEqual({ ipv4: 1, ipv6: 1 });
    expect(GUEST.map(passes)).toEqual([false, false, false]);
    expect(await bans.isBanned('10.9.0.3')).toEqual({ banned: true, list: 'drop' });
    await bans.allow('10.9.0.3');
    expect(GUEST.map(passes)).toEqual([false, true, false]);
    const before = saved();
    writeFileSync(file, '10.1.0.0/16\nnonsense\n');
    await expect(drop.refresh(file)).rejects.toMatchObject({ code: 'ERR_BAD_TEXT', line: 2, file });
    await expect(drop.replace('tcp|in|d=9|s=10.9.0.3')).rejects.toMatchObject({ code: 'ERR_BAD_TEXT', line: 1 });
    expect(saved().replace(/packets \d+ bytes \d+ ?/g, '')).toBe(before.replace(/packets \d+ bytes \d+ ?/g, ''));
    expect(await list(bans)).toEqual([]);
    writeFileSync(file, '10.1.0.0/16\n');
    await drop.refresh(file);
    expect(GUEST.map(passes)).toEqual([true, true, true]);
    expect(await bans.unban('10.1.1.1')).toBe(false); // it's the list's
    const other = bans.blocklist('other');
    await other.replace('10.9.0.2');
    expect([await drop.remove(), await drop.remove()]).toEqual([true, false]);
    expect(passes('10.9.0.2')).toBe(false);
    await bans.remove();
    expect(host!.execSync('ipset', ['list', '-n']).stdout).toBe('');
  });

  test('leave the rules of others as they are', async () => {
    const before =
      '-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n';
    firewalls.ipv4.table('filter').chain('INPUT').appendSync('-p tcp -m tcp --dport 22 -j ACCEPT');
    const bans = await opened({ name: 'mine', target: 'REJECT' });
    await opened({ name: 'mine', target: 'REJECT' });
    const rules = () => host!.execSync(commandOf('ipv4'), ['-S']).stdout;
    expect(rules().match(/-A INPUT .*/g)).toEqual(['-A INPUT -j mine', '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT']);
    expect(rules()).toContain('-A mine -m set --match-set mine4 src -j REJECT --reject-with icmp-port-unreachable');
    await bans.remove();
    expect(rules()).toBe(before);
  });
});
