import { atLeastOne, type ListContext, match, needs, revision } from '../../codec/extension';
import { ascending, ends, flag, integer, isNot, limited, negatable, type Operand, operand, parseRange, printRange, type Range, toNumber, word } from '../../codec/operand'; // prettier-ignore
import { flagged, optional } from '../../codec/option';
import { bit, chars, type Place, struct, u8, u32 } from '../../codec/struct';
import { groupId, groupName, userId, userName } from '../../net/databases';

// <linux/netfilter/xt_owner.h>; revision 0 is from kernels before 2.6.36
const info1 = struct('xt_owner_match_info', { uid_min: u32, uid_max: u32, gid_min: u32, gid_max: u32, match: u8, invert: u8 });
const fields0 = { uid: u32, gid: u32, pid: u32, sid: u32, comm: chars(16, true), match: u8, invert: u8 };
const [info0, info0v6] = [struct('ipt_owner_info', fields0), struct('ip6t_owner_info', fields0)];

const owned = <T>(s: { readonly match: Place<number>; readonly invert: Place<number> }, index: number, o: Operand<T>) =>
  optional(bit(s.match, index), negatable(bit(s.invert, index), o));

/** `root`, `0`, `1000-1999`; -1 is nobody's number. */
const ids = (find: (name: string) => number | undefined, low: Place<number>, high?: Place<number>): Operand<Range> => {
  const [from, to] = [low, high].map((place) => place && limited(place, 0, 0xfffffffe));
  return ascending(operand('id[-id]', 'number | [low, high]', ends(from!, to), (v) => printRange(v, '-'), (w) =>
    find(w) ?? parseRange(w.replace(':', '-'), (n) => toNumber(n, 'a name that the system knows, a number, or a range low-high'), undefined, '-')));
}; // prettier-ignore

const uid = 'The user that owns the socket, by name or number, or a range of numbers.';
const gid = 'The group that owns the socket, by name or number, or a range of numbers.';
const revision1 = revision(1, info1, {
  'socket-exists': owned(info1, 2, flag(bit(info1.match, 2))).doc('The packet belongs to a socket.'),
  'uid-owner': owned(info1, 0, ids(userId, info1.uid_min, info1.uid_max)).doc(uid),
  'gid-owner': owned(info1, 1, ids(groupId, info1.gid_min, info1.gid_max)).doc(gid),
  'suppl-groups': flagged(bit(info1.match, 3)).behind('gid-owner').doc("The groups of --gid-owner may be supplementary groups of the socket's process."),
});
const options0 = {
  'uid-owner': owned(info0, 0, ids(userId, info0.uid)).doc(uid),
  'gid-owner': owned(info0, 1, ids(groupId, info0.gid)).doc(gid),
  'pid-owner': owned(info0, 2, integer(info0.pid, 0, 0x7fffffff)).doc('The process that owns the socket (kernels before 2.6.36).'),
  'sid-owner': owned(info0, 3, integer(info0.sid, 0, 0x7fffffff)).doc('Its session (kernels before 2.6.36).'),
};
const command = owned(info0, 4, word(info0.comm)).doc('The name of its program (kernels before 2.6.36).');

const labels = {
  socketExists: 'owner socket exists', uidOwner: 'owner UID match', gidOwner: 'owner GID match', supplGroups: 'incl. suppl. groups',
  pidOwner: 'owner PID match', sidOwner: 'owner SID match', cmdOwner: 'owner CMD match',
}; // prettier-ignore
function list(settings: Readonly<Record<string, unknown>>, { numeric }: ListContext): string {
  const name = (key: string, value: unknown): string => {
    if (value === true) return '';
    const known = numeric || typeof value !== 'number' ? undefined : key === 'uidOwner' ? userName(value) : key === 'gidOwner' ? groupName(value) : undefined;
    return ` ${known ?? (Array.isArray(value) ? value.join('-') : value)}`;
  };
  return Object.entries(labels)
    .filter(([key]) => settings[key] !== undefined)
    .map(([key, label]) => {
      const value = settings[key];
      return isNot(value) ? `! ${label}${name(key, value.not)}` : `${label}${name(key, value)}`;
    })
    .join(' ');
}

const common = {
  name: 'owner',
  doc: 'Matches by who made a packet that leaves this machine.',
  where: { hooks: ['OUTPUT', 'POSTROUTING'] },
  constraints: [atLeastOne('uid-owner', 'gid-owner', 'socket-exists', 'pid-owner', 'sid-owner', 'cmd-owner'), needs('suppl-groups', 'gid-owner')],
  example: { uidOwner: 1000 },
  list,
} as const;

/** Matches by the user, group or existence of the local socket that sent an IPv4 packet. */
export const owner = match({ ...common, families: ['ipv4'], revisions: [revision1, revision(0, info0, { ...options0, 'cmd-owner': command })] });

/** Matches by the user, group or existence of the local socket that sent an IPv6 packet. */
export const owner6 = match({ ...common, families: ['ipv6'], revisions: [revision1, revision(0, info0v6, options0)] });
