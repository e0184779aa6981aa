/** What a rule does with a packet that it matches, as far as diagrams follow it. */
import type { Facts } from '../codec/meaning';
import { type Masked, toMasked } from '../codec/operand';
import { registry } from '../extensions/registry';
import type { Rule } from '../rule/rule';
import { toolsFor } from '../text/rule';
import { ALL, NONE, type Node } from './bdd';
import { knownBefore, type Stage } from './match';
import { destinationOf, netmapped, redirected } from './nat';
import type { Changes, Verdict } from './outcome';
import type { ReadTable } from './ruleset';
import type { Space } from './space';

type Settings = Readonly<Record<string, unknown>>;

export interface Act {
  /** What comes next: the next rule, what follows the table, the chain that called, another chain, or an end. */
  readonly does: 'next' | 'accept' | 'return' | 'call' | 'goto' | Exclude<Verdict, 'ACCEPT'>;
  readonly chain?: string;
  /** What it does to the packet, where it sees it. */
  readonly changes?: (space: Space, stage: Stage) => Changes;
  /** Whether that is a mark, which is of interest only if anybody asks for it later. */
  readonly marks?: true;
  /** The matches whose answers it may change besides, and what tells it from others that do so. */
  readonly forgets?: readonly string[];
  readonly text?: string;
  readonly results?: readonly Partial<Facts>[];
  /** That it sends the packet to this machine itself. */
  readonly toSelf?: true;
  /** What NAT it does, in iptables' words. */
  readonly nat?: string;
  /** Whether somebody hears of the packet, or something counts it. */
  readonly tells?: boolean;
  /** That a condition decides whether it does anything at all. */
  readonly if?: string;
  readonly else?: Act;
}

const NEXT: Act = { does: 'next' };

export function actOf(rule: Rule, table: ReadTable): Act {
  if ('entry' in rule && rule.entry !== undefined) return { does: 'UNKNOWN' };
  const { target } = rule;
  if (target === undefined) return { ...NEXT, tells: true };
  if (typeof target === 'string') {
    if (table.chains.has(target)) return { does: 'call', chain: target };
    return VERDICTS[target] ?? { does: 'UNKNOWN' };
  }
  if ('goto' in target) return { does: 'goto', chain: target.goto as string };
  const [[name, settings]] = Object.entries(target) as [[string, Settings]];
  const known = registry.target.find('ipv4', name) ?? registry.target.find('ipv6', name);
  if (!known || 'data' in settings) return { does: 'UNKNOWN' };
  return TARGETS[name]?.(settings, rule) ?? { ...NEXT, tells: !QUIET.has(name) };
}

const VERDICTS: Readonly<Record<string, Act>> = {
  ACCEPT: { does: 'accept' },
  DROP: { does: 'DROP' },
  RETURN: { does: 'return' },
  QUEUE: { does: 'QUEUE' },
};
/** Of what goes on, those that change the packet alone, and nothing that a rule asks for. */
const QUIET: ReadonlySet<string> = new Set(['CHECKSUM', 'CLASSIFY']);

const nat =
  (changes?: (settings: Settings, rule: Rule) => Act['changes']) =>
  (settings: Settings, rule: Rule): Act => {
    const made = changes?.(settings, rule);
    const text = targetText(rule);
    if (!made) return { does: 'accept', nat: text, forgets: ['conntrack --ctstate SNAT', ...READ_ENDS] };
    const changed: Act['changes'] = (space, stage) => withState(space, made(space, stage), text);
    return { does: 'accept', nat: text, forgets: READ_ENDS, changes: changed };
  };
/** A connection is said to be DNAT if that has changed anything; where it may go to several ends, it may have. */
function withState(space: Space, changes: Changes, text: string): Changes {
  const { bdd } = space;
  const told = [...changes].filter(([, bit]) => bit === ALL || bit === NONE);
  const differs = told.map(([level, bit]) => (bit === ALL ? bdd.not(bdd.bit(level)) : bdd.bit(level)));
  if (told.length < changes.size) differs.push(space.free(`-m conntrack --ctstate DNAT, after ${text}`));
  const state = space.free('-m conntrack --ctstate DNAT', undefined, { begins: NONE });
  return new Map([...changes, [space.levelOf(state), bdd.or(bdd.union(differs), state)]]);
}
/** What looks at addresses and ports of a packet, or of its connection, and isn't exact. */
// biome-ignore format: a list
const READ_ENDS = [
  'addrtype', 'conntrack --ctrepl', 'set', 'u32', 'string', 'rpfilter', 'policy', 'socket', 'realm', 'recent', 'hashlimit', 'connlimit',
];
/** All that is answered anew, whatever has changed. */
export const ALTERED: readonly string[] = [
  ...READ_ENDS,
  ...['conntrack', 'tos', 'dscp', 'ecn', 'ttl', 'hl', 'tcpmss', 'tcp', 'length', 'helper'],
];
const alters =
  (...reads: readonly string[]) =>
  (_: Settings, rule: Rule): Act => ({ ...NEXT, forgets: reads, text: targetText(rule) });
