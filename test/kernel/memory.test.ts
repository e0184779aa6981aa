import { constants } from 'node:os';
import type { ApplyOptions, Backend, BackendFailure, Committed, Family } from '../../lib/backend/backend';
import { openNative } from '../../lib/backend/legacy/backend';
import { MemoryBackend } from '../../lib/backend/memory/backend';
import { MemoryTable } from '../../lib/backend/memory/table';
import { openNft } from '../../lib/backend/nft/backend';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { linesOf, programOf } from '../harness/program';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 32);
const once = { wait: 0 };
const ROUNDS = Number(process.env.ROUNDS ?? 150);

/** The same numbers for the same seed (mulberry32). */
class Dice {
  constructor(private state: number) {}
  below(n: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  }
  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

const BUILTIN: Record<string, readonly string[]> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};
// Few, so that they meet; one of other bytes, one as long as can be, one like another table's built-in chain.
const CHAINS = ['a', 'b', 'b-2', 'ch\u00e9ri\udcff', 'c'.repeat(28), 'FORWARD'];
// One too long, one like an extension.
const ODD_CHAINS = ['d'.repeat(29), 'MARK', 'ACCEPT'];

/** Rules whose matches keep nothing private to the kernel, so that their bytes come back as they went. */
function ruleOf(dice: Dice, family: Family): string {
  const address = family === 'ipv4' ? `10.0.0.${dice.below(3)}` : `fd00::${dice.below(3)}`;
  const matches = [
    `-s ${address}`,
    `! -d ${address}`,
    '-i eth+',
    '-o lo',
    `-p tcp -m tcp --dport ${dice.below(2)}`,
    '-p udp',
    '-m comment --comment x',
    '-m mark --mark 1',
    '',
    '',
  ];
  const chain = dice.of([...CHAINS, 'INPUT']);
  const targets = ['', '-j ACCEPT', '-j DROP', '-j RETURN', `-j ${chain}`, `-j ${chain}`, `-g ${chain}`];
  if (dice.chance(5)) targets.push('-j MARK --set-mark 1');
  const counters = dice.chance(30) ? `-c ${dice.below(9)} ${dice.below(9)}` : '';
  return [counters, dice.of(matches), dice.of(targets)].filter((words) => words !== '').join(' ');
}

function lineOf(dice: Dice, family: Family, table: string): string {
  const named = () => dice.of(dice.chance(5) ? ODD_CHAINS : CHAINS);
  const chain = dice.chance(50) ? dice.of(BUILTIN[table]!) : named();
  const number = 1 + dice.below(3);
  const rule = ruleOf(dice, family);
  if (dice.chance(35)) return `-A ${chain} ${rule}`;
  if (dice.chance(35)) return `-N ${named()}`;
  if (dice.chance(3)) return dice.of(['-F', '-Z', '-X', '--abandon']);
  return dice.of([
    `-I ${chain} ${number} ${rule}`,
    `-I ${chain} ${number} ${rule}`,
    `-R ${chain} ${number} ${rule}`,
    `-D ${chain} ${number}`,
    `-D ${chain} ${rule}`,
    `-C ${chain} ${rule}`,
    `--expect ${chain} ${number} ${rule}`,
    `-F ${chain}`,
    `-X ${chain}`,
    `-E ${chain} ${named()}`,
    `-Z ${chain}`,
    `-Z ${chain} ${number}`,
    `-P ${chain} ${dice.of(['ACCEPT', 'DROP', 'DROP 3 4', 'RETURN'])}`,
    `--empty ${named()}`,
  ]);
}

/** As a restore's: an emptied table, mostly filled in the plain way. */
function replacementOf(dice: Dice, family: Family, table: string): string[] {
  const own = CHAINS.filter(() => dice.chance(60)).sort(() => dice.below(3) - 1);
  const policies = BUILTIN[table]!.filter(() => dice.chance(70));
  const rules = Array.from({ length: dice.below(8) }, () =>
    dice.chance(5)
      ? lineOf(dice, family, table)
      : `-A ${dice.of([...own, ...BUILTIN[table]!])} ${ruleOf(dice, family).replace(/-[jg] (?!ACCEPT|DROP|RETURN|MARK)\S+/, (jump) => (dice.chance(90) ? `${jump.slice(0, 2)} ${dice.of([...own, 'a'])}` : jump))}`,
  );
  return [
    '-F',
    '-X',
    ...policies.map((chain) => `-P ${chain} ${dice.of(['ACCEPT', 'DROP', 'DROP 3 4'])}`),
    ...own.map((chain) => `-N ${chain}`),
    ...rules,
  ];
}

/** A program with some bytes changed. What comes of it isn't for the kernel: it is abandoned, if it gets that far. */
function garbled(dice: Dice, family: Family, lines: readonly string[]): Buffer {
  const program = Buffer.from(programOf(family, lines));
  for (let i = dice.below(4); i >= 0; i--)
    program[dice.below(program.length)] = dice.of([0, 1, 8, 255, dice.below(256)]);
  return Buffer.concat([program, programOf(family, ['--abandon'])]);
}

