/** A cycle of kube-proxy's: 20 of 2,000 services change, in a table of 31,000 rules; in CPU time. */
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
import { kubernetesCycle, workloads } from '../workloads.mjs';

const COUNT = scaled(31_000);
const TIMES = 5;

export default async function (): Promise<Answer> {
  await firewall.restore(workloads['kube-proxy'].text(COUNT));
  let turn = 0;
  const next = () => kubernetesCycle(COUNT, ++turn);
  // Linux tells times of other processes in hundredths of a second: several of each count.
  const command = async (name: string, args: readonly string[]) => {
    let sum = 0;
    for (let i = 0; i < TIMES; i++) sum += cpuOfCommand(name, args, { input: file('cycle', next()) });
    return sum / TIMES;
  };
  const options = ['--noflush', '--counters'];
  const samples = await interleaved({
    'in-process': () => {
      const texts = Array.from({ length: TIMES }, next);
      let i = 0;
      return cpu(() => firewall.restore(texts[i++]!, { noflush: true, counters: true }), TIMES);
    },
    'iptc-restore': () => command(process.execPath, [script('iptc-restore'), ...options]),
    'node -e 0': () => command(process.execPath, ['-e', '0']),
    'iptables-legacy-restore': () => command('iptables-legacy-restore', options),
  });
  const legacy = median(samples['iptables-legacy-restore']);
  const beyond = median(samples['iptc-restore']) - median(samples['node -e 0']);
  const figure = (name: string, ratio: number, atMost: number): Figure => ({
    name: `a cycle of kube-proxy's, CPU: ${name} / iptables-legacy-restore`,
    ratio,
    atMost,
    unit: 'ms',
    samples,
  });
  return {
    figures: [
      figure('in-process', median(samples['in-process']) / legacy, 0.8),
      figure("iptc-restore, beyond Node's own start,", beyond / legacy, 1.5),
    ],
  };
}
