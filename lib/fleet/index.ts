/**
 * One policy, many hosts: `libiptc/fleet` publishes signed policies to a store, and agents keep hosts as they say.
 *
 * @example
 * import { Firewall } from 'libiptc';
 * import { Agent, etcdStore, newKeys, parsePolicy, Publisher } from 'libiptc/fleet';
 *
 * const keys = newKeys();
 * const store = etcdStore({ endpoints: ['http://10.0.0.1:2379'] });
 * const publisher = await Publisher.open(store, { key: keys.private });
 * await publisher.publish('web', parsePolicy({ ipv4: '*filter\n:web - [0:0]\n-A INPUT -j web\nCOMMIT\n' }, { group: 'web' }));
 * await Agent.open(await Firewall.openBoth(), store, { keys: [keys.public], groups: ['web'] });
 */
import '../node-version';

export { Agent, type AgentEvents } from './agent/agent';
export type { HostFirewall } from './agent/apply';
export type { AgentOptions, BootOptions } from './agent/options';
export type { HostCounters, HostStatus } from './agent/reporter';
export type { Problem } from './agent/state';
export type { AgentStatus } from './agent/status';
export type { EtcdOptions } from './etcd/client';
export { type EtcdStore, etcdStore } from './etcd/store';
export type { PolicyPayload, RolloutEnd, RolloutState } from './payload';
export {
  type FleetPolicy,
  type ParsePolicyOptions,
  type PolicyRule,
  type PolicyRuleset,
  type PolicyTable,
  type PolicyTexts,
  parsePolicy,
} from './policy';
export {
  type HostConfig,
  type Published,
  Publisher,
  type PublisherOptions,
  type PublishOptions,
  type RollbackOptions,
} from './publisher';
export type { FleetStatus, GroupReport, HostReport } from './report';
export type { RollOutOptions, RolloutPace, RolloutProgress } from './rollout';
export { type Envelope, type FleetKeys, newKeys } from './signing';
export { type DirectoryStore, directoryStore } from './store/directory';
export { type MemoryStore, memoryStore } from './store/memory';
export type {
  Store,
  StoreChange,
  StoreCommit,
  StoreItem,
  StoreLease,
  StorePut,
  StoreState,
} from './store/store';
