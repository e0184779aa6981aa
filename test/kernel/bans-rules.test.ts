/** Bans by rules alone, as the kernel sees them. */
import { type Ban, Bans, type BansOptions } from '../../lib/bans';
import { RuleBarrier } from '../../lib/bans/rules/barrier';
import { SetBarrier } from '../../lib/bans/set-barrier';
import { Firewall, IptcError } from '../../lib/index';
import { afterEach, beforeEach, describeWith, expect, test, vi } from '../harness';
import { Netns, vethPair } from '../harness/netns';

const GUEST = ['10.9.0.2', '10.9.0.3', 'fd09::2'] as const;

describeWith(['netns', 'addon', 'iptables', 'ping', 'conntrack'], 'bans by rules', () => {
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
    vi.restoreAllMocks();
    await Promise.all(open.map((bans) => bans.close()));
    await firewalls.ipv4.close();
    await firewalls.ipv6.close();
    host!.close();
    guest!.close();
  });
  const opened = async (options: BansOptions = { uses: 'rules' }) => {
    const bans = await Bans.open(firewalls, options);
    open.push(bans);
    return bans;
  };
  const passes = (from: string) =>
    guest!.execSync('ping', ['-c1', '-W1', '-I', from, from.includes(':') ? 'fd09::1' : '10.9.0.1']).status === 0;
  const list = async (bans: Bans) => {
    const all: Ban[] = [];
    for await (const ban of bans) all.push(ban);
    return all;
  };

  test('keep away whom they name among many, count, and let in again', async () => {
    const bans = await opened();
    await bans.import(
      Array.from({ length: 500 }, (_, i) => `10.${i % 7}.${i >> 3}.${i & 255}\n2001:db8::${i.toString(16)}`).join('\n'),
    );
    await bans.ban('10.9.0.2', { for: '1h', reason: 'a "test"' });
    await bans.ban('fd09::/64');
    expect(GUEST.map(passes)).toEqual([false, true, false]);
    await bans.ban('10.9.0.4'); // its chain is written anew
    const hits = { packets: 1n, bytes: 84n };
    expect((await list(bans)).find(({ address }) => address === '10.9.0.2')).toMatchObject({
      reason: 'a "test"',
      hits,
    });
    expect(await bans.unban('10.9.0.2')).toBe(true);
    await bans.allow('fd09::2');
    expect(GUEST.map(passes)).toEqual([true, true, true]);
    await bans.ban('10.9.0.3', { direction: 'out' });
    expect(GUEST.map(passes)).toEqual([true, false, true]);
    await bans.remove();
    expect(host!.execSync('iptables-legacy', ['-S']).stdout).not.toContain('bans');
  });

  test('end by the clock, when nobody looks any more', async () => {
    const bans = await opened();
    await bans.ban('10.9.0.2', { for: 3 });
    await bans.ban('10.9.0.3');
    await bans.close();
    expect(GUEST.map(passes)).toEqual([false, false, true]);
    const deadline = Date.now() + 20_000;
    while (!passes('10.9.0.2') && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 200));
    expect(GUEST.map(passes)).toEqual([true, false, true]);
    // Who comes next takes them as they are, without those that have ended.
    expect((await list(await opened())).map(({ address }) => address)).toEqual(['10.9.0.3']);
  });

  test('end connections that are there', async () => {
    firewalls.ipv4.table('filter').chain('INPUT').appendSync('-m conntrack --ctstate ESTABLISHED -j ACCEPT');
    const bans = await opened();
    guest!.execSync('python3', ['-c', `import socket; socket.socket(2, 2).sendto(b'x', ('10.9.0.1', 9))`]);
    expect(host!.execSync('conntrack', ['-L']).stdout).toContain('src=10.9.0.2');
    await bans.ban('10.9.0.2');
    expect(host!.execSync('conntrack', ['-L']).stdout).not.toContain('src=10.9.0.2');
  });

  test('are what is used where the kernel has no sets', async () => {
    const without = new IptcError('ERR_NO_SUPPORT', 'Cannot open sets: there are none');
    vi.spyOn(SetBarrier, 'open').mockRejectedValue(without);
    const made = vi.spyOn(RuleBarrier, 'open');
    expect((await opened({})).uses).toBe('rules');
    expect(made).toHaveBeenCalledTimes(2);
    await expect(opened({ uses: 'ip_set' })).rejects.toBe(without);
    vi.restoreAllMocks();
    expect((await opened({ name: 'other' })).uses).toBe('ip_set');
  });
});
