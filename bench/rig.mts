/** What every question needs: the work, the rivals, and a fair way to time them. */
import { execFile, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Firewall, type Rule, type Ruleset } from 'libiptc';

export const ROOT = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..', '..');
/** Only whether everything works: small tables, one round. */
export const quick = process.argv.includes('--quick');
export const ROUNDS = quick ? 1 : 5;
/** A number of rules, or less for a quick run. */
export const scaled = (count: number): number => (quick ? Math.max(20, Math.round(count / 100)) : count);

/** One line of the answer. */
export interface Figure {
  readonly name: string;
  /** Null once it has been through JSON, if it wasn't a number. */
  readonly ratio: number | null;
  /** The most that it may be, or the least; none: for information. */
  readonly atMost?: number;
  readonly atLeast?: number;
  /** What was measured, each round; `of` names the two that the ratio is of. */
  readonly unit: 'ms' | 'us' | 'MB';
  readonly samples: Readonly<Record<string, readonly number[]>>;
}
/** Points of a plot. */
export interface Point {
  readonly plot: string;
  readonly who: string;
  readonly x: number | string;
  readonly y: number;
}
export interface Answer {
  readonly figures: readonly Figure[];
  readonly points?: readonly Point[];
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  return low + ((sorted[Math.ceil(at)] ?? Number.NaN) - low) * (at - Math.floor(at));
}

export type Contender = () => number | Promise<number>;
/** Lets each have a go that doesn't count, then all of them in turn, round after round, the first one changing. */
export async function interleaved<N extends string>(
  contenders: { readonly [K in N]?: Contender },
  rounds = ROUNDS,
): Promise<Record<N, number[]>> {
  const names = Object.keys(contenders) as N[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<N, number[]>;
  for (let round = quick ? 0 : -1; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round + names.length) % names.length]!;
      const value = await contenders[name]!();
      if (round >= 0) samples[name].push(value);
    }
  }
  return samples;
}

/** Milliseconds. */
export async function time(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Of the package's commands, as they are built. */
export const script = (name: string): string => join(ROOT, 'dist', 'cli', `${name}.js`);

/** Milliseconds of CPU time that work costs, all threads and the processes that it runs to their end included; of so many times the mean. */
export async function cpu(work: () => unknown, times = 1): Promise<number> {
  const before = [process.cpuUsage(), childrensTicks()] as const;
  for (let i = 0; i < times; i++) await work();
  const own = process.cpuUsage(before[0]);
  // Linux tells times of other processes in hundredths of a second (USER_HZ).
  return ((own.user + own.system) / 1000 + (childrensTicks() - before[1]) * 10) / times;
}
/** The same for a command alone, without what it costs to start it. */
export function cpuOfCommand(...command: Parameters<typeof run>): number {
  const before = childrensTicks();
  run(...command);
  return (childrensTicks() - before) * 10;
}
/** Of the children that have ended: proc(5), cutime and cstime. */
function childrensTicks(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[13]) + Number(fields[14]);
}

/** How long the event loop is held up. */
export interface Delay {
  readonly p999: number;
  readonly max: number;
}
export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Measured during the work alone, not between. */
export async function delayDuring(work: () => Promise<unknown>): Promise<Delay> {
  globalThis.gc?.();
  await pause(200);
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await work();
  histogram.disable();
  return { p999: histogram.percentile(99.9) / 1e6, max: histogram.max / 1e6 };
}

