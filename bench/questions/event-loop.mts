/** How long the event loop is held up while rules are applied, against an idle one. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Answer, fill, firewall, quick, ROUNDS, ruleset, scaled } from '../rig.mjs';

const COUNT = scaled(100_000);

interface Delay {
  readonly p999: number;
  readonly max: number;
}
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Measured during the work alone, not between. */
async function delayDuring(work: () => Promise<void>): Promise<Delay> {
  await pause(200);
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await work();
  histogram.disable();
  return { p999: histogram.percentile(99.9) / 1e6, max: histogram.max / 1e6 };
}

export default async function (): Promise<Answer> {
  const rules = ruleset(COUNT);
  await fill(COUNT);
  globalThis.gc?.();
  const [idle, busy]: [Delay[], Delay[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    idle.push(await delayDuring(() => pause(quick ? 100 : 3_000)));
    for (let i = 0; i < (quick ? 1 : 4); i++)
      busy.push(await delayDuring(async () => void (await firewall.restore(rules))));
  }
  const by = (pick: (delay: Delay) => number) => ({ idle: idle.map(pick), busy: busy.map(pick) });
  const most = (values: readonly number[]) => Math.max(...values);
  const max = by(({ max }) => max);
  const p999 = by(({ p999 }) => p999);
  const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
  return {
    figures: [
      {
        name: 'event loop delay while applying, p99.9 in ms',
        ratio: middle(p999.busy),
        atMost: 6,
        unit: 'ms',
        samples: p999,
      },
      {
        name: 'event loop delay while applying, maximum over the idle maximum in ms',
        ratio: most(max.busy) - most(max.idle),
        atMost: 5,
        unit: 'ms',
        samples: max,
      },
    ],
  };
}
