import { match, revision } from '../../codec/extension';
import { all, fact, unknown } from '../../codec/meaning';
import { flagged } from '../../codec/option';
import { bit, struct, u8 } from '../../codec/struct';

// <linux/netfilter/xt_socket.h>; revision 0 has no struct
const s1 = struct('xt_socket_mtinfo1', { flags: u8 });
const s2 = struct('xt_socket_mtinfo2', { flags: u8 });
const s3 = struct('xt_socket_mtinfo3', { flags: u8 });
const XT_SOCKET_TRANSPARENT = 1 << 0;
const XT_SOCKET_NOWILDCARD = 1 << 1;
const XT_SOCKET_RESTORESKMARK = 1 << 2;

const transparent = flagged(bit(s1.flags, XT_SOCKET_TRANSPARENT)).doc('Only sockets that are transparent.');
const nowildcard = flagged(bit(s2.flags, XT_SOCKET_NOWILDCARD)).doc(
  'Sockets bound to no address in particular match too.',
);
const restore = flagged(bit(s3.flags, XT_SOCKET_RESTORESKMARK)).doc("Gives the packet the socket's mark.");

/** Matches if a socket on this host is open for the packet. */
export const socket = match({
  name: 'socket',
  doc: 'Matches if a socket on this host is open for the packet.',
  where: { hooks: ['PREROUTING', 'INPUT'] },
  revisions: [
    revision(3, s3, { transparent, nowildcard, 'restore-skmark': restore }),
    revision(2, s2, { transparent, nowildcard }),
    revision(1, s1, { transparent }),
    revision(0, struct('', {}), {}),
  ],
  matches: ({ transparent: must }) =>
    all(
      fact('socket', (there) => there),
      must && unknown('whether its socket is transparent'),
    ),
  example: { transparent: true },
  list: { label: 'socket', dashes: true },
});