/** The workload: rule `i` of a ban list, each with an address and a comment of its own. */
export const rule = (i: number): Rule<'ipv4'> => ({
  source: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`,
  protocol: 'tcp',
  match: [{ tcp: { dport: 22 } }, { conntrack: { ctstate: ['NEW'] } }, { comment: { comment: `rule ${i}` } }],
  target: 'DROP',
});
/** The same as iptables-save prints it. */
export const line = (i: number): string =>
  `-A INPUT -s 10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}/32 -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m comment --comment "rule ${i}" -j DROP`;
export const words = (i: number): string[] =>
  line(i)
    .replace(/"rule (\d+)"/, 'rule\u00a0$1')
    .split(' ')
    .map((word) => word.replace('\u00a0', ' '));

export const HEAD = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n';
export const saveFile = (count: number): string =>
  `${HEAD}${Array.from({ length: count }, (_, i) => line(i)).join('\n')}\nCOMMIT\n`;
export const ruleset = (count: number): Ruleset<'ipv4'> => ({
  family: 'ipv4',
  tables: [
    { name: 'filter', chains: [], rules: Array.from({ length: count }, (_, i) => ({ chain: 'INPUT', rule: rule(i) })) },
  ],
});

/** 30,000 chains and 90,000 rules are 30,000 jumps, each to a chain of two rules. */
export const chainsFile = (count: number): string => {
  const chains = Array.from({ length: count }, (_, i) => `:c${i} - [0:0]\n`);
  const rules = Array.from({ length: count }, (_, i) => {
    const source = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}/32`;
    return `-A INPUT -s ${source} -j c${i}\n-A c${i} -p tcp -m tcp --dport 22 -j ACCEPT\n-A c${i} -j DROP\n`;
  });
  return `${HEAD}${chains.join('')}${rules.join('')}COMMIT\n`;
};

const folder = mkdtempSync(join(tmpdir(), 'iptc-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
/** A file that is gone at the end. */
export function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs a command to its end, its input and output files; gives milliseconds. */
export function run(
  command: string,
  args: readonly string[],
  { input = '/dev/null', output = '/dev/null' } = {},
): number {
  const [stdin, stdout] = [openSync(input, 'r'), openSync(output, 'w')];
  try {
    const start = performance.now();
    const { status, error, stderr } = spawnSync(command, args, { stdio: [stdin, stdout, 'pipe'], maxBuffer: 1 << 20 });
    const took = performance.now() - start;
    if (error || status !== 0) throw error ?? new Error(`${command} ${args.join(' ')}: ${status} ${stderr}`);
    return took;
  } finally {
    closeSync(stdin);
    closeSync(stdout);
  }
}
/** The numbers that a driver prints. */
export function driver(name: string, args: readonly (string | number)[]): number[] {
  const output = join(folder, 'driver-output');
  const path = join(ROOT, 'bench', name.endsWith('.py') ? `drivers/${name}` : `build/${name}`);
  // Debian's own Python has Debian's python3-iptables.
  const [command, first] = name.endsWith('.py') ? ['/usr/bin/python3', [path]] : [path, []];
  run(command as string, [...(first as string[]), ...args.map(String)], { output });
  return readFileSync(output, 'utf8').trim().split(/\s+/).map(Number);
}
/** As a service would call the command. */
export const execFileAsync = (command: string, args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => execFile(command, args, (error) => (error ? reject(error) : resolve())));

export const has = (command: string, args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

// Questions about nf_tables are put to those, by commands, too.
if (process.argv[2]?.startsWith('nft')) process.env.LIBIPTC_BACKEND = 'nft';
export const firewall = await Firewall.open();
export const filter = firewall.table('filter');
export const input = filter.chain('INPUT');
/** Puts that many rules of the workload into the chain INPUT; the drivers take the first for a model. */
export async function fill(count: number): Promise<void> {
  await firewall.restore(ruleset(count));
}

/** What `iptables-legacy -w -A` costs, one process a rule, up to a table of `count`: sampled at five sizes and integrated. */
export async function commandLine(
  count: number,
): Promise<{ total: number; bySize: readonly (readonly [number, number])[] }> {
  const bySize: (readonly [number, number])[] = [];
  for (let i = 0; i <= 4; i++) {
    const size = Math.round((count * i) / 4);
    await fill(size);
    const samples: number[] = [];
    for (let n = 0; n < 3; n++)
      samples.push(await time(() => execFileAsync('iptables-legacy', ['-w', ...words(size + n)])));
    bySize.push([size, median(samples)]);
  }
  let total = 0;
  for (let i = 1; i < bySize.length; i++)
    total += ((bySize[i]![1] + bySize[i - 1]![1]) / 2) * (bySize[i]![0] - bySize[i - 1]![0]);
  return { total, bySize };
}
