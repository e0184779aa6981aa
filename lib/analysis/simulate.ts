/** A packet's way through the tables, without a kernel. */
import {
  argument,
  type Check,
  callback,
  fields,
  instance,
  listOf,
  numeric,
  oneOf,
  optionsOf,
  recordOf,
  string,
} from '../arguments';
import type { Facts, Surroundings } from '../codec/meaning';
import { Mismatch } from '../errors';
import { CompiledTables } from './compile';
import { setsCheck } from './elements';
import { hostOf } from './host';
import { factsOf, type Packet, packetOf } from './packet';
import { type RulesetInput, readRuleset } from './ruleset';
import { setsOf } from './sets';
import { Undecided } from './undecided';
import { type Asked, type Condition, type PathStep, type Walk, Walks } from './walk';

/** A ruleset that is ready for many packets. */
export class Compiled {
  /** @internal */
  constructor(/** @internal */ readonly tables: CompiledTables) {}
}

/**
 * Makes a ruleset ready: `simulate` takes what this gives in its place, and is as fast as it can be then.
 *
 * @example const compiled = compile(parseRuleset(text)); for (const packet of packets) simulate(compiled, packet)
 */
export function compile(ruleset: RulesetInput): Compiled {
  return new Compiled(new CompiledTables(readRuleset('compile', ruleset)));
}

export interface Branch {
  /**
   * What becomes of the packet: `ACCEPT`, `DROP`, `REJECT`, or the target that takes it away (`NFQUEUE`, `QUEUE`,
   * `SYNPROXY`). `UNKNOWN` if that depends on what isn't known.
   */
  readonly verdict: string;
  readonly path: readonly PathStep[];
  /** What it is at the end. */
  readonly packet: Packet;
}
export interface Simulation extends Branch {
  /** What the way depends on and wasn't given. Without it all is certain. */
  readonly dependsOn?: readonly Condition[];
  /** The ways that there may be. `path` is what they have in common then. */
  readonly branches?: readonly (Branch & { readonly answers: readonly (Condition & { readonly holds: boolean })[] })[];
  /** Whether there are more ways than were followed. */
  readonly incomplete?: true;
}

export interface SimulateOptions {
  /** What is in sets, by their names: as `ipset list` prints elements, or `libiptc/sets` gives them. */
  readonly sets?: Readonly<Record<string, readonly string[]>>;
  /** When the packet passes. */
  readonly time?: Date;
  /** Draws a number from 0 to below 1, for `-m statistic --mode random`. */
  readonly random?: () => number;
  /**
   * This machine's addresses, by its interfaces, in the order in which `ip address` shows them: for `REDIRECT`,
   * `MASQUERADE` and `addrtype`.
   */
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  /** Answers conditions that aren't decided by anything else: limits, lists of `recent`, control groups. */
  readonly holds?: (condition: Condition) => boolean | undefined;
  /** Where the tables are, `legacy` unless told: on nf_tables packets that come in meet nat before security. */
  readonly backend?: 'legacy' | 'nft';
  /** How many ways are followed where something isn't known; 64 unless told. */
  readonly branches?: number;
}

const words: Check<readonly string[]> = listOf(string('an address'));
const simulating = fields<SimulateOptions>({
  sets: setsCheck,
  time: (value) => {
    const date = instance(Date, 'a date')(value);
    if (Number.isNaN(date.getTime())) throw new Mismatch('a date that there is', value);
    return date;
  },
  random: callback,
  addresses: recordOf(words),
  holds: callback,
  backend: oneOf('legacy', 'nft'),
  branches: numeric('an integer from 1 to 65536', (n) => Number.isInteger(n) && n >= 1 && n <= 65536),
});

/**
 * What would become of a packet, and by which rules: raw, mangle, nat, filter and security in the kernel's order, with
 * jumps, policies, NAT, marks and the state of connections. The path is that of the kernel's TRACE. Of a connection that
 * begins (`ctstate: 'NEW'`) the packet is the first one. Its interfaces say which way it takes, after NAT too. What
 * depends on something that isn't given is followed both ways. Throws ERR_BAD_ARGUMENT.
 *
 * @example
 * simulate(parseRuleset(text), { protocol: 'tcp', source: '203.0.113.5', dport: 22, inInterface: 'eth0', ctstate: 'NEW' })
 *   // { verdict: 'DROP', path: [{ step: 'filter:INPUT:policy:3', … }], packet: … }
 */
