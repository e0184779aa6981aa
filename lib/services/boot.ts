/** A unit of our own that loads the rules at boot, for hosts that have none. */
import { join } from 'node:path';
import { optionsOf } from '../arguments';
import { IptcError } from '../errors';
import { removeFile, replaceFile } from '../persist/replace';
import { System, type SystemOptions } from '../persist/system';
import { bootUnit, systemOptions } from './options';
import { Systemd } from './systemd';
import { iptablesService, Service } from './units';

export const BOOT_UNIT = 'iptc-restore.service';
export const UNIT_FILE = `/etc/systemd/system/${BOOT_UNIT}`;
const OWN_COMMAND: readonly string[] = [process.execPath, join(__dirname, '../cli/iptc.js'), 'service', 'boot'];

/** What a boot does where the rules can't be loaded: lets everything in, or nothing but what the host began itself. */
export type OnFailure = 'open' | 'closed';

export interface BootUnitOptions extends SystemOptions {
  /** The command that loads: its program's absolute path first. `iptc service boot` of this package unless told. */
  readonly command?: readonly string[];
  /** `open` unless told. */
  readonly onFailure?: OnFailure;
}

/**
 * Writes the unit and enables it; it isn't started. Rules come before any network device, as with netfilter-persistent.
 * Rejects with ERR_IO where a service of the distribution loads rules already.
 */
export async function installBootUnit(options?: BootUnitOptions): Promise<string> {
  const { root, command = OWN_COMMAND, onFailure = 'open' } = optionsOf('installBootUnit', options, bootUnit);
  const system = new System({ root });
  const systemd = new Systemd(system);
  for (const family of ['ipv4', 'ipv6'] as const) {
    const other = await distributionService(family, { root })?.status();
    if (other && other.state !== 'absent' && !other.masked)
      throw new IptcError('ERR_IO', `Cannot install ${BOOT_UNIT}: ${other.unit} is there to load the rules`, {
        hint: `Use that (systemctl enable ${other.unit}), or mask it first (systemctl mask ${other.unit}).`,
      });
  }
  const path = system.path(UNIT_FILE);
  const text = unitText([...command, `--on-failure=${onFailure}`]);
  await replaceFile(system, path, text.split('\n'), { mode: 0o644 }); // systemd complains of less
  await systemd.reloadUnits();
  await systemd.do('enable', BOOT_UNIT);
  return path;
}

/** Takes it away again; false if it wasn't there. The rules stay. */
export async function uninstallBootUnit(options?: SystemOptions): Promise<boolean> {
  const system = new System(optionsOf('uninstallBootUnit', options, systemOptions));
  const systemd = new Systemd(system);
  if (!system.exists(UNIT_FILE)) return false;
  await systemd.do('disable', BOOT_UNIT);
  await removeFile(system.path(UNIT_FILE));
  await systemd.reloadUnits();
  return true;
}

export const bootService = (options?: SystemOptions): Service =>
  new Service(BOOT_UNIT, new System(optionsOf('bootService', options, systemOptions)), 'iptc service install');

/** The distribution's service; undefined where nobody knows which it would be. */
export function distributionService(family: 'ipv4' | 'ipv6', options: SystemOptions): Service | undefined {
  try {
    return iptablesService(family, { root: options.root });
  } catch {
    return undefined;
  }
}

function unitText(command: readonly string[]): string {
  return `[Unit]
Description=Restore the rules of iptables and ip6tables
DefaultDependencies=no
Wants=network-pre.target systemd-modules-load.service local-fs.target
After=systemd-modules-load.service local-fs.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target
RequiresMountsFor=${command
    .filter((word) => word.startsWith('/'))
    .map(quoted)
    .join(' ')}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${command.map(quoted).join(' ')}
ExecReload=${command.map(quoted).join(' ')}

[Install]
WantedBy=multi-user.target`;
}

/** As systemd.service(5) quotes. */
function quoted(word: string): string {
  const escaped = word.replace(/%/g, '%%').replace(/\$/g, '$$$$');
  return /[\s"'\\]/.test(word) ? `"${escaped.replace(/["\\]/g, '\\$&')}"` : escaped;
}
