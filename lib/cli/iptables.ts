/** The command that iptables(8) describes. */
import { constants } from 'node:os';
import { ProgramWriter } from '../backend/writer';
import type { AnyExtension } from '../codec/extension';
import { Announcer } from '../command/announce';
import { type Command, type CommandLetter, isVerdict, OTHER_FAMILY } from '../command/command';
import { Executor } from '../command/execute';
import { KnownHosts } from '../command/hosts';
import { parseCommand } from '../command/parse';
import { isBackendFailure } from '../commit/failure';
import { IptcError } from '../errors';
import { Hosts } from '../net/hosts';
import { EntryView } from '../rule/view';
import type { ChainState } from '../table/state';
import { TableState } from '../table/state';
import { listHeader, RuleLister } from '../text/list';
import type { BaseOption } from '../text/options';
import { printName, RulePrinter } from '../text/print';
import { painted } from './colour';
import { complain, print } from './output';
import { EXIT, failed, type Program, versionLine, versions } from './program';
import { Tables } from './tables';

const { ENOENT, ESRCH } = constants.errno;

/** Options that iptables doesn't have. */
const MORE: readonly BaseOption[] = [
  { name: 'json', words: 0, whole: true },
  { name: 'netns', words: 1, whole: true },
  { name: 'color', words: 'maybe', whole: true },
];

interface Extras {
  json: boolean;
  netns: string | undefined;
  colour: string | undefined;
}

export async function iptables(program: Program, words: readonly string[]): Promise<number> {
  const hosts = new Hosts(program.family);
  const known = new KnownHosts((host) => hosts.lookUp(host));
  let tables: Tables | undefined;
  const extras: Extras = { json: false, netns: undefined, colour: undefined };
  try {
    // Parsing asks the kernel for nothing: revisions are chosen when rules are encoded.
    const parse = () =>
      parseCommand(words, [], {
        family: program.family,
        kernel: {
          family: program.family,
          revision: (kind, name, most) => tables!.codec.kernel.revision(kind, name, most),
          findSet: (name) => tables!.codec.kernel.findSet(name),
          setName: (index) => tables!.codec.kernel.setName(index),
        },
        more: MORE,
        take: (option, values) => {
          if (option.name === 'json') extras.json = true;
          else if (option.name === 'netns') extras.netns = values[0];
          else extras.colour = values[0] ?? 'always';
        },
        resolve: known.resolve,
      });
    let command: ReturnType<typeof parse>;
    try {
      command = parse();
    } catch (error) {
      command = await known.again(error, parse);
    }
    if (command === OTHER_FAMILY) return 0;
    if ('answer' in command) {
      if (command.answer === 'version')
        print(command.not ? `Not ${versionLine(program).replace(/^\S+ v/, '')} ;-)\n` : versions(program));
      else
        print(
          (require('./help') as typeof import('./help')).help(program, command.extensions as readonly AnyExtension[]),
        );
      return 0;
    }
    for (const warning of command.warnings) complain(warning);
    tables = new Tables({ family: program.family, netns: extras.netns, modprobe: command.modprobe });
    return await new Run(program, command, tables, hosts, extras).run();
  } catch (error) {
    return failed(program, error);
  } finally {
    tables?.close();
  }
}

class Run {
  private readonly executor: Executor;

  constructor(
    private readonly program: Program,
    private readonly command: Command,
    private readonly tables: Tables,
    private readonly hosts: Hosts,
    private readonly extras: Extras,
  ) {
    const say = command.verbose > 0 ? print : undefined;
    this.executor = new Executor(tables.codec, command.table, { trusting: true, say });
  }

  async run(): Promise<number> {
    const { letters } = this.command;
    if (letters[0] === 'L' || letters[0] === 'S') return this.list();
    const { table, wait, chain, policy } = this.command;
    const program = new ProgramWriter();
    this.announcing();
    this.executor.execute(this.command, program);
    try {
      this.tables.apply(table, program, wait, { operation: OPERATIONS[letters[0]!], chain, policy });
    } catch (error) {
      if (this.missingTarget(error)) {
        const { message, hint } = error as IptcError;
        complain(`${this.program.name}: ${message}`);
        if (hint !== undefined) complain(hint);
        return EXIT.USAGE;
      }
      const cause = error instanceof IptcError ? error.cause : undefined;
      if (!(error instanceof IptcError) || !isBackendFailure(cause)) throw error;
      if (cause.stage === 'commit') throw this.executor.objections[0]?.within({ cause }) ?? error;
      throw cause.stage === 'edit' && 'CD'.includes(letters[0]!)
        ? error.within({ iptables: this.notFound(cause.errno) })
        : error;
    }
    return 0;
  }

  /** As libiptc says it: a jump or an extension has made it forget that it was to delete. */
  private notFound(errno: number): string | undefined {
    if (errno !== ENOENT && errno !== ESRCH) return undefined;
    const { target } = this.command.rules[0] as { readonly target?: unknown };
    const plain = target === undefined || (typeof target === 'string' && isVerdict(target));
    return plain || errno === ENOENT
      ? 'Bad rule (does a matching rule exist in that chain?).'
      : 'No chain/target/match by that name.';
  }

