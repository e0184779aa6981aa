/** Every failure is an IptcError: a code for programs, a sentence for people, and where it happened. */
import { inspect } from 'node:util';

export type ErrorCode =
  | 'ERR_PERMISSION' // CAP_NET_ADMIN or CAP_NET_RAW is missing
  | 'ERR_NO_SUPPORT' // this kernel has no legacy iptables
  | 'ERR_NO_TABLE'
  | 'ERR_NO_CHAIN'
  | 'ERR_NO_RULE'
  | 'ERR_CHAIN_EXISTS'
  | 'ERR_CHAIN_IN_USE' // not empty, or jumped to
  | 'ERR_BAD_CHAIN' // a name or a use that chains don't allow
  | 'ERR_BAD_RULE'
  | 'ERR_BAD_TEXT' // text that isn't iptables' language
  | 'ERR_BAD_ARGUMENT'
  | 'ERR_UNSUPPORTED_BY_KERNEL' // an extension, a revision or an option
  | 'ERR_NO_SET'
  | 'ERR_SET_EXISTS'
  | 'ERR_SET_IN_USE' // rules or other sets name it
  | 'ERR_SET_FULL'
  | 'ERR_NO_ELEMENT'
  | 'ERR_ELEMENT_EXISTS'
  | 'ERR_BAD_ELEMENT' // one that the set can't have
  | 'ERR_NO_OBJECT' // what a rule names isn't in the kernel: a conntrack helper, an accounting object
  | 'ERR_UNREACHABLE' // a fleet's store
  | 'ERR_SIGNATURE' // it isn't signed by a key that is known here, or not for this
  | 'ERR_STALE' // it is older than what has been believed
  | 'ERR_LOCK' // the lock file can't be used
  | 'ERR_LOCK_TIMEOUT'
  | 'ERR_ABORTED'
  | 'ERR_CONFLICT' // somebody else changed the table
  | 'ERR_BUSY'
  | 'ERR_DEADLOCK' // it would wait for what it is part of
  | 'ERR_QUEUE_FULL'
  | 'ERR_CLOSED' // the firewall is, or the transaction has ended
  | 'ERR_NAMESPACE'
  | 'ERR_NO_ADDON'
  | 'ERR_LOCKOUT' // it would cut a connection that is to be preserved
  | 'ERR_NOT_CONFIRMED' // the probe of a guarded change failed, or nobody confirmed it in time: the old rules are back
  | 'ERR_NOT_REVERTED' // what was there before could not be put back; the message says what, and where the old rules are
  | 'ERR_UNDECIDED' // an analysis of rules takes more than it may
  | 'ERR_IO' // a file or a service, not the kernel's tables
  | 'ERR_KERNEL'; // any other errno

/** Where and why; all optional, since each failure knows its own part. */
export interface ErrorDetails {
  readonly errno?: number | undefined;
  readonly syscall?: string | undefined;
  readonly family?: 'ipv4' | 'ipv6' | undefined;
  readonly table?: string | undefined;
  readonly chain?: string | undefined;
  /** The name of an ip_set. */
  readonly set?: string | undefined;
  /** 0-based number of the rule, edit or element, in the list that the failing call was given. */
  readonly index?: number | undefined;
  /** The option as on a command line, without dashes: `dport`. */
  readonly option?: string | undefined;
  /** The field of the rule's data: `match[0].tcp.dport`. */
  readonly path?: string | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** The same in iptables' words, by which scripts know it: the commands say it first. */
  readonly iptables?: string | undefined;
  /** Line and column (1-based) in a text. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly file?: string | undefined;
  /** All that was refused at once, where it is several: this one, and those of others. */
  readonly errors?: readonly IptcError[] | undefined;
  /** Whether the change is in the kernel all the same: of several tables, that of the one which the error names. */
  readonly applied?: 'no' | 'yes' | 'unknown' | undefined;
  readonly cause?: unknown;
}

