/**
 * Whether packets of a connection get through a table. Much isn't known of a packet beforehand (sets, limits, marks): it is
 * cut only if there is no way through, whatever that is. What a match means, its own definition says.
 */
import { all, type Facts, type Test, toWords, unknown } from '../codec/meaning';
import type { Memory } from '../codec/struct';
import { registry } from '../extensions/registry';
import { isOpaque } from '../rule/encode/given';
import type { EntryCodec } from '../rule/entry';
import { INV } from '../rule/layout';
import type { MatchElement, PlainRule } from '../rule/rule';
import { EntryView } from '../rule/view';
import type { Steps } from '../slice';
import type { ChainState, TableState } from '../table/state';
import { printName, RulePrinter } from '../text/print';
import type { Neighbours, Packets } from './flow';

/** By which rule, or the policy, a chain cuts it. */
export interface Cut {
  readonly chain: string;
  /** As iptables-save prints it. */
  readonly line: string;
}
type Known = 'yes' | 'no' | 'maybe';
/** What may become of a packet in a chain: it is let through for good, it may come out at the end, or neither. */
type Outcome = 'through' | 'out' | Cut;

/** Packets on their way in or out, and what is known of them. */
type Passing = (Packets | Neighbours) & { readonly way: 'in' | 'out'; readonly facts: Facts };

const [SYN, ACK] = [2, 16];
/** Rules between two steps. */
const STRETCH = 64;

/** Where packets to this machine, and from it, pass. */
const WAYS = {
  in: ['PREROUTING', 'INPUT'],
  out: ['OUTPUT', 'POSTROUTING'],
} as const;

export class Reach {
  private readonly view: EntryView;
  private readonly printer: RulePrinter;
  /** Of rules by where they begin: what their matches ask. */
  private readonly tests = new Map<Uint8Array, Map<number, Test>>();
  private looked = 0;

  constructor(
    private readonly codec: EntryCodec,
    private readonly state: TableState,
  ) {
    this.view = new EntryView(codec.shape);
    this.printer = new RulePrinter(codec);
  }

  /** What cuts it, if anything surely does: packets of it, or answers to them. */
  *cut(packets: Packets | Neighbours): Steps<Cut | undefined> {
    for (const way of ['in', 'out'] as const) {
      const facts = this.facts(packets, way);
      for (const name of WAYS[way]) {
        const chain = this.state.chain(name);
        const outcome = chain && (yield* this.walk(chain, { ...packets, way, facts }, []));
        if (typeof outcome === 'object') return outcome;
        if (outcome === 'out' && chain!.policy === 'DROP') return { chain: name, line: `:${name} DROP` };
      }
    }
    return undefined;
  }

  /** What is known of its packets. */
  private facts(packets: Packets | Neighbours, way: 'in' | 'out'): Facts {
    const { family, protocol, from, to, state } = packets;
    const [source, destination] = way === 'in' ? [from, to] : [to, from];
    return {
      family,
      protocol,
      source: source.address && toWords(source.address),
      destination: destination.address && toWords(destination.address),
      sport: source.port,
      dport: destination.port,
      fragment: false,
      // Of a connection that is there each segment has it; who begins one sends a SYN.
      // RFC 4861: whatever comes from farther away is no neighbour's.
      ...(protocol === 58 && { icmpType: packets.icmpType, icmpCode: 0, ttl: 255 }),
      ...(protocol === 6 && { tcpFlags: state === 'NEW' ? SYN : ACK }),
      // Before raw it isn't looked for.
      ...(this.state.name !== 'raw' && { ctstate: state }),
      ...(way === 'in' ? { dstType: 'LOCAL' } : { srcType: 'LOCAL' }),
      around: {},
    };
  }

  private *walk(chain: ChainState, packets: Passing, above: readonly string[]): Steps<Outcome> {
    let out = false;
    for (const at of chain.entries()) {
      if (++this.looked % STRETCH === 0) yield;
      const known = this.matches(chain, at, packets);
      if (known === 'no') continue;
      const { jump } = this.view.on(chain.memory, at);
      const { isGoto } = this.view;
      if (jump === undefined) {
        const name = this.view.kernelName(this.view.target);
        if (name === 'REJECT' && known === 'yes') return out ? 'out' : this.cutBy(chain, at);
        // What else a target does with a packet is its own affair; most let it go on.
        if (LEADS_AWAY.has(name)) return 'through';
        continue;
      }
      if (jump === 'ACCEPT' || jump === 'QUEUE') return 'through';
      if (jump === 'DROP') {
        if (known === 'yes') return out ? 'out' : this.cutBy(chain, at);
        continue;
      }
      if (jump === '' && !this.view.isNamelessVerdict) continue;
      if (jump === 'RETURN') {
        if (known === 'yes') return 'out';
        out = true;
        continue;
      }
      const next = this.state.chain(jump);
      const outcome = !next || above.includes(jump) ? 'through' : yield* this.walk(next, packets, [...above, jump]);
      if (outcome === 'through') return outcome;
      if (known === 'yes' && typeof outcome === 'object') return out ? 'out' : outcome;
      if (isGoto && outcome === 'out') {
        if (known === 'yes') return 'out';
        out = true;
      }
    }
    return 'out';
  }

