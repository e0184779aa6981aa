/** How a rule that can't be encoded is refused. */
import { type AnyExtension, OptionMismatch } from '../../codec/extension';
import { type ErrorDetails, IptcError, Mismatch, Missing, show } from '../../errors';

export const bad = (message: string, details: ErrorDetails = {}): IptcError =>
  new IptcError('ERR_BAD_RULE', message, details);

export const pathOf = (kind: 'match' | 'target', index: number): string =>
  kind === 'match' ? `match[${index}]` : kind;

/** An error of one option, told with the extension it belongs to. */
export function explained(error: unknown, extension: AnyExtension, name: string, path: string): unknown {
  if (error instanceof IptcError) return error.within({ path: `${path}.${name}` });
  const { option, mismatch, iptables } =
    error instanceof OptionMismatch ? error : new OptionMismatch(undefined, error as Mismatch);
  if (!(mismatch instanceof Mismatch)) return error;
  const { kind } = extension;
  const object = option === undefined ? `${kind} ${name}` : `--${option} of ${kind} ${name}`;
  const key = option === undefined ? '' : `.${option.replace(/-(.)/g, (_, c: string) => c.toUpperCase())}`;
  const code = mismatch instanceof Missing ? 'ERR_NO_OBJECT' : 'ERR_BAD_RULE';
  return new IptcError(code, `Expected ${mismatch.expected} for ${object} but received ${show(mismatch.received)}`, {
    ...(option === undefined ? {} : { option }),
    path: `${path}.${name}${key}${mismatch.at}`,
    iptables: (iptables ?? (option === undefined ? '' : extension.phrase(option, mismatch))) || undefined,
    hint: mismatch.hint,
  });
}
