/** The services that load the rules at boot: which they are, and how they come to do it. */
import type { Family } from '../index';
import { BOOT_UNIT, bootService, distributionService, installBootUnit } from './boot';
import type { SetupOptions } from './setup';
import type { Steps } from './steps';
import type { Service } from './units';

/** The services that are to load the rules: the distribution's, or else our own. */
export async function loadersOf(families: readonly Family[], options: SetupOptions): Promise<Service[]> {
  const found = new Map<string, Service>();
  const boot = bootService({ root: options.root });
  for (const family of families) {
    const service = distributionService(family, options);
    const status = await service?.status();
    if (service && status && status.state !== 'absent') found.set(service.unit, service);
    else found.set(boot.unit, boot);
  }
  return [...found.values()];
}

export async function enable(service: Service, options: SetupOptions, steps: Steps): Promise<void> {
  const status = await service.status();
  const own = service.unit === BOOT_UNIT;
  if (status.state === 'unknown')
    return steps.done('systemd does not run this machine: let something else run iptc service boot at boot');
  if (own) {
    if (status.state !== 'absent' && status.enabled) return steps.done(`${service.unit} loads the rules at boot`);
    return steps.do(`Install ${service.unit}: it loads the rules at boot, before the network`, () =>
      installBootUnit({
        ...(options.root !== undefined && { root: options.root }),
        ...(options.bootCommand && { command: options.bootCommand }),
      }),
    );
  }
  if (status.masked) await steps.do(`Unmask ${service.unit}`, () => service.unmask());
  if (status.enabled) steps.done(`${service.unit} is enabled: it loads the rules at boot`);
  else await steps.do(`Enable ${service.unit}: it loads the rules at boot`, () => service.enable());
  if (status.state === 'active') steps.done(`${service.unit} is active`);
  else await steps.do(`Start ${service.unit}: it loads the same rules`, () => service.start());
}
