import { match, revision } from '../../codec/extension';
import { negatable, range } from '../../codec/operand';
import { flagged, implied } from '../../codec/option';
import { array, bit, boolean, element, struct, u8, u32 } from '../../codec/struct';
import { listSpan, type Span } from '../shared/span';

// <linux/netfilter/xt_ipcomp.h>
const s = struct('xt_ipcomp', { spis: array(u32, 2), invflags: u8, hdrres: u8 });
const XT_IPCOMP_INV_SPI = 0x01;

const max = 0xffffffff;

/** Matches the IPComp header by its compression parameter index. */
export const ipcomp = match({
  name: 'ipcomp',
  doc: 'Matches IPComp headers.',
  where: { protocols: [108] },
  revisions: [
    revision(0, s, {
      // Not given it is 0, not everything: that is said, too, though iptables-save is silent about it.
      ipcompspi: implied<Span>(
        0,
        negatable(bit(s.invflags, XT_IPCOMP_INV_SPI), range(element(s.spis, 0), element(s.spis, 1), max)),
      ).doc('The compression parameter index, or a range of it; 0 if not given.'),
      compres: flagged(boolean(s.hdrres)).doc('The reserved field is zero (the kernel does not look).'),
    }),
  ],
  example: { ipcompspi: 18 },
  list: ({ ipcompspi, compres }) => `comp ${listSpan('spi', ipcompspi, max)}${compres ? ' reserved' : ''}`,
});
