/** What people probably meant by words that no rule has. */
import type { Family } from '../codec/extension';
import { alternatives, nearest } from '../errors';
import { registry } from '../extensions/registry';
import { BY_NAME } from './options';

/** What was probably meant by a word that belongs to no option: people's habits, from shells and from older iptables. */
export function stray(words: readonly string[], i: number): string | undefined {
  const word = words[i]!;
  if (i >= 2 && words[i - 1] === '!') return `A ! stands before its option: ! ${words[i - 2]} ${word}`;
  if (word.startsWith('#'))
    return 'A comment has a line of its own; in a rule it is -m comment --comment "the loopback".';
  if (word === '\\') return 'A rule stands on one line.';
  if (words.slice(0, i).some((w) => w.startsWith("'"))) return 'Only double quotes hold words together.';
  const before = words[i - 1] ?? '';
  if (/^-[a-z][a-z-]+$/.test(before) && isLong(before.slice(1)))
    return `An option of more than one letter has two dashes: -${before} ${word}.`;
  if (before.endsWith(',') || word.startsWith(',')) return `No blank may stand beside a comma: ${before}${word}.`;
  if (i === 0 && word.startsWith('*')) return 'The table before it has to end with a line COMMIT.';
  if (i === 0 && /^commit$/i.test(word)) return 'COMMIT stands alone on its line: in capital letters, without blanks.';
  return i === 0 ? 'It is what follows iptables on a command line: -A INPUT -s 10.0.0.1 -j DROP.' : undefined;
}
/** What was meant by the words behind an option. */
export function wordHint(option: string, [word = '']: readonly string[]): string | undefined {
  if (!/port/.test(option)) return undefined;
  const [, low, high] = /^(\w+)-(\w+)$/.exec(word) ?? [];
  if (low !== undefined) return `A range has a colon: --${option} ${low}:${high}.`;
  if (word.includes(',') && /^[sd](?:our|est|por)/.test(option))
    return `Several ports are a match of their own: -m multiport --${option.startsWith('s') ? 's' : 'd'}ports ${word}.`;
  return undefined;
}
/** What was meant by an option that isn't known here, where these are. */
export function optionHint(family: Family, name: string, known: readonly string[]): string | undefined {
  if (name === 't' || name === 'table')
    return 'A rule has no table of its own: it goes to the one that it is given to.';
  const owners = ownersOf(family, name);
  if (owners.length > 0) return `--${name} belongs to ${alternatives(owners)}: name it first.`;
  const near = nearest(name, known);
  const meant = near !== undefined ? [near] : name.length > 2 ? known.filter((one) => one.includes(name)) : [];
  return meant.length === 0 ? undefined : `Did you mean ${alternatives(meant.slice(0, 4).map((one) => `--${one}`))}?`;
}

/** Whether an option is called so, a rule's or an extension's. */
const isLong = (name: string): boolean =>
  BY_NAME.has(name) || (['ipv4', 'ipv6'] as const).some((family) => ownersOf(family, name).length > 0);

function ownersOf(family: Family, name: string): string[] {
  const owners: string[] = [];
  for (const kind of ['match', 'target'] as const)
    for (const extension of registry[kind].names(family))
      if (registry[kind].find(family, extension)?.words.has(name))
        owners.push(`${kind === 'match' ? '-m' : '-j'} ${extension}`);
  return owners.slice(0, 4);
}
