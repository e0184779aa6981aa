/** Who has said it: bytes, signed by ed25519. What a store holds is believed only by its signature. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signed,
  verify as verified,
} from 'node:crypto';
import type { Check } from '../arguments';
import { IptcError, Mismatch } from '../errors';
import { canonical, sha256 } from './canonical';

/** Signed bytes: what they say is read only once the signature has been found good. */
export interface Envelope {
  /** base64 */
  readonly payload: string;
  readonly keyid: string;
  /** base64 */
  readonly sig: string;
}

/** In one form only: written in another way it would be taken for another one. */
const isBase64 = (value: unknown): boolean =>
  typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value;
export const isEnvelope = (value: unknown): value is Envelope => {
  const { payload, keyid, sig } = (value ?? {}) as Partial<Record<string, unknown>>;
  return isBase64(payload) && isBase64(sig) && typeof keyid === 'string' && /^[0-9a-f]{16}$/.test(keyid);
};

/** What is signed begins so: the same key's signature on anything else says nothing here. */
const CONTEXT = Buffer.from('iptc-fleet/1\0');
/** A public key as DER begins so; 32 bytes follow. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

const idOf = (key: KeyObject): string => sha256(rawOf(key)).slice(0, 16);
const rawOf = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' }).subarray(SPKI.length);

/** A key pair: the private half as PEM (PKCS #8), the public one as a line of text. */
export interface FleetKeys {
  readonly private: string;
  readonly public: string;
  readonly id: string;
}

/** A new key pair. */
export function newKeys(): FleetKeys {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    private: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    public: lineOf(publicKey),
    id: idOf(publicKey),
  };
}
const lineOf = (key: KeyObject): string => `ed25519 ${rawOf(key).toString('base64')}`;

/** Signs. */
export class Signer {
  readonly id: string;
  readonly public: string;
  private constructor(private readonly key: KeyObject) {
    const half = createPublicKey(key);
    this.id = idOf(half);
    this.public = lineOf(half);
  }
  static of(pem: string): Signer {
    return new Signer(privateKey(pem));
  }
  sign(payload: object): Envelope {
    const bytes = Buffer.from(canonical(payload));
    return {
      payload: bytes.toString('base64'),
      keyid: this.id,
      sig: signed(null, Buffer.concat([CONTEXT, bytes]), this.key).toString('base64'),
    };
  }
}

/** Keys that are believed. */
export class Keyring {
  private readonly keys: ReadonlyMap<string, KeyObject>;
  constructor(lines: readonly string[]) {
    this.keys = new Map(lines.map(publicKeyOf).map((key) => [idOf(key), key]));
  }

  /** What is signed. ERR_SIGNATURE unless one of the keys has. */
  open(what: string, envelope: Envelope): unknown {
    const refuse = (why: string, hint?: string) =>
      new IptcError('ERR_SIGNATURE', `Cannot believe ${what}: ${why}`, { hint });
    if (!isEnvelope(envelope)) throw refuse('it is not signed');
    const { payload, keyid, sig } = envelope;
    const key = this.keys.get(keyid);
    if (!key)
      throw refuse(
        `it is signed by a key that is not known here, ${keyid}`,
        'Give that public key among keys, if you trust it.',
      );
    const bytes = Buffer.from(payload, 'base64');
    if (!verified(null, Buffer.concat([CONTEXT, bytes]), key, Buffer.from(sig, 'base64')))
      throw refuse(`the signature of key ${keyid} is wrong`);
    return JSON.parse(bytes.toString('utf8'));
  }
}

const privateKey = (pem: string): KeyObject => {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`it is of ${key.asymmetricKeyType}`);
  return key;
};

/** `ed25519 BASE64`, with anything behind it; or PEM. */
function publicKeyOf(text: string): KeyObject {
  const [, base64] = /^\s*ed25519 ([A-Za-z0-9+/]{43}=)(?:\s|$)/.exec(text) ?? [];
  const key =
    base64 === undefined
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.concat([SPKI, Buffer.from(base64, 'base64')]), format: 'der', type: 'spki' });
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`it is of ${key.asymmetricKeyType}`);
  return key;
}

/** A text that can be read so. What it is isn't told to anybody: it may be secret. */
const readable =
  (expected: string, read: (text: string) => unknown): Check<string> =>
  (value) => {
    try {
      if (typeof value === 'string') {
        read(value);
        return value;
      }
    } catch {}
    throw new Mismatch(expected, typeof value === 'string' ? '(another text)' : value);
  };
export const signingKey = readable('an ed25519 key as PEM, as newKeys() makes it,', privateKey);
export const publicKey = readable('a public ed25519 key, as newKeys() makes it,', publicKeyOf);