  private cutBy({ name, memory }: ChainState, at: number): Cut {
    return { chain: name, line: `-A ${printName(name)}${this.printer.print(memory, at)}` };
  }

  private matches({ memory }: ChainState, at: number, packets: Passing): Known {
    const view = this.view.on(memory, at);
    const { way } = packets;
    const [from, to] = way === 'in' ? [packets.from, packets.to] : [packets.to, packets.from];
    const protocol = view.protocol === 0 || view.protocol === packets.protocol;
    if (protocol === view.not(INV.PROTO)) return 'no';
    if (view.isFragment) return view.not(INV.FRAG) ? 'maybe' : 'no';
    let known: Known = 'yes';
    for (const [address, at, mask, inv] of [
      [from.address, view.src, view.smsk, INV.SRCIP],
      [to.address, view.dst, view.dmsk, INV.DSTIP],
    ] as const) {
      const addressed = within(view, address, at, mask);
      const told = view.not(inv) ? NOT[addressed] : addressed;
      if (told === 'no') return 'no';
      if (told === 'maybe') known = 'maybe';
    }
    for (const [name, mask, inv, here] of [
      [view.iniface, view.inifaceMask, INV.VIA_IN, way === 'in'],
      [view.outiface, view.outifaceMask, INV.VIA_OUT, way === 'out'],
    ] as const) {
      const interfaced = here ? throughLo(view, name, mask, packets.loopback) : view.m.bytes[mask] === 0 ? 'yes' : 'no';
      const told = view.not(inv) ? NOT[interfaced] : interfaced;
      if (told === 'no') return 'no';
      if (told === 'maybe') known = 'maybe';
    }
    if (view.matches === view.target) return known;
    const answer = this.test(memory, at)(packets.facts);
    if (answer === false) return 'no';
    return answer === true ? known : 'maybe';
  }

  private test(memory: Memory, at: number): Test {
    let tests = this.tests.get(memory.bytes);
    if (!tests) {
      tests = new Map();
      this.tests.set(memory.bytes, tests);
    }
    let test = tests.get(at);
    if (!test) {
      const { match = [] } = this.codec.decode(memory, at) as PlainRule;
      test = all(...match.map((element) => this.meaning(element)));
      tests.set(at, test);
    }
    return test;
  }
  private meaning(element: MatchElement): Test {
    const [[name, settings]] = Object.entries(element) as [[string, Settings]];
    const known = isOpaque(settings) ? undefined : registry.match.find(this.codec.kernel.family, name);
    return known?.definition.matches?.(settings) ?? unknown(name);
  }
}

type Settings = Readonly<Record<string, unknown>>;

/** Targets that end the way through a table, and not by dropping. */
const LEADS_AWAY: ReadonlySet<string> = new Set(['NFQUEUE', 'TPROXY', 'SYNPROXY']);
const NOT: Readonly<Record<Known, Known>> = { yes: 'no', no: 'yes', maybe: 'maybe' };

function within(view: EntryView, address: Uint8Array | undefined, at: number, mask: number): Known {
  const { bytes } = view.m;
  for (let i = 0; i < view.dst - view.src; i++) {
    if (!address && bytes[mask + i] !== 0) return 'maybe';
    if (address && (address[i]! & bytes[mask + i]!) !== bytes[at + i]) return 'no';
  }
  return 'yes';
}

/** Whether the packet's interface is that; its name isn't known, but for lo. */
function throughLo({ m: { bytes } }: EntryView, name: number, mask: number, loopback: boolean): Known {
  if (bytes[mask] === 0) return 'yes';
  const lo = 'lo\0';
  for (let i = 0; i < lo.length && bytes[mask + i] !== 0; i++)
    if (bytes[name + i] !== lo.charCodeAt(i)) return loopback ? 'no' : 'maybe';
  // A name that begins so, or is so.
  return loopback ? 'yes' : bytes[mask + 2] === 0 ? 'maybe' : 'no';
}
