import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Firewall } from '../../lib';
import type { AnyExtension, Family } from '../../lib/codec/extension';
import type { Memory } from '../../lib/codec/struct';
import { matches, targets } from '../../lib/extensions/registry';
import { maskOf } from '../../lib/rule/compare';
import type { Rule } from '../../lib/rule/rule';
import type { ChainState } from '../../lib/table/state';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { list, restore, save } from '../harness/oracle';
import { differ } from './compare';
import { PLACES, type Placed, rules, SETS } from './generate';
import { show, survives } from './generated';
import { lossy } from './known';
import { legible } from './legacy';
import { kernelProgram, lacksCompiler } from './programs';
import { rulesOf } from './table';

/**
 * Generated rules, both ways through the kernel: what we commit, iptables-save prints as we do; what iptables-restore
 * makes of that text, we read as the same entries, byte for byte, and as the same data.
 */
const seed = Number(process.env.ORACLE_SEED ?? 1);
const all = [...matches, ...targets] as readonly AnyExtension[];
const CORE =
  'tcp udp icmp icmp6 conntrack state comment multiport limit mark addrtype iprange owner mac REJECT LOG SNAT DNAT MASQUERADE REDIRECT MARK'.split(
    ' ',
  );
/** In a user namespace the kernel knows only the users that are mapped there. */
const allUsers = /\s4294967295\n/.test(readFileSync('/proc/self/uid_map', 'utf8'));
const core = all.filter((e) => CORE.includes(e.name) && (allUsers || e.name !== 'owner'));
/** An estimator has to be there before the rule, whatever the order of the chains: on paper only. */
const here = all.filter((e) => e.name !== 'rateest' && (allUsers || e.name !== 'owner'));
const TABLES = Object.keys(PLACES) as (keyof typeof PLACES)[];

for (const family of ['ipv4', 'ipv6'] as const satisfies readonly Family[]) {
  describeWith(['netns', 'addon', 'iptables'], `generated rules, committed (${family})`, () => {
    let [ours, theirs]: [Netns, Netns] = [undefined as never, undefined as never];
    let [mine, other]: [Firewall<Family>, Firewall<Family>] = [undefined as never, undefined as never];
    beforeAll(async () => {
      [ours, theirs] = [new Netns(), new Netns()];
      for (const netns of [ours, theirs]) for (const name of SETS) makeSet(netns, name, family);
      [mine, other] = [
        await Firewall.open({ family, namespace: ours.path }),
        await Firewall.open({ family, namespace: theirs.path }),
      ];
      for (const table of TABLES) for (const chain of ['user-1', 'user-2']) await mine.table(table).createChain(chain);
    });
    afterAll(async () => {
      for (const firewall of [mine, other]) await firewall?.close();
      for (const netns of [ours, theirs]) netns?.close();
    });

    /** Commits them all; those that the kernel refuses, with what is said. */
    async function commit(placed: readonly Placed[]): Promise<[Placed, string][]> {
      const refused: [Placed, string][] = [];
      await Promise.all(
        placed.map((one) =>
          mine
            .table(one.table)
            .chain(one.chain as string)
            .append(one.rule as Rule<Family, never>)
            .catch((error: Error) => void refused.push([one, error.message])),
        ),
      ); // prettier-ignore
      return refused;
    }

    async function proveBothWays(): Promise<string[]> {
      const wrong: string[] = [];
      for (const table of TABLES) {
        const state = await mine.table(table).state();
        const text = save(ours, family, table, ['-c']);
        wrong.push(...differingLines(state.save({ counters: true }), text));
        wrong.push(
          ...differingLines(
            state.listing({ numeric: true, verbose: true, exact: true, lineNumbers: true }),
            legible(list(ours, family, ['-t', table, '-L', '-n', '-v', '-x', '--line-numbers'])),
          ),
        ); // prettier-ignore

        restore(theirs, family, text, ['-c']);
        const again = await other.table(table).state();
        for (const chain of state.chains) {
          wrong.push(...differingRules(chain, again.chain(chain.name)!, table));
          wrong.push(...unfaithful(chain, table));
        }
      }
      return wrong;
    }

    /** What the snapshot says is what the kernel holds, bit for bit; and what is decoded, encodes to it again. */
    function unfaithful(chain: ChainState<Family>, table: string): string[] {
      const { codec } = mine.table(table as 'filter');
      const { shape } = codec;
      const held = lacksCompiler() ? undefined : kernelRules(ours, family, table).get(chain.name)!;
      return [...chain.entries()].flatMap((at, i) => {
        const entry = Buffer.from(bytes(chain.memory, at, shape.nextOffset));
        entry.fill(0, shape.nextOffset + 2, shape.nextOffset + 6); // comefrom
        const rule = chain.rules[i] as Rule;
        const said = `${table} ${chain.name} ${show(rule)}`;
        const wrong: string[] = [];
        if (held && Buffer.compare(entry, held[i]!) !== 0)
          wrong.push(
            `${said}\n  snapshot ${entry.toString('hex')}\n  kernel   ${Buffer.from(held[i]!).toString('hex')}`,
          ); // prettier-ignore
        const encoded = codec.encode(rule);
        const difference = differ(encoded, entry, maskOf(codec, encoded), family);
        if (difference) wrong.push(`${said}\n  encoded again ${difference[0]}\n  read          ${difference[1]}`);
        return wrong;
      });
    }

    function differingRules(chain: ChainState<Family>, again: ChainState<Family>, table: string): string[] {
      const wrong: string[] = [];
      const { codec } = mine.table(table as 'filter');
      if (again.length !== chain.length)
        return [`${table} ${chain.name}: ${again.length} rules instead of ${chain.length}`];
      for (const [i, at] of [...chain.entries()].entries()) {
        const rule = chain.rules[i] as Rule;
        const entry = bytes(chain.memory, at, codec.shape.nextOffset);
        const theirEntry = bytes(again.memory, [...again.entries()][i]!, codec.shape.nextOffset);
        if (lossy({ rule }) && !survives(rule, codec, table, chain.name)) continue;
        const difference = differ(entry, theirEntry, maskOf(codec, codec.encode(rule)), family);
        if (difference)
          wrong.push(`${table} ${chain.name} ${show(rule)}\n  we made ${difference[0]}\n  iptables ${difference[1]}`);
        if (show(again.rules[i]) !== show(rule))
          wrong.push(`${table} ${chain.name}\n  we read      ${show(rule)}\n  theirs reads ${show(again.rules[i])}`);
      }
      return wrong;
    }

    test('250 rules of the extensions that everybody uses', async () => {
      const { kernel } = mine.table('filter').codec;
      const placed = fc.sample(rules(family, kernel, core), { seed, numRuns: 250 });
      expect((await commit(placed)).map(([p, why]) => `${show(p)}: ${why}`)).toEqual([]);
      expect((await proveBothWays()).slice(0, 12).join('\n')).toBe('');
    }, 60_000);

    test('400 rules of all extensions, but for what the kernel lacks', async () => {
      for (const table of TABLES) await mine.table(table).flush();
      const { kernel } = mine.table('filter').codec;
      const placed = fc.sample(rules(family, kernel, here), { seed, numRuns: 400 });
      const refused = await commit(placed);
      expect(refused.filter(([p]) => !asksForMore(p.rule)).map(([p, why]) => `${show(p)}: ${why}`)).toEqual([]);
      expect(placed.length - refused.length).toBeGreaterThan(200);
      expect((await proveBothWays()).slice(0, 12).join('\n')).toBe('');
    }, 60_000);
  });
}

