import { type Family, Firewall } from '../../lib';
import { MemoryBackend } from '../../lib/backend/memory/backend';
import { openKernel } from '../../lib/backend/open';
import { TableState } from '../../lib/table/state';
import { afterAll, beforeAll, beforeEach, describe, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { save as oracle, restore } from '../harness/oracle';
import { programOf } from '../harness/program';

/** Chains and rules with what text says badly: other bytes than UTF-8, counters of everything, an empty chain. */
const RULES = (family: Family) => `*filter
:INPUT DROP [11:1100]
:FORWARD ACCEPT [12:1200]
:OUTPUT ACCEPT [13:1300]
:a\xff\xfeb - [0:0]
:empty - [0:0]
:web - [0:0]
[1:100] -A INPUT -i lo -j ACCEPT
[2:200] -A INPUT -i eth\xe9 -p tcp -m tcp --dport 80 -m comment --comment "caf\xe9 \\"x\\"" -j web
[3:300] -A INPUT -g a\xff\xfeb
[4:400] -A INPUT -m limit --limit 3/hour --limit-burst 1
[5:500] -A web -p tcp -j REJECT --reject-with tcp-reset
[6:600] -A web -s ${family === 'ipv4' ? '10.0.0.0/8' : 'fd00::/8'} -j RETURN
[7:700] -A a\xff\xfeb -j LOG --log-prefix "\xa0"
COMMIT
`;

const failure = (attempt: Promise<unknown>) =>
  attempt.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: unknown) => error,
  );

for (const family of ['ipv4', 'ipv6'] as const)
  describeWith(['netns', 'iptables', 'addon'], `the state of a table of ${family}`, () => {
    let netns: Netns;
    let firewall: Firewall<Family>;
    const filter = () => firewall.table('filter');
    const now = () => oracle(netns, family, 'filter', ['-c']);
    /** Rules that come back have handles of their own. */
    const bytes = ({ snapshot, chains }: TableState<Family>) => {
      const copy = Buffer.from(snapshot.slice(0));
      for (const { first, handles = [] } of chains) copy.fill(0, first - 8 * handles.length, first);
      return copy;
    };
    const sameBytes = async (state: TableState<Family>) => bytes(await filter().state()).equals(bytes(state));
    beforeAll(async () => {
      netns = new Netns();
      firewall = await Firewall.open<Family>({ family, namespace: netns.path });
    });
    afterAll(async () => {
      await firewall.close();
      netns.close();
    });
    beforeEach(() => restore(netns, family, Buffer.from(RULES(family), 'latin1'), ['-c']));

    test('comes back byte for byte, with what was counted', async () => {
      const before = await filter().state();
      const text = now();
      await firewall.restore('*filter\n:INPUT ACCEPT [0:0]\n:other - [0:0]\n-A INPUT -j other\nCOMMIT\n');
      expect(now()).not.toBe(text);
      await filter().restoreState(before);
      expect(now()).toBe(text);
      expect(await sameBytes(before)).toBe(true);
    });

    test('is tried by the kernel, which keeps what it has', async () => {
      const before = await filter().state();
      await filter().flush();
      const text = now();
      await filter().restoreState(before, { test: true });
      expect(now()).toBe(text);
      expect(firewall.metrics.restoring).toBe(0);
    });

    test('that the kernel would not take any more is told apart, with nothing changed', async () => {
      const sets = new Netns();
      const there = await Firewall.open<Family>({ family, namespace: sets.path });
      try {
        sets.execSync('ipset', ['create', 'gone', 'hash:ip', 'family', family === 'ipv4' ? 'inet' : 'inet6']);
        await there.table('filter').chain('INPUT').append('-m set --match-set gone src -j DROP');
        const state = await there.table('filter').state();
        await there.table('filter').restoreState(state, { test: true });
        const text = now();
        for (const trial of [true, false])
          expect(await failure(filter().restoreState(state, { test: trial }))).toMatchObject({
            code: expect.stringMatching(/^ERR_(BAD_RULE|NO_OBJECT|UNSUPPORTED_BY_KERNEL)$/),
            applied: 'no',
            table: 'filter',
          });
        expect(now()).toBe(text);
      } finally {
        await there.close();
        sets.close();
      }
    });

    test('is not put back where a chain would take a target of its name for itself', async () => {
      restore(netns, family, '*mangle\n-A INPUT -j MARK --set-mark 1\nCOMMIT\n');
      const backend = openKernel({ family, namespace: netns.path });
      await backend.apply('mangle', programOf(family, ['-N MARK']), { wait: 0 });
      const mangle = firewall.table('mangle');
      const before = await mangle.state();
      expect(await failure(mangle.restoreState(before, { test: true }))).toMatchObject({ applied: 'no' });
      await backend.close();
    });

    test('comes back however large it is, while others get their turn', async () => {
      const lines = Array.from(
        { length: 20_000 },
        (_, i) => `-A web -p tcp --dport ${i} -m comment --comment "number ${i}"`,
      );
      await firewall.restore(['*filter', ':web - [0:0]', ...lines, 'COMMIT', ''].join('\n'), { noflush: true });
      const before = await filter().state();
      await filter().flush();
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      await filter().restoreState(before, { test: true });
      await filter().restoreState(before);
      clearInterval(timer);
      expect(turns).toBeGreaterThan(5);
      expect(await sameBytes(before)).toBe(true);
    });
  });

