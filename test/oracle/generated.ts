/** Generated rules, put to iptables-legacy as text. */
import type { Family } from '../../lib/codec/extension';
import type { EntryCodec } from '../../lib/rule/entry';
import type { Rule } from '../../lib/rule/rule';
import type { Case } from './cases';
import { Ours, runOk, shown } from './compare';
import type { Placed } from './generate';
import type { Legacy } from './legacy';

/** A rule as JSON. */
export const show = (rule: unknown): string => JSON.stringify(rule, (_, v) => (typeof v === 'bigint' ? `${v}` : v));

/**
 * Each rule's entry is printed and listed by iptables as it is by us; its text, read by iptables, makes the entry that
 * it makes when we read it; and that is the one that it was printed from, but where iptables-save's text says less than
 * the entry (`lossy`).
 */
export function judge(
  placed: readonly Placed[],
  family: Family,
  legacy: Legacy,
  ours: Ours,
  lossy: (rule: Placed) => boolean,
): string[] {
  const wrong: string[] = [];
  for (const table of new Set(placed.map((p) => p.table))) {
    const here = placed.filter((p) => p.table === table);
    const chains = new Map<string, { one: Placed; bytes: Uint8Array; told: string }[]>([
      ['user-1', []],
      ['user-2', []],
    ]); // prettier-ignore
    const cases: Case[] = [];
    const unreadable = new Set<string>();
    for (const one of here) {
      const bytes = ours.codec.encode(one.rule, one).slice();
      const text = ours.print(bytes);
      const told = `${show(one.rule)}\n  ${table} -A ${one.chain} ${text}`;
      if (!chains.has(one.chain)) chains.set(one.chain, []);
      chains.get(one.chain)!.push({ one, bytes, told });
      const unclear = lossy(one);
      try {
        const again = ours.encode(`-A ${one.chain} ${text}`, table, one.chain).bytes;
        const clear = bytes.slice().fill(0, ours.codec.shape.counters, ours.codec.shape.counters + 16);
        if (!unclear && Buffer.compare(clear, again) !== 0)
          wrong.push(`${told}\n  read again: ${ours.print(again)} ${ours.decode(again)}`);
      } catch (error) {
        if (!unclear) wrong.push(`${told}\n  read again: ${(error as Error).message}`);
        continue;
      }
      if (unclear) unreadable.add(told);
      cases.push({ at: told, table, chains: [one.chain], rule: text, verdict: 'OK' });
    }

    legacy.plant(family, table, new Map([...chains].map(([chain, all]) => [chain, all.map(({ bytes }) => bytes)])));
    const sight = legacy.look(family, table);
    for (const [chain, all] of chains)
      for (const [i, { bytes, told }] of all.entries())
        shown(ours, bytes, sight, chain, i, (aspect, mine, theirs) =>
          wrong.push(`${told}\n  ${aspect}: ours   ${mine}\n  ${aspect}: theirs ${theirs}`),
        );

    legacy.plant(
      family,
      table,
      new Map([
        ['user-1', []],
        ['user-2', []],
      ]),
    ); // prettier-ignore
    for (const result of runOk(cases, table, family, legacy, ours)) {
      if (result.outcome !== 'compared' && !unreadable.has(result.case.at))
        wrong.push(`${result.case.at}\n  iptables refuses it: ${result.legacy}`);
      wrong.push(
        ...result.findings.map(
          ({ at, aspect, ours: mine, theirs }) =>
            `${at}\n  read by iptables, ${aspect}: ours   ${mine}\n  read by iptables, ${aspect}: theirs ${theirs}`,
        ),
      );
    }
  }
  return wrong;
}

/** Whether a rule's text says all of it. */
export function survives(rule: Rule, codec: EntryCodec, table: string, chain: string): boolean {
  const ours = new Ours(codec.kernel);
  const { counters, ...plain } = rule as Rule & { counters?: unknown };
  const entry = ours.codec.encode(plain as Rule, { table, chain }).slice();
  try {
    return Buffer.compare(entry, ours.encode(`-A ${chain} ${ours.print(entry)}`, table, chain).bytes) === 0;
  } catch {
    return false;
  }
}
