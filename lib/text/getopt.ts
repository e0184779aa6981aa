/** The words of a rule, with getopt_long's ways: clusters, `--name=value`, abbreviations, `!`. */
import type { Word } from '../codec/extension';
import { alternatives, type ErrorDetails, type IptcError, show } from '../errors';
import type { RuleDraft } from './draft';
import { optionHint, stray } from './hints';
import type { Instance } from './instance';
import { type BaseOption, BY_LETTER, BY_NAME, type RuleOption, SAME } from './options';
import type { Words } from './words';

/** What a command around the rule makes of options of its own. */
export interface Outer {
  readonly options: readonly BaseOption[];
  take(option: BaseOption, values: readonly string[], not: boolean): void;
}

/** Gives what the words say to the draft of a rule, and to the command around it. */
export function readWords(words: Words, draft: RuleDraft, outer: Outer): void {
  new WordReader(words.words, words.columns, draft, outer).read();
}

type Found = { readonly base: BaseOption } | { readonly instance: Instance; readonly word: Word };

class WordReader {
  constructor(
    private readonly words: readonly string[],
    private readonly columns: readonly number[],
    private readonly draft: RuleDraft,
    private readonly outer: Outer,
  ) {}

  read(): void {
    const { words } = this;
    let not = false;
    let i = 0;
    while (i < words.length) {
      const word = words[i]!;
      const at = i;
      if (word === '!') {
        if (not)
          throw this.error('Expected only one ! before an option', i, {
            iptables: 'multiple consecutive ! not allowed',
          });
        not = true;
        i++;
        if (i === words.length)
          throw this.error('Expected an option behind ! but the words end', i - 1, {
            iptables: 'nothing appropriate following !',
          });
        continue;
      }
      if (word === '--') {
        // The end of the options: nothing may follow.
        if (i + 1 < words.length)
          throw this.error(`Expected nothing behind -- but received ${show(words[i + 1])}`, i + 1, {
            iptables: 'unknown arguments found on commandline',
          });
        return;
      }
      if (word.startsWith('--') && word.length > 2) i = this.long(i, not);
      else if (word.startsWith('-') && word.length > 1 && word !== '--') i = this.cluster(i, not);
      else
        throw this.error(`Expected an option${not ? ' behind !' : ''} but received ${show(word)}`, i, {
          hint: stray(words, i),
          iptables: `Bad argument \`${word}'`,
        });
      if (i > at) not = false;
    }
  }

  private long(i: number, not: boolean): number {
    const word = this.words[i]!;
    const equals = word.indexOf('=');
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const attached = equals < 0 ? undefined : word.slice(equals + 1);
    const found = this.lookUp(name, i);
    if (found === undefined) {
      if (this.draft.loadProtocol()) return this.long(i, not);
      throw this.unknown(word, name, i);
    }
    if ('base' in found) return this.takeBase(found.base, i, not, attached);
    const { instance, word: option } = found;
    if (not && !option.negatable)
      throw this.error(
        `Expected no ! before --${option.name} of ${instance.extension.kind} ${instance.extension.name}: it can't be negated`,
        i,
        {
          option: option.name,
          iptables: `${instance.extension.name}: option "--${option.name}" cannot be inverted.`,
        },
      );
    const count = option.operand.words;
    const values: string[] = [];
    if (count === 0 && attached !== undefined)
      throw this.error(`Expected no argument for --${option.name} but received ${show(attached)}`, i, {
        option: option.name,
        iptables: `unknown option "${word}"`,
      });
    let next = i + 1;
    if (count === 'maybe') {
      const word = attached ?? this.words[next];
      if (word !== undefined && !word.startsWith('-') && !word.startsWith('!')) {
        values.push(word);
        if (attached === undefined) next++;
      }
    } else if (count > 0) {
      const first = attached ?? this.words[next++];
      if (first === undefined)
        throw this.error(`Expected ${option.operand.metavar} behind --${option.name} but the words end`, i, {
          option: option.name,
          iptables: `option "--${option.name}" requires an argument`,
        });
      values.push(first);
    }
    if (count === 2) {
      const second = this.words[next++];
      if (second === undefined || second.startsWith('-') || second === '!')
        throw this.error(`Expected two arguments (${option.operand.metavar}) behind --${option.name}`, i, {
          option: option.name,
          iptables: `--${option.name} requires two args.`,
        });
      values.push(second);
    }
    instance.given.push({ word: option, spelling: name, values, not, column: this.column(i) });
    return next;
  }

