import { match, revision } from '../../codec/extension';
import { cut, integer, negatable, shown, word } from '../../codec/operand';
import { optional, required } from '../../codec/option';
import { bit, chars, struct, u32 } from '../../codec/struct';
import { encodeText } from '../../net/text';

// <linux/netfilter/xt_osf.h>, and nfnetlink_osf.h
const s = struct('xt_osf_info', { genre: chars(32), len: u32, flags: u32, loglevel: u32, ttl: u32 });
const XT_OSF_TTL = 1 << 1;
const XT_OSF_LOG = 1 << 2;
const XT_OSF_INVERT = 1 << 3;

const options = {
  genre: required(negatable(bit(s.flags, XT_OSF_INVERT), cut(31, word(s.genre)))).doc('Its name in the fingerprints.'),
  ttl: optional(bit(s.flags, XT_OSF_TTL), integer(s.ttl, 0, 2)).doc(
    'How the TTL has to fit: 0 exactly, 1 at most, 2 not at all.',
  ),
  log: optional(bit(s.flags, XT_OSF_LOG), integer(s.loglevel, 0, 2)).doc(
    'What is logged: 0 all, 1 the first, 2 what is known.',
  ),
};

/** Guesses the sender's operating system from its first TCP segment, by fingerprints that nfnl_osf has loaded. */
export const osf = match({
  name: 'osf',
  doc: "Matches by the sender's operating system, guessed from its first TCP segment.",
  families: ['ipv4'],
  where: { protocols: [6], hooks: ['PREROUTING', 'INPUT', 'FORWARD'] },
  revisions: [revision(0, s, options, { finish: (m) => s.len.write(m, encodeText(s.genre.read(m)).length) })],
  example: { genre: 'Linux', ttl: 1, log: 0 },
  list: ({ genre }) => `OS fingerprint match ${shown(genre)}`,
});
