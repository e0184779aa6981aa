/** What callers may say of saving and loading. */
import {
  argument,
  type Check,
  type Checks,
  callback,
  fields,
  flag,
  instance,
  listOf,
  milliseconds,
  namespace,
  oneOf,
  path,
} from '../arguments';
import { type Family, Firewall } from '../index';
import { lock, tables } from '../table/options';
import type { AutosaveOptions } from './autosave';
import type { PersistOptions } from './firewalls';
import type { LoadFilesOptions } from './load';
import { LAYOUTS } from './places';
import type { SaveFilesOptions } from './save';
import type { SystemOptions } from './system';

const family = oneOf('ipv4', 'ipv6');
const firewalls: Check<readonly Firewall<Family>[]> = listOf(
  instance(Firewall<Family>, 'an open firewall'),
  'a list of open firewalls',
);
export const givenFirewalls = (call: string, value: unknown): readonly Firewall<Family>[] =>
  argument(call, 'firewalls', value, firewalls);

export const persistChecks: Checks<PersistOptions> = {
  families: listOf(family, 'a list of families'),
  firewalls,
  namespace,
  lock,
  tables,
  files: fields<NonNullable<PersistOptions['files']>>({ ipv4: path, ipv6: path, sets: path }),
  sets: flag,
  layout: oneOf(...LAYOUTS),
  root: path,
};
const { root, files, sets, layout } = persistChecks;

export const systemOptions = fields<SystemOptions>({ root });
export const saving = fields<SaveFilesOptions>({ ...persistChecks, counters: flag, ifChanged: flag });
export const loading = fields<LoadFilesOptions>({ ...persistChecks, counters: flag, fallback: flag });
export const autosaving = fields<AutosaveOptions>({
  root,
  files,
  sets,
  layout,
  tables,
  counters: flag,
  delay: milliseconds,
  maxDelay: milliseconds,
  onSave: callback,
  onError: callback,
});
