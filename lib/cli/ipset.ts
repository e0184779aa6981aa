/** `iptc-ipset`, `iptc set`: ipset's command line. */
import { closeSync, createReadStream, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { getSystemErrorMap } from 'node:util';
import { IptcError } from '../errors';
import { badLine, type Command, parseCommand, parseElement, parseOptions, parseSettings } from '../sets/command';
import { IPSET_PROTOCOL } from '../sets/constants';
import type { Given } from '../sets/element';
import { misfit } from '../sets/failure';
import { listed, listedNames } from '../sets/listing';
import { canonicalWords, OUTPUTS, type Output, printed, printedNames } from '../sets/print';
import { restoreLines } from '../sets/restore';
import { Session } from '../sets/session';
import { hasType, type SetType, TYPES, typeNamed } from '../sets/types';
import { ipsetHelp } from './ipset-help';
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
    const command = parseCommand(words);
    if (command.name === 'help') return help(program, command);
    if (command.name === 'version') print(`${program.name} v${IPSET_VERSION}, protocol version: ${IPSET_PROTOCOL}\n`);
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

async function run(session: Session, command: Command, quiet: boolean): Promise<number> {
  const { name, set, second, words, options } = command;
  const exist = options.exist === true;
  switch (name) {
    case 'create': {
      const type = typeNamed(second!);
      await session.create(set!, parseSettings(type, words), exist);
      return 0;
    }
    case 'add':
    case 'delete': {
      const { type } = await session.kindOf(set!, name);
      await session.edit({ operation: name, set: set!, elements: [parseElement(type, second!, words)], exist });
      return 0;
    }
    case 'test':
      return (await tested(session, command, quiet)) ? 0 : EXIT.OTHER;
    case 'destroy':
    case 'flush':
    case 'rename':
    case 'swap':
      await session.manage(name, set, second, { exist });
      return 0;
    case 'list':
    case 'save':
      await list(session, command);
      return 0;
    default: {
      const input =
        options.file === undefined ? process.stdin : createReadStream('', { fd: opened(options.file, 'r') });
      const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
      const other = async (each: Command) => {
        if (each.name === 'test') await tested(session, each, quiet);
        else if (each.name === 'list' || each.name === 'save') await list(session, each);
        else if (each.name !== 'quit')
          throw badLine(
            `Expected a command that a file can have but received ${each.name}`,
            `Command \`${each.name}' is invalid in restore mode.`,
          );
      };
      await restoreLines(session, lines, { exist, other });
      return 0;
    }
  }
}

async function tested(session: Session, { set, second, words }: Command, quiet: boolean): Promise<boolean> {
  const kind = await session.kindOf(set!, 'test');
  // Of what stands beside an element only this can be asked for.
  const element = parseElement(kind.type, second!, []);
  const beside = parseOptions(
    words,
    kind.type.elementOptions.filter(({ name }) => ['nomatch', 'before', 'after'].includes(name)),
  );
  const given: Given =
    words.length === 0 ? element : { ...(typeof element === 'string' ? { element } : element), ...beside };
  const [found] = await session.edit({ operation: 'test', set: set!, elements: [given], exist: false });
  if (!quiet) {
    const text = canonicalWords(kind, given);
    complain(found ? `Warning: ${text} is in set ${set}.` : `${text} is NOT in set ${set}.`);
  }
  return found!;
}
function outputOf({ name, options }: Command): Output {
  const { output = name === 'save' ? 'save' : 'plain' } = options;
  if (OUTPUTS.includes(output)) return output as Output;
  throw new IptcError('ERR_BAD_ARGUMENT', `Expected plain, save or xml for -output but received ${output}`, {
    iptables: `Syntax error: unknown output mode '${output}'`,
  });
}

async function list(session: Session, command: Command): Promise<void> {
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
    for await (const piece of printed(listed(answer), { output, terse, sorted: options.sorted === true })) {
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
