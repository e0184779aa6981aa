/** Many chains: a jump to each, and two rules in it. */
import { type Answer, chainsFile, file, firewall, interleaved, median, quick, run, scaled, time } from '../rig.mjs';

const COUNT = scaled(30_000);

export default async function (): Promise<Answer> {
  const points = [];
  let samples: Record<'libiptc' | 'iptables-legacy-restore', number[]> | undefined;
  for (const count of quick ? [COUNT] : [10, 100, 1_000, 10_000, COUNT]) {
    const text = chainsFile(count);
    const path = file('chains', text);
    samples = await interleaved({
      libiptc: () => time(() => firewall.restore(text)),
      'iptables-legacy-restore': () => run('iptables-legacy-restore', [], { input: path }),
    });
    for (const [who, times] of Object.entries(samples))
      points.push({ plot: 'chains', who, x: count, y: median(times) });
  }
  await firewall.restore('*filter\nCOMMIT\n');
  const ratio = median(samples!.libiptc) / median(samples!['iptables-legacy-restore']);
  return {
    figures: [
      {
        name: `restore ${COUNT} chains, ${3 * COUNT} rules / iptables-legacy-restore`,
        ratio,
        atMost: 0.85,
        unit: 'ms',
        samples: samples!,
      },
    ],
    points,
  };
}
