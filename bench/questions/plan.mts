/** What is desired compared with what there is: large tables, the event loop meanwhile; and watched, with nothing to do. */
import { apply, plan, watch } from 'libiptc/policy';
import {
  type Answer,
  type Delay,
  delayDuring,
  execFileAsync,
  file,
  fill,
  firewall,
  has,
  interleaved,
  line,
  median,
  pause,
  quick,
  ROUNDS,
  run,
  saveFile,
  scaled,
  time,
  words,
} from '../rig.mjs';

const COUNT = scaled(10_000);
const MANY = scaled(100_000);
/** Milliseconds that a watch is looked at. */
const IDLE = quick ? 200 : 10_000;

/** Every hundredth rule is another one. */
const changed = (count: number): string => {
  const lines = Array.from({ length: count }, (_, i) =>
    i % 100 === 50 ? line(i).replace('--dport 22', '--dport 23') : line(i),
  );
  return saveFile(0).replace('COMMIT', `${lines.join('\n')}\nCOMMIT`);
};

/** Of a core, in percent. */
async function load(): Promise<number> {
  const before = process.cpuUsage();
  const took = await time(() => pause(IDLE));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10 / took;
}

export default async function (): Promise<Answer> {
  const [few, many] = [changed(COUNT), saveFile(MANY)];
  const path = file('changed', few);
  const restores = has('iptables-legacy-restore', ['--version']);
  await fill(COUNT);
  const { changes } = await plan(firewall, few);
  const planned = await interleaved({
    plan: () => time(() => plan(firewall, few)),
    restore: () => time(() => firewall.restore(few, { test: true })),
    'iptables-legacy-restore': () =>
      restores ? run('iptables-legacy-restore', ['--test'], { input: path }) : Number.NaN,
  });
  const applied = await interleaved({
    apply: async () => {
      await fill(COUNT);
      return time(() => apply(firewall, few));
    },
    restore: async () => {
      await fill(COUNT);
      return time(() => firewall.restore(few));
    },
  });

  // Nothing to do, then something on the other side.
  await fill(COUNT);
  const before = await load();
  const watched = watch(firewall, saveFile(COUNT));
  await new Promise((resolve) => watched.once('ready', () => resolve(undefined)));
  await pause(quick ? 10 : 1000);
  const idle = Math.max(0, (await load()) - before);
  const noticed: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const drift = new Promise((resolve) => watched.once('drift', () => resolve(undefined)));
    const command = ['-w', '-I', 'INPUT', ...words(COUNT + round).slice(2)];
    const begun = performance.now();
    await execFileAsync('iptables-legacy', command);
    await drift;
    noticed.push(performance.now() - begun);
  }
  await watched.close();

  await fill(MANY);
  const equal = await interleaved({
    plan: () => time(async () => void ((await plan(firewall, many)).empty || fail())),
    list: () => time(() => firewall.table('filter').chain('INPUT').list()),
  });
  const other = changed(MANY);
  const delays: Delay[] = [];
  const quiet: Delay[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    quiet.push(await delayDuring(() => pause(quick ? 100 : 3000)));
    delays.push(await delayDuring(() => plan(firewall, other)));
  }
  const most = (all: readonly Delay[]) => Math.max(...all.map(({ max }) => max));

  return {
    figures: [
      {
        name: `edits of ${COUNT / 100} differences / differences`,
        ratio: changes.length / (COUNT / 100),
        atMost: 1,
        unit: 'ms',
        samples: { edits: [changes.length], differences: [COUNT / 100] },
      },
      {
        name: `plan of ${COUNT} with ${COUNT / 100} differences, in 60 ms`,
        ratio: median(planned.plan) / 60,
        atMost: 1,
        unit: 'ms',
        samples: { plan: planned.plan },
      },
      {
        name: `the same / trying a restore of the whole`,
        ratio: median(planned.plan) / median(planned.restore),
        unit: 'ms',
        samples: { plan: planned.plan, restore: planned.restore },
      },
      {
        name: `the same / iptables-legacy-restore --test`,
        ratio: median(planned.plan) / median(planned['iptables-legacy-restore']),
        unit: 'ms',
        samples: { plan: planned.plan, 'iptables-legacy-restore': planned['iptables-legacy-restore'] },
      },
      {
        name: `applied / restored`,
        ratio: median(applied.apply) / median(applied.restore),
        unit: 'ms',
        samples: applied,
      },
      {
        name: `plan of ${MANY} that are equal / list`,
        ratio: median(equal.plan) / median(equal.list),
        atMost: 1.5,
        unit: 'ms',
        samples: equal,
      },
      {
        name: `event loop delay while ${MANY} are planned, maximum over the idle maximum in ms`,
        ratio: most(delays) - most(quiet),
        atMost: 5,
        unit: 'ms',
        samples: { idle: quiet.map(({ max }) => max), busy: delays.map(({ max }) => max) },
      },
      {
        name: `a watch of ${COUNT} rules with nothing to do, in percent of a core`,
        ratio: idle,
        atMost: 0.1,
        unit: 'ms',
        samples: { before: [before], watched: [idle + before] },
      },
      {
        name: `a change by another program is noticed, in seconds`,
        ratio: Math.max(...noticed) / 1000,
        atMost: 1,
        unit: 'ms',
        samples: { noticed },
      },
    ],
  };
}

function fail(): never {
  throw new Error('Not what was put there');
}
