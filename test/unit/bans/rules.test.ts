/** Bans by rules alone, on tables in memory: what a packet from an address meets there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bans } from '../../../lib/bans';
import { placeOf } from '../../../lib/bans/address';
import { isSame } from '../../../lib/bans/join';
import { netOf } from '../../../lib/bans/rules/tree';
import { Firewall } from '../../../lib/index';
import type { TableState } from '../../../lib/table/state';
import { MemoryBackend } from '../../../lib/testing';
import { describe, expect, test } from '../../harness';
import { temporaryFolder } from '../../harness/temporary';

const opened = async () => {
  const backend = { ipv4: new MemoryBackend('ipv4'), ipv6: new MemoryBackend('ipv6') };
  const ipv4 = await Firewall.open({ family: 'ipv4', backend: backend.ipv4 });
  const ipv6 = await Firewall.open({ family: 'ipv6', backend: backend.ipv6 });
  return { ipv4, ipv6 };
};

/** How many rules a packet passes, from INPUT on, and what becomes of it. */
function passing(
  state: TableState,
  address: string,
  port?: number,
  chain = 'INPUT',
): { rules: number; verdict: string } {
  const from = netOf(placeOf(address));
  let rules = 0;
  const walk = (name: string): string | undefined => {
    for (const rule of state.chain(name)!.rules) {
      rules++;
      const {
        source,
        protocol,
        match = [],
        target,
      } = rule as unknown as Record<string, unknown> & { match: Record<string, Record<string, unknown>>[] };
      if (typeof source === 'string') {
        const net = netOf(placeOf(source));
        if (net.family !== from.family || !isSame(net.bytes, from.bytes, net.bits)) continue;
      }
      if (protocol !== undefined && protocol !== 'tcp') continue;
      const fits = match.every(({ multiport, time }) => {
        if (time && Date.parse(`${time.datestop}Z`) + 1000 <= Date.now()) return false;
        if (!multiport) return true;
        return (multiport.dports as (number | [number, number])[]).some((each) =>
          typeof each === 'number' ? each === port : port !== undefined && each[0] <= port && port <= each[1],
        );
      });
      if (!fits) continue;
      if (target === 'DROP' || target === 'ACCEPT') return target;
      if (target === 'RETURN') return undefined;
      if (typeof target === 'object') return walk((target as { goto: string }).goto);
      const verdict = walk(target as string);
      if (verdict) return verdict;
    }
    return undefined;
  };
  const verdict = walk(chain) ?? state.chain(chain)!.policy!;
  return { rules, verdict };
}

const ipv4 = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');

