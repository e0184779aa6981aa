import { revision, synonym, target } from '../../codec/extension';
import { changeBits } from '../../codec/meaning';
import { integer } from '../../codec/operand';
import { required } from '../../codec/option';
import { struct, u8 } from '../../codec/struct';
import { codePoint, type DscpClass, dscpClass, hexByte } from '../shared/dscp';

// <linux/netfilter/xt_DSCP.h>
const s = struct('xt_DSCP_info', { dscp: u8 });

/** Sets the code point of differentiated services: the upper six bits of the TOS byte or traffic class. */
export const DSCP = target({
  name: 'DSCP',
  doc: 'Sets the DSCP of the packet.',
  where: { tables: ['mangle'] },
  revisions: [
    revision(0, s, { 'set-dscp': required(integer(s.dscp, 0, 0x3f, hexByte)).doc('The code point, from 0 to 63.') }),
  ],
  synonyms: {
    'set-dscp-class': synonym(dscpClass(s.dscp), (name: DscpClass) => ({ setDscp: codePoint(name) }), {
      doc: 'The code point by the name of its class.',
    }),
  },
  effect:
    ({ setDscp }) =>
    (facts) => {
      facts.tos = changeBits(facts.tos, { value: setDscp << 2, mask: 0xfc }, 0xff);
      return undefined;
    },
  example: { setDscpClass: 'EF' },
  list: ({ setDscp }) => `DSCP set ${hexByte(setDscp)}`,
});
