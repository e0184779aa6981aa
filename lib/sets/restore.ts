/** A file of ipset's, line by line: neighbouring lines that do the same to the same set go together. */
import { IptcError, Mismatch } from '../errors';
import { Slice } from '../slice';
import { badLine, type Command, parseCommand, parseElement, parseSettings, wordsOf } from './command';
import type { Given, SetKind } from './element';
import { misfit } from './failure';
import type { Data, Family } from './part';
import type { Edit, Session } from './session';
import { type SetType, typeNamed } from './types';

interface Group extends Edit {
  readonly elements: Given[];
  readonly lines: number[];
}
/** So many elements are kept before they are sent. */
const GROUP = 8192;

export interface Resolver {
  resolved(kind: SetKind, element: string | Data): Promise<string | Data>;
  resolvedRange(word: string, family: Family): Promise<string>;
}
export interface RestoreForm {
  /** As if each line had -exist. */
  readonly exist?: boolean;
  /**
   * What is done with a command that shows something; without it none may be there but tests, whose answer nobody hears.
   * With it the elements of lines shortly before one that is wrong are left out, as ipset does.
   */
  readonly other?: (command: Command) => Promise<void>;
  /** An element, and the settings of a set, with what names in them stand for. */
  readonly resolved?: Resolver;
  /** What is read and means nothing any more. */
  readonly ignored?: (sentences: readonly string[]) => void;
  /** The set that takes the place of the command's; undefined where nothing is to be done. */
  readonly nameFor?: (command: Command, at: { readonly line: string; readonly number: number }) => string | undefined;
}

/** Does what the lines say, one after the other, until one can't be done: the error tells its number, those before stay. */
export async function restoreLines(
  session: Session,
  lines: AsyncIterable<string> | Iterable<string>,
  form: RestoreForm,
): Promise<void> {
  const slice = new Slice();
  const restoring = new Restoring(session, form);
  // Lines come by the million: nothing is awaited that need not be.
  if (Symbol.asyncIterator in lines)
    for await (const line of lines) {
      await restoring.take(line);
      if (slice.over) await slice.next();
    }
  else
    for (const line of lines) {
      const underway = restoring.take(line);
      if (underway) await underway;
      if (slice.over) await slice.next();
    }
  await restoring.end();
}

class Restoring {
  private number = 0;
  private group: Group | undefined;
  /** Elements on their way: what comes next is read meanwhile. */
  private sent: Promise<unknown> = Promise.resolve();
  private types = new Map<string, SetType>();
  /** The edit before, and how its line began: most lines begin as the one before. */
  private last: { readonly command: Command; readonly begin: string } | undefined;

  constructor(
    private readonly session: Session,
    private readonly form: RestoreForm,
  ) {}

  /** What is to be waited for, if anything. */
  take(line: string): Promise<void> | undefined {
    this.number++;
    if (line === '' || line.startsWith('#') || line === 'COMMIT') return undefined;
    try {
      const command = this.read(line);
      return command && this.run(command, line)?.catch((error) => this.failed(error));
    } catch (error) {
      return this.failed(error);
    }
  }
  async end(): Promise<void> {
    await this.send();
    await this.sent;
  }
  private async failed(error: unknown): Promise<never> {
    const { number, form } = this;
    if (form.other) await this.sent;
    else await this.end();
    throw atLine(error, number);
  }

  private read(line: string): Command | undefined {
    const { last } = this;
    if (last && line.startsWith(last.begin) && !SPECIAL.test(line)) {
      const [second, ...words] = wordsOf(line.slice(last.begin.length))!;
      if (second !== undefined) return { ...last.command, second, words };
    }
    const words = wordsOf(line);
    if (!words) throw badLine('Expected quotes in pairs but received one without the other', 'Missing close quote!');
    if (words.length === 0 || words[0] === '#' || words[0] === 'COMMIT') return undefined;
    const command = parseCommand(words);
    const plain = isEdit(command.name) && words[1] === command.set && !SPECIAL.test(line);
    this.last = plain ? { command, begin: `${words[0]} ${words[1]} ` } : undefined;
    return command;
  }

