import { match, revision, wrong } from '../../codec/extension';
import { always } from '../../codec/meaning';
import { cut, type Operand, text } from '../../codec/operand';
import { required } from '../../codec/option';
import { chars, pointer, struct } from '../../codec/struct';

// <linux/netfilter/xt_nfacct.h>
const s0 = struct('xt_nfacct_match_info', { name: chars(32) }, { nfacct: pointer });
const s1 = struct('xt_nfacct_match_info_v1', { name: chars(32) }, { nfacct: pointer });

/** iptables-save prints two spaces before it. */
const spaced = (o: Operand<string>): Operand<string> => ({
  ...o,
  print: (v, context) => ` ${o.print(v, context)}`,
});
const options = (s: typeof s0) => ({
  'nfacct-name': required(spaced(cut(31, text(s.name)))).doc('The name of the accounting object, made by nfacct(8).'),
});

/** Counts packets in an accounting object; matches all of them. */
export const nfacct = match({
  name: 'nfacct',
  doc: 'Counts the packet in an accounting object of nfacct(8); matches every packet.',
  revisions: [revision(1, s1, options(s1)), revision(0, s0, options(s0))],
  refersTo: { 'nfacct-name': { kind: 'accounting object', make: (name) => `Make it: nfacct add ${name}.` } },
  check({ nfacctName: name }) {
    if (name.includes('\n')) throw wrong('nfacct-name', 'a name without newlines', name);
  },
  matches: () => always,
  fickle: true,
  example: { nfacctName: 'http-traffic' },
});
