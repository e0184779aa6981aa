import { constants } from 'node:os';
import type { BackendFailure, BackendSet } from '../../../lib/backend/backend';
import { MemoryBackend, type MemoryOptions, MemoryTable } from '../../../lib/backend/memory/backend';
import { describe, expect, test } from '../../harness';
import { linesOf, programOf } from '../../harness/program';

const { EBADF, EBUSY, ECANCELED, EINVAL, ELOOP, ENOENT, ENOMEM, EPERM, ETIMEDOUT } = constants.errno;

const filter = (...lines: string[]): MemoryTable => {
  const table = MemoryTable.empty('ipv4', 'filter');
  table.run(programOf('ipv4', lines));
  return table;
};
const run = (table: MemoryTable, ...lines: string[]) => table.run(programOf('ipv4', lines));
const saved = (table: MemoryTable) => linesOf('ipv4', table.snapshot());
/** Without the counters and the built-in chains. */
const rulesOf = (snapshot: ArrayBuffer | MemoryTable): string[] => {
  const lines = linesOf('ipv4', snapshot instanceof MemoryTable ? snapshot.snapshot() : snapshot);
  return lines.filter((line) => !line.startsWith(':')).map((line) => line.replace(/^\[.*?\] /, ''));
};
const bytes = (table: MemoryTable) => Buffer.from(table.snapshot()).toString('hex');

/** A snapshot of which the first chain alone has rules, with so many times as many. */
function repeated(snapshot: ArrayBuffer, times: number): ArrayBuffer {
  const [head, rules] = [Buffer.from(snapshot, 0, 320), Buffer.from(snapshot, 320)];
  const words = new Uint32Array(Buffer.concat([head, ...Array<Buffer>(times).fill(rules)]).buffer);
  const [RULES, SIZE, RULES_OF_FIRST] = [3, 6, (32 + 92) / 4];
  words[SIZE] = words.byteLength;
  words[RULES]! *= times;
  words[RULES_OF_FIRST]! *= times;
  return words.buffer;
}

function failureOf(attempt: () => unknown): Partial<BackendFailure> {
  try {
    attempt();
  } catch (error) {
    const { stage, errno, reason, refused } = error as BackendFailure;
    return { stage, errno, reason, refused };
  }
  throw new Error('it succeeded');
}
const rejection = (promise: Promise<unknown>): Promise<Partial<BackendFailure>> =>
  promise.then(
    () => failureOf(() => {}),
    (error) =>
      failureOf(() => {
        throw error;
      }),
  );

