import { exactlyOne, match, revision } from '../../codec/extension';
import { cut, type Operand, operand, word } from '../../codec/operand';
import { optional } from '../../codec/option';
import { chars, is, type MembersOf, type Place, pointer, repeat, s32, struct, u8, u16, u32, union } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { parseNumber } from '../../net/number';

// <linux/filter.h>
const filter = struct('sock_filter', { code: u16, jt: u8, jf: u8, k: u32 });
// <linux/netfilter/xt_bpf.h>
const program = repeat(filter, 64);
const info = struct('xt_bpf_info', { bpf_program_num_elem: u16, bpf_program: program }, { filter: pointer });
const info1 = struct('xt_bpf_info_v1', {
  mode: u16, bpf_program_num_elem: u16, fd: s32, '': union({ bpf_program: program, path: chars(512) }),
}, { filter: pointer }); // prettier-ignore

/** `2,48 0 0 9,6 0 0 1`: how many instructions, and each one's code, jumps and operand, as nfbpf_compile(8) prints them. */
const bytecode = (count: Place<number>, instructions: readonly MembersOf<typeof filter>[]): Operand<string> =>
  operand(
    'program',
    'string',
    {
      read: (m) =>
        [count.read(m), ...instructions.slice(0, count.read(m)).map((i) => [i.code, i.jt, i.jf, i.k].map((part) => part.read(m)).join(' '))].join(),
      write(m, value) {
        const [length, ...rest] = typeof value === 'string' ? value.split(',').map((part) => part.trim()) : [];
        if (rest.at(-1) === '') rest.pop();
        if (parseNumber(length ?? '') !== rest.length || rest.length < 1 || rest.length > instructions.length)
          throw new Mismatch(`from 1 to ${instructions.length} instructions behind their number, separated by commas`, value);
        count.write(m, rest.length);
        rest.forEach((text, i) => {
          const numbers = text.split(/\s+/).map((part) => parseNumber(part));
          const { code, jt, jf, k } = instructions[i]!;
          if (numbers.length !== 4 || numbers.includes(undefined)) throw new Mismatch('four numbers for each instruction', text);
          [code, jt, jf, k].forEach((member, n) => member.write(m, numbers[n]!));
        });
      },
    },
    (value) => `"${value}"`,
    (w) => w,
  );
const doc = 'The program, in classic BPF, as nfbpf_compile(8) makes it.';

/** Matches if a BPF program says so: given here, or loaded and pinned to a file. */
export const bpf = match({
  name: 'bpf',
  doc: 'Matches if a BPF program says so.',
  revisions: [
    revision(1, info1, {
      bytecode: optional(is(info1.mode, 0), bytecode(info1.bpf_program_num_elem, info1[''].bpf_program)).doc(doc),
      'object-pinned': optional(is(info1.mode, 1), { ...cut(511, word(info1[''].path)), metavar: 'path' }).doc('A program that is pinned in the BPF file system, by its path.'),
    }),
    revision(0, info, { bytecode: optional({ read: () => true, write: () => {} }, bytecode(info.bpf_program_num_elem, info.bpf_program)).doc(doc) }),
  ],
  constraints: [exactlyOne('bytecode', 'object-pinned')],
  example: { bytecode: '4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0' },
  tight: true,
  // A zero byte ends the program, in iptables' listing too.
  list: ({ bytecode = '', objectPinned }) => `match bpf ${objectPinned === undefined ? `${bytecode.replace(/^\d+,?/, '')}\0` : `pinned ${objectPinned}`}`,
});
