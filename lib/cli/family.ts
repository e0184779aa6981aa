/** `iptc` is for either family: where one of its words says which. */
import { COMMAND_OPTIONS } from '../command/options';
import { RULE_OPTIONS, registry } from '../command/vocabulary';

const BASE = [...COMMAND_OPTIONS, ...RULE_OPTIONS.values()];

/** The place of the option -6, which may be the value of another one, too; -1 if it isn't given. */
export function placeOfSix(words: readonly string[]): number {
  if (words.includes('--')) return -1;
  return words.findIndex((word, i) => (word === '-6' || word === '--ipv6') && !takesNext(words[i - 1] ?? ''));
}

/** Whether the word behind this one is its value. */
function takesNext(word: string): boolean {
  if (!word.startsWith('--')) {
    const letters = /^-(\w+)$/.exec(word)?.[1] ?? '';
    // In a cluster, what stands behind a letter that takes a value is the value.
    const at = [...letters].findIndex((letter) => BASE.find((option) => option.letter === letter)?.words !== 0);
    return at >= 0 && at === letters.length - 1 && BASE.find((option) => option.letter === letters[at])?.words === 1;
  }
  const name = word.slice(2);
  const named = BASE.find((option) => option.name === name);
  if (named) return named.words === 1;
  return name === 'netns' || extensions().some(({ words }) => (words.get(name)?.operand.words ?? 0) !== 0);
}

const extensions = () =>
  (['match', 'target'] as const).flatMap((kind) =>
    (['ipv4', 'ipv6'] as const).flatMap((family) =>
      registry[kind].names(family).map((name) => registry[kind].find(family, name)!),
    ),
  );
