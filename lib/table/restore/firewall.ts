/** What a restore has of a firewall: the tables that it may name, to itself. */
import type { ApplyOptions, Backend, Timing } from '../../backend/backend';
import type { TableName } from '../../codec/extension';
import type { Call } from '../../commit/call';
import { cannot } from '../../commit/failure';
import type { Metrics } from '../../commit/metrics';
import type { CommitQueue } from '../../commit/queue';
import { Scope } from '../../commit/scope';
import { isRuleset } from '../../file/given';
import type { EntryCodec } from '../../rule/entry';
import { TABLES } from '../../rule/tables';
import { tablesNamed } from '../claims';
import { isTableName } from '../names';
import type { FirewallOptions, Restored, RestoreInput, RestoreOptions } from '../options';
import type { Table } from '../table';
import { STUCK } from '../transact';
import { Restore } from './restore';
import type { RestoreHooks } from './table';

interface Firewall {
  readonly store: Backend;
  readonly codec: EntryCodec;
  readonly metrics: Metrics;
  readonly manner: FirewallOptions['manner'];
  readonly apply: ApplyOptions;
  table(name: TableName): Table;
}

export async function restoreInto(
  firewall: Firewall,
  source: RestoreInput,
  options: RestoreOptions,
  call: Call,
  hooks: RestoreHooks,
): Promise<Restored> {
  const { store, metrics } = firewall;
  const scope = new Scope('the restore', 'Do it before the restore begins, or when it has ended.', store);
  const queues = claimed(firewall, source, options).map((name) => firewall.table(name).queue);
  const restore = restoring(firewall, options, queues, call, hooks);
  const run = async () => {
    metrics.restoring++;
    try {
      await scope.run(
        () => (isRuleset(source) ? restore.data(source) : restore.text(source)),
        () => cannot('ERR_DEADLOCK', { operation: 'restore', family: store.family }, STUCK.why, { hint: STUCK.hint }),
      );
    } finally {
      metrics.restoring--;
    }
  };
  const [first, ...others] = queues;
  await (first ? first.exclusively(call, { name: 'a restore', scope, run }, others) : run());
  const { tables, counters } = restore;
  return { tables, counters };
}

/** The tables that it has to itself from its beginning to its end. */
function claimed(firewall: Firewall, input: RestoreInput, options: RestoreOptions): TableName[] {
  const { tables = TABLES as readonly TableName[] } = options;
  const named = tablesNamed(input);
  // One that is read as it comes may name any: those that the caller's own transaction has it won't get.
  return tables.filter((name) => (named ? named.includes(name) : !firewall.table(name).queue.isOwn()));
}

function restoring(
  firewall: Firewall,
  options: RestoreOptions,
  queues: readonly CommitQueue[],
  call: Call,
  hooks: RestoreHooks,
): Restore {
  const iptables = firewall.manner === 'iptables';
  const target = {
    backend: firewall.store,
    codec: firewall.codec,
    apply: {
      ...firewall.apply,
      // iptables-restore --test asks the kernel for nothing.
      trial: options.test === true && !iptables,
      // Somebody may be typing.
      ...(iptables && { idle: Number.POSITIVE_INFINITY }),
    },
    committed: (table: TableName, timing: Timing) => firewall.table(table).restored(timing),
    exclusively: async (table: string, work: () => Promise<void>) => {
      if (!isTableName(table) || queues.includes(firewall.table(table).queue)) return work();
      return firewall.table(table).queue.exclusively(call, { name: 'a restore', run: work });
    },
  };
  return new Restore(target, options, { ...hooks, trusting: iptables });
}
