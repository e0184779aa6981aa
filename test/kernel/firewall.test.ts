import { type Family, Firewall, IptcError, type TableName } from '../../lib';
import { afterAll, beforeAll, beforeEach, describeWith, expect, test } from '../harness';

const BUILTIN: Record<TableName, string[]> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};
const TABLES = Object.keys(BUILTIN) as TableName[];

/** The error that something fails with. */
async function failure(attempt: () => unknown): Promise<IptcError> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof IptcError) return error;
    throw error;
  }
  throw new Error('it succeeded');
}

for (const family of ['ipv4', 'ipv6'] as const satisfies readonly Family[]) {
  const host = (n: number) => (family === 'ipv4' ? `192.0.2.${n}` : `2001:db8::${n}`);
  const bits = family === 'ipv4' ? 32 : 128;

  describeWith(['netns', 'addon'], `a firewall of ${family}`, () => {
    let firewall: Firewall<Family>;
    const rulesOf = async (table: TableName = 'filter') =>
      (await firewall.table(table).save()).split('\n').filter((line) => line.startsWith('-A'));

    beforeAll(async () => {
      firewall = await Firewall.open({ family, namespace: 'new' });
    });
    afterAll(() => firewall.close());
    beforeEach(async () => {
      for (const name of TABLES) {
        const table = firewall.table(name);
        await table.flush();
        for (const chain of (await table.state()).chains) if (!chain.builtin) await table.deleteChain(chain.name);
      }
    });

    for (const name of TABLES) {
      test(`has the table ${name} with its built-in chains`, async () => {
        const { chains } = await firewall.table(name).state();
        expect(chains.map((chain) => chain.name)).toEqual(BUILTIN[name]);
        expect(chains.map((chain) => chain.policy)).toEqual(BUILTIN[name].map(() => 'ACCEPT'));
      });

      test(`appends, inserts, replaces and deletes in the table ${name}`, async () => {
        const output = firewall.table(name).chain('OUTPUT');
        await output.append({ destination: host(1), target: 'ACCEPT' });
        await output.append({ destination: host(3), target: 'ACCEPT' });
        await output.insert({ destination: host(2), target: 'ACCEPT' }, 2);
        expect((await output.list()).map((rule) => 'destination' in rule && rule.destination)).toEqual([
          host(1),
          host(2),
          host(3),
        ]);
        await output.replace(2, { destination: host(4), target: 'RETURN' });
        await output.delete({ destination: host(1), target: 'ACCEPT' });
        await output.delete(2);
        expect(await rulesOf(name)).toEqual([`-A OUTPUT -d ${host(4)}/${bits} -j RETURN`]);
      });
    }

    test('takes text wherever it takes a rule', async () => {
      const input = firewall.table('filter').chain('INPUT');
      await input.append('-p tcp --dport ssh -j ACCEPT');
      expect(await input.list()).toEqual([
        { protocol: 'tcp', match: [{ tcp: { dport: 22 } }], target: 'ACCEPT', counters: { packets: 0n, bytes: 0n } },
      ]);
      expect(await input.check({ protocol: 'tcp', match: [{ tcp: { dport: 22 } }], target: 'ACCEPT' })).toBe(true);
      expect(await input.check('-p tcp --dport 23 -j ACCEPT')).toBe(false);
    });

    test('inserts at the first place unless told, and one behind the last', async () => {
      const input = firewall.table('filter').chain('INPUT');
      await input.insert('-j ACCEPT');
      await input.insert('-j DROP');
      await input.insert('-j RETURN', 3);
      expect(await rulesOf()).toEqual(['-A INPUT -j DROP', '-A INPUT -j ACCEPT', '-A INPUT -j RETURN']);
      expect((await failure(() => input.insert('-j DROP', 9))).code).toBe('ERR_NO_RULE');
    });

    test('has rules without a target, jumps, gotos and counters', async () => {
      const filter = firewall.table('filter');
      await filter.createChain('web');
      const input = filter.chain('INPUT');
      await input.append({ protocol: 'udp' });
      await input.append({ target: 'web' });
      await input.append({ target: { goto: 'web' }, counters: { packets: 3, bytes: 2n ** 60n } });
      expect(await input.list()).toEqual([
        { protocol: 'udp', counters: { packets: 0n, bytes: 0n } },
        { target: 'web', counters: { packets: 0n, bytes: 0n } },
        { target: { goto: 'web' }, counters: { packets: 3n, bytes: 2n ** 60n } },
      ]);
      expect((await filter.chain('web').state()).references).toBe(2);
      expect(await filter.save({ counters: true })).toContain(`[3:${2n ** 60n}] -A INPUT -g web`);
      await input.zero(3);
      expect((await input.list())[2]!.counters).toEqual({ packets: 0n, bytes: 0n });
    });

    test('creates, renames and deletes chains, and says why it can not', async () => {
      const filter = firewall.table('filter');
      await filter.createChain('one');
      await filter.chain('INPUT').append({ target: 'one' });
      await filter.renameChain('one', 'two');
      expect(await rulesOf()).toEqual(['-A INPUT -j two']);
      expect((await failure(() => filter.createChain('two'))).code).toBe('ERR_CHAIN_EXISTS');
      expect((await failure(() => filter.deleteChain('two'))).code).toBe('ERR_CHAIN_IN_USE');
      await filter.chain('INPUT').flush();
      await filter.chain('two').append('-j DROP');
      expect((await failure(() => filter.deleteChain('two'))).code).toBe('ERR_CHAIN_IN_USE');
      await filter.chain('two').flush();
      await filter.deleteChain('two');
      expect((await failure(() => filter.chain('two').list())).code).toBe('ERR_NO_CHAIN');
      expect((await failure(() => filter.deleteChain('INPUT'))).code).toBe('ERR_BAD_CHAIN');
    });

    test('sets policies, of built-in chains only', async () => {
      const filter = firewall.table('filter');
      await filter.chain('FORWARD').setPolicy('DROP');
      expect(await filter.chain('FORWARD').policy()).toBe('DROP');
      await filter.chain('FORWARD').setPolicy('ACCEPT');
      await filter.createChain('mine');
      const { code, chain, message } = await failure(() =>
        filter.queue.push({ operation: 'x', method: filter.flush }, filter.settingPolicy('mine', 'DROP')),
      );
      expect([code, chain]).toEqual(['ERR_BAD_CHAIN', 'mine']);
      expect(message).toContain('only built-in chains have one');
    });

    test('does the same at once, for scripts', () => {
      const filter = firewall.table('filter');
      const input = filter.chain('INPUT');
      filter.createChainSync('mine');
      input.appendSync('-j mine');
      input.insertSync({ inInterface: 'lo', target: 'ACCEPT' });
      input.appendAllSync(['-p udp', { protocol: 'tcp' }]);
      expect(filter.stateSync().save()).toContain(
        '-A INPUT -i lo -j ACCEPT\n-A INPUT -j mine\n-A INPUT -p udp\n-A INPUT -p tcp\n',
      );
      expect(input.checkSync('-p udp')).toBe(true);
      input.replaceSync(1, '-j DROP');
      input.deleteSync(1);
      input.deleteSync('-p udp');
      input.flushSync();
      filter.renameChainSync('mine', 'yours');
      filter.deleteChainSync('yours');
      input.setPolicySync('DROP');
      input.setPolicySync('ACCEPT');
      expect(filter.stateSync().chains.map((chain) => chain.name)).toEqual(BUILTIN.filter);
    });

    test('commits edits that are issued together at once, in order', async () => {
      const input = firewall.table('filter').chain('INPUT');
      const { commits } = firewall.metrics;
      await Promise.all(Array.from({ length: 100 }, (_, i) => input.append({ protocol: 200, source: host(i + 1) })));
      expect(firewall.metrics.commits - commits).toBe(1);
      expect((await input.list()).map((rule) => 'source' in rule && rule.source)).toEqual(
        Array.from({ length: 100 }, (_, i) => host(i + 1)),
      );
    });

    test('rejects the guilty edit of a batch alone', async () => {
      const input = firewall.table('filter').chain('INPUT');
      const results = await Promise.allSettled([
        input.append('-j ACCEPT'),
        input.append('-j nowhere'),
        input.append('-j DROP'),
        input.delete('-p 99'),
        input.append('-p tcp --dport 99999'),
        input.append('-j RETURN'),
      ]);
      expect(results.map((r) => (r.status === 'fulfilled' ? 'ok' : (r.reason as IptcError).code))).toEqual([
        'ok',
        'ERR_NO_CHAIN',
        'ok',
        'ERR_NO_RULE',
        'ERR_BAD_RULE',
        'ok',
      ]);
      expect(await rulesOf()).toEqual(['-A INPUT -j ACCEPT', '-A INPUT -j DROP', '-A INPUT -j RETURN']);
    });

    test('edits by number only if the expected rule is there', async () => {
      const input = firewall.table('filter').chain('INPUT');
      await input.appendAll(['-j ACCEPT', '-j DROP']);
      const { code } = await failure(() => input.delete(1, { expect: '-j DROP' }));
      expect(code).toBe('ERR_CONFLICT');
      await input.delete(2, { expect: '-j DROP' });
      await input.replace(1, '-j RETURN', { expect: { target: 'ACCEPT' } });
      expect(await rulesOf()).toEqual(['-A INPUT -j RETURN']);
    });

    test('changes nothing when a list of rules has a bad one, and says which', async () => {
      const input = firewall.table('filter').chain('INPUT');
      const { code, index, option, path } = await failure(() =>
        input.appendAll(['-j ACCEPT', { protocol: 'tcp', match: [{ tcp: { dport: 70000 } }] }]),
      );
      expect([code, index, option, path]).toEqual(['ERR_BAD_RULE', 1, 'dport', 'match[0].tcp.dport']);
      expect(await rulesOf()).toEqual([]);
    });

    test('refuses after close', async () => {
      const other = await Firewall.open({ family, namespace: firewall.namespace });
      await other.close();
      expect((await failure(() => other.table('filter').chain('INPUT').append('-j DROP'))).code).toBe('ERR_CLOSED');
      expect((await failure(() => other.save())).code).toBe('ERR_CLOSED');
      await other.close();
    });

    describeBadInput();

    function describeBadInput() {
      const cases: [string, () => Promise<unknown>, Partial<IptcError>][] = [
        [
          'an unknown option',
          () => input().append({ protocol: 'tcp', match: [{ tcp: { dprot: 22 } }] } as never),
          { code: 'ERR_BAD_RULE', option: 'dprot', path: 'match[0].tcp.dprot' },
        ],
        [
          'port 70000',
          () => input().append({ protocol: 'tcp', match: [{ tcp: { dport: 70000 } }] }),
          { code: 'ERR_BAD_RULE', option: 'dport' },
        ],
        [
          'a prefix that is too long',
          () => input().append({ source: `${host(0)}/${bits + 1}` }),
          { code: 'ERR_BAD_RULE', option: 'source' },
        ],
        [
          'a chain name of 29 characters',
          () => firewall.table('filter').createChain('x'.repeat(29)),
          { code: 'ERR_BAD_CHAIN', chain: 'x'.repeat(29) },
        ],
        [
          'a jump to a missing chain',
          () => input().append({ target: 'nowhere' }),
          { code: 'ERR_NO_CHAIN', chain: 'INPUT' },
        ],
        [
          'REJECT in nat',
          () =>
            firewall
              .table('nat')
              .chain('OUTPUT')
              .append({ target: { REJECT: {} } }),
          { code: 'ERR_BAD_RULE', table: 'nat', chain: 'OUTPUT' },
        ],
        [
          '--dport without tcp',
          () => input().append({ match: [{ tcp: { dport: 22 } }] }),
          { code: 'ERR_BAD_RULE', option: 'protocol' },
        ],
        [
          '--dport without tcp, as text',
          () => input().append('--dport 22'),
          { code: 'ERR_BAD_RULE', option: 'dport', column: 1 },
        ],
        [
          'a chain named REJECT',
          () => firewall.table('filter').createChain('REJECT'),
          { code: 'ERR_BAD_CHAIN', chain: 'REJECT' },
        ],
        [
          'two keys in one match',
          () => input().append({ match: [{ tcp: {}, comment: { comment: 'x' } }] } as never),
          { code: 'ERR_BAD_RULE', path: 'match[0]' },
        ],
        [
          'a target extension as text',
          () => input().append({ target: 'REJECT' } as never),
          { code: 'ERR_BAD_RULE', option: 'jump' },
        ],
        ['an unknown table', async () => firewall.table('fitler' as never), { code: 'ERR_NO_TABLE' }],
        ['position 0', () => input().delete(0), { code: 'ERR_BAD_ARGUMENT' }],
        [
          'a chain name with a newline',
          () => firewall.table('filter').createChain('a\n-A INPUT -j ACCEPT'),
          { code: 'ERR_BAD_CHAIN' },
        ],
      ];
      const input = () => firewall.table('filter').chain('INPUT');
      for (const [name, attempt, expected] of cases) {
        test(`refuses ${name}, with nothing changed`, async () => {
          const before = await rulesOf();
          const error = await failure(attempt);
          expect(error).toMatchObject({ ...expected, applied: 'no', name: 'IptcError' });
          expect(error.message).toMatch(/^(Expected|Cannot) /);
          if (expected.code !== 'ERR_NO_TABLE')
            expect([error.family, error.table !== undefined]).toEqual([family, true]);
          expect(await rulesOf()).toEqual(before);
        });
      }
    }
  });
}

