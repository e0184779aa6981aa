/** `iptc-ipset`, `iptc set`: ipset's command line. */
import { closeSync, createReadStream, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { getSystemErrorMap } from 'node:util';
import { IptcError } from '../errors';
import {
  badLine,
  type Command,
  parseCommand,
  parseElement,
  parseOptions,
  parseSettings,
  wordsOf,
} from '../sets/command';
import { IPSET_PROTOCOL } from '../sets/constants';
import type { Given, SetKind } from '../sets/element';
import { misfit } from '../sets/failure';
import { listed, listedNames } from '../sets/listing';
import { canonicalWords, OUTPUTS, type Output, printed, printedNames, rangeIn } from '../sets/print';
import { restoreLines, withRange } from '../sets/restore';
import { Session } from '../sets/session';
import { hasType, type SetType, TYPES, typeNamed } from '../sets/types';
import { ipsetHelp } from './ipset-help';
import { Names } from './ipset-names';
import { complain, print, write } from './output';
import { EXIT, type Program } from './program';

/** The ipset that the commands are the same as. */
export const IPSET_VERSION = '7.17';
/** Texts are written together up to this many characters. */
const PIECE = 64 << 10;

export async function ipset(program: Program, words: readonly string[]): Promise<number> {
  const quiet = words.includes('-q') || words.includes('-quiet') || words.includes('--quiet');
  let session: Session | undefined;
  try {
    const command = commandOf(words);
    if (command === INTERACTIVE) {
      session = new Session(undefined);
      return await interactive(program, session);
    }
    if (command.name === 'help') return help(program, command);
    if (command.name === 'version') print(version(program));
    if (command.name === 'version' || command.name === 'quit') return 0;
    outputOf(command);
    session = new Session(undefined);
    return await run(session, command, quiet);
  } catch (error) {
    const known = misfit(error, { operation: 'use' });
    if (!(known instanceof IptcError)) throw error;
    return told(program, known, quiet);
  } finally {
    await session?.close();
  }
}

const version = ({ name }: Program): string => `${name} v${IPSET_VERSION}, protocol version: ${IPSET_PROTOCOL}\n`;

/** In ipset's words, where it has some. */
function told({ name }: Program, error: IptcError, quiet: boolean): number {
  const usage = error.code === 'ERR_BAD_TEXT';
  if (!quiet) {
    const line = error.line === undefined || usage ? '' : `Error in line ${error.line}: `;
    complain(`${name} v${IPSET_VERSION}: ${line}${error.iptables ?? error.message}`);
    if (usage) complain(`Try \`${name} help' for more information.`);
  }
  return usage ? EXIT.USAGE : EXIT.OTHER;
}

const INTERACTIVE = 'interactive';
/** One dash alone, where a command belongs. */
function commandOf(words: readonly string[]): Command | typeof INTERACTIVE {
  try {
    return parseCommand(words);
  } catch (error) {
    const [first] = words.filter((word) => !/^-./.test(word));
    if (first === '-' && (error as IptcError).iptables?.startsWith('No command')) return INTERACTIVE;
    throw error;
  }
}
/** Commands from standard input, line by line: what is wrong is told, and the next one has its turn. */
async function interactive(program: Program, session: Session): Promise<number> {
  const prompt = () => print(`${program.name}> `);
  prompt();
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    // Of a quote that doesn't end the rest is left out.
    const words = wordsOf(line) ?? wordsOf(line.slice(0, line.lastIndexOf('"'))) ?? [];
    if (words.length === 0 || words[0]!.startsWith('#')) prompt();
    else
      try {
        const command = parseCommand(words);
        if (command.name === 'quit') return 0;
        if (command.name === 'restore') print('Restore command is not supported in interactive mode\n');
        else if (command.name === 'help') help(program, command);
        else if (command.name === 'version') print(version(program));
        else await run(session, command, false);
      } catch (error) {
        const known = misfit(error, { operation: 'use' });
        if (!(known instanceof IptcError)) throw error;
        if (known.iptables?.startsWith('No command')) print('No command specified\n');
        else told(program, known, false);
      }
    prompt();
  }
  return 0;
}

