/** What a host says of itself: that it lives, by a lease, and how it is, which stays when it is dead. */
import { now } from '../../clock';
import { IptcError } from '../../errors';
import { KEYS } from '../keys';
import { encode } from '../payload';
import type { Store, StoreLease } from '../store/store';
import type { Problem } from './state';

export interface HostCounters {
  readonly packets: number;
  readonly bytes: number;
}
/** How a host is. */
export interface HostStatus {
  readonly host: string;
  readonly fleet: string;
  /** Which agent says so: `host` may be another's name, too. */
  readonly agent: string;
  /** Of this package. */
  readonly version: string;
  /** Milliseconds since 1970, by the host's clock. */
  readonly at: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly groups: readonly string[];
  /** What holds, by groups. */
  readonly policies: Readonly<Record<string, { readonly seq: number; readonly blob: string; readonly expired?: true }>>;
  /** Since when all of that does. */
  readonly since?: number;
  /** What is being tried. */
  readonly trying?: Readonly<Record<string, number>>;
  /** By groups, or by the store's keys. */
  readonly problems: Readonly<Record<string, Problem>>;
  /** How often others had changed it, and when last; how many rules are wrong now. */
  readonly drift: { readonly times: number; readonly last?: number; readonly now: number };
  /** Of the rules that policies name, by groups and comments. */
  readonly counters?: Readonly<Record<string, Readonly<Record<string, HostCounters>>>>;
}

export class Reporter {
  private lease: StoreLease | undefined;
  private told = '';
  private toldAt = 0;

  constructor(
    private readonly store: Store,
    private readonly host: string,
    private readonly agent: string,
    private readonly ttl: number,
    private readonly every: number,
    /** The lease is over: something has to be done. */
    private readonly lost: () => void,
  ) {}

  /** Whether there is anything to say. */
  isDue(status: HostStatus): boolean {
    return !this.lease || this.told !== said(status) || now() - this.toldAt >= this.every;
  }

  /** ERR_UNREACHABLE, or ERR_BUSY if another host has the name. */
  async report(status: HostStatus): Promise<void> {
    await this.live();
    await this.store.commit({ put: [{ key: KEYS.status(this.host), value: encode(status) }] });
    this.told = said(status);
    this.toldAt = now();
  }

  private async live(): Promise<void> {
    if (this.lease) return;
    const key = KEYS.alive(this.host);
    const found = (await this.store.read([key])).items.get(key);
    const other = found && agentIn(found.value);
    if (found && other !== this.agent)
      throw new IptcError('ERR_BUSY', `Cannot report as host ${this.host}: another host has that name`, {
        hint: 'Give each host a name of its own (host, --host).',
      });
    const lease = await this.store.lease(this.ttl);
    const value = encode({ agent: this.agent, since: Date.now() });
    // What is found is from the last run, and would go with its lease.
    const done = await this.store.commit({
      expect: new Map([[key, found?.revision ?? 0]]),
      put: [{ key, value, lease }],
    });
    if (!done) {
      await lease.close();
      throw new IptcError('ERR_BUSY', `Cannot report as host ${this.host}: another host is faster`);
    }
    this.lease = lease;
    void lease.lost.then(() => {
      if (this.lease !== lease) return;
      this.lease = undefined;
      this.lost();
    });
  }

  async close(): Promise<void> {
    const { lease } = this;
    this.lease = undefined;
    await lease?.close().catch(() => {}); // it ends by itself
  }
}

/** Whatever stands there was written by somebody. */
function agentIn(value: Uint8Array): string | undefined {
  try {
    return (JSON.parse(Buffer.from(value).toString()) as { agent?: string } | null)?.agent;
  } catch {
    return undefined;
  }
}
const said = ({ at, counters, ...rest }: HostStatus): string => JSON.stringify(rest);
