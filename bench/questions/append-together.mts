/** Edits issued together, each awaited, against one process of iptables for each. */
import {
  type Answer,
  commandLine,
  fill,
  filter,
  input,
  interleaved,
  median,
  ROUNDS,
  rule,
  scaled,
  time,
} from '../rig.mjs';

export default async function (): Promise<Answer> {
  const figures = [];
  const points = [];
  for (const [count, atLeast] of [
    [scaled(2_000), 600],
    [scaled(10_000), 2_500],
  ] as const) {
    const rules = Array.from({ length: count }, (_, i) => rule(i));
    const samples = await interleaved(
      {
        async libiptc() {
          await fill(0);
          return time(() => Promise.all(rules.map((one) => input.append(one))));
        },
        async 'iptables-legacy -A'() {
          return (await commandLine(count)).total;
        },
      },
      ROUNDS,
    );
    const ratio = median(samples['iptables-legacy -A']) / median(samples.libiptc);
    figures.push({
      name: `append ${count} together / iptables-legacy -A`,
      ratio,
      atLeast,
      unit: 'ms' as const,
      samples,
    });
    for (const [who, times] of Object.entries(samples))
      points.push({ plot: 'append', who, x: count, y: median(times) / 1000 });
  }
  await filter.flush();
  return { figures, points };
}
