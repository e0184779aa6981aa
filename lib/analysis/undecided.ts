/** What isn't decided: an analysis would take too long, or too much. */
import { IptcError } from '../errors';

/** What is thrown past the bound: no answer, never a wrong one. */
export class Undecided extends IptcError {
  constructor(what: string, hint = 'Ask of fewer rules, or give a greater bound: { nodes }.') {
    super('ERR_UNDECIDED', `Cannot decide: ${what}`, { hint });
  }
}