/** The same, of one byte: what it may be then follows from all that it may have been. */
const altersByte =
  (key: 'tos' | 'ttl', ...reads: readonly string[]) =>
  (settings: Settings, rule: Rule): Act => {
    const [name] = Object.keys(rule.target as object) as [string];
    const { definition } = registry.target.find('ipv4', name) ?? registry.target.find('ipv6', name)!;
    const effect = definition.effect?.(settings, 'ipv4');
    const values = new Set<number>();
    for (let byte = 0; byte < 256; byte++) {
      const facts: Facts = { family: 'ipv4', around: {}, [key]: byte };
      effect?.(facts, { hook: 'FORWARD' });
      values.add(facts[key]!);
    }
    return { ...alters(...reads)(settings, rule), results: [...values].map((value) => ({ [key]: value })) };
  };

const TARGETS: Readonly<Record<string, (settings: Settings, rule: Rule) => Act>> = {
  REJECT: () => ({ does: 'REJECT' }),
  NFQUEUE: () => ({ does: 'NFQUEUE' }),
  DNAT: nat(({ toDestination }, rule) => destinationOf(String(toDestination), targetText(rule))),
  REDIRECT: (settings, rule) => ({
    ...nat(({ toPorts }, rule) => redirected(toPorts, targetText(rule)))(settings, rule),
    toSelf: true,
  }),
  NETMAP: nat(({ to }) => netmapped(String(to))),
  SNAT: nat(),
  MASQUERADE: nat(),
  MARK: (settings) => ({ does: 'next', marks: true, tells: true, changes: (space) => marked(space, settings) }),
  CONNMARK: (settings) => ({ does: 'next', marks: true, tells: true, changes: (space) => connmarked(space, settings) }),
  HMARK: (_, rule) => ({
    does: 'next',
    marks: true,
    tells: true,
    changes: (space) => anything(space, 'mark', targetText(rule)),
  }),
  TOS: altersByte('tos', 'tos', 'dscp', 'ecn', 'u32'),
  DSCP: altersByte('tos', 'tos', 'dscp', 'ecn', 'u32'),
  ECN: alters('ecn', 'u32'),
  TTL: altersByte('ttl', 'ttl', 'u32'),
  HL: altersByte('ttl', 'hl', 'u32'),
  TCPMSS: alters('tcpmss', 'tcp', 'length', 'u32'),
  TCPOPTSTRIP: alters('tcpmss', 'tcp', 'u32'),
  SET: (settings, rule) => ({ ...alters('set')(settings, rule), tells: true }),
  CT: ({ notrack }, rule) => (notrack ? UNTRACK : { ...alters('helper', 'conntrack')({}, rule), tells: true }),
  NOTRACK: () => UNTRACK,
  DNPT: (_, rule) => ({
    does: 'next',
    tells: true,
    changes: (space) => anything(space, 'destination', targetText(rule)),
  }),
  SNPT: (_, rule) => ({ does: 'next', tells: true, changes: (space) => anything(space, 'source', targetText(rule)) }),
  // A socket has to listen there, or the packet is dropped.
  TPROXY: ({ tproxyMark }, rule) => ({
    does: 'accept',
    if: targetText(rule),
    marks: true,
    changes: (space) => setBits(space, 'mark', toMasked(tproxyMark ?? { value: 0, mask: 0 }, FULL)),
    else: { does: 'DROP' },
  }),
  SYNPROXY: (_, rule) => ({ does: 'SYNPROXY', if: targetText(rule), else: NEXT }),
  CLUSTERIP: (_, rule) => ({ does: 'DROP', if: targetText(rule), else: NEXT }),
};
const UNTRACK: Act = {
  does: 'next',
  tells: true,
  changes: (space, stage) => {
    const known = knownBefore(space, stage);
    const levels = space.levels.ctstate;
    return new Map(
      [...constant(levels, 4n)].map(([level, bit]) => [level, space.bdd.ite(known, space.bdd.bit(level), bit)]),
    );
  },
};

