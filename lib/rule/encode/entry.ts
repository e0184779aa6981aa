/** A rule as data -> its entry. */
import type { RuleFacts } from '../../codec/extension';
import type { Kernel } from '../../codec/kernel';
import { LITTLE } from '../../codec/struct';
import { alternatives, type IptcError, nearest, show } from '../../errors';
import { fromHex } from '../../net/number';
import { ENTRY_MAX, INV, SHAPES, type Shape, STANDARD_SIZE } from '../layout';
import { type CountersInput, type Place, type Rule, VERDICTS } from '../rule';
import { ElementWriter } from './element';
import { type HeadInput, HeadWriter } from './head';
import { faultOf } from './opaque';
import { bad } from './refusal';
import { Scratch } from './scratch';
import { StandardTargets } from './standard';

const RULE_KEYS: ReadonlySet<string> = new Set([
  'protocol',
  'source',
  'destination',
  'inInterface',
  'outInterface',
  'fragment',
  'match',
  'target',
  'counters',
]);
const NO_MATCH: readonly unknown[] = [];

type PlainInput = HeadInput & {
  readonly match?: unknown;
  readonly target?: unknown;
  readonly counters?: CountersInput;
};

export class EntryEncoder {
  readonly scratch: Scratch;
  readonly elements: ElementWriter;
  private readonly shape: Shape;
  private readonly head: HeadWriter;
  private readonly standards: StandardTargets;
  /** Of the rule that is being encoded. */
  private readonly facts: { -readonly [K in keyof RuleFacts]: RuleFacts[K] };

  constructor(kernel: Kernel) {
    this.shape = SHAPES[kernel.family];
    this.scratch = new Scratch(kernel);
    this.head = new HeadWriter(this.scratch);
    this.elements = new ElementWriter(this.scratch);
    this.standards = new StandardTargets(kernel.family);
    this.facts = { family: kernel.family, protocol: 0, protocolNegated: false, match: NO_MATCH, chain: undefined };
  }

  /** The entry's bytes, valid until the next call. Throws an IptcError with the path to what is wrong. */
  encode(rule: Rule, place: Place = {}): Uint8Array {
    if (typeof rule !== 'object' || rule === null)
      throw bad(`Expected a rule as an object or a text but received ${show(rule)}`);
    this.elements.alternatives.length = 0;
    const size = 'entry' in rule ? this.opaque(rule.entry) : this.plain(rule as PlainInput, place);
    if (rule.counters !== undefined) this.head.writeCounters(rule.counters);
    return this.scratch.made(size);
  }

  private opaque(entry: string): number {
    const { bytes, memory } = this.scratch;
    const raw = typeof entry === 'string' && entry.length <= 2 * ENTRY_MAX ? fromHex(entry) : undefined;
    if (!raw)
      throw bad(`Expected the hexadecimal bytes of an entry for entry but received ${show(entry)}`, { path: 'entry' });
    bytes.set(raw);
    const fault = faultOf(memory, raw.length);
    if (fault !== undefined)
      throw bad(`Expected a well-formed entry for entry but received one whose ${fault}`, { path: 'entry' });
    // Bookkeeping of the kernel's, and counters, which are told besides.
    bytes.fill(0, this.shape.nextOffset + 2, this.shape.size);
    return raw.length;
  }

  private plain(rule: PlainInput, place: Place): number {
    const { shape, facts, head, elements } = this;
    const { bytes, memory } = this.scratch;
    for (const key in rule) if (!RULE_KEYS.has(key)) throw unknownField(key);
    const { match, target } = rule;
    head.write(rule, place);
    facts.protocol = head.protocol;
    facts.protocolNegated = (head.invflags & INV.PROTO) !== 0;
    facts.match = (match ?? NO_MATCH) as readonly unknown[];
    facts.chain = place.chain;
    let at = shape.size;
    if (match !== undefined) {
      if (!Array.isArray(match))
        throw bad(`Expected a list of matches for match but received ${show(match)}`, { path: 'match' });
      for (let i = 0; i < match.length; i++) at = elements.write('match', match[i], at, facts, place, i);
    }
    memory.view.setUint16(shape.targetOffset, at, LITTLE);
    if (target === 'DROP' && place.table === 'nat' && !place.existing)
      // The kernel takes it; iptables doesn't, and so no file that holds it.
      throw bad('Expected no DROP in table nat: it is not for filtering', {
        option: 'jump',
        path: 'target',
        hint: 'Drop the packets in table filter, or in raw.',
        iptables: 'The "nat" table is not intended for filtering, the use of DROP is therefore inhibited.',
      });
    if (target === undefined || typeof target === 'string') at = this.standard(target, at);
    else if (typeof target === 'object' && target !== null && 'goto' in target && Object.keys(target).length === 1) {
      const chain = (target as { goto: unknown }).goto;
      if (typeof chain !== 'string' || VERDICTS.has(chain))
        throw bad(`Expected the name of a chain for --goto but received ${show(chain)}`, {
          option: 'goto',
          path: 'target.goto',
          iptables: `goto '${chain}' is not a chain`,
        });
      head.flags |= shape.gotoFlag;
      at = this.standard(chain, at);
    } else at = elements.write('target', target, at, facts, place, 0);
    memory.view.setUint16(shape.nextOffset, at, LITTLE);
    bytes[shape.flags] = head.flags;
    bytes[shape.invflags] = head.invflags;
    return at;
  }

  /** Writes a verdict, a jump or nothing as target; gives its end. */
  standard(name: string | undefined, at: number): number {
    this.scratch.bytes.set(this.standards.of(name), at);
    return at + STANDARD_SIZE;
  }
}

function unknownField(key: string): IptcError {
  const meant = Object.hasOwn(MEANT, key) ? MEANT[key] : undefined;
  const near = meant === undefined ? nearest(key, RULE_KEYS) : undefined;
  return bad(
    `Expected ${near === undefined ? alternatives([...RULE_KEYS]) : `${near}, or another field of a rule,`} but received ${show(key)}`,
    { path: key, hint: meant },
  );
}
/** What other libraries, and iptables itself, call them. */
const MEANT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries({
      source: ['src', 's', 'saddr', 'from'],
      destination: ['dst', 'dest', 'd', 'daddr', 'to'],
      protocol: ['proto', 'p'],
      inInterface: ['in', 'i', 'iif', 'iniface', 'in-interface', 'interface', 'iface'],
      outInterface: ['out', 'o', 'oif', 'outiface', 'out-interface'],
      fragment: ['f', 'fragments'],
      match: ['matches', 'm'],
      target: ['jump', 'j', 'action', 'verdict', 'policy'],
    }).flatMap(([field, names]) => names.map((name) => [name, `It is ${field}.`])),
  ),
  goto: "It is a target: { target: { goto: 'chain' } }.",
  ...Object.fromEntries(
    [
      'sport',
      'dport',
      'sports',
      'dports',
      'port',
      'sourcePort',
      'destinationPort',
      'destination-port',
      'source-port',
    ].map((name) => [
      name,
      "Ports belong to the protocol's match: { protocol: 'tcp', match: [{ tcp: { dport: 22 } }] }.",
    ]),
  ),
  comment: "It is a match: match: [{ comment: { comment: 'text' } }].",
  state: "It is a match: match: [{ conntrack: { ctstate: ['NEW'] } }].",
  ctstate: "It is a match: match: [{ conntrack: { ctstate: ['NEW'] } }].",
  table: 'A rule has no table of its own: it goes to the one that it is given to.',
  chain: 'A rule has no chain of its own: it goes to the one that it is given to.',
};
