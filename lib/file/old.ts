/** What iptables-save printed wrongly in releases that are still in use (1.4.21 is CentOS 7's), and none can read. */
import type { Family } from '../codec/extension';
import { registry } from '../extensions/registry';
import type { Words } from '../text/words';

/** An option whose list was printed though it was empty. */
const EMPTY = '--strip-options';

/** The same words, as they were meant: `-m quota!  --quota 5`, `-j DNPT--src-pfx 2001:db8::/64`, `--strip-options` of nothing. */
export function mended(given: Words, family: Family): Words {
  const words: string[] = [];
  const columns: number[] = [];
  for (const [i, word] of given.words.entries()) {
    const next = given.words[i + 1];
    const isValue = next !== undefined && !next.startsWith('-');
    if (word === EMPTY && !isValue) continue;
    for (const part of parts(given.words[i - 1], word, isValue, family)) {
      columns.push(given.columns[i]! + (part === word ? 0 : word.indexOf(part)));
      words.push(part);
    }
  }
  return { words, columns };
}

/** A name, and what stands right behind it without a space. */
function parts(before: string | undefined, word: string, isValue: boolean, family: Family): readonly string[] {
  const [, name = '', rest = ''] = /^(\w+)(!|--.+)$/.exec(word) ?? [];
  const option = rest.slice(2);
  const match = before === '-m' ? registry.match.find(family, name) : undefined;
  const together =
    before === '-m'
      ? match && (rest === '!' || match.words.has(option))
      : // A chain may have such a name, but no value stands behind one.
        before === '-j' && isValue && registry.target.find(family, name)?.words.has(option);
  return together ? [name, rest] : [word];
}
