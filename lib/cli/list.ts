/** `iptc list [CHAIN...]`: tables to be read by people. */
import { IptcError } from '../errors';
import { listLines } from '../look/list';
import { visible } from '../look/visible';
import { asked } from './asked';
import { columnsOf, isColourful, tablesSeen } from './look';
import { complain, printStyled } from './output';
import { EXIT, failed, type Program } from './program';

const FLAGS = [
  { name: 'table', letter: 't', argument: true },
  { name: 'file', letter: 'f', argument: true },
  { name: 'all', letter: 'a' },
  { name: 'exact', letter: 'x' },
  { name: 'width', argument: true },
  { name: 'color', argument: 'maybe' },
  { name: 'netns', argument: true },
] as const;

export function list(program: Program, words: readonly string[]): number {
  const usage = `Usage: ${program.name} list [-t table] [-f file] [--all] [--exact] [--width columns] [--color always|never] [--netns name|path] [chain...]`;
  const { given, rest: wanted } = asked(
    `${program.name} list`,
    words,
    FLAGS,
    usage,
    `Shows rules in columns that fit the terminal. Comments are headings; rules in a row that differ in one address\nor port alone are one line, unless --all is given. --exact: counters in full.`,
  );
  const width = given.get('width');
  if (width !== undefined && !/^[1-9]\d{0,4}$/.test(width)) {
    complain(usage);
    return EXIT.USAGE;
  }
  const look = {
    width: width === undefined ? columnsOf(process.stdout) : Number(width),
    colour: isColourful(given.has('color') ? (given.get('color') ?? 'always') : undefined),
    exact: given.has('exact'),
    all: given.has('all'),
  };
  try {
    const tables = tablesSeen(program, {
      file: given.get('file'),
      netns: given.get('netns'),
      table: given.get('table'),
    });
    let between = '';
    const found = new Set<string>();
    for (const table of tables) {
      const chains = table.chains.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
      for (const { name } of chains) found.add(name);
      if (chains.length === 0) continue;
      let text = between;
      for (const line of listLines(table, chains, look)) text += `${line}\n`;
      printStyled(text);
      between = '\n';
    }
    for (const name of wanted)
      if (!found.has(name))
        throw new IptcError(
          'ERR_NO_CHAIN',
          `Cannot list chain ${visible(name)}: there is none in ${tables.map((t) => t.name).join(', ') || 'any table'}`,
        );
    return 0;
  } catch (error) {
    return failed(program, error);
  }
}
