/** What tracing changes in a network namespace, and how it is taken back: by whoever has changed it, or after his end. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { IptcError } from '../../errors';
import type { Family } from '../../net/family';
import { Firewall } from '../../table/firewall';
import type { FirewallOptions } from '../../table/options';
import { PROTOCOL_FAMILY } from './event';
import type { PlacedRule } from './filter';

export interface Traced {
  readonly family: Family;
  readonly place: Pick<FirewallOptions, 'backend' | 'lock'>;
  readonly rules: readonly PlacedRule[];
  /** Who logged before; undefined where that isn't touched. */
  readonly logger: string | undefined;
}

/** Who logs the packets of a family in a namespace: `NONE`, `nf_log_ipv4` … */
export function loggerOf(namespace: string, family: Family): string | undefined {
  const text = readFileSync(`${namespace.replace(/\/ns\/net$/, '')}/net/netfilter/nf_log`, 'latin1');
  const line = text.split('\n').find((each) => Number.parseInt(each, 10) === PROTOCOL_FAMILY[family]);
  return line?.trim().split(/\s+/)[1];
}

function setLogger(namespace: string, family: Family, logger: string): void {
  const file = `/proc/sys/net/netfilter/nf_log/${PROTOCOL_FAMILY[family]}`;
  if (readlinkSync('/proc/self/ns/net') === readlinkSync(namespace)) return writeFileSync(file, logger);
  // Which namespace a file of /proc/sys is about is that of who opens it.
  // PATH has no say in which programs these are.
  const env = { PATH: '/usr/sbin:/sbin:/usr/bin:/bin' };
  const nsenter = ['/usr/bin/nsenter', '/bin/nsenter'].find(existsSync) ?? '/usr/bin/nsenter';
  const { status, error, stderr } = spawnSync(nsenter, [`--net=${namespace}`, '--', 'tee', file], {
    env,
    input: logger,
  });
  if (status !== 0)
    throw new IptcError(
      'ERR_NOT_REVERTED',
      `Cannot make ${logger} the kernel's logger again: ${error?.message ?? stderr}`,
      {
        file,
        hint: `In that namespace: echo ${logger} > ${file}`,
      },
    );
}

/** Takes the rules away, and gives the log back. Twice is no harm. */
export async function untrace({ family, place, rules, logger }: Traced, namespace: string): Promise<void> {
  const firewall = await Firewall.open({ ...place, family, namespace });
  try {
    const raw = firewall.table('raw');
    for (const { chain, rule } of rules) await raw.chain(chain).remove(rule as never);
  } finally {
    await firewall.close();
    if (logger !== undefined) setLogger(namespace, family, logger);
  }
}
