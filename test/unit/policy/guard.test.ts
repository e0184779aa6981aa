import { Firewall } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { apply, type Flow } from '../../../lib/policy';
import { describe, expect, test } from '../../harness';

const SSH: Flow = { from: { address: '192.0.2.1', port: 50_000 }, to: { address: '192.0.2.2', port: 22 } };

async function open(text = '*filter\n-A INPUT -s 192.0.2.9 -j DROP\nCOMMIT\n', family: 'ipv4' | 'ipv6' = 'ipv4') {
  const backend = new MemoryBackend(family);
  const firewall = await Firewall.open({ backend, family: family as 'ipv4' });
  await firewall.restore(text);
  return { backend, firewall, saved: () => firewall.save({ tables: ['filter', 'mangle'] }) };
}
const filter = (...lines: readonly string[]) => `*filter\n${lines.join('\n')}\nCOMMIT\n`;
const cut = (line: string) => expect.objectContaining({ code: 'ERR_LOCKOUT', message: expect.stringContaining(line) });
const guard = { confirmWithin: 20_000 };

describe('what a guarded change preserves', () => {
  const allowed: Record<string, readonly string[]> = {
    'accepted by its port': [':INPUT DROP', '-A INPUT -p tcp --dport 22 -j ACCEPT'],
    'accepted by its state': [
      ':INPUT DROP',
      '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A INPUT -p tcp --syn --dport 22 -j DROP',
    ],
    'accepted by a chain': [
      ':INPUT DROP',
      ':in -',
      '-A INPUT -i eth0 -j in',
      '-A in -s 192.0.2.0/24 -j ACCEPT',
      '-A in -j DROP',
    ],
    'returned by a chain': [
      ':in -',
      '-A INPUT -j in',
      '-A in -p tcp -m multiport --dports 22,80 -j RETURN',
      '-A in -j DROP',
    ],
    'accepted perhaps': [
      ':INPUT DROP',
      '-A INPUT -m set --match-set friends src -j ACCEPT'.replace('-m set --match-set friends src', '-m mark --mark 1'),
    ],
    'dropped perhaps': ['-A INPUT -m limit --limit 1/min -j DROP'],
    'dropped before its connection is known, perhaps': [
      'COMMIT',
      '*raw',
      '-A PREROUTING -m conntrack --ctstate ESTABLISHED -j DROP',
    ],
    'in a range that is not its': ['-A INPUT -m iprange --src-range 192.0.2.2-192.0.2.7 -j DROP'],
    'of another protocol': ['-A INPUT -p udp -j DROP'],
    'of another address': ['-A INPUT ! -s 192.0.2.1 -j DROP'],
    'of another interface': ['-A INPUT -i lo -j DROP', '-A FORWARD -j DROP'],
    logged: ['-A INPUT -j LOG', '-A INPUT -j MARK --set-mark 1'],
    'past a goto': [':in -', '-A INPUT -g in', '-A INPUT -j DROP'],
  };
  test.each(Object.entries(allowed))('may be %s', async (_, lines) => {
    const { firewall } = await open();
    const change = await apply(firewall, filter(...lines), { guard: { ...guard, preserve: [SSH] } });
    expect(await change.confirm()).toBe(true);
  });

  const refused: Record<string, readonly [string, ...string[]]> = {
    'by a rule': ['-A INPUT -p tcp -m tcp --dport 22 -j DROP', '-A INPUT -p tcp --dport 22 -j DROP'],
    'by a rule for all': ['-A INPUT -j REJECT', '-A INPUT -j REJECT'],
    'by a policy': [':INPUT DROP', ':INPUT DROP'],
    'of its answers': ['-A OUTPUT -p tcp -m tcp --sport 22 -j DROP', '-A OUTPUT -p tcp --sport 22 -j DROP'],
    'in a chain': [
      '-A in -m conntrack --ctstate ESTABLISHED -j DROP',
      ':in -',
      '-A INPUT -j in',
      '-A in -m conntrack --ctstate ESTABLISHED -j DROP',
    ],
    'by what comes behind others': [
      '-A INPUT ! -i lo -j DROP',
      '-A INPUT -i lo -j ACCEPT',
      '-A INPUT -p tcp --dport 80 -j ACCEPT',
      '-A INPUT ! -i lo -j DROP',
    ],
    'by what a match means': [
      '-A INPUT -m iprange --src-range 192.0.2.0-192.0.2.7 -m addrtype --dst-type LOCAL -j DROP',
      '-A INPUT -m iprange --src-range 192.0.2.8-192.0.2.9 -j ACCEPT',
      '-A INPUT -m addrtype ! --dst-type LOCAL -j ACCEPT',
      '-A INPUT -m iprange --src-range 192.0.2.0-192.0.2.7 -m addrtype --dst-type LOCAL -j DROP',
    ],
    'by the flags that its segments have': [
      '-A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j DROP',
      '-A INPUT -p tcp ! --syn -j DROP',
    ],
    'past a goto of a chain that lets it out': [
      ':INPUT DROP',
      ':INPUT DROP',
      ':in -',
      '-A INPUT -g in',
      '-A INPUT -j ACCEPT',
    ],
  };
  test.each(Object.entries(refused))('is refused where it would be cut: %s', async (_, [line, ...lines]) => {
    const { firewall, saved } = await open();
    const before = await saved();
    await expect(apply(firewall, filter(...lines), { guard: { ...guard, preserve: [SSH] } })).rejects.toEqual(
      cut(line),
    );
    expect(await saved()).toBe(before);
    const forced = await apply(firewall, filter(...lines), { guard: { ...guard, preserve: [SSH], force: true } });
    expect(await forced.confirm()).toBe(true);
    // What is cut already can be cut once more.
    await (
      await apply(firewall, filter(...lines, '-A FORWARD -j DROP'), { guard: { ...guard, preserve: [SSH] } })
    ).confirm();
  });
  test('is refused in other tables, too', async () => {
    const { firewall } = await open();
    const drop = { mangle: { PREROUTING: { rules: ['-s 192.0.2.0/30 -j DROP'] } } } as const;
    await expect(apply(firewall, drop, { guard: { ...guard, preserve: [SSH] } })).rejects.toEqual(
      cut('-A PREROUTING -s 192.0.2.0/30 -j DROP'),
    );
  });
  const TABLES: Record<string, readonly [string, string]> = {
    'by a mark': [
      '-A INPUT -m mark --mark 0x7 -j DROP',
      '*mangle\n-A PREROUTING -p tcp --dport 22 -j MARK --set-mark 7\nCOMMIT\n*filter\n-A INPUT -m mark --mark 7 -j DROP\nCOMMIT\n',
    ],
    'by not being tracked': [
      ':INPUT DROP',
      '*raw\n-A PREROUTING -p tcp -j CT --notrack\nCOMMIT\n*filter\n:INPUT DROP\n-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\nCOMMIT\n',
    ],
    'by a mark of its answers': [
      '-A OUTPUT -m mark --mark 0x1/0x1 -j REJECT --reject-with icmp-port-unreachable',
      '*mangle\n-A OUTPUT -p tcp -m multiport --sports 22,80 -j MARK --or-mark 1\nCOMMIT\n*filter\n-A OUTPUT -m mark --mark 1/1 -j REJECT\nCOMMIT\n',
    ],
  };
  test.each(Object.entries(TABLES))('is refused where several tables would cut it: %s', async (_, [line, text]) => {
    const { firewall } = await open();
    await expect(apply(firewall, text, { guard: { ...guard, preserve: [SSH] } })).rejects.toEqual(cut(line));
    const other: Flow = { ...SSH, protocol: 'udp', to: { address: '192.0.2.2', port: 53 } };
    const preserve = line.startsWith(':') ? [] : [other];
    await (await apply(firewall, text, { guard: { ...guard, preserve } })).confirm();
  });
  test('is refused where a table cuts it by what another one does that stays as it is', async () => {
    const { firewall } = await open(filter(':INPUT DROP', '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT'));
    const untracked = { raw: { PREROUTING: { rules: ['-p tcp -j CT --notrack'] } } } as const;
    await expect(apply(firewall, untracked, { guard: { ...guard, preserve: [SSH] } })).rejects.toEqual(
      cut(':INPUT DROP'),
    );
    await firewall.table('filter').chain('INPUT').append('-m conntrack --ctstate UNTRACKED -j ACCEPT');
    await (await apply(firewall, untracked, { guard: { ...guard, preserve: [SSH] } })).confirm();
  });
  const NEIGHBOURS: Record<string, readonly [boolean, ...string[]]> = {
    'by their state, which they have not': [false, '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT'],
    'by one type of the two': [
      false,
      '-A INPUT -p tcp -j ACCEPT',
      '-A INPUT -p ipv6-icmp --icmpv6-type neighbour-solicitation -j ACCEPT',
    ],
    'by both types': [
      true,
      '-A INPUT -p tcp -j ACCEPT',
      '-A INPUT -p ipv6-icmp --icmpv6-type neighbour-solicitation -m hl --hl-eq 255 -j ACCEPT',
      '-A INPUT -p ipv6-icmp --icmpv6-type neighbour-advertisement -m hl --hl-eq 255 -j ACCEPT',
    ],
    'by addresses that may be theirs': [true, '-A INPUT -p tcp -j ACCEPT', '-A INPUT -s fe80::/10 -j ACCEPT'],
    'by what is not tracked': [
      true,
      '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT',
      '-A INPUT -m conntrack --ctstate UNTRACKED -j ACCEPT',
    ],
  };
  test.each(Object.entries(NEIGHBOURS))('lets IPv6 find its neighbours: %s', async (_, [found, ...lines]) => {
    const { firewall } = await open('*filter\nCOMMIT\n', 'ipv6');
    const flow: Flow = { from: { address: 'fd00::1', port: 5 }, to: { address: 'fd00::2', port: 22 } };
    const change = (...preserve: Flow[]) =>
      apply(firewall, filter(':INPUT DROP', ...lines), { guard: { ...guard, preserve } });
    if (!found) {
      await expect(change(flow)).rejects.toMatchObject({
        code: 'ERR_LOCKOUT',
        message: expect.stringMatching(
          /it would cut neighbour discovery \(ICMPv6 type 13[56]\), .*\[fd00::1\]:5.*: :INPUT DROP$/,
        ),
      });
      // No connection, no need.
      await (await change()).revert();
    } else expect(await (await change(flow)).confirm()).toBe(true);
  });
  test('is loopback, new connections too, unless told', async () => {
    const { firewall } = await open();
    const lines = [
      ':INPUT DROP',
      '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT',
      '-A INPUT -p tcp --dport 22 -j ACCEPT',
    ];
    await expect(apply(firewall, filter(lines[0]!, lines[1]!), { guard })).rejects.toEqual(cut(':INPUT DROP'));
    await (await apply(firewall, filter(...lines, '-A INPUT -i lo -j ACCEPT'), { guard })).confirm();
  });
  test('may be of IPv6', async () => {
    const { firewall } = await open('*filter\nCOMMIT\n', 'ipv6');
    const flow: Flow = { from: { address: 'fd00::1', port: 5 }, to: { address: 'fd00::2', port: 22 } };
    const dropping = apply(firewall, filter('-A INPUT -s fd00::/64 -j DROP'), {
      guard: { ...guard, preserve: [flow] },
    });
    await expect(dropping).rejects.toEqual(cut('-A INPUT -s fd00::/64 -j DROP'));
  });
});

