/**
 * Whether packets of a connection get through a table: what its rules say of them as data. Much isn't known of a packet
 * beforehand (sets, limits, marks): it is cut only if there is no way through, whatever that is.
 */
import { isNot } from '../codec/operand';
import type { EntryCodec } from '../rule/entry';
import { INV } from '../rule/layout';
import type { MatchElement, PlainRule } from '../rule/rule';
import { EntryView } from '../rule/view';
import type { ChainState, TableState } from '../table/state';
import { printName, RulePrinter } from '../text/print';
import type { Packets } from './flow';

/** By which rule, or the policy, a chain cuts it. */
export interface Cut {
  readonly chain: string;
  /** As iptables-save prints it. */
  readonly line: string;
}
type Known = 'yes' | 'no' | 'maybe';
/** What may become of a packet in a chain: it is let through for good, it may come out at the end, or neither. */
type Outcome = 'through' | 'out' | Cut;

/** Where packets to this machine, and from it, pass. */
const WAYS = {
  in: ['PREROUTING', 'INPUT'],
  out: ['OUTPUT', 'POSTROUTING'],
} as const;

export class Reach {
  private readonly view: EntryView;
  private readonly printer: RulePrinter;

  constructor(
    private readonly codec: EntryCodec,
    private readonly state: TableState,
  ) {
    this.view = new EntryView(codec.shape);
    this.printer = new RulePrinter(codec);
  }

  /** What cuts it, if anything surely does: packets of it, or answers to them. */
  cut(packets: Packets): Cut | undefined {
    for (const way of ['in', 'out'] as const)
      for (const name of WAYS[way]) {
        const chain = this.state.chain(name);
        const outcome = chain && this.walk(chain, packets, way, []);
        if (typeof outcome === 'object') return outcome;
        if (outcome === 'out' && chain!.policy === 'DROP') return { chain: name, line: `:${name} DROP` };
      }
    return undefined;
  }

  private walk(chain: ChainState, packets: Packets, way: 'in' | 'out', above: readonly string[]): Outcome {
    let out = false;
    for (const at of chain.entries()) {
      const known = this.matches(chain, at, packets, way);
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
      const outcome = !next || above.includes(jump) ? 'through' : this.walk(next, packets, way, [...above, jump]);
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

  private matches({ memory }: ChainState, at: number, packets: Packets, way: 'in' | 'out'): Known {
    const view = this.view.on(memory, at);
    const [from, to] = way === 'in' ? [packets.from, packets.to] : [packets.to, packets.from];
    const protocol = view.protocol === 0 || view.protocol === packets.protocol;
    if (protocol === view.not(INV.PROTO)) return 'no';
    if (within(view, from.address, view.src, view.smsk) === view.not(INV.SRCIP)) return 'no';
    if (within(view, to.address, view.dst, view.dmsk) === view.not(INV.DSTIP)) return 'no';
    if (view.isFragment) return view.not(INV.FRAG) ? 'maybe' : 'no';
    let known: Known = 'yes';
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
    const { match = [] } = this.codec.decode(memory, at) as PlainRule;
    for (const element of match) {
      const told = elementMatches(element, packets.state, from.port, to.port);
      if (told === 'no') return 'no';
      if (told === 'maybe') known = 'maybe';
    }
    return known;
  }
}

/** Targets that end the way through a table, and not by dropping. */
const LEADS_AWAY: ReadonlySet<string> = new Set(['NFQUEUE', 'TPROXY', 'SYNPROXY']);
const NOT: Readonly<Record<Known, Known>> = { yes: 'no', no: 'yes', maybe: 'maybe' };

function within({ m: { bytes } }: EntryView, address: Uint8Array, at: number, mask: number): boolean {
  for (let i = 0; i < address.length; i++) if ((address[i]! & bytes[mask + i]!) !== bytes[at + i]) return false;
  return true;
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

type Settings = Readonly<Record<string, unknown>>;

function elementMatches(
  element: MatchElement,
  state: Packets['state'],
  sport: number | undefined,
  dport: number | undefined,
): Known {
  const [[name, settings]] = Object.entries(element) as [[string, Settings]];
  const all = (...each: Known[]): Known => (each.includes('no') ? 'no' : each.includes('maybe') ? 'maybe' : 'yes');
  switch (name) {
    case 'comment':
      return 'yes';
    case 'tcp':
    case 'udp':
      return all(
        port(settings.sport, sport),
        port(settings.dport, dport),
        // An established connection sends no SYN; what other flags it has isn't known.
        told(settings.tcpFlags, (flags) => (state === 'ESTABLISHED' && isSyn(flags) ? 'no' : 'maybe')),
        Object.keys(settings).every((key) => ['sport', 'dport', 'tcpFlags'].includes(key)) ? 'yes' : 'maybe',
      );
    case 'multiport':
      if (settings.ports !== undefined) {
        const given = isNot(settings.ports) ? settings.ports.not : settings.ports;
        const either = [ports(given, sport), ports(given, dport)];
        const known = either.includes('yes') ? 'yes' : either.includes('maybe') ? 'maybe' : 'no';
        return isNot(settings.ports) ? NOT[known] : known;
      }
      return all(list(settings.sports, sport), list(settings.dports, dport));
    case 'state':
      return states(settings.state, state);
    case 'conntrack':
      return all(states(settings.ctstate, state), Object.keys(settings).length > 1 ? 'maybe' : 'yes');
    default:
      return 'maybe';
  }
}

const told = (value: unknown, known: (given: unknown) => Known): Known =>
  value === undefined ? 'yes' : isNot(value) ? NOT[known(value.not)] : known(value);
const port = (value: unknown, is: number | undefined): Known => told(value, (given) => ports([given], is));
const list = (value: unknown, is: number | undefined): Known => told(value, (given) => ports(given, is));
function ports(given: unknown, is: number | undefined): Known {
  if (is === undefined) return 'maybe';
  const fits = (range: unknown) => (Array.isArray(range) ? is >= range[0] && is <= range[1] : is === range);
  return (given as readonly unknown[]).some(fits) ? 'yes' : 'no';
}
const states = (value: unknown, state: string): Known =>
  told(value, (given) => ((given as readonly string[]).includes(state) ? 'yes' : 'no'));
const isSyn = (value: unknown): boolean => {
  const { mask, comp } = value as { readonly mask: readonly string[]; readonly comp: readonly string[] };
  return comp.join() === 'SYN' && mask.includes('ACK');
};
