/** What append() takes, the kernel has; what is saved of it, iptables-restore has to take at the next boot. */
import type { AnyExtension, Family } from '../../lib/codec/extension';
import { anyKernel } from '../../lib/codec/kernel';
import { matches, targets } from '../../lib/extensions/registry';
import type { Rule } from '../../lib/rule/rule';
import { Firewall } from '../../lib/table/firewall';
import { BUILTIN_CHAINS } from '../../lib/table/names';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { ruleOf } from './generate';

const all = [...matches, ...targets] as readonly unknown[] as AnyExtension[];
const DEVICES = ['eth0', '+', 'eth+', { not: 'e+' }, '#a', '-x', '!x', '+a'];

function* rulesOf(family: Family): Generator<object> {
  for (const target of [undefined, 'ACCEPT', 'DROP', 'QUEUE', 'RETURN', 'mine', { goto: 'mine' }])
    yield target === undefined ? {} : { target };
  for (const device of DEVICES) {
    yield { inInterface: device };
    yield { outInterface: device };
  }
  for (const extension of all) {
    const settings = (extension.definition.example ?? {}) as Record<string, unknown>;
    const alone = { [extension.name]: settings };
    for (const protocol of [undefined, 'tcp', 'udp'])
      yield {
        ...(protocol && { protocol }),
        ...(extension.kind === 'match' ? { match: [alone] } : { target: alone }),
      };
    if (!extension.families.includes(family)) continue;
    const placed = ruleOf(extension, settings, family, anyKernel(family));
    if (placed) yield placed.rule;
  }
}

describeWith(['netns', 'addon', 'iptables'], 'what is taken', () => {
  let netns: Netns;
  beforeAll(() => {
    netns = new Netns();
  });
  afterAll(() => netns.close());

  for (const family of ['ipv4', 'ipv6'] as const)
    for (const [table, chains] of Object.entries(BUILTIN_CHAINS))
      test(`can be loaded as it is saved: ${family}, table ${table}`, async () => {
        const firewall = await Firewall.open<Family>({ family, namespace: netns.path, lock: false });
        const edited = firewall.table(table as 'filter');
        await edited.createChain('mine');
        const taken: string[] = [];
        for (const name of [...chains, 'mine']) {
          const chain = edited.chain(name);
          const rules = [...rulesOf(family)];
          const outcomes = await Promise.allSettled(rules.map((rule) => chain.append(rule as Rule<Family>)));
          expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(20);
          taken.push(...(await edited.save()).split('\n').filter((line) => line.startsWith(`-A ${name} `)));
          await chain.flush();
        }
        await firewall.close();
        const input = [`*${table}`, ':mine - [0:0]', ...taken, 'COMMIT', ''].join('\n');
        const { stderr } = netns.execSync(`${family === 'ipv6' ? 'ip6' : 'ip'}tables-legacy-restore`, ['-t'], {
          input,
        });
        const line = /line:? (\d+)/.exec(stderr)?.[1];
        expect(line === undefined ? stderr : `${input.split('\n')[Number(line) - 1]}: ${stderr}`).toBe('');
      });
});
