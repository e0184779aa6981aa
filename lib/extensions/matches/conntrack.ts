import { type AnyExtension, atLeastOne, match, revision, type Settings } from '../../codec/extension';
import {
  type Answer,
  all,
  any,
  type Ends,
  type Facts,
  fact,
  given,
  hasConnection,
  inNetworkOf,
  inRange,
  type NumberRange,
  type Test,
  Unknown,
  within,
} from '../../codec/meaning';
import {
  abbreviated,
  choice,
  type Not,
  names,
  negatable,
  type Operand,
  phrased,
  portRange,
  protocol,
  range,
  toProtocol,
} from '../../codec/operand';
import { optional, required } from '../../codec/option';
import {
  be16,
  bit,
  bits,
  type CType,
  inetAddr,
  type MembersOf,
  type Place,
  struct,
  u8,
  u16,
  u32,
} from '../../codec/struct';
import type { PacketSet, Symbols } from '../../codec/symbol';
import { Mismatch } from '../../errors';
import { host } from '../shared/host';

// <linux/netfilter/xt_conntrack.h>
// biome-ignore format: a table
const common = (mask: CType<number>, port: CType<number>) => ({
  origsrc_addr: inetAddr, origsrc_mask: inetAddr,
  origdst_addr: inetAddr, origdst_mask: inetAddr,
  replsrc_addr: inetAddr, replsrc_mask: inetAddr,
  repldst_addr: inetAddr, repldst_mask: inetAddr,
  expires_min: u32, expires_max: u32,
  l4proto: u16,
  origsrc_port: port, origdst_port: port,
  replsrc_port: port, repldst_port: port,
  match_flags: u16, invert_flags: u16,
  state_mask: mask, status_mask: mask,
});
const mtinfo1 = struct('xt_conntrack_mtinfo1', common(u8, be16));
const mtinfo2 = struct('xt_conntrack_mtinfo2', common(u16, be16));
// biome-ignore format: a table
const mtinfo3 = struct('xt_conntrack_mtinfo3', {
  ...common(u16, u16),
  origsrc_port_high: u16, origdst_port_high: u16,
  replsrc_port_high: u16, repldst_port_high: u16,
});
const XT_CONNTRACK_STATE = 1 << 0;
const XT_CONNTRACK_PROTO = 1 << 1;
const XT_CONNTRACK_ORIGSRC = 1 << 2;
const XT_CONNTRACK_ORIGDST = 1 << 3;
const XT_CONNTRACK_REPLSRC = 1 << 4;
const XT_CONNTRACK_REPLDST = 1 << 5;
const XT_CONNTRACK_STATUS = 1 << 6;
const XT_CONNTRACK_EXPIRES = 1 << 7;
const XT_CONNTRACK_ORIGSRC_PORT = 1 << 8;
const XT_CONNTRACK_ORIGDST_PORT = 1 << 9;
const XT_CONNTRACK_REPLSRC_PORT = 1 << 10;
const XT_CONNTRACK_REPLDST_PORT = 1 << 11;
const XT_CONNTRACK_DIRECTION = 1 << 12;
const XT_CONNTRACK_STATE_ALIAS = 1 << 13;

type Info = MembersOf<typeof mtinfo1> & Partial<MembersOf<typeof mtinfo3>>;

const states = {
  INVALID: 1 << 0,
  NEW: 1 << 3,
  RELATED: 1 << 2,
  ESTABLISHED: 1 << 1,
  UNTRACKED: 1 << 8,
  SNAT: 1 << 6,
  DNAT: 1 << 7,
};
const statuses = { EXPECTED: 1 << 0, SEEN_REPLY: 1 << 1, ASSURED: 1 << 2, CONFIRMED: 1 << 3 };

const flagged = <T>(s: Info, bits: number, o: Operand<T>) =>
  optional(bit(s.match_flags, bits), negatable(bit(s.invert_flags, bits), o));

/** Not 0: no connection has all protocols. */
const one = (place: Place<number>): Place<number> => ({
  read: (m) => place.read(m),
  write(m, value) {
    if (value === 0)
      throw new Mismatch('a protocol other than all', value, '', 'conntrack: rule would never match protocol');
    place.write(m, value);
  },
});

