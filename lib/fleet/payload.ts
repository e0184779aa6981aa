/** What is signed, and what a group's head holds: as it was read, looked at. */
import { IptcError, show } from '../errors';
import { canonical } from './canonical';
import { own } from './own';
import { type Envelope, isEnvelope, type Keyring } from './signing';

/** Versions of what is written here; newer ones are refused, by their name. */
const VERSION = 1;

/** That a group's policy is this one, from now on. */
export interface PolicyPayload {
  readonly v: 1;
  readonly kind: 'policy';
  readonly fleet: string;
  readonly group: string;
  /** The policies of a group are counted. */
  readonly seq: number;
  /** The SHA-256 of the policy's canonical JSON. */
  readonly blob: string;
  /** Its bytes. */
  readonly size: number;
  readonly author: string;
  /** Milliseconds since 1970, by the publisher's clock: for people. */
  readonly at: number;
  readonly message?: string;
  /** Milliseconds since 1970, after which it should have been replaced: it is reported, and stays. */
  readonly notAfter?: number;
}
/** That a host is so. */
export interface HostPayload {
  readonly v: 1;
  readonly kind: 'host';
  readonly fleet: string;
  readonly host: string;
  readonly seq: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly groups: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly author: string;
  readonly at: number;
}
/** That hosts of these labels are of the group. */
export interface GroupPayload {
  readonly v: 1;
  readonly kind: 'group';
  readonly fleet: string;
  readonly group: string;
  readonly seq: number;
  /** Nobody by labels, if there are none. */
  readonly labels: Readonly<Record<string, string>>;
  readonly author: string;
  readonly at: number;
}
export type Payload = PolicyPayload | HostPayload | GroupPayload;

/** How a policy is rolled out, while it isn't yet everywhere. */
export interface RolloutState {
  readonly id: string;
  /** `10%`, or a label: `role=canary`. */
  readonly waves: readonly string[];
  /** Which of them have it: those up to this one. */
  readonly wave: number;
  readonly state: 'running' | 'paused';
  /** The share of hosts, from 0 to 1, at whose failure it ends, and is taken back. */
  readonly failures: number;
  /** Milliseconds for which a wave has to be good, and in which it has to become so. */
  readonly hold: number;
  readonly timeout: number;
}
/** What ended a roll-out before its time. */
export interface RolloutEnd {
  readonly id: string;
  readonly seq: number;
  readonly reason: string;
}
/** The newest of a group. */
export interface Head {
  readonly policy: Envelope;
  /** What hosts have to which the roll-out hasn't come yet. */
  readonly previous?: Envelope;
  /** The previous once more, under the next number: signed beforehand, so that it can be gone back to without the key. */
  readonly back?: Envelope;
  readonly rollout?: RolloutState;
  readonly ended?: RolloutEnd;
}

const decode = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8'));
export const encode = (value: object): Uint8Array => Buffer.from(canonical(value));

/** Messages of JSON.parse say what stands there. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '?');
function unreadable(what: string, why: string): IptcError {
  return new IptcError('ERR_SIGNATURE', `Cannot read ${what}: ${why}`);
}

/** A value that nobody has signed: whoever writes it can write nonsense. */
function plain(what: string, bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = decode(bytes);
  } catch (error) {
    throw unreadable(what, printable((error as Error).message));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unreadable(what, `it is ${show(value)}`);
  return value as Record<string, unknown>;
}

/** As it is written, without what else is there; whose it is nobody has looked at. */
function envelopeIn(what: string, { payload, keyid, sig }: Partial<Envelope>): Envelope {
  const envelope = { payload, keyid, sig };
  if (!isEnvelope(envelope)) throw unreadable(what, 'it is not signed');
  return envelope;
}
export const envelopeOf = (what: string, bytes: Uint8Array): Envelope => envelopeIn(what, plain(what, bytes));

export function headOf(group: string, bytes: Uint8Array): Head {
  const what = `the head of group ${group}`;
  const { policy, previous, back, rollout, ended } = plain(what, bytes) as Partial<Head>;
  const isObject = (value: unknown) => typeof value === 'object' && value !== null;
  const fits =
    isObject(policy) &&
    [previous, back, rollout, ended].every((each) => each === undefined || isObject(each)) &&
    (!rollout ||
      (typeof rollout.id === 'string' &&
        Array.isArray(rollout.waves) &&
        rollout.waves.every((wave) => typeof wave === 'string') &&
        [rollout.wave, rollout.failures, rollout.hold, rollout.timeout].every(Number.isFinite))) &&
    (!ended || (typeof ended.id === 'string' && typeof ended.reason === 'string' && Number.isFinite(ended.seq)));
  if (!fits) throw unreadable(what, 'it is none');
  const head: Head = {
    policy: envelopeIn(what, policy!),
    ...(previous && { previous: envelopeIn(what, previous) }),
    ...(back && { back: envelopeIn(what, back) }),
    ...(rollout && { rollout }),
    ...(ended && { ended }),
  };
  // What is signed is JSON, whoever has signed it.
  for (const each of [head.policy, previous, back]) if (each) requirePayload(what, each);
  return head;
}
function requirePayload(what: string, { payload }: Envelope): void {
  const { seq, blob, author, at } = plain(what, Buffer.from(payload, 'base64'));
  if (!Number.isSafeInteger(seq) || typeof blob !== 'string' || typeof author !== 'string' || !Number.isFinite(at))
    throw unreadable(what, 'it has no policy');
}

interface Bound<K extends Payload['kind']> {
  readonly kind: K;
  readonly fleet: string;
  /** The group or the host. */
  readonly name: string;
}

/** What is signed, if it is of this kind and about this: signed for another group it says nothing here. */
export function opened<K extends Payload['kind']>(
  keyring: Keyring,
  envelope: Envelope,
  { kind, fleet, name }: Bound<K>,
): Extract<Payload, { kind: K }> {
  const of = kind === 'host' ? 'host' : 'group';
  const what = kind === 'policy' ? `the policy of group ${name}` : `what ${of} ${name} is`;
  const payload = keyring.open(what, envelope) as Partial<Record<string, unknown>>;
  const refuse = (why: string, hint?: string) =>
    new IptcError('ERR_SIGNATURE', `Cannot believe ${what}: ${why}`, { hint });
  if (payload.v !== VERSION)
    throw refuse(`it is of version ${show(payload.v)}`, 'Update the package on this host first.');
  if (payload.kind !== kind) throw refuse(`it is signed as a ${payload.kind}`);
  if (payload.fleet !== fleet) throw refuse(`it is signed for fleet ${show(payload.fleet)}, not ${fleet}`);
  if (payload[of] !== name) throw refuse(`it is signed for ${of} ${show(payload[of])}`);
  if (!Number.isSafeInteger(payload.seq) || (payload.seq as number) < 1) throw refuse('it has no number');
  // By which it is looked for, on the disk, too.
  const { blob, size } = payload;
  if (kind === 'policy' && !(typeof blob === 'string' && /^[0-9a-f]{64}$/.test(blob) && Number.isSafeInteger(size)))
    throw refuse('it does not say which rules are meant');
  return payload as unknown as Extract<Payload, { kind: K }>;
}

/** What was believed when it was kept. */
export const payloadIn = ({ payload }: Envelope): PolicyPayload =>
  decode(Buffer.from(payload, 'base64')) as PolicyPayload;

export const labelsMatch = (
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean => {
  const all = Object.entries(wanted);
  return all.length > 0 && all.every(([name, value]) => own(labels, name) === value);
};
