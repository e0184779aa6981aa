/** Many namespaces at once: what is meant for one is in that one. */
import { readdirSync, readlinkSync } from 'node:fs';
import { Firewall } from '../../lib';
import { describeWith, expect, test } from '../harness';

const NAMESPACES = 50;

for (const backend of ['legacy', 'nft'] as const)
  describeWith(
    ['netns', 'addon', ...(backend === 'nft' ? (['nft'] as const) : [])],
    `${NAMESPACES} namespaces (${backend})`,
    () => {
      test('that are written to at once have their own rules each, and the threads of the process stay where they were', async () => {
        const here = readlinkSync('/proc/self/ns/net');
        const others = readdirSync('/proc/self/task');
        const firewalls = await Promise.all(
          Array.from({ length: NAMESPACES }, (_, i) =>
            Firewall.open({ namespace: 'new', backend, family: i % 2 === 0 ? 'ipv4' : 'ipv6', lock: false }),
          ),
        );
        const where = () => others.map((task) => readlinkSync(`/proc/self/task/${task}/ns/net`));
        const moved = new Set<string>();
        let over = false;
        const watching = (async () => {
          while (!over) {
            for (const place of where()) if (place !== here) moved.add(place);
            await new Promise((resolve) => setImmediate(resolve));
          }
        })();
        await Promise.all(
          firewalls.map(async (firewall, i) => {
            const input = firewall.table('filter').chain('INPUT');
            for (let n = 0; n < 5; n++) {
              await input.append({ match: [{ comment: { comment: `${i} ${n}` } }] });
              if (n % 2 === 1) input.appendSync({ match: [{ comment: { comment: `${i} sync` } }] });
            }
          }),
        );
        over = true;
        await watching;
        expect([...moved]).toEqual([]);
        for (const [i, firewall] of firewalls.entries()) {
          const comments = (await firewall.table('filter').chain('INPUT').list()).map(
            ({ match }) => match!.find((each) => each.comment)!.comment!.comment,
          );
          expect(comments).toEqual([0, 1, 's', 2, 3, 's', 4].map((n) => `${i} ${n === 's' ? 'sync' : n}`));
        }
        expect(new Set(firewalls.map(({ namespace }) => readlinkSync(namespace))).size).toBe(NAMESPACES);
        await Promise.all(firewalls.map((firewall) => firewall.close()));
      });
    },
  );
