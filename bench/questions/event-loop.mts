/** How long the event loop is held up while much is done, against an idle one. */
import {
  type Answer,
  type Delay,
  delayDuring,
  type Figure,
  fill,
  filter,
  firewall,
  input,
  line,
  median,
  pause,
  quick,
  ROUNDS,
  ruleset,
  scaled,
} from '../rig.mjs';

const COUNT = scaled(100_000);

export default async function (): Promise<Answer> {
  const rules = ruleset(COUNT);
  const lines = Array.from({ length: COUNT }, (_, i) => line(i).replace(/^-A \S+ /, '') as '-');
  /** On a table of so many rules. */
  const works: Record<string, () => Promise<unknown>> = {
    applying: () => firewall.restore(rules),
    'reading a state': () => filter.state(),
    listing: () => input.list(),
    'iterating over rules': async () => {
      for await (const _ of input.rules());
    },
    saving: () => filter.save(),
    'printing a listing': () => filter.listing({ numeric: true }),
    'a transaction of one append': () => filter.transaction((tx) => tx.chain('OUTPUT').append({ target: 'ACCEPT' })),
    'appending text': () => filter.chain('FORWARD').appendAll(lines),
  };
  await fill(COUNT);
  const idle: Delay[] = [];
  const busy = Object.fromEntries(Object.keys(works).map((name) => [name, [] as Delay[]]));
  for (let round = 0; round < ROUNDS; round++) {
    idle.push(await delayDuring(() => pause(quick ? 100 : 3_000)));
    for (const [name, work] of Object.entries(works)) {
      for (let i = 0; i < (quick || name !== 'applying' ? 1 : 4); i++) busy[name]!.push(await delayDuring(work));
      await filter.chain('FORWARD').flush();
    }
  }
  const most = (delays: readonly Delay[]) => Math.max(...delays.map(({ max }) => max));
  const figures = Object.entries(busy).flatMap(([name, delays]): Figure[] => {
    const by = (pick: (delay: Delay) => number) => ({ idle: idle.map(pick), busy: delays.map(pick) });
    return [
      {
        name: `event loop delay while ${name}, p99.9 in ms`,
        ratio: median(delays.map(({ p999 }) => p999)),
        atMost: 6,
        unit: 'ms',
        samples: by(({ p999 }) => p999),
      },
      {
        name: `event loop delay while ${name}, maximum over the idle maximum in ms`,
        ratio: most(delays) - most(idle),
        atMost: 5,
        unit: 'ms',
        samples: by(({ max }) => max),
      },
    ];
  });
  return { figures };
}
