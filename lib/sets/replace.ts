/** Sets that become what a text says, all of it or nothing. */
import { IptcError } from '../errors';
import { badLine, type Command } from './command';
import { listed } from './listing';
import { restoreLines } from './restore';
import type { Session } from './session';
import { typeNamed } from './types';

type Lines = AsyncIterable<string> | Iterable<string>;

let temporary = 0;
/** A name that no set has. */
export const temporaryName = (): string => `iptc-${process.pid.toString(36)}-${(temporary++).toString(36)}`;

/** What is told of sets of temporary names, with the names that they were made for. */
export function retold(error: unknown, names: ReadonlyMap<string, string>): unknown {
  if (!(error instanceof IptcError)) return error;
  let { message, set } = error;
  for (const [name, other] of names) {
    message = message.split(other).join(name);
    if (set === other) set = name;
  }
  return new IptcError(error.code, message, { ...error, set, applied: 'no' });
}

/**
 * Makes second sets of what the text creates, and puts them in the place of those that there are: rules go on with the new
 * ones. What can't be done is undone, backwards.
 */
export const replaceSets = (session: Session, lines: Lines): Promise<void> => new Replacement(session).run(lines);

class Replacement {
  /** Of each set, what the second one is called. */
  private readonly names = new Map<string, string>();
  /** The lines of sets of sets. They come last: their elements are the others, by their names. */
  private readonly lists: string[] = [];
  private readonly listNames = new Set<string>();
  private readonly undo: (() => Promise<void>)[] = [];
  /** Sets that nobody needs any more in the end. */
  private readonly old: string[] = [];

  constructor(private readonly session: Session) {}

  async run(lines: Lines): Promise<void> {
    const { session, names, listNames } = this;
    try {
      await restoreLines(session, lines, { exist: true, nameFor: (command, at) => this.second(command, at) });
      for (const name of names.keys()) if (!listNames.has(name)) await this.place(name);
      const later = Array.from(this.lists, (line = '') => line);
      await restoreLines(session, later, { exist: true, nameFor: (command) => this.made(command) });
      for (const name of listNames) await this.place(name);
    } catch (error) {
      // What was never made need not go.
      for (const step of this.undo.reverse()) await step().catch(() => {});
      throw retold(error, names);
    }
    for (const set of this.old.reverse()) await session.manage('destroy', set);
  }

  private second(command: Command, { line, number }: { line: string; number: number }): string | undefined {
    const { name, set, second } = command;
    if (name !== 'create' && name !== 'add')
      throw badLine(
        `Expected lines that create sets and add to them but received ${name}`,
        `Command \`${name}' is invalid in restore mode.`,
      );
    if (name === 'create' && !this.names.has(set!)) {
      this.names.set(set!, temporaryName());
      if (typeNamed(second!).name === 'list:set') this.listNames.add(set!);
    }
    if (!this.names.has(set!))
      throw badLine(
        `Expected a set that the text has created but received ${set}`,
        'The set with the given name does not exist',
      );
    if (!this.listNames.has(set!)) return this.made(command);
    this.lists[number - 1] = line;
    return undefined;
  }
  private made({ name, set }: Command): string {
    const other = this.names.get(set!)!;
    if (name === 'create') this.undo.push(() => this.session.manage('destroy', other));
    return other;
  }

  /** The second set takes the name. What had it is swapped with it if the two are alike, else renamed, if nobody uses it. */
  private async place(name: string): Promise<void> {
    const { session, names } = this;
    const other = names.get(name)!;
    const there = (await this.kinds()).get(name);
    const { type, family } = await session.kindOf(other);
    if (there && there.type === type.name && there.family === family) {
      await this.done('swap', other, name);
      this.old.push(other);
      return;
    }
    if (there) {
      const gone = temporaryName();
      await this.done('rename', name, gone);
      this.old.push(gone);
    }
    await this.done('rename', other, name);
  }
  private async done(operation: 'swap' | 'rename', from: string, to: string): Promise<void> {
    await this.session.manage(operation, from, to);
    this.undo.push(() => this.session.manage(operation, to, from));
  }

  private found: Promise<Map<string, { readonly type: string; readonly family: string }>> | undefined;
  private kinds() {
    this.found ??= (async () => {
      const found = new Map<string, { readonly type: string; readonly family: string }>();
      for await (const each of listed(await this.session.list('heads')))
        if ('head' in each) found.set(each.head.name, { type: each.head.type, family: each.kind.family });
      return found;
    })();
    return this.found;
  }
}
