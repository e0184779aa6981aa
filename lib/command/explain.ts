/** What a rule does, in words: what its options say, each as its definition describes it. */
import type { AnyExtension, Family } from '../codec/extension';
import { isNot } from '../codec/operand';
import { show } from '../errors';
import { registry } from '../extensions/registry';
import type { Rule } from '../rule/rule';
import { parseLine } from '../text/parse';

/** The rule of a line, its chain, if it names one, and what it does. */
export function explainLine(family: Family, line: string): { rule: Rule; chain: string | undefined; words: string } {
  const { rule, chain } = parseLine(family, line);
  return { rule, chain, words: explainRule(family, rule, chain) };
}

type Plain = Readonly<Record<string, unknown>>;

const VERDICT: Readonly<Record<string, string>> = {
  ACCEPT: 'it is let through, as far as this table is concerned',
  DROP: 'it is thrown away without an answer',
  RETURN: 'the chain that called this one goes on; in a built-in chain its policy decides',
  QUEUE: 'a program in userspace decides about it',
};

export function explainRule(family: Family, rule: Rule, chain?: string): string {
  if ('entry' in rule) return 'The rule is one that iptables has no words for.';
  const plain = rule as Plain;
  const lines: string[] = [];
  const say = (key: string, positive: (value: string) => string) => {
    const value = plain[key];
    if (value === undefined) return;
    const not = isNot(value);
    lines.push(`${not ? 'not: ' : ''}${positive(String(not ? value.not : value))}`);
  };
  say('protocol', (p) => (p === 'all' ? 'its protocol may be any' : `its protocol is ${p}`));
  say('source', (a) => `it comes from ${a}`);
  say('destination', (a) => `it goes to ${a}`);
  say('inInterface', (i) => `it came in by ${interfaceText(i)}`);
  say('outInterface', (i) => `it leaves by ${interfaceText(i)}`);
  if (plain.fragment !== undefined)
    lines.push(`it is ${isNot(plain.fragment) ? 'not ' : ''}a second or further fragment`);
  for (const element of (plain.match as readonly Plain[] | undefined) ?? []) {
    const [name] = Object.keys(element) as [string];
    lines.push(...elementLines(registry.match.find(family, name), name, element[name] as Plain));
  }
  const whole = chain === undefined ? '' : ` in chain ${chain}`;
  const matches =
    lines.length === 0
      ? `Every packet${whole}:`
      : `A packet${whole} matches if all of this holds:\n${lines.map((line) => `  - ${line}`).join('\n')}\nThen:`;
  return `${matches} ${targetText(family, plain.target)}`;
}

const interfaceText = (name: string): string =>
  name.endsWith('+') ? `an interface whose name begins with "${name.slice(0, -1)}"` : name;

function elementLines(extension: AnyExtension | undefined, name: string, settings: Plain): string[] {
  const lines: string[] = [];
  for (const [key, value] of Object.entries(settings)) {
    const word = extension && [...extension.words.values()].find((w) => w.key === key);
    const not = isNot(value);
    const inner = not ? (value as { readonly not: unknown }).not : value;
    const shown = inner === true ? '' : `: ${typeof inner === 'string' ? inner : show(inner)}`;
    const description = word?.description.replace(/\.$/, '') || `--${word?.name ?? key}`;
    lines.push(`${name}: ${not ? 'not: ' : ''}${description}${shown}`);
  }
  return lines.length > 0 ? lines : [`${name}: ${extension?.definition.doc ?? ''}`];
}

function targetText(family: Family, target: unknown): string {
  if (target === undefined) return 'it is counted, and the next rule is looked at.';
  if (typeof target === 'string')
    return VERDICT[target] !== undefined
      ? `${VERDICT[target]} (${target}).`
      : `chain ${target} goes on with it; if that has no answer, the next rule is looked at.`;
  const [name] = Object.keys(target as Plain) as [string];
  if (name === 'goto')
    return `chain ${(target as { readonly goto: string }).goto} goes on with it, for good: this chain does not.`;
  const extension = registry.target.find(family, name);
  const settings = elementLines(extension, name, (target as Plain)[name] as Plain).filter(
    (line) => line !== `${name}: ${extension?.definition.doc}`,
  );
  const doc = extension?.definition.doc.replace(/\.$/, '') ?? '';
  return `${name}. ${doc}.${settings.length === 0 ? '' : `\n${settings.map((line) => `  - ${line.slice(name.length + 2)}`).join('\n')}`}`;
}
