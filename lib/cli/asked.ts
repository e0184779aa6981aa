/** What a command was asked: its options by name, and its other words. With --help it says what it does, and ends. */
import { type Flag, type Given, getopt } from './getopt';
import { print } from './output';
import { Exit } from './program';

export interface Asked {
  /** In their order, also those that were given several times. */
  readonly options: readonly Given[];
  readonly given: ReadonlyMap<string, string | undefined>;
  readonly rest: readonly string[];
}

const HELP: Flag = { name: 'help', letter: 'h' };

export function asked(
  command: string,
  words: readonly string[],
  flags: readonly Flag[],
  usage: string,
  help = '',
  /** The exit code of an option that there isn't. */
  trouble = 1,
): Asked {
  const { options, rest } = getopt(command, words, [...flags, HELP], usage, trouble);
  const given = new Map(options.map(({ name, value }) => [name, value]));
  if (given.has('help')) {
    print(help === '' ? `${usage}\n` : `${usage}\n\n${help}\n`);
    throw new Exit(0);
  }
  return { options, given, rest };
}
