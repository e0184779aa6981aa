/** A full table replaced by another: typed rules against libiptc in C, text against iptables-legacy-restore. */
import { join } from 'node:path';
import {
  type Answer,
  driver,
  file,
  fill,
  firewall,
  interleaved,
  median,
  ROOT,
  ruleset,
  run,
  saveFile,
  scaled,
  time,
} from '../rig.mjs';

const COUNT = scaled(100_000);

export default async function (): Promise<Answer> {
  const rules = ruleset(COUNT);
  const text = saveFile(COUNT);
  const path = file('rules', text);
  await fill(COUNT);
  const samples = await interleaved({
    'typed rules': () => time(() => firewall.restore(rules)),
    'libiptc in C': () =>
      driver('libiptc-append', ['bulk', COUNT])
        .slice(0, 3)
        .reduce((a, b) => a + b),
    'setsockopt alone': () => driver('setsockopt', [])[0]!,
    text: () => time(() => firewall.restore(text)),
    'iptc-restore': () => run(process.execPath, [join(ROOT, 'dist', 'cli', 'iptc-restore.js')], { input: path }),
    'iptables-legacy-restore': () => run('iptables-legacy-restore', [], { input: path }),
  });
  const m = Object.fromEntries(Object.entries(samples).map(([who, times]) => [who, median(times)])) as Record<
    keyof typeof samples,
    number
  >;
  const figure = (name: string, ratio: number, goal: object) => ({
    name,
    ratio,
    unit: 'ms' as const,
    samples,
    ...goal,
  });
  return {
    figures: [
      figure(`replace ${COUNT} typed / libiptc in C`, m['typed rules'] / m['libiptc in C'], { atMost: 1 }),
      figure(`restore ${COUNT} from text / iptables-legacy-restore`, m.text / m['iptables-legacy-restore'], {}),
      figure(
        `iptc-restore ${COUNT}, whole process / iptables-legacy-restore`,
        m['iptc-restore'] / m['iptables-legacy-restore'],
        { atMost: 1 },
      ),
      figure(`replace ${COUNT} typed / setsockopt alone`, m['typed rules'] / m['setsockopt alone'], {
        atMost: 1.8,
      }),
    ],
  };
}
