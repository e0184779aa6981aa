import fc from 'fast-check';
import { Firewall, type RuleText } from '../../lib';
import { apply, plan } from '../../lib/policy';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { rows, textOf } from '../harness/rulesets';

/** Sends so many packets to a port of its own, a few at a time. */
const SENDER = `
const socket = require('node:dgram').createSocket('udp4');
const [port, count] = process.argv.slice(1).map(Number);
const send = (left) => left === 0 ? socket.close() : socket.send('x', port, '127.0.0.1', () => setImmediate(send, left - 1));
send(count);
`;

for (const backend of ['legacy', 'nft'] as const)
  describeWith(['netns', 'addon', backend], `a plan of tables of ${backend}`, () => {
    let netns: Netns;
    let firewall: Firewall<'ipv4'>;
    let other: Firewall<'ipv4'>;
    beforeAll(async () => {
      netns = new Netns();
      firewall = await Firewall.open({ namespace: netns.path, backend });
      other = await Firewall.open({ namespace: 'new', backend });
    });
    afterAll(async () => {
      await firewall.close();
      await other.close();
      netns.close();
    });

    test('makes what a restore of it would', async () => {
      await fc.assert(
        fc.asyncProperty(rows, rows, async (before, after) => {
          await firewall.restore(textOf(before));
          await apply(firewall, textOf(after));
          await other.restore(textOf(after));
          expect(await firewall.save({ tables: ['filter'] })).toBe(await other.save({ tables: ['filter'] }));
          expect((await plan(firewall, textOf(after))).empty).toBe(true);
        }),
        { numRuns: backend === 'legacy' ? 40 : 15 },
      );
    }, 120_000);

    test('loses no packet that a rule has counted which stays', async () => {
      const rules = (round: number): RuleText[] => [
        `-s 10.0.0.${round % 200} -j DROP`,
        '-p udp --dport 9',
        `-d 10.0.0.${round % 7} -j DROP`,
      ];
      // What was there before may drop what is sent.
      await apply(firewall, { filter: { INPUT: { policy: 'ACCEPT', rules: rules(0) }, OUTPUT: { policy: 'ACCEPT' } } });
      const sent = netns.exec(process.execPath, ['-e', SENDER, '9', '5000']);
      let over = false;
      void sent.then(() => {
        over = true;
      });
      let round = 0;
      while (!over) await apply(firewall, { filter: { INPUT: { rules: rules(++round) } } });
      expect(round).toBeGreaterThan(3);
      expect(await sent).toMatchObject({ status: 0 });
      const [, counted] = await firewall.table('filter').chain('INPUT').list();
      expect(counted!.counters.packets).toBe(5000n);
    }, 60_000);
  });
