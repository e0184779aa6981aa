import { match, revision, synonym } from '../../codec/extension';
import { all, fact, given } from '../../codec/meaning';
import { integer, isNot, type Not, negatable } from '../../codec/operand';
import { required } from '../../codec/option';
import { boolean, struct, u8 } from '../../codec/struct';
import { codePoint, type DscpClass, dscpClass, hexByte } from '../shared/dscp';

// <linux/netfilter/xt_dscp.h>
const s = struct('xt_dscp_info', { dscp: u8, invert: u8 });

/** Matches by the code point of differentiated services: the upper six bits of the TOS byte or traffic class. */
export const dscp = match({
  name: 'dscp',
  doc: 'Matches by the DSCP of the packet.',
  revisions: [
    revision(0, s, {
      dscp: required(negatable(boolean(s.invert), integer(s.dscp, 0, 0x3f, hexByte)))
        .varies()
        .doc('The code point, from 0 to 63.'),
    }),
  ],
  synonyms: {
    'dscp-class': synonym(
      dscpClass(s.dscp),
      (name: DscpClass | Not<DscpClass>) => ({ dscp: isNot(name) ? { not: codePoint(name.not) } : codePoint(name) }),
      { doc: 'The code point by the name of its class.', negatable: true },
    ),
  },
  matches: ({ dscp }) => all(given(dscp, (point) => fact('tos', (byte) => byte >> 2 === point))),
  separate: true,
  example: { dscpClass: 'EF' },
  list: ({ dscp }) => `DSCP match ${isNot(dscp) ? `!${hexByte(dscp.not)}` : hexByte(dscp)}`,
});
