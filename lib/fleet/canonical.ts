/** JSON in one form (RFC 8785): the same data has the same bytes, and so the same hash. */
import { createHash } from 'node:crypto';
import { Mismatch } from '../errors';

/** Throws a Mismatch where JSON can't say it. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Object]') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${canonical(key)}:${canonical(member)}`);
    return `{${members.join(',')}}`;
  }
  // Half a character is nothing that UTF-8 could say.
  if (typeof value === 'string' && /[\ud800-\udfff]/u.test(value)) throw new Mismatch('whole characters', value);
  if (typeof value === 'string' || typeof value === 'boolean' || value === null || Number.isFinite(value))
    return JSON.stringify(value);
  throw new Mismatch('what JSON has', value);
}

export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
