/** systemd's units, through systemctl: an absolute path, fixed words, no shell. */
import { IptcError } from '../errors';
import type { System } from '../persist/system';

/** What systemd says of a unit, in its own words. */
export interface UnitStatus {
  readonly unit: string;
  /** Whether there is such a unit. */
  readonly installed: boolean;
  /** `active`, `inactive`, `failed`, `activating` … */
  readonly active: string;
  /** `enabled`, `disabled`, `static`, `masked` …; empty for a unit that isn't there. */
  readonly enabled: string;
  readonly masked: boolean;
}

export type UnitAction =
  | 'start'
  | 'stop'
  | 'restart'
  | 'reload'
  | 'enable'
  | 'disable'
  | 'mask'
  | 'unmask'
  | 'reset-failed';

const UNIT_FOLDERS = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

export class Systemd {
  constructor(private readonly system: System) {}

  /** Whether systemd is what runs this machine. */
  get running(): boolean {
    return this.system.exists('/run/systemd/system') && this.system.find('systemctl') !== undefined;
  }

  /** Rejects with ERR_IO where there is no systemd. */
  async status(unit: string): Promise<UnitStatus> {
    const properties = ['LoadState', 'ActiveState', 'UnitFileState'];
    const { status, stdout, stderr } = await this.ctl([
      'show',
      ...properties.map((name) => `--property=${name}`),
      '--',
      unit,
    ]);
    const values = new Map(stdout.split('\n').map((line) => line.split(/=(.*)/s) as [string, string]));
    const [load, active, enabled] = properties.map((name) => values.get(name) ?? '');
    if (status !== 0 || !load || !active) throw this.failed(`ask for the state of ${unit}`, stderr || stdout, unit);
    // A masked unit's own file is hidden by the mask, and so is whether there is one.
    const installed = load === 'masked' ? this.hasFile(unit) : load !== 'not-found';
    return { unit, installed, active, enabled: enabled ?? '', masked: load === 'masked' };
  }

  private hasFile(unit: string): boolean {
    return UNIT_FOLDERS.slice(2).some((folder) => this.system.exists(`${folder}/${unit}`));
  }

  async do(action: UnitAction, ...units: readonly string[]): Promise<void> {
    const { status, stderr } = await this.ctl([action, '--', ...units]);
    if (status !== 0) throw this.failed(`${action} ${units.join(' ')}`, stderr, units[0]);
  }
  /** Reads the unit files again. */
  async reloadUnits(): Promise<void> {
    const { status, stderr } = await this.ctl(['daemon-reload']);
    if (status !== 0) throw this.failed('read the unit files again', stderr);
  }

  private ctl(args: readonly string[]) {
    if (!this.running)
      return Promise.reject(
        new IptcError('ERR_IO', `Cannot ${args[0]} services: systemd does not run this machine`, {
          hint: 'In a container, services belong to its host; elsewhere, use the service manager that is there.',
        }),
      );
    return this.system.run('systemctl', ['--no-pager', '--no-ask-password', ...args]);
  }

  private failed(what: string, said: string, unit?: string): IptcError {
    const hint = unit === undefined ? undefined : `See: systemctl status ${unit}; journalctl -u ${unit}.`;
    return new IptcError('ERR_IO', `Cannot ${what}: ${said.trim().split('\n')[0] || 'systemctl failed'}`, { hint });
  }
}
