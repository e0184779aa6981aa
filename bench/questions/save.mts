/** A table as text, against iptables-legacy-save. */
import { join } from 'node:path';
import { type Answer, file, fill, filter, interleaved, median, ROOT, run, scaled, time } from '../rig.mjs';

const COUNT = scaled(100_000);

export default async function (): Promise<Answer> {
  await fill(COUNT);
  const output = file('saved', '');
  const samples = await interleaved({
    'in-process': () => time(() => filter.save()),
    'iptc-save': () => run(process.execPath, [join(ROOT, 'dist', 'cli', 'iptc-save.js'), '-t', 'filter'], { output }),
    'iptables-legacy-save': () => run('iptables-legacy-save', ['-t', 'filter'], { output }),
  });
  const legacy = median(samples['iptables-legacy-save']);
  const figure = (name: string, ratio: number, atMost: number) => ({
    name,
    ratio,
    atMost,
    unit: 'ms' as const,
    samples,
  });
  return {
    figures: [
      figure(`save ${COUNT} / iptables-legacy-save`, median(samples['in-process']) / legacy, 1),
      figure(`iptc-save ${COUNT}, whole process / iptables-legacy-save`, median(samples['iptc-save']) / legacy, 1.4),
    ],
  };
}
