/** What all commands share: their name and version, the family, how they fail. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { IptcError } from '../errors';
import type { Family } from '../index';
import { FAMILY } from '../net/family';
import { kernelKind } from './kind';
import { complain } from './output';

/** Exit codes, as iptables has them; and one for old rules that could not be put back. */
export const EXIT = { OTHER: 1, USAGE: 2, VERSION: 3, RESOURCE: 4, NOT_REVERTED: 10 } as const;

export class Exit extends Error {
  constructor(readonly code: number) {
    super();
  }
}

export interface Program {
  /** As it was called: `iptc`, `iptables`. */
  readonly name: string;
  readonly family: Family;
}

/** By the name that it was called by, `ip6…` is for IPv6; -4 or -6 as the first word overrides it. */
export function programOf(path: string): Program {
  const name = basename(path, '.js');
  return { name, family: /^ip6|6$/.test(name) ? 'ipv6' : 'ipv4' };
}

let version: string | undefined;
export function packageVersion(): string {
  version ??= (JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as { version: string })
    .version;
  return version;
}

/**
 * The iptables that the commands are the same as. From its version scripts conclude which options there are, how -L -n
 * prints protocols, and that without -w a held lock isn't waited for.
 */
export const IPTABLES_VERSION = '1.8.11';
export const versionLine = (program: Program): string =>
  `${program.name} v${IPTABLES_VERSION} (${kernelKind() === 'nft' ? 'nf_tables' : 'legacy'})`;
/** What -V says: under a name of our own, of which package it is too. */
export const versions = (program: Program): string =>
  `${versionLine(program)}${/^ip6?tc/.test(program.name) ? `, libiptc ${packageVersion()}` : ''}\n`;

/** Runs a command to its end; whatever it throws becomes a message and an exit code. */
export function main(program: Program, run: () => number | Promise<number>): void {
  let ended: number | Promise<number>;
  try {
    ended = run();
  } catch (error) {
    ended = failed(program, error);
  }
  if (typeof ended === 'number') process.exitCode = ended;
  else
    ended
      .catch((error: unknown) => failed(program, error))
      .then((code) => {
        process.exitCode = code;
      });
}

/** What is known of a failure in the kernel's tables, by which iptables ends with one code or another. */
interface Failure {
  /** In which step: `lock`, `read`, `edit`, `commit`. */
  readonly stage: string;
  readonly errno?: number;
  readonly reason?: string;
}
export function failureOf(error: unknown): Failure | undefined {
  const cause = error instanceof IptcError ? (error.cause as Partial<Failure> | undefined) : undefined;
  return cause?.stage === undefined ? undefined : (cause as Failure);
}

/** What the kernel lacks, iptables finds out from the kernel's refusal alone. */
function unsupported(program: Program, error: IptcError, place: string): number {
  if (error.iptables !== undefined) complain(error.iptables);
  complain(`${program.name}: No chain/target/match by that name.`);
  complain(`${place}${error.message}`);
  if (error.hint !== undefined) complain(error.hint);
  return EXIT.OTHER;
}

/** What the system refuses is no fault of ours: a full disk, a folder where a file should be. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'syscall' in error ? error.message : (error.stack ?? error.message);
}

export function failed(
  program: Program,
  error: unknown,
  { read, commit }: { readonly read: number; readonly commit?: number } = { read: EXIT.VERSION },
): number {
  if (error instanceof Exit) return error.code;
  if (!(error instanceof IptcError)) {
    complain(`${program.name}: ${sentence(error)}`);
    return EXIT.OTHER;
  }
  const where = [error.file, error.line, error.column].filter((part) => part !== undefined).join(':');
  const place = where === '' ? '' : `${error.file === undefined ? 'line ' : ''}${where}: `;
  const failure = failureOf(error);
  if (!failure) {
    // Programs look for iptables' own words.
    if (error.code === 'ERR_UNSUPPORTED_BY_KERNEL') return unsupported(program, error, place);
    if (error.iptables !== undefined) complain(`${versionLine(program)}: ${error.iptables}`);
    complain(`${error.iptables === undefined ? `${versionLine(program)}: ` : ''}${place}${error.message}`);
    if (error.hint !== undefined) complain(error.hint);
    if (error.code === 'ERR_NOT_REVERTED') return EXIT.NOT_REVERTED;
    if (['ERR_NO_ADDON', 'ERR_IO', 'ERR_PERMISSION', 'ERR_NO_SUPPORT'].includes(error.code)) return EXIT.OTHER;
    if (error.line !== undefined) complain(`Error occurred at line: ${error.line}`);
    complain(`Try \`${program.name} -h' or '${program.name} --help' for more information.`);
    return EXIT.USAGE;
  }
  // iptables' own words first: scripts look for them.
  const busy = error.code === 'ERR_LOCK_TIMEOUT';
  const reason = busy
    ? 'Another app is currently holding the xtables lock'
    : failure.stage === 'read' && error.code === 'ERR_PERMISSION'
      ? 'Permission denied (you must be root)'
      : failure.reason;
  const words =
    error.iptables ??
    (failure.stage === 'read'
      ? `can't initialize ${FAMILY[program.family].tool}${error.table === undefined ? '' : ` table \`${error.table}'`}: ${reason}`
      : `${reason}.${/^(Invalid argument|Bad policy name)$/.test(failure.reason ?? '') ? " Run `dmesg' for more information." : ''}`);
  complain(`${failure.stage === 'read' ? versionLine(program) : program.name}: ${words}`);
  complain(`${place}${error.message}`);
  // The commands have options of their own for it.
  const hint = error.hint
    ?.replace('lock.wait', '-w SECONDS')
    .replace('lock.path, or XTABLES_LOCKFILE', 'XTABLES_LOCKFILE');
  if (hint !== undefined) complain(hint);
  // What the kernel refuses, iptables knows as the line that said COMMIT; our sentence has named the rule's.
  const line = failure.stage === 'commit' ? (commit ?? error.line) : error.line;
  if (line !== undefined) complain(`${program.name}: line ${line} failed`);
  switch (failure.stage) {
    case 'lock':
      return EXIT.RESOURCE;
    case 'read':
      return read;
    case 'commit':
      return error.code === 'ERR_CONFLICT' ? EXIT.RESOURCE : EXIT.OTHER;
    default:
      return EXIT.OTHER;
  }
}
