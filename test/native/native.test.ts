import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '../harness';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const PROGRAMS = Number(process.env.PROGRAMS ?? 3000);

const ROOT = join(__dirname, '../..');
/** What is below JavaScript and threads: it runs by itself, under sanitizers, on a kernel of its own. */
const TABLES = [
  ...['native/kernel/failure.cc', 'native/kernel/kernel_socket.cc', 'native/thread/interrupt.cc'],
  ...['native/xtables/table.cc', 'test/native/fake_kernel.cc'],
];
const NETLINK = ['native/kernel/failure.cc', 'native/kernel/netlink_socket.cc'];
const FLAGS = [
  ...['-std=gnu++11', '-O1', '-g', '-Wall', '-Wextra', '-fpermissive', '-fno-strict-aliasing'],
  ...['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-fno-omit-frame-pointer'],
  ...['-Wno-array-bounds', '-Wno-stringop-overflow'], // which GCC sees where the sanitizers have cut its knowledge
];

/** What scripts/fuzz-native feeds, and what it takes. */
const FUZZED = { program: TABLES, table: TABLES, netlink: NETLINK };

const words = (text: string) => text.trim().split(/\s+/).filter(Boolean);

/** Builds a program of this folder, unless that has been done; gives its path. */
function build(name: string, sources: readonly string[], ...more: readonly string[]): string {
  const hash = createHash('sha256').update(FLAGS.join());
  for (const folder of ['native', 'test/native']) {
    for (const file of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      if (/\.(cc|h)$/.test(file)) hash.update(file).update(readFileSync(join(ROOT, folder, file)));
    }
  }
  const folder = join(ROOT, '.cache/test-native', hash.digest('hex').slice(0, 16));
  const program = join(folder, name);
  if (existsSync(program)) return program;
  if (!existsSync(folder)) rmSync(join(folder, '..'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const includes = [`-I${__dirname}`, `-I${join(ROOT, 'native')}`];
  const [cflags, libs] = ['--cflags', '--libs'].map((what) =>
    words(execFileSync('pkg-config', [what, 'libip4tc', 'libip6tc'], { encoding: 'utf8' })),
  );
  const own = sources.map((source) => join(ROOT, source));
  const output = `${program}.${process.pid}`;
  execFileSync('c++', [...FLAGS, ...more, ...includes, ...cflags!, ...own, ...libs!, '-o', output], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  renameSync(output, program);
  return program;
}

function run(program: string, ...args: (number | string)[]): string {
  const { LD_PRELOAD: _, ...env } = process.env;
  return execFileSync(program, args.map(String), { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('on a kernel of its own, the addon', () => {
  const programs: Record<string, string> = {};
  beforeAll(() => {
    for (const name of ['programs', 'tables']) programs[name] = build(name, [`test/native/${name}.cc`, ...TABLES]);
    for (const [name, own] of Object.entries(FUZZED))
      programs[name] = build(name, ['test/native/fuzz/replay.cc', `test/native/fuzz/${name}.cc`, ...own], '-O0');
  }, 600_000);

  test(`edits, commits and reads random tables as libiptc does (SEED=${SEED})`, () => {
    const counts = /^(\d+) committed, (\d+) refused, (\d+) blamed, (\d+) unsorted, (\d+) zeroed$/.exec(
      run(programs.programs!, PROGRAMS, SEED).trim(),
    );
    expect(Math.min(...counts!.slice(1).map(Number))).toBeGreaterThan(PROGRAMS / 100);
  }, 600_000);

  test(`reads nothing beyond what it is handed out, whatever that is (SEED=${SEED})`, () => {
    const counts = /^(\d+) read, (\d+) refused$/.exec(run(programs.tables!, PROGRAMS, SEED).trim());
    expect(Math.min(...counts!.slice(1).map(Number))).toBeGreaterThan(PROGRAMS / 10);
  }, 600_000);

  for (const name of Object.keys(FUZZED))
    test(`takes all that fuzzers have found for its ${name}`, () => {
      const folder = join(__dirname, 'fuzz/corpus', name);
      const found = readdirSync(folder).map((file) => join(folder, file));
      expect(Number(run(programs[name]!, ...found))).toBe(found.length);
    });
});
