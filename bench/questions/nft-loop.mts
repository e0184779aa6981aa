/** How long the event loop is held up while tables of nf_tables are applied and listed, beside legacy tables. */
import { Firewall } from 'libiptc';
import { type Answer, delayDuring, type Figure, firewall, median, ruleset, scaled } from '../rig.mjs';

const COUNT = scaled(100_000);
const ROUNDS = 3;

export default async function (): Promise<Answer> {
  const rules = ruleset(COUNT);
  const legacy = await Firewall.open({ backend: 'legacy' });
  const works = (on: typeof firewall) => ({
    applying: () => on.restore(rules),
    listing: () => on.table('filter').chain('INPUT').list(),
  });
  const sides = { nft: works(firewall), legacy: works(legacy) };
  const delays = { applying: { nft: [], legacy: [] }, listing: { nft: [], legacy: [] } } as Record<
    'applying' | 'listing',
    Record<'nft' | 'legacy', number[]>
  >;
  for (let round = -1; round < ROUNDS; round++)
    for (const work of ['applying', 'listing'] as const)
      for (const side of ['nft', 'legacy'] as const) {
        if (round < 0 && work === 'listing') continue;
        const { p999 } = await delayDuring(sides[side][work]);
        if (round >= 0) delays[work][side].push(p999);
      }
  for (const each of [firewall, legacy]) await each.restore('*filter\nCOMMIT\n');
  await legacy.close();
  return {
    figures: (['applying', 'listing'] as const).map(
      (work): Figure => ({
        name: `event loop delay while ${work} ${COUNT} on nf_tables / on legacy tables, p99.9`,
        ratio: median(delays[work].nft) / median(delays[work].legacy),
        atMost: 1.25,
        unit: 'ms',
        samples: delays[work],
      }),
    ),
  };
}