export function simulate(ruleset: RulesetInput | Compiled, packet: Packet, options?: SimulateOptions): Simulation {
  const {
    sets,
    time,
    random,
    addresses,
    holds,
    backend = 'legacy',
    branches = 64,
  } = optionsOf('simulate', options, simulating);
  const isCompiled = argument('simulate', 'ruleset', ruleset, (value) => value instanceof Compiled);
  const { tables } = isCompiled ? (ruleset as Compiled) : compiledOf(ruleset as RulesetInput);
  const around: Surroundings = {
    ...(sets && { inSet: setsOf(sets) }),
    ...(time && { time: time.getTime() }),
    ...(random && { random }),
    ...(addresses &&
      argument('simulate', 'options.addresses', addresses, (all) => hostOf(all as typeof addresses, tables.family))),
  };
  const facts = factsOf('simulate', packet, tables.family, around);
  return explore(new Walks(tables, backend, holds), facts, branches);
}
const compiledOf = (ruleset: RulesetInput) => ({ tables: new CompiledTables(readRuleset('simulate', ruleset)) });

/** As deep as chains are nested. */
function runOf(walk: Walk): string {
  try {
    return walk.run();
  } catch (error) {
    if (error instanceof RangeError && /call stack/.test(error.message))
      throw new Undecided('chains are nested too deeply');
    throw error;
  }
}

interface Way {
  readonly branch: Branch;
  readonly asked: readonly Asked[];
}

/** Follows a way for each combination of answers: the next one gives the last answer that was no as yes. */
function explore(walks: Walks, facts: Facts, most: number): Simulation {
  const ways: Way[] = [];
  let answers: boolean[] = [];
  for (;;) {
    const walk = walks.begin({ ...facts }, answers);
    const verdict = runOf(walk);
    const branch: Branch = { verdict, path: walk.path, packet: packetOf(walk.facts) };
    if (walk.asked.length === 0) return branch;
    ways.push({ branch, asked: walk.asked });
    answers = walk.asked.map((each) => each.holds);
    while (answers[answers.length - 1] === true) answers.pop();
    if (answers.length === 0 || ways.length >= most) break;
    answers[answers.length - 1] = true;
  }
  return joined(ways, answers.length > 0, packetOf(facts));
}

function joined(ways: readonly Way[], incomplete: boolean, packet: Packet): Simulation {
  const [{ branch: first }, ...others] = ways as [Way, ...Way[]];
  const same = (a: Packet, b: Packet) => JSON.stringify(a) === JSON.stringify(b);
  let common = first.path.length;
  for (const { branch } of others) {
    let i = 0;
    while (i < common && first.path[i]!.step === branch.path[i]?.step) i++;
    common = i;
  }
  const alike = others.every(({ branch: { verdict, path } }) => verdict === first.verdict && path.length === common);
  if (
    !incomplete &&
    alike &&
    common === first.path.length &&
    others.every(({ branch }) => same(branch.packet, first.packet))
  )
    return first;
  const conditions = new Map<string, Condition>();
  for (const { asked } of ways)
    for (const { condition } of asked) conditions.set(`${condition.step} ${condition.needs}`, condition);
  return {
    verdict: !incomplete && others.every(({ branch }) => branch.verdict === first.verdict) ? first.verdict : 'UNKNOWN',
    path: first.path.slice(0, common),
    packet: !incomplete && others.every(({ branch }) => same(branch.packet, first.packet)) ? first.packet : packet,
    dependsOn: [...conditions.values()],
    branches: ways.map(({ branch, asked }) => ({
      ...branch,
      answers: asked.map(({ condition, holds }) => ({ ...condition, holds })),
    })),
    ...(incomplete && { incomplete: true }),
  };
}
