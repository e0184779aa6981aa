/** The text of a rule -> its data. */
import type { Family } from '../codec/extension';
import type { Rule } from '../rule/rule';
import { RuleDraft } from './draft';
import { readWords } from './getopt';
import { type Position, splitWords } from './words';

const APPEND = { name: 'append', letter: 'A', words: 1 } as const;

/** The rule that a line of text says; `-A CHAIN` before it is allowed, and left aside. */
export function parseLine(
  family: Family,
  line: string,
  position: Position = {},
): { chain: string | undefined; rule: Rule; warnings: readonly string[] } {
  let chain: string | undefined;
  const draft = new RuleDraft(family, position);
  readWords(splitWords(line), draft, {
    options: [APPEND],
    take: (_option, values) => {
      chain = values[0];
    },
  });
  const rule = draft.rule();
  return { rule, chain, warnings: draft.warnings };
}
