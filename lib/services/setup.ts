/** The tutorial as one call: a server that lets nothing in but what it is told, now and after each boot. */
import { optionsOf } from '../arguments';
import { IptcError } from '../errors';
import { type Family, Firewall } from '../index';
import { FAMILY } from '../net/family';
import { keptOf, type PersistOptions, systemOf } from '../persist/firewalls';
import { isSaved, saveFiles } from '../persist/save';
import { bootService, UNIT_FILE } from './boot';
import { enable, loadersOf } from './loaders';
import { settingUp } from './options';
import { nftTables, ownersOf } from './rivals';
import { portOf, summary, tableOf } from './server';
import { sessionOf } from './session';
import { type Guard, guardHere, type Keeping } from './snapshot';
import { Declined, inTime, STEP, Steps } from './steps';
import { firewalld, type Service } from './units';

export interface SetupOptions extends Omit<PersistOptions, 'firewalls' | 'tables'> {
  /** Services by name or port, TCP unless told: `ssh`, `443`, `53/udp`, `60000:61000/udp`. */
  readonly allow: readonly string[];
  /** Says what would be done, and does nothing. */
  readonly dryRun?: boolean;
  /** Replaces the filter table although other programs have chains in it. */
  readonly force?: boolean;
  /** What $SSH_CONNECTION says; that of this process or of one that started it, unless told. */
  readonly sshConnection?: string;
  /** The command that loads the rules at boot where the distribution has no service for it. */
  readonly bootCommand?: readonly string[];
  /** Each step, before it is done. */
  readonly say?: (step: SetupStep) => void;
  /** Asked once the rules are in force. Without a yes everything is put back. */
  readonly confirm: () => Promise<boolean>;
  /** Milliseconds that `confirm` may take, for the guard. */
  readonly confirmWithin?: number;
  /** Who puts everything back if nobody confirms, or something fails: this process, unless told. */
  readonly guard?: (what: Keeping) => Promise<Guard>;
}

export interface SetupStep {
  /** `done`: it is so already. */
  readonly state: 'do' | 'done' | 'undo';
  readonly text: string;
}

export interface SetupResult {
  /** `declined`: not confirmed, and put back. */
  readonly outcome: 'done' | 'already' | 'declined' | 'dry-run';
  /** The filter table's text, by family. */
  readonly rules: { readonly [F in Family]?: string };
}

/**
 * Turns firewalld off, puts the rules in, asks for a confirmation, saves them and makes a service load them at boot.
 * The caller isn't locked out: established connections come first, the port of the caller's own SSH session is always
 * let in, and without a confirmation, or after a failure, everything is as it was. What is so
 * already is left alone. Rejects with what failed, everything put back; or with ERR_NOT_REVERTED where that failed, too.
 *
 * @example
 * await setUpBasicServer({ allow: ['ssh', 'http', 'https'], confirm: async () => canStillConnect() });
 */
