/** Rulesets that people have published: packets chosen so that each rule is met, where any meets it, fare as simulate says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRuleset, type Ruleset } from '../../lib';
import { check, compareTraffic, compile, type Packet, simulate } from '../../lib/analysis';
import { example } from '../../lib/analysis/example';
import { World } from '../../lib/analysis/pipeline';
import { reached } from '../../lib/analysis/reach';
import { readRuleset } from '../../lib/analysis/ruleset';
import { toHex } from '../../lib/net/number';
import { afterAll, beforeAll, describe, describeWith, expect, test } from '../harness';
import { bytesOf } from '../packets/bytes';
import { Lab } from '../packets/lab';
import { NET, orderedAs } from '../packets/traffic';

const FOLDER = process.env.PUBLIC_RULESETS ?? join(__dirname, '../../../shared/rulesets');
const MOST = Number(process.env.BRANCHES ?? 1000);
const HOOKS = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const;
const TABLES = {
  raw: [0, 3],
  mangle: [0, 1, 2, 3, 4],
  nat: [0, 1, 3, 4],
  filter: [1, 2, 3],
  security: [1, 2, 3],
} as const;

function files(family: 'ipv4' | 'ipv6'): string[] {
  try {
    return readdirSync(FOLDER).filter((name) => name.endsWith(family === 'ipv4' ? '.v4.rules' : '.v6.rules'));
  } catch {
    return [];
  }
}

/** A suite needs a test, if only one that is skipped. */
function tested(family: 'ipv4' | 'ipv6') {
  const found = files(family);
  return test.skipIf(found.length === 0).each(found.length === 0 ? ['none'] : found);
}

/** All tables, and its two most named interfaces called as the cables are. */
function fitted(text: string): string {
  const count = (option: string) => {
    const times = new Map<string, number>();
    for (const [, name] of text.matchAll(new RegExp(` -${option} ([\\w.-]+)(?= )`, 'g')))
      if (name !== 'lo') times.set(name!, (times.get(name!) ?? 0) + 1);
    return [...times].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  };
  const one = count('i')[0] ?? count('o')[1];
  const two = count('o').find((name) => name !== one);
  let fitted = text;
  const rename = (from: string | undefined, to: string) => {
    if (from === undefined || from === to) return;
    fitted = fitted.replace(/ -([io]) ([\w.-]+)(?=[ \n])/g, (all, option, name) =>
      name === from ? ` -${option} ${to}` : name === to ? ` -${option} ${from}` : all,
    );
  };
  rename(one, 'eth0');
  rename(two, 'eth1');
  for (const [table, hooks] of Object.entries(TABLES)) {
    const chains = hooks.map((hook) => HOOKS[hook]);
    const head = new RegExp(`^\\*${table}\\s*$`, 'm');
    if (!head.test(fitted)) fitted += `\n*${table}\nCOMMIT\n`;
    const section = fitted.slice(fitted.search(head)).split('COMMIT')[0]!;
    const missing = chains.filter((chain) => !section.includes(`:${chain} `));
    fitted = fitted.replace(head, `*${table}\n${missing.map((chain) => `:${chain} ACCEPT [0:0]`).join('\n')}`);
  }
  return fitted;
}

/** For each rule that packets can come to, and each policy, one that does. */
function chosen(ruleset: Ruleset, family: 'ipv4' | 'ipv6'): Packet[] {
  const read = readRuleset('test', ruleset);
  const world = new World([read], { interfaces: ['eth0', 'eth1'] });
  const { space } = world;
  const [there, away] = [space.named('inInterface', 'eth0'), space.named('outInterface', 'eth1')];
  const none = (field: 'inInterface' | 'outInterface') => space.masked(field, 0);
  const ways = {
    INPUT: space.and(there, none('outInterface')),
    FORWARD: space.and(there, away),
    OUTPUT: space.and(none('inInterface'), away),
    PREROUTING: space.and(there, away),
    POSTROUTING: space.and(none('inInterface'), away),
  } as const;
  const echo = family === 'ipv4' ? 0x0800 : 0x8000;
  const icmp = space.and(space.masked('protocol', family === 'ipv4' ? 1 : 58), space.masked('dport', echo));
  const tcp = space.and(space.masked('protocol', 6), space.masked('tcpFlags', 2));
  const sendable = space.and(
    space.or(icmp, tcp, space.masked('protocol', 17)),
    space.states(['NEW']),
    space.whole,
    space.masked('mark', 0),
    space.masked('connmark', 0),
  );
  const packets = new Map<string, Packet>();
  for (const table of read.tables.keys())
    for (const [hook, way] of Object.entries(ways)) {
      if (!read.tables.get(table)?.chains.has(hook)) continue;
      for (const { comes, matches } of reached(world, read, table, hook))
        for (const set of [matches, space.bdd.minus(comes, matches)]) {
          const asked = space.and(set, sendable, way);
          if (asked === space.none) continue;
          const { packet, implausible } = example(space, asked);
          if (!implausible && !/^(127|22[4-9]|23|24|25)|^f[ef]/.test(packet.destination!))
            packets.set(JSON.stringify(packet), packet);
        }
    }
  return [...packets.values()];
}

