import { match, revision } from '../../codec/extension';
import { flagged } from '../../codec/option';
import { bit, type Member, struct, u8 } from '../../codec/struct';

// <linux/netfilter/xt_socket.h>; revision 0 has no struct
const [s1, s2, s3] = [1, 2, 3].map((n) => struct(`xt_socket_mtinfo${n}`, { flags: u8 })) as [Info, Info, Info];
type Info = ReturnType<typeof struct<{ flags: typeof u8 }>>;

const transparent = (s: { readonly flags: Member<number> }) => ({
  transparent: flagged(bit(s.flags, 0)).doc('Only sockets that are transparent.'),
});
const nowildcard = (s: { readonly flags: Member<number> }) => ({
  ...transparent(s),
  nowildcard: flagged(bit(s.flags, 1)).doc('Sockets bound to no address in particular match too.'),
});

/** Matches if a socket on this host is open for the packet. */
export const socket = match({
  name: 'socket',
  doc: 'Matches if a socket on this host is open for the packet.',
  where: { hooks: ['PREROUTING', 'INPUT'] },
  revisions: [
    revision(3, s3, {
      ...nowildcard(s3),
      'restore-skmark': flagged(bit(s3.flags, 2)).doc("Gives the packet the socket's mark."),
    }),
    revision(2, s2, nowildcard(s2)),
    revision(1, s1, transparent(s1)),
    revision(0, struct('', {}), {}),
  ],
  example: { transparent: true },
  list: { label: 'socket', dashes: true },
});
