/** What is to be done with a chain of a table, so that the kernel's becomes the same. */
import type { Chain } from '../memory/rules';
import { type Change, type NftRule, type NftTable, type Place, rulesOf } from './model';

/** What is to be done with a chain's rules. */
export interface Plan {
  readonly chain: Chain;
  readonly place: Place | undefined;
  /** How many rules are new. */
  readonly fresh: number;
  /** The first operation that brings one. */
  readonly begins: number;
  /** All that it had goes. */
  readonly emptied: boolean;
  /** What goes does so before anything comes. */
  readonly apart: boolean;
  readonly gaps: readonly Gap[];
  /** Where its rules aren't known: how many come in front of them; the others come behind. */
  readonly heads: number | undefined;
}
/** `apart`: chains are deleted, so that no rule that leads to one may be replaced. */
export function planOf(table: NftTable, chain: Chain, { before, heads, flushed }: Change, apart: boolean): Plan {
  const place = table.places.get(chain);
  const after = table.find(chain.name) === chain ? rulesOf(chain) : [];
  let [fresh, begins] = [0, Number.MAX_SAFE_INTEGER];
  for (const { handle, operation } of after) {
    if (handle !== 0) continue;
    fresh++;
    begins = Math.min(begins, operation);
  }
  const isKnown = place === undefined || place.loaded || flushed;
  return {
    chain,
    place,
    fresh,
    begins,
    emptied: flushed || (before.length > 1 && fresh === after.length),
    apart,
    gaps: isKnown ? [...gaps(before, after)] : [],
    heads: isKnown ? undefined : heads,
  };
}

/** What goes and what comes between two rules that stay. */
interface Gap {
  readonly gone: readonly NftRule[];
  readonly come: readonly NftRule[];
  /** The rule behind it that stays, if there is one. */
  readonly next: NftRule | undefined;
  /** The same, if it is to say something else. */
  readonly changed: NftRule | undefined;
}
function* gaps(before: readonly NftRule[], after: readonly NftRule[]): Generator<Gap> {
  let i = 0;
  let come: NftRule[] = [];
  for (const rule of after) {
    if (rule.handle === 0) {
      come.push(rule);
      continue;
    }
    const from = i;
    while (before[i]!.handle !== rule.handle) i++;
    const changed = before[i] !== rule ? rule : undefined;
    if (i > from || come.length > 0 || changed) yield { gone: before.slice(from, i), come, next: rule, changed };
    come = [];
    i++;
  }
  if (i < before.length || come.length > 0) yield { gone: before.slice(i), come, next: undefined, changed: undefined };
}
