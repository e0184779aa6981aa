/** Save files and their data, as callers give them. */
import { isUint8Array } from 'node:util/types';
import { type Check, fields, flag, listOf, named, numeric, oneOf } from '../arguments';
import { Mismatch } from '../errors';
import { toUint64 } from '../net/number';
import { isPlainName, isWhole } from '../net/text';
import type { CountersInput, Family, Rule } from '../rule/rule';
import type { Pieces } from './lines';
import type {
  ChainDeclaration,
  ChainRule,
  FormatRulesetOptions,
  ParseRulesetOptions,
  Ruleset,
  TableRules,
} from './ruleset';

const family = oneOf('ipv4', 'ipv6') as Check<Family>;
const comment: Check<string> = (value) => {
  if (typeof value !== 'string' || /[\r\n\0]/.test(value)) throw new Mismatch('a comment of one line', value);
  return value;
};
const comments = listOf(comment, 'a list of comments');
const number: Check<bigint> = (value) => {
  const number = toUint64(value);
  if (number === undefined) throw new Mismatch('an integer from 0 to 18446744073709551615', value);
  return number;
};
const counters = fields<CountersInput>({ packets: number, bytes: number }, 'packets', 'bytes');
/** What stands between spaces in a line of its own, where nothing can be quoted. */
const name =
  (expected: string): Check<string> =>
  (value) => {
    if (typeof value !== 'string' || value === '') throw new Mismatch(expected, value);
    if (isPlainName(value)) return value;
    const unsafe = value.includes('\0')
      ? 'a zero byte'
      : isWhole(value)
        ? 'spaces and control characters'
        : 'halves of characters';
    throw new Mismatch(`${expected} without ${unsafe}`, value);
  };
const chain = fields<ChainDeclaration>(
  {
    name: name('the name of a chain'),
    policy: name('a policy'),
    counters,
    references: numeric('a number from 0 on', (n) => n >= 0),
  },
  'name',
);
/** What is in it is looked at when its turn comes: there may be many. */
const rules: Check<readonly ChainRule[]> = (value) => {
  if (!Array.isArray(value)) throw new Mismatch('a list of rules', value);
  return value;
};
const table = fields<TableRules>(
  {
    name: name('the name of a table'),
    chains: listOf(chain, 'a list of chains'),
    rules,
    comments,
    endComments: comments,
  },
  'name',
  'chains',
  'rules',
);

/** All of it but for its rules. */
export const ruleset = fields<Ruleset>(
  { family, tables: listOf(table, 'a list of tables'), comments },
  'family',
  'tables',
);
/** One of its rules, whose own data is for whoever encodes it. */
export const chainRule = fields<ChainRule>(
  { chain: name('the name of a chain'), rule: (value) => value as Rule, comments },
  'chain',
  'rule',
);

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
export const isRuleset = (value: unknown): value is Ruleset => isObject(value) && 'tables' in value;

/** A file's text, bytes, lines or pieces. */
export const pieces: Check<Pieces> = (value) => {
  if (typeof value === 'string' || isUint8Array(value)) return value;
  if (isObject(value) && !ArrayBuffer.isView(value) && (Symbol.asyncIterator in value || Symbol.iterator in value))
    return value as Pieces;
  throw new Mismatch('a text, bytes, lines or a stream', value);
};

const file = named('the name of a file');
export const parsing = fields<ParseRulesetOptions>({ family, file });
export const formatting = fields<FormatRulesetOptions>({ counters: flag });