describe('a guarded change in memory', () => {
  const NEW = filter('-A INPUT -i lo -j ACCEPT');
  test('is taken back when its time is over', async () => {
    const { firewall, saved } = await open();
    const before = await saved();
    const change = await apply(firewall, NEW, { guard: { confirmWithin: 1 } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await change.confirm()).toBe(false);
    expect(await saved()).toBe(before);
  });
  test('is taken back when told, or when the probe says so, or throws', async () => {
    const { firewall, saved } = await open();
    const before = await saved();
    await (await apply(firewall, NEW, { guard })).revert();
    expect(await saved()).toBe(before);
    for (const probe of [() => false, () => Promise.reject(new Error('no answer'))]) {
      await expect(apply(firewall, NEW, { guard: { ...guard, probe } })).rejects.toMatchObject({
        code: 'ERR_NOT_CONFIRMED',
      });
      expect(await saved()).toBe(before);
    }
  });
  test('is taken back when the probe says nothing in time', async () => {
    const { firewall, saved } = await open();
    const before = await saved();
    const hanging = apply(firewall, NEW, { guard: { confirmWithin: 20, probe: () => new Promise<boolean>(() => {}) } });
    await expect(hanging).rejects.toMatchObject({
      code: 'ERR_NOT_CONFIRMED',
      message: expect.stringContaining('not confirmed within 20 ms'),
    });
    expect(await saved()).toBe(before);
  });
  test('is confirmed for good, or taken back for good, however often that is said', async () => {
    const { firewall, saved } = await open();
    const before = await saved();
    const kept = await apply(firewall, NEW, { guard: guard });
    const changed = await saved();
    expect(changed).not.toBe(before);
    expect(await Promise.all([kept.confirm(), kept.confirm()])).toEqual([true, true]);
    await expect(kept.revert()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    expect(await saved()).toBe(changed);
    const probed = await apply(firewall, filter('-A INPUT -p udp'), { guard: { ...guard, probe: () => true } });
    await expect(probed.revert()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    const undone = await apply(firewall, filter('-A INPUT -p tcp'), { guard });
    const there = await saved();
    await Promise.all([undone.revert(), undone.revert()]);
    expect(await saved()).not.toBe(there);
    expect(await undone.confirm()).toBe(false);
  });
  test('stays when the probe says so', async () => {
    const { firewall, saved } = await open();
    const change = await apply(firewall, NEW, {
      guard: { ...guard, probe: async () => (await saved()).includes('-i lo') },
    });
    expect(change.plan.changes.length).toBe(1);
    expect(await saved()).toContain('-A INPUT -i lo -j ACCEPT');
  });
});
