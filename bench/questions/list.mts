/** Rules as typed data, all of them looked at, against python-iptables: rules as people have them. */
import { type Answer, driver, type Figure, firewall, has, interleaved, median, scaled, time } from '../rig.mjs';
import { type WorkloadName, workloads } from '../workloads.mjs';

const COUNT = scaled(10_000);
/** The first are made before the engine has compiled what they need. */
const ROUNDS = 9;

export default async function (): Promise<Answer> {
  const python = has('/usr/bin/python3', ['-c', 'import iptc']);
  const figures: Figure[] = [];
  for (const name of Object.keys(workloads) as WorkloadName[]) {
    const { table, text } = workloads[name];
    const rules = text(COUNT);
    const count = rules.split('\n').filter((line) => line.startsWith('-A ')).length;
    await firewall.restore(rules);
    // It takes seconds, and the same each time.
    const theirs = python ? driver('python-iptables.py', ['list', table])[0]! : Number.NaN;
    const samples = await interleaved(
      {
        libiptc: () =>
          time(async () => {
            const { chains } = await firewall.table(table).state();
            const listed = chains.flatMap((chain) => chain.rules);
            if (listed.length !== count || listed.some((rule) => 'entry' in rule))
              throw new Error('Not the rules that were put there');
          }),
        'python-iptables': () => theirs,
      },
      ROUNDS,
    );
    const ratio = median(samples.libiptc) / median(samples['python-iptables']);
    figures.push({ name: `list ${COUNT} (${name}) / python-iptables`, ratio, atMost: 0.02, unit: 'ms', samples });
    await firewall.restore(`*${table}\nCOMMIT\n`);
  }
  return { figures };
}
