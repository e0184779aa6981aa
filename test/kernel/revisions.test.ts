import { Firewall } from '../../lib';
import type { Kernel } from '../../lib/codec/kernel';
import { toHex } from '../../lib/net/number';
import { EntryCodec } from '../../lib/rule/entry';
import type { Rule } from '../../lib/rule/rule';
import type { RuleText } from '../../lib/table/chain';
import { parseLine } from '../../lib/text/parse';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { lacksCommands, MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';

/** As iptables 1.4.21 wrote them, and others before: table, chain, rule, and the revisions that it had. */
const RULES = [
  ['mangle', 'PREROUTING', '-p tcp -m socket --transparent -j MARK --set-xmark 0x1/0x1', { socket: 1 }],
  [
    'nat',
    'PREROUTING',
    '-p tcp -m conntrack --ctstate NEW -j DNAT --to-destination 10.0.0.1:80',
    { DNAT: 0, conntrack: 2 },
  ],
  [
    'filter',
    'INPUT',
    '-m hashlimit --hashlimit-upto 5/sec --hashlimit-mode srcip --hashlimit-name a -j ACCEPT',
    { hashlimit: 1 },
  ],
  [
    'mangle',
    'OUTPUT',
    '-m conntrack --ctstate RELATED,ESTABLISHED -m addrtype --src-type LOCAL -j CONNMARK --save-mark',
    { CONNMARK: 1, conntrack: 1, addrtype: 0 },
  ],
  ['filter', 'FORWARD', '-p tcp -m multiport --dports 80,443 -j NFQUEUE --queue-num 3', { NFQUEUE: 1 }],
] as const;

describeWith(['netns', 'addon'], 'rules in older revisions, in the kernel', () => {
  let netns: Netns;
  let firewall: Firewall<'ipv4'>;
  beforeAll(async () => {
    netns = new Netns();
    firewall = await Firewall.open({ namespace: netns.path });
  });
  afterAll(async () => {
    await firewall?.close();
    netns?.close();
  });

  for (const [table, chain, text, revisions] of RULES)
    test(`are found in every way: ${text}`, async () => {
      const { codec } = firewall.table(table);
      const old: Kernel = {
        ...codec.kernel,
        family: 'ipv4',
        revision: (_, name, most) => Math.min(most, (revisions as Record<string, number>)[name] ?? most),
      };
      const entry = toHex(new EntryCodec(old).encode(parseLine('ipv4', text).rule).slice());
      expect(entry).not.toBe(toHex(codec.encode(parseLine('ipv4', text).rule)));
      const rules = firewall.table(table).chain(chain as 'OUTPUT');
      const other = '-s 192.0.2.1/32 -j ACCEPT' as RuleText;
      const ways: Record<string, (listed: Rule<'ipv4'>) => unknown> = {
        'delete(list()[0])': (listed) => rules.delete(listed),
        deleteSync: (listed) => rules.deleteSync(listed),
        'delete(text)': () => rules.delete(text as RuleText),
        'delete(1, { expect })': (listed) => rules.delete(1, { expect: listed }),
        transaction: (listed) =>
          firewall.table(table).transaction(async (t) => {
            await t.chain(chain as 'OUTPUT').delete(listed);
          }),
        restore: () => firewall.restore(`*${table}\n-D ${chain} ${text}\nCOMMIT\n`, { noflush: true }),
        ...(!lacksCommands() && {
          command: () => {
            const words = ['iptables', '-t', table, '-D', chain, ...text.split(' ')];
            expect(netns.execSync('node', [MULTI, ...words])).toMatchObject({ status: 0, stderr: '' });
          },
        }),
      };
      for (const [way, remove] of Object.entries(ways)) {
        await rules.append({ entry });
        await rules.append(other);
        const [listed] = await rules.list();
        expect([way, await rules.check(listed!), rules.checkSync(text as RuleText)]).toEqual([way, true, true]);
        await remove(listed as Rule<'ipv4'>);
        expect([way, (await rules.list()).length]).toEqual([way, 1]);
        expect(await rules.check(listed!)).toBe(false);
        await rules.delete(other);
      }
    });
});
