/** The words of a rule -> its data, with getopt_long's ways: clusters, `--name=value`, abbreviations, `!`. */
import type { AnyExtension, Family, Word } from '../codec/extension';
import type { Kernel } from '../codec/kernel';
import { type Context, toProtocol } from '../codec/operand';
import { alternatives, type ErrorDetails, IptcError, Mismatch, nearest, show } from '../errors';
import { registry } from '../extensions/registry';
import { protocolName } from '../net/databases';
import { scanCounter } from '../net/number';
import type { Rule } from '../rule/rule';
import { splitWords } from './words';

/** An option of the rule itself, or of a command around it. */
export interface BaseOption {
  readonly name: string;
  readonly letter?: string;
  /** How many words it takes; 'maybe' is one that doesn't look like an option. */
  readonly words: 0 | 1 | 2 | 'maybe';
  /** Not to be abbreviated: iptables doesn't have it, and its own abbreviations stay what they are. */
  readonly whole?: true;
  /** How many more it takes, of words that don't look like options. */
  readonly more?: number;
}
/** The options that make a rule; iptables(8), PARAMETERS. Their order is getopt's. */
const RULE_OPTIONS = [
  { name: 'source', letter: 's', words: 1 },
  { name: 'destination', letter: 'd', words: 1 },
  { name: 'src', words: 1 },
  { name: 'dst', words: 1 },
  { name: 'protocol', letter: 'p', words: 1 },
  { name: 'in-interface', letter: 'i', words: 1 },
  { name: 'jump', letter: 'j', words: 1 },
  { name: 'match', letter: 'm', words: 1 },
  { name: 'out-interface', letter: 'o', words: 1 },
  { name: 'fragment', letter: 'f', words: 0 },
  { name: 'fragments', words: 0 },
  { name: 'set-counters', letter: 'c', words: 1, more: 1 },
  { name: 'goto', letter: 'g', words: 1 },
] as const satisfies readonly BaseOption[];
export type RuleOption = (typeof RULE_OPTIONS)[number]['name'];
const SAME: Partial<Record<RuleOption, RuleOption>> = { src: 'source', dst: 'destination', fragments: 'fragment' };
const BY_NAME: ReadonlyMap<string, BaseOption> = new Map(RULE_OPTIONS.map((o) => [o.name, o]));
const BY_LETTER: ReadonlyMap<string, BaseOption> = new Map(
  RULE_OPTIONS.flatMap((o) => ('letter' in o ? [[o.letter, o] as const] : [])),
);
/** Routing, fragment, AH and destination options. */
const EXTENSION_HEADERS: ReadonlySet<number> = new Set([43, 44, 51, 60]);
const NEGATABLE: ReadonlySet<string> = new Set([
  'source',
  'destination',
  'protocol',
  'in-interface',
  'out-interface',
  'fragment',
]);

/** An extension that the words have named, and what they gave it. */
interface Instance {
  readonly extension: AnyExtension;
  readonly given: Given[];
}
interface Given {
  readonly word: Word;
  readonly values: readonly string[];
  readonly not: boolean;
  readonly column: number;
}
interface Value {
  readonly value: string;
  readonly not: boolean;
  readonly column: number;
}

/** Where a word comes from, for errors. */
export interface Position {
  readonly line?: number;
  readonly file?: string | undefined;
}

/** What a command around the rule makes of options of its own: true if it took the option. */
export interface Outer {
  readonly options: readonly BaseOption[];
  take(option: BaseOption, values: readonly string[], not: boolean): void;
}

/** Takes the words of one rule, then gives it as data. */
export class RuleParser {
  private readonly matches: Instance[] = [];
  private target: Instance | undefined;
  private readonly base = new Map<RuleOption, Value>();
  private jump: string | undefined;
  private goto: string | undefined;
  private counters: { packets: bigint; bytes: bigint } | undefined;
  private protocolLoaded = false;
  private words: readonly string[] = [];
  private columns: readonly number[] = [];

  constructor(
    readonly family: Family,
    private readonly kernel: Kernel,
    private readonly position: Position = {},
    private readonly outer?: Outer,
    /** A chain of this name exists: a jump to it is a jump, even if a target extension has the name. */
    private readonly isChain: (name: string) => boolean = () => false,
  ) {}

