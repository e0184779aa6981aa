/** Publishes policies: signs them, and puts all that belongs together into the store as one. */
import { hostname, userInfo } from 'node:os';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { argument, type Check, fields, flag, listOf, named, numeric, optionsOf, string } from '../arguments';
import { IptcError, Mismatch } from '../errors';
import { groups as groupsGiven, labels as labelsGiven } from './agent/options';
import { canonical, sha256 } from './canonical';
import { fleetName, KEYS } from './keys';
import { fleetMetrics } from './metrics';
import { newestOf, unlessRefused } from './newest';
import { encode, envelopeOf, type Head, headOf, opened, type PolicyPayload, payloadIn } from './payload';
import { type FleetPolicy, policyGiven, variables as variablesGiven } from './policy';
import { prune } from './prune';
import { type FleetStatus, statusOf } from './report';
import { pace, type RollOutOptions, Rollout, type RolloutPace, rollingOut } from './rollout';
import { type Envelope, Keyring, publicKey, Signer, signingKey } from './signing';
import { type Store, type StoreState, store as storeGiven } from './store/store';
import { wave } from './waves';

const pack = promisify(gzip) as (bytes: Uint8Array) => Promise<Buffer>;
const unpack = promisify(gunzip) as (bytes: Uint8Array) => Promise<Buffer>;
/** Bytes, packed: etcd takes no larger requests unless told. */
const LARGEST = 1_200_000;

export interface PublisherOptions {
  /** The private key that signs, as newKeys() makes it. Without it nothing can be published. */
  readonly key?: string;
  /** Public keys of others whose policies are believed. */
  readonly keys?: readonly string[];
  /** `default` unless told. */
  readonly fleet?: string;
  /** Who says it: this user at this host unless told. */
  readonly author?: string;
}
export interface PublishOptions extends RolloutPace {
  /** Who gets it when: shares of the hosts (`10%`), or labels (`role=canary`). All at once unless told. */
  readonly waves?: readonly string[];
  readonly message?: string;
  /** Milliseconds since 1970: hosts report it when it is over. The policy stays. */
  readonly notAfter?: number;
  /** Publishes though what the group has now can't be read, or isn't believed. */
  readonly force?: boolean;
}
export interface RollbackOptions extends PublishOptions {
  /** To which number; the one before unless told. */
  readonly to?: number;
}
/** A policy that was published. */
export type Published = Omit<PolicyPayload, 'v' | 'kind'>;
export interface HostConfig {
  readonly labels?: Readonly<Record<string, string>>;
  readonly groups?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

const whole = numeric('an integer from 1 on', (n) => Number.isSafeInteger(n) && n >= 1);
const opening = fields<PublisherOptions>({
  key: signingKey,
  keys: listOf(publicKey, 'a list of public keys'),
  fleet: fleetName('fleet'),
  author: named('a name'),
});
const waves: Check<readonly string[]> = (value) => {
  const given = listOf(wave, 'a list of waves')(value);
  if (given.length === 0) throw new Mismatch('one wave at least', value);
  // In the end all have it.
  return given[given.length - 1] === '100%' ? given : [...given, '100%'];
};
const publishing = { ...pace, waves, message: string(), notAfter: whole, force: flag };
const publishGiven = fields<PublishOptions>(publishing);
const rollbackGiven = fields<RollbackOptions>({ ...publishing, to: whole });
const steering = fields<RollOutOptions>(rollingOut);
const configGiven = fields<HostConfig>({ labels: labelsGiven, groups: groupsGiven, variables: variablesGiven });

const groupName = fleetName('group');

/** Puts policies into a store, signed, from where the agents of hosts take them. */
export class Publisher {
  private readonly signer: Signer | undefined;
  private readonly keyring: Keyring;
  private readonly fleet: string;
  private readonly author: string;

  private constructor(
    private readonly store: Store,
    { key, keys = [], fleet = 'default', author = `${userInfo().username}@${hostname()}` }: PublisherOptions,
  ) {
    this.signer = key === undefined ? undefined : Signer.of(key);
    this.keyring = new Keyring([...(this.signer ? [this.signer.public] : []), ...keys]);
    this.fleet = fleet;
    this.author = author;
  }

  /** One for a store, which stays its caller's to close. */
  static async open(store: Store, options?: PublisherOptions): Promise<Publisher> {
    return new Publisher(argument('open', 'store', store, storeGiven), optionsOf('open', options, opening));
  }

