/** Which tables a restore is about, as far as that can be known before it is read. */
import { isRuleset } from '../file/given';
import type { RestoreInput } from './options';

/** The tables that it names, or undefined: only reading it will tell. */
export function tablesNamed(input: RestoreInput): readonly string[] | undefined {
  if (isRuleset(input)) return input.tables.map(({ name }) => name);
  if (typeof input === 'string') return namesIn(input);
  // Strings of a list are lines; bytes are pieces, that may be cut within a name.
  if (Array.isArray(input) && input.every((line) => typeof line === 'string'))
    return (input as string[]).flatMap((lines) => namesIn(lines));
  return undefined;
}

function namesIn(text: string): string[] {
  const names: string[] = [];
  for (let star = text.indexOf('*'); star >= 0; star = text.indexOf('*', star + 1)) {
    if (!/(?:^|[\r\n])[ \t]*$/.test(text.slice(Math.max(0, star - 80), star))) continue;
    const name = /^\*[ \t]*([^\s]*)/.exec(text.slice(star, star + 80))![1]!;
    if (name !== '') names.push(name);
  }
  return names;
}
