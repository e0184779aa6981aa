/** `iptc check [FILE]`: what is wrong with rules, or looks so. */
import { check as checked, type RulesetInput } from '../analysis';
import { formatFindings } from '../analysis/check';
import { asked } from './asked';
import { toJson } from './json';
import { complain, print } from './output';
import { failed, type Program } from './program';
import { rulesetFor } from './rulesets';

const FLAGS = [{ name: 'json' }, { name: 'netns', argument: true }] as const;
/** Ends as diff(1) in trouble. */
const TROUBLE = 2;

/** Exit code 0: nothing but notes; 1: warnings or errors; 2: trouble, or not all was decided. */
export async function check(program: Program, words: readonly string[]): Promise<number> {
  const usage = `Usage: ${program.name} check [--json] [--netns name|path] [file [file of IPv6 rules]]`;
  const { given, rest } = asked(
    `${program.name} check`,
    words,
    FLAGS,
    usage,
    'Says what is wrong with the rules of both families, or of saved files, or looks so: rules that never match, accidents,\nhabits that bite; and what would help. A comment iptc:allow NAME on a rule silences a finding.\nExit code 0: nothing but notes; 1: warnings or errors; 2: trouble, or not all could be decided.',
    TROUBLE,
  );
  if (rest.length > 2) {
    complain(usage);
    return TROUBLE;
  }
  try {
    const { findings, decided, undecided } = checked(await subject(program, rest, given.get('netns')));
    print(given.has('json') ? toJson({ findings, decided, undecided }) : formatFindings(findings));
    if (!decided) complain(undecided!);
    if (!decided) return TROUBLE;
    return findings.some(({ level }) => level !== 'note') ? 1 : 0;
  } catch (error) {
    failed(program, error);
    return TROUBLE;
  }
}

async function subject({ family }: Program, files: readonly string[], netns: string | undefined) {
  const [file, six] = files;
  if (file !== undefined && six === undefined) return rulesetFor(family, { file });
  const ipv4 = (await rulesetFor('ipv4', { file, netns })) as RulesetInput<'ipv4'>;
  const ipv6 = (await rulesetFor('ipv6', { file: six, netns })) as RulesetInput<'ipv6'>;
  return { ipv4, ipv6 };
}
