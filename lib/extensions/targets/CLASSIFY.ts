import { revision, target } from '../../codec/extension';
import { spelledHole } from '../../codec/hole';
import { mapped, operand, phrased } from '../../codec/operand';
import { required } from '../../codec/option';
import { struct, u32 } from '../../codec/struct';
import { Mismatch } from '../../errors';

// <linux/netfilter/xt_CLASSIFY.h>
const s = struct('xt_classify_target_info', { priority: u32 });

const part = (n: number) => n.toString(16).padStart(4, '0');
const format = (priority: number) => `${part(priority >>> 16)}:${part(priority & 0xffff)}`;
function parse(value: string): number {
  const [, major, minor] = /^(?:0x)?([0-9a-f]{1,8}):(?:0x)?([0-9a-f]{1,8})$/i.exec(value) ?? [];
  const [a, b] = [Number.parseInt(major ?? '', 16), Number.parseInt(minor ?? '', 16)];
  if (!(a <= 0xffff && b <= 0xffff)) throw new Mismatch('a class like 1:10, two hexadecimal numbers up to ffff', value);
  return a * 0x10000 + b;
}

/** Puts packets into a class of traffic shaping (tc). */
export const CLASSIFY = target({
  name: 'CLASSIFY',
  doc: 'Puts the packet into a class of traffic shaping.',
  where: { hooks: ['FORWARD', 'OUTPUT', 'POSTROUTING'] },
  revisions: [
    revision(0, s, {
      'set-class': required(
        phrased(
          operand(
            'major:minor',
            'string',
            mapped(s.priority, format, parse),
            String,
            (word) => format(parse(word)),
            spelledHole(s.priority, format, parse),
          ),
          (w) => `Bad class value "${w}"`,
        ),
      )
        .varies()
        .doc('The class, in hexadecimal.'),
    }),
  ],
  example: { setClass: '0001:0010' },
  list: ({ setClass }) =>
    `CLASSIFY set ${setClass.replace(/0{1,3}(?=[0-9a-f])/g, (zeros, at: number) => (at === 0 || setClass[at - 1] === ':' ? '' : zeros))}`,
});
