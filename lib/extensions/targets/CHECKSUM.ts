import { exactlyOne, revision, target } from '../../codec/extension';
import { flagged } from '../../codec/option';
import { bit, struct, u8 } from '../../codec/struct';

// <linux/netfilter/xt_CHECKSUM.h>
const s = struct('xt_CHECKSUM_info', { operation: u8 });
const XT_CHECKSUM_OP_FILL = 0x01;

/** Computes checksums that were left to the network card, for programs that read packets before it does (old DHCP clients). */
export const CHECKSUM = target({
  name: 'CHECKSUM',
  doc: 'Computes a checksum that was left to the network card.',
  where: { tables: ['mangle'] },
  revisions: [
    revision(0, s, { 'checksum-fill': flagged(bit(s.operation, XT_CHECKSUM_OP_FILL)).doc('Fill in the checksum.') }),
  ],
  constraints: [exactlyOne('checksum-fill')],
  example: { checksumFill: true },
  list: ({ checksumFill }) => (checksumFill ? 'CHECKSUM fill' : 'CHECKSUM'),
});
