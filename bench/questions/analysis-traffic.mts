/** How long it takes to compare rulesets as traffic: 2,000 rules of which 20 differ, and kube-proxy's shape with 20,000. */
import { parseRuleset } from 'libiptc';
import { compareTraffic } from 'libiptc/analysis';
import { type Answer, cpu, median, ROUNDS, scaled } from '../rig.mjs';
import { workloads } from '../workloads.mjs';

/** Rules of nets, ports and states, in 40 chains; every hundredth is another one if `changed`. */
function zones(count: number, changed: boolean): string {
  let state = 7;
  const below = (n: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const net = () => `${10 + below(3)}.${below(256)}.${below(256)}.0/${[16, 20, 24, 32][below(4)]}`;
  const rules: string[] = [];
  for (let i = 0; i < count; i++) {
    if (i % Math.ceil(count / 40) === 0) rules.push(`-A INPUT -s ${net()} -j Z${below(40)}`);
    const [source, destination, port] = [net(), net(), [22, 80, 443, below(65536)][below(4)]];
    const verdict = changed && i % 100 === 50 ? 'REJECT' : ['ACCEPT', 'DROP', 'RETURN'][below(3)];
    rules.push(`-A Z${below(40)} -s ${source} -d ${destination} -p tcp --dport ${port} -j ${verdict}`);
  }
  const chains = Array.from({ length: 40 }, (_, i) => `:Z${i} - [0:0]`).join('\n');
  return `*filter\n:INPUT DROP [0:0]\n${chains}\n${rules.join('\n')}\nCOMMIT\n`;
}

export default async function (): Promise<Answer> {
  const kube = workloads['kube-proxy'].text(scaled(20_000));
  const pairs = {
    'compare 2,000 rules, 20 changed': [zones(scaled(2000), false), zones(scaled(2000), true), 2],
    'compare 20,000 of kube-proxy': [kube, kube.replace(/(--to-destination 10\.\d+\.\d+\.\d+):(\d)/, '$1:1$2'), 10],
  } as const;
  const figures: Answer['figures'][number][] = [];
  for (const [name, [one, other, seconds]] of Object.entries(pairs)) {
    const [before, after] = [parseRuleset(one), parseRuleset(other)];
    const samples: number[] = [];
    for (let round = 0; round < ROUNDS; round++)
      samples.push(
        await cpu(() => {
          if (!compareTraffic(before, after).decided) throw new Error(`${name} is not decided`);
        }),
      );
    figures.push({
      name: `${name}, seconds`,
      ratio: median(samples) / 1000,
      atMost: seconds,
      unit: 'ms',
      samples: { compareTraffic: samples },
    });
  }
  return { figures };
}
