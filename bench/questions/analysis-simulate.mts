/** How many packets a second are followed through 1,000 rules, once these are ready: of CPU time, all of it. */
import { parseRuleset } from 'libiptc';
import { compile, type Packet, simulate } from 'libiptc/analysis';
import { type Answer, cpu, median, ROUNDS, scaled } from '../rig.mjs';

let state = 7;
function below(n: number): number {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
}
const PORTS = Array.from({ length: 200 }, () => 1 + below(65535));

/** Networks, ports and states, behind the two rules that nearly all begin with. */
function rules(count: number): string {
  const lines = Array.from({ length: count }, (_, i) => {
    const net = `10.${below(256)}.${below(256)}.0/${[16, 20, 24, 32][below(4)]}`;
    const protocol = ['tcp', 'tcp', 'udp'][below(3)];
    const verdict = ['ACCEPT', 'DROP', 'REJECT'][below(3)];
    return `-A INPUT -s ${net} -p ${protocol} -m ${protocol} --dport ${PORTS[below(200)]} -m conntrack --ctstate NEW -m comment --comment "rule ${i}" -j ${verdict}\n`;
  });
  return `*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n${lines.join('')}COMMIT\n`;
}
const packet = (): Packet => ({
  protocol: ['tcp', 'tcp', 'udp'][below(3)]!,
  source: `10.${below(256)}.${below(256)}.${below(256)}`,
  destination: `192.0.2.${below(256)}`,
  sport: 1024 + below(60_000),
  dport: PORTS[below(200)]!,
  inInterface: 'eth0',
  ctstate: below(4) === 0 ? 'ESTABLISHED' : 'NEW',
});

export default async function (): Promise<Answer> {
  const ready = compile(parseRuleset(rules(scaled(1000))));
  const packets = Array.from({ length: scaled(100_000) }, packet);
  const round = () =>
    cpu(() => {
      for (const each of packets) simulate(ready, each);
    });
  await round(); // until it is compiled
  const samples: number[] = [];
  for (let i = 0; i < ROUNDS; i++) samples.push(await round());
  return {
    figures: [
      {
        name: 'simulate packets through 1,000 rules, packets a second of CPU time',
        ratio: (1000 * packets.length) / median(samples),
        atLeast: 200_000,
        unit: 'ms',
        samples: { simulate: samples },
      },
    ],
  };
}
