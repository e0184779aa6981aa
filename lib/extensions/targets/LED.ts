import { revision, target } from '../../codec/extension';
import { mapped, type Operand, operand } from '../../codec/operand';
import { defaulted, flagged, required } from '../../codec/option';
import { boolean, chars, type Place, pointer, struct, u8, u32 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { parseNumber } from '../../net/number';
import { encodeText, inQuotes } from '../../net/text';

// <linux/netfilter/xt_LED.h>
const s = struct('xt_led_info', { id: chars(27), always_blink: u8, delay: u32 }, { internal_data: pointer });

const PREFIX = 'netfilter-';
const FOREVER = 0xffffffff;

const quoted = (id: string) => inQuotes(id, /["\\]/g);
const toId = (value: string) => {
  if (typeof value !== 'string' || encodeText(value).length > 16)
    throw new Mismatch('a text of at most 16 bytes', value);
  return PREFIX + value;
};
const id = operand<string>(
  'name',
  'string',
  mapped(s.id, (text) => text.slice(PREFIX.length), toId),
  quoted,
  (word) => word,
);

type Delay = number | 'inf';
const toDelay = (value: unknown): number => {
  const n = value === 'inf' ? FOREVER : value;
  if (typeof n !== 'number' || !Number.isInteger(n) || n < 0 || n > FOREVER)
    throw new Mismatch('milliseconds or inf', value);
  return n;
};
const fromDelay = (n: number): Delay => (n === FOREVER ? 'inf' : n);
const delayPlace: Place<Delay> = {
  read: (m) => fromDelay(s.delay.read(m)),
  write: (m, value) => s.delay.write(m, toDelay(value)),
};
/** iptables-save prints a signed number, -1 for inf, which iptables doesn't read again; we do. */
const delay: Operand<Delay> = operand<Delay>('milliseconds|inf', "number | 'inf'", delayPlace, String, (word) =>
  /^inf/i.test(word)
    ? 'inf'
    : fromDelay(toDelay(/^-[1-9]\d*$/.test(word) ? Number(word) >>> 0 : (parseNumber(word) ?? word))),
);

/** Lights a LED of the machine; the packet goes on to the next rule. */
export const LED = target({
  name: 'LED',
  doc: 'Lights a LED of the machine; the packet goes on to the next rule.',
  revisions: [
    revision(0, s, {
      'led-trigger-id': required(id).doc('What the trigger is called behind netfilter-, up to 16 bytes.'),
      'led-delay': defaulted<Delay>(0, delay).doc('For how many milliseconds it stays on, or inf.'),
      'led-always-blink': flagged(boolean(s.always_blink)).doc('Blink for each packet even if it is on.'),
    }),
  ],
  example: { ledTriggerId: 'ssh', ledDelay: 1000 },
  list: ({ ledTriggerId, ledDelay = 0, ledAlwaysBlink }) =>
    `led-trigger-id:${quoted(ledTriggerId)} led-delay:${ledDelay === 'inf' ? 'inf' : `${ledDelay | 0}ms`}${ledAlwaysBlink ? ' led-always-blink' : ''}`,
});
