/** Hosts in memory, a store in memory, and whoever publishes. */
import { gzipSync } from 'node:zlib';
import { Firewall } from '../../../lib';
import {
  Agent,
  type AgentOptions,
  type AgentStatus,
  memoryStore,
  newKeys,
  Publisher,
  parsePolicy,
  type Store,
} from '../../../lib/fleet';
import { canonical, sha256 } from '../../../lib/fleet/canonical';
import { KEYS } from '../../../lib/fleet/keys';
import { encode } from '../../../lib/fleet/payload';
import { Signer } from '../../../lib/fleet/signing';
import { MemoryBackend } from '../../../lib/testing';
import { temporaryFolder } from '../../harness/temporary';

export const keys = newKeys();
/** Quick, where nothing has to be waited for. */
export const QUICK = { apart: 1, interval: 3_600_000, guard: { confirmWithin: 2_000 } } as const;

/** A policy that accepts from these addresses alone. */
export const policy = (...addresses: readonly string[]) =>
  parsePolicy(
    {
      ipv4: `*filter\n:web - [0:0]\n-A INPUT -j web\n${addresses.map((a) => `-A web -s ${a} -j ACCEPT\n`).join('')}COMMIT\n`,
    },
    { group: 'web' },
  );

export interface TestHost {
  readonly firewall: Firewall<'ipv4'>;
  readonly agent: Agent;
  readonly state: string;
  saved(): Promise<string>;
  /** The first status that is so. */
  until(is: (status: AgentStatus) => boolean): Promise<AgentStatus>;
}

export class World {
  readonly store = memoryStore();
  private readonly agents: Agent[] = [];

  publisher(options = {}, store: Store = this.store): Promise<Publisher> {
    return Publisher.open(store, { key: keys.private, author: 'tester', ...options });
  }
  async host(name: string, options: Partial<AgentOptions> = {}, store: Store = this.store): Promise<TestHost> {
    const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
    return this.hostWith(firewall, name, options, store);
  }
  async hostWith(
    firewall: Firewall<'ipv4'>,
    name: string,
    options: Partial<AgentOptions> = {},
    store: Store = this.store,
  ): Promise<TestHost> {
    const state = options.state ?? temporaryFolder('fleet');
    const agent = await Agent.open(firewall, store, {
      keys: [keys.public],
      groups: ['web'],
      host: name,
      ...QUICK,
      ...options,
      state,
    });
    this.agents.push(agent);
    return {
      firewall,
      agent,
      state,
      saved: () => firewall.save({ tables: ['filter'] }),
      until: (is) =>
        new Promise((resolve, reject) => {
          const timer = setTimeout(
            () => reject(new Error(`It is not so: ${JSON.stringify(agent.status, undefined, 1)}`)),
            20_000,
          );
          const look = (status: AgentStatus) => {
            if (!is(status)) return;
            clearTimeout(timer);
            agent.off('status', look);
            resolve(status);
          };
          agent.on('status', look);
          look(agent.status);
        }),
    };
  }
  /** Puts a policy there with a good signature, whatever it says. */
  async signed(group: string, seq: number, said: object, more: object = {}): Promise<void> {
    const bytes = Buffer.from(canonical(said));
    const [blob, size] = [sha256(bytes), bytes.length];
    const common = { v: 1, kind: 'policy', fleet: 'default', author: 'tester', at: Date.now() };
    const policy = Signer.of(keys.private).sign({ ...common, group, seq, blob, size, ...more });
    await this.store.commit({
      put: [
        { key: KEYS.blob(blob), value: gzipSync(bytes) },
        { key: KEYS.head(group), value: encode({ policy }) },
      ],
    });
  }
  async close(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.close()));
  }
}
export const has = (seq: number) => (status: AgentStatus) => status.policies.web?.seq === seq && !status.trying;
export const problem = (kind: string) => (status: AgentStatus) =>
  Object.values(status.problems).some((each) => each.kind === kind);
