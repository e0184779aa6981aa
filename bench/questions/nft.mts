/** Whole tables of nf_tables beside iptables-nft: replaced, as text, of many chains, saved, and listed again; CPU time. */
import {
  type Answer,
  chainsFile,
  cpu,
  cpuOfCommand,
  type Figure,
  file,
  fill,
  filter,
  firewall,
  input,
  interleaved,
  median,
  ruleset,
  saveFile,
  scaled,
  script,
} from '../rig.mjs';

const COUNT = scaled(100_000);
const SAVED = scaled(10_000);
const CHAINS = scaled(30_000);
/** Other processes' times are told in hundredths of a second. */
const REPEATED = 5;
const ROUNDS = 3;

const repeated = (work: () => unknown) => cpu(work, REPEATED);

export default async function (): Promise<Answer> {
  const rules = ruleset(COUNT);
  const path = file('rules', saveFile(COUNT));
  await firewall.restore(rules);
  const replaced = await interleaved(
    {
      typed: () => cpu(() => firewall.restore(rules)),
      'iptc-restore': () => cpuOfCommand(process.execPath, [script('iptc-restore')], { input: path }),
      'iptables-nft-restore': () => cpuOfCommand('iptables-nft-restore', [], { input: path }),
    },
    ROUNDS,
  );

  await firewall.restore(rules);
  await input.list({ counters: false }); // the kernel needs long to tell so many
  const again = await interleaved({
    libiptc: () =>
      cpu(async () => {
        const listed = await input.list({ counters: false });
        if (listed.length !== COUNT) throw new Error('Not the rules that were put there');
      }),
  });

  const many = chainsFile(CHAINS);
  const chains = file('chains', many);
  const restored = await interleaved(
    {
      libiptc: () => cpu(() => firewall.restore(many)),
      'iptables-nft-restore': () => cpuOfCommand('iptables-nft-restore', [], { input: chains }),
    },
    ROUNDS,
  );
  await firewall.restore('*filter\nCOMMIT\n');

  await fill(SAVED);
  const output = file('saved', '');
  const saved = await interleaved({
    libiptc: () => repeated(() => filter.save()),
    'iptc-save': () =>
      repeated(() => cpuOfCommand(process.execPath, [script('iptc-save'), '-t', 'filter'], { output })),
    'iptables-nft-save': () => repeated(() => cpuOfCommand('iptables-nft-save', ['-t', 'filter'], { output })),
  });
  await firewall.restore('*filter\nCOMMIT\n');

  const figure = <N extends string>(name: string, samples: Record<N, number[]>, ours: N, rival: N, goal: object) =>
    ({ name, ratio: median(samples[ours]) / median(samples[rival]), unit: 'ms', samples, ...goal }) satisfies Figure;
  return {
    figures: [
      figure(`replace ${COUNT} typed / iptables-nft-restore, CPU`, replaced, 'typed', 'iptables-nft-restore', {
        atMost: 0.75,
      }),
      figure(
        `iptc-restore ${COUNT}, whole process / iptables-nft-restore, CPU`,
        replaced,
        'iptc-restore',
        'iptables-nft-restore',
        { atMost: 0.85 },
      ),
      figure(
        `restore ${CHAINS} chains, ${3 * CHAINS} rules / iptables-nft-restore, CPU`,
        restored,
        'libiptc',
        'iptables-nft-restore',
        { atMost: 0.8 },
      ),
      figure(`save ${SAVED} / iptables-nft-save, CPU`, saved, 'libiptc', 'iptables-nft-save', { atMost: 1 }),
      figure(`iptc-save ${SAVED}, whole process / iptables-nft-save, CPU`, saved, 'iptc-save', 'iptables-nft-save', {}),
      {
        name: `list ${COUNT} again when nothing has changed, CPU in ms`,
        ratio: median(again.libiptc),
        atMost: 5,
        unit: 'ms',
        samples: again,
      },
    ],
  };
}
