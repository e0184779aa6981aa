/** A command line of iptables: what it does to which chain of which table. */
import type { AnyExtension, Family } from '../codec/extension';
import type { Kernel } from '../codec/kernel';
import { type ErrorDetails, IptcError, show } from '../errors';
import { registry } from '../extensions/registry';
import { parseNetwork } from '../net/address';
import { parseNumber } from '../net/number';
import { encodeText, isPlainName } from '../net/text';
import { rangeHint } from '../rule/encode/head';
import { type Counters, type Rule, VERDICTS } from '../rule/rule';
import { type BaseOption, called, onlyOnce, type Position, RuleParser } from '../text/parse';

/** iptables' commands, by their letters; `d` and `z` are -D and -Z with a number. */
export type CommandLetter = 'A' | 'C' | 'D' | 'd' | 'I' | 'R' | 'L' | 'S' | 'F' | 'Z' | 'z' | 'N' | 'X' | 'P' | 'E';

export interface Command {
  /** One, or a listing (L, S) and then zeroing (Z, z). */
  readonly letters: readonly CommandLetter[];
  readonly table: string;
  readonly chain: string | undefined;
  /** Of a rule, from 1. */
  readonly number: number;
  /** Another name (-E). */
  readonly newName: string | undefined;
  readonly policy: string | undefined;
  /** --set-counters, of a policy. */
  readonly counters: Counters | undefined;
  readonly verbose: number;
  readonly numeric: boolean;
  readonly exact: boolean;
  readonly lineNumbers: boolean;
  /** The rules that it stands for: several addresses are several. */
  readonly rules: readonly Rule[];
  /** Seconds to wait for the lock; -1: for ever, 0: as the program does by itself. */
  readonly wait: number;
  readonly modprobe: string | undefined;
  /** What iptables remarks on. */
  readonly warnings: readonly string[];
}

/** The line asks for something else than a command. */
export type Answer =
  | { readonly answer: 'version'; readonly not: boolean }
  | { readonly answer: 'help'; readonly extensions: readonly AnyExtension[] };

export interface CommandContext {
  readonly family: Family;
  readonly kernel: Kernel;
  readonly position?: Position;
  /** A line of a file: of this table. */
  readonly restore?: string;
  /** The addresses of a host or network name; undefined where names are not resolved. */
  readonly resolve?: (name: string) => readonly string[];
  /** Options that iptables doesn't have. */
  readonly more?: readonly BaseOption[];
  readonly take?: (option: BaseOption, values: readonly string[]) => void;
}

/** `-6` in a file for IPv4, and the other way round: iptables passes over the line. */
export const OTHER_FAMILY = Symbol('a line for the other family');

const COMMANDS: readonly (BaseOption & { readonly command: CommandLetter })[] = [
  { name: 'append', letter: 'A', words: 1, command: 'A' },
  { name: 'delete', letter: 'D', words: 1, more: 1, command: 'D' },
  { name: 'check', letter: 'C', words: 1, command: 'C' },
  { name: 'insert', letter: 'I', words: 1, more: 1, command: 'I' },
  { name: 'replace', letter: 'R', words: 1, more: 1, command: 'R' },
  { name: 'list', letter: 'L', words: 'maybe', more: 1, command: 'L' },
  { name: 'list-rules', letter: 'S', words: 'maybe', more: 1, command: 'S' },
  { name: 'flush', letter: 'F', words: 'maybe', command: 'F' },
  { name: 'zero', letter: 'Z', words: 'maybe', more: 1, command: 'Z' },
  { name: 'new-chain', letter: 'N', words: 1, command: 'N' },
  { name: 'delete-chain', letter: 'X', words: 'maybe', command: 'X' },
  { name: 'rename-chain', letter: 'E', words: 1, more: 1, command: 'E' },
  { name: 'policy', letter: 'P', words: 1, more: 1, command: 'P' },
];
const SETTINGS: readonly BaseOption[] = [
  { name: 'table', letter: 't', words: 1 },
  { name: 'numeric', letter: 'n', words: 0 },
  { name: 'verbose', letter: 'v', words: 0 },
  { name: 'wait', letter: 'w', words: 'maybe' },
  { name: 'wait-interval', letter: 'W', words: 'maybe' },
  { name: 'exact', letter: 'x', words: 0 },
  { name: 'version', letter: 'V', words: 0 },
  { name: 'help', letter: 'h', words: 'maybe' },
  { name: 'line-numbers', words: 0 },
  { name: 'modprobe', letter: 'M', words: 1 },
  { name: 'ipv4', letter: '4', words: 0 },
  { name: 'ipv6', letter: '6', words: 0 },
];
/** The options of iptables itself, without those of a rule. */
export const COMMAND_OPTIONS: readonly BaseOption[] = [...COMMANDS, ...SETTINGS];