describe('a table in memory', () => {
  for (const [name, chains] of [
    ['raw', 'PREROUTING OUTPUT'],
    ['mangle', 'PREROUTING INPUT FORWARD OUTPUT POSTROUTING'],
    ['nat', 'PREROUTING INPUT OUTPUT POSTROUTING'],
    ['filter', 'INPUT FORWARD OUTPUT'],
    ['security', 'INPUT FORWARD OUTPUT'],
  ] as const) {
    test(`${name} begins with its built-in chains, in the kernel's order`, () => {
      const table = MemoryTable.empty('ipv6', name);
      expect(linesOf('ipv6', table.snapshot())).toEqual(chains.split(' ').map((chain) => `:${chain} ACCEPT [0:0]`));
    });
  }

  test('does not begin if the kernel has none of that name', () => {
    const none = { stage: 'read', errno: ENOENT, reason: 'Table does not exist (do you need to insmod?)' };
    for (const name of ['', 'broute', 'constructor']) {
      expect(failureOf(() => MemoryTable.empty('ipv4', name))).toMatchObject(none);
    }
    expect(failureOf(() => MemoryTable.empty('ipv4', 'x'.repeat(32)))).toMatchObject({ stage: 'read', errno: EINVAL });
  });

  test('holds what programs write', () => {
    const table = filter(
      '-P FORWARD DROP 7 80',
      '-N web',
      '-N Web',
      '-N a',
      '-A INPUT -c 1 2 -p tcp -m tcp --dport 80 -j web',
      '-I INPUT -m comment --comment first',
      '-A web ! -s 10.0.0.0/8 -g a',
      '-A web -j MARK --set-mark 1',
      '-R web 1 -c 3 4 -j RETURN',
      '-E web w',
    );
    expect(saved(table)).toEqual([
      ':INPUT ACCEPT [0:0]',
      ':FORWARD DROP [7:80]',
      ':OUTPUT ACCEPT [0:0]',
      ':Web - [0:0]',
      ':a - [0:0]',
      ':w - [0:0]',
      '[0:0] -A INPUT -m comment --comment first',
      '[1:2] -A INPUT -p tcp -m tcp --dport 80 -j w',
      '[3:4] -A w -j RETURN',
      '[0:0] -A w -j MARK --set-xmark 0x1/0xffffffff',
    ]);
    run(table, '-D w -j MARK --set-mark 1', '-D w 1', '-F INPUT', '-X', '-P FORWARD ACCEPT');
    expect(bytes(table)).toBe(bytes(filter()));
  });

  test('deletes the first of equal rules, whatever they have counted', () => {
    const table = filter(
      '-A INPUT -c 1 1 -j DROP',
      '-A INPUT -j ACCEPT',
      '-A INPUT -c 2 2 -j DROP',
      '-D INPUT -j DROP',
    );
    expect(saved(table).slice(3)).toEqual(['[0:0] -A INPUT -j ACCEPT', '[2:2] -A INPUT -j DROP']);
  });

  test('tells a jump from an extension of the same name, if it must', () => {
    const table = filter('-A INPUT -j MARK --set-mark 1', '-N MARK');
    expect(failureOf(() => run(table, '-A INPUT -j MARK --set-mark 1'))).toMatchObject({
      errno: constants.errno.EEXIST,
    });
    table.run(programOf('ipv4', ['-A INPUT -j MARK --set-mark 2']), true);
    expect(saved(table).slice(4)).toEqual([
      '[0:0] -A INPUT -j MARK --set-xmark 0x1/0xffffffff',
      '[0:0] -A INPUT -j MARK',
    ]);
    table.run(programOf('ipv4', ['-D INPUT -j MARK --set-mark 3', '-X MARK']), true);
    expect(rulesOf(table)).toEqual(['-A INPUT -j MARK --set-xmark 0x1/0xffffffff']);
  });

  test('is the same table again when read from its snapshot', () => {
    const table = filter('-N a', '-A a -s 10.0.0.1 -j DROP', '-A INPUT -c 5 6 -j a', '-P OUTPUT DROP 1 2', '-E a b');
    const before = bytes(table);
    const copy = MemoryTable.from(table.snapshot());
    expect(bytes(copy)).toBe(before);
    run(copy, '-E b c', '-Z', '-A c -j DROP');
    expect(rulesOf(copy)).toEqual(['-A INPUT -j c', '-A c -s 10.0.0.1/32 -j DROP', '-A c -j DROP']);
    expect(bytes(table)).toBe(before);
    expect(failureOf(() => run(copy, '-F c', '-X c'))).toMatchObject({
      refused: [{ operation: 2 }],
      reason: 'Too many links',
    });
    expect(() => MemoryTable.from(new ArrayBuffer(16))).toThrow(TypeError);
  });

  describe('refuses as libiptc does:', () => {
    const state = ['-N a', '-N b', '-A a -j b', '-A a -s 10.0.0.1 -j DROP'];
    for (const [line, errno, reason] of [
      ['-A none -j DROP', 'ENOENT', 'No chain/target/match by that name'],
      ['-A a -j none', 'ENOENT', 'No chain/target by that name'],
      ['-A a -j INPUT', 'EINVAL', "Can't jump to a built-in chain"],
      ['-I a 4 -j DROP', 'E2BIG', 'Index of insertion too big'],
      ['-R a 3 -j DROP', 'E2BIG', 'Index of replacement too big'],
      ['-D a 3', 'E2BIG', 'Index of deletion too big'],
      ['-D a -j DROP', 'ESRCH', 'Bad rule (does a matching rule exist in that chain?)'],
      ['-C a -s 10.0.0.2 -j DROP', 'ESRCH', 'Bad rule (does a matching rule exist in that chain?)'],
      ['-C none -j DROP', 'ENOENT', 'No chain/target/match by that name'],
      ['--expect a 1 -s 10.0.0.1 -j DROP', 'ESTALE', 'Another rule, or none, is at that number'],
      ['--expect a 3 -j b', 'ESTALE', 'Another rule, or none, is at that number'],
      ['-Z a 3', 'E2BIG', 'Index of counter too big'],
      ['-N a', 'EEXIST', 'Chain already exists'],
      ['-N INPUT', 'EEXIST', 'Chain already exists'],
      ['-N DROP', 'EEXIST', 'Chain already exists'],
      [`-N ${'c'.repeat(29)}`, 'EINVAL', "A chain's name has 1 to 28 bytes"],
      ['-X none', 'ENOENT', 'No chain/target/match by that name'],
      ['-X INPUT', 'EINVAL', 'Invalid argument'],
      ['-X a', 'ENOTEMPTY', 'Directory not empty'],
      ['-X b', 'EMLINK', 'Too many links'],
      ['-E a b', 'EEXIST', 'File exists'],
      ['-E a a', 'EEXIST', 'File exists'],
      ['-E INPUT c', 'ENOENT', 'No chain/target/match by that name'],
      [`-E a ${'c'.repeat(29)}`, 'EINVAL', "A chain's name has 1 to 28 bytes"],
      ['-P a DROP', 'ENOENT', 'Bad built-in chain name'],
      ['-P INPUT RETURN', 'EINVAL', 'Bad policy name'],
      ['--abandon', 'ECANCELED', 'Abandoned by the program'],
    ] as const) {
      test(line, () => {
        const table = filter(...state);
        const before = bytes(table);
        const failure = failureOf(() => run(table, '-A OUTPUT -j b', line));
        // To name a chain is an operation, too, and so is to ask for what was counted.
        const operation = line === '--abandon' ? 2 : /^-D|^-Z a/.test(line) ? 4 : 3;
        expect(failure).toMatchObject({
          stage: 'edit',
          errno: constants.errno[errno],
          reason,
          refused: [{ operation }],
        });
        expect(bytes(table)).toBe(before);
      });
    }
  });

  test('refuses programs that are malformed, byte for byte', () => {
    const table = filter();
    const [chain, append] = [programOf('ipv4', ['-F INPUT']).subarray(0, 40), programOf('ipv4', ['-A INPUT -j DROP'])];
    const change = (at: number, value: number) => {
      const changed = Buffer.from(append);
      changed[at] = value;
      return changed;
    };
    const entry = 48;
    for (const [program, reason] of [
      [Buffer.alloc(4), 'The program is malformed'],
      [Buffer.alloc(8), 'The program is malformed'],
      [append.subarray(0, -8), 'The program is malformed'],
      [change(0, 99), 'The program is malformed'],
      [Buffer.concat([chain.subarray(0, 8), Buffer.alloc(32, 65)]), 'The program is malformed'],
      [change(entry + 90, 0), "The entry's next_offset is wrong"],
      [change(entry + 88, 0), "The entry's target_offset is wrong"],
      [change(entry + 88, 120), 'A match is cut off'],
      [change(entry + 112, 0), "The target's size is wrong"],
      [change(entry + 112 + 31, 0), "A standard target's revision must be 255"],
      [change(entry + 112 + 32, 1), "A standard target's form is wrong"],
    ] as const) {
      expect(failureOf(() => table.run(program))).toMatchObject({ stage: 'edit', errno: EINVAL, reason });
    }
    expect(bytes(table)).toBe(bytes(filter()));
  });

  test('keeps bytes of its own', () => {
    const program = programOf('ipv4', ['-A INPUT -s 10.0.0.1 -j DROP']);
    const table = MemoryTable.empty('ipv4', 'filter');
    table.run(program);
    program.fill(0xff);
    expect(rulesOf(table)).toEqual(['-A INPUT -s 10.0.0.1/32 -j DROP']);
  });

  test('takes back all edits since the last commit', () => {
    const table = filter('-N a', '-N b', '-A a -c 1 1 -j b', '-A INPUT -c 2 2 -j a', '-P INPUT DROP 5 5');
    table.commit();
    const before = bytes(table);
    run(table, '-E a c', '-A c -j DROP', '-Z', '-P INPUT ACCEPT', '-N d', '-A d -g b', '--empty e');
    run(table, '-D c 1', '-R c 1 -j RETURN', '-I c 1 -j b', '-R c 1 -c 9 9', '-Z INPUT 1', '-F d', '-X d');
    run(table, '-F', '-X');
    table.rollback();
    expect(table.changed).toBe(false);
    expect(bytes(table)).toBe(before);
    expect(failureOf(() => run(table, '-F a', '-X b', '-X a'))).toMatchObject({
      refused: [{ operation: 5 }],
      reason: 'Too many links',
    });
  });

  describe('counts as libiptc has the kernel count:', () => {
    const counted = () => {
      const table = filter('-A INPUT -c 1 2 -j DROP', '-P INPUT DROP 3 4', '-P OUTPUT DROP 5 6');
      table.commit();
      return table;
    };
    const policies = (table: MemoryTable) => saved(table).slice(0, 3);

    test('policies begin with what they are set to', () => {
      const table = counted();
      run(table, '-P OUTPUT DROP 7 8');
      table.commit();
      expect(policies(table)[2]).toBe(':OUTPUT DROP [7:8]');
    });
    test('or keep what they have counted', () => {
      const table = counted();
      run(table, '-P OUTPUT DROP');
      table.commit();
      expect(policies(table)).toEqual([':INPUT DROP [3:4]', ':FORWARD ACCEPT [0:0]', ':OUTPUT DROP [0:0]']);
    });
    test('a commit of nothing is none', () => {
      const table = counted();
      run(table, '-C INPUT -j DROP', '--expect INPUT 1 -j DROP');
      table.commit();
      expect(policies(table)[0]).toBe(':INPUT DROP [3:4]');
    });
    test('zeroing spares what the same commit sets', () => {
      const table = counted();
      run(table, '-A INPUT -c 8 8', '-P INPUT DROP 9 9', '-Z INPUT', '-Z INPUT 2');
      table.commit();
      expect(saved(table).filter((line) => line.includes('INPUT'))).toEqual([
        ':INPUT DROP [9:9]',
        '[0:0] -A INPUT -j DROP',
        '[8:8] -A INPUT',
      ]);
      run(table, '-Z INPUT');
      table.commit();
      expect(saved(table).filter((line) => /[1-9]:/.test(line))).toEqual([':OUTPUT DROP [5:6]']);
    });
  });

  describe('is refused at commit', () => {
    const loop = { stage: 'commit', errno: ELOOP, reason: 'Too many levels of symbolic links' };
    const [safe, circle] = [true, false];
    for (const [lines, fine] of [
      [['-N a', '-A INPUT -j a', '-A a -j a'], circle],
      [['-N a', '-N b', '-A a -j b', '-A b -g a', '-A OUTPUT -p tcp -j b'], circle],
      [['-N a', '-A a -j a'], safe], // nobody gets there
      [['-N a', '-A INPUT -j ACCEPT', '-A INPUT -j a', '-A a -j a'], safe], // nor there
      [['-N a', '-A INPUT -p tcp -j ACCEPT', '-A INPUT -j a', '-A a -j a'], circle],
      [['-N a', '-A INPUT -j ACCEPT', '-A INPUT -j a', '-A a -j a', '-D INPUT 1'], circle],
      [['-N a', '-N b', '-N c', '-A INPUT -j a', '-A a -j b', '-A a -j c', '-A b -j c', '-A INPUT -j c'], safe],
    ] as const) {
      test(`${fine ? 'not ' : ''}for ${lines.join('; ')}`, () => {
        const table = filter(...lines);
        if (fine) table.commit();
        else expect(failureOf(() => table.commit())).toMatchObject(loop);
        expect(table.changed).toBe(!fine);
      });
    }

    test('for a loop that an earlier commit hid', () => {
      const table = filter('-N a', '-A INPUT -j ACCEPT', '-A INPUT -j a', '-A a -j a');
      table.commit();
      run(table, '-D INPUT 1');
      expect(failureOf(() => table.commit())).toMatchObject(loop);
      table.rollback();
      table.commit();
    });

    test('for a flag that the kernel does not know', () => {
      const program = Buffer.from(programOf('ipv4', ['-A INPUT -j DROP']));
      program[48 + 82] = 0x80;
      const table = filter();
      table.run(program);
      expect(failureOf(() => table.commit())).toMatchObject({
        stage: 'commit',
        errno: EINVAL,
        reason: 'Invalid argument',
      });
      run(table, '-D INPUT 1');
      table.commit();
    });

    test('not for depth', () => {
      const chains = Array.from({ length: 5000 }, (_, i) => `c${i}`);
      const table = filter(...chains.map((chain) => `-N ${chain}`), '-A INPUT -j c0');
      run(table, ...chains.slice(1).map((chain, i) => `-A c${i} -j ${chain}`));
      table.commit();
      run(table, '-A c4999 -j c0');
      expect(failureOf(() => table.commit())).toMatchObject(loop);
    });
  });

  test('edits a hundred thousand rules at the cost of the edit', () => {
    const block = filter(...Array.from({ length: 100 }, (_, i) => `-A INPUT -s 10.0.0.${i} -j DROP`)).snapshot();
    const table = MemoryTable.from(repeated(block, 1000));
    const program = programOf('ipv4', [
      '-A INPUT -j ACCEPT',
      '-I INPUT 50000 -j ACCEPT',
      '-D INPUT 1',
      '-P INPUT DROP',
    ]);
    const start = process.cpuUsage();
    for (let i = 0; i < 200; i++) {
      table.run(program);
      if (i % 2 === 0) table.commit();
      else table.rollback();
    }
    const { user } = process.cpuUsage(start);
    // A copy of each rule for each program would be twenty million.
    expect(user / 1e6).toBeLessThan(2);
    expect(new Uint32Array(table.snapshot())[3]).toBe(100_100);
  });
});

