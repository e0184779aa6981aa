/** How the cost of a rule grows with the table. */
import {
  type Answer,
  driver,
  file,
  fill,
  firewall,
  interleaved,
  median,
  quick,
  ruleset,
  run,
  saveFile,
  time,
} from '../rig.mjs';

const SIZES = quick ? [100, 1_000] : [100, 1_000, 10_000, 100_000, 300_000];
/** The nft variant becomes slow. */
const NFT_MOST = 10_000;

export default async function (): Promise<Answer> {
  const points = [];
  const perRule = new Map<number, number[]>();
  for (const size of SIZES) {
    const rules = ruleset(size);
    const path = file('rules', saveFile(size));
    await fill(size);
    const samples = await interleaved({
      libiptc: () => time(() => firewall.restore(rules)),
      'libiptc in C': () =>
        driver('libiptc-append', ['bulk', size])
          .slice(0, 3)
          .reduce((a, b) => a + b),
      'iptables-legacy-restore': () => run('iptables-legacy-restore', [], { input: path }),
      ...(size <= NFT_MOST ? { 'iptables-nft-restore': () => run('iptables-nft-restore', [], { input: path }) } : {}),
    });
    perRule.set(
      size,
      samples.libiptc.map((ms) => (1000 * ms) / size),
    );
    for (const [who, times] of Object.entries(samples)) {
      points.push({ plot: 'replace', who, x: size, y: median(times) });
      if (size >= 1000) points.push({ plot: 'cost-per-rule', who, x: size, y: (1000 * median(times)) / size });
    }
  }
  run('nft', ['flush', 'ruleset']);
  await firewall.restore('*filter\nCOMMIT\n');
  const [small, large] = quick ? [100, 1_000] : [1_000, 100_000];
  const samples = { [`at ${small}`]: perRule.get(small)!, [`at ${large}`]: perRule.get(large)! };
  return {
    figures: [
      {
        name: `cost per rule at ${large} / at ${small}`,
        ratio: median(perRule.get(large)!) / median(perRule.get(small)!),
        atMost: 1.5,
        unit: 'us',
        samples,
      },
    ],
    points,
  };
}
