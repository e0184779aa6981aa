/** iptables-save files as data, and back. */
import { argument, optionsOf } from '../arguments';
import { Memory } from '../codec/struct';
import type { CommandContext } from '../command/command';
import { parseCommand } from '../command/parse';
import { IptcError, show } from '../errors';
import type { Counters, CountersInput, Family, Rule } from '../rule/rule';
import { EntryView } from '../rule/view';
import { printChain, printName } from '../text/print';
import { toolsFor } from '../text/rule';
import { splitWords } from '../text/words';
import { chainRule, formatting, parsing, pieces, ruleset } from './given';
import { LineSource, type Pieces } from './lines';
import { mended } from './old';
import { QuickEncoder } from './quick';
import { SaveFileReader } from './savefile';

/** A chain as a save file declares it: `:INPUT ACCEPT [0:0]`. */
export interface ChainDeclaration {
  readonly name: string;
  /** Built-in chains have one. */
  readonly policy?: string;
  /** What the policy counted. */
  readonly counters?: CountersInput;
  /** How many rules jump or go to it, as a state of a table knows it. Nobody has to. */
  readonly references?: number;
}
/** A rule of a chain: `[0:0] -A INPUT …`. */
export interface ChainRule<F extends Family = Family> {
  readonly chain: string;
  readonly rule: Rule<F>;
  /** The comment lines before it, without their `#`. */
  readonly comments?: readonly string[];
}
export interface TableRules<F extends Family = Family> {
  readonly name: string;
  readonly chains: readonly ChainDeclaration[];
  readonly rules: readonly ChainRule<F>[];
  /** The comment lines before it, and those before its COMMIT. */
  readonly comments?: readonly string[];
  readonly endComments?: readonly string[];
}
/** A save file: its tables, in order. */
export interface Ruleset<F extends Family = Family> {
  readonly family: F;
  readonly tables: readonly TableRules<F>[];
  /** The comment lines behind the last table. */
  readonly comments?: readonly string[];
}

export interface ParseRulesetOptions<F extends Family = Family> {
  /** `ipv4` unless told. */
  readonly family?: F;
  /** What errors call the text. */
  readonly file?: string;
}

/**
 * A save file as data: what iptables-save prints, or a person wrote in its manner. It may be a text, bytes, a list of
 * lines, or a stream in pieces of any size (Pieces says what of each may be cut where); a stream is read as it comes.
 * Rules are as parseRule gives them, with their counters where the line has them. Throws an IptcError with line and column.
 *
 * @example parseRuleset('*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n').tables[0]
 *   // { name: 'filter', chains: [{ name: 'INPUT', policy: 'DROP', counters: { packets: 0n, bytes: 0n } }],
 *   //   rules: [{ chain: 'INPUT', rule: { inInterface: 'lo', target: 'ACCEPT' } }] }
 */
export function parseRuleset<F extends Family = 'ipv4'>(
  input: string | Uint8Array | Iterable<string | Uint8Array>,
  options?: ParseRulesetOptions<F>,
): Ruleset<F>;
export function parseRuleset<F extends Family = 'ipv4'>(
  input: AsyncIterable<string | Uint8Array>,
  options?: ParseRulesetOptions<F>,
): Promise<Ruleset<F>>;
export function parseRuleset<F extends Family = 'ipv4'>(
  input: Pieces,
  options?: ParseRulesetOptions<F>,
): Ruleset<F> | Promise<Ruleset<F>> {
  return rulesetOf(
    argument('parseRuleset', 'input', input, pieces),
    optionsOf('parseRuleset', options, parsing) as ParseRulesetOptions<F>,
  );
}

