/** Several firewalls on the tables of one namespace: each keeps what it has read, and none believes it longer than it is so. */
import fc from 'fast-check';
import { Firewall } from '../../lib';
import { MemoryBackend } from '../../lib/backend/memory/backend';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { edits, type Filter, type Step, works } from '../harness/steps';

const RUNS = Number(process.env.NFT_BESIDE ?? 15);
/** In memory all tables are there from the beginning. */
const OTHERWISE = /^save/;
const FIREWALLS = 3;

describeWith(['netns', 'addon', 'nft'], 'firewalls beside each other on nf_tables', () => {
  let netns: Netns;
  let all: Firewall<'ipv4'>[];
  beforeAll(async () => {
    netns = new Netns();
    all = [];
    for (let i = 0; i < FIREWALLS; i++) all.push(await Firewall.open({ namespace: netns.path, backend: 'nft' }));
  });
  afterAll(async () => {
    await Promise.all(all.map((each) => each.close()));
    netns.close();
  });

  const codeOf = (run: Promise<unknown>) =>
    run.then(
      (value) => value,
      (error: { code?: string }) => error.code ?? String(error),
    );

  test('find what the others have left, whatever each has known', { timeout: 20_000 + RUNS * 2000 }, async () => {
    const who = fc.nat(FIREWALLS - 1);
    const step = fc.oneof(
      edits,
      works.filter(({ name }) => !OTHERWISE.test(name)),
    );
    const turn = fc.record({ who, step, reader: who, counters: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 2, maxLength: 40 }), async (turns) => {
        netns.execSync('nft', ['flush', 'ruleset']);
        const model = await Firewall.open({ backend: new MemoryBackend('ipv4'), lock: false });
        const outcome = ({ run }: Step, firewall: Firewall<'ipv4'>) =>
          codeOf(run(firewall.table('filter') as Filter, firewall));
        for (const { who, step, reader, counters } of turns) {
          const [expected, found] = [await outcome(step, model), await outcome(step, all[who]!)];
          expect([step.name, found]).toEqual([step.name, expected]);
          const seen = await all[reader]!.table('filter').state({ counters });
          expect([step.name, seen.save()]).toEqual([step.name, (await model.table('filter').state()).save()]);
        }
        await model.close();
      }),
      { numRuns: RUNS },
    );
  });
});
