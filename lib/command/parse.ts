/** The words of a command line, or of a file's line -> a command. */
import type { AnyExtension } from '../codec/extension';
import { IptcError, show } from '../errors';
import { registry } from '../extensions/registry';
import { FAMILY } from '../net/family';
import { parseNumber } from '../net/number';
import type { Counters } from '../rule/rule';
import { RuleDraft } from '../text/draft';
import { readWords } from '../text/getopt';
import { type BaseOption, called, onlyOnce } from '../text/options';
import { checkInterfaces, checkLength, checkNewName, checkOptions } from './checks';
import {
  type Answer,
  type Command,
  type CommandContext,
  type CommandLetter,
  OTHER_FAMILY,
  type Refuse,
} from './command';
import { COMMAND_OPTIONS, COMMANDS } from './options';
import { rulesOf } from './rules';
import { checkInterval, parseWait } from './wait';

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
  private readonly flags = new Set<string>();
  private wait = 0;
  private interval = false;
  private modprobe: string | undefined;
  private readonly rule: RuleDraft;

  readonly options: readonly BaseOption[];

  constructor(
    private readonly context: CommandContext,
    readonly words: readonly string[],
    readonly columns: readonly number[],
  ) {
    this.table = context.restore ?? 'filter';
    this.options = context.more ? [...COMMAND_OPTIONS, ...context.more] : COMMAND_OPTIONS;
    this.rule = new RuleDraft(context.family, context.position);
  }

  parse(): Command | Answer | typeof OTHER_FAMILY {
    try {
      readWords(this, this.rule, this);
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
    checkOptions(letters, rule, this.flags, this.error);
    if (this.chain !== undefined) checkLength(this.chain, this.error);
    const takesRule = letters.some((letter) => 'ACDIR'.includes(letter));
    if (takesRule) checkInterfaces(this.chain, rule, this.error);
    const rules = takesRule ? rulesOf(rule, this.context, this.error) : [];
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
      numeric: this.flags.has('numeric'),
      exact: this.flags.has('exact'),
      lineNumbers: this.flags.has('line-numbers'),
      rules,
      wait: this.wait,
      modprobe: this.modprobe,
      warnings: [...(this.interval ? ['Ignoring deprecated --wait-interval option.'] : []), ...this.rule.warnings],
    };
  }

  take(option: BaseOption, values: readonly string[], not: boolean): void {
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
            iptables: `The -t option cannot be used in ${FAMILY[this.context.family].tool}-restore.`,
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
          `Expected no --${option.name} here: this is the command for ${FAMILY[this.context.family].name}`,
        );
      case 'numeric':
      case 'exact':
      case 'line-numbers':
        if (this.flags.has(option.name))
          throw this.error(`Expected --${option.name} only once`, undefined, {
            iptables: onlyOnce(option.name),
          });
        this.flags.add(option.name);
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
        checkNewName(first!, this.context.family, this.error);
        this.chain = first;
        break;
      case 'E':
        if (second === undefined)
          throw this.error('Expected two names of chains, the old and the new, for --rename-chain', undefined, {
            iptables: '-E requires old-chain-name and new-chain-name',
          });
        checkNewName(second, this.context.family, this.error);
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

  private readonly error: Refuse = (message, word, details) => {
    const column = word === undefined ? undefined : this.columns[this.words.indexOf(word)];
    return new IptcError('ERR_BAD_RULE', message, { ...this.context.position, column, ...details });
  };
}