  private run(command: Command, line: string): Promise<void> | undefined {
    const { form, number } = this;
    const { name } = command;
    const set = form.nameFor ? form.nameFor(command, { line, number }) : command.set;
    if (form.nameFor && set === undefined) return undefined;
    if (!isEdit(name) || (name === 'test' && form.other)) return this.manage(command, set);
    if (form.resolved && MAY_NAME.test(command.second!)) return this.addResolved(command, name, set!, form.resolved);
    const type = this.types.get(set!);
    if (type) return this.add(command, name, set!, type);
    return this.typeOf(set!, name).then((found) => this.add(command, name, set!, found));
  }
  private async addResolved(command: Command, name: Edit['operation'], set: string, by: Resolver): Promise<void> {
    const kind = await this.session.kindOf(set, name);
    const element = parseElement(kind.type, command.second!, command.words);
    await this.add(command, name, set, kind.type, await by.resolved(kind, element));
  }
  private add(
    command: Command,
    operation: Edit['operation'],
    set: string,
    type: SetType,
    element = parseElement(type, command.second!, command.words),
  ): Promise<void> | undefined {
    const exist = this.form.exist === true || command.options.exist === true;
    const { group, number } = this;
    const goesWith = group && group.set === set && group.operation === operation && group.exist === exist;
    const underway = goesWith && group.elements.length < GROUP ? undefined : this.send();
    this.group ??= { operation, set, exist, elements: [], lines: [], whole: this.form.other !== undefined };
    this.group.elements.push(element);
    this.group.lines.push(number);
    return underway;
  }
  /** Settles when what was sent before is done. */
  private send(): Promise<void> | undefined {
    const { group, sent } = this;
    if (!group) return undefined;
    this.group = undefined;
    this.sent = sent.then(() => this.session.edit(group));
    this.sent.catch(() => {}); // told by whoever waits for it
    return sent.then(() => {});
  }
  private async typeOf(set: string, operation: Edit['operation']): Promise<SetType> {
    await this.end();
    const { type } = await this.session.kindOf(set, operation);
    this.types.set(set, type);
    return type;
  }
  private async manage(command: Command, set: string | undefined): Promise<void> {
    const { form, number, session } = this;
    const { name, second, words, options } = command;
    const exist = form.exist === true || options.exist === true;
    await this.end();
    switch (name) {
      case 'create': {
        const type = typeNamed(second!);
        const settings = parseSettings(type, words, form.ignored);
        await session.create(set!, await withRange(settings, form.resolved), exist, number);
        this.types.set(set!, type);
        return;
      }
      case 'destroy':
      case 'flush':
      case 'rename':
      case 'swap':
        await session.manage(name, set, second, { exist, line: number });
        if (name !== 'flush') this.types.clear();
        return;
      default:
        if (!form.other)
          throw badLine(
            `Expected a command that changes sets but received ${name}`,
            `Command \`${name}' is invalid in restore mode.`,
          );
        await form.other(command);
    }
  }
}

/** What may be the name of a host: no address begins so. */
const MAY_NAME = /[g-wyzG-WYZ_]/;
/** Settings of a bitmap, with addresses for the names in its range. */
export async function withRange(settings: Data, by: Resolver | undefined): Promise<Data> {
  const { type, range } = settings;
  if (!by || typeof range !== 'string' || !String(type).startsWith('bitmap:ip')) return settings;
  return { ...settings, range: await by.resolvedRange(range, 'ipv4') };
}
/** What needs a closer look than spaces: quotes, and what may be an option of the command. */
const SPECIAL = /"|\s-/;
const isEdit = (name: Command['name']): name is Edit['operation'] =>
  name === 'add' || name === 'delete' || name === 'test';

function atLine(error: unknown, line: number): unknown {
  const told = error instanceof Mismatch ? misfit(error, { operation: 'add' }) : error;
  return told instanceof IptcError ? told.within({ line }) : told;
}