  /** A jump to what is no chain: for iptables a target that can't be loaded. */
  private missingTarget(error: unknown): boolean {
    if (!(error instanceof IptcError) || error.code !== 'ERR_NO_CHAIN') return false;
    const { rules, table } = this.command;
    const target = (rules[0] as { readonly target?: string | { readonly goto?: string } } | undefined)?.target;
    const name = typeof target === 'string' ? target : target?.goto;
    if (name === undefined || isVerdict(name)) return false;
    const state = this.tables.state(table);
    const there = state.chain(name);
    if (there && !there.builtin) return false;
    complain(
      `${versionLine(this.program)}: ${typeof target === 'string' ? `Couldn't load target \`${name}':No such file or directory` : `goto '${name}' is not a chain`}`,
    );
    return true;
  }

  /** What -v says of chains: of all of them, if none is named. */
  private announcing(state?: TableState): void {
    const { chain, table, verbose, letters } = this.command;
    if (verbose === 0 || !letters.some((letter) => 'FZX'.includes(letter))) return;
    const chains = chain === undefined ? (state ?? this.tables.state(table)).chains : [];
    this.executor.announcer = new Announcer(chains, print);
  }

  private async list(): Promise<number> {
    const { command, tables } = this;
    const { table, wait, letters } = command;
    const locked = await tables.lock(table, wait);
    try {
      const state = new TableState(table, tables.codec, await locked.snapshot());
      if (command.chain !== undefined && !state.chain(command.chain)) {
        complain(`${this.program.name}: No chain/target/match by that name.`);
        complain(`Table ${table} has no chain ${command.chain}.`);
        return EXIT.OTHER;
      }
      const chains = command.chain === undefined ? state.chains : [state.chain(command.chain)!];
      print(this.extras.json ? this.json(state, chains) : await this.listing(letters[0]!, chains));
      const zero = letters.find((letter) => letter === 'Z' || letter === 'z');
      if (zero) {
        const program = new ProgramWriter();
        this.announcing(state);
        this.executor.execute({ ...command, letters: [zero] }, program);
        await locked.write(program.bytes);
        await locked.commit();
      }
      return 0;
    } catch (error) {
      throw isBackendFailure(error) ? tables.told(error, table, { operation: 'list', chain: command.chain }) : error;
    } finally {
      await locked.abort();
    }
  }

  private json(state: TableState, chains: readonly ChainState[]): string {
    const { rulesetOf, toJson } = require('./json') as typeof import('./json');
    return toJson(rulesetOf(this.program.family, [{ state, chains }]));
  }

  private async listing(letter: CommandLetter, chains: readonly ChainState[]): Promise<string> {
    const paint = painted(this.extras.colour);
    if (letter === 'S') return paint(this.rules(chains));
    if (this.command.numeric) return paint(this.text(chains));
    // Once to see which addresses there are, once with their names.
    this.text(chains);
    await this.hosts.lookUpNames();
    return paint(this.text(chains));
  }

  private text(chains: readonly ChainState[]): string {
    const { numeric, verbose, exact, lineNumbers, number } = this.command;
    const format = {
      numeric,
      verbose: verbose > 0,
      exact,
      lineNumbers,
      hostName: (address: string) => this.hosts.nameOf(address),
    };
    const lister = new RuleLister(this.tables.codec, format);
    const texts: string[] = [];
    for (const chain of chains) {
      let text = number === 0 ? listHeader(chain, format) : '';
      let n = 0;
      for (const at of chain.entries()) if (++n === number || number === 0) text += lister.list(chain.memory, at, n);
      texts.push(text);
    }
    return texts.join('\n');
  }

  /** As -S prints them: commands that make the chains and the rules. */
  private rules(chains: readonly ChainState[]): string {
    const { number, verbose } = this.command;
    const { codec } = this.tables;
    const printer = new RulePrinter(codec);
    const view = new EntryView(codec.shape);
    let text = '';
    if (number === 0)
      for (const { name, policy, counters } of chains)
        text +=
          policy === undefined
            ? `-N ${printName(name)}\n`
            : `-P ${name} ${policy}${verbose > 0 ? ` -c ${counters.packets} ${counters.bytes}` : ''}\n`;
    for (const chain of chains) {
      const { memory } = chain;
      let n = 0;
      for (const at of chain.entries()) {
        n++;
        if (number !== 0 && n !== number) continue;
        view.on(memory, at);
        const counted = verbose > 0 ? ` -c ${view.packets} ${view.bytes}` : '';
        text += `-A ${printName(chain.name)}${printer.print(memory, at, counted)}\n`;
      }
    }
    return text;
  }
}

// biome-ignore format: a table
const OPERATIONS: Readonly<Record<CommandLetter, string>> = {
  A: 'append a rule to',
  C: 'check a rule of',
  D: 'delete a rule of',
  d: 'delete a rule of',
  I: 'insert a rule into',
  R: 'replace a rule of',
  L: 'list',
  S: 'list',
  F: 'flush',
  Z: 'zero the counters of',
  z: 'zero the counters of',
  N: 'create',
  X: 'delete',
  P: 'set the policy of',
  E: 'rename',
};
