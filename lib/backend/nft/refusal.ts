import { constants } from 'node:os';

/** Why a rule can't be one of nf_tables. */
export class Refusal extends Error {
  constructor(
    readonly errno: number,
    message: string,
    /** Which of the rule's matches it is about; its target; undefined for its header. */
    readonly element?: number | 'target' | undefined,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** Of a rule that is one of legacy tables all the same. */
export const onlyLegacy = (errno: number, message: string, element?: number | 'target'): Refusal =>
  new Refusal(errno, message, element, "Legacy tables can hold it: backend: 'legacy', iptc --legacy.");

export const malformed = (): Refusal =>
  new Refusal(constants.errno.EINVAL, "The entry's sizes, offsets or names are wrong");
