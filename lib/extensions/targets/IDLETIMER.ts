import { revision, target, wrong } from '../../codec/extension';
import { cut, integer, word } from '../../codec/operand';
import { flagged, required } from '../../codec/option';
import { chars, is, type MembersOf, pointer, struct, u8, u32 } from '../../codec/struct';

// <linux/netfilter/xt_IDLETIMER.h>
const common = { timeout: u32, label: chars(28) };
const v0 = struct('idletimer_tg_info', common, { timer: pointer });
const v1 = struct('idletimer_tg_info_v1', { ...common, send_nl_msg: u8, timer_type: u8 }, { timer: pointer });
const XT_IDLETIMER_ALARM = 0x01;

const options = (s: MembersOf<typeof v0>) => ({
  timeout: required(integer(s.timeout)).doc('After how many seconds without a packet it tells.'),
  label: required(cut(27, word(s.label))).doc('The name of the timer, up to 27 bytes; rules may share one.'),
});

/** Tells (in /sys/class/xt_idletimer) when no packet has come for a while. */
export const IDLETIMER = target({
  name: 'IDLETIMER',
  doc: 'Tells when no packet has come for a while.',
  revisions: [
    revision(1, v1, {
      ...options(v1),
      alarm: flagged(is(v1.timer_type, XT_IDLETIMER_ALARM)).doc('Let the timer wake the machine up.'),
    }),
    revision(0, v0, options(v0)),
  ],
  files: ['label'],
  kernelCheck({ timeout }) {
    if (timeout < 1 || timeout > 2147482) throw wrong('timeout', 'an integer from 1 to 2147482', timeout);
  },
  example: { timeout: 600, label: 'idle' },
  list: ({ timeout, label, alarm }) => `timeout:${timeout} label:${label}${alarm ? ' alarm' : ''}`,
});
