/** The command that iptables(8) describes. */
import { constants } from 'node:os';
import { type Command, isVerdict, OTHER_FAMILY } from '../command/command';
import { KnownHosts } from '../command/hosts';
import { parseCommand } from '../command/parse';
import { Hosts } from '../command/resolver';
import { IptcError } from '../errors';
import type { ChainState, Firewall, TableState } from '../index';
import { painted } from './colour';
import { complain, print, printStyled } from './output';
import { EXIT, Exit, failed, failureOf, type Program, versionLine, versions } from './program';
import { foreignNotes, openTables } from './tables';

const { ENOENT, ESRCH } = constants.errno;

/** Options that iptables doesn't have. */
const MORE = [
  { name: 'json', words: 0, whole: true },
  { name: 'netns', words: 1, whole: true },
  { name: 'color', words: 'maybe', whole: true },
] as const;

interface Extras {
  json: boolean;
  netns: string | undefined;
  colour: string | undefined;
}

export async function iptables(program: Program, words: readonly string[]): Promise<number> {
  const hosts = new Hosts(program.family);
  const known = new KnownHosts((host) => hosts.lookUp(host));
  let firewall: Firewall | undefined;
  const extras: Extras = { json: false, netns: undefined, colour: undefined };
  try {
    const parse = () =>
      parseCommand(words, [], {
        family: program.family,
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
      else print((require('./help') as typeof import('./help')).help(program, command.extensions));
      return 0;
    }
    for (const warning of command.warnings) complain(warning);
    firewall = openTables({
      family: program.family,
      netns: extras.netns,
      wait: command.wait,
      modprobe: command.modprobe,
    });
    return await new Run(program, command, firewall, hosts, extras).run();
  } catch (error) {
    return failed(program, error);
  } finally {
    await firewall?.close();
  }
}

class Run {
  private readonly table: ReturnType<Firewall['table']>;
  private note = '';

  constructor(
    private readonly program: Program,
    private readonly command: Command,
    private readonly firewall: Firewall,
    private readonly hosts: Hosts,
    private readonly extras: Extras,
  ) {
    this.table = firewall.table(command.table as 'filter');
  }

  async run(): Promise<number> {
    const { command } = this;
    try {
      if (command.letters.some((letter) => 'LS'.includes(letter)))
        this.note = foreignNotes(this.firewall).get(command.table) ?? '';
      await this.table.run(command, {
        say: command.verbose > 0 ? print : undefined,
        listed: (state) => this.list(state),
      });
      return 0;
    } catch (error) {
      if (this.missingTarget(error)) {
        const { message, hint } = error as IptcError;
        complain(`${this.program.name}: ${message}`);
        if (hint !== undefined) complain(hint);
        return EXIT.USAGE;
      }
      const failure = failureOf(error);
      throw failure?.stage === 'edit' && 'CD'.includes(command.letters[0]!)
        ? (error as IptcError).within({ iptables: this.notFound(failure.errno) })
        : error;
    }
  }

  /** As libiptc says it: a jump or an extension has made it forget that it was to delete. */
  private notFound(errno: number | undefined): string | undefined {
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
    const target = (this.command.rules[0] as { readonly target?: string | { readonly goto?: string } } | undefined)
      ?.target;
    const name = typeof target === 'string' ? target : target?.goto;
    if (name === undefined || isVerdict(name)) return false;
    const there = this.table.stateSync().chain(name);
    if (there && !there.builtin) return false;
    complain(
      `${versionLine(this.program)}: ${typeof target === 'string' ? `Couldn't load target \`${name}':No such file or directory` : `goto '${name}' is not a chain`}`,
    );
    return true;
  }

  private async list(state: TableState): Promise<void> {
    const { chain } = this.command;
    const only = chain === undefined ? undefined : state.chain(chain);
    if (chain !== undefined && !only) {
      complain(`${this.program.name}: No chain/target/match by that name.`);
      complain(`Table ${state.name} has no chain ${chain}.`);
      throw new Exit(EXIT.OTHER);
    }
    if (this.extras.json) print(this.json(state, only ? [only] : state.chains));
    else printStyled(painted(this.extras.colour)(this.note + (await this.listing(state))));
  }

  private json(state: TableState, chains: readonly ChainState[]): string {
    const { tableOf, toJson } = require('./json') as typeof import('./json');
    return toJson({ family: this.program.family, tables: [tableOf(state.name, chains)] });
  }

  private async listing(state: TableState): Promise<string> {
    const { letters, chain, number, numeric, verbose, exact, lineNumbers } = this.command;
    const position = number === 0 ? undefined : number;
    if (letters[0] === 'S') return [...state.commands(verbose > 0, chain, position)].join('');
    const hostName = (address: string) => this.hosts.nameOf(address);
    const format = { numeric, verbose: verbose > 0, exact, lineNumbers, hostName };
    const text = () => [...state.listed('listing', format, chain, position)].join('');
    if (numeric) return text();
    // Once to see which addresses there are, once with their names.
    text();
    await this.hosts.lookUpNames();
    return text();
  }
}
