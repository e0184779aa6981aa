/** Which packets a rule matches, at a hook of a table. */
import { bare } from '../codec/operand';
import { registry } from '../extensions/registry';
import { protocolNumber } from '../net/databases';
import type { Family } from '../net/family';
import type { Rule } from '../rule/rule';
import { toolsFor } from '../text/rule';
import { ALL, NONE, type Node } from './bdd';
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
    const free = (key: string) => space.free(elementText(space, name, settings), key);
    const made = (): Node =>
      space.within(stage.translated ? ' after NAT' : '', () => symbol?.(settings, space) ?? free(key));
    if (known?.fickle && symbol?.(settings, space) === undefined) {
      const draw = free(`${key}, ${id}, ${i}`);
      draws.push(...space.bdd.support(draw));
      space.draw(draws);
      sets.push(draw);
    } else if (stage.untracked) sets.push(space.once(`${key} untracked`, () => beforeTracking(space, made())));
    else sets.push(space.once(`${key} ${stage.translated}`, made));
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

/** All packets are of no connection, but those that have come here before over lo. */
function beforeTracking(space: Space, set: Node): Node {
  const invalid = space.bdd.sample(space.states(['INVALID']));
  const bits = new Map([...invalid].map(([level, set]) => [level, set ? ALL : NONE]));
  return space.bdd.ite(space.interface('inInterface', 'lo'), set, space.bdd.compose(set, bits));
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
