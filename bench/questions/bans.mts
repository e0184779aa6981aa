/** Bans that come 10,000 a second and end by themselves, with their journal; and one ban among a million. */
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bans } from 'libiptc/bans';
import { Sets } from 'libiptc/sets';
import { type Answer, cpu, filter, firewall, has, median, quantile, quick, scaled, time } from '../rig.mjs';

const A_SECOND = scaled(10_000);
const SECONDS = quick ? 2 : 60;
/** Seconds until a ban ends, and how much later it may be gone. */
const LENGTH = quick ? 1 : 5;
const LATE = 2;
/** Bans come in so many steps a second. */
const STEPS = 100;
const MANY = scaled(1_000_000);
const ALONE = scaled(500);

const address = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
const addresses = (from: number, count: number) => Array.from({ length: count }, (_, i) => address(from + i));
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
/** In MB. */
function memory(): number {
  globalThis.gc?.();
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;
}

export default async function (): Promise<Answer> {
  if (!has('ipset', ['--version'])) return { figures: [] };
  const folder = mkdtempSync(join(tmpdir(), 'iptc-bans-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const sets = await Sets.open();
  const kernel = sets.set('bans4');

  const bans = await Bans.open(firewall, { journal: join(folder, 'journal') });
  let told = 0;
  let latest = 0;
  bans.on('expire', ({ until }) => {
    told++;
    latest = Math.max(latest, Date.now() - until!);
  });
  let [missing, left, banned] = [0, 0, 0];
  const waits: number[] = [];
  const peaks: number[] = [];
  const checks: Promise<void>[] = [];
  const inKernel = async (those: readonly string[]) => (await kernel.test(those)).filter((found) => found).length;
  /** They are there when it is told, and gone when they should be. */
  const banAll = async (those: readonly string[]) => {
    const issued = performance.now();
    await Promise.all(those.map((each) => bans.ban(each, { for: LENGTH, reason: 'sshd: 5 failures in 10m' })));
    waits.push(performance.now() - issued);
    missing += those.length - (await inKernel(those));
    await sleep(1000 * (LENGTH + LATE));
    left += await inKernel(those);
  };
  const begin = performance.now();
  const spent = await cpu(async () => {
    for (let second = 0; second < SECONDS; second++) {
      for (let step = 0; step < STEPS; step++) {
        const from = banned;
        const those = addresses(from, Math.round((A_SECOND * (step + 1)) / STEPS) - (from - second * A_SECOND));
        banned += those.length;
        checks.push(banAll(those));
        const next = begin + 1000 * (second + (step + 1) / STEPS);
        await sleep(Math.max(0, next - performance.now()));
      }
      if (second % 5 === 4) peaks.push(memory());
    }
  });
  const took = (performance.now() - begin) / 1000;
  await Promise.all(checks);
  while (told < banned && latest < 60_000 && performance.now() - begin < 1000 * (took + 60)) await sleep(100);
  const rest = (await bans.list().next()).done ? 0 : 1;
  await bans.remove();

  const many = await Bans.open(firewall, { limit: 2 * MANY });
  await many.import(addresses(0, MANY).join('\n'));
  const alone: number[] = [];
  for (let i = 0; i < ALONE; i++) alone.push(await time(() => many.ban(address(MANY + i), { for: '1h' })));
  // Where there is a connection, those of who is banned have to be looked for.
  await filter.chain('OUTPUT').append('-m conntrack --ctstate NEW');
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.send('x', 9, '127.0.0.1', () => resolve()));
  socket.close();
  const cut: number[] = [];
  for (let i = 0; i < ALONE / 10; i++) cut.push(await time(() => many.ban(address(MANY + ALONE + i), { for: '1h' })));
  await many.remove();
  await filter.flush();
  await sets.close();

  return {
    figures: [
      {
        name: `bans of ${banned} that the kernel had not when they were told`,
        ratio: missing,
        atMost: 0,
        unit: 'ms',
        samples: { 'until a ban is told': waits },
      },
      { name: `… that were there ${LATE} s after their end`, ratio: left + rest, atMost: 0, unit: 'ms', samples: {} },
      { name: '… whose end was not told', ratio: banned - told, atMost: 0, unit: 'ms', samples: {} },
      { name: 'latest end told, in ms', ratio: latest, atMost: 1000 * LATE, unit: 'ms', samples: {} },
      { name: 'bans a second', ratio: banned / took, atLeast: 0.95 * A_SECOND, unit: 'ms', samples: {} },
      { name: 'CPU of a ban, in us', ratio: (1000 * spent) / banned, unit: 'us', samples: {} },
      {
        name: 'memory at the end / after 10 s',
        ratio: peaks.length > 3 ? median(peaks.slice(-3)) / median(peaks.slice(1, 4)) : 1,
        atMost: 1.1,
        unit: 'MB',
        samples: { resident: peaks },
      },
      {
        name: `one ban with ${MANY} banned, awaited, in ms`,
        ratio: median(alone),
        atMost: 2,
        unit: 'ms',
        samples: { libiptc: alone },
      },
      {
        name: '… with a connection tracked, in ms',
        ratio: median(cut),
        atMost: 2,
        unit: 'ms',
        samples: { libiptc: cut },
      },
      { name: '… of ten the slowest, in ms', ratio: quantile(alone, 0.9), unit: 'ms', samples: {} },
    ],
  };
}
