/**
 * Rules that survive a reboot: `libiptc/persist` saves tables to the files from which they are loaded at boot, and loads
 * them.
 *
 * @example
 * import { load, save } from 'libiptc/persist';
 *
 * await save(); // as `service iptables save` and `service ip6tables save`
 */
export { type Autosave, type AutosaveOptions, autosave } from './autosave';
export type { PersistOptions } from './firewalls';
export { type Loaded, type LoadFilesOptions, load } from './load';
export type { PersistLayout } from './places';
export { type Saved, type SaveFilesOptions, save } from './save';
export type { LoadedSets, SavedSets } from './sets';
