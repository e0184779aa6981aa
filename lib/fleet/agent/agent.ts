/** An agent: keeps a host as its groups' policies say, and says how it is. */
import { EventEmitter } from 'node:events';
import { argument, callback, oneOf, optionsOf } from '../../arguments';
import { clearTimeout, now, setTimeout } from '../../clock';
import { IptcError } from '../../errors';
import type { Plan } from '../../policy';
import { Follower, type Items } from '../follow';
import { fleetName, KEYS } from '../keys';
import { agentMetrics } from '../metrics';
import { own } from '../own';
import { opened, type PolicyPayload, payloadIn } from '../payload';
import { Keyring } from '../signing';
import { type Store, store as storeGiven } from '../store/store';
import { type HostFirewall, pause } from './apply';
import { Believer, type Choice, choiceOf, type Membership, membershipOf, problemOf } from './choice';
import { Host } from './host';
import {
  type AgentOptions,
  agentGiven,
  type BootOptions,
  bootGiven,
  firewallGiven,
  type Settings,
  settingsOf,
} from './options';
import { type HostCounters, type HostStatus, Reporter } from './reporter';
import { type Problem, StateFolder, type Target, targetId } from './state';
import { type AgentStatus, statusOf, steady } from './status';

/** How often a policy is begun anew in whose midst the agent was ended, or others were in the way. */
const ATTEMPTS = 3;
/** Milliseconds to wait for the store or for others, before it is tried again. */
const AGAIN = 2_000;

export interface AgentEvents {
  /** Something is otherwise than it was. */
  status: (status: AgentStatus) => void;
}

/** Keeps a host as the newest policy of its groups says, that is signed by a key which the host trusts. */
export class Agent {
  private readonly emitter = new EventEmitter();
  private readonly believer: Believer;
  private readonly host: Host;
  private readonly reporter: Reporter;
  private readonly follower: Follower;
  private items: Items | undefined;
  private membership: Membership;
  /** Of policies, and of the agent itself. */
  private problems: Readonly<Record<string, Problem>> = {};
  private troubles: Readonly<Record<string, Problem>> = {};
  private drift: HostStatus['drift'] = { times: 0, now: 0 };
  private counters: Record<string, Record<string, HostCounters>> | undefined;
  private unreachable: AgentStatus['unreachable'];
  private closed = false;
  private woken = true;
  private wake: () => void = () => {};
  private driftAt = 0;
  private againAt = Number.POSITIVE_INFINITY;
  private said = '';
  private readonly ended: Promise<void>;

  private constructor(
    firewall: HostFirewall,
    private readonly store: Store,
    private readonly settings: Settings,
    private readonly folder: StateFolder,
  ) {
    const { host, labels, groups, variables, fleet, keys, ttl, report } = settings;
    this.believer = new Believer(new Keyring(keys), fleet, folder.state.floors);
    this.host = new Host(firewall, folder);
    this.membership = { labels, groups, variables };
    this.reporter = new Reporter(store, host, folder.state.agent, ttl, report, () => this.rouse());
    this.follower = new Follower(store, this.names(), {
      found: (items) => {
        this.items = items;
        this.unreachable = undefined;
        this.rouse();
      },
      lost: ({ message }) => {
        this.unreachable ??= { since: Date.now(), message };
        this.rouse();
      },
    });
    this.ended = this.run();
  }

  /**
   * Starts one, which keeps the host as its policies say until it is closed: what is on the disk first, whether the store
   * can be reached or not. ERR_BUSY if another uses the folder, ERR_IO.
   *
   * @example
   * const agent = await Agent.open(await Firewall.openBoth(), etcdStore({ endpoints: ['http://10.0.0.1:2379'] }), {
   *   keys: ['ed25519 …'],
   *   labels: { role: 'web' },
   * });
   */
  static async open(firewall: HostFirewall, store: Store, options: AgentOptions): Promise<Agent> {
    const on = argument('open', 'firewall', firewall, firewallGiven);
    const of = argument('open', 'store', store, storeGiven);
    const settings = settingsOf(optionsOf('open', options, agentGiven));
    argument('open', 'host', settings.host, fleetName('host')); // a machine may be called anything
    const folder = await StateFolder.open(settings.state);
    await folder.lock();
    return new Agent(on, of, settings, folder);
  }

