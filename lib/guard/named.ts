/** Whom the guard's file itself allows and denies; whom it named the last time, and doesn't any more, it lets go. */
import type { Bans } from '../bans';
import type { GuardConfig } from './config';
import type { State } from './state';

export async function applyNamed(
  bans: Bans,
  { allow = [], deny = [] }: GuardConfig,
  { allowed, denied }: State,
): Promise<void> {
  const now = {
    allow: new Set(allow.map(({ address }) => address)),
    deny: new Set(deny.map(({ address }) => address)),
  };
  for (const address of allowed) if (!now.allow.has(address)) await bans.disallow(address);
  for (const address of denied) if (!now.deny.has(address)) await bans.unban(address);
  await Promise.all(allow.map(({ address, direction: _, ...rest }) => bans.allow(address, rest)));
  // Who is banned so already isn't banned anew: that would be told.
  const known = new Set<string>();
  for await (const { address, until, ports, direction } of bans)
    if (until === undefined && !ports && direction === 'in') known.add(address);
  await Promise.all(
    deny
      .filter(({ address, ports, direction = 'in' }) => ports || direction !== 'in' || !known.has(address))
      .map(({ address, ...rest }) => bans.ban(address, rest)),
  );
}
