/**
 * What happens to packets, and why: `libiptc/analysis` follows them through rules as data. No kernel is asked.
 *
 * @example
 * import { parseRuleset } from 'libiptc';
 * import { simulate } from 'libiptc/analysis';
 *
 * const packet = { protocol: 'tcp', source: '203.0.113.5', dport: 22, inInterface: 'eth0', ctstate: 'NEW' };
 * const { verdict, path } = simulate(parseRuleset(text), packet);
 * console.log(verdict, path.map(({ step }) => step).join(' '));
 */
import '../node-version';

export {
  type CheckOptions,
  type CheckReport,
  check,
  type Finding,
  type FindingLevel,
  type RulesetsOfBoth,
} from './check';
export {
  type CompareOptions,
  compareTraffic,
  type DecidedBy,
  type Fate,
  type TrafficChange,
  type TrafficComparison,
} from './compare';
export type { Step } from './compile';
export { type MatrixOptions, type ServiceMatrix, serviceMatrix } from './matrix';
export type { Verdict } from './outcome';
export type { ConnectionState, Owner, Packet, TcpFlag } from './packet';
export type { Way } from './pipeline';
export { type Asked, type QueryOptions, type Question, query, type WhatAnswer, type WhoAnswer } from './query';
export type { NumberRange, PacketRanges } from './ranges';
export type { RulesetInput } from './ruleset';
export type { Service } from './service';
export {
  type Branch,
  type Compiled,
  compile,
  type SimulateOptions,
  type Simulation,
  simulate,
} from './simulate';
export { type Spoofing, type SpoofingOptions, spoofing } from './spoofing';
export type { TraceFilter } from './trace/filter';
export type { SeenStep } from './trace/paths';
export { type TracedPacket, type TracedStep, type TraceOptions, trace } from './trace/trace';
export type { Condition, PathStep } from './walk';
export { parsePacket } from './words';
