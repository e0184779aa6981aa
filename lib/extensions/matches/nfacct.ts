import { match, revision } from '../../codec/extension';
import { cut, type Operand, text } from '../../codec/operand';
import { required } from '../../codec/option';
import { chars, type Member, pointer, struct } from '../../codec/struct';
import { Mismatch } from '../../errors';

// <linux/netfilter/xt_nfacct.h>
const [s0, s1] = [struct('xt_nfacct_match_info', { name: chars(32) }, { nfacct: pointer }), struct('xt_nfacct_match_info_v1', { name: chars(32) }, { nfacct: pointer })];

/** iptables-save prints two spaces before it. */
const object = (place: Member<string>): Operand<string> => {
  const inner = cut(31, text(place));
  return {
    ...inner,
    write(m, value) {
      if (value.includes('\n')) throw new Mismatch('a name without newlines', value);
      inner.write(m, value);
    },
    print: (value, context) => ` ${inner.print(value, context)}`,
  };
};
const options = (s: typeof s0) => ({ 'nfacct-name': required(object(s.name)).doc('The name of the accounting object, made by nfacct(8).') });

/** Counts packets in an accounting object; matches all of them. */
export const nfacct = match({
  name: 'nfacct',
  doc: 'Counts the packet in an accounting object of nfacct(8); matches every packet.',
  revisions: [revision(1, s1, options(s1)), revision(0, s0, options(s0))],
  example: { nfacctName: 'http-traffic' },
});
