/** What keys a fleet has in its store. */
import { type Check, named } from '../arguments';
import { Mismatch } from '../errors';

/** `seq` counts the policies of a group; so that keys are in its order, it has ten digits. */
const digits = (seq: number): string => String(seq).padStart(10, '0');

export const KEYS = {
  /** The newest policy of a group, and how it is rolled out. */
  head: (group: string) => `group/${group}/head`,
  /** All that there have been. */
  history: (group: string) => `group/${group}/seq/`,
  seq: (group: string, seq: number) => `group/${group}/seq/${digits(seq)}`,
  groups: 'group/',
  /** What a policy says, by its hash. */
  blob: (hash: string) => `blob/${hash}`,
  blobs: 'blob/',
  /** Which labels make a host one of a group. */
  selector: (group: string) => `selector/${group}`,
  selectors: 'selector/',
  /** A host's labels, groups and variables. */
  config: (host: string) => `hostcfg/${host}`,
  configs: 'hostcfg/',
  /** Under a lease. */
  alive: (host: string) => `host/${host}/alive`,
  status: (host: string) => `host/${host}/status`,
  hosts: 'host/',
} as const;

/** The parts of `host/NAME/alive`, or of another key. */
export const partsOf = (key: string): readonly string[] => key.split('/');

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
/** The name of a fleet, a group or a host: part of a key. */
export const fleetName =
  (of: string): Check<string> =>
  (value) => {
    if (!NAME.test(named(`the name of a ${of}`)(value)))
      throw new Mismatch(`the name of a ${of}, of letters, digits, dots, dashes and underscores`, value);
    return value as string;
  };