/** The options, in the order in which iptables-save prints them. */
// biome-ignore format: a table
const options = (s: Info) => ({
  ctstate: flagged(s, XT_CONNTRACK_STATE, phrased(abbreviated(names(s.state_mask, states), Object.keys(states)), (w) => `Bad ctstate "${w}"`)).doc('The state of the connection that the packet belongs to.'),
  ctproto: flagged(s, XT_CONNTRACK_PROTO, protocol(one(s.l4proto), String)).doc("The connection's protocol."),
  ctorigsrc: flagged(s, XT_CONNTRACK_ORIGSRC, host(s.origsrc_addr, s.origsrc_mask)).varies().doc('Its source address, in the original direction.'),
  ctorigdst: flagged(s, XT_CONNTRACK_ORIGDST, host(s.origdst_addr, s.origdst_mask)).varies().doc('Its destination address, in the original direction.'),
  ctreplsrc: flagged(s, XT_CONNTRACK_REPLSRC, host(s.replsrc_addr, s.replsrc_mask)).varies().doc('Its source address, in the reply direction.'),
  ctrepldst: flagged(s, XT_CONNTRACK_REPLDST, host(s.repldst_addr, s.repldst_mask)).varies().doc('Its destination address, in the reply direction.'),
  ctorigsrcport: flagged(s, XT_CONNTRACK_ORIGSRC_PORT, portRange(s.origsrc_port, s.origsrc_port_high)).varies().doc('Its source port, in the original direction.'),
  ctorigdstport: flagged(s, XT_CONNTRACK_ORIGDST_PORT, portRange(s.origdst_port, s.origdst_port_high)).varies().doc('Its destination port, in the original direction.'),
  ctreplsrcport: flagged(s, XT_CONNTRACK_REPLSRC_PORT, portRange(s.replsrc_port, s.replsrc_port_high)).varies().doc('Its source port, in the reply direction.'),
  ctrepldstport: flagged(s, XT_CONNTRACK_REPLDST_PORT, portRange(s.repldst_port, s.repldst_port_high)).varies().doc('Its destination port, in the reply direction.'),
  ctstatus: flagged(s, XT_CONNTRACK_STATUS, phrased(abbreviated(names(s.status_mask, statuses, 'NONE'), [...Object.keys(statuses), 'NONE']), (w) => `Bad ctstatus "${w}"`)).doc('What is known of the connection.'),
  ctexpire: flagged(s, XT_CONNTRACK_EXPIRES, range(s.expires_min, s.expires_max, 0xffffffff)).varies().doc('How long it lives on, in seconds.'),
  // Not negatable: its inversion bit holds the direction itself.
  ctdir: optional(bit(s.match_flags, XT_CONNTRACK_DIRECTION), choice(
    bits(s.invert_flags, XT_CONNTRACK_DIRECTION), { ORIGINAL: 0, REPLY: 1 })).doc('The direction in which the packet flows.'),
});

/** `--state` sets this mark, by which iptables-save tells it from `--ctstate`. */
const stateMark = (s: Info) => bit(s.match_flags, XT_CONNTRACK_STATE_ALIAS);

/** Rewritten addresses are states, too, beside the one that a packet has. */
const inState = (name: string): Test =>
  name === 'SNAT' || name === 'DNAT'
    ? all(hasConnection, (facts) => facts[name === 'SNAT' ? 'snat' : 'dnat'] ?? new Unknown(`whether ${name} was done`))
    : fact('ctstate', (state) => state === name);

type Connection = Omit<Settings<ReturnType<typeof options>>, 'ctstate'>;
type Value<T> = T | Not<T> | undefined;
function connectionTests(wanted: Connection): Test[] {
  const end = <K extends keyof Ends>(
    key: K,
    of: 'original' | 'reply',
    holds: (value: NonNullable<Ends[K]>) => boolean,
  ): Test => {
    const missing = new Unknown(`its connection's ${of} ${key}`);
    return (facts) => {
      const value = (of === 'original' ? facts.original : replyOf(facts))?.[key];
      return value === undefined ? missing : holds(value as NonNullable<Ends[K]>);
    };
  };
  const address = (value: Value<string>, of: 'original' | 'reply', key: 'source' | 'destination') =>
    given(value, (word) => end(key, of, inNetworkOf(word)));
  const port = (value: Value<NumberRange>, of: 'original' | 'reply', key: 'sport' | 'dport') =>
    given(value, (range) => end(key, of, within(range)));
  const tests = [
    given(wanted.ctproto, (name) => fact('protocol', (number) => number === toProtocol(name))),
    address(wanted.ctorigsrc, 'original', 'source'),
    address(wanted.ctorigdst, 'original', 'destination'),
    address(wanted.ctreplsrc, 'reply', 'source'),
    address(wanted.ctrepldst, 'reply', 'destination'),
    port(wanted.ctorigsrcport, 'original', 'sport'),
    port(wanted.ctorigdstport, 'original', 'dport'),
    port(wanted.ctreplsrcport, 'reply', 'sport'),
    port(wanted.ctrepldstport, 'reply', 'dport'),
    given(wanted.ctstatus, (names) =>
      fact('ctstatus', (known) => (known as readonly string[]).some((one) => names.includes(one as 'ASSURED'))),
    ),
    inRange('ctexpire', wanted.ctexpire),
    wanted.ctdir && fact('ctdir', (direction) => direction === wanted.ctdir),
  ];
  return tests.filter((test): test is Test => test !== undefined);
}
/** What they are for the first packet of a connection, before any NAT. */
function atFirst(key: string, value: unknown, space: Symbols): PacketSet | undefined {
  switch (key) {
    case 'ctorigsrc':
      return space.network('source', String(value));
    case 'ctorigdst':
      return space.network('destination', String(value));
    case 'ctorigsrcport':
      return space.range('sport', value as number);
    case 'ctorigdstport':
      return space.range('dport', value as number);
    case 'ctdir':
      return value === 'ORIGINAL' ? space.all : space.none;
    case 'ctstatus':
      return space.none;
    default:
      return undefined;
  }
}
/** Answers come from where the packet goes to, however it has been rewritten by then. */
function replyOf({ original, source, destination, sport, dport }: Facts): Ends | undefined {
  return original && { source: destination, destination: source, sport: dport, dport: sport };
}