/** @internal The same, of a file that may name hosts. */
export function rulesetOf<F extends Family>(
  input: Pieces,
  { family = 'ipv4' as F, file }: ParseRulesetOptions<F>,
  resolve?: CommandContext['resolve'],
): Ruleset<F> | Promise<Ruleset<F>> {
  const source = new LineSource(input, file);
  const collector = new Collector<F>(family, file, resolve);
  const read = () => {
    for (let line = source.next(); line !== undefined; line = source.next()) collector.read(line, source.line);
  };
  if (source.waits)
    return (async () => {
      try {
        do read();
        while (await source.more());
        return collector.end(source.line);
      } finally {
        await source.close();
      }
    })();
  try {
    read();
    return collector.end(source.line);
  } finally {
    void source.close();
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class Collector<F extends Family> {
  private readonly tables: TableRules<F>[] = [];
  private comments: string[] = [];
  private table:
    | {
        name: string;
        comments?: readonly string[];
        endComments?: readonly string[];
        chains: ChainDeclaration[];
        rules: ChainRule<F>[];
      }
    | undefined;
  private readonly reader: SaveFileReader;
  private readonly quick: QuickEncoder;
  private readonly tools: ReturnType<typeof toolsFor>;
  private line = 0;

  constructor(
    private readonly family: F,
    private readonly file: string | undefined,
    private readonly resolve: CommandContext['resolve'],
  ) {
    this.tools = toolsFor(family);
    this.quick = new QuickEncoder(this.tools.codec);
    this.reader = new SaveFileReader(
      {
        comment: (text) => this.comments.push(text.slice(1)),
        table: (name) => {
          this.table = { name, chains: [], rules: [], ...this.taken('comments') };
          this.tables.push(this.table);
        },
        chain: ({ name, policy, counters }) => {
          const chain: Mutable<ChainDeclaration> = { name };
          if (policy !== undefined) {
            chain.policy = policy;
            if (counters) chain.counters = counters;
          }
          this.table!.chains.push(chain);
        },
        command: (line, from, counters) => this.rule(line, from, counters),
        commit: () => {
          Object.assign(this.table!, this.taken('endComments'));
        },
      },
      file,
    );
  }

  read(line: string, number: number): void {
    this.line = number;
    try {
      this.reader.read(line, number);
    } catch (error) {
      throw error instanceof IptcError
        ? error.within({ line: number, file: this.file, table: this.table?.name })
        : error;
    }
  }

  end(line: number): Ruleset<F> {
    this.reader.end(line);
    return { family: this.family, tables: this.tables, ...this.taken('comments') };
  }

  private taken<K extends string>(key: K): { [P in K]?: readonly string[] } {
    if (this.comments.length === 0) return {};
    const { comments } = this;
    this.comments = [];
    return { [key]: comments } as unknown as { [P in K]?: readonly string[] };
  }

  private rule(line: string, from: number, counters: Counters | undefined): void {
    const { codec } = this.tools;
    const table = this.table!;
    const quick = this.quick.encode(line, from, table.name, counters);
    if (quick) return this.add(this.quick.chain, quick, counters !== undefined);
    const { words, columns } = mended(splitWords(line, from), this.family);
    const command = parseCommand(words, columns, {
      family: this.family,
      restore: table.name,
      resolve: this.resolve,
    });
    if (typeof command === 'symbol') return;
    if ('answer' in command || command.letters[0] !== 'A')
      throw new IptcError(
        'ERR_BAD_TEXT',
        `Expected a rule that is appended (-A) but received ${show(words.slice(0, 2).join(' '))}`,
        {
          line: this.line,
          column: columns[0],
          hint: 'firewall.restore() takes other commands too: they need a table to work on.',
        },
      );
    for (const rule of command.rules) {
      const whole = counters ? { ...rule, counters } : rule;
      this.add(
        command.chain!,
        codec.encode(whole, { table: table.name, chain: command.chain! }),
        whole.counters !== undefined,
      );
    }
  }

  private add(chain: string, entry: Uint8Array, counted: boolean): void {
    const { codec, kernel } = this.tools;
    const { counters, ...bare } = codec.decode(new Memory(entry.slice(), 0, kernel), 0);
    const rule: Mutable<ChainRule<F>> = { chain, rule: (counted ? { ...bare, counters } : bare) as Rule<F> };
    if (this.comments.length > 0) Object.assign(rule, this.taken('comments'));
    this.table!.rules.push(rule);
  }
}

export interface FormatRulesetOptions {
  /** Prints what rules count, zeroes where that isn't said. */
  readonly counters?: boolean;
}

/**
 * The lines of a save file, as iptables-save prints them.
 *
 * @example formatRuleset({ family: 'ipv4', tables: [{ name: 'filter', chains: [], rules: [{ chain: 'INPUT', rule: {} }] }] })
 *   // *filter
 *   // -A INPUT
 *   // COMMIT
 */
export function formatRuleset(data: Ruleset, options?: FormatRulesetOptions): string {
  let text = '';
  for (const line of formatted('formatRuleset', data, options)) text += `${line}\n`;
  return text;
}

/** The same, line by line, without newlines: a large file need not be one text. */
export function formatRulesetLines(data: Ruleset, options?: FormatRulesetOptions): Generator<string> {
  return formatted('formatRulesetLines', data, options);
}

function formatted(call: string, data: Ruleset, options: FormatRulesetOptions | undefined): Generator<string> {
  return linesOf(call, argument(call, 'data', data, ruleset), optionsOf(call, options, formatting));
}

function* linesOf(call: string, data: Ruleset, options: FormatRulesetOptions): Generator<string> {
  const { kernel, codec, printer } = toolsFor(data.family);
  const view = new EntryView(codec.shape);
  for (const { name, chains, rules, comments, endComments } of data.tables) {
    yield* remarks(comments);
    yield `*${name}`;
    for (const { name: chain, policy, counters } of chains)
      yield printChain(chain, policy, policy === undefined || !counters ? undefined : counted(counters));
    for (let index = 0; index < rules.length; index++) {
      const { chain, rule, comments: remarked } = argument(call, `rules[${index}]`, rules[index], chainRule);
      yield* remarks(remarked);
      let m: Memory;
      try {
        m = new Memory(codec.encode(rule as Rule, { table: name, chain }), 0, kernel);
      } catch (error) {
        throw error instanceof IptcError ? error.within({ family: data.family, table: name, chain, index }) : error;
      }
      const before = options.counters ? `${counted(view.on(m, 0))} ` : '';
      yield `${before}-A ${printName(chain)}${printer.print(m, 0)}`;
    }
    yield* remarks(endComments);
    yield 'COMMIT';
  }
  yield* remarks(data.comments);
}

const counted = ({ packets, bytes }: CountersInput): string => `[${packets}:${bytes}]`;

function* remarks(comments: readonly string[] | undefined): Generator<string> {
  for (const comment of comments ?? []) yield `#${comment}`;
}
