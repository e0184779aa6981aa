/** Who has a new policy already, while it is rolled out: told by the host's name alone, so that nothing is written for each. */
import type { Check } from '../arguments';
import { Mismatch } from '../errors';
import { sha256 } from './canonical';
import { own } from './own';
import type { Head, RolloutState } from './payload';
import type { Envelope } from './signing';

export interface Member {
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
}

const PERCENT = /^(\d{1,3}(?:\.\d{1,2})?)%$/;
const LABEL = /^([A-Za-z0-9_.-]+)=([A-Za-z0-9_.-]+)$/;

export const wave: Check<string> = (value) => {
  const percent = typeof value === 'string' ? PERCENT.exec(value) : null;
  const fits = percent ? Number(percent[1]) > 0 && Number(percent[1]) <= 100 : LABEL.test(String(value));
  if (typeof value !== 'string' || !fits) throw new Mismatch('a share (10%) or a label (role=canary)', value);
  return value;
};

/** From 0 to 9,999, as good as random, and the same for all who ask. */
const placeOf = (id: string, host: string): number =>
  Number.parseInt(sha256(`${id}\0${host}`).slice(0, 12), 16) % 10_000;

/** The first wave that a host is in. */
export function waveOf({ id, waves }: RolloutState, { host, labels }: Member): number | undefined {
  const place = placeOf(id, host);
  const at = waves.findIndex((each) => {
    const percent = PERCENT.exec(each);
    if (percent) return place < Number(percent[1]) * 100;
    const [, name, value] = LABEL.exec(each) ?? [];
    return name !== undefined && own(labels, name) === value;
  });
  return at < 0 ? undefined : at;
}

/** Whether it has come to a host. */
export function isReached(rollout: RolloutState | undefined, member: Member): boolean {
  return !rollout || (waveOf(rollout, member) ?? Number.POSITIVE_INFINITY) <= rollout.wave;
}

/** What a host is to have; undefined where it is to have nothing yet. */
export const chosen = (head: Head, member: Member): Envelope | undefined =>
  isReached(head.rollout, member) ? head.policy : head.previous;
