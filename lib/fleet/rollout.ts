/**
 * A roll-out: from wave to wave, while hosts report that all is well; back, if too many don't. What it has come to is part
 * of the group's head, so it needs nobody in particular: whoever steers takes the next step if nobody else has.
 */
import { type Checks, callback, milliseconds, numeric, signal } from '../arguments';
import { clearTimeout, now, setTimeout } from '../clock';
import { IptcError } from '../errors';
import { Follower, type Items } from './follow';
import { KEYS } from './keys';
import { own } from './own';
import { encode, type Head, headOf, payloadIn, type RolloutEnd } from './payload';
import { type HostReport, hostsIn, seqOf } from './report';
import type { Store, StorePut } from './store/store';
import { isReached } from './waves';

/** How far a roll-out is. */
export interface RolloutProgress {
  readonly group: string;
  readonly seq: number;
  readonly wave: string;
  readonly state: 'running' | 'paused';
  /** The hosts that it has come to. */
  readonly hosts: number;
  readonly good: number;
  readonly failed: number;
}
export interface RollOutOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RolloutProgress) => void;
}
export interface RolloutPace {
  /** The share of hosts, from 0 to 1, at whose failure it is taken back: 0.1 unless told. */
  readonly failures?: number;
  /** Milliseconds for which all of a wave have to report that it is good: 30,000 unless told. */
  readonly hold?: number;
  /** Milliseconds in which they have to: five minutes unless told. Who doesn't has failed. */
  readonly timeout?: number;
}
export const pace: Checks<RolloutPace> = {
  failures: numeric('a share from 0 to 1', (n) => n >= 0 && n <= 1),
  hold: milliseconds,
  timeout: milliseconds,
};
export const rollingOut: Checks<RollOutOptions> = { signal, onProgress: callback };

/** Milliseconds between looks, at most: that time has passed nobody tells. */
const LOOK = 1_000;

export class Rollout {
  private wave = -1;
  private began = 0;
  private goodSince: number | undefined;
  private said = '';

  constructor(
    private readonly store: Store,
    private readonly group: string,
    private readonly options: RollOutOptions,
  ) {}

  run(): Promise<RolloutEnd | undefined> {
    const { store, group, options } = this;
    return new Promise((resolve, reject) => {
      let items: Items | undefined;
      let timer: NodeJS.Timeout | undefined;
      let busy = false;
      const stop = (settle: () => void) => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', aborted);
        void follower.close();
        settle();
      };
      const aborted = () =>
        stop(() =>
          reject(new IptcError('ERR_ABORTED', `Cannot roll out the policy of group ${group}: it was aborted`)),
        );
      const look = async () => {
        clearTimeout(timer);
        if (busy || !items) return;
        busy = true;
        try {
          const ended = await this.step(items);
          if (ended) return stop(() => resolve(ended === true ? undefined : ended));
        } catch (error) {
          // What can't be written now can be later.
          if (!(error instanceof IptcError && error.code === 'ERR_UNREACHABLE')) return stop(() => reject(error));
        } finally {
          busy = false;
        }
        timer = setTimeout(look, LOOK);
      };
      const follower = new Follower(store, [KEYS.head(group), KEYS.hosts], {
        found: (found) => {
          items = found;
          void look();
        },
        lost: () => {},
      });
      options.signal?.addEventListener('abort', aborted);
      if (options.signal?.aborted) aborted();
    });
  }

  /** How it has ended; true if all have it; undefined if it goes on. */
  private async step(items: Items): Promise<RolloutEnd | true | undefined> {
    const { store, group } = this;
    const item = items.get(KEYS.head(group));
    if (!item) throw new IptcError('ERR_NO_OBJECT', `Cannot roll out a policy of group ${group}: it has none`);
    const head = headOf(group, item.value);
    const { rollout, ended } = head;
    if (ended && (!rollout || rollout.id === ended.id)) return ended;
    if (!rollout) return true;
    const { seq } = payloadIn(head.policy);
    if (rollout.wave !== this.wave) {
      this.wave = rollout.wave;
      this.began = now();
      this.goodSince = undefined;
    }
    const late = now() - this.began >= rollout.timeout;
    const kinds = hostsIn(items)
      .filter((host) => host.groups.includes(group) && isReached(rollout, host))
      .map((host) => kindOf(host, group, seq, late))
      .filter((kind) => kind !== 'away');
    const failed = kinds.filter((kind) => kind === 'failed').length;
    const good = kinds.filter((kind) => kind === 'good').length;
    this.tell({
      group,
      seq,
      wave: rollout.waves[rollout.wave]!,
      state: rollout.state,
      hosts: kinds.length,
      good,
      failed,
    });
    if (rollout.state === 'paused') {
      this.began = now();
      this.goodSince = undefined;
      return undefined;
    }
    const write = (put: readonly StorePut[]) =>
      store.commit({ expect: new Map([[KEYS.head(group), item.revision]]), put });
    if (failed > 0 && failed / kinds.length >= rollout.failures) {
      await write(backOf(group, head, `${failed} of ${kinds.length} hosts failed`));
      return undefined; // what was written is told
    }
    if (good + failed < kinds.length) this.goodSince = undefined;
    else this.goodSince ??= now();
    if (this.goodSince === undefined || now() - this.goodSince < rollout.hold) return undefined;
    const isLast = rollout.wave + 1 >= rollout.waves.length;
    const next: Head = isLast ? { policy: head.policy } : { ...head, rollout: { ...rollout, wave: rollout.wave + 1 } };
    await write([{ key: KEYS.head(group), value: encode(next) }]);
    return undefined;
  }
  private tell(progress: RolloutProgress): void {
    const said = JSON.stringify(progress);
    if (said === this.said) return;
    this.said = said;
    this.options.onProgress?.(progress);
  }

  /** Changes how it goes on; false if there is none. */
  static async steer(store: Store, group: string, to: 'paused' | 'running' | 'aborted'): Promise<boolean> {
    for (;;) {
      const key = KEYS.head(group);
      const item = (await store.read([key])).items.get(key);
      const head = item && headOf(group, item.value);
      if (!head?.rollout) return false;
      const put =
        to === 'aborted'
          ? backOf(group, head, 'aborted')
          : [{ key, value: encode({ ...head, ended: undefined, rollout: { ...head.rollout, state: to } }) }];
      if (await store.commit({ expect: new Map([[key, item!.revision]]), put })) return true;
    }
  }
}

type Kind = 'good' | 'failed' | 'waiting' | 'away';

function kindOf(host: HostReport, group: string, seq: number, late: boolean): Kind {
  const { alive, trying, problems } = host;
  const has = seqOf(host, group) === seq;
  // Who was dead before can't say anything of it; who has died of it has.
  if (!alive) return has || own(trying, group) === seq ? 'failed' : 'away';
  const problem = own(problems, group);
  if (has && problem === undefined) return 'good';
  if (problem !== undefined && (problem.seq ?? seq) === seq) return 'failed';
  return late ? 'failed' : 'waiting';
}

/** What ends it: the previous once more, or, where there is none, nobody else gets it. */
function backOf(group: string, head: Head, reason: string): StorePut[] {
  const { policy, back, rollout } = head;
  const ended: RolloutEnd = { id: rollout!.id, seq: payloadIn(policy).seq, reason };
  if (!back)
    return [{ key: KEYS.head(group), value: encode({ ...head, ended, rollout: { ...rollout!, state: 'paused' } }) }];
  return [
    { key: KEYS.head(group), value: encode({ policy: back, ended }) },
    { key: KEYS.seq(group, payloadIn(back).seq), value: encode(back) },
  ];
}
