/** Saving and restoring rules as people have them, in CPU time: the worst of all workloads counts. */
import {
  type Answer,
  cpu,
  cpuOfCommand,
  type Figure,
  file,
  firewall,
  interleaved,
  median,
  scaled,
  script,
} from '../rig.mjs';
import { type WorkloadName, workloads } from '../workloads.mjs';

const COUNT = scaled(100_000);
const ROUNDS = 3;

/** One workload: each contender's milliseconds. */
async function measure(name: WorkloadName) {
  const { table, text } = workloads[name];
  const rules = text(COUNT);
  const input = file(`${name}.rules`, rules);
  const output = file('saved', '');
  await firewall.restore(rules);
  const restored = await interleaved(
    {
      'in-process': () => cpu(() => firewall.restore(rules)),
      'iptc-restore': () => cpuOfCommand(process.execPath, [script('iptc-restore')], { input }),
      'iptables-legacy-restore': () => cpuOfCommand('iptables-legacy-restore', [], { input }),
    },
    ROUNDS,
  );
  const saved = await interleaved(
    {
      'in-process': () => cpu(() => firewall.table(table).save()),
      'iptc-save': () => cpuOfCommand(process.execPath, [script('iptc-save'), '-t', table], { output }),
      'iptables-legacy-save': () => cpuOfCommand('iptables-legacy-save', ['-t', table], { output }),
    },
    ROUNDS,
  );
  await firewall.restore(`*${table}\nCOMMIT\n`);
  return { restored, saved };
}

export default async function (): Promise<Answer> {
  const figures: Figure[] = [];
  const add = <N extends string>(
    name: string,
    samples: Record<N, number[]>,
    ours: N,
    rival: N,
    goal: { readonly atMost?: number },
  ) => {
    const ratio = median(samples[ours]) / median(samples[rival]);
    figures.push({ name: `${name}, CPU: ${ours} / ${rival}`, ratio, unit: 'ms', samples, ...goal });
  };
  for (const name of Object.keys(workloads) as WorkloadName[]) {
    const { restored, saved } = await measure(name);
    add(`restore ${COUNT} (${name})`, restored, 'in-process', 'iptables-legacy-restore', {});
    add(`restore ${COUNT} (${name})`, restored, 'iptc-restore', 'iptables-legacy-restore', { atMost: 1 });
    add(`save ${COUNT} (${name})`, saved, 'in-process', 'iptables-legacy-save', { atMost: 1.2 });
    add(`save ${COUNT} (${name})`, saved, 'iptc-save', 'iptables-legacy-save', { atMost: 1.5 });
  }
  return { figures };
}
