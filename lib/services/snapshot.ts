/** What a set-up changes on a machine, as it was before, and how it's put back. It is plain data: another process may do it. */
import { promises } from 'node:fs';
import { argument } from '../arguments';
import { decodeAll } from '../net/text';
import { keptOf, type PersistOptions, systemOf } from '../persist/firewalls';
import { replaceFile } from '../persist/replace';
import type { Family } from '../rule/rule';
import { Firewall } from '../table/firewall';
import type { FirewallOptions } from '../table/options';
import { bootService, distributionService, uninstallBootUnit } from './boot';
import { machineSnapshot } from './options';
import { firewalld, Service, type ServiceStatus } from './units';

export interface MachineSnapshot {
  /** The filter table's text, by family. */
  readonly rules: { readonly [F in Family]?: string };
  /** What was in the files; null if there was none. */
  readonly files: readonly { readonly path: string; readonly text: string | null }[];
  readonly services: readonly ServiceStatus[];
  readonly root: string;
  readonly namespace?: string | number;
  readonly lock?: FirewallOptions['lock'];
}

export async function takeSnapshot(families: readonly Family[], options: PersistOptions): Promise<MachineSnapshot> {
  const system = systemOf(options);
  const rules: { [F in Family]?: string } = {};
  const files: { path: string; text: string | null }[] = [];
  const services: ServiceStatus[] = [await firewalld({ root: system.root }).status()];
  const note = (status: ServiceStatus) => services.some(({ unit }) => unit === status.unit) || services.push(status);
  for (const family of families) {
    rules[family] = await withOwn(family, options, (firewall) => firewall.save({ counters: true, tables: ['filter'] }));
    const { path } = keptOf(system, family, options);
    for (const each of [path, `${path}.save`]) files.push({ path: each, text: await textOf(each) });
    const service = distributionService(family, options);
    if (service) note(await service.status());
  }
  note(await bootService({ root: system.root }).status());
  const { namespace, lock } = options;
  return {
    rules,
    files,
    services,
    root: system.root,
    ...(namespace !== undefined && { namespace }),
    ...(lock !== undefined && { lock }),
  };
}

/** Puts everything back that isn't as it was. Goes on where something fails; the failures are returned. */
export async function putBack(snapshot: MachineSnapshot): Promise<Error[]> {
  const given = argument('putBack', 'snapshot', snapshot, machineSnapshot);
  const { rules, files, services, root } = given;
  const failures: Error[] = [];
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      failures.push(error as Error);
    }
  };
  const options = {
    root,
    ...(given.namespace !== undefined && { namespace: given.namespace }),
    ...(given.lock !== undefined && { lock: given.lock }),
  };
  const putRules = async () => {
    for (const [family, text] of Object.entries(rules) as [Family, string][])
      await attempt(() => withOwn(family, options, (firewall) => firewall.restore(text, { counters: true })));
  };
  // First of all the way in; and once more at the end, since services that start or stop write rules, too.
  await putRules();
  for (const { path, text } of files) await attempt(() => putFile(path, text, options));
  for (const was of services) await attempt(() => putService(was, options));
  await putRules();
  return failures;
}

/** Its bytes that aren't UTF-8 are kept. */
async function textOf(path: string): Promise<string | null> {
  return promises.readFile(path).then(decodeAll, () => null);
}

async function putFile(path: string, text: string | null, options: PersistOptions): Promise<void> {
  if ((await textOf(path)) === text) return;
  if (text === null) return promises.rm(path, { force: true });
  await replaceFile(
    systemOf(options),
    path,
    (async function* () {
      yield* text.replace(/\n$/, '').split('\n');
    })(),
  );
}

async function putService(was: ServiceStatus, options: PersistOptions): Promise<void> {
  const system = systemOf(options);
  const boot = bootService({ root: system.root });
  const service = was.unit === boot.unit ? boot : new Service(was.unit, system, '');
  const now = await service.status();
  if (now.state === 'unknown') return;
  if (now.masked && !was.masked) await service.unmask();
  if (was.state === 'absent' && service === boot) {
    await uninstallBootUnit({ root: system.root });
    return;
  }
  if (was.enabled !== now.enabled && now.state !== 'absent') await (was.enabled ? service.enable() : service.disable());
  const wasUp = was.state === 'active' || was.state === 'changing';
  const isUp = now.state === 'active' || now.state === 'changing';
  if (wasUp && !isUp) await service.start();
  if (!wasUp && isUp) await service.stop();
  if (was.masked && !now.masked) await service.mask();
}

export async function withOwn<R>(
  family: Family,
  { namespace, lock }: PersistOptions,
  work: (firewall: Firewall<Family>) => Promise<R>,
): Promise<R> {
  const firewall = await Firewall.open<Family>({
    family,
    ...(namespace !== undefined && { namespace }),
    ...(lock !== undefined && { lock }),
  });
  try {
    return await work(firewall);
  } finally {
    await firewall.close();
  }
}
