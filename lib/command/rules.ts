/** The rules that a command stands for: several addresses are several rules. */
import { show } from '../errors';
import { parseNetwork } from '../net/address';
import { rangeHint } from '../rule/encode/head';
import type { Rule } from '../rule/rule';
import type { RuleDraft } from '../text/draft';
import { checkTarget } from './checks';
import type { CommandContext, Refuse } from './command';

/** Enough to see that a list of addresses has gone wild. */
const MOST_RULES = 1 << 16;

type Resolving = Pick<CommandContext, 'family' | 'resolve'>;

export function rulesOf(draft: RuleDraft, context: Resolving, error: Refuse): Rule[] {
  const rule = draft.rule();
  if (draft.targetName !== undefined) checkTarget(draft.targetName, error);
  const sources = addressesOf('source', draft, context, error);
  const destinations = addressesOf('destination', draft, context, error);
  if (!sources && !destinations) return [rule];
  if ((sources?.length ?? 1) * (destinations?.length ?? 1) > MOST_RULES)
    throw error(`Expected addresses that make at most ${MOST_RULES} rules`);
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

/** The addresses of a list; undefined if the rule has one, and as it is. */
function addressesOf(
  which: 'source' | 'destination',
  draft: RuleDraft,
  { family, resolve }: Resolving,
  error: Refuse,
): unknown[] | undefined {
  const given = draft.addresses(which);
  if (!given) return undefined;
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
        throw error(
          `Expected an address or the name of a host for --${which} but received ${show(part)}, which is not known`,
          given.value,
          {
            iptables: `host/network \`${slash < 0 ? part : part.slice(0, slash)}' not found`,
            hint: rangeHint(part, which),
          },
        );
      for (const address of resolved) {
        if (!parseNetwork(address + mask, family))
          throw error(
            `Expected an address with an optional mask for --${which} but received ${show(part)}`,
            given.value,
            { iptables: `invalid mask \`${mask.slice(1)}' specified` },
          );
        found.push(address + mask);
      }
    } else found.push(part); // said by whoever encodes it
  }
  if (found.length > MOST_RULES) throw error(`Expected at most ${MOST_RULES} addresses for --${which}`, given.value);
  const several =
    (draft.addresses('source')?.value.includes(',') || draft.addresses('destination')?.value.includes(',')) ?? false;
  if ((several || found.length > 1) && (draft.addresses('source')?.not || draft.addresses('destination')?.not))
    throw error('Expected no ! with several addresses', given.value, {
      iptables: '! not allowed with multiple source or destination IP addresses',
    });
  if (found.length === 1 && found[0] === given.value) return undefined;
  return found.map((address) => (given.not ? { not: address } : address));
}

/** What may be a host's; the resolver takes an address in a single number too. */
function isName(word: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/\S+)?$/.test(word);
}
