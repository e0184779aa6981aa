/** firewalld, and the services that load rules at boot. */
import { argument, oneOf, optionsOf } from '../arguments';
import { IptcError } from '../errors';
import type { Family } from '../index';
import { systemOptions } from '../persist/options';
import { findPlace, type Place } from '../persist/places';
import { System, type SystemOptions } from '../persist/system';
import { Systemd, type UnitStatus } from './systemd';

/** `unknown`: systemd doesn't run this machine, so nobody can say. */
export type ServiceState = 'absent' | 'inactive' | 'active' | 'failed' | 'masked' | 'unknown' | 'changing';

export interface ServiceStatus {
  readonly unit: string;
  readonly state: ServiceState;
  /** Whether it starts at boot. */
  readonly enabled: boolean;
  /** It can't be started, by hand either. An active service may be masked, too. */
  readonly masked: boolean;
}

/** A service of systemd. Methods reject with ERR_IO where there is no systemd, no such service, or it refuses. */
export class Service {
  private readonly systemd: Systemd;
  constructor(
    readonly unit: string,
    readonly system: System,
    /** The command that installs it. */
    readonly installHint: string,
  ) {
    this.systemd = new Systemd(system);
  }

  /** What is found; nothing is guessed. */
  async status(): Promise<ServiceStatus> {
    const { unit } = this;
    if (!this.systemd.running) return { unit, state: 'unknown', enabled: false, masked: false };
    const found = await this.systemd.status(unit);
    return {
      unit,
      state: stateOf(found),
      enabled: /^(enabled|enabled-runtime|alias)$/.test(found.enabled),
      masked: found.masked,
    };
  }

  start(): Promise<void> {
    return this.installed('start');
  }
  /** Harmless if it doesn't run. */
  stop(): Promise<void> {
    return this.installed('stop');
  }
  restart(): Promise<void> {
    return this.installed('restart');
  }
  reload(): Promise<void> {
    return this.installed('reload');
  }
  enable(): Promise<void> {
    return this.installed('enable');
  }
  disable(): Promise<void> {
    return this.installed('disable');
  }
  /** Nobody can start it, by hand or as something that another service needs. One that isn't there can be masked, too. */
  mask(): Promise<void> {
    return this.systemd.do('mask', this.unit);
  }
  unmask(): Promise<void> {
    return this.systemd.do('unmask', this.unit);
  }

  private async installed(action: 'start' | 'stop' | 'restart' | 'reload' | 'enable' | 'disable'): Promise<void> {
    const { unit, installHint: hint } = this;
    const { state, masked } = await this.status();
    if (state === 'absent') throw new IptcError('ERR_IO', `Cannot ${action} ${unit}: it is not installed`, { hint });
    if (masked && action !== 'stop' && action !== 'disable')
      throw new IptcError('ERR_IO', `Cannot ${action} ${unit}: it is masked`, {
        hint: `Unmask it first: systemctl unmask ${unit}.`,
      });
    await this.systemd.do(action, unit);
  }
}

function stateOf({ installed, active, masked }: UnitStatus): ServiceState {
  if (active === 'active' || active === 'reloading') return 'active';
  if (active === 'failed') return 'failed';
  if (active === 'activating' || active === 'deactivating') return 'changing';
  return masked ? 'masked' : installed ? 'inactive' : 'absent';
}

/** firewalld. */
export function firewalld(options?: SystemOptions): Service {
  const system = new System(optionsOf('firewalld', options, systemOptions));
  return new Service('firewalld.service', system, 'It is the package firewalld, everywhere.');
}

/**
 * What loads a family's rules at boot on this distribution: iptables.service and ip6tables.service of iptables-services,
 * or Debian's netfilter-persistent.service, which does it for both.
 */
export function iptablesService(family: Family = 'ipv4', options?: SystemOptions): Service {
  const given = argument('iptablesService', 'family', family, oneOf('ipv4', 'ipv6'));
  const system = new System(optionsOf('iptablesService', options, systemOptions));
  const place: Place = findPlace(system);
  return new Service(place.units[given], system, place.install);
}
