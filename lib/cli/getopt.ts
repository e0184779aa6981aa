/** getopt_long for the commands around iptables: short clusters, `--name=value`, unambiguous abbreviations. */
import { complain } from './output';
import { Exit } from './program';

export interface Flag {
  readonly name: string;
  readonly letter?: string;
  /** Takes a word: always, or one that doesn't look like an option. */
  readonly argument?: true | 'maybe';
  /** Not to be abbreviated: iptables doesn't have it, and its own abbreviations stay what they are. */
  readonly whole?: true;
}

export interface Given {
  readonly name: string;
  readonly value: string | undefined;
}

/** The options in order, and the other words. A wrong option prints a sentence and `hint`, and ends with `trouble`. */
export function getopt(
  program: string,
  words: readonly string[],
  flags: readonly Flag[],
  hint: string,
  trouble = 1,
): { readonly options: Given[]; readonly rest: string[] } {
  const options: Given[] = [];
  const rest: string[] = [];
  const refuse = (message: string): never => {
    complain(`${program}: ${message}`);
    complain(hint);
    throw new Exit(trouble);
  };
  const take = (flag: Flag, attached: string | undefined, i: number): number => {
    if (!flag.argument) {
      if (attached !== undefined) refuse(`option '--${flag.name}' doesn't allow an argument`);
      options.push({ name: flag.name, value: undefined });
      return i;
    }
    const next = words[i + 1];
    if (attached !== undefined) options.push({ name: flag.name, value: attached });
    else if (flag.argument === 'maybe' && (next === undefined || next.startsWith('-') || next.startsWith('!')))
      options.push({ name: flag.name, value: undefined });
    else if (next === undefined) refuse(`option '--${flag.name}' requires an argument`);
    else {
      options.push({ name: flag.name, value: next });
      return i + 1;
    }
    return i;
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === '--') {
      rest.push(...words.slice(i + 1));
      break;
    }
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const name = word.slice(2, equals < 0 ? undefined : equals);
      const found = flags.filter((f) => f.name === name);
      const meant = found.length > 0 ? found : flags.filter((f) => !f.whole && f.name.startsWith(name));
      if (meant.length !== 1)
        refuse(meant.length === 0 ? `unrecognized option '${word}'` : `option '${word}' is ambiguous`);
      i = take(meant[0]!, equals < 0 ? undefined : word.slice(equals + 1), i);
    } else if (word.startsWith('-') && word.length > 1) {
      for (let k = 1; k < word.length; k++) {
        const flag = flags.find((f) => f.letter === word[k]);
        if (!flag) refuse(`invalid option -- '${word[k]}'`);
        const attached = word.slice(k + 1);
        if (flag!.argument) {
          i = take(flag!, attached === '' ? undefined : attached, i);
          break;
        }
        take(flag!, undefined, i);
      }
    } else rest.push(word);
  }
  return { options, rest };
}
