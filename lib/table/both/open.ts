/** Two firewalls as one. */
import type { Family } from '../../net/family';
import type { Firewall } from '../firewall';
import type { FirewallOptions, OpenBothOptions } from '../options';
import { BothFamilies } from './both';

export async function openedBoth(
  { backend, ...options }: OpenBothOptions,
  open: <F extends Family>(options: FirewallOptions<F>) => Firewall<F>,
): Promise<BothFamilies> {
  const of = (family: Family) => (typeof backend === 'object' ? backend[family] : backend);
  const ipv4 = open({ ...options, family: 'ipv4', backend: of('ipv4') });
  try {
    // One that ends with it is that of the first.
    const namespace = options.namespace === 'new' ? ipv4.namespace : options.namespace;
    return new BothFamilies(ipv4, open({ ...options, namespace, family: 'ipv6', backend: of('ipv6') }));
  } catch (error) {
    await ipv4.close();
    throw error;
  }
}
