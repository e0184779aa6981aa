/**
 * A port mapper: the ports that a JSON file names lead to other machines, and elsewhere as soon as it is written again.
 *
 *     node port-map.mjs ports.json    # [{ "protocol": "tcp", "port": 8080, "to": "10.0.0.2:80" }]
 */
import { readFileSync, watchFile } from 'node:fs';
import { Firewall, type Rule } from 'libiptc';
import { apply } from 'libiptc/policy';

interface Mapping {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** Address and port. */
  readonly to: string;
}

const [, , file = 'ports.json'] = process.argv;
const firewall = await Firewall.open();

/** What comes in for a port goes elsewhere, and may be forwarded there. */
function desired(mappings: readonly Mapping[]) {
  const packets = ({ protocol, port }: Mapping) =>
    protocol === 'tcp'
      ? ({ protocol, match: [{ tcp: { dport: port } }] } as const)
      : ({ protocol, match: [{ udp: { dport: port } }] } as const);
  const elsewhere = mappings.map(
    (each): Rule<'ipv4'> => ({ ...packets(each), target: { DNAT: { toDestination: each.to } } }),
  );
  return {
    nat: {
      portmap: { rules: elsewhere },
      PREROUTING: { rules: ['-m addrtype --dst-type LOCAL -j portmap'] },
    },
    filter: {
      portmap: { rules: ['-m conntrack --ctstate DNAT -j ACCEPT'] },
      FORWARD: { rules: ['-j portmap'] },
    },
  } as const;
}

/** One after the other; a file that can't be read leaves everything as it is. */
let last = Promise.resolve();
function read() {
  last = last.then(async () => {
    try {
      const mappings = JSON.parse(readFileSync(file, 'utf8')) as Mapping[];
      const { changes } = await apply(firewall, desired(mappings), { own: { chains: 'portmap' } });
      console.log(`${mappings.length} ports, ${changes.length} edits`);
    } catch (error) {
      console.error((error as Error).message);
    }
  });
}
watchFile(file, { interval: 200 }, read);
read();
