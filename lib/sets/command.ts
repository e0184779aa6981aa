/** A line of ipset's language, as its command line has it and its files. */
import { IptcError, Mismatch, show } from '../errors';
import type { Option } from './option';
import type { Data } from './part';
import { checkSetName, parsePortsOf } from './parts';
import type { SetType } from './types';

export type CommandName =
  | 'create'
  | 'add'
  | 'delete'
  | 'test'
  | 'destroy'
  | 'list'
  | 'save'
  | 'restore'
  | 'flush'
  | 'rename'
  | 'swap'
  | 'help'
  | 'version'
  | 'quit'; // prettier-ignore

/** What a line says, before anybody knows what its set is. */
export interface Command {
  readonly name: CommandName;
  /** The set; of a create its name; of help a type. */
  readonly set: string | undefined;
  /** The type, the element, or the second name. */
  readonly second: string | undefined;
  /** What follows. */
  readonly words: readonly string[];
  readonly options: LineOptions;
}

/** What may stand anywhere in a line. */
export interface LineOptions {
  readonly exist?: boolean;
  readonly quiet?: boolean;
  readonly sorted?: boolean;
  readonly resolve?: boolean;
  readonly name?: boolean;
  readonly terse?: boolean;
  readonly output?: string;
  readonly file?: string;
}

/** Names in the order in which ipset tries them: a word that is how one begins is it. How many words it needs, and takes. */
const COMMANDS: readonly (readonly [CommandName, names: readonly string[], needs: 0 | 1 | 2, takes: 0 | 1 | 2])[] = [
  ['create', ['create', 'new', '-N'], 2, 2],
  ['add', ['add', '-A'], 2, 2],
  ['delete', ['del', '-D'], 2, 2],
  ['test', ['test', '-T'], 2, 2],
  ['destroy', ['destroy', 'x', '-X'], 0, 1],
  ['list', ['list', '-L'], 0, 1],
  ['save', ['save', '-S'], 0, 1],
  ['restore', ['restore', '-R'], 0, 0],
  ['flush', ['flush', '-F'], 0, 1],
  ['rename', ['rename', 'e', '-E'], 2, 2],
  ['swap', ['swap', 'w', '-W'], 2, 2],
  ['help', ['help', '-h', '-H'], 0, 1],
  ['version', ['version', '-v', '-V'], 0, 0],
  ['quit', ['quit'], 0, 0],
];
const FLAGS: Readonly<Record<string, keyof LineOptions>> = {
  '-o': 'output',
  '-output': 'output',
  '-s': 'sorted',
  '-sorted': 'sorted',
  '-q': 'quiet',
  '-quiet': 'quiet',
  '-r': 'resolve',
  '-resolve': 'resolve',
  '-!': 'exist',
  '-exist': 'exist',
  '-n': 'name',
  '-name': 'name',
  '-t': 'terse',
  '-terse': 'terse',
  '-f': 'file',
  '-file': 'file',
}; // prettier-ignore

export const badLine = (message: string, iptables: string): IptcError =>
  new IptcError('ERR_BAD_TEXT', message, { iptables });

/** Two dashes before a word mean nothing. */
const bare = (word: string): string => (word.startsWith('--') && word.length > 2 ? word.slice(2) : word);
function flagOf(word: string): keyof LineOptions | undefined {
  if (!word.startsWith('-')) return undefined;
  const flag = word.startsWith('--') ? word.slice(1) : word;
  return Object.hasOwn(FLAGS, flag) ? FLAGS[flag] : undefined;
}

/** Throws ERR_BAD_TEXT. */
export function parseCommand(words: readonly string[]): Command {
  const rest: string[] = [];
  const options: { -readonly [K in keyof LineOptions]: string | boolean } = {};
  for (let i = 0; i < words.length; i++) {
    const flag = flagOf(words[i]!);
    if (flag === undefined) rest.push(words[i]!);
    else if (flag === 'output' || flag === 'file') {
      const value = words[++i];
      if (value === undefined)
        throw badLine(
          `Expected a word behind -${flag} but received nothing`,
          `Missing mandatory argument to option -${flag[0]}`,
        );
      options[flag] = value;
    } else options[flag] = true;
  }
  const [first, ...others] = rest;
  if (first === undefined) throw badLine('Expected a command but received nothing', 'No command specified.');
  const found = COMMANDS.find(
    ([, names]) => first !== '-' && bare(first) !== '' && names.some((name) => name.startsWith(bare(first))),
  );
  if (!found)
    throw badLine(`Expected a command but received ${show(first)}`, `No command specified: unknown argument ${first}`);
  const [name, [label], needs, takes] = found;
  if (others.length < needs)
    throw badLine(
      `Expected ${needs} words for ${label} but received ${others.length}`,
      `Missing ${others.length === 0 ? '' : 'second '}mandatory argument to command ${label}`,
    );
  const [set, second] = others;
  const behind = others.slice(takes);
  if (behind.length > 0 && !['create', 'add', 'delete', 'test'].includes(name))
    throw badLine(`Expected nothing behind ${label} but received ${show(behind[0])}`, `Unknown argument ${behind[0]}`);
  if (set !== undefined && name !== 'help') named(set);
  if (name === 'rename' || name === 'swap') named(second!);
  return { name, set, second, words: behind, options: options as LineOptions };
}
function named(set: string): void {
  try {
    checkSetName(set);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw new IptcError('ERR_BAD_ARGUMENT', `Expected ${error.expected} for set but received ${show(set)}`, {
      iptables: error.iptables,
    });
  }
}

