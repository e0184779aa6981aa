import { Readable } from 'node:stream';
import { Firewall, formatRuleset, IptcError, parseRuleset, type RestoreOptions, type Ruleset } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { anyKernel } from '../../../lib/codec/kernel';
import { EntryCodec } from '../../../lib/rule/entry';
import { describe, expect, test } from '../../harness';

const open = () => Firewall.openSync({ backend: new MemoryBackend('ipv4') });
const OLD =
  '*filter\n:INPUT DROP [5:50]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:mine - [0:0]\n:other - [0:0]\n-A INPUT -j mine\n-A mine -s 10.0.0.1/32 -j ACCEPT\n-A other -j DROP\nCOMMIT\n';

async function firewallWith(text = OLD, options?: RestoreOptions) {
  const firewall = open();
  await firewall.restore(text, { counters: true, ...options });
  return firewall;
}
const filter = (firewall: Firewall<'ipv4'>, counters = false) => firewall.table('filter').save({ counters });

async function refusal(work: Promise<unknown>): Promise<IptcError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof IptcError) return error;
    throw error;
  }
  throw new Error('Expected it to reject');
}

describe('firewall.restore', () => {
  test('makes the tables what the text says', async () => {
    const firewall = await firewallWith();
    expect(await filter(firewall)).toBe(OLD);
    await firewall.restore('*filter\n:INPUT ACCEPT [9:9]\n-A FORWARD -j DROP\nCOMMIT\n');
    expect(await filter(firewall)).toBe(
      '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A FORWARD -j DROP\nCOMMIT\n',
    );
  });

  test('takes streams, lines and data', async () => {
    for (const input of [
      Readable.from([OLD.slice(0, 40), OLD.slice(40)]),
      OLD.split('\n'),
      Buffer.from(OLD),
      parseRuleset(OLD),
    ]) {
      const firewall = open();
      await firewall.restore(input, { counters: true });
      expect(await filter(firewall)).toBe(OLD);
    }
  });

  test('keeps counters when told to', async () => {
    const text =
      '*filter\n:INPUT DROP [1:2]\n[3:4] -A INPUT -j ACCEPT\n[5:6] -A INPUT -m comment --comment "a b" -f\nCOMMIT\n';
    const firewall = await firewallWith(text);
    expect(await filter(firewall, true)).toContain(':INPUT DROP [1:2]');
    expect(await filter(firewall, true)).toContain('[3:4] -A INPUT -j ACCEPT\n[5:6] -A INPUT -f -m comment');
    await firewall.restore(text);
    expect(await filter(firewall, true)).toContain('[0:0] -A INPUT -j ACCEPT\n[0:0]');
  });

  test('names the chain that is not there, and the target that was meant', async () => {
    const firewall = open();
    const input = firewall.table('filter').chain('INPUT');
    const jump = await refusal(input.append('-j REJCT'));
    expect(jump.message).toBe(
      'Cannot append a rule to chain INPUT of table filter (IPv4): there is no chain REJCT (ENOENT)',
    );
    expect(jump.hint).toContain('-j REJECT');
    const restored = await refusal(firewall.restore('*filter\n-A INPUT -j na\u00efve\nCOMMIT\n'));
    expect(restored.message).toContain('there is no chain na\u00efve');
    expect(restored.hint).toBe('Declare the chain before its rules: ":naïve - [0:0]".');
    const nowhere = await refusal(
      firewall
        .table('filter')
        .chain('nowhere' as never)
        .append('-j DROP'),
    );
    expect(nowhere.message).toContain('chain nowhere of table filter (IPv4): there is no such chain');
  });

  test('with noflush empties only the chains of the user that the text names, and takes commands', async () => {
    const firewall = await firewallWith();
    await firewall.restore(
      '*filter\n:mine - [0:0]\n:INPUT - [0:0]\n:new - [0:0]\n-I INPUT -s 1.1.1.1,2.2.2.2 -j new\n-D other -j DROP\n-R INPUT 3 -j new\n-N more\n-E more less\n-P FORWARD DROP\n-A less -j RETURN\n-F less\n-X less\nCOMMIT\n',
      { noflush: true },
    );
    expect(await filter(firewall)).toBe(
      '*filter\n:INPUT DROP [5:50]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:mine - [0:0]\n:new - [0:0]\n:other - [0:0]\n-A INPUT -s 2.2.2.2/32 -j new\n-A INPUT -s 1.1.1.1/32 -j new\n-A INPUT -j new\nCOMMIT\n',
    );
  });

  test('touches only the tables that are named, and of those only the ones asked for', async () => {
    const firewall = await firewallWith();
    await firewall.restore('*nat\n-A OUTPUT -j ACCEPT\nCOMMIT\n*filter\n-A OUTPUT -j DROP\nCOMMIT\n', {
      tables: ['nat'],
    });
    expect(await filter(firewall)).toBe(OLD);
    expect(await firewall.table('nat').save()).toContain('-A OUTPUT -j ACCEPT');
  });

  test('tries and changes nothing with test', async () => {
    const firewall = await firewallWith();
    await firewall.restore('*filter\n-A OUTPUT -j DROP\nCOMMIT\n', { test: true });
    expect(await filter(firewall)).toBe(OLD);
    const error = await refusal(
      firewall.restore('*filter\n-A OUTPUT -j DROP\n-A OUTPUT -j nowhere\nCOMMIT\n', { test: true }),
    );
    expect([error.code, error.line]).toEqual(['ERR_NO_CHAIN', 3]);
  });

  for (const [what, text, code, line] of [
    ['a wrong word', '*filter\n-A INPUT -j ACCEPT\n-A INPUT --foo\nCOMMIT\n', 'ERR_BAD_RULE', 3],
    [
      'a jump to nowhere',
      '*filter\n-A INPUT -j ACCEPT\n-A INPUT -j nowhere\n-A INPUT -j DROP\nCOMMIT\n',
      'ERR_NO_CHAIN',
      3,
    ],
    ['a rule of no chain', '*filter\n-A nowhere -j ACCEPT\nCOMMIT\n', 'ERR_NO_CHAIN', 2],
    ['a chain that is there', '*filter\n:a - [0:0]\n:a - [0:0]\nCOMMIT\n', 'ERR_CHAIN_EXISTS', 3],
    ['a rule that is not there to delete', '*filter\n-A INPUT -j DROP\n-D INPUT -j ACCEPT\nCOMMIT\n', 'ERR_NO_RULE', 3],
    ['a number too large', '*filter\n-D INPUT 7\nCOMMIT\n', 'ERR_NO_RULE', 2],
    ['a policy of a chain of the user', '*filter\n:a DROP [0:0]\nCOMMIT\n', undefined, 2],
    ['no end', '*filter\n-A INPUT -j ACCEPT\n', 'ERR_BAD_TEXT', 3],
    ['a name too long', `*filter\n:${'x'.repeat(29)} - [0:0]\nCOMMIT\n`, 'ERR_BAD_CHAIN', 2],
    ['a listing', '*filter\n-L\nCOMMIT\n', 'ERR_BAD_TEXT', 2],
    ['a table that is none', '*filters\nCOMMIT\n', 'ERR_NO_TABLE', 1],
    ['a control character in a name', '*filter\n:a\u0007b - [0:0]\nCOMMIT\n', 'ERR_BAD_CHAIN', 2],
    ['a loop', '*filter\n:a - [0:0]\n-A INPUT -j a\n-A a -j a\nCOMMIT\n', 'ERR_BAD_RULE', 4],
  ] as const) {
    test(`refuses ${what}, and leaves the table as it is`, async () => {
      const firewall = await firewallWith();
      const error = await refusal(firewall.restore(text, { file: 'f' }));
      if (code) expect(error.code).toBe(code);
      if (line) expect([error.file, error.line]).toEqual(['f', line]);
      expect(await filter(firewall)).toBe(OLD);
      await firewall.restore(OLD, { counters: true }); // nothing is held
    });
  }

  test('says which tables there are', async () => {
    const { message } = await refusal(open().restore('*fitler\nCOMMIT\n'));
    expect(message).toBe('Expected raw, mangle, nat, filter or security for the name of a table but received "fitler"');
  });

  test('keeps the tables before a bad one', async () => {
    const firewall = await firewallWith();
    await refusal(firewall.restore('*nat\n-A OUTPUT -j ACCEPT\nCOMMIT\n*filter\n-A OUTPUT -j nowhere\nCOMMIT\n'));
    expect(await firewall.table('nat').save()).toContain('-A OUTPUT -j ACCEPT');
    expect(await filter(firewall)).toBe(OLD);
  });

  test('names the rule of data that is wrong', async () => {
    const firewall = await firewallWith();
    const bad = {
      family: 'ipv4',
      tables: [
        {
          name: 'filter',
          chains: [],
          rules: [
            { chain: 'INPUT', rule: {} },
            { chain: 'INPUT', rule: { source: 'x' } },
          ],
        },
      ],
    } as const;
    const error = await refusal(firewall.restore(bad));
    expect([error.code, error.chain, error.index]).toEqual(['ERR_BAD_RULE', 'INPUT', 1]);
    expect(await filter(firewall)).toBe(OLD);
  });

  test('asks for the addresses of hosts, if it is told how', async () => {
    const firewall = await firewallWith();
    const text = '*raw\nCOMMIT\n*filter\n-A INPUT -s one,10.0.0.9,two/24 -j DROP\n-A INPUT -d one -j DROP\nCOMMIT\n';
    expect((await refusal(firewall.restore(text))).line).toBe(4);
    const known: Record<string, readonly string[]> = { one: ['10.0.0.1', '10.0.0.2'], two: ['10.1.2.3'] };
    const asked: string[] = [];
    const resolve = async (host: string) => {
      asked.push(host);
      return known[host] ?? [];
    };
    expect(await firewall.restore(text, { resolve })).toEqual({ tables: ['raw', 'filter'], counters: true });
    expect(asked).toEqual(['one', 'two']);
    expect((await filter(firewall)).split('\n').filter((line) => line.startsWith('-A'))).toEqual([
      '-A INPUT -s 10.0.0.1/32 -j DROP',
      '-A INPUT -s 10.0.0.2/32 -j DROP',
      '-A INPUT -s 10.0.0.9/32 -j DROP',
      '-A INPUT -s 10.1.2.0/24 -j DROP',
      '-A INPUT -d 10.0.0.1/32 -j DROP',
      '-A INPUT -d 10.0.0.2/32 -j DROP',
    ]);
    const before = await filter(firewall);
    for (const [answer, code] of [
      [[], 'ERR_BAD_RULE'],
      ['10.0.0.1', 'ERR_BAD_ARGUMENT'],
      [undefined, 'ERR_BAD_ARGUMENT'],
      [[5], 'ERR_BAD_ARGUMENT'],
    ] as const)
      expect((await refusal(firewall.restore(text, { resolve: () => answer as readonly string[] }))).code).toBe(code);
    const failing = () => Promise.reject(new Error('no resolver'));
    await expect(firewall.restore(text, { resolve: failing })).rejects.toThrow('no resolver');
    expect(await filter(firewall)).toBe(before);
  });

  test('has the kernel try what would replace a table', async () => {
    const seen: string[] = [];
    const refusing = new MemoryBackend('ipv4', { onCommit: ({ table }) => void seen.push(table) });
    const firewall = Firewall.openSync({ backend: refusing });
    await firewall.restore(OLD, { test: true });
    expect([seen, refusing.commits]).toEqual([['filter'], 0]);
    const loop = '*filter\n:a - [0:0]\n-A INPUT -j a\n-A a -j a\nCOMMIT\n';
    expect((await refusal(firewall.restore(loop, { test: true }))).table).toBe('filter');
    expect(refusing.commits).toBe(0);
  });

  test('takes no data of the other family', async () => {
    const firewall = await firewallWith();
    for (const [family, message] of [
      ['ipv6', 'Expected a ruleset of ipv4 but received one of "ipv6"'],
      [undefined, 'Expected ipv4 or ipv6 for input.family of restore() but received nothing'],
    ] as const) {
      const other = { ...parseRuleset('*filter\n-A INPUT -j DROP\nCOMMIT\n'), family } as unknown as Ruleset<'ipv4'>;
      for (const options of [{}, { test: true }, { noflush: true }])
        expect(await refusal(firewall.restore(other, options))).toMatchObject({ code: 'ERR_BAD_ARGUMENT', message });
    }
    expect(await filter(firewall)).toBe(OLD);
  });

  test('takes no DROP in table nat, for which no file with it could be loaded', async () => {
    for (const family of ['ipv4', 'ipv6'] as const) {
      const firewall = await Firewall.open<'ipv4' | 'ipv6'>({ family, backend: new MemoryBackend(family) });
      const nat = firewall.table('nat');
      const chain = nat.chain('PREROUTING');
      const data = { family, tables: [{ name: 'nat', chains: [], rules: [{ chain: 'x', rule: { target: 'DROP' } }] }] };
      for (const act of [
        () => chain.append({ target: 'DROP' }),
        () => chain.append('-p tcp -j DROP'),
        async () => chain.appendSync('-j DROP'),
        () => chain.appendAll([{ target: 'ACCEPT' }, { target: 'DROP' }]),
        () => chain.insert({ target: 'DROP' }),
        () => chain.replace(1, { target: 'DROP' }),
        () => nat.transaction((tx) => tx.chain('PREROUTING').append({ target: 'DROP' })),
        () => firewall.restore('*nat\n-A PREROUTING -j ACCEPT\n-A PREROUTING -p tcp -j DROP\nCOMMIT\n'),
        () => firewall.restore(data as Ruleset<typeof family>),
        async () => void parseRuleset('*nat\n-A PREROUTING -p tcp -j DROP\nCOMMIT\n', { family }),
        async () => void formatRuleset(data as Ruleset<typeof family>),
      ])
        expect(await refusal(act())).toMatchObject({
          code: 'ERR_BAD_RULE',
          message: 'Expected no DROP in table nat: it is not for filtering',
          iptables: expect.stringContaining('not intended for filtering'),
        });
      // One that somebody else put there is found, and can be deleted.
      const entry = Buffer.from(new EntryCodec(anyKernel(family)).encode({ target: 'DROP' })).toString('hex');
      await chain.append({ entry });
      expect(await chain.list()).toMatchObject([{ target: 'DROP' }]);
      expect(await chain.check({ target: 'DROP' })).toBe(true);
      await chain.delete((await chain.list())[0]!);
      expect(await chain.list()).toEqual([]);
      await firewall.close();
    }
  });

  test('comes after the edits that were issued before', async () => {
    const firewall = open();
    const input = firewall.table('filter').chain('INPUT');
    const done = [input.append({ target: 'DROP' }), firewall.restore('*filter\n-A INPUT -j ACCEPT\nCOMMIT\n')];
    await Promise.all(done);
    expect((await input.list()).map((rule) => ('target' in rule ? rule.target : undefined))).toEqual(['ACCEPT']);
  });

  test('goes over more than it keeps in memory at a time', async () => {
    const firewall = open();
    const lines = function* () {
      yield '*filter';
      for (let i = 0; i < 30_000; i++)
        yield `-A INPUT -s 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32 -p tcp -m tcp --dport ${1 + (i % 60_000)} -m comment --comment "n ${i}" -j DROP`;
      yield 'COMMIT';
    };
    await firewall.restore(lines());
    const state = await firewall.table('filter').state();
    expect(state.length).toBe(30_000);
    expect(state.chain('INPUT')!.rule(29_999)).toMatchObject({
      source: '10.0.117.46',
      match: [{ tcp: { dport: 29_999 } }, { comment: { comment: 'n 29998' } }],
    });
  });
});

test('firewall.save prints the tables that are named', async () => {
  const firewall = await firewallWith();
  expect(await firewall.save({ tables: ['filter'] })).toBe(OLD);
  expect(await firewall.save({ tables: ['raw', 'filter'] })).toBe(
    `*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n${OLD}`,
  );
});