  /** Reads all words. */
  parse(words: readonly string[], columns: readonly number[] = []): this {
    this.words = words;
    this.columns = columns;
    let not = false;
    let i = 0;
    while (i < words.length) {
      const word = words[i]!;
      const at = i;
      if (word === '!') {
        if (not)
          throw this.error('Expected only one ! before an option', i, {
            iptables: 'multiple consecutive ! not allowed',
          });
        not = true;
        i++;
        if (i === words.length)
          throw this.error('Expected an option behind ! but the words end', i - 1, {
            iptables: 'nothing appropriate following !',
          });
        continue;
      }
      if (word === '--' && this.outer) {
        // The end of the options: nothing may follow.
        if (i + 1 < words.length)
          throw this.error(`Expected nothing behind -- but received ${show(words[i + 1])}`, i + 1, {
            iptables: 'unknown arguments found on commandline',
          });
        return this;
      }
      if (word.startsWith('--') && word.length > 2) i = this.long(i, not);
      else if (word.startsWith('-') && word.length > 1 && word !== '--') i = this.cluster(i, not);
      else
        throw this.error(`Expected an option${not ? ' behind !' : ''} but received ${show(word)}`, i, {
          hint: stray(words, i),
          iptables: `Bad argument \`${word}'`,
        });
      if (i > at) not = false;
    }
    return this;
  }

  private long(i: number, not: boolean): number {
    const word = this.words[i]!;
    const equals = word.indexOf('=');
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const attached = equals < 0 ? undefined : word.slice(equals + 1);
    const found = this.lookUp(name, i);
    if (found === undefined) {
      if (this.loadProtocol()) return this.long(i, not);
      throw this.unknown(word, name, i);
    }
    if ('base' in found) return this.takeBase(found.base, i, not, attached);
    const { instance, word: option } = found;
    if (not && !option.negatable)
      throw this.error(
        `Expected no ! before --${option.name} of ${instance.extension.kind} ${instance.extension.name}: it can't be negated`,
        i,
        {
          option: option.name,
          iptables: `${instance.extension.name}: option "--${option.name}" cannot be inverted.`,
        },
      );
    const count = option.operand.words;
    const values: string[] = [];
    if (count === 0 && attached !== undefined)
      throw this.error(`Expected no argument for --${option.name} but received ${show(attached)}`, i, {
        option: option.name,
        iptables: `unknown option "${word}"`,
      });
    let next = i + 1;
    if (count === 'maybe') {
      const word = attached ?? this.words[next];
      if (word !== undefined && !word.startsWith('-') && !word.startsWith('!')) {
        values.push(word);
        if (attached === undefined) next++;
      }
    } else if (count > 0) {
      const first = attached ?? this.words[next++];
      if (first === undefined)
        throw this.error(`Expected ${option.operand.metavar} behind --${option.name} but the words end`, i, {
          option: option.name,
          iptables: `option "--${option.name}" requires an argument`,
        });
      values.push(first);
    }
    if (count === 2) {
      const second = this.words[next++];
      if (second === undefined || second.startsWith('-') || second === '!')
        throw this.error(`Expected two arguments (${option.operand.metavar}) behind --${option.name}`, i, {
          option: option.name,
          iptables: `--${option.name} requires two args.`,
        });
      values.push(second);
    }
    instance.given.push({ word: option, values, not, column: this.columns[i] ?? 0 });
    return next;
  }

  private cluster(i: number, not: boolean): number {
    const word = this.words[i]!;
    for (let k = 1; k < word.length; k++) {
      const letter = word[k]!;
      const option = this.outer?.options.find((o) => o.letter === letter) ?? BY_LETTER.get(letter);
      if (!option) throw this.unknown(`-${letter}`, letter, i);
      const rest = word.slice(k + 1);
      if (option.words !== 0) return this.takeBase(option, i, not, rest === '' ? undefined : rest);
      this.takeBase(option, i, not, undefined);
    }
    return i + 1;
  }

