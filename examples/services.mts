/**
 * A default-drop policy of services, for both families: what a YAML file doesn't open is closed. The old rules come back
 * unless a connection to the port of a check still works afterwards.
 *
 *     node services.mjs services.yaml
 *
 *     services:
 *       ssh: { ports: [22], from: [192.0.2.0/24, '2001:db8::/32'] }
 *       dns: { protocol: udp, ports: [53] }
 *     check: 22
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Firewall } from 'libiptc';
import { apply } from 'libiptc/policy';
import { parse } from 'yaml';

interface Service {
  readonly protocol?: 'tcp' | 'udp';
  readonly ports: readonly number[];
  readonly from?: readonly string[];
}

const [, , file = 'services.yaml'] = process.argv;
const { services, check } = parse(readFileSync(file, 'utf8')) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly check?: number;
};

const open = Object.entries(services).flatMap(([name, { protocol = 'tcp', ports, from }]) => {
  const rule = {
    protocol,
    match: [{ multiport: { dports: ports } }, { comment: { comment: name } }],
    target: 'ACCEPT',
  } as const;
  return from ? from.map((source) => ({ ...rule, source })) : [rule];
});
const desired = {
  filter: {
    INPUT: {
      policy: 'DROP',
      rules: ['-i lo -j ACCEPT', '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', ...open],
    },
    FORWARD: { policy: 'DROP' },
  },
} as const;

/** Whether somebody answers on this machine, through the new rules. */
const works = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.setTimeout(2000, () => resolve(false)).on('connect', () => socket.destroy());
  });
const families = await Firewall.openBoth();
const probe = () => (check === undefined ? true : works(check));
const { plan } = await apply(families, desired, { guard: { confirmWithin: 10_000, probe } });
console.log(`${plan}`);
await families.close();