/** Options of which each command has its own opinion, and the commands that take them; iptables allows one that any command of the line takes. */
// biome-ignore format: a table
const ALLOWED: Readonly<Record<string, string>> = {
  numeric: 'L', source: 'IDRAC', destination: 'IDRAC', protocol: 'IDRAC', jump: 'IDRAC', exact: 'L', 'in-interface': 'IDRAC',
  'out-interface': 'IDRAC', 'line-numbers': 'L', 'set-counters': 'IRAP', fragment: 'IDRAC',
};

/** Most a chain's name may have, in iptables' parser. */
const NAME_MAX = 28;
/** Enough to see that a list of addresses has gone wild. */
const MOST_RULES = 1 << 16;

export function parseCommand(
  words: readonly string[],
  columns: readonly number[],
  context: CommandContext,
): Command | Answer | typeof OTHER_FAMILY {
  return new CommandParser(context, words, columns).parse();
}

class Stop extends Error {
  constructor(readonly value: Answer | typeof OTHER_FAMILY) {
    super();
  }
}

class CommandParser {
  private letters: CommandLetter[] = [];
  private chain: string | undefined;
  private number = 0;
  private newName: string | undefined;
  private policy: string | undefined;
  private table: string;
  private verbose = 0;
  private readonly given = new Set<string>();
  private wait = 0;
  private interval = false;
  private modprobe: string | undefined;
  private readonly rule: RuleParser;

  constructor(
    private readonly context: CommandContext,
    private readonly words: readonly string[],
    private readonly columns: readonly number[],
  ) {
    this.table = context.restore ?? 'filter';
    this.rule = new RuleParser(context.family, context.kernel, context.position, {
      options: context.more ? [...COMMAND_OPTIONS, ...context.more] : COMMAND_OPTIONS,
      take: (option, values, not) => this.take(option, values, not),
    });
  }

  parse(): Command | Answer | typeof OTHER_FAMILY {
    try {
      this.rule.parse(this.words, this.columns);
    } catch (error) {
      if (error instanceof Stop) return error.value;
      throw error;
    }
    const { letters, rule, table } = this;
    if (table === 'nat' && (this.policy === 'DROP' || rule.targetName === 'DROP'))
      throw this.error('Expected no DROP in table nat: it is not for filtering', 'DROP', {
        hint: 'Drop the packets in table filter, or in raw.',
        iptables: 'The "nat" table is not intended for filtering, the use of DROP is therefore inhibited.',
      });
    if (this.interval && this.wait === 0)
      throw this.error('Expected --wait with --wait-interval', undefined, {
        iptables: '--wait-interval only makes sense with --wait',
      });
    if (letters.length === 0)
      throw this.error('Expected a command (-A, -D, -L, …) but received none', undefined, {
        iptables: 'no command specified',
      });
    this.checkOptions();
    if (this.chain !== undefined && encodeText(this.chain).length > NAME_MAX)
      throw this.error(
        `Expected at most ${NAME_MAX} bytes for the name of a chain but received ${show(this.chain)}`,
        this.chain,
        { iptables: `chain name \`${this.chain}' too long (must be under ${NAME_MAX + 1} chars)` },
      );
    const takesRule = letters.some((letter) => 'ACDIR'.includes(letter));
    if (takesRule) this.checkInterfaces();
    const rules = takesRule ? this.rules() : [];
    if (letters[0] === 'R' && rules.length !== 1)
      throw this.error(`Expected one rule for --replace but received addresses that make ${rules.length}`, undefined, {
        iptables: 'Replacement rule does not specify a unique address',
      });
    return {
      letters,
      table,
      chain: this.chain,
      number: this.number,
      newName: this.newName,
      policy: this.policy,
      counters: letters[0] === 'P' ? (rule.rule().counters as Counters | undefined) : undefined,
      verbose: this.verbose,
      numeric: this.given.has('numeric'),
      exact: this.given.has('exact'),
      lineNumbers: this.given.has('line-numbers'),
      rules,
      wait: this.wait,
      modprobe: this.modprobe,
      warnings: [...(this.interval ? ['Ignoring deprecated --wait-interval option.'] : []), ...this.rule.warnings],
    };
  }