  /** An exact name wins, of options loaded last first; then an abbreviation that can only mean one. */
  private lookUp(name: string, i: number): { base: BaseOption } | { instance: Instance; word: Word } | undefined {
    const base = this.outer?.options.find((o) => o.name === name) ?? BY_NAME.get(name);
    if (base) return { base };
    const instances = this.inScope();
    for (const instance of instances) {
      const word = instance.extension.words.get(name);
      if (word) return { instance, word };
    }
    const found = new Map<string, { base: BaseOption } | { instance: Instance; word: Word }>();
    const spellings: string[] = [];
    for (const option of [...(this.outer?.options ?? []), ...BY_NAME.values()]) {
      if (option.whole || !option.name.startsWith(name)) continue;
      found.set(`-${option.letter ?? (SAME as Record<string, string>)[option.name]?.[0] ?? option.name}`, {
        base: option,
      });
      spellings.push(option.name);
    }
    for (const instance of instances) {
      for (const [spelling, word] of instance.extension.words) {
        if (!spelling.startsWith(name)) continue;
        found.set(`${instance.extension.name} ${word.name}`, { instance, word });
        spellings.push(spelling);
      }
    }
    if (found.size > 1)
      throw this.error(
        `Expected an option but received --${name}, which may mean ${alternatives(spellings.map((s) => `--${s}`))}`,
        i,
        { iptables: `unknown option "--${name}"` },
      );
    return found.values().next().value;
  }

  /** The extensions whose options may come now: of each, the one named last. */
  private inScope(): Instance[] {
    const scope = this.target ? [this.target] : [];
    for (let k = this.matches.length - 1; k >= 0; k--) {
      const instance = this.matches[k]!;
      if (!scope.some((s) => s.extension === instance.extension)) scope.push(instance);
    }
    return scope;
  }

  /** `-p tcp --dport 22` means `-p tcp -m tcp --dport 22`. */
  private loadProtocol(): boolean {
    const protocol = this.base.get('protocol');
    if (protocol === undefined || this.protocolLoaded) return false;
    const number = parseProtocol(protocol.value);
    const name = number === undefined ? protocol.value : (protocolName(number) ?? protocol.value);
    const extension = registry.match.find(this.family, name) ?? registry.match.find(this.family, protocol.value);
    if (!extension) return false;
    this.protocolLoaded = true;
    this.matches.push({ extension, given: [] });
    return true;
  }

  private takeBase(option: BaseOption, i: number, not: boolean, attached: string | undefined): number {
    const values: string[] = attached === undefined ? [] : [attached];
    let next = i + 1;
    const wanted = option.words === 'maybe' ? 0 : option.words;
    if (option.words === 'maybe') {
      const word = this.words[next];
      if (attached === undefined && word !== undefined && !word.startsWith('-') && !word.startsWith('!'))
        values.push(this.words[next++]!);
    }
    if (wanted === 0 && option.words === 0 && attached !== undefined)
      throw this.error(`Expected no argument for --${option.name} but received ${show(attached)}`, i, {
        iptables: `unknown option "${this.words[i]}"`,
      });
    while (values.length < wanted) {
      const word = this.words[next];
      if (word === undefined || (values.length > 0 && (word.startsWith('-') || word.startsWith('!'))))
        throw this.error(
          `Expected ${wanted === 1 ? 'an argument' : 'two arguments'} behind --${option.name} but ${word === undefined ? 'the words end' : `received ${show(word)}`}`,
          i,
          { option: option.name, iptables: `option "${this.words[i]}" requires an argument` },
        );
      values.push(word);
      next++;
    }
    const complete = option.name === 'set-counters' && values[0]!.includes(',');
    for (let more = complete ? 0 : (option.more ?? 0); more > 0; more--) {
      const word = this.words[next];
      if (word === undefined || word.startsWith('-') || word.startsWith('!')) break;
      values.push(word);
      next++;
    }
    if (!this.outer?.options.includes(option))
      this.takeRuleOption(SAME[option.name as RuleOption] ?? (option.name as RuleOption), values, not, i);
    else this.outer.take(option, values, not);
    return next;
  }

