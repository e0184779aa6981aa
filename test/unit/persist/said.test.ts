import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Firewall, type Rule, type TableName } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import type { AnyExtension } from '../../../lib/codec/extension';
import { anyKernel } from '../../../lib/codec/kernel';
import { matches, targets } from '../../../lib/extensions/registry';
import { parseRuleset } from '../../../lib/file/ruleset';
import { load, save } from '../../../lib/persist';
import { finish } from '../../../lib/slice';
import { difference } from '../../../lib/table/said';
import { afterEach, beforeEach, describe, expect, test } from '../../harness';
import { temporaryFolder } from '../../harness/temporary';
import { ruleOf } from '../../oracle/generate';

const all = [...matches, ...targets] as readonly unknown[] as AnyExtension[];
const TABLES: readonly TableName[] = ['raw', 'mangle', 'nat', 'filter', 'security'];

describe('a file that is written', () => {
  let firewall: Firewall<'ipv4'>;
  let root: string;
  beforeEach(async () => {
    root = temporaryFolder('said');
    firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
  });
  afterEach(() => firewall.close());

  const said = (lines: string) =>
    parseRuleset(`*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n:foo -\n${lines}\nCOMMIT\n`).tables[0]!;
  const compared = async (lines: string) => {
    const state = await firewall.table('filter').state();
    return finish(difference(state, said(lines)));
  };

  test.each([
    ['-m connlimit --connlimit-above 5', '-m connlimit --connlimit-above 5 --connlimit-mask 32 --connlimit-saddr'],
    ['-m conntrack --ctorigsrc 10.0.0.1', '-m conntrack --ctorigsrc 10.0.0.1/32'],
    ['-m recent --set', '-m recent --set --name DEFAULT --mask 255.255.255.255 --rsource'],
    ['-p tcp --dport ssh -c 5 6', '-p tcp -m tcp --dport 22'],
    ['-m limit --limit 60/min', '-m limit --limit 1/sec'],
  ])('says %s by %s', async (held, text) => {
    await firewall.restore(`*filter\n:foo -\n-A INPUT ${held}\nCOMMIT\n`);
    expect(await compared(`-A INPUT ${text}`)).toBeUndefined();
    expect(await compared('')).toEqual({ chain: 'INPUT', position: 1 });
  });
  test.each([
    ['-m connlimit --connlimit-above 5', '-m connlimit --connlimit-above 5 --connlimit-mask 31'],
    ['-m connlimit --connlimit-above 5', '-m connlimit --connlimit-above 6'],
    ['-m recent --set', '-m recent --set --mask 255.255.255.254'],
    ['! -i +', ''],
    ['-s 10.0.0.1', '-s 10.0.0.2'],
    ['-j foo', '-g foo'],
    ['-m mark --mark 1', '-m mark --mark 1 -m mark --mark 1'],
    ['-m mark --mark 1 -m mark --mark 1', '-m mark --mark 1'],
    ['-m state --state NEW', '-m conntrack --ctstate NEW'],
    ['-p tcp', '-p tcp -m tcp'],
    ['-j ACCEPT', '-j ACCEPT\n-A INPUT -j ACCEPT'],
  ])('does not say %s by %s', async (held, text) => {
    await firewall.restore(`*filter\n:foo -\n-A INPUT ${held}\nCOMMIT\n`);
    expect(await compared(`-A INPUT ${text}`)).toMatchObject({ chain: 'INPUT' });
  });
  test('has the chains and their policies', async () => {
    await firewall.restore('*filter\n:INPUT DROP\n:foo -\nCOMMIT\n');
    expect(await compared('')).toEqual({ chain: 'INPUT' });
    await firewall.restore('*filter\n:INPUT ACCEPT\nCOMMIT\n');
    expect(await compared('')).toEqual({ chain: 'foo' });
    await firewall.restore('*filter\n:INPUT ACCEPT\n:foo -\n:bar -\nCOMMIT\n');
    expect(await compared('')).toEqual({ chain: 'bar' });
  });

  test('says every extension as it is held', async () => {
    const rules = all.flatMap((extension) =>
      extension.families.includes('ipv4')
        ? (ruleOf(extension, { ...extension.definition.example }, 'ipv4', anyKernel('ipv4')) ?? [])
        : [],
    );
    expect(rules.length).toBeGreaterThan(80);
    for (const { rule, table, chain } of rules)
      await firewall
        .table(table as 'filter')
        .chain(chain)
        .append(rule as Rule<'ipv4'>)
        .catch(() => {});
    const path = join(root, 'rules');
    const saved = await save({ files: { ipv4: path }, tables: TABLES, firewalls: [firewall] });
    expect(saved).toMatchObject([{ saved: true }]);
    expect(readFileSync(path, 'utf8').match(/^-A/gm)!.length).toBeGreaterThan(80);
  });
});

test('firewalls have their own namespace and lock', async () => {
  const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
  for (const work of [save, load])
    for (const more of [{ namespace: '/run/netns/x' }, { lock: false }, { lock: { wait: 1 } }] as const)
      await expect(work({ firewalls: [firewall], files: { ipv4: '/nowhere' }, ...more })).rejects.toMatchObject({
        code: 'ERR_BAD_ARGUMENT',
        message: expect.stringContaining(`Expected no ${Object.keys(more)[0]} beside firewalls`),
      });
  await firewall.close();
});
