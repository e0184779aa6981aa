import { match, revision } from '../../codec/extension';
import { inRange, inTransport } from '../../codec/meaning';
import { array, bit, struct, u8, u32 } from '../../codec/struct';
import { listSpan, span } from '../shared/span';

// <linux/netfilter/xt_esp.h>
const s = struct('xt_esp', { spis: array(u32, 2), invflags: u8 });
const XT_ESP_INV_SPI = 0x01;

/** Matches the ESP header of IPsec by its security parameter index. */
export const esp = match({
  name: 'esp',
  doc: 'Matches IPsec ESP headers.',
  where: { protocols: [50] },
  revisions: [
    revision(0, s, {
      espspi: span(s.spis, bit(s.invflags, XT_ESP_INV_SPI), 0xffffffff).doc(
        'The security parameter index, or a range of it.',
      ),
    }),
  ],
  matches: ({ espspi }) => inTransport(inRange('spi', espspi)),
  example: { espspi: 500 },
  list: ({ espspi }) => ['esp', listSpan('spi', espspi, 0xffffffff)].filter(Boolean).join(' '),
});
