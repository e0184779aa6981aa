/** iptables-xml(1): a save file as XML, which needs no kernel. */
import { openSync } from 'node:fs';
import { IptcError } from '../errors';
import { LineSource } from '../file/lines';
import { xmlOf } from '../file/xml';
import { getopt } from './getopt';
import { complain, print } from './output';
import { EXIT, failed, type Program } from './program';
import { pathOf } from './words';

export async function xml(program: Program, words: readonly string[]): Promise<number> {
  const { options, rest } = getopt(
    program.name,
    words,
    [
      { name: 'combine', letter: 'c' },
      { name: 'verbose', letter: 'v' },
      { name: 'help', letter: 'h' },
    ],
    '',
  );
  const given = new Set(options.map(({ name }) => name));
  if (given.has('help')) {
    complain(`Usage: ${program.name} [-c] [-v] [-h]\n          [--combine ]\n\t   [ --verbose ]\n\t   [ --help ]`);
    return EXIT.OTHER;
  }
  if (given.has('verbose')) print('xptables-xml\n');
  if (rest.length > 1) {
    complain('Unknown arguments found on commandline');
    return EXIT.OTHER;
  }
  let descriptor = 0;
  const [file] = rest;
  try {
    if (file !== undefined) descriptor = openSync(pathOf(file), 'r');
  } catch (error) {
    complain(`Can't open ${file}: ${(error as Error).message}`);
    return EXIT.OTHER;
  }
  const { createReadStream } = require('node:fs') as typeof import('node:fs');
  const source = new LineSource(createReadStream('', { fd: descriptor, autoClose: false }));
  try {
    for await (const text of xmlOf(source, { combine: given.has('combine'), verbose: given.has('verbose'), file }))
      print(text);
    return 0;
  } catch (error) {
    const code = failed(program, error);
    // As iptables-xml has it: what is no line at all is another failure than a parameter in one.
    return error instanceof IptcError && error.code === 'ERR_BAD_TEXT' ? EXIT.OTHER : code;
  }
}
