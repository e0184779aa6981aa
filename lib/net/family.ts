/** The families of addresses, and what each is called. */
export type Family = 'ipv4' | 'ipv6';

interface Names {
  /** As people say it. */
  readonly name: string;
  /** iptables' command for it, and ours. */
  readonly tool: string;
  readonly command: string;
  /** The kernel's module of tables. */
  readonly module: string;
}

export const FAMILY: Readonly<Record<Family, Names>> = {
  ipv4: { name: 'IPv4', tool: 'iptables', command: 'iptc', module: 'ip_tables' },
  ipv6: { name: 'IPv6', tool: 'ip6tables', command: 'ip6tc', module: 'ip6_tables' },
};
