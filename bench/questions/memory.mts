/** Peak memory of replacing a full table, the caller's rules aside, against libiptc in C. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Answer, driver, fill, firewall, interleaved, median, ruleset, scaled } from '../rig.mjs';

const COUNT = scaled(100_000);

/** A line of /proc/self/status, in MB. */
const status = (name: string): number =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;

export default async function (): Promise<Answer> {
  const rules = ruleset(COUNT);
  await fill(COUNT);
  await fill(COUNT);
  const samples = await interleaved({
    async libiptc() {
      // Buffers are kept for a second.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      globalThis.gc?.();
      writeFileSync('/proc/self/clear_refs', '5'); // the peak begins again
      const before = status('VmRSS');
      await firewall.restore(rules);
      return status('VmHWM') - before;
    },
    'libiptc in C': () => driver('libiptc-append', ['bulk', COUNT])[3]!,
  });
  return {
    figures: [
      {
        name: `peak memory of replacing ${COUNT} / libiptc in C`,
        ratio: median(samples.libiptc) / median(samples['libiptc in C']),
        atMost: 1.4,
        unit: 'MB',
        samples,
      },
    ],
  };
}
