/** Whether a packet's data has some bytes in it, as the kernel's textsearch has it. */
import { fact } from '../../codec/meaning';

const lowerCase = (letter: string) => letter.toLowerCase();

export function search(
  wanted: Uint8Array,
  where: { readonly from?: number; readonly to?: number; readonly icase?: true },
) {
  const { from = 0, to = 65535, icase } = where;
  // Each byte a character.
  const text = (bytes: Uint8Array) => {
    const latin1 = Buffer.from(bytes).toString('latin1');
    return icase ? latin1.replace(/[A-Z]/g, lowerCase) : latin1;
  };
  const sought = text(wanted);
  return fact('data', (data) => {
    const at = text(data).indexOf(sought, from);
    return at >= 0 && at + sought.length <= to;
  });
}