  private takeRuleOption(name: RuleOption, values: readonly string[], not: boolean, i: number): void {
    if (not && !NEGATABLE.has(name))
      throw this.error(`Expected no ! before --${name}: it can't be negated`, i, {
        option: name,
        iptables: name === 'match' ? 'unexpected ! flag before --match' : `cannot have ! before ${called(name)}`,
      });
    const value = values[0] ?? '';
    switch (name) {
      case 'match': {
        const extension = registry.match.find(this.family, value);
        if (!extension) throw this.noExtension('match', value, i);
        this.matches.push({ extension, given: [] });
        return;
      }
      case 'jump':
      case 'goto':
        if (this.jump !== undefined || this.goto !== undefined)
          throw this.error('Expected --jump or --goto only once', i, { option: name, iptables: onlyOnce(name) });
        if (name === 'goto') this.goto = value;
        else {
          this.jump = value;
          const extension = this.isChain(value) ? undefined : registry.target.find(this.family, value);
          if (extension) this.target = { extension, given: [] };
        }
        return;
      case 'set-counters': {
        if (this.counters)
          throw this.error('Expected --set-counters only once', i, { option: name, iptables: onlyOnce(name) });
        const comma = value.indexOf(',');
        const [packets, bytes] = comma < 0 ? values : [value.slice(0, comma), value.slice(comma + 1)];
        const [p, b] = [scanCounter(packets ?? ''), scanCounter(bytes ?? '')];
        if (p === undefined || b === undefined)
          throw this.error(
            `Expected two numbers, packets and bytes, for --set-counters but received ${show(values.join(' '))}`,
            i,
            {
              option: name,
              iptables:
                bytes === undefined
                  ? '--set-counters requires packet and byte counter'
                  : `--set-counters ${p === undefined ? 'packet' : 'byte'} counter not numeric`,
            },
          );
        this.counters = { packets: p, bytes: b };
        return;
      }
      default:
        if (this.base.has(name))
          throw this.error(`Expected --${name} only once`, i, { option: name, iptables: onlyOnce(name) });
        if ((name === 'in-interface' || name === 'out-interface') && value === '')
          throw this.error(`Expected the name of an interface for --${name} but received ""`, i, {
            option: name,
            iptables: 'Empty interface is likely to be undesired',
          });
        this.base.set(name, { value, not, column: this.columns[i] ?? 0 });
    }
  }

  /** Whether an option of the rule was given; `jump` is --goto too. */
  has(option: RuleOption): boolean {
    if (option === 'jump') return this.jump !== undefined || this.goto !== undefined;
    return option === 'set-counters' ? this.counters !== undefined : this.base.has(option);
  }
  /** What --source or --destination was given, which may stand for several rules. */
  addresses(which: 'source' | 'destination'): Value | undefined {
    return this.base.get(which);
  }
  /** As it was written. */
  get protocol(): string | undefined {
    return this.base.get('protocol')?.value.toLowerCase();
  }
  /** The target's name, if there is one. */
  get targetName(): string | undefined {
    return this.jump ?? this.goto;
  }
  /** What iptables remarks on, and takes all the same. */
  get warnings(): readonly string[] {
    const warnings: string[] = [];
    for (const option of ['in-interface', 'out-interface'] as const) {
      const name = this.base.get(option)?.value;
      if (name !== undefined && /[/ ]/.test(name))
        warnings.push(`Warning: weird character in interface \`${name}' ('/' and ' ' are not allowed by the kernel).`);
    }
    const protocol = this.base.get('protocol');
    if (this.family === 'ipv6' && protocol && !protocol.not && EXTENSION_HEADERS.has(parseProtocol(protocol.value)!))
      warnings.push(`Warning: never matched protocol: ${this.protocol}. use extension match instead.`);
    return warnings;
  }
  /** The extensions named so far, for their help. */
  get extensions(): readonly AnyExtension[] {
    return [...(this.target ? [this.target] : []), ...this.matches].map((instance) => instance.extension);
  }