const FULL = 0xffffffff;

const constant = (levels: readonly number[], value: bigint): Changes =>
  new Map(levels.map((level, i) => [level, (value >> BigInt(levels.length - 1 - i)) & 1n ? ALL : NONE]));
function anything(space: Space, field: 'mark' | 'source' | 'destination', text: string): Changes {
  const { levels, bdd } = space;
  const free = space.freeLevels(text, levels[field].length);
  return new Map(levels[field].map((level, i) => [level, bdd.bit(free[i]!)]));
}
/** The bits in the mask are cleared, and the value's are turned over: what XMARK is. */
function setBits(space: Space, field: 'mark' | 'connmark', { value, mask }: { value: number; mask: number }): Changes {
  const changes = new Map<number, Node>();
  for (const [i, level] of space.levels[field].entries()) {
    const bit = 2 ** (31 - i);
    const [set, cleared] = [Math.floor(value / bit) % 2 === 1, Math.floor(mask / bit) % 2 === 1];
    if (cleared) changes.set(level, set ? ALL : NONE);
    else if (set) changes.set(level, space.not(space.bdd.bit(level)));
  }
  return changes;
}
function marked(space: Space, settings: Settings): Changes {
  const { setXmark, setMark, andMark, orMark } = settings;
  const number = (value: unknown) => Number(value) >>> 0;
  if (setXmark !== undefined) return setBits(space, 'mark', toMasked(setXmark, FULL));
  if (setMark !== undefined) return setBits(space, 'mark', { value: number(setMark), mask: FULL });
  if (andMark !== undefined) return setBits(space, 'mark', { value: 0, mask: ~number(andMark) >>> 0 });
  return setBits(space, 'mark', { value: number(orMark), mask: number(orMark) });
}
/** Without a connection nothing happens. */
function connmarked(space: Space, settings: Settings): Changes {
  const { bdd, levels } = space;
  const only = (changes: Changes): Changes =>
    new Map([...changes].map(([level, bit]) => [level, bdd.ite(space.tracked, bit, bdd.bit(level))]));
  const {
    setXmark,
    setMark,
    saveMark,
    mask,
    nfmask = mask ?? FULL,
    ctmask = mask ?? FULL,
  } = settings as {
    readonly setXmark?: Masked;
    readonly setMark?: Masked;
    readonly saveMark?: true;
    readonly mask?: number;
    readonly nfmask?: number;
    readonly ctmask?: number;
  };
  const set = setXmark ?? setMark;
  if (set !== undefined) return only(setBits(space, 'connmark', toMasked(set, FULL)));
  const [from, to] = saveMark ? (['mark', 'connmark'] as const) : (['connmark', 'mark'] as const);
  // Shifted, it is anybody's guess.
  if ('leftShiftMark' in settings || 'rightShiftMark' in settings)
    return new Map(levels[to].map((level, i) => [level, space.free(`CONNMARK ${JSON.stringify(settings)}, bit ${i}`)]));
  const [kept, copied] = saveMark ? [ctmask, nfmask] : [nfmask, ctmask];
  const has = (mask: number, i: number) => Math.floor(mask / 2 ** (31 - i)) % 2 === 1;
  const changes = new Map<number, Node>();
  for (const [i, level] of levels[to].entries()) {
    const old = has(kept, i) ? NONE : bdd.bit(level);
    const other = has(copied, i) ? bdd.bit(levels[from][i]!) : NONE;
    changes.set(level, bdd.ite(other, bdd.not(old), old));
  }
  return only(changes);
}

/** As iptables-save prints it. */
function targetText(rule: Rule): string {
  const [[name, settings]] = Object.entries(rule.target as object) as [[string, Settings]];
  for (const family of ['ipv4', 'ipv6'] as const) {
    const known = registry.target.find(family, name);
    if (!known) continue;
    try {
      const context = { kernel: toolsFor(family).kernel, protocol: 0 };
      return `${name}${known.print(settings, known.revisions[0], context)}`;
    } catch {
      // The other family's.
    }
  }
  return `${name} ${JSON.stringify(settings)}`;
}
