/** What tests may say of tables in memory. */
import {
  type Check,
  callback,
  fields,
  instance,
  listOf,
  milliseconds,
  numeric,
  oneOf,
  recordOf,
} from '../../arguments';
import type { BackendSet, Family } from '../backend';
import type { Failing, MemoryOptions, Revisions } from './backend';
import { TABLES } from './table';

export const family: Check<Family> = oneOf('ipv4', 'ipv6');
export const tableName: Check<string> = oneOf(...Object.keys(TABLES));
export const failing: Check<Failing> = oneOf('lock', 'read', 'commit', 'counters');
export const errno = numeric('an errno, from 1 on,', (value) => Number.isInteger(value) && value >= 1);

const revision = numeric('a revision, from 0 to 255,', (value) => Number.isInteger(value) && value >= 0 && value < 256);
const known = recordOf(listOf(revision, 'a list of revisions'));
export const memoryOptions = fields<MemoryOptions>({
  revisions: fields<Revisions>({ match: known, target: known }, 'match', 'target'),
  sets: instance<ReadonlyMap<string, number | BackendSet>>(Map, 'a Map of sets by their names'),
  delay: milliseconds,
  onCommit: callback,
});
