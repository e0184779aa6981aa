import { match, revision } from '../../codec/extension';
import { all, fact, given, masked, never } from '../../codec/meaning';
import { negatable } from '../../codec/operand';
import { required } from '../../codec/option';
import { boolean, struct, u8, u32 } from '../../codec/struct';
import { namedMask } from '../shared/namedmask';

// <linux/netfilter/xt_realm.h>
const s = struct('xt_realm_info', { id: u32, mask: u32, invert: u8 });
const realms = namedMask('/etc/iproute2/rt_realms');
const option = required(negatable(boolean(s.invert), realms.operand(s.id, s.mask)));

/** Matches by the routing realm. */
export const realm = match({
  name: 'realm',
  doc: 'Matches by the routing realm.',
  families: ['ipv4'],
  where: { hooks: ['INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] },
  revisions: [revision(0, s, { realm: option.doc('The realm: a number, or a name in /etc/iproute2/rt_realms.') })],
  matches: ({ realm }) =>
    all(
      given(realm, (wanted) => {
        const value = typeof wanted === 'string' ? realms.number(wanted) : wanted;
        return value === undefined ? never : fact('realm', masked(value));
      }),
    ),
  separate: true,
  example: { realm: 10 },
  list: ({ realm }, { numeric }) => realms.list({ realm }, numeric),
});
