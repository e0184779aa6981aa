/** Edits of nf_tables beside a process of iptables-nft for each, netlink in C, and legacy tables; CPU time. */
import { Firewall } from 'libiptc';
import {
  type Answer,
  cpu,
  driver,
  execFileAsync,
  fill,
  filter,
  input,
  interleaved,
  median,
  quick,
  ROUNDS,
  rule,
  ruleset,
  scaled,
  words,
} from '../rig.mjs';

const TOGETHER = scaled(2_000);
const LARGE = scaled(10_000);
const ALONE = scaled(2_000);
/** Processes are timed together: their times are told in hundredths of a second. */
const PROCESSES = quick ? 2 : 40;

const rules = Array.from({ length: TOGETHER }, (_, i) => rule(i));
const command = (i: number) => execFileAsync('iptables-nft', words(i));

/** Milliseconds of CPU of one process of iptables-nft on a table of so many rules. */
async function commandAt(size: number): Promise<number> {
  await fill(size);
  const spent = await cpu(async () => {
    for (let i = 0; i < PROCESSES; i++) await command(size + i);
  });
  return spent / PROCESSES;
}
/** Of so many of them, one after the other: taken at five sizes, and integrated. */
async function commandLine(count: number): Promise<number> {
  const costs: number[] = [];
  for (let i = 0; i <= 4; i++) costs.push(await commandAt(Math.round((count * i) / 4)));
  return costs.slice(1).reduce((sum, cost, i) => sum + ((cost + costs[i]!) / 2) * (count / 4), 0);
}

/** Microseconds of CPU of an append to a small table, which is emptied every 20, outside of what is taken. */
async function each(append: (i: number) => unknown, empty: () => unknown): Promise<number> {
  let spent = 0;
  for (let i = 0; i < ALONE; i += 20) {
    await empty();
    const before = process.cpuUsage();
    for (let n = 0; n < 20; n++) await append(i + n);
    const { user, system } = process.cpuUsage(before);
    spent += user + system;
  }
  return spent / ALONE;
}
/** The same on the calling thread: nothing is awaited. */
function eachNow(): number {
  let spent = 0;
  for (let i = 0; i < ALONE; i += 20) {
    filter.flushSync();
    const before = process.cpuUsage();
    for (let n = 0; n < 20; n++) input.appendSync(rules[(i + n) % TOGETHER]!);
    const { user, system } = process.cpuUsage(before);
    spent += user + system;
  }
  return spent / ALONE;
}

export default async function (): Promise<Answer> {
  const together = await interleaved({
    async libiptc() {
      await fill(0);
      return cpu(() => Promise.all(rules.map((one) => input.append(one))));
    },
    'iptables-nft -A': () => commandLine(TOGETHER),
  });

  await fill(1);
  const alone = await interleaved({
    awaited: () =>
      each(
        (i) => input.append(rules[i % TOGETHER]!),
        () => filter.flush(),
      ),
    appendSync: eachNow,
    async 'netlink in C'() {
      await fill(1);
      return driver('nft-append', [ALONE])[0]!;
    },
    async 'iptables-nft -A'() {
      return 1000 * (await commandAt(0));
    },
  });

  const legacy = await Firewall.open({ backend: 'legacy' });
  await fill(LARGE);
  await legacy.restore(ruleset(LARGE));
  const few = quick ? 2 : 10;
  const appending = (chain: typeof input) => async () =>
    (await cpu(async () => {
      for (let i = 0; i < few; i++) await chain.append(rule(LARGE + i));
    })) / few;
  const large = await interleaved(
    { nft: appending(input), legacy: appending(legacy.table('filter').chain('INPUT')) },
    ROUNDS,
  );
  await legacy.restore('*filter\nCOMMIT\n');
  await legacy.close();
  await fill(0);

  const ratio = (one: readonly number[], other: readonly number[]) => median(one) / median(other);
  return {
    figures: [
      {
        name: `iptables-nft -A by execFile / append ${TOGETHER} together, CPU`,
        ratio: ratio(together['iptables-nft -A'], together.libiptc),
        atLeast: 150,
        unit: 'ms',
        samples: together,
      },
      {
        name: 'iptables-nft -A by execFile / append, awaited, CPU',
        ratio: ratio(alone['iptables-nft -A'], alone.awaited),
        atLeast: 20,
        unit: 'us',
        samples: alone,
      },
      {
        name: 'appendSync / netlink in C, CPU',
        ratio: ratio(alone.appendSync, alone['netlink in C']),
        atMost: 1.5,
        unit: 'us',
        samples: alone,
      },
      {
        name: `append to ${LARGE} / the same on legacy tables, CPU`,
        ratio: ratio(large.nft, large.legacy),
        atMost: 0.5,
        unit: 'ms',
        samples: large,
      },
    ],
  };
}