  private cluster(i: number, not: boolean): number {
    const word = this.words[i]!;
    for (let k = 1; k < word.length; k++) {
      const letter = word[k]!;
      const option = this.outer.options.find((o) => o.letter === letter) ?? BY_LETTER.get(letter);
      if (!option) throw this.unknown(`-${letter}`, letter, i);
      const rest = word.slice(k + 1);
      if (option.words !== 0) return this.takeBase(option, i, not, rest === '' ? undefined : rest);
      this.takeBase(option, i, not, undefined);
    }
    return i + 1;
  }

  /** An exact name wins, of options loaded last first; then an abbreviation that can only mean one. */
  private lookUp(name: string, i: number): Found | undefined {
    const base = this.outer.options.find((o) => o.name === name) ?? BY_NAME.get(name);
    if (base) return { base };
    const instances = this.draft.inScope();
    for (const instance of instances) {
      const word = instance.extension.words.get(name);
      if (word) return { instance, word };
    }
    const found = new Map<string, Found>();
    const spellings: string[] = [];
    for (const option of [...this.outer.options, ...BY_NAME.values()]) {
      if (option.whole || !option.name.startsWith(name)) continue;
      found.set(`-${option.letter ?? (SAME as Record<string, string>)[option.name]?.[0] ?? option.name}`, {
        base: option,
      });
      spellings.push(option.name);
    }
    for (const instance of instances) {
      for (const [spelling, word] of instance.extension.words) {
        if (!spelling.startsWith(name)) continue;
        found.set(`${instance.extension.name} ${word.name}`, { instance, word });
        spellings.push(spelling);
      }
    }
    if (found.size > 1)
      throw this.error(
        `Expected an option but received --${name}, which may mean ${alternatives(spellings.map((s) => `--${s}`))}`,
        i,
        { iptables: `unknown option "--${name}"` },
      );
    return found.values().next().value;
  }

  private takeBase(option: BaseOption, i: number, not: boolean, attached: string | undefined): number {
    const values: string[] = attached === undefined ? [] : [attached];
    let next = i + 1;
    const wanted = option.words === 'maybe' ? 0 : option.words;
    if (option.words === 'maybe') {
      const word = this.words[next];
      if (attached === undefined && word !== undefined && !word.startsWith('-') && !word.startsWith('!'))
        values.push(this.words[next++]!);
    }
    if (wanted === 0 && option.words === 0 && attached !== undefined)
      throw this.error(`Expected no argument for --${option.name} but received ${show(attached)}`, i, {
        iptables: `unknown option "${this.words[i]}"`,
      });
    while (values.length < wanted) {
      const word = this.words[next];
      if (word === undefined || (values.length > 0 && (word.startsWith('-') || word.startsWith('!'))))
        throw this.error(
          `Expected ${wanted === 1 ? 'an argument' : 'two arguments'} behind --${option.name} but ${word === undefined ? 'the words end' : `received ${show(word)}`}`,
          i,
          { option: option.name, iptables: `option "${this.words[i]}" requires an argument` },
        );
      values.push(word);
      next++;
    }
    const complete = option.name === 'set-counters' && values[0]!.includes(',');
    for (let more = complete ? 0 : (option.more ?? 0); more > 0; more--) {
      const word = this.words[next];
      if (word === undefined || word.startsWith('-') || word.startsWith('!')) break;
      values.push(word);
      next++;
    }
    if (!this.outer.options.includes(option))
      this.draft.take(SAME[option.name as RuleOption] ?? (option.name as RuleOption), values, not, this.column(i));
    else this.outer.take(option, values, not);
    return next;
  }

  private unknown(word: string, name: string, i: number): IptcError {
    const known = [
      ...BY_NAME.keys(),
      ...this.outer.options.map((o) => o.name),
      ...this.draft.inScope().flatMap((s) => [...s.extension.words.keys()]),
    ];
    return this.error(`Expected an option that is known here but received ${show(word)}`, i, {
      option: name,
      hint: optionHint(this.draft.family, name, known),
      iptables: `unknown option "${word}"`,
    });
  }

  private error(message: string, i: number, details: ErrorDetails): IptcError {
    return this.draft.refuse(message, this.column(i), details);
  }
  /** 0 where it isn't known. */
  private column(i: number): number {
    return this.columns[i] ?? 0;
  }
}
