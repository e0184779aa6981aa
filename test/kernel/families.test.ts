import { spawnSync } from 'node:child_process';
import { Firewall, type IptcError, parseRule, type RuleText } from '../../lib';
import { anyKernel } from '../../lib/codec/kernel';
import { EntryCodec } from '../../lib/rule/entry';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { lacksCommands, MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { commandOf } from '../harness/oracle';

const LABELS = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;
type Family = keyof typeof LABELS;
/** Each names a set, which stands where NAME does. */
const RULES: readonly (readonly ['filter' | 'mangle', string])[] = [
  ['filter', '-m set --match-set NAME src'],
  ['filter', '-m set ! --match-set NAME dst,dst'],
  ['filter', '-j SET --add-set NAME src'],
  ['filter', '-j SET --del-set NAME src'],
  ['mangle', '-j SET --map-set NAME src --map-mark'],
];

const lacksSets = spawnSync('ipset', ['version']).error !== undefined;

describeWith(['netns', 'addon', 'iptables'], 'a set of one family', () => {
  if (lacksSets) return test.skip('no ipset command', () => {});
  let netns: Netns;
  const firewalls = {} as Record<Family, Firewall<Family>>;
  beforeAll(async () => {
    netns = new Netns();
    for (const words of [
      ['ipv4', 'hash:ip', 'family', 'inet', 'skbinfo'],
      ['ipv6', 'hash:ip', 'family', 'inet6', 'skbinfo'],
      ['both', 'list:set', 'skbinfo'],
    ])
      expect(netns.execSync('ipset', ['create', ...words]).stderr).toBe('');
    for (const family of ['ipv4', 'ipv6'] as const)
      firewalls[family] = await Firewall.open<Family>({ family, namespace: netns.path, lock: false });
  });
  afterAll(async () => {
    for (const firewall of Object.values(firewalls)) await firewall.close();
    netns.close();
  });

  for (const family of ['ipv4', 'ipv6'] as const)
    for (const [table, rule] of RULES)
      for (const set of ['ipv4', 'ipv6', 'both'] as const) {
        const text = rule.replace('NAME', set) as RuleText;
        const fits = set === family || set === 'both';
        test(`${fits ? 'may' : 'may not'} be named in a rule of ${family}: ${text}`, async () => {
          const words = ['-t', table, '-A', 'OUTPUT', ...text.split(' ')];
          const file = `*${table}\n-A OUTPUT ${text}\nCOMMIT\n`;
          const theirs = netns.execSync(`${family === 'ipv6' ? 'ip6' : 'ip'}tables-legacy`, words);
          const judged = theirs.stderr.split(': ').slice(1).join(': ').split('\n')[0];
          expect(theirs.status).toBe(fits ? 0 : 2);
          const chain = firewalls[family].table(table).chain('OUTPUT');
          await chain.flush();

          const ways = [
            () => chain.append(text),
            async () => chain.appendSync(text),
            () => chain.check(text),
            () => firewalls[family].restore(file, { noflush: true }),
            () => firewalls[family].table(table).transaction((tx) => tx.chain('OUTPUT').append(text)),
          ];
          for (const way of ways) {
            const error = await way().then(
              () => undefined,
              (error: unknown) => error as IptcError,
            );
            if (fits) expect(error).toBeUndefined();
            else expect(error).toMatchObject({ code: 'ERR_BAD_RULE', iptables: judged, family, applied: 'no' });
          }
          expect((await chain.list()).length).toBe(fits ? 4 : 0);

          if (lacksCommands()) return;
          const name = family === 'ipv6' ? 'ip6tc' : 'iptc';
          const ours = netns.execSync(process.execPath, [MULTI, name, ...words]);
          expect(ours.status).toBe(theirs.status);
          expect(ours.stderr).toContain(judged ?? '');
          const restored = netns.execSync(process.execPath, [MULTI, `${name}-restore`, '-n'], { input: file });
          expect(restored.status).toBe(theirs.status);
          expect(restored.stderr).toContain(judged ?? '');
        });
      }

  test('that another program named in the other family is told, read as no other rule, and can be deleted', async () => {
    // The kernel itself doesn't mind. Sets are numbered as they are made.
    const anyway = new EntryCodec({ ...anyKernel('ipv4'), findSet: () => ({ index: 1 }) });
    const text = '-m set --match-set ipv6 src -j DROP';
    const chain = firewalls.ipv4.table('filter').chain('FORWARD');
    await chain.append({ entry: Buffer.from(anyway.encode(parseRule(text))).toString('hex') });
    expect(netns.execSync(commandOf('ipv4'), ['-S', 'FORWARD']).stdout).toContain(`-A FORWARD ${text}`);
    // Its name is told, and nobody reads it as another rule.
    const saved = (await firewalls.ipv4.table('filter').save()).replace(/^-A OUTPUT.*\n/gm, '');
    expect(saved).toMatch(/^-A FORWARD .* --match-set ipv6 src -j DROP$/m);
    await expect(firewalls.ipv4.restore(saved)).rejects.toMatchObject({ code: 'ERR_BAD_RULE', line: 5 });
    expect(netns.execSync(`${commandOf('ipv4')}-restore`, ['-t'], { input: saved }).status).toBe(2);
    const [rule] = await chain.list();
    await chain.delete(rule!);
    expect(await chain.list()).toEqual([]);
  });
});