export async function setUpBasicServer(options: SetupOptions): Promise<SetupResult> {
  return setUp(optionsOf('setUpBasicServer', options, settingUp));
}
async function setUp(options: SetupOptions): Promise<SetupResult> {
  const { dryRun = false, say = () => {} } = options;
  const system = systemOf(options);
  const session = sessionOf(options.sshConnection);
  const allowed = [...new Set(options.allow.map(portOf))];
  const own = session && `${session.serverPort}/tcp`;
  if (own !== undefined && !allowed.includes(own)) allowed.unshift(own);
  const families: Family[] = [];
  let isNft = false;
  const rules: { [F in Family]?: string } = {};
  const inForce: { [F in Family]?: boolean } = {};
  for (const family of options.families ?? (['ipv4', 'ipv6'] as const)) {
    const table = tableOf(family, allowed);
    const found = await current(family, options, say);
    if (!found) continue;
    const { state } = found;
    isNft ||= found.backend === 'nft';
    families.push(family);
    rules[family] = table;
    inForce[family] = withoutCounters(state.save()) === withoutCounters(table);
    const owners = [...ownersOf(state).keys()].filter((owner) => owner !== 'firewalld');
    if (owners.length > 0 && !inForce[family] && !options.force)
      throw new IptcError(
        'ERR_CONFLICT',
        `Cannot replace the ${FAMILY[family].name} filter table: ${owners.join(', ')} has chains in it`,
        {
          family,
          table: 'filter',
          hint: 'Add your rules beside them (iptc -I INPUT …), or say --force, and restart that program then, so that it makes its chains anew.',
        },
      );
  }
  // Those of nf_tables' own tables have been looked at.
  const beside = ((await nftTables(options.namespace)) ?? []).filter(
    ({ owner }) => !(isNft && owner === 'iptables-nft'),
  );
  const programs = new Set(beside.flatMap((table) => (table.owner === 'docker' ? 'Docker' : (table.programs ?? []))));
  programs.delete('firewalld');
  if (programs.size > 0 && families.some((family) => !inForce[family]) && !options.force)
    throw new IptcError(
      'ERR_CONFLICT',
      `Cannot set up the server: rules of ${[...programs].join(' and ')} are in nftables, and what they let through would be dropped here`,
      {
        hint: 'Add your rules beside them (iptables-nft -I INPUT …), or say --force if nothing has to come in or to be forwarded but what is allowed here.',
      },
    );
  if (families.length === 0)
    throw new IptcError('ERR_NO_SUPPORT', 'Cannot set up the server: the kernel has tables of neither family', {
      hint: 'See iptc doctor.',
    });

  // Its rules name no sets.
  const persist: PersistOptions = { ...options, families, sets: false };
  const fire = await firewalld({ root: system.root }).status();
  const loaders = await loadersOf(families, options);
  // What firewalld takes away when it stops has to come back.
  const filling = fire.state === 'active' || fire.state === 'changing';
  const pending = filling || families.some((family) => !inForce[family]);
  // Nothing is changed before it is known that all of it can be put back.
  const guard = dryRun ? undefined : await (options.guard ?? guardHere)(keepingOf(families, loaders, options));
  const steps = new Steps(say, guard);

  try {
    if (filling || (fire.enabled && !fire.masked)) {
      await steps.do('Stop firewalld, and mask it: nobody starts it again by accident', async () => {
        const service = firewalld({ root: system.root });
        if (filling) await service.stop();
        await service.mask();
      });
    } else
      steps.done(
        `firewalld is ${fire.state === 'absent' ? 'not installed' : fire.state === 'unknown' ? 'not under systemd' : fire.masked ? 'masked' : 'off'}`,
      );

    for (const family of families) {
      if (inForce[family] && !filling) steps.done(`The ${FAMILY[family].name} rules are in force`);
      else
        await steps.do(`Put the ${FAMILY[family].name} rules in: ${summary(family, allowed)}`, () =>
          withOwn(family, options, (firewall) => firewall.restore(rules[family]!)),
        );
    }
    if (pending && guard) {
      await inTime(guard.extend(options.confirmWithin ?? STEP));
      if (!(await options.confirm())) throw new Declined('Nobody confirmed');
    }
    for (const family of families) {
      const { path } = keptOf(system, family, options);
      if (!(dryRun && !inForce[family]) && (await isSaved({ ...persist, families: [family] })))
        steps.done(`${path} has the rules`);
      else
        await steps.do(`Save the ${FAMILY[family].name} rules to ${path}`, () =>
          saveFiles({ ...persist, families: [family] }),
        );
    }
    for (const loader of loaders) await enable(loader, options, steps);
    if (guard) await inTime(guard.keep());
    return { outcome: dryRun ? 'dry-run' : steps.changed ? 'done' : 'already', rules };
  } catch (error) {
    if (!guard) throw error;
    say({ state: 'undo', text: `${(error as Error).message}: put everything back` });
    await guard.revert();
    if (error instanceof Declined) return { outcome: 'declined', rules };
    throw error;
  }
}

function keepingOf(families: readonly Family[], loaders: readonly Service[], options: SetupOptions): Keeping {
  const system = systemOf(options);
  const { namespace, lock, root } = options;
  const paths = families.map((family) => keptOf(system, family, options).path);
  // The unit goes with its service; what it said before does not.
  const unit = system.exists(UNIT_FILE) ? [system.path(UNIT_FILE)] : [];
  const units = [firewalld({ root: system.root }), ...loaders, bootService({ root: system.root })].map(
    (service) => service.unit,
  );
  return {
    files: [...paths.flatMap((path) => [path, `${path}.save`]), ...unit],
    units: [...new Set(units)],
    ...(namespace !== undefined && { namespace }),
    ...(lock !== undefined && { lock }),
    ...(root !== undefined && { root }),
  };
}

async function current(family: Family, options: SetupOptions, say: (step: SetupStep) => void) {
  try {
    return await withOwn(family, options, async (firewall) => ({
      backend: firewall.backend,
      state: await firewall.table('filter').state(),
    }));
  } catch (error) {
    if (!(error instanceof IptcError) || error.code !== 'ERR_NO_SUPPORT') throw error;
    say({ state: 'done', text: `The kernel has no tables for ${FAMILY[family].name}: left alone` });
    return undefined;
  }
}

const withoutCounters = (text: string) => text.replace(/^(:.*) \[\d+:\d+\]$/gm, '$1');

async function withOwn<R>(
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
