/** Which packets a rule matches, at a hook of a table. */
import { bare } from '../codec/operand';
import { registry } from '../extensions/registry';
import { protocolNumber } from '../net/databases';
import type { Family } from '../net/family';
import type { Rule } from '../rule/rule';
import { toolsFor } from '../text/rule';
import { ALL, NONE, type Node } from './bdd';
import type { Forgotten } from './outcome';
import type { Space } from './space';

/** What is known of a packet when a table's chain sees it. */
export interface Stage {
  readonly table: string;
  readonly hook: string;
  /** How often it has passed that table before. */
  readonly pass: number;
  /** The interface by which it leaves isn't known yet. */
  readonly unrouted: boolean;
  /** Its connection isn't known yet. */
  readonly untracked: boolean;
  /** Its destination may have been rewritten. */
  readonly translated: boolean;
  /** By the same rules in all rulesets. */
  readonly sameNat: boolean;
  /** Whether any rule asks for marks, here or later. */
  readonly marks: boolean;
}

/** Packets that a rule may match, and those that it surely does if nothing fickle keeps it from that. */
export interface Matched {
  readonly set: Node;
  /** The bits of what may answer otherwise the next time. */
  readonly draws: readonly number[];
}

type Settings = Readonly<Record<string, unknown>>;

/** `id` tells a rule's draws from those of others. */
export function matched(space: Space, rule: Rule, stage: Stage, id: string): Matched {
  if (rule.entry !== undefined) return { set: space.free(`the rule ${rule.entry}`), draws: [] };
  const sets: Node[] = [];
  const add = (key: string, value: unknown, make: () => Node) => {
    if (value !== undefined) sets.push(space.once(`${key} ${JSON.stringify(value)}`, make));
  };
  const { protocol, fragment, source, destination, inInterface, outInterface } = rule;
  // The kernel takes -p all for any, negated or not.
  if (protocol !== undefined && protocolNumber(String(bare(protocol))) !== 0)
    add('-p', protocol, () => space.given<string | number>(protocol, (name) => space.protocol(name)));
  if (space.family === 'ipv4') add('-f', fragment, () => space.given(fragment, () => space.masked('fragment', 1)));
  add('-s', source, () => space.given(source, (word) => space.network('source', word)));
  add('-d', destination, () => space.given(destination, (word) => space.network('destination', word)));
  add('-i', inInterface, () => space.given(inInterface, (name) => space.interface('inInterface', name)));
  const hidden = stage.unrouted;
  add(`-o ${hidden}`, outInterface, () =>
    space.given(outInterface, (name) => space.interface('outInterface', name, hidden)),
  );
  const draws: number[] = [];
  for (const [i, element] of (rule.match ?? []).entries()) {
    const [[name, settings]] = Object.entries(element) as [[string, Settings]];
    const known = 'data' in settings ? undefined : registry.match.find(space.family, name)?.definition;
    const symbol = known?.symbol as ((settings: Settings, space: Space) => Node | undefined) | undefined;
    const key = `${name} ${keyOf(settings)}`;
    const made = (): Node => symbol?.(settings, space) ?? conditionOf(space, name, settings, known?.separate);
    if (known?.fickle && symbol?.(settings, space) === undefined) {
      const draw = conditionOf(space, name, settings, known.separate, `, ${id}, ${i}`);
      draws.push(...space.bdd.support(draw));
      space.draw(draws);
      sets.push(draw);
    } else if (stage.untracked)
      sets.push(space.once(`${key} untracked ${stage.hook}`, () => beforeTracking(space, stage, made())));
    else sets.push(space.once(key, made));
  }
  return { set: space.and(...sets), draws };
}

/** Data as a text that tells it from other data. */
export const keyOf = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? '';

/** Whether a rule asks what may be answered otherwise the next time. */
export const isFickle = (rule: Rule, family: Family): boolean =>
  (rule.match ?? []).some((element) =>
    Object.keys(element).some((name) => registry.match.find(family, name)?.definition.fickle),
  );

/** Packets whose connection is known in the table raw: those that have come here before over lo, and answers of the kernel's. */
export function knownBefore(space: Space, { hook }: Stage): Node {
  if (hook !== 'OUTPUT') return space.interface('inInterface', 'lo');
  const errors = space.or(space.masked('protocol', 1), space.masked('protocol', 58));
  const resets = space.and(space.masked('protocol', 6), space.masked('tcpFlags', 4, 4));
  return space.and(space.states(['RELATED']), space.or(errors, resets));
}
/** All others are of no connection there. */
function beforeTracking(space: Space, stage: Stage, set: Node): Node {
  const invalid = space.bdd.sample(space.states(['INVALID']));
  const bits = new Map([...invalid].map(([level, set]) => [level, set ? ALL : NONE]));
  return space.bdd.ite(knownBefore(space, stage), set, space.bdd.compose(set, bits));
}

/** What a match asks that no field tells: each of its options by itself, if they are separate, and its negation the opposite. */
function conditionOf(space: Space, name: string, settings: Settings, separate = false, id = ''): Node {
  const entries = Object.entries(settings);
  // What is only said may say something of the others.
  if (!separate || (entries.length > 1 && entries.some(([, value]) => value === true)))
    return free(space, name, settings, id);
  const one = (key: string) => (value: unknown) => free(space, name, { [key]: value }, id);
  return space.and(...entries.map(([key, value]) => space.given(value, one(key))));
}

function free(space: Space, name: string, settings: Settings, id: string): Node {
  const matches = 'data' in settings ? undefined : registry.match.find(space.family, name)?.definition.matches;
  return space.free(elementText(space, name, settings), `${name} ${keyOf(settings)}${id}`, {
    test: matches?.(settings as never),
  });
}

/** What a match changes, apart from what the rule does. */
export function forgottenBy(space: Space, { match = [] }: Rule): Forgotten | undefined {
  const changing = match.find((element) => 'recent' in element && !('rcheck' in (element.recent as object)));
  return changing && { reads: ['recent'], by: elementText(space, 'recent', Object.values(changing)[0] as Settings) };
}

/** As iptables-save prints it, where it can. */
function elementText(space: Space, name: string, settings: Settings): string {
  const { kernel } = toolsFor(space.family);
  const known = registry.match.find(space.family, name);
  if (!known || 'data' in settings) return `-m ${name}`;
  try {
    return `-m ${name}${known.print(settings, known.revisions[0], { kernel, protocol: 0 })}`;
  } catch {
    return `-m ${name} ${keyOf(settings)}`;
  }
}