const DELETED: readonly string[] = ['shadowed', 'contradictory', 'redundant'];

describe('what is said to be needless in public rulesets', () => {
  for (const family of ['ipv4', 'ipv6'] as const)
    tested(family)('may be deleted from %s', (file) => {
      let ruleset: Ruleset;
      try {
        ruleset = parseRuleset(readFileSync(join(FOLDER, file)), { family });
      } catch {
        return; // told below
      }
      const needless = check(ruleset).findings.filter(({ name }) => DELETED.includes(name));
      const keys = new Set(needless.map(({ table, chain, number }) => `${table} ${chain} ${number}`));
      const tables = ruleset.tables.map((table) => {
        const numbers = new Map<string, number>();
        const rules = table.rules.filter(({ chain }) => {
          numbers.set(chain, (numbers.get(chain) ?? 0) + 1);
          return !keys.has(`${table.name} ${chain} ${numbers.get(chain)}`);
        });
        return { ...table, rules };
      });
      const { changes, decided } = compareTraffic(ruleset, { ...ruleset, tables });
      console.log(`${file}: ${keys.size} of its rules are needless`);
      expect([decided, changes]).toEqual([true, []]);
    });
});

for (const family of ['ipv4', 'ipv6'] as const)
  for (const backend of ['legacy', 'nft'] as const)
    describeWith(['netns', 'addon', 'gcc'], `public rulesets in ${backend} tables of ${family}`, () => {
      let lab: Lab;
      beforeAll(async () => {
        lab = await Lab.open(family, backend);
      });
      afterAll(() => lab?.close());

      tested(family)('%s', { timeout: 3_600_000 }, async (file) => {
        const text = fitted(readFileSync(join(FOLDER, file), 'utf8'));
        const { here, out, bits } = NET[family];
        let [ruleset, paths]: [Ruleset, Awaited<ReturnType<Lab['load']>>] = [] as never;
        try {
          ruleset = parseRuleset(text, { family });
          paths = await lab.load(text);
        } catch (error) {
          console.log(`${file}: not to be loaded here: ${(error as Error).message.split('\n')[0]}`);
          return;
        }
        const compiled = compile(ruleset);
        const never = new Set(
          check(ruleset)
            .findings.filter(({ name }) => name === 'shadowed' || name === 'contradictory')
            .map(({ table, chain, number }) => `${table}:${chain}:rule:${number}`),
        );
        const all = chosen(ruleset, family);
        const wrong: string[] = [];
        const rules = new Set<string>();
        let [sent, known] = [0, 0];
        for (const packet of all.slice(0, MOST)) {
          const whole: Packet = {
            ...packet,
            tos: 0,
            ttl: 64,
            ...(packet.inInterface !== undefined && { mac: '02:00:00:00:00:01', pktType: 'unicast' as const }),
            ...(packet.outInterface === 'eth1' && packet.inInterface === undefined && { owner: { uid: 0, gid: 0 } }),
          };
          const bytes = bytesOf(whole, (sent + 1) & 0xffff);
          const isIn = packet.inInterface !== undefined && packet.outInterface === undefined;
          const addresses = {
            eth0: [
              ...orderedAs(family, here).map((address) => `${address}/${bits}`),
              ...(isIn ? [packet.destination!] : []),
            ],
            eth1: [`${out}/${bits}`],
            lo: [family === 'ipv4' ? '127.0.0.1/8' : '::1/128'],
          };
          const said = simulate(
            compiled,
            { ...whole, length: bytes.length, data: toHex(bytes) },
            { addresses, backend, branches: 4096 },
          );
          const branches = said.branches ?? [said];
          // Where NAT sends it is routing's matter.
          const moved = branches.some(({ path }) =>
            path.some(({ table, packet: then }) => table === 'nat' && then && then.destination !== packet.destination),
          );
          if (moved || said.incomplete) continue;
          await lab.forget();
          const undo = lab.route(packet);
          const ways = branches.map(({ path }) => path.map(({ step }) => step).join(' '));
          const { seen } = await lab.send(paths, whole, bytes, ways);
          undo();
          sent++;
          if (!said.dependsOn) known++;
          const path = seen?.path.map(({ step }) => step).join(' ') ?? '';
          for (const { step, kind } of seen?.path ?? []) if (kind === 'rule') rules.add(step);
          const as = branches.find((each) => each.path.map(({ step }) => step).join(' ') === path);
          if (!as || as.verdict !== seen?.verdict || [...never].some((step) => path.split(' ').includes(step)))
            wrong.push(
              `${JSON.stringify(packet)}\nthe kernel: ${path} ${seen?.verdict}\nsimulate:   ${branches.map((each) => `${each.path.map(({ step }) => step).join(' ')} ${each.verdict}`).join('\nor          ')}`,
            );
        }
        console.log(
          `${backend} ${file}: ${sent - wrong.length} of ${sent} packets as said, ${known} without doubt; ${rules.size} rules met`,
        );
        expect(wrong.slice(0, 3).join('\n\n')).toBe('');
      });
    });
