/** What the words of a rule have said so far -> its data. */
import type { AnyExtension, Family } from '../codec/extension';
import { anyKernel } from '../codec/kernel';
import { type Context, toRuleProtocol } from '../codec/operand';
import { IptcError, nearest, show } from '../errors';
import { registry } from '../extensions/registry';
import { protocolName } from '../net/databases';
import { scanCounter } from '../net/number';
import type { Rule } from '../rule/rule';
import { type Instance, type Refusal, settingsOf } from './instance';
import { called, NEGATABLE, onlyOnce, type RuleOption } from './options';
import type { Position } from './words';

/** Routing, fragment, AH and destination options. */
const EXTENSION_HEADERS: ReadonlySet<number> = new Set([43, 44, 51, 60]);

/** Words depend on nothing that is in a kernel. */
const KERNELS = { ipv4: anyKernel('ipv4'), ipv6: anyKernel('ipv6') };

interface Value {
  readonly value: string;
  readonly not: boolean;
  readonly column: number;
}

export class RuleDraft {
  private readonly matches: Instance[] = [];
  private target: Instance | undefined;
  private readonly base = new Map<RuleOption, Value>();
  private jump: string | undefined;
  private goto: string | undefined;
  private counters: { packets: bigint; bytes: bigint } | undefined;
  private protocolLoaded = false;
  /** What iptables says of options that it takes. */
  private remarks: string[] = [];

  constructor(
    readonly family: Family,
    private readonly position: Position = {},
  ) {}

  /** Takes an option of the rule itself. */
  take(name: RuleOption, values: readonly string[], not: boolean, column: number): void {
    if (not && !NEGATABLE.has(name))
      throw this.refuse(`Expected no ! before --${name}: it can't be negated`, column, {
        option: name,
        iptables: name === 'match' ? 'unexpected ! flag before --match' : `cannot have ! before ${called(name)}`,
      });
    const value = values[0] ?? '';
    switch (name) {
      case 'match': {
        const extension = registry.match.find(this.family, value);
        if (!extension) throw this.noMatch(value, column);
        this.matches.push({ extension, given: [] });
        return;
      }
      case 'jump':
      case 'goto':
        if (this.jump !== undefined || this.goto !== undefined)
          throw this.refuse('Expected --jump or --goto only once', column, { option: name, iptables: onlyOnce(name) });
        if (name === 'goto') this.goto = value;
        else {
          this.jump = value;
          const extension = registry.target.find(this.family, value);
          if (extension) this.target = { extension, given: [] };
        }
        return;
      case 'set-counters': {
        if (this.counters)
          throw this.refuse('Expected --set-counters only once', column, { option: name, iptables: onlyOnce(name) });
        const comma = value.indexOf(',');
        const [packets, bytes] = comma < 0 ? values : [value.slice(0, comma), value.slice(comma + 1)];
        const [p, b] = [scanCounter(packets ?? ''), scanCounter(bytes ?? '')];
        if (p === undefined || b === undefined)
          throw this.refuse(
            `Expected two numbers, packets and bytes, for --set-counters but received ${show(values.join(' '))}`,
            column,
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
          throw this.refuse(`Expected --${name} only once`, column, { option: name, iptables: onlyOnce(name) });
        if ((name === 'in-interface' || name === 'out-interface') && value === '')
          throw this.refuse(`Expected the name of an interface for --${name} but received ""`, column, {
            option: name,
            iptables: 'Empty interface is likely to be undesired',
          });
        this.base.set(name, { value, not, column });
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
    const warnings = [...this.remarks];
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
    this.remarks = [];
    const negated = (value: Value, to: (word: string) => unknown = (w) => w) =>
      value.not ? { not: to(value.value) } : to(value.value);
    const protocol = this.base.get('protocol');
    let number = 0;
    if (protocol) {
      const known = parseProtocol(protocol.value);
      if (known === undefined)
        throw this.refuse(
          `Expected a protocol by name or number for --protocol but received ${show(protocol.value)}`,
          protocol.column,
          { option: 'protocol', iptables: `unknown protocol "${protocol.value.toLowerCase()}" specified` },
        );
      number = known;
      if (number === 0 && protocol.not)
        throw this.refuse(
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
    const context: Context = { kernel: KERNELS[this.family], protocol: number };
    const said = (instance: Instance) => ({
      [instance.extension.name]: settingsOf(instance, context, this.refuse, (text) => this.remarks.push(text)),
    });
    if (this.matches.length > 0) rule.match = this.matches.map(said);
    if (this.target) rule.target = said(this.target);
    else if (this.goto !== undefined) rule.target = { goto: this.goto };
    else if (this.jump !== undefined && this.jump !== '') rule.target = this.jump;
    if (this.counters) rule.counters = this.counters;
    return rule as Rule;
  }

  /** The extensions whose options may come now: of each, the one named last. */
  inScope(): Instance[] {
    const scope = this.target ? [this.target] : [];
    for (let k = this.matches.length - 1; k >= 0; k--) {
      const instance = this.matches[k]!;
      if (!scope.some((s) => s.extension === instance.extension)) scope.push(instance);
    }
    return scope;
  }

  /** `-p tcp --dport 22` means `-p tcp -m tcp --dport 22`. */
  loadProtocol(): boolean {
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

  private noMatch(name: string, column: number): IptcError {
    const near = nearest(name, registry.match.names(this.family));
    return this.refuse(
      `Expected the name of a match for --match but received ${show(name)}${near === undefined ? '' : `: did you mean ${near}?`}`,
      column,
      { option: 'match', iptables: `Couldn't load match \`${name}':No such file or directory` },
    );
  }

  /** What is wrong at a column of the text; 0: somewhere. */
  readonly refuse: Refusal = (message, column, details) =>
    new IptcError('ERR_BAD_RULE', message, {
      ...this.position,
      column: column === 0 ? undefined : column,
      ...details,
    });
}

export function parseProtocol(value: string): number | undefined {
  try {
    return toRuleProtocol(value);
  } catch {
    return undefined;
  }
}
