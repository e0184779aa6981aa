import { atMostOne, exactlyOne, excludes, revision, synonym, target } from '../../codec/extension';
import { changeBits, hasConnection } from '../../codec/meaning';
import { hexInteger, integer, masked, type Operand } from '../../codec/operand';
import { flagged, impliedIf, optional } from '../../codec/option';
import { both, differs, is, type MembersOf, struct, u8, u32, ulong } from '../../codec/struct';
import { hex } from '../../net/number';
import { FULL, listMark, long, markSynonyms } from '../shared/xmark';

// <linux/netfilter/xt_connmark.h>; revision 0 is from kernels before 2.6.36
const info = struct('xt_connmark_target_info', { mark: ulong, mask: ulong, mode: u8 });
const common = { ctmark: u32, ctmask: u32, nfmask: u32 };
const tginfo1 = struct('xt_connmark_tginfo1', { ...common, mode: u8 });
const tginfo2 = struct('xt_connmark_tginfo2', { ...common, shift_dir: u8, shift_bits: u8, mode: u8 });
const XT_CONNMARK_SET = 0;
const XT_CONNMARK_SAVE = 1;
const XT_CONNMARK_RESTORE = 2;
const D_SHIFT_LEFT = 0;
const D_SHIFT_RIGHT = 1;

const options = (s: MembersOf<typeof tginfo1>) => ({
  'set-xmark': optional(is(s.mode, XT_CONNMARK_SET), masked(s.ctmark, s.ctmask, FULL, true))
    .varies()
    .doc("Clears the bits in the mask of the connection's mark and XORs the value."),
  'save-mark': flagged(is(s.mode, XT_CONNMARK_SAVE)).doc("Copies the packet's mark to the connection."),
  'restore-mark': flagged(is(s.mode, XT_CONNMARK_RESTORE)).doc("Copies the connection's mark to the packet."),
  nfmask: impliedIf(differs(s.mode, XT_CONNMARK_SET), FULL, hexInteger(s.nfmask)).doc(
    "The bits of the packet's mark that are copied or replaced.",
  ),
  ctmask: impliedIf(differs(s.mode, XT_CONNMARK_SET), FULL, hexInteger(s.ctmask)).doc(
    "The bits of the connection's mark that are copied or replaced.",
  ),
});
/** iptables-save says nothing of a shift by no bits. */
const shift = (inner: Operand<number>): Operand<number> => ({
  ...inner,
  print: (n) => (n === 0 ? undefined : String(n)),
});
const shifts = ({ shift_dir, shift_bits }: MembersOf<typeof tginfo2>) => ({
  'left-shift-mark': optional(
    both(is(shift_dir, D_SHIFT_LEFT), differs(shift_bits, 0)),
    shift(integer(shift_bits, 0, 31)),
  ).doc('Shifts the mark left by so many bits.'),
  'right-shift-mark': optional(is(shift_dir, D_SHIFT_RIGHT), shift(integer(shift_bits, 0, 31))).doc(
    'Shifts the mark right by so many bits.',
  ),
});

/** Sets the mark of the connection, or copies it to packets and back. */
export const CONNMARK = target({
  name: 'CONNMARK',
  doc: 'Sets the netfilter mark of the connection, or copies it to the packet and back.',
  revisions: [
    revision(2, tginfo2, { ...options(tginfo2), ...shifts(tginfo2) }),
    revision(1, tginfo1, options(tginfo1)),
    revision(0, info, {
      'set-mark': optional(is(info.mode, XT_CONNMARK_SET), masked(long(info.mark), long(info.mask))),
      'save-mark': flagged(is(info.mode, XT_CONNMARK_SAVE)),
      'restore-mark': flagged(is(info.mode, XT_CONNMARK_RESTORE)),
      mask: optional(
        both(differs(info.mode, XT_CONNMARK_SET), differs(info.mask, BigInt(FULL))),
        hexInteger(long(info.mask)),
      ).else((m) => info.mask.write(m, BigInt(FULL))),
    }),
  ],
  synonyms: {
    ...markSynonyms(tginfo2.ctmark, tginfo2.ctmask),
    mask: synonym(hexInteger(tginfo2.nfmask), (n: number) => ({ nfmask: n, ctmask: n }), {
      doc: 'The bits of either mark that are copied or replaced.',
    }),
  },
  constraints: [
    exactlyOne('set-xmark', 'save-mark', 'restore-mark'),
    excludes('set-xmark', 'nfmask', 'ctmask', 'mask'),
    atMostOne('left-shift-mark', 'right-shift-mark'),
  ],
  unsaid: ({ leftShiftMark, rightShiftMark }) => leftShiftMark === 0 || rightShiftMark === 0,
  effect:
    ({ setXmark, saveMark, nfmask = FULL, ctmask = FULL, leftShiftMark, rightShiftMark = 0 }) =>
    (facts) => {
      const tracked = hasConnection(facts);
      if (tracked === false) return undefined;
      if (tracked !== true) return { unknown: tracked, yes: () => undefined, no: () => undefined };
      const shifted = (mark: number) => (leftShiftMark === undefined ? mark >>> rightShiftMark : mark << leftShiftMark);
      const copied = (from: number | undefined, fromMask: number, to: number | undefined, mask: number) =>
        from === undefined ? undefined : changeBits(to, { value: shifted(from & fromMask), mask });
      if (setXmark !== undefined) facts.connmark = changeBits(facts.connmark, setXmark);
      else if (saveMark) facts.connmark = copied(facts.mark, nfmask, facts.connmark, ctmask);
      else facts.mark = copied(facts.connmark, ctmask, facts.mark, nfmask);
      return undefined;
    },
  example: { saveMark: true },
  list({ setXmark, saveMark, nfmask = FULL, ctmask = FULL, leftShiftMark = 0, rightShiftMark = 0 }) {
    const [from, to] = saveMark
      ? ([
          ['nfmask', nfmask],
          ['ctmask', ctmask],
        ] as const)
      : ([
          ['ctmask', ctmask],
          ['nfmask', nfmask],
        ] as const);
    const masks =
      from[1] !== to[1]
        ? ` ${from[0]} ${hex(from[1])} ${to[0]} ~${hex(to[1])}`
        : from[1] === FULL
          ? ''
          : ` mask ${hex(from[1])}`;
    const action = setXmark === undefined ? `${saveMark ? 'save' : 'restore'}${masks}` : listMark(setXmark);
    const [direction, bits] = leftShiftMark > 0 ? ['left', leftShiftMark] : ['right', rightShiftMark];
    return `CONNMARK ${action}${bits === 0 ? '' : ` ${direction}-shift-mark ${bits}`}`;
  },
});
