/** Who may send mail by himself. */
import { type Check, fields, listOf, optionsOf } from '../../arguments';
import { IptcError, Mismatch } from '../../errors';
import { groupId, userId } from '../../net/databases';
import { NEW, type Ports, ports, type ReadyOptions, type ReadyRule, ready, readyChecks } from './rule';

export interface SmtpOutOptions extends ReadyOptions {
  /** By name or number. */
  readonly users?: readonly (string | number)[];
  readonly groups?: readonly (string | number)[];
  /** 25, 465 and 587 unless told. */
  readonly ports?: readonly Ports[];
}
/** Rules know numbers alone. */
const owner =
  (expected: string, find: (name: string) => number | undefined): Check<string | number> =>
  (value) => {
    const id = typeof value === 'string' ? find(value) : value;
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) throw new Mismatch(expected, value);
    return id;
  };
const [user, group] = [owner('a user that there is', userId), owner('a group that there is', groupId)];
const sending = fields<SmtpOutOptions>({ ...readyChecks, users: listOf(user), groups: listOf(group), ports });

/**
 * None but these users and groups connects to mail servers elsewhere; whoever else tries is told so at once, unless the
 * target says otherwise. For chain OUTPUT.
 *
 * @example
 * smtpOut({ users: ['root'] });
 * // -A OUTPUT ! -o lo -p tcp -m multiport --dports 25,465,587 -m conntrack --ctstate NEW -m owner ! --uid-owner 0 -j REJECT --reject-with tcp-reset
 */
export function smtpOut(options: SmtpOutOptions): ReadyRule[] {
  const given = optionsOf('smtpOut', options, sending);
  const { users = [], groups = [], ports = [25, 465, 587], target = { REJECT: { rejectWith: 'tcp-reset' } } } = given;
  if (users.length + groups.length === 0)
    throw new IptcError('ERR_BAD_ARGUMENT', 'Expected users or groups for options of smtpOut() but received neither', {
      path: 'users',
      hint: 'Whom the mail server runs as: { users: ["root", "postfix"] }.',
    });
  // What is new has a socket: of what the kernel sends for one that is closed already nobody knows the owner.
  const match = [
    { multiport: { dports: ports } },
    NEW,
    ...users.map((uidOwner) => ({ owner: { uidOwner: { not: uidOwner } } })),
    ...groups.map((gidOwner) => ({ owner: { gidOwner: { not: gidOwner } } })),
  ];
  return [ready({ protocol: 'tcp', outInterface: { not: 'lo' }, target } as ReadyRule, match as never, given)];
}
