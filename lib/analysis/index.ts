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
  type CompareOptions,
  compareTraffic,
  type DecidedBy,
  type Fate,
  type TrafficChange,
  type TrafficComparison,
} from './compare';
export type { Step } from './compile';
export type { ConnectionState, Owner, Packet, TcpFlag } from './packet';
export type { PacketRanges } from './ranges';
export type { RulesetInput } from './ruleset';
export {
  type Branch,
  type Compiled,
  type Condition,
  compile,
  type PathStep,
  type SimulateOptions,
  type Simulation,
  simulate,
} from './simulate';
