import { type Counters, Firewall } from '../../lib';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';

/** Sends so many packets to a port of its own, a few at a time. */
const SENDER = `
const socket = require('node:dgram').createSocket('udp4');
const [port, count] = process.argv.slice(1).map(Number);
const send = (left) => left === 0 ? socket.close() : socket.send('x', port, '127.0.0.1', () => setImmediate(send, left - 1));
send(count);
`;
const SENT = 5000;

for (const backend of ['legacy', 'nft'] as const)
  describeWith(['netns', 'addon', backend], `what rules had counted in tables of ${backend}`, () => {
    let netns: Netns;
    let firewall: Firewall<'ipv4'>;
    beforeAll(async () => {
      netns = new Netns();
      firewall = await Firewall.open({ namespace: netns.path, backend });
    });
    afterAll(async () => {
      await firewall.close();
      netns.close();
    });
    /** Does something again and again while packets come. */
    async function meanwhile(work: () => Promise<unknown>): Promise<void> {
      let over = false;
      const sent = netns.exec(process.execPath, ['-e', SENDER, '9', `${SENT}`]).then((result) => {
        over = true;
        return result;
      });
      while (!over) await work();
      expect(await sent).toMatchObject({ status: 0 });
    }
    const packets = (all: readonly Counters[]) => all.reduce((sum, each) => sum + each.packets, 0n);

    test('is given when they are set to zero, each packet once', async () => {
      const filter = firewall.table('filter');
      const input = filter.chain('INPUT');
      await firewall.restore('*filter\n-A INPUT -p udp --dport 9\n-A INPUT -p udp --dport 9\nCOMMIT\n');
      const told: Counters[][] = [[], []];
      const tell = (...rules: readonly (Counters | undefined)[]) =>
        rules.forEach((each, i) => {
          if (each) told[i]!.push(each);
        });
      await meanwhile(async () => {
        tell(await input.zero(1));
        tell(...(await input.zero()).rules);
        tell(undefined, input.zeroSync(2));
        tell(...input.zeroSync().rules);
        tell(...filter.zeroSync()[0]!.rules);
        // Several in one commit, and beside them another.
        const all = [filter.zero(), input.zero(1), input.append('-p tcp'), input.zero()] as const;
        const [[ofTable], first, , ofChain] = await Promise.all(all);
        tell(...ofTable!.rules);
        tell(first);
        tell(...ofChain.rules.slice(0, 2));
        expect([first, ...ofChain.rules]).toEqual(Array(4).fill({ packets: 0n, bytes: 0n }));
        await input.delete('-p tcp');
      });
      for (const [i, { counters }] of (await input.list()).entries()) {
        expect(told[i]!.filter((each) => each.packets > 0n).length).toBeGreaterThan(2);
        expect(packets(told[i]!) + counters.packets).toBe(BigInt(SENT));
      }
    }, 60_000);

    test('is given when they are deleted, to the last packet', async () => {
      const input = firewall.table('filter').chain('INPUT');
      const counting = (i: number) => `-p udp --dport 9 -m comment --comment ${i} -j ACCEPT` as const;
      await firewall.restore(`*filter\n${[0, 1, 2, 3, 4, 5].map((i) => `-A INPUT ${counting(i)}\n`).join('')}COMMIT\n`);
      const told: Counters[] = [];
      // What one doesn't count any more, the next does.
      await meanwhile(async () => {
        const [first] = await input.list();
        const i = told.length;
        if (i > 4 || first!.counters.packets < 200n) return;
        // What was looked at isn't the last.
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (i === 0) told.push(await input.delete(1));
        else if (i === 1) told.push(input.deleteSync(counting(1)));
        else if (i === 2) told.push(await input.delete(counting(2)));
        else {
          const [zeroed, deleted] = await Promise.all([input.zero(1), input.delete(1)]);
          told.push(zeroed, deleted);
        }
      });
      const [last] = await input.list();
      expect(told.length).toBeGreaterThan(4);
      expect(told[1]!.packets).toBeGreaterThanOrEqual(200n);
      expect(packets(told) + last!.counters.packets).toBe(BigInt(SENT));
    }, 60_000);

    test('is that of the beginning in a transaction', async () => {
      const filter = firewall.table('filter');
      await firewall.restore('*filter\n:INPUT DROP [7:70]\n[3:30] -A INPUT -p udp\n[4:40] -A INPUT -p tcp\nCOMMIT\n', {
        counters: true,
      });
      await filter.transaction(async (tx) => {
        expect(await tx.chain('INPUT').delete('-p udp')).toEqual({ packets: 3n, bytes: 30n });
        expect(tx.chain('INPUT').zeroSync(1)).toEqual({ packets: 4n, bytes: 40n });
        const [input] = await tx.zero();
        expect(input).toEqual({
          chain: 'INPUT',
          policy: { packets: 7n, bytes: 70n },
          rules: [{ packets: 0n, bytes: 0n }],
        });
      });
    });
  });
