/** Rules of which iptables' words leave something out: bytes that the kernel doesn't look at. */
import { registry } from '../extensions/registry';
import type { Rule } from './rule';

/** Whether the rule's text, read again, may make other bytes. */
export function isUnsaid(rule: Rule): boolean {
  if ('entry' in rule && rule.entry !== undefined) return false;
  if (rule.protocol === 'all') return true; // ip6tables-save doesn't print what ip6tables keeps of it
  const unsaid = (kind: 'match' | 'target', element: object) =>
    Object.entries(element).some(([name, settings]) =>
      (['ipv4', 'ipv6'] as const).some((family) => registry[kind].find(family, name)?.definition.unsaid?.(settings)),
    );
  return (
    (rule.match ?? []).some((element) => unsaid('match', element)) ||
    (typeof rule.target === 'object' && unsaid('target', rule.target))
  );
}