  /** The rule. Whether values fit their fields, and the extensions' own rules, are found out by encoding it. */
  rule(): Rule {
    const rule: Record<string, unknown> = {};
    const negated = (value: Value, to: (word: string) => unknown = (w) => w) =>
      value.not ? { not: to(value.value) } : to(value.value);
    const protocol = this.base.get('protocol');
    let number = 0;
    if (protocol) {
      const known = parseProtocol(protocol.value);
      if (known === undefined)
        throw this.errorAt(
          `Expected a protocol by name or number for --protocol but received ${show(protocol.value)}`,
          protocol.column,
          { option: 'protocol', iptables: `unknown protocol "${protocol.value.toLowerCase()}" specified` },
        );
      number = known;
      if (number === 0 && protocol.not)
        throw this.errorAt(
          'Expected a protocol other than all for ! --protocol: the rule would never match',
          protocol.column,
          { option: 'protocol', iptables: 'rule would never match protocol' },
        );
      // An IPv4 entry doesn't tell all from none.
      if (number !== 0 || this.family === 'ipv6')
        rule.protocol = negated(protocol, () => protocolName(number) ?? number);
    }
    for (const [option, key] of [
      ['source', 'source'],
      ['destination', 'destination'],
      ['in-interface', 'inInterface'],
      ['out-interface', 'outInterface'],
    ] as const) {
      const value = this.base.get(option);
      if (value) rule[key] = negated(value);
    }
    const fragment = this.base.get('fragment');
    if (fragment) rule.fragment = fragment.not ? { not: true } : true;
    const context: Context = { kernel: this.kernel, protocol: number };
    if (this.matches.length > 0)
      rule.match = this.matches.map((instance) => ({ [instance.extension.name]: this.settings(instance, context) }));
    if (this.target) rule.target = { [this.target.extension.name]: this.settings(this.target, context) };
    else if (this.goto !== undefined) rule.target = { goto: this.goto };
    else if (this.jump !== undefined && this.jump !== '') rule.target = this.jump;
    if (this.counters) rule.counters = this.counters;
    return rule as Rule;
  }

  private settings({ extension, given }: Instance, context: Context): Record<string, unknown> {
    const whole: Record<string, unknown> = {};
    // What a word sets: the extension's options, or an element that a word before it opened.
    let settings = whole;
    let opened: readonly string[] = [];
    for (const [i, { word, values, not, column }] of given.entries()) {
      if (word.after !== undefined && !given.slice(0, i).some((g) => g.word.name === word.after))
        throw this.errorAt(
          `Expected --${word.after} before --${word.name} of ${extension.kind} ${extension.name}`,
          column,
          { option: word.name },
        );
      if (word.opens) {
        opened = word.opens;
        settings = {};
        whole[word.key] = [...((whole[word.key] as unknown[] | undefined) ?? []), settings];
        continue;
      }
      let value: unknown;
      try {
        value = word.operand.parse(values, context);
      } catch (error) {
        if (!(error instanceof Mismatch)) throw error;
        throw this.errorAt(
          `Expected ${error.expected} for --${word.name} of ${extension.kind} ${extension.name} but received ${show(error.received)}`,
          column,
          {
            option: word.name,
            iptables: extension.phrase(word.name, error),
            hint: error.hint ?? wordHint(word.name, values),
          },
        );
      }
      const into = opened.includes(word.key) ? settings : whole;
      if (word.repeatable) {
        const [one] = value as readonly unknown[];
        into[word.key] = [...((into[word.key] as unknown[] | undefined) ?? []), not ? { not: one } : one];
        continue;
      }
      if (into[word.key] !== undefined)
        throw this.errorAt(`Expected --${word.name} of ${extension.kind} ${extension.name} only once`, column, {
          option: word.name,
          iptables: `${extension.name}: option "--${word.name}" can only be used once.`,
        });
      into[word.key] = not ? { not: value } : value;
    }
    return whole;
  }

  private noExtension(kind: 'match' | 'target', name: string, i: number): IptcError {
    const near = nearest(name, registry[kind].names(this.family));
    return this.error(
      `Expected the name of a ${kind} for --${kind} but received ${show(name)}${near === undefined ? '' : `: did you mean ${near}?`}`,
      i,
      { option: kind, iptables: `Couldn't load ${kind} \`${name}':No such file or directory` },
    );
  }

  private unknown(word: string, name: string, i: number): IptcError {
    const names = [
      ...RULE_OPTIONS.map((o) => o.name),
      ...(this.outer?.options ?? []).map((o) => o.name),
      ...this.inScope().flatMap((s) => [...s.extension.words.keys()]),
    ];
    const near = nearest(name, names);
    const owner = ownersOf(this.family, name);
    const hint =
      name === 't' || name === 'table'
        ? 'A rule has no table of its own: it goes to the one that it is given to.'
        : owner.length > 0
          ? `--${name} belongs to ${alternatives(owner)}: name it first.`
          : near !== undefined
            ? `Did you mean --${near}?`
            : undefined;
    return this.error(`Expected an option that is known here but received ${show(word)}`, i, {
      option: name,
      hint,
      iptables: `unknown option "${word}"`,
    });
  }

