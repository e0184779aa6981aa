/**
 * Program the Linux iptables and ip6tables tables, in-process, through libiptc.
 *
 * @module libiptc
 */
import './node-version';

export type { Backend, BackendKind, ForeignChain, Timing } from './backend/backend';
export type { KernelBackend } from './backend/choose';
export type { ChainCounters } from './backend/told';
export type { Hook, TableName } from './codec/extension';
export type { Not, Protocol } from './codec/operand';
export type { ProtocolName } from './codec/operand/database';
export type {
  CommitEvent,
  ConflictEvent,
  FirewallEventName,
  FirewallEvents,
  Listener,
  RefillEvent,
  SplitEvent,
  TableEvent,
} from './commit/events';
export type { Metrics } from './commit/metrics';
export type { QueueOptions } from './commit/queue';
export type { LookOptions, ReadOptions, WaitOptions } from './commit/waiting';
export { type ErrorCode, type ErrorDetails, IptcError } from './errors';
export type * from './extensions/settings';
export type { Pieces } from './file/lines';
export {
  type ChainDeclaration,
  type ChainRule,
  type FormatRulesetOptions,
  formatRuleset,
  formatRulesetLines,
  type ParseRulesetOptions,
  parseRuleset,
  type Ruleset,
  type TableRules,
} from './file/ruleset';
export type { Addresses, WideRule } from './rule/expand';
export { matchOf } from './rule/match';
export type {
  AnyName,
  Counters,
  CountersInput,
  Family,
  ListedRule,
  MatchElement,
  MatchName,
  Named,
  Opaque,
  OpaqueRule,
  PlainRule,
  Rule,
  Target,
  TargetName,
  TargetObject,
  UnknownExtension,
  Verdict,
} from './rule/rule';
export { BothChain, BothFamilies, type BothRule, BothTable, BothTransaction } from './table/both/both';
export {
  BuiltinChain,
  Chain,
  type ExpectOptions,
  type RuleInput,
  type RuleText,
  type WideRuleInput,
} from './table/chain';
export type { EnsureChainOptions, EnsureOptions, Hook as ChainHook } from './table/ensure';
export { Firewall } from './table/firewall';
export { FirewallTransaction } from './table/firewall-transaction';
export { rulesFromJson, rulesToJson } from './table/json';
export { type MetricsTextOptions, metricsText } from './table/metrics-text';
export type { BuiltinChainName, ChainNameIn, Policy } from './table/names';
export type {
  FirewallOptions,
  FirewallTransactionOptions,
  LockOptions,
  OpenBothOptions,
  Restored,
  RestoreInput,
  RestoreOptions,
  RestoreStateOptions,
  SaveOptions,
  TableSaveOptions,
  TransactionOptions,
} from './table/options';
export type { ChainState, TableState } from './table/state';
export { Table } from './table/table';
export { Transaction } from './table/transaction';
export { decodeText, encodeText } from './text/bytes';
export type { ListFormat } from './text/list';
export { expandRule, formatRule, parseRule } from './text/rule';
