/** What edits of a chain's rules write: what they are made of is looked at when they do. */
import { argument, type Check, fields, optionsOf, valuesOf } from '../arguments';
import type { ProgramWriter } from '../backend/writer';
import type { Parts } from '../commit/parts';
import { WAITING } from '../commit/waiting';
import { IptcError, Mismatch, show } from '../errors';
import type { Pattern } from '../rule/pattern';
import type { Family } from '../rule/rule';
import type { ExpectOptions, RuleInput, WideRuleInput } from './chain';
import type { TableEdits } from './edits';
import { ruleInput } from './options';

export class ChainWrites<F extends Family> {
  constructor(
    // biome-ignore lint/suspicious/noExplicitAny: of whatever table
    private readonly table: TableEdits<F, any>,
    private readonly chain: string,
  ) {}

  append(rule: RuleInput<F>) {
    return (program: ProgramWriter) => {
      const entry = this.encode(rule, 0);
      program.chain(this.chain).append(entry);
    };
  }
  appendAll(rules: Iterable<WideRuleInput<F>>): Parts {
    return (piece) => this.each(rules, piece);
  }
  private *each(rules: Iterable<WideRuleInput<F>>, piece: () => ProgramWriter): Generator<void> {
    let index = 0;
    argument('appendAll', 'rules', rules, ruleList);
    for (const rule of valuesOf('appendAll', 'rules', rules)) {
      for (const each of this.table.expand(rule, this.chain, index)) {
        const entry = this.encode(each, index);
        piece().chain(this.chain).append(entry);
      }
      index++;
      yield;
    }
  }
  insert(rule: RuleInput<F>, position: number) {
    return (program: ProgramWriter) => {
      const index = this.index(position);
      const entry = this.encode(rule);
      program.chain(this.chain).insert(index, entry);
    };
  }
  replace(position: number, rule: RuleInput<F>, options: () => ExpectOptions<F>) {
    return (program: ProgramWriter) => {
      const { expect } = options();
      const index = this.index(position);
      const entry = this.encode(rule).slice();
      const expected = expect === undefined ? undefined : this.pattern(expect);
      program.chain(this.chain);
      if (expected) program.expectAt(index, expected);
      program.replace(index, entry);
    };
  }
  delete(rule: RuleInput<F> | number, options: () => ExpectOptions<F>) {
    return (program: ProgramWriter) => {
      const { expect } = options();
      if (typeof rule !== 'number') {
        if (expect !== undefined)
          throw new IptcError(
            'ERR_BAD_ARGUMENT',
            `Expected a position with expect for delete() but received ${show(rule)}`,
            {
              ...this.where(),
              hint: 'Leave expect out: what is deleted is a rule that equals the one given.',
            },
          );
        const found = this.pattern(rule);
        program.chain(this.chain).tell().delete(found);
        return;
      }
      const index = this.index(rule);
      const expected = expect === undefined ? undefined : this.pattern(expect);
      program.chain(this.chain);
      if (expected) program.expectAt(index, expected);
      program.tell().deleteAt(index);
    };
  }
  check(rule: RuleInput<F>) {
    return (program: ProgramWriter) => {
      const found = this.pattern(rule);
      program.chain(this.chain).check(found);
    };
  }
  zero(position: number | undefined) {
    return (program: ProgramWriter) => {
      const index = position === undefined ? undefined : this.index(position);
      program.chain(this.chain).tell();
      if (index === undefined) program.zero();
      else program.zeroAt(index);
    };
  }

  private encode(rule: RuleInput<F>, index?: number): Uint8Array {
    return this.table.encode(rule, this.chain, index);
  }
  private pattern(rule: RuleInput<F>): Pattern {
    return this.table.pattern(rule, this.chain);
  }
  private index(position: number): number {
    if (Number.isInteger(position) && position >= 1 && position <= 0x7fffffff) return position - 1;
    throw new IptcError(
      'ERR_BAD_ARGUMENT',
      `Expected a position from 1 on for a rule of chain ${this.chain} but received ${show(position)}`,
      this.where(),
    );
  }
  private where() {
    return { family: this.table.family, table: this.table.name, chain: this.chain } as const;
  }
}

const EXPECTING = fields<ExpectOptions<Family>>({ ...WAITING, expect: ruleInput });
/** Looked at once, when the call is. */
export function expecting<F extends Family>(
  call: string,
  options: ExpectOptions<F> | undefined,
): () => ExpectOptions<F> {
  let given: ExpectOptions<F> | undefined;
  return () => {
    given ??= optionsOf<ExpectOptions<F>>(call, options, EXPECTING as Check<ExpectOptions<F>>);
    return given;
  };
}

/** Any iterable, but for a single rule's text. */
const ruleList: Check<Iterable<unknown>> = (value) => {
  if (typeof value === 'string' || typeof (value as Iterable<unknown> | null)?.[Symbol.iterator] !== 'function')
    throw new Mismatch('a list of rules', value);
  return value as Iterable<unknown>;
};
