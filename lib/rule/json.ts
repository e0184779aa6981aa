/** Data as JSON has it. */
import { type Check, listOf, recordOf } from '../arguments';
import { toBig } from '../codec/operand';
import { Mismatch } from '../errors';
import { isPlain } from './encode/given';

/** The same without bigint, and without keys whose value is undefined. */
export const jsonOf: Check<unknown> = (value) => {
  if (typeof value === 'bigint') return toBig(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return parts(value);
  if (!isPlain(value)) throw new Mismatch('a plain object or a list', value);
  const record = fields(value) as Record<string, unknown>;
  for (const key in record) if (record[key] === undefined) delete record[key];
  return record;
};
const parts = listOf<unknown>((value) => jsonOf(value));
const fields = recordOf<unknown>((value) => jsonOf(value));
