/**
 * A container gateway: what is behind a bridge reaches the world through this machine's address, published ports lead to
 * containers, and nothing else comes in.
 *
 *     node gateway.mjs br0 172.20.0.0/24 8080=172.20.0.2:80
 */
import { writeFileSync } from 'node:fs';
import { Firewall, type Rule } from 'libiptc';
import { watch } from 'libiptc/policy';

const [, , bridge = 'br0', network = '172.20.0.0/24', ...published] = process.argv;
const firewall = await Firewall.open();

const ports = published.map((each): Rule<'ipv4'> => {
  const [port, toDestination] = each.split('=') as [string, string];
  return { protocol: 'tcp', match: [{ tcp: { dport: Number(port) } }], target: { DNAT: { toDestination } } };
});
const desired = {
  nat: {
    'gw-in': { rules: ports },
    'gw-out': { rules: [{ source: network, outInterface: { not: bridge }, target: { MASQUERADE: {} } }] },
    PREROUTING: { rules: ['-m addrtype --dst-type LOCAL -j gw-in'] },
    POSTROUTING: { rules: ['-j gw-out'] },
  },
  filter: {
    'gw-forward': {
      rules: [
        '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        { inInterface: bridge, outInterface: { not: bridge }, target: 'ACCEPT' },
        { outInterface: bridge, match: [{ conntrack: { ctstate: ['DNAT'] } }], target: 'ACCEPT' },
        { outInterface: bridge, target: 'DROP' },
      ],
    },
    FORWARD: { rules: ['-j gw-forward'] },
  },
} as const;

writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
const gateway = watch(firewall, desired, { own: { chains: 'gw-*' }, repair: true });
process.once('SIGTERM', () => void gateway.close());
gateway.on('repair', ({ attempt }) => console.log(`the gateway is open (${attempt})`));
for await (const { by } of gateway) console.log('changed', by);

// Nothing of it stays.
await firewall.table('nat').dropChain('gw-in');
await firewall.table('nat').dropChain('gw-out');
await firewall.table('filter').dropChain('gw-forward');
await firewall.close();
