/** What examples of doc comments may use, without a kernel. */
import { type BothFamilies, type BuiltinChain, Firewall, type Table } from '../../lib';
import { MemoryBackend } from '../../lib/backend/memory/backend';
import { type DesiredTables, type Plan, plan } from '../../lib/policy';

export interface ExampleContext {
  readonly firewall: Firewall<'ipv4'>;
  readonly both: BothFamilies;
  readonly filter: Table<'ipv4', 'filter'>;
  readonly input: BuiltinChain<'ipv4', 'filter'>;
  readonly desired: DesiredTables<'ipv4'>;
  /** A plan that is to be made. */
  readonly changes: Plan<'ipv4'>;
  /** Opens these, too. */
  readonly Firewall: Pick<typeof Firewall, 'open' | 'openBoth'>;
}

const OLD = `*filter
:web - [0:0]
[3:180] -A INPUT -s 192.0.2.1/32 -j DROP
-A INPUT -i lo -j ACCEPT
COMMIT
`;

export async function exampleContext(): Promise<ExampleContext> {
  const families = { ipv4: new MemoryBackend('ipv4'), ipv6: new MemoryBackend('ipv6') };
  const firewall = await Firewall.open({ backend: families.ipv4 });
  await firewall.restore(OLD, { counters: true });
  const both = await Firewall.openBoth({ backend: families });
  const filter = firewall.table('filter');
  const desired = { filter: { INPUT: { rules: ['-i lo -j ACCEPT', '-p tcp --dport 22 -j ACCEPT'] } } } as const;
  return {
    firewall,
    both,
    filter,
    input: filter.chain('INPUT'),
    desired,
    changes: await plan(firewall, desired),
    Firewall: { open: async () => firewall as never, openBoth: async () => both },
  };
}
