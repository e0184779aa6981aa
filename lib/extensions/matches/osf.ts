import { match, revision } from '../../codec/extension';
import { cut, integer, isNot, negatable, word } from '../../codec/operand';
import { optional, required } from '../../codec/option';
import { bit, chars, type Place, struct, u32 } from '../../codec/struct';
import { encodeText } from '../../net/text';

// <linux/netfilter/xt_osf.h>, and nfnetlink_osf.h
const s = struct('xt_osf_info', { genre: chars(32), len: u32, flags: u32, loglevel: u32, ttl: u32 });

const genre: Place<string> = {
  read: (m) => s.genre.read(m),
  write(m, value) {
    s.genre.write(m, value);
    s.len.write(m, encodeText(value).length);
  },
};

/** Guesses the sender's operating system from its first TCP segment, by fingerprints that nfnl_osf has loaded. */
export const osf = match({
  name: 'osf',
  doc: "Matches by the sender's operating system, guessed from its first TCP segment.",
  families: ['ipv4'],
  where: { protocols: [6], hooks: ['PREROUTING', 'INPUT', 'FORWARD'] },
  revisions: [
    revision(0, s, {
      genre: required(negatable(bit(s.flags, 3), cut(31, word(genre)))).doc(
        'Its name in the fingerprints: Linux, Windows, ...',
      ),
      ttl: optional(bit(s.flags, 1), integer(s.ttl, 0, 2)).doc(
        'How the TTL has to fit: 0 exactly, 1 at most (far away hosts), 2 not at all.',
      ),
      log: optional(bit(s.flags, 2), integer(s.loglevel, 0, 2)).doc(
        'What the kernel logs: 0 every fingerprint, 1 the first, 2 known ones.',
      ),
    }),
  ],
  example: { genre: 'Linux', ttl: 1, log: 0 },
  list: ({ genre }) => `OS fingerprint match ${isNot(genre) ? `! ${genre.not}` : genre}`,
});
