/** Chains that let more through than their rules look like. */
import type { Rule } from '../../rule/rule';
import { ALL, NONE, type Node } from '../bdd';
import { beginningOf } from '../service';
import { type Check, drops, isForAll, type Subject, settingsOf, targetOf } from './finding';

const GATES = ['INPUT', 'FORWARD'] as const;

export const acceptAll: Check = {
  name: 'accept-all',
  *find({ ruleset: { tables } }) {
    const filter = tables.get('filter');
    for (const hook of GATES) {
      const chain = filter?.chains.get(hook);
      if (!chain) continue;
      const at = chain.rules.findIndex((rule) => targetOf(rule) === 'ACCEPT' && isForAll(rule));
      if (at < 0 || !(chain.policy === 'DROP' || chain.rules.slice(at + 1).some(drops))) continue;
      yield {
        level: 'warning',
        table: 'filter',
        chain: hook,
        number: at + 1,
        rule: chain.rules[at]!,
        reason: `accepts every packet, so that ${chain.policy === 'DROP' ? 'the policy DROP' : 'what drops behind it'} is for none`,
        remedy: 'Give it the condition that it lacks (-i lo, perhaps), or delete it.',
      };
    }
  },
};

export const openPolicy: Check = {
  name: 'open-policy',
  *find({ ruleset: { tables }, world, met }) {
    const chains = tables.get('filter')?.chains;
    for (const hook of GATES) {
      const chain = chains?.get(hook);
      if (chain?.policy !== 'ACCEPT') continue;
      const { space } = world;
      const passed = met('filter').get(hook) ?? [];
      // Who names ports that are open means the others to be closed: unless it is an exception from what is dropped.
      const closing = passed.filter(({ rule: { act } }) => act.does === 'DROP' || act.does === 'REJECT');
      const opens = passed.find(
        ({ rule: { rule, act }, matches }) =>
          act.does === 'accept' &&
          matches !== NONE &&
          namesPort(rule) &&
          closing.every(({ could }) => space.bdd.and(could, matches) === NONE),
      );
      if (!opens) continue;
      const left = space.and(restOf(world, hook), beginningOf(space, { protocol: 6 }));
      if (left === NONE || !otherwiseOpen(world, left)) continue;
      yield {
        level: 'warning',
        table: 'filter',
        chain: hook,
        reason: `accepts what no rule speaks of, by its policy: what rule ${opens.number}${opens.chain === hook ? '' : ` of ${opens.chain}`} opens is open anyway`,
        remedy: `Drop the rest: -P ${hook} DROP, or a last rule -A ${hook} -j REJECT.`,
      };
    }
  },
};
const namesPort = (rule: Rule): boolean =>
  ['tcp', 'udp', 'multiport'].some((name) =>
    settingsOf(rule, name).some((settings) => 'dport' in settings || 'dports' in settings || 'ports' in settings),
  );
type World = Subject['world'];
/** Packets that fall out of a built-in chain. */
function restOf(world: World, hook: string): Node {
  const { space, outcomes } = world;
  const f = world.tableFate(world.rulesets[0]!, 'filter', hook);
  return space.bdd.map(f, (leaf) => (outcomes.of(leaf)?.by[0]?.kind === 'policy' ? ALL : NONE));
}
/** Whether of most ports some are left, and not only those that rules forgot. */
function otherwiseOpen(world: World, left: Node): boolean {
  const { space } = world;
  const open = space.surely(left);
  const lo = space.interface('inInterface', 'lo');
  // A port that hardly anybody names, from anywhere but lo.
  return [1, 4711, 31337, 65000].some(
    (port) => space.bdd.minus(space.and(open, space.masked('dport', port)), lo) !== NONE,
  );
}

export const openIpv6: Check = {
  name: 'ipv6-open',
  *find(subject) {
    const { ruleset, other } = subject;
    if (ruleset.family !== 'ipv6' || !other) return;
    for (const hook of GATES) {
      const [six, four] = [opens(subject, hook), opens(other, hook)];
      if (!six || four) continue;
      yield {
        level: 'warning',
        table: 'filter',
        chain: hook,
        reason: `accepts connections from anywhere to any port over IPv6, while that of IPv4 doesn't`,
        remedy: `Close it the same way: ip6tables -P ${hook} DROP, with the rules that IPv4 has before it.`,
      };
    }
  },
};
/** Whether anybody may connect to any port: surely to some that hardly anybody names. */
function opens({ ruleset, world }: Subject, hook: 'INPUT' | 'FORWARD'): boolean {
  const { space, outcomes } = world;
  if (!ruleset.tables.has('filter')) return true;
  const fate = world.fate(ruleset, hook === 'INPUT' ? 'in' : 'forward');
  const accepted = space.bdd.map(fate, (leaf) => (outcomes.of(leaf)?.end === 'ACCEPT' ? ALL : NONE));
  const asked = space.and(beginningOf(space, { protocol: 6, port: 4711 }), space.masked('inInterface', 1));
  const start = world.start(hook === 'INPUT' ? 'in' : 'forward');
  const source = space.network('source', ruleset.family === 'ipv4' ? '203.0.113.77' : '2001:db8:77::77');
  return space.and(space.surely(accepted), asked, source, start) !== NONE;
}
