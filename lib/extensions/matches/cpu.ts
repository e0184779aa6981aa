import { match, revision } from '../../codec/extension';
import { all, inRange } from '../../codec/meaning';
import { integer, negatable, shown } from '../../codec/operand';
import { required } from '../../codec/option';
import { boolean, struct, u32 } from '../../codec/struct';

// <linux/netfilter/xt_cpu.h>
const s = struct('xt_cpu_info', { cpu: u32, invert: u32 });

/** Matches by the processor that handles the packet. */
export const cpu = match({
  name: 'cpu',
  doc: 'Matches by the processor that handles the packet.',
  revisions: [
    revision(0, s, { cpu: required(negatable(boolean(s.invert), integer(s.cpu))).doc('Its number, from 0.') }),
  ],
  matches: ({ cpu }) => all(inRange('cpu', cpu)),
  separate: true,
  example: { cpu: 0 },
  list: ({ cpu }) => `cpu ${shown(cpu)}`,
});