  /**
   * Makes it so as the disk says, once, without a store: at boot, before the network. Resolves with what had to change;
   * undefined where there never was a policy. ERR_SIGNATURE where what the disk has isn't signed by one of the keys.
   */
  static async boot(firewall: HostFirewall, options: BootOptions): Promise<Plan | undefined> {
    const on = argument('boot', 'firewall', firewall, firewallGiven);
    const { keys, state, fleet, place } = settingsOf(optionsOf('boot', options, bootGiven));
    const folder = await StateFolder.open(state);
    const { good } = folder.state;
    if (!good) return undefined;
    const keyring = new Keyring(keys);
    for (const [name, envelope] of Object.entries(good.policies))
      opened(keyring, envelope, { kind: 'policy', fleet, name });
    return new Host(on, folder).putRight(good, place);
  }

  /** How the host is. */
  get status(): AgentStatus {
    const { settings, folder, membership, problems, troubles, drift, counters, unreachable } = this;
    return statusOf(settings, folder.state, membership, {
      problems: { ...problems, ...troubles },
      drift,
      counters,
      unreachable,
    });
  }
  /** The same for Prometheus, in its text format. */
  metrics(): string {
    return agentMetrics(this.status);
  }

  on<E extends keyof AgentEvents>(event: E, listener: AgentEvents[E]): this {
    this.emitter.on(
      argument('on', 'event', event, oneOf('status')),
      argument('on', 'listener', listener, callback<Listener>),
    );
    return this;
  }
  off<E extends keyof AgentEvents>(event: E, listener: AgentEvents[E]): this {
    this.emitter.off(
      argument('off', 'event', event, oneOf('status')),
      argument('off', 'listener', listener, callback<Listener>),
    );
    return this;
  }

  /** Looks at once: at the store, at what others have changed, and tries again what has failed. */
  async check(): Promise<void> {
    await this.folder.write({ failed: undefined });
    this.driftAt = 0;
    this.follower.again();
    this.rouse();
  }

