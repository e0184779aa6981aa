import { atLeastOne, type ListContext, match, needs, revision } from '../../codec/extension';
import { DASH, IRREGULAR, REGULAR, rangeHole } from '../../codec/hole';
import { all, fact, given, never, type Test, Unknown, unknown, within } from '../../codec/meaning';
import {
  bare,
  ends,
  flag,
  integer,
  isNot,
  limited,
  type Not,
  negatable,
  type Operand,
  operand,
  type Phrase,
  parseRange,
  phrased,
  printRange,
  type Range,
  toNumber,
  word,
} from '../../codec/operand';
import { flagged, optional } from '../../codec/option';
import { bit, chars, type Memory, type Place, struct, u8, u32 } from '../../codec/struct';
import { groupId, groupName, userId, userName } from '../../net/databases';
import type { TextReader } from '../../net/reader';

// <linux/netfilter/xt_owner.h>
const flags = { match: u8, invert: u8 };
const s = struct('xt_owner_match_info', { uid_min: u32, uid_max: u32, gid_min: u32, gid_max: u32, ...flags });
const XT_OWNER_UID = 1 << 0;
const XT_OWNER_GID = 1 << 1;
const XT_OWNER_SOCKET = 1 << 2;
const XT_OWNER_SUPPL_GROUPS = 1 << 3;

// libxt_owner.c of iptables: revision 0, from kernels before 2.6.36
const fields0 = { uid: u32, gid: u32, pid: u32, sid: u32, comm: chars(16, true), ...flags };
const [s0, s0v6] = [struct('ipt_owner_info', fields0), struct('ip6t_owner_info', fields0)];
const IPT_OWNER_UID = 0x01;
const IPT_OWNER_GID = 0x02;
const IPT_OWNER_PID = 0x04;
const IPT_OWNER_SID = 0x08;
const IPT_OWNER_COMM = 0x10;

const badValue: Phrase = (word, option, extension) => `${extension}: Bad value for "--${option}" option: "${word}"`;

type Flags = { readonly [K in keyof typeof flags]: Place<number> };
const owned = <T>({ match, invert }: Flags, bits: number, o: Operand<T>) =>
  optional(bit(match, bits), negatable(bit(invert, bits), o));

/** `root`, `0`, `1000-1999`; -1 is nobody's number. */
const ids = (find: (name: string) => number | undefined, low: Place<number>, high?: Place<number>): Operand<Range> => {
  const [from, to] = [low, high].map((place) => place && limited(place, 0, 0xfffffffe));
  const one = (n: string) => toNumber(n, 'a name that the system knows, a number, or a range low-high');
  const parse = (w: string) => find(w) ?? parseRange(w.replace(':', '-'), one, undefined, '-');
  const print = (value: Range) => printRange(value, '-');
  const hole = rangeHole(low, high, DASH);
  const formOf = (m: Memory) => (high?.read(m) === 0xffffffff ? IRREGULAR : hole!.formOf(m));
  const exact = hole && {
    ...hole,
    formOf,
    read: (m: Memory, w: TextReader) => hole.read(m, w) && formOf(m) === REGULAR,
  };
  return phrased(
    operand('id[-id]', 'number | [low: number, high: number]', ends(from!, to), print, parse, exact),
    badValue,
  );
};

