import { constants } from 'node:os';
import { isUint8Array } from 'node:util/types';
import { decodeText } from '../../net/text';
import { VERDICTS } from '../../rule/rule';
import { finish, type Steps } from '../../slice';
import type { BackendFailure } from '../backend';
import { CHAIN_NAME_SIZE, OP } from '../program';
import { asJump, comparedBits, type Entry, LITTLE, loadEntry, nameAt, u32 } from './entry';
import { failure } from './failure';
import { RulePattern } from './pattern';
import { type Chain, type Rule, ZERO } from './rules';
import type { MemoryTable, Sought } from './table';
import type { Taken } from './taken';

const { ECANCELED, EEXIST, EINVAL, ENOENT, ESRCH, ESTALE } = constants.errno;

/** Operations between two steps, and rules that are looked at. */
const STRETCH = 16;
const LONG = 1_024;

/** What a jump's target can hold. */
const LONGEST_CHAIN = 28;

const malformed = () => failure('edit', EINVAL, 'The program is malformed');

/** Runs a program, in the format of program.ts, in one piece or several, on one table. */
export class ProgramRunner {
  private chain = '';
  /** The number of the one that is being done. */
  operation = 0;
  /** What operations were to tell: a record of each. */
  readonly told: Taken[][] = [];
  /** Whether the next one is. */
  private telling = false;

  /** `chainsCapture`: see ApplyOptions. */
  constructor(
    private readonly table: MemoryTable,
    private readonly chainsCapture = false,
  ) {}

  /** Whole operations; what CHAIN named holds for the next piece, too. The bytes are copied where they are kept. */
  run(program: Uint8Array): void {
    finish(this.running(program));
  }
  *running(program: Uint8Array): Steps<void> {
    try {
      if (!isUint8Array(program)) throw malformed();
      for (let at = 0; at < program.length; this.operation++) {
        const size = at + 8 <= program.length ? u32(program, at + 4) : 0;
        if (size < 8 || size > program.length - at || size % 8 !== 0) throw malformed();
        const opcode = u32(program, at);
        const long = this.execute(opcode, program.subarray(at + 8, at + size));
        if (long) yield* long;
        this.telling = opcode === OP.TELL;
        at += size;
        if (this.operation % STRETCH === 0) yield;
      }
    } catch (error) {
      const { operation } = this;
      const { errno, target } = error as BackendFailure & { readonly target?: string };
      const missing = errno === ENOENT ? (target ?? this.chain) : '';
      const refusal = { operation, errno, ...(missing && { missing: decodeText(Buffer.from(missing, 'latin1')) }) };
      throw Object.assign(error as BackendFailure, { refused: [refusal] });
    }
  }