async function inPieces(
  to: Backend,
  table: string,
  pieces: readonly Uint8Array[],
  options: ApplyOptions,
): Promise<undefined> {
  const locked = await to.lock(table, { ...options, idle: 10_000 });
  for (const piece of pieces) await locked.write(piece);
  await locked.commit();
  return undefined;
}

/** Gives what was told, too, where there are no pieces. */
async function outcomeOf(attempt: Promise<Committed | undefined>): Promise<unknown> {
  try {
    const told = (await attempt)?.told;
    return told === undefined ? undefined : { told: Buffer.from(told).toString('hex') };
  } catch (error) {
    const { stage, errno, reason, refused } = error as BackendFailure;
    return { stage, errno, reason, refused };
  }
}

/** What nf_tables alone refuses: loops that no packet comes to, and a new chain of the name that another has had. */
const REFUSED_BY_NFT = new Set<number | undefined>([
  constants.errno.ELOOP,
  constants.errno.EMLINK,
  constants.errno.EEXIST,
]);
const errnoOf = (failure: unknown): number | undefined => {
  const { stage, errno } = (failure ?? {}) as Partial<BackendFailure>;
  return stage === 'commit' ? errno : undefined;
};

/** With nothing between the rules. */
const compact = (snapshot: ArrayBuffer): Buffer => Buffer.from(MemoryTable.from(snapshot).snapshot());

/** Runs programs on both, and compares what comes of each: its failure, and the table. */
class Pair {
  private readonly memory: MemoryBackend;
  private readonly history: string[] = [];

  constructor(
    private readonly family: Family,
    private readonly table: string,
    private readonly kernel: Backend,
    private readonly isNft = false,
  ) {
    this.memory = new MemoryBackend(family);
  }

  async same(what: string, run: (to: Backend) => Promise<Committed | undefined>): Promise<void> {
    this.history.push(what);
    const theirs = await outcomeOf(run(this.kernel));
    if (this.isNft && REFUSED_BY_NFT.has(errnoOf(theirs))) return;
    const ours = await outcomeOf(run(this.memory));
    // Of several operations that make a circle, nf_tables tells another.
    for (const failure of [ours, theirs] as Partial<{ refused: unknown }>[])
      if (this.isNft && errnoOf(failure) !== undefined) delete failure.refused;
    expect(ours, this.history.join('\n')).toEqual(theirs);
    const [kernel, memory] = await Promise.all([this.kernel, this.memory].map((of) => of.snapshot(this.table)));
    expect(linesOf(this.family, memory!), this.history.join('\n')).toEqual(linesOf(this.family, kernel!));
    expect(Buffer.compare(Buffer.from(memory!), compact(kernel!)), this.history.join('\n')).toBe(0);
    // As the kernel hands it out, and as libiptc has it.
    const locked = await this.kernel.lock(this.table, { wait: 0, idle: 10_000 });
    const libiptc = await locked.snapshot();
    await locked.abort();
    expect(Buffer.compare(compact(libiptc), compact(kernel!)), this.history.join('\n')).toBe(0);
  }

  /** What the lines say: all at once, or piece by piece. */
  async samePieces(
    lines: readonly string[],
    pieces: readonly Uint8Array[],
    options: ApplyOptions,
    atOnce: boolean,
  ): Promise<void> {
    await this.same(`${lines.join('; ')} ${JSON.stringify(options)}`, (to) =>
      atOnce ? to.apply(this.table, Buffer.concat(pieces), options) : inPieces(to, this.table, pieces, options),
    );
  }

  async sameLines(...lines: string[]): Promise<void> {
    const program = programOf(this.family, lines);
    await this.same(lines.join('; '), (to) => to.apply(this.table, program, { wait: 0 }));
  }
}

for (const family of ['ipv4', 'ipv6'] as const) {
  describeWith(['netns', 'addon'], `a table of ${family} in memory`, () => {
    let kernel: Backend;
    beforeEach(() => {
      kernel = openNft({ family, namespace: 'new' });
    });
    afterEach(() => kernel.close());

    test('keeps the policy that a piece of a program sets, if the next asks for the rules', async () => {
      const pair = new Pair(family, 'filter', kernel, true);
      const inTurn = (...lines: string[]) =>
        pair.samePieces(
          lines,
          lines.map((line) => programOf(family, [line])),
          { wait: 0 },
          false,
        );
      await inTurn('-A INPUT -j ACCEPT');
      await inTurn('-F', '-N a', '-N a'); // fails, and what was known of the rules is forgotten
      await inTurn('-P INPUT DROP', '-Z INPUT');
    });

    for (const table of Object.keys(BUILTIN)) {
      test(`does in ${table} what that of nf_tables does (SEED=${SEED})`, async () => {
        const dice = new Dice(SEED);
        const pair = new Pair(family, table, kernel, true);
        for (let round = 0; round < ROUNDS; round++) {
          const lines =
            round % 3 === 2
              ? replacementOf(dice, family, table)
              : Array.from({ length: 1 + dice.below(5) }, () => lineOf(dice, family, table));
          const options = { wait: 0, chainsCapture: dice.chance(20) };
          const pieces = lines.map((line) => programOf(family, [line]));
          await pair.samePieces(lines, pieces, options, round % 2 === 0);
          const broken = garbled(dice, family, lines);
          await pair.same(broken.toString('hex'), (to) => to.apply(table, broken, options));
        }
      });
    }
  });
}

