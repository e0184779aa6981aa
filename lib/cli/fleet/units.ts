/** The units of an agent: one that puts back at boot what is on the disk, before the network, and the agent itself. */
import { join } from 'node:path';
import { removeFile, replaceFile } from '../../persist/replace';
import { System } from '../../persist/system';
import { Systemd } from '../../services/systemd';

export const AGENT_UNIT = 'iptc-fleet-agent.service';
export const FLEET_BOOT_UNIT = 'iptc-fleet-boot.service';
export const DEFAULTS = '/etc/default/iptc-fleet';
const UNITS = '/etc/systemd/system';
const STATE = 'iptc-fleet';

/** `iptc` of this package: two folders up from dist/shared, and three from lib/cli/fleet, it is the same. */
const command = (): string => {
  const quoted = (word: string) =>
    /[\s"'\\%$]/.test(word) ? `"${word.replace(/["\\]/g, '\\$&').replace(/%/g, '%%').replace(/\$/g, '$$$$')}"` : word;
  return [process.execPath, process.argv[1]!].map(quoted).join(' ');
};

/** What neither of them needs, they can't do. */
const HARDENED = `EnvironmentFile=-${DEFAULTS}
StateDirectory=${STATE}
StateDirectoryMode=0700
ProtectSystem=strict
ReadWritePaths=/run
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
RestrictNamespaces=net
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
NoNewPrivileges=yes
CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW
AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077`;

export const bootUnitText = (): string => `[Unit]
Description=Put back the rules of this host's fleet
DefaultDependencies=no
Wants=network-pre.target systemd-modules-load.service local-fs.target
After=systemd-modules-load.service local-fs.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target
RequiresMountsFor=/var/lib/${STATE}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${command()} fleet boot
${HARDENED}

[Install]
WantedBy=multi-user.target
`;

export const agentUnitText = (): string => `[Unit]
Description=Keep this host as its fleet's policies say
Wants=network-online.target
After=network-online.target ${FLEET_BOOT_UNIT}
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=all
WatchdogSec=60
ExecStart=${command()} fleet agent
Restart=always
RestartSec=2
# The keeper puts everything back that isn't confirmed: it must outlive the agent.
KillMode=process
${HARDENED}

[Install]
WantedBy=multi-user.target
`;

const DEFAULT_TEXT = `# What the agent of this host is started with: each option of iptc fleet agent, as IPTC_FLEET_ and its name.
#IPTC_FLEET_STORE=https://10.0.0.1:2379,https://10.0.0.2:2379,https://10.0.0.3:2379
#IPTC_FLEET_CA=/etc/iptc-fleet/ca.pem
#IPTC_FLEET_CERT=/etc/iptc-fleet/cert.pem
#IPTC_FLEET_CERT_KEY=/etc/iptc-fleet/cert-key.pem
#IPTC_FLEET_KEYS=/etc/iptc-fleet/keys
#IPTC_FLEET_LABEL="role=web site=north"
#IPTC_FLEET_METRICS=127.0.0.1:9469
`;

/** Writes both and enables them; started is what the administrator starts. Gives the files' paths. */
export async function installUnits(root: string | undefined): Promise<string[]> {
  const system = new System({ root });
  const write = async (path: string, text: string) => {
    await replaceFile(system, system.path(path), text.split('\n').slice(0, -1), { mode: 0o644 });
    return system.path(path);
  };
  const written = [
    await write(join(UNITS, FLEET_BOOT_UNIT), bootUnitText()),
    await write(join(UNITS, AGENT_UNIT), agentUnitText()),
  ];
  if (!system.exists(DEFAULTS)) written.push(await write(DEFAULTS, DEFAULT_TEXT));
  const systemd = new Systemd(system);
  await systemd.reloadUnits();
  for (const unit of [FLEET_BOOT_UNIT, AGENT_UNIT]) await systemd.do('enable', unit);
  return written;
}

/** False if they weren't there. What they have done stays. */
export async function uninstallUnits(root: string | undefined): Promise<boolean> {
  const system = new System({ root });
  const systemd = new Systemd(system);
  let found = false;
  for (const unit of [AGENT_UNIT, FLEET_BOOT_UNIT]) {
    const path = join(UNITS, unit);
    if (!system.exists(path)) continue;
    found = true;
    await systemd.do('disable', unit);
    await removeFile(system.path(path));
  }
  if (found) await systemd.reloadUnits();
  return found;
}
