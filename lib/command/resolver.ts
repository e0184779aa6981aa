/** Names of hosts and networks, both ways, as the system's resolver has them. */
import { readFileSync } from 'node:fs';
import { parseIpv4 } from '../net/address';
import { decodeAll } from '../net/text';

export class Hosts {
  private readonly names = new Map<string, string | undefined>();
  constructor(private readonly family: 'ipv4' | 'ipv6') {}

  /** The addresses of a host; none if nobody knows it. */
  async lookUp(name: string): Promise<readonly string[]> {
    const network = this.family === 'ipv4' ? networks().find(([n]) => n === name)?.[1] : undefined;
    if (network !== undefined) return [network];
    const { lookup } = require('node:dns').promises as typeof import('node:dns').promises;
    try {
      const all = await lookup(name, { all: true, family: this.family === 'ipv4' ? 4 : 6, verbatim: true });
      return [...new Set(all.map(({ address }) => address))];
    } catch {
      return [];
    }
  }

  /** The name of an address, if it has been looked for and has one. */
  nameOf(address: string): string | undefined {
    if (!this.names.has(address)) this.names.set(address, undefined);
    return this.names.get(address);
  }
  /** Looks for the names of all addresses that nameOf() was asked about. */
  async lookUpNames(): Promise<void> {
    const { lookupService } = require('node:dns').promises as typeof import('node:dns').promises;
    await Promise.all(
      [...this.names.keys()].map(async (address) => {
        try {
          this.names.set(address, (await lookupService(address, 9)).hostname);
        } catch (error) {
          // Where the resolver gives no answer at all, iptables looks into /etc/networks.
          if ((error as NodeJS.ErrnoException).code === 'EAI_AGAIN' && this.family === 'ipv4')
            this.names.set(address, networks().find(([, a]) => a === address)?.[0]);
        }
      }),
    );
  }
}

let known: (readonly [string, string])[] | undefined;
/** /etc/networks: names, and addresses with their missing parts as zeroes. */
function networks(): (readonly [string, string])[] {
  if (!known) {
    known = [];
    try {
      for (const line of decodeAll(readFileSync('/etc/networks')).split('\n')) {
        const [name, address, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
        if (!name || !address) continue;
        const bytes = parseIpv4(address, true);
        if (bytes) for (const n of [name, ...aliases]) known.push([n, bytes.join('.')]);
      }
    } catch {}
  }
  return known;
}