describe('bans by rules', () => {
  test('keep away whom they name, in few rules, and nobody else', async () => {
    const firewalls = await opened();
    const bans = await Bans.open(firewalls, { uses: 'rules' });
    expect(bans.uses).toBe('rules');
    let seed = 5;
    const next = () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0);
    const count = Number(process.env.BANS ?? 3000);
    const banned = new Set<string>();
    for (let i = 0; i < count; i++)
      banned.add(i % 3 === 0 ? ipv4(0x0a000000 + i) : i % 50 === 1 ? placeOf(`${ipv4(next())}/28`).text : ipv4(next()));
    await bans.import([...banned].join('\n'));
    await bans.import('2001:db8::1\n2001:db9::/32');
    const state = (await firewalls.ipv4.table('filter').state()) as TableState;
    let most = 0;
    for (const text of banned) {
      const { rules, verdict } = passing(state, text.split('/')[0]!);
      most = Math.max(most, rules);
      expect(verdict).toBe('DROP');
    }
    const nets = [...banned].map((text) => netOf(placeOf(text)));
    for (let i = 0; i < 500; i++) {
      const address = ipv4(i % 2 === 0 ? next() : 0x0a000000 + (next() % (2 * count)));
      const { rules, verdict } = passing(state, address);
      most = Math.max(most, rules);
      const from = netOf(placeOf(address));
      expect([address, verdict]).toEqual([
        address,
        nets.some((net) => isSame(net.bytes, from.bytes, net.bits)) ? 'DROP' : 'ACCEPT',
      ]);
    }
    expect(most).toBeLessThanOrEqual(40);
    const six = (await firewalls.ipv6.table('filter').state()) as TableState;
    expect(['2001:db8::1', '2001:db8::2', '2001:db9:1::1'].map((address) => passing(six, address).verdict)).toEqual([
      'DROP',
      'ACCEPT',
      'DROP',
    ]);
    await bans.close();
  });

  test('end by themselves, let pass who is allowed, and know ports and directions', async () => {
    const firewalls = await opened();
    const bans = await Bans.open(firewalls, { uses: 'rules', target: 'DROP' });
    const verdict = async (address: string, port?: number) =>
      passing((await firewalls.ipv4.table('filter').state()) as TableState, address, port).verdict;
    await bans.ban('10.0.0.0/8', { for: '1h', reason: 'a "b"' });
    await bans.ban('10.1.1.1', { for: 1 });
    await bans.ban('192.0.2.1', { ports: [22, [80, 90]], protocol: 'tcp' });
    await bans.ban('192.0.2.2', { direction: 'out', ports: Array.from({ length: 20 }, (_, i) => 2 * i) });
    await bans.allow('10.2.0.0/16');
    await bans.allow('10.3.0.1', { ports: [25] });
    expect(
      await Promise.all([
        verdict('10.9.9.9'),
        verdict('10.2.3.4'),
        verdict('10.3.0.1', 25),
        verdict('10.3.0.1', 26),
        verdict('192.0.2.1', 22),
        verdict('192.0.2.1', 85),
        verdict('192.0.2.1', 23),
        verdict('192.0.2.2', 2),
      ]),
    ).toEqual(['DROP', 'ACCEPT', 'ACCEPT', 'DROP', 'DROP', 'DROP', 'ACCEPT', 'ACCEPT']);
    const all = async () => {
      const found = [];
      for await (const ban of bans) found.push(ban);
      return found;
    };
    expect((await all()).map(({ address, hits, reason }) => [address, hits, reason])).toEqual([
      ['10.0.0.0/8', { packets: 0n, bytes: 0n }, 'a "b"'],
      ['10.1.1.1', { packets: 0n, bytes: 0n }, undefined],
      ['192.0.2.1', { packets: 0n, bytes: 0n }, undefined],
      ['192.0.2.2', { packets: 0n, bytes: 0n }, undefined],
    ]);
    await new Promise((resolve) => bans.on('expire', resolve));
    expect((await all()).map(({ address }) => address)).not.toContain('10.1.1.1');
    expect(await bans.isBanned('10.1.1.1')).toMatchObject({ banned: true, ban: { address: '10.0.0.0/8' } });
    await bans.unban('10.0.0.0/8');
    expect(await verdict('10.9.9.9')).toBe('ACCEPT');
    expect(await firewalls.ipv4.table('filter').save()).not.toContain('10.1.1.1');
    expect(await bans.disallow('10.2.0.0/16')).toBe(true);
    const list = bans.blocklist('drop');
    await list.replace('203.0.113.0/24');
    await list.replace('203.0.113.0/25\n198.51.100.1');
    expect(await Promise.all(['203.0.113.1', '203.0.113.200', '198.51.100.1'].map((each) => verdict(each)))).toEqual([
      'DROP',
      'ACCEPT',
      'DROP',
    ]);
    expect(await bans.isBanned('203.0.113.1')).toEqual({ banned: true, list: 'drop' });
    expect([await list.remove(), await list.remove()]).toEqual([true, false]);
    expect(await verdict('203.0.113.1')).toBe('ACCEPT');
    await bans.remove();
    expect(await firewalls.ipv4.table('filter').save()).toBe(
      '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n',
    );
  });

  test('have a journal that stays short while they come and go, and remembers who came before', async () => {
    const journal = join(temporaryFolder('rules'), 'journal');
    const options = { uses: 'rules', journal, for: '1h', recidive: {} } as const;
    const first = await Bans.open(await opened(), options);
    const addresses = Array.from({ length: 30 }, (_, i) => ipv4(0x0a000000 + i));
    for (let i = 0; i < 50; i++) {
      await Promise.all(addresses.map((address) => first.ban(address)));
      if (i % 10 === 9) await first.unban('10.0.0.0/8');
    }
    await first.ban('10.0.0.3');
    expect(readFileSync(journal, 'utf8').split('\n').length).toBeLessThan(1300); // of 1,651
    await first.close();
    const second = await Bans.open(await opened(), options);
    expect(await second.isBanned('10.0.0.3')).toMatchObject({ banned: true, ban: { times: 51 } });
    expect(await second.isBanned('10.0.0.4')).toEqual({ banned: false });
    expect((await second.ban('10.0.0.4'))[0]).toMatchObject({ times: 51 });
    await second.close();
  });

  test('are taken as they are, and survive others who ban by the same chains', async () => {
    const firewalls = await opened();
    const first = await Bans.open(firewalls, { uses: 'rules' });
    for (let i = 0; i < 60; i++) await first.ban(ipv4(0x0a000000 + i), { for: '1h', reason: `no ${i}` });
    const before = await firewalls.ipv4.table('filter').save();
    const second = await Bans.open(firewalls, { uses: 'rules' });
    expect(await firewalls.ipv4.table('filter').save()).toBe(before);
    for (let i = 60; i < 100; i++)
      await Promise.all([
        (i % 2 ? first : second).ban(ipv4(0x0a000000 + i)),
        i % 3 === 0 && second.ban(ipv4(0x0b000000 + i)),
      ]);
    const state = (await firewalls.ipv4.table('filter').state()) as TableState;
    for (let i = 0; i < 100; i++) expect([i, passing(state, ipv4(0x0a000000 + i)).verdict]).toEqual([i, 'DROP']);
    const found = new Map<string, string | undefined>();
    for await (const { address, reason } of second) found.set(address, reason);
    expect(found.size).toBe(114);
    expect(found.get('10.0.0.7')).toBe('no 7');
  });
});