  private take(option: BaseOption, values: readonly string[], not: boolean): void {
    const command = COMMANDS.find((c) => c === option)?.command;
    if (command) return this.takeCommand(command, values, not);
    const [value] = values;
    if (not && option.name !== 'version')
      throw this.error(`Expected no ! before --${option.name}`, undefined, {
        iptables:
          option.name === 'table' ? 'unexpected ! flag before --table' : `cannot have ! before ${called(option.name)}`,
      });
    switch (option.name) {
      case 'table':
        if (this.context.restore !== undefined)
          throw this.error('Expected no --table in a file: a table begins with *TABLE', value, {
            iptables: `The -t option cannot be used in ${this.context.family === 'ipv4' ? 'iptables' : 'ip6tables'}-restore.`,
          });
        this.table = value!;
        return;
      case 'verbose':
        this.verbose++;
        return;
      case 'wait':
      case 'wait-interval':
        if (this.context.restore !== undefined)
          throw this.error(`Expected no --${option.name} in a file`, undefined, {
            iptables: `You cannot use \`-${option.letter}' from iptables-restore`,
          });
        if (option.name === 'wait')
          this.wait = parseWait(value, (message, iptables) => this.error(message, value, { iptables }));
        else {
          checkInterval(value, (message, iptables) => this.error(message, value, { iptables }));
          this.interval = true;
        }
        return;
      case 'version':
        throw new Stop({ answer: 'version', not });
      case 'help':
        throw new Stop({ answer: 'help', extensions: this.helpFor() });
      case 'modprobe':
        this.modprobe = value;
        return;
      case 'ipv4':
      case 'ipv6':
        if (option.name === this.context.family) return;
        if (this.context.restore !== undefined) throw new Stop(OTHER_FAMILY);
        throw this.error(
          `Expected no --${option.name} here: this is the command for ${this.context.family === 'ipv4' ? 'IPv4' : 'IPv6'}`,
        );
      case 'numeric':
      case 'exact':
      case 'line-numbers':
        if (this.given.has(option.name))
          throw this.error(`Expected --${option.name} only once`, undefined, {
            iptables: onlyOnce(option.name),
          });
        this.given.add(option.name);
        return;
      default:
        this.context.take?.(option, values);
    }
  }

  /** `-p icmp -h` shows the protocol's match. */
  private helpFor(): readonly AnyExtension[] {
    const { extensions, protocol } = this.rule;
    if (extensions.some((e) => e.kind === 'match') || protocol === undefined) return extensions;
    const implied = registry.match.find(this.context.family, protocol);
    return implied ? [...extensions, implied] : extensions;
  }

  private takeCommand(letter: CommandLetter, values: readonly string[], not: boolean): void {
    if (not) throw this.error(`Expected no ! before -${letter}`, undefined, { iptables: "unexpected '!' flag" });
    // A listing may be followed by zeroing, or the other way round; nothing else goes together.
    const together = letter === 'L' || letter === 'S' ? 'Zz' : letter === 'Z' ? 'LS' : '';
    const other = this.letters.find((l) => !together.includes(l));
    if (other !== undefined)
      throw this.error(`Expected only one command but received -${other.toUpperCase()} and -${letter}`, undefined, {
        iptables: `Cannot use -${letter} with -${other.toUpperCase()}`,
      });
    const [first, second] = values;
    let next: CommandLetter = letter;
    switch (letter) {
      case 'D':
      case 'R':
      case 'I':
        this.chain = first;
        if (second !== undefined) {
          this.number = this.ruleNumber(second);
          if (letter === 'D') next = 'd';
        } else if (letter === 'R')
          throw this.error('Expected the number of a rule behind the chain of --replace', undefined, {
            iptables: '-R requires a rule number',
          });
        else this.number = 1;
        break;
      case 'N':
        this.checkName(first!);
        this.chain = first;
        break;
      case 'E':
        if (second === undefined)
          throw this.error('Expected two names of chains, the old and the new, for --rename-chain', undefined, {
            iptables: '-E requires old-chain-name and new-chain-name',
          });
        this.checkName(second);
        this.chain = first;
        this.newName = second;
        break;
      case 'P':
        if (second === undefined)
          throw this.error('Expected a chain and a policy for --policy', undefined, {
            iptables: '-P requires a chain and a policy',
          });
        this.chain = first;
        this.policy = second;
        break;
      default:
        if (first !== undefined) this.chain = first;
        if (second !== undefined) {
          this.number = this.ruleNumber(second);
          if (letter === 'Z') next = 'z';
        }
    }
    // As iptables does: a rule's number behind -Z makes it forget the listing before it.
    if (next === 'z') this.letters = ['z'];
    else if (letter === 'L' || letter === 'S') this.letters.unshift(letter);
    else this.letters.push(next);
  }

