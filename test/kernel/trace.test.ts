/** What the kernel tells of live packets, and that nothing of the telling is left. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Firewall } from '../../lib';
import { simulate, type TracedPacket, trace } from '../../lib/analysis';
import { loggerOf } from '../../lib/analysis/trace/traced';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { Peer } from '../harness/peer';

for (const backend of ['legacy', 'nft'] as const)
  describeWith(['netns', 'addon'], `a trace of ${backend} tables`, () => {
    let netns: Netns;
    let firewall: Firewall;
    let peer: Peer;
    beforeEach(async () => {
      netns = new Netns();
      firewall = await Firewall.open({ namespace: netns.path, backend });
      await firewall.restore(
        '*filter\n:OUTPUT ACCEPT\n:W - [0:0]\n-A OUTPUT -p udp --dport 5000 -m comment --comment "to be seen" -j W\n-A W -p udp --dport 5000 -j DROP\nCOMMIT\n',
      );
      peer = new Peer(netns);
    });
    afterEach(async () => {
      await peer.close();
      await firewall.close();
      netns.close();
    });

    const raw = async () => (await firewall.save({ tables: ['raw'] })).replace(/ \[\d+:\d+\]/g, '');

    test('tells each step with its rule, as simulate does, and takes its rules away', async () => {
      const before = [await raw(), loggerOf(firewall.namespace, 'ipv4')];
      const found: TracedPacket[] = [];
      const send = setInterval(() => void peer.udp('127.0.0.1', 5000, { timeout: 100 }).catch(() => {}), 150);
      for await (const packet of trace(firewall, { port: 5000, protocol: 'udp' }, { count: 1, within: 20_000 }))
        found.push(packet);
      clearInterval(send);
      const [seen] = found;
      expect(seen).toMatchObject({ verdict: 'DROP', packet: { protocol: 'udp', dport: 5000, outInterface: 'lo' } });
      const steps = seen!.path.filter(({ table }) => table === 'filter');
      expect(steps.map(({ step }) => step)).toEqual(['filter:OUTPUT:rule:1', 'filter:W:rule:1']);
      expect(steps[0]).toMatchObject({ comment: 'to be seen', text: expect.stringContaining('--dport 5000') });
      const said = simulate(await firewall.table('filter').state(), seen!.packet);
      expect(said.path.map(({ step }) => step)).toEqual(steps.map(({ step }) => step));
      expect([await raw(), loggerOf(firewall.namespace, 'ipv4')]).toEqual(before);
    });

    if (backend === 'nft')
      test('tells each step with its rule where rules have come since', async () => {
        const send = setInterval(() => void peer.udp('127.0.0.1', 5000, { timeout: 100 }).catch(() => {}), 150);
        const output = firewall.table('filter').chain('OUTPUT');
        const steps: (readonly string[])[] = [];
        for await (const { path } of trace(firewall, { port: 5000, protocol: 'udp' }, { count: 40, within: 20_000 })) {
          const told = path.filter(({ chain, table }) => table === 'filter' && chain === 'OUTPUT');
          if (told.length === 0) continue;
          const before = steps.length;
          steps.push(told.map(({ number, comment = '' }) => `${number} ${comment}`));
          if (before === 0) await output.insert('-p udp --dport 5000 -m comment --comment new');
          if (told.length > 1) break;
        }
        clearInterval(send);
        expect(steps[0]).toEqual(['1 to be seen']);
        expect(steps.at(-1)).toEqual(['1 new', '2 to be seen']);
      });

    test('leaves nothing when it is aborted, or when its process is killed', async () => {
      const before = await raw();
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 300);
      for await (const _ of trace(firewall, '127.0.0.1', { signal: abort.signal }));
      expect(await raw()).toBe(before);
      const script = `const { Firewall } = require('./dist'); const { trace } = require('./dist/analysis');
        (async () => { const f = await Firewall.open({ namespace: '${netns.path}', backend: '${backend}' });
        for await (const p of trace(f, '127.0.0.1')); })();`;
      const child = spawn(process.execPath, ['-e', script], { cwd: join(__dirname, '../..'), stdio: 'inherit' });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      for (let i = 0; i < 200 && !(await raw()).includes('TRACE'); i++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await raw()).toContain('TRACE');
      child.kill('SIGKILL');
      await ended;
      for (let i = 0; i < 200 && (await raw()).includes('TRACE'); i++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await raw()).toBe(before);
    });
  });
