import { exactlyOne, match, revision } from '../../codec/extension';
import { cut, word } from '../../codec/operand';
import { optional, required } from '../../codec/option';
import { chars, is, pointer, repeat, s32, struct, u16, union } from '../../codec/struct';
import { bytecode, filter } from '../shared/bytecode';

// <linux/netfilter/xt_bpf.h>
const program = repeat(filter, 64);
const either = union({ bpf_program: program, path: chars(512) });
const info = struct('xt_bpf_info', { bpf_program_num_elem: u16, bpf_program: program }, { filter: pointer });
// biome-ignore format: a table
const info1 = struct('xt_bpf_info_v1', { mode: u16, bpf_program_num_elem: u16, fd: s32, '': either }, { filter: pointer });
const XT_BPF_MODE_BYTECODE = 0;
const XT_BPF_MODE_PATH_PINNED = 1;

const code = bytecode(info1.bpf_program_num_elem, info1[''].bpf_program);
const path = { ...cut(511, word(info1[''].path)), metavar: 'path' };

/** Matches if a BPF program says so: given here, or loaded and pinned to a file. */
export const bpf = match({
  name: 'bpf',
  doc: 'Matches if a BPF program says so.',
  revisions: [
    revision(1, info1, {
      bytecode: optional(is(info1.mode, XT_BPF_MODE_BYTECODE), code).doc(
        'The program, in classic BPF, as nfbpf_compile(8) makes it.',
      ),
      'object-pinned': optional(is(info1.mode, XT_BPF_MODE_PATH_PINNED), path).doc(
        'A program in the BPF file system, by its path.',
      ),
    }),
    revision(0, info, { bytecode: required(bytecode(info.bpf_program_num_elem, info.bpf_program)) }),
  ],
  constraints: [exactlyOne('bytecode', 'object-pinned')],
  fickle: true,
  example: { bytecode: '4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0' },
  tight: true,
  // A zero byte ends the program, in iptables' listing too.
  list: ({ bytecode = '', objectPinned }) =>
    `match bpf ${objectPinned === undefined ? `${bytecode.replace(/^\d+,?/, '')}\0` : `pinned ${objectPinned}`}`,
});