describeWith(['netns', 'addon'], 'a namespace', () => {
  test('that does not exist is refused with its remedy', async () => {
    expect(await failure(() => Firewall.open({ namespace: '/run/netns/no-such' }))).toMatchObject({
      code: 'ERR_NAMESPACE',
    });
  });

  test('may be shared by two families and two firewalls', async () => {
    const one = await Firewall.open({ namespace: 'new' });
    const two = await Firewall.open({ namespace: one.namespace, family: 'ipv6' });
    const three = await Firewall.open({ namespace: one.namespace });
    await one.table('filter').chain('INPUT').append('-j DROP');
    expect(await three.table('filter').save()).toContain('-A INPUT -j DROP');
    expect(await two.table('filter').save()).not.toContain('-A INPUT');
    expect(one.loadedTables()).toContain('filter');
    await Promise.all([one.close(), two.close(), three.close()]);
  });
});

describeWith(['netns', 'addon'], 'text of a rule', () => {
  test('may name its chain, and no other', async () => {
    const firewall = await Firewall.open({ namespace: 'new' });
    const input = firewall.table('filter').chain('INPUT');
    await input.append('-A INPUT -j ACCEPT');
    expect(await failure(() => input.append('-A FORWARD -j ACCEPT'))).toMatchObject({
      code: 'ERR_BAD_RULE',
      chain: 'INPUT',
      hint: "Give it to chain('FORWARD'), or leave -A FORWARD out.",
    });
    expect(await input.list()).toHaveLength(1);
    await firewall.close();
  });
});