describe('a backend in memory', () => {
  const open = (options: MemoryOptions = {}) => new MemoryBackend('ipv4', options);
  const append = (number: number) => programOf('ipv4', [`-A INPUT -s 10.0.0.${number}`]);
  const rule = (number: number) => `-A INPUT -s 10.0.0.${number}/32`;
  const now = { wait: 0 };
  const rules = (backend: MemoryBackend) => rulesOf(backend.table('filter'));

  test('runs jobs in the order in which they were issued, in turns of their own', async () => {
    const backend = open();
    const [first, between, second] = [
      backend.apply('filter', append(1), now),
      backend.snapshot('filter'),
      backend.apply('filter', append(2), now),
    ];
    await Promise.resolve();
    expect(rules(backend)).toEqual([]);
    expect(await first).toMatchObject({ lockWait: 0, commit: expect.any(Number) });
    expect(rulesOf(await between)).toEqual([rule(1)]);
    await second;
    expect(rules(backend)).toEqual([rule(1), rule(2)]);
    expect(backend.commits).toBe(2);
  });

  test('runs synchronous calls after the jobs issued before', async () => {
    const backend = open({ delay: 20 });
    const job = backend.apply('filter', append(1), now);
    backend.applySync('filter', append(2), now);
    expect(rulesOf(backend.snapshotSync('filter'))).toEqual([rule(1), rule(2)]);
    await job;
    expect(backend.commits).toBe(2);
  });

  test('changes nothing if a program fails', async () => {
    const backend = open();
    const program = programOf('ipv4', ['-A INPUT -s 10.0.0.1', '-A none']);
    expect(await rejection(backend.apply('filter', program, now))).toMatchObject({
      stage: 'edit',
      refused: [{ operation: 3 }],
    });
    expect(failureOf(() => backend.applySync('filter', program, now))).toMatchObject({
      stage: 'edit',
      refused: [{ operation: 3 }],
    });
    const loop = programOf('ipv4', ['-N a', '-A INPUT -j a', '-A a -j a']);
    expect(await rejection(backend.apply('filter', loop, now))).toMatchObject({ stage: 'commit', errno: ELOOP });
    expect(saved(backend.table('filter'))).toHaveLength(3);
    expect(await rejection(backend.snapshot('none'))).toMatchObject({ stage: 'read', errno: ENOENT });
    expect(backend.commits).toBe(0);
  });

  test('keeps its tables apart', async () => {
    const backend = open();
    await backend.apply('mangle', append(1), now);
    expect(rules(backend)).toEqual([]);
    expect(rulesOf(await backend.snapshot('mangle'))).toEqual([rule(1)]);
  });

  test('keeps the counters of policies', async () => {
    const backend = open();
    await backend.apply('filter', programOf('ipv4', ['-P INPUT DROP 1 2']), now);
    await backend.apply('filter', append(1), now);
    expect(saved(backend.table('filter'))[0]).toBe(':INPUT DROP [1:2]');
  });

  describe('locked', () => {
    const idle = { ...now, idle: 10_000 };
    const busy = { stage: 'busy', errno: EBUSY, reason: 'A program is being streamed' };

    test('takes a program in pieces; other jobs wait', async () => {
      const backend = open();
      const lock = backend.lock('filter', idle);
      const later = backend.snapshot('filter');
      expect(failureOf(() => backend.applySync('filter', append(9), now))).toMatchObject(busy);
      const locked = await lock;
      expect(rulesOf(await locked.snapshot())).toEqual([]);
      await locked.write(programOf('ipv4', ['-F INPUT']));
      await locked.write(append(1).subarray(40)); // the chain named before holds
      expect(failureOf(() => backend.snapshotSync('filter'))).toMatchObject(busy);
      await locked.commit();
      await locked.abort();
      expect(rulesOf(await later)).toEqual([rule(1)]);
      expect(await rejection(locked.commit())).toMatchObject({ stage: 'closed', errno: EINVAL });
    });

    test('lets a synchronous call wait for its end', async () => {
      const backend = open();
      const locked = await backend.lock('filter', idle);
      void locked.write(append(1));
      const commit = locked.commit();
      expect(rulesOf(backend.snapshotSync('filter'))).toEqual([rule(1)]);
      await commit;
    });

    test('changes nothing when aborted', async () => {
      const backend = open();
      const locked = await backend.lock('filter', idle);
      await locked.write(append(1));
      await locked.abort();
      await locked.abort();
      expect(rules(backend)).toEqual([]);
      backend.applySync('filter', append(2), now);
    });

    test('is let go at the first failure, of which commit() tells', async () => {
      const backend = open();
      const locked = await backend.lock('filter', idle);
      await locked.write(append(1));
      await locked.write(programOf('ipv4', ['-A none']));
      expect(rulesOf(backend.snapshotSync('filter'))).toEqual([]);
      await locked.write(append(2));
      expect(await rejection(locked.commit())).toMatchObject({
        stage: 'edit',
        errno: ENOENT,
        refused: [{ operation: 3 }],
      });
      expect(rules(backend)).toEqual([]);
    });

    test('is let go when nothing comes', async () => {
      const backend = open();
      const locked = await backend.lock('filter', { ...now, idle: 15 });
      await locked.write(append(1));
      const later = backend.apply('filter', append(2), now);
      await later;
      expect(await rejection(locked.commit())).toMatchObject({ stage: 'idle', errno: ETIMEDOUT });
      expect(rules(backend)).toEqual([rule(2)]);
    });

    test('fails where there is no table', async () => {
      const backend = open();
      expect(await rejection(backend.lock('none', idle))).toMatchObject({ stage: 'read', errno: ENOENT });
      expect(rulesOf(backend.snapshotSync('filter'))).toEqual([]);
    });
  });

  test('gives up jobs that have not begun', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const backend = open({ onCommit: () => controller.abort() });
    const first = backend.apply('filter', append(1), { ...now, signal });
    const second = rejection(backend.apply('filter', append(2), { ...now, signal }));
    await first;
    expect(await second).toMatchObject({ stage: 'lock', errno: ECANCELED });
    expect(await rejection(backend.lock('filter', { ...now, signal, idle: 1 }))).toMatchObject({ errno: ECANCELED });
    expect(rulesOf(backend.snapshotSync('filter'))).toEqual([rule(1)]);
  });

  test('fails as it is told', async () => {
    const backend = open();
    backend.failNext('commit', ENOMEM);
    backend.failNext('read', EPERM);
    backend.failNext('lock', ETIMEDOUT);
    expect(await rejection(backend.apply('filter', append(1), now))).toMatchObject({ stage: 'lock', errno: ETIMEDOUT });
    expect(await rejection(backend.snapshot('filter'))).toMatchObject({ stage: 'read', errno: EPERM });
    const reason = 'Memory allocation problem';
    expect(await rejection(backend.apply('filter', append(1), now))).toMatchObject({
      stage: 'commit',
      errno: ENOMEM,
      reason,
    });
    expect(rules(backend)).toEqual([]);
    await backend.apply('filter', append(1), now);
    expect(rules(backend)).toEqual([rule(1)]);
  });

  test('loses the counters of policies, not the rules, with the counters', async () => {
    const backend = open();
    await backend.apply('filter', programOf('ipv4', ['-P INPUT DROP 1 2']), now);
    backend.failNext('counters', ENOMEM);
    const job = backend.apply('filter', append(1), now);
    expect(await rejection(job)).toMatchObject({ stage: 'counters', errno: ENOMEM });
    expect(saved(backend.table('filter'))[0]).toBe(':INPUT DROP [0:0]');
    expect(rules(backend)).toEqual([rule(1)]);
    expect(backend.commits).toBe(2);
  });

  test('asks before each commit, and shows what is to be', async () => {
    const seen: string[] = [];
    const backend = open({
      onCommit({ table, snapshot }) {
        seen.push(`${table} ${rulesOf(snapshot()).length}`);
        return seen.length === 2 ? EINVAL : undefined;
      },
    });
    await backend.apply('filter', append(1), now);
    expect(await rejection(backend.apply('filter', append(2), now))).toMatchObject({ stage: 'commit', errno: EINVAL });
    await backend.apply('filter', programOf('ipv4', ['-C INPUT -s 10.0.0.1']), now);
    await backend.apply('raw', programOf('ipv4', ['-A OUTPUT']), now);
    expect(seen).toEqual(['filter 1', 'filter 2', 'raw 1']);
    expect(rules(backend)).toEqual([rule(1)]);
  });

  test('knows every revision, or those that it is told', () => {
    expect(open().revision('match', 'conntrack', 3)).toBe(3);
    const backend = open({ revisions: { match: { conntrack: [1, 2] }, target: {} } });
    expect(backend.revision('match', 'conntrack', 1)).toBe(2);
    expect(backend.revision('match', 'conntrack', 3)).toBe(-1);
    expect(backend.revision('target', 'conntrack', 1)).toBeUndefined();
    expect(backend.revision('match', 'constructor', 1)).toBeUndefined();
  });

  test('knows the sets that it is told', () => {
    const six = { index: 6, family: 'ipv6' } as const;
    const backend = open({
      sets: new Map<string, number | BackendSet>([
        ['ban', 4],
        ['six', six],
      ]),
    });
    expect(['ban', 'six', 'none'].map((name) => backend.findSet(name))).toEqual([{ index: 4 }, six, undefined]);
    expect([4, 5, 6].map((index) => backend.setName(index))).toEqual(['ban', undefined, 'six']);
    expect(open().findSet('ban')).toBeUndefined();
  });

  test('ends after the jobs already issued', async () => {
    const backend = open({ delay: 5 });
    const job = backend.apply('filter', append(1), now);
    const closed = backend.close();
    const failure = { stage: 'closed', errno: EBADF, reason: 'The session is closed' };
    expect(await rejection(backend.snapshot('filter'))).toMatchObject(failure);
    expect(failureOf(() => backend.revision('match', 'tcp', 0))).toMatchObject(failure);
    expect(failureOf(() => backend.snapshotSync('filter'))).toMatchObject(failure);
    expect(failureOf(() => backend.findSet('x'))).toMatchObject(failure);
    let done = false;
    void job.then(() => {
      done = true;
    });
    await closed;
    expect(done).toBe(true);
    await backend.close();
  });
});
