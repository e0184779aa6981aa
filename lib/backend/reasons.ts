/** Why the kernel's tables can't be opened, whichever they are, and what to do: tried. */
import { existsSync } from 'node:fs';
import type { Cause } from './backend';

/** Of stage 'namespace' or 'open'; `namespace` is what was to be entered. */
export function unopened(stage: string, reason: string, namespace: string | number | undefined): Cause | undefined {
  if (stage === 'namespace')
    return {
      code: 'ERR_NAMESPACE',
      why: `the network namespace can't be entered (${reason})`,
      hint: remedy(namespace),
    };
  if (stage === 'open')
    return {
      code: 'ERR_KERNEL',
      why: reason,
      hint: 'Let it have more open files (ulimit -n), or close some: a firewall has up to four.',
    };
  return undefined;
}

function remedy(given: string | number | undefined): string {
  if (typeof given === 'number') return 'Give the descriptor of an open network namespace, such as /run/netns/NAME.';
  const named = given !== undefined && !given.includes('/') ? `/run/netns/${given}` : undefined;
  return named !== undefined && existsSync(named)
    ? `Give the path of a network namespace: ${named}.`
    : 'Give the path of a network namespace that exists (ip netns list): /run/netns/NAME.';
}
