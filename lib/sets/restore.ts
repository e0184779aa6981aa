/** A file of ipset's, line by line: neighbouring lines that do the same to the same set go together. */
import { IptcError, Mismatch } from '../errors';
import { Slice } from '../slice';
import { badLine, type Command, parseCommand, parseElement, parseSettings, wordsOf } from './command';
import type { Given } from './element';
import { misfit } from './failure';
import type { Session } from './session';
import { type SetType, typeNamed } from './types';

interface Group {
  readonly operation: 'add' | 'delete' | 'test';
  readonly set: string;
  readonly exist: boolean;
  readonly elements: Given[];
  readonly lines: number[];
}
/** So many elements are kept before they are sent. */
const GROUP = 8192;

export interface RestoreForm {
  /** As if each line had -exist. */
  readonly exist?: boolean;
  /** What is done with a command that shows something; without it none may be there but tests, whose answer nobody hears. */
  readonly other?: (command: Command) => Promise<void>;
  /** The set that takes the place of the command's; undefined where nothing is to be done. */
  readonly nameFor?: (command: Command, at: { readonly line: string; readonly number: number }) => string | undefined;
}

/** Does what the lines say, one after the other, until one can't be done: the error tells its number, those before stay. */
export async function restoreLines(
  session: Session,
  lines: AsyncIterable<string> | Iterable<string>,
  { exist: always = false, other, nameFor }: RestoreForm,
): Promise<void> {
  const slice = new Slice();
  let group: Group | undefined;
  let types = new Map<string, SetType>();
  let number = 0;
  const flush = async () => {
    const waiting = group;
    group = undefined;
    if (waiting) await session.edit(waiting);
  };
  const typeOf = async (set: string, operation: Group['operation']) => {
    const known = types.get(set);
    if (known) return known;
    await flush();
    const { type } = await session.kindOf(set, operation);
    types.set(set, type);
    return type;
  };
  const run = async (command: Command, line: string) => {
    const { name, second, words, options } = command;
    const set = nameFor ? nameFor(command, { line, number }) : command.set;
    if (nameFor && set === undefined) return;
    const exist = always || options.exist === true;
    if (name === 'test' && other) {
      await flush();
      return other(command);
    }
    switch (name) {
      case 'add':
      case 'delete':
      case 'test': {
        const type = await typeOf(set!, name);
        if (group && (group.set !== set || group.operation !== name || group.exist !== exist)) await flush();
        group ??= { operation: name, set: set!, exist, elements: [], lines: [] };
        group.elements.push(parseElement(type, second!, words));
        group.lines.push(number);
        if (group.elements.length >= GROUP) await flush();
        return;
      }
      case 'create': {
        await flush();
        const type = typeNamed(second!);
        await session.create(set!, parseSettings(type, words), exist, number);
        types.set(set!, type);
        return;
      }
      case 'destroy':
      case 'flush':
      case 'rename':
      case 'swap':
        await flush();
        await session.manage(name, set, second, { exist, line: number });
        if (name !== 'flush') types = new Map();
        return;
      default:
        await flush();
        if (!other)
          throw badLine(
            `Expected a command that changes sets but received ${name}`,
            `Command \`${name}' is invalid in restore mode.`,
          );
        await other(command);
    }
  };
  for await (const line of lines) {
    number++;
    if (line === '' || line.startsWith('#') || line === 'COMMIT') continue;
    try {
      const words = wordsOf(line);
      if (!words) throw badLine('Expected quotes in pairs but received one without the other', 'Missing close quote!');
      if (words.length === 0 || words[0] === '#' || words[0] === 'COMMIT') continue;
      await run(parseCommand(words), line);
    } catch (error) {
      throw atLine(error, number);
    }
    if (slice.over) await slice.next();
  }
  await flush();
}

function atLine(error: unknown, line: number): unknown {
  const told = error instanceof Mismatch ? misfit(error, { operation: 'add' }) : error;
  return told instanceof IptcError ? told.within({ line }) : told;
}
