/** Rules as text, both ways, without a kernel. */
import { argument, fields, named, numeric, oneOf, optionsOf, string } from '../arguments';
import { anyKernel, type Kernel } from '../codec/kernel';
import { Memory } from '../codec/struct';
import { EntryCodec } from '../rule/entry';
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
  const { kernel, codec } = toolsFor(family);
  const { rule } = parseLine(
    family,
    kernel,
    argument('parseRule', 'text', text, string('the text of a rule')),
    position,
  );
  const entry = codec.encode(rule as Rule);
  const { counters, ...canonical } = codec.decode(new Memory(entry.slice(), 0, kernel), 0);
  return (rule.counters === undefined ? canonical : { ...canonical, counters }) as Rule<F>;
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
