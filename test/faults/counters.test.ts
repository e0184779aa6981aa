import { constants } from 'node:os';
import { openNative } from '../../lib/backend/legacy/backend';
import { afterAll, beforeAll, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { restore, save } from '../harness/oracle';
import { linesOf, programOf } from '../harness/program';
import { Child, hex } from '../lifetime/child';
import { withFaults } from './shim';

const { EAGAIN, EINVAL, ELOOP, ENOENT, ENOMEM, EPERM, ERANGE } = constants.errno;

const BEFORE = [
  ':INPUT ACCEPT [7:700]',
  ':FORWARD ACCEPT [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  '[3:300] -A INPUT -s 192.0.2.1/32 -j DROP',
];

// A commit is two calls to the kernel: the new table, and what its entries begin with. Each may fail by itself.
describeWith(['netns', 'iptables', 'addon'], 'a commit that fails half-way', () => {
  let netns: Netns;
  beforeAll(() => {
    netns = new Netns();
  });
  afterAll(() => netns.close());
  beforeEach(() => restore(netns, 'ipv4', ['*filter', ...BEFORE, 'COMMIT', ''].join('\n'), ['-c']));

  const table = () =>
    save(netns, 'ipv4', 'filter', ['-c'])
      .split('\n')
      .filter((line) => /^[:[]/.test(line));

  /** How a commit of the program ends, and what the table is then. */
  async function commit(faults: Record<string, string>, program: Uint8Array) {
    const child = new Child(
      `const session = open({ namespace: path });
       session.apply('filter', bytes(program), options).then(
         () => console.log('{}'),
         ({ stage, errno, reason }) => console.log(JSON.stringify({ stage, errno, reason })),
       );`,
      { path: netns.path, program: hex(program) },
      withFaults(faults),
    );
    const failure = await child.json<object>();
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
    return { failure, table: table() };
  }

  const append = programOf('ipv4', ['-A INPUT -s 192.0.2.2 -j DROP']);
  const sameSize = programOf('ipv4', ['-R INPUT 1 -s 192.0.2.2 -j DROP']);

  test('changes nothing if the new table is refused', async () => {
    for (const program of [append, sameSize]) {
      const { failure, table } = await commit({ FAIL_REPLACE: `1:${EINVAL}` }, program);
      expect(failure).toMatchObject({ stage: 'commit', errno: EINVAL });
      expect(table).toEqual(BEFORE);
    }
  });

  test("says that the rules are live if their counters and the policies' cannot be put back", async () => {
    const { failure, table } = await commit({ FAIL_COUNTERS: `1:${ENOMEM}` }, append);
    expect(failure).toMatchObject({ stage: 'counters', errno: ENOMEM });
    expect(table[0]).toBe(':INPUT ACCEPT [0:0]');
    expect(table.slice(3)).toEqual([
      '[0:0] -A INPUT -s 192.0.2.1/32 -j DROP',
      '[0:0] -A INPUT -s 192.0.2.2/32 -j DROP',
    ]);
  });

  test('tells so even where the table has kept its size', async () => {
    const { failure, table } = await commit({ FAIL_COUNTERS: `1:${ENOMEM}` }, sameSize);
    expect(failure).toMatchObject({ stage: 'counters', errno: ENOMEM });
    expect(table[3]).toBe('[0:0] -A INPUT -s 192.0.2.2/32 -j DROP');
  });

  test('has no third call, for the policies, that could fail', async () => {
    const { failure, table } = await commit({ FAIL_COUNTERS: `2:${ENOMEM}` }, append);
    expect(failure).toEqual({});
    expect(table).toEqual([...BEFORE, '[0:0] -A INPUT -s 192.0.2.2/32 -j DROP']);
  });

  test('and one that does not keeps them all', async () => {
    const { failure, table } = await commit({}, append);
    expect(failure).toEqual({});
    expect(table).toEqual([...BEFORE, '[0:0] -A INPUT -s 192.0.2.2/32 -j DROP']);
  });

  const replacement = programOf('ipv4', ['-F', '-X', '-P OUTPUT DROP 1 100', '-A INPUT -c 5 500 -s 192.0.2.2 -j DROP']);
  const after = [
    ':INPUT ACCEPT [7:700]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT DROP [1:100]',
    '[5:500] -A INPUT -s 192.0.2.2/32 -j DROP',
  ];

  test('a whole table that the kernel refuses is left to libiptc', async () => {
    expect(await commit({}, replacement)).toEqual({ failure: {}, table: after });
    restore(netns, 'ipv4', ['*filter', ...BEFORE, 'COMMIT', ''].join('\n'), ['-c']);
    expect(await commit({ FAIL_REPLACE: `1:${EINVAL}` }, replacement)).toEqual({ failure: {}, table: after });
  });

  test('a whole table that is live without its counters is said to be live', async () => {
    const { failure, table } = await commit({ FAIL_COUNTERS: `1:${ENOMEM}` }, replacement);
    expect(failure).toMatchObject({ stage: 'counters', errno: ENOMEM });
    expect(table).toEqual(after.map((line) => line.replace(/\[\d+:\d+\]/, '[0:0]')));
  });

  test('each step and each errno says what is in the kernel', async () => {
    const tables = {
      counted: ['-P OUTPUT ACCEPT 7 700', '-A INPUT -c 3 300 -m limit --limit 1/s -j DROP', '-A INPUT -s 192.0.2.1'],
      uncounted: ['-P OUTPUT ACCEPT', '-A INPUT -m limit --limit 1/s -j DROP', '-A INPUT -s 192.0.2.1'],
    };
    const programs = {
      append: ['-A INPUT -s 192.0.2.2 -j DROP'],
      'append with counters': ['-A INPUT -c 5 6 -s 192.0.2.2 -j DROP'],
      'other data': ['-R INPUT 1 -m limit --limit 2/s -j DROP'],
      'other data, with counters': ['-R INPUT 1 -c 5 6 -m limit --limit 2/s -j DROP'],
      'other head, with counters': ['-R INPUT 2 -c 5 6 -s 192.0.2.3'],
      'places exchanged': ['-D INPUT 1', '-A INPUT -c 9 9 -m limit --limit 1/s -j DROP'],
      policy: ['-P OUTPUT DROP'],
      replacement: ['-F', '-X', '-P INPUT DROP 1 1', '-A INPUT -c 5 6 -s 192.0.2.2 -j DROP'],
    };
    const errnos = [EPERM, EINVAL, ENOMEM, ERANGE, EAGAIN, ELOOP, ENOENT];
    const compiled = (named: Record<string, string[]>, ...first: string[]) =>
      Object.entries(named).map(([name, lines]) => [name, hex(programOf('ipv4', [...first, ...lines]))]);
    const child = new Child(
      `(async () => {
         const session = open({ namespace: path });
         const table = async () => Buffer.from(await session.snapshot('filter')).toString('hex');
         const results = [];
         for (const [counted, before] of tables)
         for (const [program, edits] of programs)
         for (const fault of ['FAIL_REPLACE', 'FAIL_COUNTERS'])
         for (const errno of errnos) {
           await session.apply('filter', bytes(before), options);
           const from = await table();
           process.env[fault] = '0:' + errno;
           const failure = await session.apply('filter', bytes(edits), options).then(() => ({}), (error) => error);
           delete process.env[fault];
           const to = await table();
           await session.apply('filter', bytes(before), options);
           await session.apply('filter', bytes(edits), options);
           const what = [program, counted, fault, errno].join(', ');
           const expected = [fault === 'FAIL_REPLACE' ? 'commit' : 'counters', errno];
           results.push({ what, expected, told: [failure.stage, failure.errno], from, to, wanted: await table() });
         }
         console.log(JSON.stringify(results));
       })();`,
      {
        path: netns.path,
        errnos,
        tables: compiled(tables, '-F', '-X', '-P INPUT ACCEPT'),
        programs: compiled(programs),
      },
      withFaults({}),
    );
    interface Result extends Readonly<Record<'what' | 'from' | 'to' | 'wanted', string>> {
      readonly expected: [string, number];
      readonly told: [string, number];
    }
    const results = await child.json<Result[]>();
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
    const lines = (snapshot: string) => linesOf('ipv4', new Uint8Array(Buffer.from(snapshot, 'hex')).buffer);
    const rules = (snapshot: string) => lines(snapshot).map((line) => line.replace(/ ?\[\d+:\d+\] ?/, ''));
    for (const { what, expected, told, from, to, wanted } of results) {
      expect(told, what).toEqual(expected);
      if (told[0] === 'commit') expect(lines(to), what).toEqual(lines(from));
      else expect(rules(to), what).toEqual(rules(wanted));
    }
  }, 60_000);

  test('counters that the program sets do not make a refused table look live', async () => {
    // 1/day with a burst of 10,000 is more than xt_limit can count.
    const program = programOf('ipv4', ['-R INPUT 1 -c 5 6 -m limit --limit 1/day --limit-burst 10000 -j ACCEPT']);
    restore(netns, 'ipv4', '*filter\n-A INPUT -m limit --limit 1/s -j ACCEPT\nCOMMIT\n');
    const backend = openNative({ family: 'ipv4', namespace: netns.path });
    await expect(backend.apply('filter', program, { wait: 0 })).rejects.toMatchObject({
      stage: 'commit',
      errno: ERANGE,
    });
    await backend.close();
    expect(table()).toContain('[0:0] -A INPUT -m limit --limit 1/sec -j ACCEPT');
  });

  test('nothing is added where nothing was committed', async () => {
    const backend = openNative({ family: 'ipv4', namespace: netns.path });
    const options = { wait: 0 };
    await backend.apply('filter', programOf('ipv4', ['-C INPUT -s 192.0.2.1 -j DROP']), options);
    expect(table()).toEqual(BEFORE);
    await backend.close();
  });
});