async function run(session: Session, command: Command, quiet: boolean): Promise<number> {
  const { name, set, second, words, options } = command;
  const exist = options.exist === true;
  const names = new Names(quiet);
  const ignored = (sentences: readonly string[]) => {
    if (!quiet) complain(`Warning: ${sentences.join('\n')}`);
  };
  switch (name) {
    case 'create': {
      const type = typeNamed(second!);
      const settings = await withRange(parseSettings(type, words), names);
      await session.create(set!, settings, exist);
      parseSettings(type, words, ignored);
      return 0;
    }
    case 'add':
    case 'delete': {
      const kind = await session.kindOf(set!, name);
      const element = await names.resolved(kind, parseElement(kind.type, second!, words));
      await session.edit({ operation: name, set: set!, elements: [element], exist });
      return 0;
    }
    case 'test':
      return (await tested(session, command, quiet, names)) ? 0 : EXIT.OTHER;
    case 'destroy':
    case 'flush':
    case 'rename':
    case 'swap':
      await session.manage(name, set, second, { exist });
      return 0;
    case 'list':
    case 'save':
      await list(session, command, names);
      return 0;
    default: {
      const input =
        options.file === undefined ? process.stdin : createReadStream('', { fd: opened(options.file, 'r') });
      const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
      const other = async (each: Command) => {
        if (each.name === 'test') await tested(session, each, quiet, names);
        else if (each.name === 'list' || each.name === 'save') await list(session, each, names);
        else if (each.name !== 'quit')
          throw badLine(
            `Expected a command that a file can have but received ${each.name}`,
            `Command \`${each.name}' is invalid in restore mode.`,
          );
      };
      await restoreLines(session, lines, { exist, other, resolved: names, ignored });
      return 0;
    }
  }
}

async function tested(
  session: Session,
  { set, second, words }: Command,
  quiet: boolean,
  names: Names,
): Promise<boolean> {
  const kind = await session.kindOf(set!, 'test');
  // Of what stands beside an element only this can be asked for.
  const element = await names.resolved(kind, parseElement(kind.type, second!, []));
  const beside = parseOptions(
    words,
    kind.type.elementOptions.filter(({ name }) => ['nomatch', 'before', 'after'].includes(name)),
  );
  const given: Given =
    words.length === 0 ? element : { ...(typeof element === 'string' ? { element } : element), ...beside };
  const range = rangeIn(kind, given);
  if (range !== undefined)
    throw new IptcError('ERR_BAD_ARGUMENT', `Expected one element to look for in set ${set} but received ${second}`, {
      iptables: `${range} range is not allowed in command test with set type ${kind.type.name} and family ${familyWord(kind)}`,
    });
  const [found] = await session.edit({ operation: 'test', set: set!, elements: [given], exist: false });
  if (!quiet) {
    const text = canonicalWords(kind, given);
    complain(found ? `Warning: ${text} is in set ${set}.` : `${text} is NOT in set ${set}.`);
  }
  return found!;
}
const familyWord = ({ type, family }: SetKind): string =>
  type.families === 'none' ? 'unspec' : family === 'ipv4' ? 'inet' : 'inet6';
function outputOf({ name, options }: Command): Output {
  const { output = name === 'save' ? 'save' : 'plain' } = options;
  if (OUTPUTS.includes(output)) return output as Output;
  throw new IptcError('ERR_BAD_ARGUMENT', `Expected plain, save or xml for -output but received ${output}`, {
    iptables: `Syntax error: unknown output mode '${output}'`,
  });
}

async function list(session: Session, command: Command, resolver: Names): Promise<void> {
  const { set, options } = command;
  const output = outputOf(command);
  // What is to be restored is never only named.
  const names = options.name === true && output !== 'save';
  const terse = options.terse === true && output !== 'save';
  const answer = await session.list(names ? 'names' : terse ? 'heads' : 'all', set);
  const file = options.file === undefined ? 1 : opened(options.file, 'w');
  try {
    if (names) {
      write(file, printedNames(listedNames(answer), output === 'xml'));
      return;
    }
    let text = '';
    const form = {
      output,
      terse,
      sorted: options.sorted === true,
      ...(options.resolve === true && { named: resolver.named.bind(resolver) }),
    };
    for await (const piece of printed(listed(answer), form)) {
      text += piece;
      if (text.length < PIECE) continue;
      write(file, text);
      text = '';
    }
    write(file, text);
  } finally {
    if (file !== 1) closeSync(file);
  }
}

function opened(file: string, way: 'r' | 'w'): number {
  try {
    return openSync(file, way, 0o666);
  } catch (error) {
    const { errno = 0, syscall } = error as NodeJS.ErrnoException;
    const why = getSystemErrorMap().get(errno)?.[1] ?? 'unknown error';
    const cannot = `Cannot open ${file} for ${way === 'r' ? 'reading' : 'writing'}: ${why[0]!.toUpperCase()}${why.slice(1)}`;
    throw new IptcError('ERR_IO', cannot, { errno: -errno, syscall, file, iptables: cannot, cause: error });
  }
}

function help({ name }: Program, { set }: Command): number {
  let type: SetType | undefined;
  if (set !== undefined) {
    if (!hasType(set)) throw badLine(`Expected a type of sets but received ${set}`, `Unknown settype: \`${set}'`);
    type = typeNamed(set);
  }
  print(ipsetHelp(name, IPSET_VERSION, type, [...TYPES.values()]));
  return 0;
}
