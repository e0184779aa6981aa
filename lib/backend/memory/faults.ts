/** Failures that a test asks for. */
import { constants } from 'node:os';
import { alternatives, type ErrorCode, IptcError, show } from '../../errors';
import type { BackendFailure, Family } from '../backend';
import { explain } from '../legacy/reasons';
import { failure } from './failure';

const { EACCES, EAGAIN, ECANCELED, EINVAL, EIO, ENOENT, ENOMEM, ENOPROTOOPT, EPERM, ETIMEDOUT } = constants.errno;

/** The steps that can be made fail. */
export const FAILING = ['lock', 'read', 'commit', 'counters'] as const;
export type Failing = (typeof FAILING)[number];

/** With what a step fails so that an edit rejects with a code. Where it's several, the first is the one that is meant. */
const CAUSES = {
  ERR_LOCK: { lock: EIO },
  ERR_LOCK_TIMEOUT: { lock: ETIMEDOUT },
  ERR_ABORTED: { lock: ECANCELED },
  ERR_PERMISSION: { read: EPERM, lock: EACCES, commit: EPERM },
  ERR_NO_SUPPORT: { read: ENOPROTOOPT },
  ERR_NO_TABLE: { read: ENOENT },
  ERR_BAD_RULE: { commit: EINVAL },
  ERR_UNSUPPORTED_BY_KERNEL: { commit: ENOENT },
  ERR_CONFLICT: { commit: EAGAIN },
  ERR_KERNEL: { commit: ENOMEM, read: EIO, counters: ENOMEM },
} satisfies { readonly [code in ErrorCode]?: { readonly [stage in Failing]?: number } };
export type FailingCode = keyof typeof CAUSES;

/** What has been asked for, and hasn't happened yet. */
export class Faults {
  private readonly asked: { readonly stage: Failing; readonly errno: number }[] = [];

  constructor(private readonly family: Family) {}

  add(stage: Failing, errno: number): void {
    this.asked.push({ stage, errno });
  }
  addCode(code: string, wanted?: Failing): void {
    const causes: { readonly [stage in Failing]?: number } | undefined = Object.hasOwn(CAUSES, code)
      ? CAUSES[code as FailingCode]
      : undefined;
    const stage = wanted ?? (causes && (Object.keys(causes)[0] as Failing));
    const errno = stage && causes?.[stage];
    if (errno === undefined) {
      const codes = Object.entries(CAUSES).flatMap(([name, of]) => (wanted && !(wanted in of) ? [] : [name]));
      throw new IptcError(
        'ERR_BAD_ARGUMENT',
        `Expected ${alternatives([...(wanted ? ['an errno'] : []), ...codes])} for error of failNext()${wanted ? `, step ${wanted},` : ''} but received ${show(code)}`,
        { path: 'error' },
      );
    }
    this.add(stage!, errno);
  }

  /** As the kernel's legacy tables explain it. */
  told(error: BackendFailure, table?: string): BackendFailure {
    return Object.assign(error, { because: explain(error, { family: this.family, table }) });
  }
  failIf(stage: Failing, table?: string): void {
    const errno = this.take(stage);
    if (errno) throw this.told(failure(stage, errno), table);
  }
  /** The errno with which this step is to fail now, if it is. */
  take(stage: Failing): number | undefined {
    const index = this.asked.findIndex((next) => next.stage === stage);
    return index < 0 ? undefined : this.asked.splice(index, 1)[0]!.errno;
  }
}