/** Matches by what connection tracking knows of a packet's connection. */
export const conntrack = match({
  name: 'conntrack',
  doc: "Matches by what connection tracking knows of the packet's connection.",
  revisions: [
    revision(3, mtinfo3, options(mtinfo3)),
    revision(2, mtinfo2, options(mtinfo2)),
    revision(1, mtinfo1, options(mtinfo1)),
  ],
  constraints: [atLeastOne(...Object.keys(options(mtinfo3)))],
  symbol({ ctstate, ...rest }, space) {
    const flagged = (name: string) => space.free(`-m conntrack --ctstate ${name}`, undefined, { begins: space.none });
    const nat = (names: readonly string[]) => names.filter((name) => name === 'SNAT' || name === 'DNAT').map(flagged);
    const known = space.given(ctstate, (names) =>
      space.or(space.states(names), space.and(space.tracked, space.or(...nat(names)))),
    );
    const others = Object.entries(rest).map(([key, value]) =>
      key === 'ctproto'
        ? space.given(value as string | Not<string>, (name) => space.masked('protocol', toProtocol(name)))
        : space.given(value as unknown, (of) => {
            const begins = atFirst(key, of, space);
            return space.free(
              `-m conntrack --${key} ${JSON.stringify(of)}`,
              undefined,
              begins === undefined ? {} : { begins },
            );
          }),
    );
    // Without a connection nothing else is looked at, and without a state nothing matches.
    const tracked = space.and(space.tracked, ...others);
    return space.and(known, ctstate === undefined ? tracked : space.or(tracked, space.not(space.tracked)));
  },
  unsaid: (settings) => /\/32"/.test(JSON.stringify(settings)),
  matches({ ctstate, ...more }) {
    const state = given(ctstate, (states) => any(...states.map(inState)));
    const others = connectionTests(more);
    // Without a connection, its state is all that is looked at.
    return (facts) => {
      const answer = state?.(facts) ?? true;
      if (answer === false || (state && others.length === 0)) return answer;
      const tracked = hasConnection(facts);
      if (tracked === false) return state ? answer : false;
      let result: Answer = answer === true ? tracked : answer;
      for (const test of others) {
        const next = test(facts);
        // Without a connection it wouldn't be asked.
        if (next === false && (tracked === true || !state)) return false;
        if (next !== true && result === true) result = next;
      }
      return result;
    };
  },
  example: { ctstate: ['RELATED', 'ESTABLISHED'] },
});

const { INVALID, NEW, RELATED, ESTABLISHED, UNTRACKED } = states;
const plain = { INVALID, NEW, RELATED, ESTABLISHED, UNTRACKED };
const plainStates = (place: Place<number>) =>
  phrased(abbreviated(names(place, plain), Object.keys(plain)), (word) => `Bad state "${word}"`);
const stateOption = (s: Info) => ({
  state: required(negatable(bit(s.invert_flags, XT_CONNTRACK_STATE), plainStates(s.state_mask))).doc(
    'The state of the connection that the packet belongs to.',
  ),
});
const stateRevision = (number: number, s: typeof mtinfo1 | typeof mtinfo2 | typeof mtinfo3) =>
  revision(number, s, stateOption(s), {
    mark: stateMark(s),
    fixed: (m) => bit(s.match_flags, XT_CONNTRACK_STATE).write(m, true),
  });

/** The older name of `conntrack --ctstate`. */
export const state = match({
  name: 'state',
  kernelName: 'conntrack',
  doc: "Matches by the state of the packet's connection.",
  revisions: [stateRevision(3, mtinfo3), stateRevision(2, mtinfo2), stateRevision(1, mtinfo1)],
  matches: ({ state }) => given(state, (states) => any(...states.map(inState)))!,
  symbol: ({ state }, space) => space.given(state, (names) => space.states(names)),
  example: { state: ['RELATED', 'ESTABLISHED'] },
});

// <linux/netfilter/xt_state.h>
const stateInfo = struct('xt_state_info', { statemask: u32 });

/** The kernel's own match of that name, which iptables reads but doesn't write any more: no part of the types. */
export const state0: AnyExtension = match({
  name: 'state',
  doc: "Matches by the state of the packet's connection.",
  revisions: [
    revision(0, stateInfo, {
      state: required(plainStates(stateInfo.statemask)).doc('The state of the connection that the packet belongs to.'),
    }),
  ],
  matches: ({ state }) => given(state, (states) => any(...states.map(inState)))!,
  symbol: ({ state }, space) => space.states(state),
  example: { state: ['RELATED', 'ESTABLISHED'] },
});