  /** What takes long is given back, to be done in steps. */
  private execute(opcode: number, operands: Uint8Array): Steps<void> | undefined {
    const { table, chain } = this;
    switch (opcode) {
      case OP.CHAIN:
        expectSize(operands, CHAIN_NAME_SIZE);
        this.chain = label(operands);
        break;
      case OP.APPEND:
        table.insert(chain, this.rule(operands));
        break;
      case OP.INSERT:
        table.insert(chain, this.rule(operands, 8), u32(operands, 0));
        break;
      case OP.REPLACE: {
        const rule = this.rule(operands, 8);
        table.replace(chain, u32(operands, 0), rule);
        break;
      }
      case OP.DELETE_AT:
        expectSize(operands, 8);
        this.deleteAt(u32(operands, 0));
        break;
      case OP.DELETE:
        return this.found(operands, (index) => this.deleteAt(index));
      case OP.CHECK:
        return this.found(operands);
      case OP.EXPECT_AT:
        this.expectAt(operands);
        break;
      case OP.FLUSH:
        expectSize(operands, 0);
        return table.flush(chain);
      case OP.ZERO:
        expectSize(operands, 0);
        return this.zero(chain);
      case OP.ZERO_AT:
        expectSize(operands, 8);
        this.zeroAt(u32(operands, 0));
        break;
      case OP.CREATE:
        expectSize(operands, 0);
        this.create();
        break;
      case OP.DELETE_CHAIN:
        expectSize(operands, 0);
        table.deleteChain(chain);
        break;
      case OP.RENAME:
        expectSize(operands, CHAIN_NAME_SIZE);
        this.rename(label(operands));
        break;
      case OP.POLICY: {
        expectSize(operands, CHAIN_NAME_SIZE + 24);
        const counters = countersAt(operands, CHAIN_NAME_SIZE + 8);
        table.setPolicy(chain, label(operands), u32(operands, CHAIN_NAME_SIZE) !== 0 ? counters : undefined);
        break;
      }
      case OP.FLUSH_ALL:
        expectSize(operands, 0);
        return this.each(({ name }) => table.flush(name));
      case OP.ZERO_ALL:
        expectSize(operands, 0);
        return this.each(({ name }) => this.zero(name));
      case OP.DELETE_CHAINS:
        expectSize(operands, 0);
        return this.each(({ name, builtin }) => (builtin ? undefined : table.deleteChain(name)));
      case OP.EMPTY_CHAIN:
        expectSize(operands, 0);
        if (table.find(chain)) return table.flush(chain);
        this.create();
        break;
      case OP.ABANDON:
        expectSize(operands, 0);
        throw failure('edit', ECANCELED, 'Abandoned by the program');
      case OP.TELL:
        expectSize(operands, 0);
        this.told.push([]);
        break;
      default:
        throw malformed();
    }
    return undefined;
  }

  /** All chains that there are. */
  private *each(edit: (chain: Chain) => Steps<void> | void): Steps<void> {
    for (const chain of this.table.list()) yield* edit(chain) ?? [];
  }

  private rule(operands: Uint8Array, at = 0): Rule {
    if (at > operands.length) throw malformed();
    const entry = this.load(operands.subarray(at));
    const jump = this.jumpOf(entry);
    if (!entry.standard && this.userChain(entry.name)) {
      const name = Buffer.from(entry.name, 'latin1').toString();
      throw failure('edit', EEXIST, `A chain of that name captures the target ${name}`);
    }
    return this.table.rule(entry, jump);
  }

  private load(bytes: Uint8Array): Entry {
    const { layout } = this.table;
    const entry = loadEntry(layout, bytes);
    const captured = this.chainsCapture && !entry.standard && this.userChain(entry.name);
    return captured ? asJump(layout, entry) : entry;
  }

  /** The chain that an entry jumps or goes to, if it does. */
  private jumpOf({ standard, name, bytes }: Entry): Chain | undefined {
    if (!standard || name === '') return undefined;
    const { layout } = this.table;
    if (VERDICTS.has(name)) {
      if (bytes[layout.flags]! & layout.gotoFlag) {
        throw failure('edit', EINVAL, "Can't go to a verdict, only to a chain");
      }
      return undefined;
    }
    const chain = this.table.find(name);
    if (!chain) throw Object.assign(failure('edit', ENOENT, 'No chain/target by that name'), { target: name });
    if (chain.builtin) throw failure('edit', EINVAL, "Can't jump to a built-in chain");
    return chain;
  }

  private userChain(name: string): Chain | undefined {
    const chain = this.table.find(name);
    return chain?.builtin ? undefined : chain;
  }

