/** Sets beside ipset: filled, added to one by one, and listed; CPU time, where both do the same. */
import { readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Sets } from 'libiptc/sets';
import {
  type Answer,
  cpu,
  execFileAsync,
  file,
  has,
  interleaved,
  median,
  quick,
  ROUNDS,
  run,
  scaled,
  time,
} from '../rig.mjs';

const COUNT = scaled(100_000);
const MANY = scaled(1_000_000);
const ALONE = scaled(200);
/** Other processes' times are told in hundredths of a second. */
const REPEATED = 5;

const address = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
const addresses = (count: number) => Array.from({ length: count }, (_, i) => address(i));
/** A line of /proc/self/status, in MB. */
const status = (name: string): number =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;
const repeated = async (work: () => unknown): Promise<number> =>
  (await cpu(async () => {
    for (let i = 0; i < REPEATED; i++) await work();
  })) / REPEATED;

export default async function (): Promise<Answer> {
  if (!has('ipset', ['--version'])) return { figures: [] };
  const sets = await Sets.open();
  const set = await sets.create('bench', { type: 'hash:ip', maxelem: MANY });
  const other = await sets.create('other', { type: 'hash:ip', maxelem: MANY });
  const some = addresses(COUNT);
  const lines = file('set', `${some.map((each) => `add bench ${each}\n`).join('')}`);

  const added = await interleaved({
    libiptc: () =>
      repeated(async () => {
        await set.flush();
        await set.add(some);
      }),
    'ipset restore': () =>
      repeated(() => {
        run('ipset', ['flush', 'bench']);
        run('ipset', ['restore', '-file', lines]);
      }),
  });
  const alone = await interleaved({
    async libiptc() {
      const times: number[] = [];
      for (let i = 0; i < ALONE; i++) times.push(1000 * (await time(() => other.add(address(i)))));
      await other.flush();
      return median(times);
    },
    async 'ipset add by execFile'() {
      const times: number[] = [];
      for (let i = 0; i < ALONE / 10; i++)
        times.push(1000 * (await time(() => execFileAsync('ipset', ['add', 'other', address(i)]))));
      await other.flush();
      return median(times);
    },
  });
  const listed = await interleaved({
    'libiptc, elements': () =>
      repeated(async () => {
        const elements = await set.elements();
        if (elements.length !== COUNT || !elements.every(({ ip }) => ip)) throw new Error('Not what was added');
      }),
    'libiptc, one by one': () =>
      repeated(async () => {
        let count = 0;
        for await (const { ip } of set) if (ip) count++;
        if (count !== COUNT) throw new Error('Not what was added');
      }),
    'ipset save': () => repeated(() => run('ipset', ['save', 'bench'])),
  });
  const delay = async (work: () => Promise<unknown>): Promise<number> => {
    globalThis.gc?.();
    const histogram = monitorEventLoopDelay({ resolution: 1 });
    histogram.enable();
    await work();
    histogram.disable();
    return histogram.max / 1e6;
  };
  const delays = await interleaved({
    idle: () => delay(() => new Promise((resolve) => setTimeout(resolve, quick ? 100 : 1_000))),
    iterating: () =>
      delay(async () => {
        for await (const _ of set);
      }),
  });
  const [took, peak]: number[][] = [[], []];
  const million = addresses(MANY);
  for (let round = 0; round < ROUNDS; round++) {
    await other.flush();
    globalThis.gc?.();
    writeFileSync('/proc/self/clear_refs', '5'); // the peak begins again
    took!.push(await cpu(() => other.add(million)));
    peak!.push(status('VmHWM'));
  }
  await sets.flush();
  await sets.destroy();
  await sets.close();
  const ratio = (one: readonly number[], another: readonly number[]) => median(one) / median(another);
  const save = listed['ipset save'];
  return {
    figures: [
      {
        name: `add ${COUNT} / ipset restore`,
        ratio: ratio(added.libiptc, added['ipset restore']),
        atMost: 0.3,
        unit: 'ms',
        samples: added,
      },
      { name: `add ${MANY}, CPU in ms`, ratio: median(took!), atMost: 2000, unit: 'ms', samples: { libiptc: took! } },
      {
        name: `peak memory of it, the addresses included, in MB`,
        ratio: median(peak!),
        atMost: 300,
        unit: 'MB',
        samples: { libiptc: peak! },
      },
      {
        name: 'ipset add by execFile / one add, awaited',
        ratio: ratio(alone['ipset add by execFile'], alone.libiptc),
        atLeast: 50,
        unit: 'us',
        samples: alone,
      },
      {
        name: `elements of ${COUNT} / ipset save`,
        ratio: ratio(listed['libiptc, elements'], save),
        atMost: 1,
        unit: 'ms',
        samples: listed,
      },
      {
        name: `iterate over ${COUNT} / ipset save`,
        ratio: ratio(listed['libiptc, one by one'], save),
        atMost: 1,
        unit: 'ms',
        samples: listed,
      },
      {
        name: 'event loop delay while iterating, maximum over the idle maximum in ms',
        ratio: median(delays.iterating) - Math.max(...delays.idle),
        atMost: 5,
        unit: 'ms',
        samples: delays,
      },
    ],
  };
}
