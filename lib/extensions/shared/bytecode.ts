/** Programs in classic BPF, `2,48 0 0 9,6 0 0 1`: how many instructions, and each one's code, jumps and operand. */
import { type Operand, operand } from '../../codec/operand';
import { type MembersOf, type Place, struct, u8, u16, u32 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { parseNumber } from '../../net/number';

// <linux/filter.h>
export const filter = struct('sock_filter', { code: u16, jt: u8, jf: u8, k: u32 });

const members = (i: MembersOf<typeof filter>) => [i.code, i.jt, i.jf, i.k];

/** As nfbpf_compile(8) prints it. */
export function bytecode(count: Place<number>, instructions: readonly MembersOf<typeof filter>[]): Operand<string> {
  const place: Place<string> = {
    read(m) {
      const length = count.read(m);
      const used = instructions.slice(0, length).map((i) =>
        members(i)
          .map((part) => part.read(m))
          .join(' '),
      );
      return [length, ...used].join();
    },
    write(m, value) {
      const [length = '', ...texts] = typeof value === 'string' ? value.replace(/,\s*$/, '').split(',') : [];
      if (parseNumber(length) !== texts.length || texts.length < 1 || texts.length > instructions.length)
        throw new Mismatch(`a number from 1 to ${instructions.length}, and so many instructions behind commas`, value);
      count.write(m, texts.length);
      for (const [i, text] of texts.entries()) {
        const numbers = text
          .trim()
          .split(/\s+/)
          .map((part) => parseNumber(part));
        if (numbers.length !== 4) throw new Mismatch('four numbers for each instruction', text);
        for (const [n, part] of members(instructions[i]!).entries()) part.write(m, numbers[n] ?? Number.NaN);
      }
    },
  };
  return operand(
    'program',
    'string',
    place,
    (value) => `"${value}"`,
    (w) => w,
  );
}