  /** Ends it. The rules stay. */
  async close(): Promise<void> {
    if (this.closed) return this.ended;
    this.closed = true;
    this.rouse();
    await this.follower.close();
    await this.ended;
    await this.reporter.close();
    await this.folder.unlock();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private rouse(): void {
    this.woken = true;
    this.wake();
  }
  private names(): readonly string[] {
    const heads = this.membership.groups.map(KEYS.head);
    return [KEYS.config(this.settings.host), KEYS.selectors, ...heads];
  }

  private async run(): Promise<void> {
    await this.guarded('the state folder', () => this.begin());
    while (!this.closed) {
      this.woken = false;
      await this.guarded('the agent', () => this.turn());
      this.tell();
      await this.guarded('the store', () => this.report());
      await this.sleep();
    }
  }
  /** Whatever goes wrong is told, and no end. */
  private async guarded(what: string, work: () => Promise<void>): Promise<void> {
    const { [what]: _, ...others } = this.troubles;
    try {
      await work();
      this.troubles = others;
    } catch (error) {
      if (isAway(error)) return this.away(error as Error);
      this.troubles = steady(this.troubles, { ...others, [what]: problemOf(error) });
      this.againAt = now() + AGAIN;
    }
  }
  private away({ message }: Error): void {
    this.unreachable ??= { since: Date.now(), message };
    this.againAt = now() + AGAIN;
  }

  /** What was begun when the last agent ended has been taken back by its keeper, or is; what is good is put right. */
  private async begin(): Promise<void> {
    const { trying, good } = this.folder.state;
    if (trying) await pause(AGAIN);
    if (good) await this.host.putRight(good, this.settings.place, this.store);
  }

  private async turn(): Promise<void> {
    this.againAt = Number.POSITIVE_INFINITY;
    const { settings, believer, folder, items } = this;
    if (items) {
      const problems: Record<string, Problem> = {};
      const { config, selectors, ...membership } = membershipOf(items, settings, believer, folder.state, problems);
      this.membership = membership;
      if (JSON.stringify([config, selectors]) !== JSON.stringify([folder.state.config, folder.state.selectors]))
        await folder.write({ config, selectors, floors: believer.floors });
      // What else is to be read is told in a moment.
      if (this.follower.follow(this.names())) {
        this.items = undefined;
        return;
      }
      const choice = choiceOf(items, settings.host, membership, believer, folder.state.good, problems);
      this.problems = steady(this.problems, { ...problems, ...(await this.settle(choice)) });
    }
    const { good } = this.folder.state;
    if (good && now() >= this.driftAt) await this.lookForDrift(good);
  }

  /** Tries what is chosen, if that is new. Gives what became of it, if that wasn't good. */
  private async settle({ target, payloads }: Choice): Promise<Readonly<Record<string, Problem>>> {
    const { folder, settings, store, believer } = this;
    const { good, trying, failed } = folder.state;
    const id = targetId(target);
    if (good ? id === idOf(good) : payloads.size === 0) {
      if (trying) await folder.write({ trying: undefined });
      return {};
    }
    if (failed?.target === id) return failed.problems;
    const changed = [...payloads.values()].filter(({ group, blob, seq }) => {
      const kept = own(good?.policies, group);
      const was = kept && payloadIn(kept);
      return was?.seq !== seq || was.blob !== blob;
    });
    const attempts = trying && targetId(trying.target) === id ? trying.attempts + 1 : 1;
    const failing = async (error: unknown) => {
      const groups = changed.length > 0 ? changed : [...payloads.values()];
      const problems = Object.fromEntries(groups.map(({ group, seq }) => [group, problemOf(error, seq)]));
      await folder.write({ trying: undefined, failed: { target: id, problems } });
      return problems;
    };
    if (attempts > ATTEMPTS)
      return failing(
        new IptcError('ERR_BUSY', `Cannot apply the policy: it was begun ${ATTEMPTS} times, and never ended`),
      );
    for (const [group, payload] of payloads) believer.raise('policy', group, payload, target.policies[group]!);
    await folder.write({ trying: { target, since: Date.now(), attempts }, floors: believer.floors });
    this.tell();
    try {
      // Whatever it does, it isn't to be blamed for a store that is away already.
      await this.report().catch((error) => {
        if (isAway(error)) throw error;
      });
      await this.host.tryOut(target, good, store, settings);
    } catch (error) {
      if (isAway(error)) {
        await folder.write({ trying: undefined });
        throw error;
      }
      const { code } = error as IptcError;
      if (!TRANSIENT.has(code) || attempts >= ATTEMPTS) return failing(error);
      this.againAt = now() + AGAIN;
      return Object.fromEntries(changed.map(({ group, seq }) => [group, problemOf(error, seq)]));
    }
    await folder.write({ good: { ...target, since: Date.now() }, trying: undefined, failed: undefined });
    await folder.keepBlobs(new Set([...payloads.values(), ...blobsOf(good)].map(({ blob }) => blob)));
    this.driftAt = this.nextDrift();
    return {};
  }

  private nextDrift = (): number => now() + this.settings.interval * (0.75 + 0.5 * Math.random());

  private async lookForDrift(good: Target): Promise<void> {
    const { settings, host, drift, store } = this;
    const { place, repair } = settings;
    this.driftAt = this.nextDrift();
    const { changes } = repair ? await host.putRight(good, place, store) : await host.drift(good, place, store);
    const isNew = changes.length > 0 && (repair || drift.now === 0);
    this.drift = {
      ...drift,
      ...(isNew && { times: drift.times + 1, last: Date.now() }),
      now: repair ? 0 : changes.length,
    };
    this.counters = await host.counters(good);
  }

  private async report(): Promise<void> {
    const { unreachable, ...status } = this.status;
    if (!this.items || !(unreachable || this.reporter.isDue(status))) return;
    await this.reporter.report(status);
    this.unreachable = undefined;
  }
  private tell(): void {
    const { status } = this;
    const { at, counters, ...rest } = status;
    const said = JSON.stringify(rest);
    if (said === this.said) return;
    this.said = said;
    this.emitter.emit('status', status);
  }

  private async sleep(): Promise<void> {
    const { good } = this.folder.state;
    const until = Math.min(this.againAt, good ? this.driftAt : Number.POSITIVE_INFINITY, now() + this.settings.report);
    await new Promise<void>((resolve) => {
      if (this.woken) return resolve();
      const timer = setTimeout(resolve, Math.max(1, until - now()));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

type Listener = AgentEvents[keyof AgentEvents];
/** Others are at it: it may work in a moment. */
const TRANSIENT: ReadonlySet<string> = new Set(['ERR_CONFLICT', 'ERR_LOCK_TIMEOUT', 'ERR_BUSY']);
const isAway = (error: unknown): boolean => error instanceof IptcError && error.code === 'ERR_UNREACHABLE';
const idOf = ({ policies, variables }: Target): string => targetId({ policies, variables });
const blobsOf = (target: Target | undefined): readonly PolicyPayload[] =>
  Object.values(target?.policies ?? {}).map(payloadIn);