for (const family of ['ipv4', 'ipv6'] as const) {
  describeWith(['netns', 'addon'], `a table of ${family} in memory`, () => {
    let kernel: Backend;
    beforeEach(() => {
      kernel = openNative({ family, namespace: 'new' });
    });
    afterEach(() => kernel.close());

    for (const table of Object.keys(BUILTIN)) {
      test(`does in ${table} what the kernel's does (SEED=${SEED})`, async () => {
        const dice = new Dice(SEED);
        const pair = new Pair(family, table, kernel);
        for (let round = 0; round < ROUNDS; round++) {
          const lines = Array.from({ length: 1 + dice.below(3) }, () => lineOf(dice, family, table));
          const options = { wait: 0, chainsCapture: dice.chance(20) };
          const pieces = lines.map((line) => programOf(family, [line]));
          await pair.samePieces(lines, pieces, options, round % 2 === 0);
          const broken = garbled(dice, family, lines);
          await pair.same(broken.toString('hex'), (to) => to.apply(table, broken, options));
        }
      });
    }

    for (const table of Object.keys(BUILTIN)) {
      test(`is replaced in ${table} as the kernel's is (SEED=${SEED})`, async () => {
        const dice = new Dice(SEED);
        const pair = new Pair(family, table, kernel);
        for (let round = 0; round < ROUNDS; round++) {
          const lines = replacementOf(dice, family, table);
          const pieces = lines.map((line) => programOf(family, [line]));
          const options = { wait: 0, chainsCapture: dice.chance(20) };
          // A restore's two first operations come together.
          pieces.splice(0, 2, Buffer.concat(pieces.slice(0, 2)));
          await pair.samePieces(lines, pieces, options, round % 2 === 0);
        }
      });

      test(`takes the same form in ${table}, whether or not libiptc has written it (SEED=${SEED})`, async () => {
        const dice = new Dice(SEED);
        for (let round = 0; round < ROUNDS; round++) {
          const lines = replacementOf(dice, family, table);
          const [ours, libiptcs] = [lines, ['-Z', ...lines]].map((all) => programOf(family, all));
          await kernel.apply(table, programOf(family, ['-Z']), once);
          const [first, second] = [await outcomeOf(kernel.apply(table, ours!, once)), await kernel.snapshot(table)];
          if (first !== undefined) continue;
          await kernel.apply(table, libiptcs!, once);
          expect(Buffer.compare(Buffer.from(await kernel.snapshot(table)), Buffer.from(second)), lines.join('; ')).toBe(
            0,
          );
        }
      });
    }

    test(`keeps the order of many chains (SEED=${SEED})`, async () => {
      const dice = new Dice(SEED);
      const pair = new Pair(family, 'filter', kernel);
      const name = () => `n${dice.below(200)}`;
      await pair.sameLines(...Array.from({ length: 100 }, (_, i) => `-N n${2 * i}`));
      for (let round = 0; round < ROUNDS; round++) {
        const create = `-N ${name()}`;
        await pair.sameLines(
          dice.of([create, create, `-X ${name()}`, `-E ${name()} ${name()}`, `-A ${name()} -j ${name()}`]),
        );
      }
    });

    test('looks for loops where the kernel looks', async () => {
      const pair = new Pair(family, 'filter', kernel);
      for (const line of LOOPS) await pair.sameLines(...line.split('; '));
    });
  });
}

/** Each is a program on what the ones before it left. */
const LOOPS = [
  '-N a; -N b; -N c; -A a -j a', // nobody gets there
  '-A INPUT -j a',
  '-A INPUT -g a',
  '-F a; -A a -j b; -A b -g c; -A INPUT -p tcp -j a',
  '-A c -j a',
  '-A c -j RETURN; -A c -j a', // nor there
  '-D c 1',
  '-I c 1 -p tcp -j DROP; -D c 2',
  '-I c 1; -I c 1 -j b; -D c 2',
  '-R c 1 -p tcp -j RETURN',
  '-Z c 1; -Z; -R c 1 -c 1 1',
  '-E b d; -A d -j d',
  '-I a 1 -j ACCEPT; -A d -j d', // nor into d
  '-F INPUT; -D a 1; -A c -j c',
  '-A OUTPUT -j c',
];
