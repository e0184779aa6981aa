/**
 * Tables in memory, for tests of programs that use firewalls: they need no privileges, no addon and no Linux kernel.
 *
 * @example
 * import { Firewall } from 'libiptc';
 * import { MemoryBackend } from 'libiptc/testing';
 *
 * const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
 */
import './node-version';

export type { BackendSet } from './backend/backend';
export {
  type CountersInput,
  type Failing,
  type FailingCode,
  MemoryBackend,
  type MemoryCommit,
  type MemoryOptions,
  type Revisions,
} from './backend/memory/backend';
