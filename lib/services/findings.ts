/** What the doctor says. */
import type { Family } from '../index';

/** `note` is worth knowing; `warning` and `error` would bite: later, or at once. */
export type FindingLevel = 'ok' | 'note' | 'warning' | 'error';

export interface Finding {
  /** What was looked at: `kernel`, `firewalld`, `boot` … */
  readonly about: string;
  readonly level: FindingLevel;
  readonly family?: Family;
  /** A sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

export type Say = (
  about: string,
  level: FindingLevel,
  message: string,
  more?: Pick<Finding, 'family' | 'hint'>,
) => void;