  private ruleNumber(word: string): number {
    const number = parseNumber(word, 0x7fffffff);
    if (number === undefined || number === 0)
      throw this.error(`Expected the number of a rule, from 1 on, but received ${show(word)}`, word, {
        iptables: `Invalid rule number \`${word}'`,
      });
    return number;
  }

  private checkName(name: string): void {
    const refuse = (expected: string, iptables: string) =>
      this.error(`Expected ${expected} for the name of a new chain but received ${show(name)}`, name, { iptables });
    if (encodeText(name).length > NAME_MAX)
      throw refuse(`at most ${NAME_MAX} bytes`, `chain name \`${name}' too long (must be under ${NAME_MAX + 1} chars)`);
    if (name.startsWith('-') || name.startsWith('!'))
      throw refuse('no - or ! at the beginning', `chain name not allowed to start with \`${name[0]}'`);
    // The verdicts are targets too; so is no name at all, which rules without a target have.
    if (name === '' || VERDICTS.has(name) || registry.target.find(this.context.family, name))
      throw refuse('anything but the name of a target', 'chain name may not clash with target name');
    // What iptables-save prints of quotes, iptables-restore doesn't read.
    if (!isPlainName(name) || name.includes('"'))
      throw refuse('no spaces, double quotes and control characters', `Invalid chain name \`${name}'`);
  }

  private checkOptions(): void {
    const { letters, rule } = this;
    for (const [option, takers] of Object.entries(ALLOWED)) {
      const given =
        this.given.has(option) ||
        (!['numeric', 'exact', 'line-numbers'].includes(option) && rule.has(option as 'source'));
      if (!given || letters.some((letter) => takers.includes(letter))) continue;
      const shown = called(option);
      throw this.error(`Expected no ${shown} with -${letters[0]!.toUpperCase()}`, shown, {
        iptables: `Illegal option \`${shown}' with this command`,
      });
    }
  }

  private checkInterfaces(): void {
    const wrong = (option: 'in-interface' | 'out-interface', chains: readonly string[]) => {
      if (this.rule.has(option) && chains.includes(this.chain!))
        throw this.error(`Expected no --${option} in chain ${this.chain}: packets there have none`, `--${option}`, {
          iptables: `Can't use ${called(option)} with ${this.chain}`,
        });
    };
    wrong('out-interface', ['PREROUTING', 'INPUT']);
    wrong('in-interface', ['POSTROUTING', 'OUTPUT']);
  }

  private rules(): Rule[] {
    const rule = this.rule.rule();
    const target = this.rule.targetName;
    if (target !== undefined) this.checkTarget(target);
    const sources = this.addresses('source');
    const destinations = this.addresses('destination');
    if (!sources && !destinations) return [rule];
    if ((sources?.length ?? 1) * (destinations?.length ?? 1) > MOST_RULES)
      throw this.error(`Expected addresses that make at most ${MOST_RULES} rules`);
    const rules: Rule[] = [];
    for (const source of sources ?? [undefined])
      for (const destination of destinations ?? [undefined])
        rules.push({
          ...rule,
          ...(source === undefined ? {} : { source }),
          ...(destination === undefined ? {} : { destination }),
        } as Rule);
    return rules;
  }

