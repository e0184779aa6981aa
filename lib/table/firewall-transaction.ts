/** Edits of several tables, of one family or of both. */
import { argument, callback, optionsOf } from '../arguments';
import type { TableName } from '../codec/extension';
import type { Call } from '../commit/call';
import { Scope } from '../commit/scope';
import { IptcError, show } from '../errors';
import type { Family } from '../rule/rule';
import { TABLES } from '../rule/tables';
import { isTableName, noTable } from './names';
import { type FirewallTransactionOptions, transactingAll } from './options';
import type { Table } from './table';
import { ATTEMPTS, Member, type Members, transact } from './transact';
import type { Transaction } from './transaction';

/** The tables that it shows are those that it began with, and its own edits. */
export class FirewallTransaction<F extends Family = Family> {
  private readonly begun = new Map<TableName, Member>();

  /** @internal */
  constructor(
    private readonly family: F,
    /** Those that it may use. */
    private readonly tables: ReadonlyMap<TableName, Table<F>>,
    /** What has been used so far. */
    private readonly members: Members,
  ) {}

  /** One of its tables. It is read when it is asked for first. */
  table<T extends TableName>(name: T): Transaction<F, T> {
    let member = this.begun.get(name);
    if (!member) {
      const table = this.tables.get(name);
      if (!table) throw this.unknown(name);
      member = new Member(table.committer, table.codec);
      this.begun.set(name, member);
      this.members.add(member);
      member.begin();
    }
    return member.tx as unknown as Transaction<F, T>;
  }
  private unknown(name: unknown): IptcError {
    const { family } = this;
    if (!isTableName(name))
      return new IptcError(typeof name === 'string' ? 'ERR_NO_TABLE' : 'ERR_BAD_ARGUMENT', noTable(name), { family });
    return new IptcError('ERR_BAD_ARGUMENT', `Expected one of the transaction's tables but received ${show(name)}`, {
      family,
      table: name,
      hint: `Name it when the transaction begins: { tables: ['${name}', …] }.`,
    });
  }
}

/** Whose tables they are. */
interface Tables {
  readonly family: Family;
  table(name: TableName): Table;
}

/** `make`: what the work gets, of a transaction for each of the families. */
export function transactOn<Tx, R>(
  firewalls: readonly Tables[],
  method: Call['method'],
  work: (tx: Tx) => R | Promise<R>,
  options: FirewallTransactionOptions | undefined,
  make: (first: FirewallTransaction, second: FirewallTransaction) => Tx,
): Promise<R> {
  const given = argument('transaction', 'work', work, callback<typeof work>);
  const {
    attempts = ATTEMPTS,
    tables: names = TABLES as readonly TableName[],
    ...waiting
  } = optionsOf('transaction', options, transactingAll);
  const everywhere = firewalls.length > 1 ? 'both' : true;
  const call: Call = { operation: 'commit the transaction', everywhere, method, waiting: () => waiting };
  const scope = new Scope(
    'the transaction',
    'Use tx.table() for its tables; do the rest before it begins, or when it has ended, or leave the table out of its tables.',
  );
  const all = firewalls.map((firewall) => new Map(names.map((name) => [name, firewall.table(name)] as const)));
  const [first, ...others] = all.flatMap((tables) => [...tables.values()]);
  const begin = async (members: Members) => {
    const [one, two] = all.map((tables, i) => new FirewallTransaction(firewalls[i]!.family, tables, members));
    return make(one!, two!);
  };
  const run = () => transact({ call, committer: first!.committer, scope, attempts, begin, work: given });
  const queues = others.map(({ queue }) => queue);
  return first!.queue.exclusively(call, { name: 'a transaction', scope, run }, queues);
}