  /** Whether a rule fits the entry and the mask that operands hold behind two words. */
  private pattern(operands: Uint8Array, size: number): (rule: Rule) => boolean {
    if (operands.length < 8 + 2 * size) throw malformed();
    const given = {
      entry: operands.subarray(8, 8 + size),
      mask: operands.subarray(8 + size, 8 + 2 * size),
      alternatives: operands.subarray(8 + 2 * size),
    };
    const fits = this.fitting(given);
    const sought = this.table.sought(this.chain, given);
    return sought === given ? fits : this.fitting(sought);
  }
  private fitting({ entry: bytes, mask, alternatives }: Sought): (rule: Rule) => boolean {
    const { layout } = this.table;
    const entry = this.load(bytes);
    const jump = this.jumpOf(entry);
    const bits = comparedBits(layout, entry, jump !== undefined, mask);
    const pattern = new RulePattern(layout, entry, bits, alternatives);
    return (rule) => rule.jump === jump && rule.standard === entry.standard && pattern.fits(rule.bytes, rule.at);
  }

  /** The first rule that fits. */
  private *found(operands: Uint8Array, edit?: (index: number) => void): Steps<void> {
    if (operands.length < 4) throw malformed();
    const fits = this.pattern(operands, u32(operands, 0));
    const rules = this.rules();
    for (let index = 0; index < rules.length; index++) {
      if (fits(rules[index]!)) return edit?.(index);
      if (index % LONG === LONG - 1) yield;
    }
    throw failure('edit', ESRCH, 'Bad rule (does a matching rule exist in that chain?)');
  }

  private expectAt(operands: Uint8Array): void {
    if (operands.length < 8) throw malformed();
    const fits = this.pattern(operands, u32(operands, 4));
    const rule = this.rules()[u32(operands, 0)];
    if (!rule || !fits(rule)) throw failure('edit', ESTALE, 'Another rule, or none, is at that number');
  }

  private deleteAt(index: number): void {
    const { table, chain } = this;
    const rule = table.find(chain)?.rules[index];
    table.deleteAt(chain, index);
    this.tell({ chain, rules: [rule], policy: undefined });
  }
  private zeroAt(index: number): void {
    const { table, chain } = this;
    const before = table.find(chain)?.rules[index];
    table.zeroAt(chain, index);
    const after = table.find(chain)?.rules[index];
    this.tell({ chain, rules: [before === after ? undefined : before], policy: undefined });
  }
  private *zero(chain: string): Steps<void> {
    const { table } = this;
    const found = table.find(chain);
    const before = found?.rules ?? [];
    // What the same commit sets it to isn't taken away.
    const policy = found?.builtin ? (found.newCounters ? ZERO : found.counters) : undefined;
    yield* table.zero(chain);
    if (this.telling)
      this.tell({ chain, rules: before.map((rule, i) => (found!.rules[i] === rule ? undefined : rule)), policy });
  }
  private tell(taken: Taken): void {
    if (this.telling) this.told[this.told.length - 1]!.push(taken);
  }

  private rules(): readonly Rule[] {
    const chain = this.table.find(this.chain);
    if (!chain) throw failure('edit', ENOENT, 'No chain/target/match by that name');
    return chain.rules;
  }

  private create(): void {
    requireNewName(this.chain);
    this.table.create(this.chain);
  }

  private rename(name: string): void {
    requireNewName(name);
    this.table.rename(this.chain, name);
    this.chain = name;
  }
}

function expectSize(operands: Uint8Array, size: number): void {
  if (operands.length !== size) throw malformed();
}

function label(operands: Uint8Array): string {
  const name = nameAt(operands, 0, CHAIN_NAME_SIZE);
  // What comes behind a zero would be cut off, and the name be another's.
  if (name === undefined || operands.subarray(name.length, CHAIN_NAME_SIZE).some((byte) => byte !== 0))
    throw malformed();
  return name;
}

function requireNewName(name: string): void {
  if (name.length === 0 || name.length > LONGEST_CHAIN) {
    throw failure('edit', EINVAL, "A chain's name has 1 to 28 bytes");
  }
}

function countersAt(operands: Uint8Array, at: number): { packets: bigint; bytes: bigint } {
  const view = new DataView(operands.buffer, operands.byteOffset + at);
  return { packets: view.getBigUint64(0, LITTLE), bytes: view.getBigUint64(8, LITTLE) };
}
