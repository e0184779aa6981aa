/** A match or target that words have named, and what they gave it -> its settings. */
import type { AnyExtension, Word } from '../codec/extension';
import type { Context } from '../codec/operand';
import { type ErrorDetails, type IptcError, Mismatch, show } from '../errors';
import { wordHint } from './hints';

export interface Instance {
  readonly extension: AnyExtension;
  readonly given: Given[];
}
/** An option of it. */
interface Given {
  readonly word: Word;
  readonly spelling: string;
  readonly values: readonly string[];
  readonly not: boolean;
  readonly column: number;
}

/** What is wrong at a column of the text. */
export type Refusal = (message: string, column: number, details: ErrorDetails) => IptcError;

export function settingsOf(
  { extension, given }: Instance,
  context: Context,
  refuse: Refusal,
  remark: (text: string) => void,
): Record<string, unknown> {
  const whole: Record<string, unknown> = {};
  // What a word sets: the extension's options, or an element that a word before it opened.
  let settings = whole;
  let opened: readonly string[] = [];
  for (const [i, { word, spelling, values, not, column }] of given.entries()) {
    if (word.after !== undefined && !given.slice(0, i).some((g) => g.word.name === word.after))
      throw refuse(`Expected --${word.after} before --${word.name} of ${extension.kind} ${extension.name}`, column, {
        option: word.name,
      });
    if (word.opens) {
      opened = word.opens;
      settings = {};
      whole[word.key] = [...((whole[word.key] as unknown[] | undefined) ?? []), settings];
      continue;
    }
    let value: unknown;
    try {
      value = word.operand.parse(values, context);
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      throw refuse(
        `Expected ${error.expected} for --${word.name} of ${extension.kind} ${extension.name} but received ${show(error.received)}`,
        column,
        {
          option: word.name,
          iptables: extension.phrase(word.name, error),
          hint: error.hint ?? wordHint(word.name, values),
        },
      );
    }
    const said = word.remark?.(value, spelling);
    if (said !== undefined) remark(said);
    const into = opened.includes(word.key) ? settings : whole;
    if (word.repeatable) {
      const [one] = value as readonly unknown[];
      into[word.key] = [...((into[word.key] as unknown[] | undefined) ?? []), not ? { not: one } : one];
      continue;
    }
    if (into[word.key] !== undefined)
      throw refuse(`Expected --${word.name} of ${extension.kind} ${extension.name} only once`, column, {
        option: word.name,
        iptables: `${extension.name}: option "--${word.name}" can only be used once.`,
      });
    into[word.key] = not ? { not: value } : value;
  }
  return extension.definition.understood?.(whole) ?? whole;
}
