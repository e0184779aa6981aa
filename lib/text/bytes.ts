/** Texts of bytes that need not be UTF-8, for who reads and writes files himself. */
import { isUint8Array } from 'node:util/types';
import { argument, type Check, string } from '../arguments';
import { Mismatch } from '../errors';
import { decodeAll, encodeText as encode } from '../net/text';

const uint8Array: Check<Uint8Array> = (value) => {
  if (!isUint8Array(value)) throw new Mismatch('a Buffer or Uint8Array', value);
  return value;
};

/**
 * Bytes as text in which none of them is lost: what isn't UTF-8 (the kernel's names and comments may be anything) is there
 * as lone surrogates. firewall.save() and all other texts are made so; encodeText() makes bytes of them again.
 *
 * @example decodeText(Buffer.from([0x61, 0xff])) // 'a\udcff'
 */
export const decodeText = (bytes: Uint8Array): string => decodeAll(argument('decodeText', 'bytes', bytes, uint8Array));

/**
 * Text as bytes: UTF-8, and what decodeText() kept of other bytes as they were. Node's own ways (fs.writeFile of a text)
 * lose them. Lone surrogates of other ranges become U+FFFD, as TextEncoder has it.
 *
 * @example await writeFile('/etc/iptables/rules.v4', encodeText(await firewall.save()))
 */
export const encodeText = (text: string): Uint8Array => encode(argument('encodeText', 'text', text, string()));
