import fc from 'fast-check';
import { Firewall, formatRule, type RuleText } from '../../lib';
import { apply, type Own, plan } from '../../lib/policy';
import { SHAPES } from '../../lib/rule/layout';
import { EntryView } from '../../lib/rule/view';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { desiredOf, isMine, longest, rows, textOf } from '../harness/rulesets';

/** Sends so many packets to a port of its own, a few at a time. */
const SENDER = `
const socket = require('node:dgram').createSocket('udp4');
const [port, count] = process.argv.slice(1).map(Number);
const send = (left) => left === 0 ? socket.close() : socket.send('x', port, '127.0.0.1', () => setImmediate(send, left - 1));
send(count);
`;

const view = new EntryView(SHAPES.ipv4);
const RUNS = Number(process.env.RUNS ?? 15);
/** Each rule has counted something else, and all of them something. */
const counting = (text: string): string => {
  let count = 0;
  return text.replace(/^-A/gm, () => `[${++count}:${100 * count}] -A`);
};

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

    /** Of each rule that isn't owned, its bytes and what it has counted. */
    const others = async (own: Own) => {
      const found: string[] = [];
      for (const chain of (await firewall.table('filter').state()).each()) {
        const { name, memory, rules } = chain;
        for (const [i, at] of [...chain.entries()].entries()) {
          const { counters, ...rule } = rules[i]!;
          const bytes = Buffer.from(memory.bytes.subarray(at, view.on(memory, at).end));
          if (!isMine(own, name, formatRule(rule as never))) found.push(`${name} ${bytes.toString('hex')}`);
        }
      }
      return found;
    };

    test(`makes what a restore of it would, by as few edits, and keeps what stays (${RUNS} times)`, async () => {
      await fc.assert(
        fc.asyncProperty(rows, rows, async (before, after) => {
          await firewall.restore(counting(textOf(before)), { counters: true });
          const was = await countedIn();
          const { changes } = await apply(firewall, textOf(after));
          const is = await countedIn();
          await other.restore(textOf(after));
          expect(await firewall.save({ tables: ['filter'] })).toBe(await other.save({ tables: ['filter'] }));
          expect((await plan(firewall, textOf(after))).empty).toBe(true);
          for (const chain of Object.keys(after.chains)) {
            const [old, now] = [was.get(chain) ?? [], is.get(chain)!];
            const common = longest(
              old.map(({ rule }) => rule),
              now.map(({ rule }) => rule),
            );
            const its = changes.filter((change) => change.chain === chain);
            const edits = (...kinds: string[]) => its.filter(({ edit }) => kinds.includes(edit)).length;
            expect(edits('delete', 'replace')).toBe(old.length - common);
            expect(edits('insert', 'replace')).toBe(now.length - common);
            // Each rule had a number of its own: those that stay still have it, in the same order.
            const kept = now.filter(({ packets }) => packets > 0n);
            expect(kept.length).toBe(common);
            for (const { packets, rule } of kept) expect(old.find((each) => each.packets === packets)?.rule).toBe(rule);
            expect(kept.map(({ packets }) => packets)).toEqual(
              old.map(({ packets }) => packets).filter((packets) => kept.some((each) => each.packets === packets)),
            );
          }
        }),
        { numRuns: RUNS },
      );
    }, 240_000);

    test.each<Own>([{ chains: 'app-*' }, { comment: 'app*', place: 'last' }])(
      'leaves what is not owned as it is, byte for byte: %j',
      async (own) => {
        await fc.assert(
          fc.asyncProperty(rows, rows, async (before, after) => {
            await firewall.restore(counting(textOf(before)), { counters: true });
            const [left, policies] = [await others(own), await policiesIn()];
            const desired = desiredOf(own, after);
            const text = textOf(desired).replace(/:(INPUT|OUTPUT) - \[0:0\]\n/g, '');
            await apply(firewall, text, { own });
            expect(await others(own)).toEqual(left);
            expect(await policiesIn()).toEqual(policies);
            const is = await countedIn();
            for (const [chain, rules] of Object.entries(desired.chains))
              expect(
                is
                  .get(chain)!
                  .map(({ rule }) => rule)
                  .filter((rule) => isMine(own, chain, rule)),
              ).toEqual(rules);
          }),
          { numRuns: RUNS },
        );
      },
      240_000,
    );

    const countedIn = async () => {
      const found = new Map<string, { rule: string; packets: bigint }[]>();
      for (const { name, rules } of (await firewall.table('filter').state()).chains)
        found.set(
          name,
          rules.map(({ counters, ...rule }) => ({ rule: formatRule(rule as never), packets: counters.packets })),
        );
      return found;
    };
    const policiesIn = async () =>
      (await firewall.table('filter').state()).chains
        .filter(({ builtin }) => builtin)
        .map(({ name, policy, counters }) => ({ name, policy, counters }));

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
