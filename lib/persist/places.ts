/** Where distributions keep the rules that are loaded at boot. */
import { IptcError } from '../errors';
import type { Family } from '../index';
import type { System } from './system';

/** Whose files: those of CentOS's iptables-services, Debian's netfilter-persistent, Alpine's, Arch's or Gentoo's. */
export type PersistLayout = (typeof LAYOUTS)[number];
export const LAYOUTS = ['iptables-services', 'netfilter-persistent', 'alpine', 'arch', 'gentoo'] as const;

export interface Place {
  readonly layout: PersistLayout;
  readonly files: Readonly<Record<Family, string>>;
  readonly configs?: Readonly<Record<Family, string>>;
  /** The units that load them. */
  readonly units: Readonly<Record<Family, string>>;
  /** Where sets are kept: in a file, or in a folder where before there was a file. Not known of all. */
  readonly sets?: { readonly path: string; readonly before?: string };
  /** Whether counters are saved where no setting says so. */
  readonly counters: boolean;
  /** The command that installs the service. */
  readonly install: string;
}

const PLACES: readonly Place[] = [
  {
    layout: 'iptables-services',
    files: { ipv4: '/etc/sysconfig/iptables', ipv6: '/etc/sysconfig/ip6tables' },
    configs: { ipv4: '/etc/sysconfig/iptables-config', ipv6: '/etc/sysconfig/ip6tables-config' },
    units: { ipv4: 'iptables.service', ipv6: 'ip6tables.service' },
    sets: { path: '/etc/sysconfig/ipset.d', before: '/etc/sysconfig/ipset' },
    counters: false,
    install: 'yum install iptables-services',
  },
  {
    layout: 'netfilter-persistent',
    files: { ipv4: '/etc/iptables/rules.v4', ipv6: '/etc/iptables/rules.v6' },
    units: { ipv4: 'netfilter-persistent.service', ipv6: 'netfilter-persistent.service' },
    sets: { path: '/etc/iptables/ipsets' },
    counters: false,
    install: 'apt-get install iptables-persistent',
  },
  {
    layout: 'alpine',
    files: { ipv4: '/etc/iptables/rules-save', ipv6: '/etc/iptables/rules6-save' },
    units: { ipv4: 'iptables.service', ipv6: 'ip6tables.service' },
    counters: true,
    install: 'apk add iptables-openrc',
  },
  {
    layout: 'arch',
    files: { ipv4: '/etc/iptables/iptables.rules', ipv6: '/etc/iptables/ip6tables.rules' },
    units: { ipv4: 'iptables.service', ipv6: 'ip6tables.service' },
    sets: { path: '/etc/ipset.conf' },
    counters: false,
    install: 'pacman -S iptables',
  },
  {
    layout: 'gentoo',
    files: { ipv4: '/var/lib/iptables/rules-save', ipv6: '/var/lib/ip6tables/rules-save' },
    units: { ipv4: 'iptables-restore.service', ipv6: 'ip6tables-restore.service' },
    sets: { path: '/var/lib/ipset/rules-save' },
    counters: true,
    install: 'emerge net-firewall/iptables',
  },
];

const DISTRIBUTIONS: Readonly<Record<string, PersistLayout>> = {
  rhel: 'iptables-services',
  centos: 'iptables-services',
  fedora: 'iptables-services',
  ol: 'iptables-services',
  amzn: 'iptables-services',
  debian: 'netfilter-persistent',
  ubuntu: 'netfilter-persistent',
  alpine: 'alpine',
  arch: 'arch',
  gentoo: 'gentoo',
}; // prettier-ignore

/** How iptables-services is known to be installed, whatever the distribution. */
const SERVICES = ['/usr/libexec/iptables/iptables.init', '/etc/sysconfig/iptables-config', '/etc/sysconfig/iptables'];

/** Where this machine keeps its rules. What is installed says more than the distribution's name. ERR_IO if neither does. */
export function findPlace(system: System, layout?: PersistLayout): Place {
  const wanted = layout ?? detect(system);
  const place = PLACES.find((each) => each.layout === wanted);
  if (place) return place;
  throw new IptcError(
    'ERR_IO',
    'Cannot tell where the rules are that are loaded at boot: this distribution is not known',
    {
      hint: 'Give the files (files: { ipv4, ipv6 }), or the layout of a distribution whose habits this one shares.',
    },
  );
}

function detect(system: System): PersistLayout | undefined {
  if (SERVICES.some((path) => system.exists(path))) return 'iptables-services';
  const release = system.text('/etc/os-release') ?? system.text('/usr/lib/os-release') ?? '';
  const ids = ['ID', 'ID_LIKE'].flatMap((key) => {
    const found = new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(release);
    return found?.[1]?.split(/\s+/) ?? [];
  });
  for (const id of ids) if (Object.hasOwn(DISTRIBUTIONS, id)) return DISTRIBUTIONS[id];
  return system.exists('/etc/redhat-release') ? 'iptables-services' : undefined;
}