/** Words of before ipset 5, each with a word behind it, that types of then read and that mean nothing any more. */
const IGNORED: Readonly<Record<string, readonly string[]>> = {
  'hash:ip': ['probes', 'resize', 'gc'],
  'hash:ip,mark': ['probes', 'resize', 'gc'],
  'hash:ip,port': ['probes', 'resize'],
  'hash:ip,port,ip': ['probes', 'resize'],
  'hash:ip,port,net': ['probes', 'resize'],
  'hash:net': ['probes', 'resize'],
};

/** `timeout 30 comment "x"` as data. Throws ERR_BAD_TEXT and Mismatch. */
export function parseOptions(
  words: readonly string[],
  known: readonly Option[],
  ignorable: readonly string[] = [],
  ignored = new Map<string, string>(),
): Data {
  const data: Data = {};
  for (let i = 0; i < words.length; i++) {
    const word = bare(words[i]!);
    const option = known.find(({ name }) => name === word);
    if (option?.flag) {
      data[option.name] = true;
      continue;
    }
    if (!option && !ignorable.includes(word))
      throw badLine(`Expected one of its options but received ${show(words[i])}`, `Unknown argument: \`${words[i]}'`);
    const value = words[++i];
    if (value === undefined)
      throw badLine(
        `Expected a value for ${word} but received nothing`,
        `Missing mandatory argument of option \`${word}'`,
      );
    if (option) data[option.name] = option.parse(value);
    else if (!ignored.has(word)) ignored.set(word, value);
  }
  return data;
}

/** What a set is created with. Bitmaps once had `--from A --to B` and `--network N` for a range, `-4` and `-6` a family. */
export function parseSettings(
  type: SetType,
  words: readonly string[],
  warn: (sentences: readonly string[]) => void = () => {},
): Data {
  const rest: string[] = [];
  const old: Record<string, string> = {};
  const ranged = type.options.some(({ name }) => name === 'range');
  const families = type.options.some(({ name }) => name === 'family');
  for (let i = 0; i < words.length; i++) {
    const word = bare(words[i]!);
    if (families && (word === '-4' || word === '-6')) rest.push('family', word);
    else if (['from', 'to', 'network'].includes(word) && words[i + 1] !== undefined) old[word] = words[++i]!;
    else rest.push(words[i]!);
  }
  const ignored = new Map<string, string>();
  const data = parseOptions(rest, type.options, IGNORED[type.name], ignored);
  if (ignored.size > 0)
    warn([...ignored].map(([name, value]) => `Option '--${name} ${value}' is ignored. Please upgrade your syntax.`));
  if (ranged && data.range === undefined) {
    if (old.network !== undefined) data.range = old.network;
    else if (old.from !== undefined && old.to !== undefined) data.range = `${old.from}-${old.to}`;
    else
      throw badLine(`Expected a range for ${type.name} but received nothing`, `Mandatory option \`range' is missing`);
  }
  if (type.name === 'bitmap:port' && parsePortsOf(data.range as string)[1] === undefined)
    throw badLine(
      `Expected the first and the last port for range but received ${show(data.range)}`,
      `Mandatory option \`to' is missing`,
    );
  return { type: type.name, ...data };
}

/** An element and what stands beside it. */
export function parseElement(type: SetType, element: string, words: readonly string[]): string | Data {
  const data = words.length === 0 ? undefined : { element, ...parseOptions(words, type.elementOptions) };
  return type.name === 'list:set' && element.includes(',') ? placed(element, data) : (data ?? element);
}

/** Once a set was added as `foo,before,bar`. */
function placed(element: string, data: Data = {}): Data {
  const [name, where, other] = element.split(',');
  if (other === undefined || (where !== 'before' && where !== 'after'))
    throw new Mismatch(
      'a set, or `set,before,other`',
      element,
      '',
      'you must specify elements as setname,[before|after],setname',
    );
  const second = ['before', 'after'].find((option) => data[option] !== undefined);
  if (second !== undefined)
    throw new Mismatch(`no second place beside ${element}`, second, '', `Syntax error: ${second} already specified`);
  return { ...data, element: name, [where]: other };
}

/** The words of a line: quotes begin and end what may hold spaces. Undefined if they don't end. */
export function wordsOf(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(/[ \t\r\n]+/).filter((word) => word !== '');
  const words: string[] = [];
  let word = '';
  let quoted = false;
  for (const c of line)
    if (c === '"') quoted = !quoted;
    else if (!quoted && (c === ' ' || c === '\t' || c === '\r')) {
      if (word !== '') words.push(word);
      word = '';
    } else word += c;
  if (quoted) return undefined;
  if (word !== '') words.push(word);
  return words;
}

/** The set that a line is about; undefined if it says nothing of one. */
export function setNamedIn(line: string): string | undefined {
  try {
    const words = wordsOf(line) ?? [];
    return words.length === 0 ? undefined : parseCommand(words).set;
  } catch {
    return undefined; // whoever does it says what is wrong
  }
}