const [uid, gid] = ['The user', 'The group'].map((who) => `${who} that owns the socket: a name, a number or a range.`);
const revision1 = revision(1, s, {
  'socket-exists': owned(s, XT_OWNER_SOCKET, flag(bit(s.match, XT_OWNER_SOCKET))).doc(
    'The packet belongs to a socket.',
  ),
  'uid-owner': owned(s, XT_OWNER_UID, ids(userId, s.uid_min, s.uid_max))
    .varies()
    .doc(uid!),
  'gid-owner': owned(s, XT_OWNER_GID, ids(groupId, s.gid_min, s.gid_max))
    .varies()
    .doc(gid!),
  'suppl-groups': flagged(bit(s.match, XT_OWNER_SUPPL_GROUPS))
    .behind('gid-owner')
    .doc('--gid-owner means supplementary groups too.'),
});
const options0 = {
  'uid-owner': owned(s0, IPT_OWNER_UID, ids(userId, s0.uid)),
  'gid-owner': owned(s0, IPT_OWNER_GID, ids(groupId, s0.gid)),
  'pid-owner': owned(s0, IPT_OWNER_PID, integer(s0.pid, 0, 0x7fffffff)).doc(
    'The process that owns it (before Linux 2.6.36).',
  ),
  'sid-owner': owned(s0, IPT_OWNER_SID, integer(s0.sid, 0, 0x7fffffff)).doc('Its session (before Linux 2.6.36).'),
};
const command = {
  'cmd-owner': owned(s0, IPT_OWNER_COMM, word(s0.comm)).doc('The name of its program (before Linux 2.6.36).'),
};

const LABELS = {
  socketExists: 'owner socket exists',
  uidOwner: 'owner UID match',
  gidOwner: 'owner GID match',
  supplGroups: 'incl. suppl. groups',
  pidOwner: 'owner PID match',
  sidOwner: 'owner SID match',
  cmdOwner: 'owner CMD match',
};
function list(settings: Readonly<Record<string, unknown>>, { numeric }: ListContext): string {
  const names: Readonly<Record<string, (id: number) => string | undefined>> = {
    uidOwner: userName,
    gidOwner: groupName,
  };
  const show = (key: string, value: unknown): string => {
    const name = typeof value === 'number' && !numeric ? names[key]?.(value) : undefined;
    return value === true ? '' : ` ${name ?? (Array.isArray(value) ? value.join('-') : value)}`;
  };
  return Object.entries(LABELS)
    .filter(([key]) => settings[key] !== undefined)
    .map(([key, label]) => `${isNot(settings[key]) ? '! ' : ''}${label}${show(key, bare(settings[key]))}`)
    .join(' ');
}

type Wanted = Readonly<Record<string, unknown>>;
/** Packets without a socket are nobody's: all that is asked for has to be negated then. */
function matches(wanted: Wanted): Test {
  const { socketExists, uidOwner, gidOwner, supplGroups, ...old } = wanted as {
    socketExists?: true | Not<true>;
    uidOwner?: Range | Not<Range>;
    gidOwner?: Range | Not<Range>;
    supplGroups?: true;
  };
  const negated = [socketExists, uidOwner, gidOwner].every((value) => value === undefined || isNot(value));
  const owned = all(
    isNot(socketExists) ? never : undefined,
    given(uidOwner, (range) => fact('uid', within(range))),
    given(gidOwner, (range) =>
      supplGroups ? fact('groups', (groups) => groups.some(within(range))) : fact('gid', within(range)),
    ),
    Object.keys(old).length > 0 ? unknown('the process that owns its socket') : undefined,
  );
  return (facts) => (facts.socket === undefined ? new Unknown('owner') : facts.socket ? owned(facts) : negated);
}

const common = {
  name: 'owner',
  matches,
  separate: true,
  doc: 'Matches by who made a packet that leaves this machine.',
  where: { hooks: ['OUTPUT', 'POSTROUTING'] },
  constraints: [
    needs('suppl-groups', 'gid-owner'),
    atLeastOne('uid-owner', 'gid-owner', 'socket-exists', 'pid-owner', 'sid-owner', 'cmd-owner'),
  ],
  example: { uidOwner: 1000 },
  list,
} as const;

/** Matches by the user, group or existence of the local socket that sent an IPv4 packet. */
export const owner = match({
  ...common,
  families: ['ipv4'],
  revisions: [revision1, revision(0, s0, { ...options0, ...command })],
});

/** Matches by the user, group or existence of the local socket that sent an IPv6 packet. */
export const owner6 = match({ ...common, families: ['ipv6'], revisions: [revision1, revision(0, s0v6, options0)] });
