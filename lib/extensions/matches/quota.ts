import { match, revision } from '../../codec/extension';
import { unknown } from '../../codec/meaning';
import { bare, bigInteger, negatable } from '../../codec/operand';
import { required } from '../../codec/option';
import { bit, pointer, struct, u32, u64 } from '../../codec/struct';

// <linux/netfilter/xt_quota.h>
const s = struct('xt_quota_info', { flags: u32, pad: u32, quota: u64 }, { master: pointer });
const XT_QUOTA_INVERT = 0x1;

/** Matches until so many bytes have passed. Every commit of the table begins anew. */
export const quota = match({
  name: 'quota',
  doc: 'Matches until a number of bytes has passed.',
  revisions: [
    revision(0, s, {
      quota: required(negatable(bit(s.flags, XT_QUOTA_INVERT), bigInteger(s.quota)))
        .varies()
        .doc('The number of bytes.'),
    }),
  ],
  matches: () => unknown('how many bytes have passed', true),
  fickle: true,
  example: { quota: 1_000_000 },
  list: ({ quota }) => `quota: ${bare(quota)} bytes`,
});
