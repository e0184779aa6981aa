/** Saving and restoring rules as people have them in nf_tables, beside iptables-nft, in CPU time. */
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

/** The kernel takes long to tell more of one chain. */
const COUNT = scaled(10_000);
const ROUNDS = 3;
/** Other processes' times are told in hundredths of a second. */
const REPEATED = 3;

const repeated = (work: () => unknown) => cpu(work, REPEATED);

export default async function (): Promise<Answer> {
  const figures: Figure[] = [];
  for (const name of Object.keys(workloads) as WorkloadName[]) {
    const { table, text } = workloads[name];
    const rules = text(COUNT);
    const input = file(`${name}.rules`, rules);
    const output = file('saved', '');
    await firewall.restore(rules);
    const restored = await interleaved(
      {
        'in-process': () => repeated(() => firewall.restore(rules)),
        'iptc-restore': () => repeated(() => cpuOfCommand(process.execPath, [script('iptc-restore')], { input })),
        'iptables-nft-restore': () => repeated(() => cpuOfCommand('iptables-nft-restore', [], { input })),
      },
      ROUNDS,
    );
    const saved = await interleaved(
      {
        'in-process': () => repeated(() => firewall.table(table).save()),
        'iptables-nft-save': () => repeated(() => cpuOfCommand('iptables-nft-save', ['-t', table], { output })),
      },
      ROUNDS,
    );
    await firewall.restore(`*${table}\nCOMMIT\n`);
    const add = <N extends string>(what: string, samples: Record<N, number[]>, ours: N, rival: N, goal: object) =>
      figures.push({
        name: `${what} ${COUNT} (${name}), CPU: ${ours} / ${rival}`,
        ratio: median(samples[ours]) / median(samples[rival]),
        unit: 'ms',
        samples,
        ...goal,
      });
    add('restore', restored, 'in-process', 'iptables-nft-restore', { atMost: 0.75 });
    // At this size half of it is the start of Node.
    add('restore', restored, 'iptc-restore', 'iptables-nft-restore', {});
    add('save', saved, 'in-process', 'iptables-nft-save', { atMost: 1 });
  }
  return { figures };
}
