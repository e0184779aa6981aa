/** Traces beside others, under load, and where their end comes from outside. */
import { Firewall, type IptcError } from '../../lib';
import { simulate, type TracedPacket, type TraceOptions, trace } from '../../lib/analysis';
import { NflogListener } from '../../lib/analysis/trace/nflog';
import { loggerOf } from '../../lib/analysis/trace/traced';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { Peer } from '../harness/peer';

const TEXT = `*raw
:OUTPUT ACCEPT
-A OUTPUT -p udp -m comment --comment "a first one"
COMMIT
*filter
:OUTPUT ACCEPT
-A OUTPUT -p udp --dport 5000 -j DROP
-A OUTPUT -p udp --dport 5001 -j DROP
COMMIT
`;

for (const backend of ['legacy', 'nft'] as const)
  describeWith(['netns', 'addon'], `a trace of ${backend} tables`, () => {
    let netns: Netns;
    let firewall: Firewall;
    let peer: Peer;
    let sending: NodeJS.Timeout;
    beforeEach(async () => {
      netns = new Netns();
      firewall = await Firewall.open({ namespace: netns.path, backend });
      await firewall.restore(TEXT);
      peer = new Peer(netns);
      sending = setInterval(() => {
        for (const port of [5000, 5001]) void peer.udp('127.0.0.1', port, { timeout: 100 }).catch(() => {});
      }, 150);
    });
    afterEach(async () => {
      clearInterval(sending);
      await peer.close();
      await firewall.close();
      netns.close();
    });
    const raw = async () => (await firewall.save({ tables: ['raw'] })).replace(/ \[\d+:\d+\]/g, '');
    const steps = async (port: number, options: TraceOptions): Promise<string[]> => {
      const told: string[] = [];
      for await (const { path, verdict } of trace(firewall, { port, protocol: 'udp' }, { within: 20_000, ...options }))
        told.push(`${path.map(({ step, rule }) => `${step}${rule ? '' : ' none'}`).join(' ')} ${verdict}`);
      return told;
    };
    const PATH = (number: number) => `raw:OUTPUT:rule:1 raw:OUTPUT:policy:2 none filter:OUTPUT:rule:${number} DROP`;

    test('tells the same where another one runs, or says that it is', async () => {
      const before = [await raw(), loggerOf(firewall.namespace, 'ipv4')];
      const first = steps(5000, { count: 8 });
      while (!(await raw()).includes('TRACE')) await new Promise((resolve) => setTimeout(resolve, 20));
      const second = await steps(5001, { count: 2 }).catch((error: IptcError) => error);
      if (backend === 'legacy') expect(second).toMatchObject({ code: 'ERR_BUSY' });
      else expect(second).toEqual([PATH(2), PATH(2)]);
      expect(await raw()).toContain('TRACE');
      expect(await first).toEqual(Array(8).fill(PATH(1)));
      expect([await raw(), loggerOf(firewall.namespace, 'ipv4')]).toEqual(before);
    });

    if (backend === 'legacy')
      test('leaves the log to whoever listens to it, and changes nothing', async () => {
        const before = [await raw(), loggerOf(firewall.namespace, 'ipv4')];
        const other = await NflogListener.open(netns.path, 'ipv6', 1 << 16);
        try {
          await expect(steps(5000, { count: 1 })).rejects.toMatchObject({ code: 'ERR_BUSY' });
          expect([await raw(), loggerOf(firewall.namespace, 'ipv4')]).toEqual(before);
        } finally {
          await other.close();
        }
      });

    test('keeps its rate, however much passes', async () => {
      const flood = netns.exec('ping', ['-f', '-q', '-w', '3', '127.0.0.1']);
      const told: TracedPacket[] = [];
      for await (const packet of trace(firewall, {}, { limit: '10/sec', within: 3000 })) told.push(packet);
      await flood;
      // The burst of 20, in each of two chains, and 10 a second; what passes lo both ways is told for each.
      expect(told.length).toBeGreaterThan(10);
      expect(told.length).toBeLessThan(4 * (20 + 10 * 5));
    });

    test('takes its rules away also where its firewall has been closed meanwhile', async () => {
      const other = await Firewall.open({ namespace: netns.path, backend });
      const [before, log] = [await raw(), loggerOf(firewall.namespace, 'ipv4')];
      for await (const _ of trace(other, { port: 5000 }, { count: 1, within: 20_000 })) await other.close();
      expect([await raw(), loggerOf(firewall.namespace, 'ipv4')]).toEqual([before, log]);
      await expect(trace(other, { port: 5000 }).next()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    });

    test('ends with its namespace, or in time', async () => {
      const began = performance.now();
      expect((await steps(9, { within: 300 })).length).toBe(0);
      expect(performance.now() - began).toBeLessThan(20_000);
      const abort = new AbortController();
      setTimeout(() => netns.close(), 200);
      setTimeout(() => abort.abort(), 600);
      await steps(5000, { signal: abort.signal });
    });

    test('knows the answer to a packet that nobody wants as RELATED, where that is told', async () => {
      await firewall.restore('*filter\n-A INPUT -m conntrack --ctstate RELATED -j ACCEPT\nCOMMIT\n');
      for await (const { packet, path } of trace(firewall, '-p icmp -i lo', { count: 1, within: 20_000 })) {
        expect(packet.icmpType).toBe('3/3');
        expect([undefined, 'RELATED']).toContain(packet.ctstate);
        const state = await firewall.table('filter').state();
        const { path: said, dependsOn } = simulate(state, packet);
        if (!dependsOn) expect(said.map(({ step }) => step)).toEqual(['filter:INPUT:rule:1']);
        expect(path.map(({ step }) => step)).toContain('filter:INPUT:rule:1');
      }
    });

    test('is refused before anything is changed', async () => {
      const before = await raw();
      for (const [code, filter, options] of [
        ['ERR_BAD_ARGUMENT', '-p udp -j DROP', {}],
        ['ERR_BAD_RULE', 'nonsense', {}],
        ['ERR_BAD_ARGUMENT', { port: 99999 }, {}],
        ['ERR_BAD_ARGUMENT', { address: 5 }, {}],
        ['ERR_BAD_ARGUMENT', { address: '2001:db8::1' }, {}],
        ['ERR_BAD_RULE', { protocol: 'icmp', port: 5 }, {}],
        ['ERR_BAD_RULE', { bogus: 1 }, {}],
        ['ERR_BAD_ARGUMENT', { address: '1.2.3.4', bogus: 1 }, {}],
        ['ERR_BAD_ARGUMENT', { inInterface: 'lo', outInterface: 'eth0' }, {}],
        ['ERR_BAD_ARGUMENT', null, {}],
        ['ERR_BAD_RULE', { port: 5000 }, { limit: '0/sec' }],
      ] as const)
        expect(() => trace(firewall, filter as never, options)).toThrow(expect.objectContaining({ code }));
      expect(await raw()).toBe(before);
    });
  });