  private error(message: string, i: number, details: ErrorDetails = {}): IptcError {
    return this.errorAt(message, this.columns[i] ?? 0, details);
  }
  private errorAt(message: string, column: number, details: ErrorDetails): IptcError {
    return new IptcError('ERR_BAD_RULE', message, {
      ...this.position,
      column: column === 0 ? undefined : column,
      ...details,
    });
  }
}

/** What was probably meant by a word that belongs to no option: people's habits, from shells and from older iptables. */
function stray(words: readonly string[], i: number): string | undefined {
  const word = words[i]!;
  if (i >= 2 && words[i - 1] === '!') return `A ! stands before its option: ! ${words[i - 2]} ${word}`;
  if (word.startsWith('#'))
    return 'A comment has a line of its own; in a rule it is -m comment --comment "the loopback".';
  if (word === '\\') return 'A rule stands on one line.';
  if (words.slice(0, i).some((w) => w.startsWith("'"))) return 'Only double quotes hold words together.';
  const before = words[i - 1] ?? '';
  if (/^-[a-z][a-z-]+$/.test(before) && isLong(before.slice(1)))
    return `An option of more than one letter has two dashes: -${before} ${word}.`;
  if (before.endsWith(',') || word.startsWith(',')) return `No blank may stand beside a comma: ${before}${word}.`;
  if (i === 0 && word.startsWith('*')) return 'The table before it has to end with a line COMMIT.';
  if (i === 0 && /^commit$/i.test(word)) return 'COMMIT stands alone on its line: in capital letters, without blanks.';
  return i === 0 ? 'It is what follows iptables on a command line: -A INPUT -s 10.0.0.1 -j DROP.' : undefined;
}
/** What was meant by the words behind an option. */
function wordHint(option: string, [word = '']: readonly string[]): string | undefined {
  if (!/port/.test(option)) return undefined;
  const [, low, high] = /^(\w+)-(\w+)$/.exec(word) ?? [];
  if (low !== undefined) return `A range has a colon: --${option} ${low}:${high}.`;
  if (word.includes(',') && /^[sd](?:our|est|por)/.test(option))
    return `Several ports are a match of their own: -m multiport --${option.startsWith('s') ? 's' : 'd'}ports ${word}.`;
  return undefined;
}
/** What iptables calls an option in what it says of it. */
export const called = (option: string): string =>
  option === 'goto' ? '--jump' : option === 'fragment' ? '--fragments' : `--${option}`;
export const onlyOnce = (option: string): string => `multiple ${called(option)} options not allowed`;

export function parseProtocol(value: string): number | undefined {
  try {
    return toProtocol(value);
  } catch {
    // iptables takes upper case too.
    try {
      return toProtocol(value.toLowerCase());
    } catch {
      return undefined;
    }
  }
}

/** Whether an option is called so, a rule's or an extension's. */
const isLong = (name: string): boolean =>
  BY_NAME.has(name) || (['ipv4', 'ipv6'] as const).some((family) => ownersOf(family, name).length > 0);

function ownersOf(family: Family, name: string): string[] {
  const owners: string[] = [];
  for (const kind of ['match', 'target'] as const)
    for (const extension of registry[kind].names(family))
      if (registry[kind].find(family, extension)?.words.has(name))
        owners.push(`${kind === 'match' ? '-m' : '-j'} ${extension}`);
  return owners.slice(0, 4);
}

/** The rule that a line of text says; `-A CHAIN` before it is allowed, and left aside. */
export function parseLine(
  family: Family,
  kernel: Kernel,
  line: string,
  position: Position = {},
): { chain: string | undefined; rule: Rule } {
  const { words, columns } = splitWords(line);
  let chain: string | undefined;
  const append = { name: 'append', letter: 'A', words: 1 } as const;
  const parser = new RuleParser(family, kernel, position, {
    options: [append],
    take: (_option, values) => {
      chain = values[0];
    },
  });
  return { rule: parser.parse(words, columns).rule(), chain };
}
