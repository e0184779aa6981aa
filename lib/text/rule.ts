/** Rules as text, both ways, without a kernel. */
import { argument, fields, named, numeric, oneOf, optionsOf, string } from '../arguments';
import { anyKernel, type Kernel } from '../codec/kernel';
import { Memory } from '../codec/struct';
import { EntryCodec } from '../rule/entry';
import { expanded, type WideRule } from '../rule/expand';
import type { Family, Rule } from '../rule/rule';
import { parseLine } from './parse';
import { RulePrinter } from './print';
import type { Position } from './words';

const family = oneOf('ipv4', 'ipv6');
const lineNumber = numeric('the number of a line', (n) => Number.isInteger(n) && n >= 0);
const parsing = fields<{ family?: Family } & Position>({ family, line: lineNumber, file: named('the name of a file') });
const formatting = fields<{ family?: Family }>({ family });

const tools = new Map<Family, { kernel: Kernel; codec: EntryCodec; printer: RulePrinter }>();
/** @internal */
export function toolsFor(family: Family) {
  let tool = tools.get(family);
  if (!tool) {
    const kernel = anyKernel(family);
    const codec = new EntryCodec(kernel);
    tool = { kernel, codec, printer: new RulePrinter(codec) };
    tools.set(family, tool);
  }
  return tool;
}

/**
 * The rule that a text says, in its canonical form; `-A CHAIN` before it is allowed, and left aside.
 * Throws an IptcError (ERR_BAD_RULE) with the column and the option.
 *
 * @example parseRule('-p tcp --dport ssh -j ACCEPT')
 *   // { protocol: 'tcp', match: [{ tcp: { dport: 22 } }], target: 'ACCEPT' }
 */
export function parseRule<F extends Family = 'ipv4'>(
  text: string,
  options?: { readonly family?: F } & Position,
): Rule<F> {
  const { family: given, ...position } = optionsOf('parseRule', options, parsing);
  const family = (given ?? 'ipv4') as F;
  const { rule } = parseLine(family, argument('parseRule', 'text', text, string('the text of a rule')), position);
  return canonical(family, rule as Rule) as Rule<F>;
}

/** As it is read again: without counters, where none were given. */
function canonical(family: Family, rule: Rule): Rule {
  const { kernel, codec } = toolsFor(family);
  const { counters, ...bare } = codec.decode(new Memory(codec.encode(rule).slice(), 0, kernel), 0);
  return (rule.counters === undefined ? bare : { ...bare, counters }) as Rule;
}

/**
 * The rules that a rule of several sources, several destinations or more than 15 ports stands for, each in its canonical
 * form. Sources come first, then destinations, then ports; more than 15 ports that a packet may not have are several
 * matches of one rule. `appendAll`, `ensure`, `remove` and plans take such rules as they are. Throws ERR_BAD_RULE.
 *
 * @example expandRule({ source: ['192.0.2.1', '198.51.100.0/24'], target: 'DROP' }).map((rule) => formatRule(rule))
 *   // ['-s 192.0.2.1/32 -j DROP', '-s 198.51.100.0/24 -j DROP']
 */
export function expandRule<F extends Family = 'ipv4'>(
  rule: WideRule<F> | string,
  options?: { readonly family?: F },
): readonly Rule<F>[] {
  const { family = 'ipv4' } = optionsOf('expandRule', options, formatting);
  const wide = typeof rule === 'string' ? parseLine(family, rule).rule : rule;
  return expanded(wide as WideRule).map((each) => canonical(family, each) as Rule<F>);
}

/**
 * A rule as iptables-save prints it, without `-A CHAIN`.
 *
 * @example formatRule({ protocol: 'tcp', match: [{ tcp: { dport: 22 } }], target: 'ACCEPT' })
 *   // -p tcp -m tcp --dport 22 -j ACCEPT
 */
export function formatRule<F extends Family = 'ipv4'>(rule: Rule<F>, options?: { readonly family?: F }): string {
  const { family = 'ipv4' } = optionsOf('formatRule', options, formatting);
  const { kernel, codec, printer } = toolsFor(family);
  const entry = codec.encode(rule as Rule);
  return printer.print(new Memory(entry, 0, kernel), 0).slice(1);
}
