import { revision, target } from '../../codec/extension';
import { changeBits } from '../../codec/meaning';
import { hexInteger, masked } from '../../codec/operand';
import { optional, required } from '../../codec/option';
import { is, struct, u8, u32, ulong } from '../../codec/struct';
import { hex } from '../../net/number';
import { FULL, listMark, long, markSynonyms } from '../shared/xmark';

// <linux/netfilter/xt_mark.h>
const tginfo2 = struct('xt_mark_tginfo2', { mark: u32, mask: u32 });

// libxt_MARK.c of iptables: revisions 0 and 1, from kernels before 2.6.36
const info = struct('xt_mark_target_info', { mark: ulong });
const info1 = struct('xt_mark_target_info_v1', { mark: ulong, mode: u8 });
const XT_MARK_SET = 0;
const XT_MARK_AND = 1;
const XT_MARK_OR = 2;

const mark1 = hexInteger(long(info1.mark));

/** Sets the mark of the packet (not of its connection), for routing and for other rules. */
export const MARK = target({
  name: 'MARK',
  doc: 'Sets the netfilter mark of the packet.',
  revisions: [
    revision(2, tginfo2, {
      'set-xmark': required(masked(tginfo2.mark, tginfo2.mask, FULL, true))
        .doc('Clears the bits in the mask and XORs the value.')
        .varies(),
    }),
    revision(1, info1, {
      'set-mark': optional(is(info1.mode, XT_MARK_SET), mark1),
      'and-mark': optional(is(info1.mode, XT_MARK_AND), mark1),
      'or-mark': optional(is(info1.mode, XT_MARK_OR), mark1),
    }),
    revision(0, info, { 'set-mark': required(hexInteger(long(info.mark))) }),
  ],
  synonyms: markSynonyms(tginfo2.mark, tginfo2.mask),
  effect:
    ({ setXmark, ...old }) =>
    (facts) => {
      if (setXmark !== undefined) facts.mark = changeBits(facts.mark, setXmark);
      else
        for (const [key, value] of Object.entries(old) as [string, number][])
          facts.mark =
            key === 'setMark' ? value : facts.mark && (key === 'andMark' ? facts.mark & value : facts.mark | value);
      return undefined;
    },
  example: { setMark: 1 },
  list(settings) {
    if (settings.setXmark !== undefined) return `MARK ${listMark(settings.setXmark)}`;
    const [key = '', value] = Object.entries(settings)[0] ?? [];
    return `MARK ${key.slice(0, -4)} ${hex(Number(value))}`;
  },
});
