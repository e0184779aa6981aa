import { Firewall, type Rule } from '../../lib';
import { afterAll, beforeAll, beforeEach, describeWith, expect, test } from '../harness';
import { Netns, vethPair } from '../harness/netns';
import { isNftRun } from '../harness/oracle';
import { Peer } from '../harness/peer';

// What docs/frequent-commits.md says, measured: which matches begin again at every commit of their table.
describeWith(['netns', 'addon'], 'a commit', () => {
  const SERVER = '192.0.2.1';
  let here: Netns;
  let there: Netns;
  let client: Peer;
  let firewall: Firewall<'ipv4'>;

  beforeAll(async () => {
    [here, there] = [new Netns(), new Netns()];
    vethPair(
      { netns: here, device: 'eth0', addresses: [`${SERVER}/24`] },
      { netns: there, device: 'eth0', addresses: ['192.0.2.2/24'] },
    );
    client = new Peer(there);
    firewall = await Firewall.open({ namespace: here.path });
  });
  afterAll(async () => {
    client.close();
    await firewall.close();
    here.close();
    there.close();
  });
  beforeEach(() => firewall.table('filter').flush());

  /** One datagram, dropped by the chain, which nobody answers. */
  const packet = () => client.udp(SERVER, 1000, { timeout: 50 });
  /** How many of ten packets a match lets through, with a commit elsewhere before each of them or none at all. */
  async function matched(
    match: NonNullable<Extract<Rule<'ipv4'>, { match?: unknown }>['match']>[number],
    commits: boolean,
    from = firewall,
  ): Promise<number> {
    const filter = from.table('filter');
    await filter.chain('INPUT').append({ protocol: 'udp', match: [{ udp: { dport: 1000 } }, match] });
    await filter.chain('INPUT').append('-p udp -j DROP');
    const edits: Promise<void>[] = [];
    for (let i = 0; i < 10; i++) {
      if (commits) edits.push(filter.chain('FORWARD').append('-j ACCEPT'));
      if (from === firewall) await filter.drain();
      await packet();
    }
    await Promise.all(edits);
    return Number((await filter.chain('INPUT').list())[0]!.counters.packets);
  }

  const limit = { limit: { limit: '1/hour', limitBurst: 1 } } as const;

  test.each([
    ['limit', limit, 1, 10],
    ['quota', { quota: { quota: 40 } }, 1, 10],
    ['statistic --mode nth', { statistic: { mode: 'nth', every: 5, packet: 0 } }, 2, 0],
  ] as const)(
    isNftRun ? 'leaves %s alone, in nf_tables' : 'lets %s begin again',
    async (_, match, alone, committed) => {
      expect(await matched(match, false)).toBe(alone);
      await firewall.table('filter').flush();
      expect(await matched(match, true)).toBe(isNftRun ? alone : committed);
    },
  );

  test('leaves the state of hashlimit', async () => {
    const hashlimit = (name: string) =>
      ({ hashlimit: { hashlimitUpto: '1/hour', hashlimitBurst: 1, hashlimitName: name } }) as const;
    expect(await matched(hashlimit('alone'), false)).toBe(1);
    await firewall.table('filter').flush();
    expect(await matched(hashlimit('committed'), true)).toBe(1);
  });

  test('of another table leaves limit alone', async () => {
    const filter = firewall.table('filter');
    await filter.chain('INPUT').append({ protocol: 'udp', match: [{ udp: { dport: 1000 } }, limit] });
    for (let i = 0; i < 10; i++) {
      await firewall.table('mangle').chain('FORWARD').append('-j ACCEPT');
      await packet();
    }
    expect((await filter.chain('INPUT').list())[0]!.counters.packets).toBe(1n);
  });

  test('comes seldom where the queue has an interval', async () => {
    const slow = await Firewall.open({ namespace: here.path, queue: { interval: 2_000 } });
    const count = await matched(limit, true, slow);
    await slow.close();
    // Two commits put the rules there; all the edits behind them share one more, or two.
    expect(count).toBeLessThanOrEqual(3);
  });
});
