/** Edits awaited one by one on a small table, against a process of iptables for each and against libiptc in C. */
import { performance } from 'node:perf_hooks';
import {
  type Answer,
  driver,
  execFileAsync,
  fill,
  filter,
  input,
  interleaved,
  median,
  quantile,
  quick,
  rule,
  scaled,
  words,
} from '../rig.mjs';

const COUNT = scaled(2_000);

export default async function (): Promise<Answer> {
  const rules = Array.from({ length: COUNT }, (_, i) => rule(i));
  await filter.flush();
  /** The median of many appends, in microseconds; flushed every 20, outside the time that is taken. */
  const each = async (count: number, append: (i: number) => unknown): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      await append(i);
      times.push(1000 * (performance.now() - start));
      if (i % 20 === 19) await filter.flush();
    }
    await filter.flush();
    return median(times);
  };
  const samples = await interleaved({
    async: () => each(COUNT, (i) => input.append(rules[i]!)),
    async sync() {
      const times: number[] = [];
      for (let i = 0; i < COUNT; i++) {
        const start = performance.now();
        input.appendSync(rules[i]!);
        times.push(1000 * (performance.now() - start));
        if (i % 20 === 19) filter.flushSync();
      }
      filter.flushSync();
      return median(times);
    },
    async 'libiptc in C'() {
      await fill(1);
      return driver('libiptc-append', ['single', COUNT])[0]!;
    },
    'iptables-legacy -A': () => each(quick ? 5 : 100, (i) => execFileAsync('iptables-legacy', ['-w', ...words(i)])),
  });
  const [sync, async_, c, cli] = [
    samples.sync,
    samples.async,
    samples['libiptc in C'],
    samples['iptables-legacy -A'],
  ].map((s) => quantile(s, 0.5)) as [number, number, number, number];
  const figure = (name: string, ratio: number, goal: object) => ({
    name,
    ratio,
    unit: 'us' as const,
    samples,
    ...goal,
  });
  return {
    figures: [
      figure('append, awaited / iptables-legacy -A', cli / async_, { atLeast: 25 }),
      figure('append, awaited / libiptc in C (p50)', async_ / c, { atMost: 5 }),
      figure('appendSync / iptables-legacy -A', cli / sync, { atLeast: 60 }),
      figure('appendSync / libiptc in C (p50)', sync / c, { atMost: 1.5 }),
    ],
  };
}