/** Extensions whose rules the kernel takes only where something else is there, or fits. */
const MORE: Readonly<Record<string, string>> = {
  CT: 'the helper or the timeout policy',
  IDLETIMER: 'a timer of that name of the same kind',
  RATEEST: 'an estimator of that name with the same times',
  SECMARK: 'SELinux',
  SET: 'a set of that family and dimension',
  SYNPROXY: 'options that the kernel can do',
  TCPMSS: 'no other kind of table',
  TEE: 'the other device',
  bpf: 'a program that passes the verifier',
  cgroup: 'the cgroup',
  connlabel: 'a label in the range',
  hashlimit: 'a table of that name with the same settings',
  nfacct: 'the accounting object',
  recent: 'a list of that name with the same settings',
  set: 'a set of that family and dimension',
};
const asksForMore = (rule: Rule): boolean => Object.keys(MORE).some((name) => show(rule).includes(`{"${name}":`));

/** The table's rules, read past libiptc. */
function kernelRules(netns: Netns, family: Family, table: string): Map<string, Uint8Array[]> {
  const command = `${kernelProgram()} ${family.slice(3)} entries ${table} | od -An -v -tx1`;
  const { stdout, status, stderr } = netns.execSync('sh', ['-c', command]);
  if (status !== 0 || stdout === '') throw new Error(`kernel.c: ${stderr}`);
  return rulesOf(Buffer.from(stdout.replace(/\s/g, ''), 'hex'), family);
}

function makeSet(netns: Netns, name: string, family: Family): void {
  const options = ['hash:ip,port,ip', 'family', family === 'ipv4' ? 'inet' : 'inet6', 'skbinfo'];
  const { status, stderr } = netns.execSync('ipset', ['create', name, ...options]);
  // Where there is no ipset, no rule names a set.
  if (status !== 0 && status !== 127) throw new Error(`ipset: ${stderr}`);
}

const bytes = (m: Memory, at: number, nextOffset: number) =>
  m.bytes.subarray(at, at + m.view.getUint16(at + nextOffset, true));

function differingLines(mine: string, theirs: string): string[] {
  const [a, b] = [mine.split('\n'), theirs.split('\n')];
  return a.flatMap((line, i) => (line === b[i] ? [] : [`ours   ${line}\ntheirs ${b[i]}`])).slice(0, 6);
}