/**
 * The libiptc error. `message` says what failed or was expected, and why; `hint`, where there is one, what to do; the
 * other fields where: family, table, chain, index, option and path, or file, line and column of a text.
 */
export class IptcError extends Error {
  readonly code: ErrorCode;
  declare readonly errno?: number;
  declare readonly syscall?: string;
  declare readonly family?: 'ipv4' | 'ipv6';
  declare readonly table?: string;
  declare readonly chain?: string;
  declare readonly set?: string;
  declare readonly index?: number;
  declare readonly option?: string;
  declare readonly path?: string;
  declare readonly hint?: string;
  declare readonly iptables?: string;
  declare readonly line?: number;
  declare readonly column?: number;
  declare readonly file?: string;
  declare readonly errors?: readonly IptcError[];
  readonly applied: 'no' | 'yes' | 'unknown';
  declare readonly cause?: unknown;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.name = 'IptcError';
    this.code = code;
    this.applied = 'no';
    Object.assign(this, defined(details));
  }

  /** The same error, told from further out: what is already known stays. */
  within(details: ErrorDetails): IptcError {
    const merged = { ...defined(details), ...defined(this as unknown as ErrorDetails) };
    const error = new IptcError(this.code, this.message, merged as ErrorDetails);
    if (this.stack !== undefined) error.stack = this.stack;
    return error;
  }

  /** For JSON.stringify, which leaves out an error's message. */
  toJSON(): object {
    const { name, code, message } = this;
    const { cause, ...fields } = defined(this as unknown as ErrorDetails);
    return {
      name,
      code,
      message,
      ...fields,
      ...(cause !== undefined && { cause: cause instanceof Error ? cause.message : show(cause) }),
    };
  }
}

// biome-ignore format: a table
const FIELDS = [
  'errno',
  'syscall',
  'family',
  'table',
  'chain',
  'set',
  'index',
  'option',
  'path',
  'hint',
  'iptables',
  'line',
  'column',
  'file',
  'errors',
  'applied',
  'cause',
] as const;

function defined(details: ErrorDetails): ErrorDetails {
  const known: Record<string, unknown> = {};
  for (const field of FIELDS) if (details[field] !== undefined) known[field] = details[field];
  return known;
}

/**
 * A value that doesn't fit, thrown where only the value is known. Whoever knows the option and the rule
 * turns it into an IptcError: "Expected … for … but received …".
 */
export class Mismatch extends Error {
  /** The way from the option's value to the part that doesn't fit: `[2]`. */
  constructor(
    readonly expected: string,
    readonly received: unknown,
    readonly at: string = '',
    /** What iptables says. */
    readonly iptables?: string,
    /** What to do about it. */
    readonly hint?: string,
  ) {
    super(`Expected ${expected} but received ${show(received)}`);
  }
}

/** The name of something that the kernel doesn't have: the rule would be right if it were there. */
export class Missing extends Mismatch {}

/** A value as a message shows it: short, on one line. None of its own code is run. */
export function show(value: unknown): string {
  const text = shown(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function shown(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'nothing';
    case 'string':
      return JSON.stringify(value.length > 80 ? value.slice(0, 80) : value);
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'object':
      break;
    default:
      return String(value);
  }
  try {
    return inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY, compact: true, customInspect: false });
  } catch {
    return 'an object';
  }
}

/** "a, b or c" */
export function alternatives(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}

/** The name that was probably meant, if one is near enough. */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  // Of a single letter any other would be near.
  let least = Math.min(word.length, Math.max(1, Math.floor(word.length / 3)) + 1);
  for (const name of names) {
    if (Math.abs(name.length - word.length) >= least) continue;
    const d = distance(word.toLowerCase(), name.toLowerCase());
    if (d < least) {
      least = d;
      best = name;
    }
  }
  return best;
}

/** How many letters have to be changed, put in, left out or swapped with their neighbour. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const [row, above, before] = [[i], rows[i - 1]!, rows[i - 2]];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1));
      if (before && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, before[j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
