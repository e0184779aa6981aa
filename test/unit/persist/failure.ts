import { IptcError } from '../../../lib';

/** The error that something fails with. */
export async function failure(attempt: Promise<unknown>): Promise<IptcError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof IptcError) return error;
    throw error;
  }
  throw new Error('it succeeded');
}
