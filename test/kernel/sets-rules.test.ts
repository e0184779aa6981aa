/** Rules that name sets: those that there are, of their family, and no others. */
import { Firewall, type IptcError, type RuleText, rulesFromJson } from '../../lib';
import { plan } from '../../lib/policy';
import { Sets } from '../../lib/sets';
import { afterEach, beforeEach, describe, describeWith, expect, test } from '../harness';
import { MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';

describeWith(['netns', 'addon', 'ipset'], 'a rule that names a set', () => {
  let netns: Netns;
  let sets: Sets;
  let firewalls: { ipv4: Firewall<'ipv4'>; ipv6: Firewall<'ipv6'> };
  beforeEach(async () => {
    netns = new Netns();
    sets = await Sets.open({ namespace: netns.path });
    firewalls = {
      ipv4: await Firewall.open({ family: 'ipv4', namespace: netns.path, lock: false }),
      ipv6: await Firewall.open({ family: 'ipv6', namespace: netns.path, lock: false }),
    };
  });
  afterEach(async () => {
    await sets.close();
    await firewalls.ipv4.close();
    await firewalls.ipv6.close();
    netns.close();
  });
  const failure = async (work: () => unknown): Promise<IptcError> => {
    try {
      await work();
    } catch (error) {
      return error as IptcError;
    }
    throw new Error('It was not refused');
  };

  describe.each(['ipv4', 'ipv6'] as const)('of %s', (family) => {
    const filter = () => (firewalls[family] as Firewall<'ipv4'>).table('filter');
    const input = () => filter().chain('INPUT');
    const match = [{ set: { matchSet: { setname: 'web', flags: ['src'] } } }] as const;
    const rule: RuleText = '-m set --match-set web src -j DROP';
    const file = `*filter\n-A INPUT ${rule}\nCOMMIT\n`;
    const WAYS: Readonly<Record<string, () => unknown>> = {
      append: () => input().append(rule),
      appendSync: () => input().appendSync(rule),
      'append, as data': () => input().append({ match, target: 'DROP' }),
      'append of SET': () => input().append('-j SET --add-set web src'),
      appendAll: () => input().appendAll([rule]),
      insert: () => input().insert(rule),
      ensure: () => input().ensure(rule),
      restore: () => firewalls[family].restore(file),
      'restore of JSON': () =>
        firewalls[family].restore(
          rulesFromJson({
            family,
            tables: [{ name: 'filter', chains: [], rules: [{ chain: 'INPUT', rule: { match, target: 'DROP' } }] }],
          } as never) as never,
        ),
      transaction: () => filter().transaction((tx) => tx.chain('INPUT').append(rule)),
      plan: () => plan(firewalls[family] as Firewall<'ipv4'>, { filter: { INPUT: { rules: [rule] } } }),
      'plan of a text': () => plan(firewalls[family] as Firewall<'ipv4'>, file),
    };
    const commands = () =>
      [
        [['iptables', '-A', 'INPUT', ...rule.split(' ')], ''],
        [['iptables-restore'], file],
      ].map(([words, input]) => {
        const [name, ...rest] = words as string[];
        const args = [MULTI, family === 'ipv4' ? name! : name!.replace('ip', 'ip6'), ...rest];
        return netns.execSync(process.execPath, args, { input: input as string });
      });
    /** What the hint says to do. */
    const heed = ({ hint }: IptcError) => {
      const [program = '', ...args] = /ipset [^.]+/.exec(hint!)![0].split(' ');
      expect(netns.execSync(program, args)).toMatchObject({ status: 0, stderr: '' });
      return args[1]!;
    };

    test('that is missing is refused, and told how it is made', async () => {
      for (const [name, way] of Object.entries(WAYS)) {
        const error = await failure(way);
        expect([name, error.code, error.iptables]).toEqual([name, 'ERR_NO_OBJECT', "Set web doesn't exist."]);
        expect([name, error.hint]).toEqual([name, expect.stringContaining('ipset create web hash:ip')]);
      }
      for (const { status, stderr } of commands()) {
        expect(stderr).toContain("Set web doesn't exist.");
        expect(stderr).toContain('ipset create web hash:ip');
        expect(status).toBe(2);
      }
      heed(await failure(WAYS.append!));
      for (const way of Object.values(WAYS)) await way();
      for (const { status } of commands()) expect(status).toBe(0);
    });

    test('that is of the other family is refused, and told to have one of its own', async () => {
      await sets.create('web', { type: 'hash:ip', family: family === 'ipv4' ? 'ipv6' : 'ipv4' });
      for (const [name, way] of Object.entries(WAYS)) {
        const error = await failure(way);
        expect([name, error.code]).toEqual([name, 'ERR_BAD_RULE']);
        expect([name, error.iptables]).toEqual([name, expect.stringContaining('The protocol family of set web is')]);
        expect([name, error.hint]).toEqual([name, expect.stringContaining('Each family needs a set of its own')]);
      }
      for (const { status, stderr } of commands()) {
        expect(stderr).toContain('The protocol family of set web is');
        expect(stderr).toContain('Each family needs a set of its own');
        expect(status).toBe(2);
      }
      const name = heed(await failure(WAYS.append!));
      await input().append(`-m set --match-set ${name} src -j DROP` as RuleText);
    });

    test('that is made in the same transaction is taken; a transaction that fails leaves the set', async () => {
      const work = (fails: boolean) =>
        filter().transaction(async (tx) => {
          await sets.create('web', { type: 'hash:ip', family }, { exist: true });
          await tx.chain('INPUT').append(rule);
          if (fails) throw new Error('no');
        });
      await expect(work(true)).rejects.toThrow('no');
      expect(await sets.names()).toEqual(['web']);
      expect(await input().list()).toEqual([]);
      await work(false);
      expect(await input().list()).toHaveLength(1);
    });

    test('that goes away before the commit is refused by the kernel, which is told', async () => {
      await sets.create('web', { type: 'hash:ip', family });
      const work = filter().transaction(async (tx) => {
        await tx.chain('INPUT').append(rule);
        await sets.set('web').destroy();
      });
      expect(await failure(() => work)).toMatchObject({
        code: 'ERR_NO_OBJECT',
        message: expect.stringContaining('the kernel has no ip_set "#0"'),
        hint: expect.stringContaining('make it again'),
        applied: 'no',
      });
      expect(await input().list()).toEqual([]);
    });
  });
});
