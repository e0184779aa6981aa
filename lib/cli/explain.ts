/** `iptc explain 'RULE'`: what a rule does, in words. */
import { explainLine } from '../command/explain';
import { formatRule } from '../index';
import { complain, print } from './output';
import { EXIT, failed, type Program } from './program';

export function explain(program: Program, words: readonly string[]): number {
  const given = words[0] === '--' ? words.slice(1) : words;
  const usage = `Usage: ${program.name} explain 'rule-specification'`;
  if (words[0] === '--help' || words[0] === '-h') {
    print(`${usage}\n\nSays in words what a rule does, and how iptables-save prints it.\n`);
    return 0;
  }
  if (given.length === 0) {
    complain(usage);
    return EXIT.USAGE;
  }
  try {
    const line =
      given.length === 1
        ? given[0]!
        : given.map((word) => (/[\s"]/.test(word) ? `"${word.replace(/["\\]/g, '\\$&')}"` : word)).join(' ');
    const { rule, chain, words: explained } = explainLine(program.family, line);
    const canonical = formatRule(rule, { family: program.family });
    print(`${explained}\n\n${chain === undefined ? '' : `-A ${chain} `}${canonical}\n`);
    return 0;
  } catch (error) {
    return failed(program, error);
  }
}