  private checkTarget(name: string): void {
    if (name === '')
      throw this.error('Expected the name of a target or a chain for --jump but received ""', undefined, {
        iptables: 'Invalid target name (too short)',
      });
    if (/[ \t-\r]/.test(name))
      throw this.error(`Expected no spaces in the name of a target but received ${show(name)}`, name, {
        iptables: `Invalid target name \`${name}'`,
      });
  }

  /** The addresses of a list; undefined if the rule has one, and as it is. */
  private addresses(which: 'source' | 'destination'): unknown[] | undefined {
    const given = this.rule.addresses(which);
    if (!given) return undefined;
    const { family, resolve } = this.context;
    const parts = given.value.split(',').map((part) => part.replace(/^\s+/, ''));
    const found: string[] = [];
    for (const part of parts) {
      // An address of the other family is said to be none by whoever encodes it.
      if (parseNetwork(part, family) || parseNetwork(part, family === 'ipv4' ? 'ipv6' : 'ipv4')) found.push(part);
      else if (resolve && isName(part)) {
        const slash = part.lastIndexOf('/');
        const mask = slash < 0 ? '' : part.slice(slash);
        const resolved = resolve(slash < 0 ? part : part.slice(0, slash));
        if (resolved.length === 0)
          throw this.error(
            `Expected an address or the name of a host for --${which} but received ${show(part)}, which is not known`,
            given.value,
            {
              iptables: `host/network \`${slash < 0 ? part : part.slice(0, slash)}' not found`,
              hint: rangeHint(part, which),
            },
          );
        for (const address of resolved) {
          if (!parseNetwork(address + mask, family))
            throw this.error(
              `Expected an address with an optional mask for --${which} but received ${show(part)}`,
              given.value,
              { iptables: `invalid mask \`${mask.slice(1)}' specified` },
            );
          found.push(address + mask);
        }
      } else found.push(part); // said by whoever encodes it
    }
    if (found.length > MOST_RULES)
      throw this.error(`Expected at most ${MOST_RULES} addresses for --${which}`, given.value);
    const several =
      (this.rule.addresses('source')?.value.includes(',') || this.rule.addresses('destination')?.value.includes(',')) ??
      false;
    if (
      (several || found.length > 1) &&
      (this.rule.addresses('source')?.not || this.rule.addresses('destination')?.not)
    )
      throw this.error('Expected no ! with several addresses', given.value, {
        iptables: '! not allowed with multiple source or destination IP addresses',
      });
    if (found.length === 1 && found[0] === given.value) return undefined;
    return found.map((address) => (given.not ? { not: address } : address));
  }

  private error(message: string, word?: string, details: ErrorDetails = {}): IptcError {
    const column = word === undefined ? undefined : this.columns[this.words.indexOf(word)];
    return new IptcError('ERR_BAD_RULE', message, { ...this.context.position, column, ...details });
  }
}

/** What may be a host's; the resolver takes an address in a single number too. */
function isName(word: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/\S+)?$/.test(word);
}

/** A refusal in our words and in iptables'. */
type Refusal = (message: string, iptables: string) => Error;

/** As sscanf's %i. */
export function parseWait(word: string | undefined, error: Refusal): number {
  if (word === undefined) return -1;
  const parsed = /^\s*([-+]?(?:0[xX][0-9a-fA-F]+|\d+))/.exec(word);
  if (!parsed) throw error(`Expected seconds for --wait but received ${show(word)}`, 'wait seconds not numeric');
  return Number(parsed[1]);
}
export function checkInterval(word: string | undefined, error: Refusal): void {
  if (word === undefined) throw error('Expected microseconds for --wait-interval', 'wait interval value required');
  const parsed = /^\s*\+?(\d+)/.exec(word);
  if (!parsed)
    throw error(`Expected microseconds for --wait-interval but received ${show(word)}`, 'wait interval not numeric');
  if (Number(parsed[1]) > 999999)
    throw error(
      `Expected at most 999999 microseconds for --wait-interval but received ${show(word)}`,
      `too long usec wait ${parsed[1]} > 999999 usec`,
    );
}

/** A rule may jump to it; anything else is a chain or an extension. */
export const isVerdict = (name: string): boolean => VERDICTS.has(name);