  /**
   * Publishes a policy for a group. ERR_CONFLICT if somebody else was faster: the message says who. With waves it has
   * come to the first of them; `rollOut` goes on.
   *
   * @example
   * await publisher.publish('web', parsePolicy({ ipv4: text }, { group: 'web' }), { waves: ['1%', '10%', '100%'] });
   */
  async publish(group: string, policy: FleetPolicy, options?: PublishOptions): Promise<Published> {
    const name = argument('publish', 'group', group, groupName);
    const bytes = Buffer.from(canonical(policyGiven('publish', 'policy', policy)));
    const given = optionsOf('publish', options, publishGiven);
    const seen = await this.seen(name);
    const packed = await pack(bytes);
    if (packed.length > LARGEST)
      throw new IptcError(
        'ERR_BAD_ARGUMENT',
        `Cannot publish the policy: packed it has ${packed.length} bytes, and ${LARGEST} are what a store takes`,
        {
          path: 'policy',
          hint: 'Put addresses into an ip_set instead of rules, or make several groups of it.',
        },
      );
    return this.write(name, seen, { blob: sha256(bytes), size: bytes.length, packed }, given);
  }

  /** Publishes once more what was: under a new number, so that nobody takes it for an old one. ERR_NO_OBJECT if it isn't kept. */
  async rollback(group: string, options?: RollbackOptions): Promise<Published> {
    const name = argument('rollback', 'group', group, groupName);
    const { to, message, ...rest } = optionsOf('rollback', options, rollbackGiven);
    const seen = await this.seen(name);
    this.headIn(name, seen, rest.force);
    const history = this.historyIn(name, seen);
    const newest = history[history.length - 1];
    const wanted =
      to === undefined
        ? [...history].reverse().find(({ blob }) => blob !== newest!.blob)
        : history.find(({ seq }) => seq === to);
    if (!wanted)
      throw new IptcError(
        'ERR_NO_OBJECT',
        `Cannot go back to ${to === undefined ? 'another policy' : `number ${to}`} of group ${name}: it has none`,
        {
          hint: `These are kept: ${history.map(({ seq }) => seq).join(', ') || 'none'}.`,
        },
      );
    const key = KEYS.blob(wanted.blob);
    const packed = (await this.store.read([key])).items.get(key)?.value;
    const bytes = packed && (await unpack(packed));
    if (!bytes || sha256(bytes) !== wanted.blob)
      throw new IptcError(
        'ERR_NO_OBJECT',
        `Cannot go back to number ${wanted.seq} of group ${name}: the store hasn't its rules any more`,
      );
    const what = { blob: wanted.blob, size: wanted.size, packed };
    return this.write(name, seen, what, { message: message ?? `back to ${wanted.seq}`, ...rest });
  }

