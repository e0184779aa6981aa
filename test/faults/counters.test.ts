import { constants } from 'node:os';
import { openNative } from '../../lib/backend/legacy/backend';
import { afterAll, beforeAll, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { restore, save } from '../harness/oracle';
import { programOf } from '../harness/program';
import { Child, hex } from '../lifetime/child';
import { withFaults } from './shim';

const { EINVAL, ENOMEM } = constants.errno;

const BEFORE = [
  ':INPUT ACCEPT [7:700]',
  ':FORWARD ACCEPT [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  '[3:300] -A INPUT -s 192.0.2.1/32 -j DROP',
];

// A commit is two calls to the kernel, a third where policies keep what they counted. Each may fail by itself.
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
       session.apply(1, 'filter', bytes(program), options).then(
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

  test('says that the rules are live if libiptc cannot put the counters back', async () => {
    const { failure, table } = await commit({ FAIL_COUNTERS: `1:${ENOMEM}` }, append);
    expect(failure).toMatchObject({ stage: 'counters', errno: ENOMEM });
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

  test('says that the rules are live if the policies cannot be given theirs', async () => {
    const { failure, table } = await commit({ FAIL_COUNTERS: `2:${ENOMEM}` }, append);
    expect(failure).toMatchObject({ stage: 'counters', errno: ENOMEM });
    expect(table[0]).toBe(':INPUT ACCEPT [0:0]');
    expect(table.slice(3)).toEqual([
      '[3:300] -A INPUT -s 192.0.2.1/32 -j DROP',
      '[0:0] -A INPUT -s 192.0.2.2/32 -j DROP',
    ]);
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

  test('nothing is added where nothing was committed', async () => {
    const backend = openNative({ family: 'ipv4', namespace: netns.path });
    const options = { wait: 0, keepPolicyCounters: true };
    await backend.apply('filter', programOf('ipv4', ['-C INPUT -s 192.0.2.1 -j DROP']), options);
    expect(table()).toEqual(BEFORE);
    await backend.close();
  });
});
