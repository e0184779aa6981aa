import { constants } from 'node:os';

/** Why a rule can't be one of nf_tables. */
export class Refusal extends Error {
  constructor(
    readonly errno: number,
    message: string,
    /** Which of the rule's matches it is about; its target; undefined for its header. */
    readonly element?: number | 'target' | undefined,
  ) {
    super(message);
  }
}

export const malformed = (): Refusal =>
  new Refusal(constants.errno.EINVAL, "The entry's sizes, offsets or names are wrong");
