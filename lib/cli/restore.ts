/** iptables-restore(8). */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { TABLES } from '../command/options';
import { Hosts } from '../command/resolver';
import { checkInterval, parseWait } from '../command/wait';
import { IptcError } from '../errors';
import type { Firewall, RestoreOptions, TableName } from '../index';
import { type Flag, getopt } from './getopt';
import { complain, print } from './output';
import { EXIT, failed, failureOf, type Program, versions } from './program';
import { openTables } from './tables';
import { pathOf } from './words';

const FLAGS: readonly Flag[] = [
  { name: 'binary', letter: 'b' },
  { name: 'counters', letter: 'c' },
  { name: 'verbose', letter: 'v' },
  { name: 'version', letter: 'V' },
  { name: 'test', letter: 't' },
  { name: 'help', letter: 'h' },
  { name: 'noflush', letter: 'n' },
  { name: 'modprobe', letter: 'M', argument: true },
  { name: 'table', letter: 'T', argument: true },
  { name: 'wait', letter: 'w', argument: 'maybe' },
  { name: 'wait-interval', letter: 'W', argument: 'maybe' },
  { name: 'netns', argument: true, whole: true },
];

/** Bytes that are read at a time. */
const PIECE = 1 << 18;

const usage = (
  name: string,
) => `Usage: ${name} [-c] [-v] [-V] [-t] [-h] [-n] [-w secs] [-W usecs] [-T table] [-M command] [file]
	   [ --counters ]
	   [ --verbose ]
	   [ --version]
	   [ --test ]
	   [ --help ]
	   [ --noflush ]
	   [ --wait=<seconds>
	   [ --table=<TABLE> ]
	   [ --modprobe=<command> ]
	   [ --netns=<name or path> ]
`;

export async function restore(program: Program, words: readonly string[]): Promise<number> {
  const { options, rest } = getopt(program.name, words, FLAGS, `Try \`${program.name} -h' for more information.`);
  const flags = new Map(options.map(({ name, value }) => [name, value]));
  const usageError = (message: string, iptables: string) => new IptcError('ERR_BAD_ARGUMENT', message, { iptables });
  for (const { name, value } of options) {
    if (name === 'version') {
      print(versions(program));
      return 0;
    }
    if (name === 'help') {
      complain(usage(program.name));
      return 0;
    }
    if (name === 'binary') complain('-b/--binary option is not implemented');
    if (name === 'wait-interval') checkInterval(value, usageError);
  }
  const wait = flags.has('wait') ? parseWait(flags.get('wait'), usageError) : 0;
  if (rest.length > 1) {
    complain('Unknown arguments found on commandline');
    return EXIT.OTHER;
  }
  if (flags.has('wait-interval') && wait === 0) {
    complain('Option --wait-interval requires option --wait');
    return EXIT.OTHER;
  }
  if (flags.has('wait-interval')) complain('Ignoring deprecated --wait-interval option.');

  let descriptor = 0;
  const [file] = rest;
  if (file !== undefined) {
    try {
      descriptor = openSync(pathOf(file), 'r');
    } catch (error) {
      complain(`Can't open ${file}: ${(error as Error).message}`);
      return EXIT.OTHER;
    }
  }
  const table = flags.get('table');
  const verbose = options.filter(({ name }) => name === 'verbose').length;
  const firewall = openTables({
    family: program.family,
    netns: flags.get('netns'),
    wait,
    modprobe: flags.get('modprobe'),
  });
  const hosts = new Hosts(program.family);
  const settings: RestoreOptions = {
    noflush: flags.has('noflush'),
    test: flags.has('test'),
    counters: flags.has('counters'),
    // Nothing is in a table that there can't be.
    ...(table === undefined ? {} : { tables: TABLES.includes(table) ? [table as TableName] : [] }),
    ...(file === undefined ? {} : { file }),
    resolve: (name) => hosts.lookUp(name),
  };
  const input = inputOf(descriptor);
  const { hooks, end } = hooksOf(verbose, input);
  let stopped = 0;
  hooks.stopped = (line) => {
    stopped = line;
  };
  try {
    await firewall.restoreAloud(input.pieces, settings, hooks);
    end();
    return 0;
  } catch (error) {
    end();
    const failure = failureOf(error);
    if (error instanceof IptcError && !failure) {
      if (error.code !== 'ERR_BAD_TEXT') return failed(program, error);
      // iptables calls what isn't a command at all a failed line, and the rest a problem of a parameter.
      complain(`${program.name}: ${error.iptables ?? `line ${error.line} failed`}`);
      complain(`line ${error.line}: ${error.message}`);
      if (error.hint !== undefined) complain(error.hint);
      return EXIT.OTHER;
    }
    const code = failed(program, error, { read: EXIT.USAGE, commit: stopped });
    return error instanceof IptcError &&
      error.code === 'ERR_NO_CHAIN' &&
      failure?.reason === 'No chain/target by that name'
      ? EXIT.USAGE
      : code;
  } finally {
    void firewall.close();
    if (file !== undefined) closeSync(descriptor);
  }
}

/** What restoring tells besides. */
type Hooks = Parameters<Firewall['restoreAloud']>[2];

interface Input {
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Bytes of all of it, if that is known, and those read so far. */
  readonly size: number | undefined;
  read: number;
}
/** What is there at once is read at once; what comes by and by, from a pipe or a terminal, as it comes. */
function inputOf(descriptor: number): Input {
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) {
    const pieces = createReadStream('', { fd: descriptor, autoClose: false, highWaterMark: PIECE });
    return { pieces, size: undefined, read: 0 };
  }
  // Files of /proc and /sys say that they are empty.
  const input = { pieces: chunks(), size: stat.size || undefined, read: 0 };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.allocUnsafe(PIECE);
    for (;;) {
      const size = readSync(descriptor, buffer, 0, PIECE, null);
      if (size === 0) return;
      input.read += size;
      yield buffer.subarray(0, size);
    }
  }
  return input;
}

function hooksOf(
  verbose: number,
  input: Input,
): { hooks: { -readonly [K in keyof Hooks]: Hooks[K] }; end: () => void } {
  const hooks: { -readonly [K in keyof Hooks]: Hooks[K] } = { warn: complain };
  if (verbose > 0) {
    hooks.comment = (text) => print(`${text}\n`);
    hooks.say = print;
  }
  let end = () => {};
  if (process.stderr.isTTY === true && verbose === 0) {
    const { Progress } = require('./progress') as typeof import('./progress');
    const progress = new Progress(input.size, process.stderr);
    hooks.progress = (lines) => progress.at(lines, input.read);
    end = () => progress.end();
  }
  return { hooks, end };
}