describe('the state of a table', () => {
  const open = (backend = new MemoryBackend('ipv4')) => Firewall.open({ backend });

  test('of memory comes back, too, and is only tried where that is asked for', async () => {
    const backend = new MemoryBackend('ipv4');
    const firewall = await open(backend);
    const filter = firewall.table('filter');
    await firewall.restore(RULES('ipv4').replace(/[\x80-\xff]/g, 'x'), { counters: true });
    const before = await filter.state();
    await filter.flush();
    const commits = backend.commits;
    await filter.restoreState(before, { test: true });
    expect([backend.commits, (await filter.state()).length]).toEqual([commits, 0]);
    backend.failNext('commit', 22);
    await expect(filter.restoreState(before, { test: true })).rejects.toMatchObject({ code: 'ERR_BAD_RULE' });
    await filter.restoreState(before);
    expect((await filter.state()).save({ counters: true })).toBe(before.save({ counters: true }));
    await firewall.close();
  });

  test('with a rule that no program can write is refused, and the rule named', async () => {
    const firewall = await open();
    const filter = firewall.table('filter');
    await filter.chain('INPUT').append('-s 10.0.0.1');
    await filter.chain('INPUT').append('-s 10.0.0.2');
    const { snapshot } = await filter.state();
    const odd = snapshot.slice(0);
    // The verdict of the last rule, the last thing in the bytes: jumps into the middle of a chain.
    new DataView(odd).setInt32(odd.byteLength - 8, 1000, true);
    const state = new TableState<'ipv4'>('filter', (filter as unknown as { codec: never }).codec, odd);
    for (const trial of [true, false])
      await expect(filter.restoreState(state, { test: trial })).rejects.toMatchObject({
        code: 'ERR_BAD_RULE',
        chain: 'INPUT',
        index: 1,
        message: expect.stringContaining('rule 2 of chain INPUT'),
      });
    expect((await filter.state()).length).toBe(2);
    await firewall.close();
  });

  test('is taken by its own table alone', async () => {
    const firewall = await open();
    const six = await Firewall.open({ family: 'ipv6', backend: new MemoryBackend('ipv6') });
    const state = await firewall.table('filter').state();
    for (const attempt of [
      firewall.table('nat').restoreState(state),
      six.table('filter').restoreState(state as never),
      firewall.table('filter').restoreState('*filter' as never),
      firewall.table('filter').restoreState(state, { tset: true } as never),
    ])
      expect(await failure(attempt)).toMatchObject({
        code: 'ERR_BAD_ARGUMENT',
        message: expect.stringContaining('restoreState()'),
      });
    await firewall.close();
    await six.close();
  });
});
