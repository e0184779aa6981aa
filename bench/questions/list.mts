/** Rules as typed data, all of them looked at, against python-iptables. */
import { type Answer, driver, fill, has, input, interleaved, median, scaled, time } from '../rig.mjs';

const COUNT = scaled(10_000);

export default async function (): Promise<Answer> {
  await fill(COUNT);
  for (let i = 0; i < 10; i++) await input.list();
  const python = has('/usr/bin/python3', ['-c', 'import iptc']);
  const samples = await interleaved({
    libiptc: () =>
      time(async () => {
        const rules = await input.list();
        if (rules.length !== COUNT || !rules.every((one) => 'match' in one && one.match?.length === 3))
          throw new Error('Not the rules that were put there');
      }),
    'python-iptables': () => (python ? driver('python-iptables.py', ['list'])[0]! : Number.NaN),
  });
  return {
    figures: [
      {
        name: `list ${COUNT} / python-iptables`,
        ratio: median(samples.libiptc) / median(samples['python-iptables']),
        atMost: 0.02,
        unit: 'ms',
        samples,
      },
    ],
  };
}