  /** What was published for a group, the oldest first: as far as it is kept, and believed. */
  async history(group: string): Promise<readonly Published[]> {
    const name = argument('history', 'group', group, groupName);
    return this.historyIn(name, await this.store.read([KEYS.history(name)]));
  }
  private historyIn(name: string, { items }: StoreState): readonly Published[] {
    const found = [...items]
      .filter(([key]) => key.startsWith(KEYS.history(name)))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, { value }]) => {
        const payload = unlessRefused(() => this.policyIn(name, envelopeOf(key, value)));
        return payload && key === KEYS.seq(name, payload.seq) ? [payload] : [];
      });
    return found.map(({ v, kind, ...published }) => published);
  }

  /** Says what a host is. ERR_CONFLICT. */
  async setHost(host: string, config: HostConfig): Promise<void> {
    const name = argument('setHost', 'host', host, fleetName('host'));
    const { labels = {}, groups = [], variables = {} } = argument('setHost', 'config', config, configGiven);
    await this.define(KEYS.config(name), { kind: 'host', host: name, labels, groups, variables });
  }
  /** Says which hosts a group has besides those that name it: those of all these labels. None of no label. ERR_CONFLICT. */
  async setGroup(group: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const name = argument('setGroup', 'group', group, groupName);
    await this.define(KEYS.selector(name), {
      kind: 'group',
      group: name,
      labels: argument('setGroup', 'labels', labels, labelsGiven),
    });
  }

  /** How all hosts and groups are. */
  status(): Promise<FleetStatus> {
    return statusOf(this.store);
  }
  /** The same for Prometheus, in its text format. */
  async metrics(): Promise<string> {
    return fleetMetrics(await this.status());
  }

  /**
   * Brings a policy from wave to wave until all have it. Any number of programs may do it at once, and go on where
   * another was ended. Resolves with how it ended: too many failures take it back.
   */
  async rollOut(group: string, options?: RollOutOptions): Promise<Head['ended'] | undefined> {
    const name = argument('rollOut', 'group', group, groupName);
    return new Rollout(this.store, name, optionsOf('rollOut', options, steering)).run();
  }
  /** Stops at the wave that it has come to. False if there is nothing to pause. */
  pause(group: string): Promise<boolean> {
    return Rollout.steer(this.store, argument('pause', 'group', group, groupName), 'paused');
  }
  resume(group: string): Promise<boolean> {
    return Rollout.steer(this.store, argument('resume', 'group', group, groupName), 'running');
  }
  /** Takes it back from those that have it. */
  abort(group: string): Promise<boolean> {
    return Rollout.steer(this.store, argument('abort', 'group', group, groupName), 'aborted');
  }

  private policyIn(group: string, envelope: Envelope): PolicyPayload {
    return opened(this.keyring, envelope, { kind: 'policy', fleet: this.fleet, name: group });
  }
  /** What there is, if it is believed. */
  private headIn(group: string, { items }: StoreState, force = false): Head | undefined {
    const item = items.get(KEYS.head(group));
    try {
      const head = item && headOf(group, item.value);
      for (const each of [head?.policy, head?.previous, head?.back]) if (each) this.policyIn(group, each);
      return head;
    } catch (error) {
      const { code, message, hint } = error as IptcError;
      if (code !== 'ERR_SIGNATURE') throw error;
      if (force) return undefined;
      const over = 'If nobody who may has written it, publish over it with force (--force).';
      throw new IptcError(code, message, { hint: hint === undefined ? over : `${hint} ${over}`, cause: error });
    }
  }
  private requireSigner(): Signer {
    if (this.signer) return this.signer;
    throw new IptcError('ERR_BAD_ARGUMENT', 'Expected a key for the options of open() but received nothing', {
      path: 'key',
      hint: 'Make a pair by newKeys() or iptc fleet keygen, and give the private half to whoever publishes.',
    });
  }

  /** What there is: who publishes after it has to know of what was published meanwhile. */
  private seen = (group: string): Promise<StoreState> =>
    this.store.read([KEYS.head(group), KEYS.history(group), KEYS.hosts]);

  private async write(
    group: string,
    found: StoreState,
    { packed, ...what }: { readonly blob: string; readonly size: number; readonly packed: Uint8Array },
    { waves, message, notAfter, force, failures = 0.1, hold = 30_000, timeout = 300_000 }: PublishOptions,
  ): Promise<Published> {
    const signer = this.requireSigner();
    const item = found.items.get(KEYS.head(group));
    const old = this.headIn(group, found, force);
    // While it is rolled out, what the others have is what there is to go back to.
    const envelope = old?.rollout ? old.previous : old?.policy;
    const previous = envelope && payloadIn(envelope);
    const seq = newestOf(group, old, this.historyIn(group, found), found) + 1;
    const { fleet, author } = this;
    const common = { v: 1, kind: 'policy', fleet, group, author, at: Date.now() } as const;
    const payload: PolicyPayload = {
      ...common,
      seq,
      ...what,
      ...(message !== undefined && { message }),
      ...(notAfter !== undefined && { notAfter }),
    };
    const policy = signer.sign(payload);
    const head: Head = {
      policy,
      ...(waves && {
        ...(envelope && { previous: envelope }),
        ...(previous && {
          back: signer.sign({
            ...common,
            seq: seq + 1,
            blob: previous.blob,
            size: previous.size,
            message: `back to ${previous.seq}, since ${seq} failed`,
          } satisfies PolicyPayload),
        }),
        rollout: { id: `${group}-${seq}`, waves, wave: 0, state: 'running', failures, hold, timeout },
      }),
    };
    const done = await this.store.commit({
      expect: new Map([[KEYS.head(group), item?.revision ?? 0]]),
      put: [
        { key: KEYS.blob(what.blob), value: packed },
        { key: KEYS.seq(group, seq), value: encode(policy) },
        { key: KEYS.head(group), value: encode(head) },
      ],
    });
    if (!done) throw await this.beaten(group);
    await prune(this.store, group).catch(() => {}); // it is published, and the next one forgets more
    const { v, kind, ...published } = payload;
    return published;
  }

  private async beaten(group: string): Promise<IptcError> {
    const head = (await this.store.read([KEYS.head(group)])).items.get(KEYS.head(group));
    const written = head && unlessRefused(() => headOf(group, head.value));
    const { seq, author } = written ? payloadIn(written.policy) : { seq: 0, author: 'somebody' };
    return new IptcError(
      'ERR_CONFLICT',
      `Cannot publish for group ${group}: ${author} was faster, with number ${seq}`,
      {
        hint: 'Look at what was published (iptc fleet status), and publish again if it is still wanted.',
      },
    );
  }

  private async define(
    key: string,
    what: {
      readonly kind: 'host' | 'group';
      readonly host?: string;
      readonly group?: string;
      readonly [more: string]: unknown;
    },
  ): Promise<void> {
    const signer = this.requireSigner();
    const item = (await this.store.read([key])).items.get(key);
    const old = item
      ? opened(this.keyring, envelopeOf(key, item.value), {
          kind: what.kind,
          fleet: this.fleet,
          name: (what.host ?? what.group)!,
        })
      : undefined;
    const { fleet, author } = this;
    // Where there is none any more there may have been one: what is written later has the higher number.
    const seq = Math.max((old?.seq ?? 0) + 1, Date.now());
    const value = encode(signer.sign({ v: 1, fleet, author, at: Date.now(), seq, ...what }));
    if (!(await this.store.commit({ expect: new Map([[key, item?.revision ?? 0]]), put: [{ key, value }] })))
      throw new IptcError('ERR_CONFLICT', `Cannot write ${key}: somebody else was faster`, { hint: 'Do it again.' });
  }
}
