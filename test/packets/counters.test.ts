import { Firewall } from '../../lib';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns, vethPair } from '../harness/netns';
import { Peer } from '../harness/peer';

const host = { ipv4: ['192.0.2.1', '192.0.2.2'], ipv6: ['2001:db8::1', '2001:db8::2'] } as const;

for (const family of ['ipv4', 'ipv6'] as const) {
  describeWith(['netns', 'addon'], `counters of ${family} under traffic`, () => {
    let here: Netns;
    let there: Netns;
    let client: Peer;
    let firewall: Firewall<'ipv4' | 'ipv6'>;
    const [server, guest] = host[family];

    beforeAll(async () => {
      [here, there] = [new Netns(), new Netns()];
      const bits = family === 'ipv4' ? 24 : 64;
      vethPair(
        { netns: here, device: 'eth0', addresses: [`${server}/${bits}`] },
        { netns: there, device: 'eth0', addresses: [`${guest}/${bits}`] },
      );
      client = new Peer(there);
      firewall = await Firewall.open({ family, namespace: here.path });
      const input = firewall.table('filter').chain('INPUT');
      await input.append({ protocol: 'udp', match: [{ udp: { dport: 1000 } }] });
      await input.append({ protocol: 'udp', match: [{ udp: { dport: 1000 } }], target: 'DROP' });
      await input.setPolicy('DROP');
    });
    afterAll(async () => {
      client.close();
      await firewall.close();
      here.close();
      there.close();
    });

    /** Datagrams that nobody answers; each is one packet. */
    const send = (port: number, count: number) =>
      Promise.all(Array.from({ length: count }, () => client.udp(server, port, { timeout: 200 })));

    test('an edit elsewhere loses and adds no packet, of a rule or of a policy', async () => {
      const { filter, before } = {
        filter: firewall.table('filter'),
        before: await firewall.table('filter').chain('INPUT').state(),
      };
      let over = false;
      const traffic = Promise.all([send(1000, 150), send(2000, 150)]).then(() => {
        over = true;
      });
      let edits = 0;
      while (!over) {
        await filter.chain('FORWARD').append({ protocol: 200, target: 'ACCEPT' });
        if (++edits % 50 === 0) await filter.chain('FORWARD').flush();
      }
      await traffic;
      const after = await filter.chain('INPUT').state();
      const counted = (i: number) => after.rules[i]!.counters.packets - before.rules[i]!.counters.packets;
      expect(edits).toBeGreaterThan(10);
      expect([counted(0), counted(1)]).toEqual([150n, 150n]);
      // Whatever else the kernel sends by itself (IPv6's neighbours) meets the policy too, but nothing may be missing.
      const policy = after.counters.packets - before.counters.packets;
      expect(Number(policy)).toBeGreaterThanOrEqual(150);
      expect(Number(policy)).toBeLessThan(150 + (family === 'ipv4' ? 1 : 40));
    });

    test('a policy that is set begins at zero, the others keep theirs', async () => {
      const filter = firewall.table('filter');
      await filter.chain('FORWARD').setPolicy('DROP');
      expect((await filter.chain('INPUT').state()).counters.packets).toBeGreaterThan(0n);
      await filter.chain('INPUT').setPolicy('DROP');
      const { counters } = await filter.chain('INPUT').state();
      expect(Number(counters.packets)).toBeLessThan(10);
    });

    test('a rule that stays keeps its counters through every edit of its neighbours', async () => {
      const input = firewall.table('filter').chain('INPUT');
      const [before] = await input.list();
      expect(before!.counters.packets).toBeGreaterThan(0n);
      await input.insert('-p 200', 1);
      await input.delete(3);
      await input.append('-p 201');
      await input.replace(1, '-p 202');
      expect((await input.list())[1]!.counters).toEqual(before!.counters);
    });
  });
}
