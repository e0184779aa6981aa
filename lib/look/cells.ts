/** A rule taken apart into what a table of rules has columns for. */
import type { Family, Rule } from '../index';
import { formatRule } from '../index';
import { bareWord, quote } from '../net/text';
import { type SeenRule, targetName } from './model';

export interface Cells {
  readonly target: string;
  readonly protocol: string;
  readonly in: string;
  readonly out: string;
  readonly source: string;
  readonly destination: string;
  /** What else has to hold, and what the target is told, as options. */
  readonly conditions: string;
  readonly goal: string;
  readonly comment: string;
}

const VALUE = String.raw`(?:"(?:[^"\\]|\\.)*"|\S+)`;
const HEAD = new RegExp(`^(?:(?:! )?-[sdiop] ${VALUE}(?: |$))+`);

export function cellsOf(family: Family, seen: SeenRule): Cells {
  const { rule, text } = seen;
  const { protocol, source, destination, inInterface, outInterface } = rule;
  const comments = commentsOf(rule);
  const goal = goalOf(family, rule);
  // What could not be taken apart stays whole.
  const whole = 'entry' in rule || !text.endsWith(goal);
  let conditions = whole ? text : text.slice(0, text.length - goal.length).trimEnd();
  if (!whole) conditions = conditions.replace(HEAD, '');
  for (const comment of comments) conditions = conditions.replace(`-m comment --comment ${quote(comment)}`, '');
  return {
    target: targetName(seen),
    protocol: said(protocol),
    in: said(inInterface),
    out: said(outInterface),
    source: said(source).replace(/\/(32|128)$/, ''),
    destination: said(destination).replace(/\/(32|128)$/, ''),
    conditions: conditions.replace(/ {2,}/g, ' ').trim(),
    goal: whole ? '' : goal.replace(/^-[jg] (?:"(?:[^"\\]|\\.)*"|\S+) ?/, ''),
    comment: comments.join(', '),
  };
}

const said = (value: string | number | { readonly not: string | number } | undefined): string =>
  value === undefined ? '' : typeof value === 'object' ? `!${value.not}` : `${value}`;

export function commentsOf({ match = [] }: Rule): string[] {
  return match.flatMap((element) =>
    element.comment && 'comment' in element.comment && typeof element.comment.comment === 'string'
      ? [element.comment.comment]
      : [],
  );
}

const goals = new Map<string, string>();
/** `-j TARGET …`, as the rule's text ends. */
function goalOf(family: Family, { target, protocol }: Rule): string {
  if (target === undefined) return '';
  if (typeof target === 'string') return `-j ${bareWord(target)}`;
  if ('goto' in target) return `-g ${bareWord(target.goto as string)}`;
  const key = JSON.stringify([family, protocol, target]);
  let goal = goals.get(key);
  if (goal === undefined) {
    try {
      const head = protocol === undefined ? {} : { protocol };
      const before = formatRule(head as Rule, { family });
      goal = formatRule({ ...head, target } as Rule, { family })
        .slice(before.length)
        .trimStart();
    } catch {
      goal = '\0'; // no text ends so
    }
    goals.set(key, goal);
  }
  return goal;
}
