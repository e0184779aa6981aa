/** The guard as a unit of systemd. */

export const GUARD_UNIT = 'iptc-guard.service';
export const CONFIG = '/etc/libiptc/guard.yaml';

/**
 * It may do what bans need, and read logs; nothing else. V8 compiles as it runs, so memory stays executable. Not every
 * machine has /bin/kill. Behind ProtectKernelTunables and ProtectControlGroups `journalctl -f` hears nothing in a
 * container (systemd 252).
 */
export const guardUnit = (command: string): string => `[Unit]
Description=Bans the addresses whose failures logs tell of
Documentation=man:iptc(8)
After=network-pre.target systemd-journald.service
Wants=network-pre.target

[Service]
Type=notify
NotifyAccess=all
ExecStartPre=${command} --check ${CONFIG}
ExecStart=${command} --config ${CONFIG}
ExecReload=/bin/sh -c 'kill -HUP $MAINPID'
Restart=on-failure
RestartSec=5
StateDirectory=libiptc
StateDirectoryMode=0700
CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_DAC_READ_SEARCH
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=/run
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelLogs=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
UMask=0077

[Install]
WantedBy=multi-user.target
`;
