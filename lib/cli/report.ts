/** `iptc report`: the state of this host as one page. */
import { hostname } from 'node:os';
import type { Family, Firewall } from '../index';
import { checkTables } from '../look/findings';
import { seenState } from '../look/model';
import { report as page } from '../look/report';
import { Watch } from '../look/watch';
import { doctor } from '../services/doctor';
import { asked } from './asked';
import { openBoth, pageFiles, writeFile } from './look';
import { complain } from './output';
import { EXIT, failed, type Program } from './program';
import { loadedTables, namespaceOf } from './tables';

const FLAGS = [
  { name: 'out', letter: 'o', argument: true },
  { name: 'redact' },
  { name: 'netns', argument: true },
] as const;

export async function report(program: Program, words: readonly string[]): Promise<number> {
  const usage = `Usage: ${program.name} report --out file [--redact] [--netns name|path]`;
  const { given, rest } = asked(
    `${program.name} report`,
    words,
    FLAGS,
    usage,
    `Writes one page for browsers, without scripts: rules of both families with their counters, what is wrong with them, what stands\nin their way, who else writes rules, what a reboot would make of them, and sets. --redact: addresses, comments, prefixes, users and the\nname of the host are hidden; the names of chains, sets and interfaces are not.`,
  );
  const out = given.get('out');
  if (rest.length > 0 || out === undefined) {
    complain(usage);
    return EXIT.USAGE;
  }
  const netns = given.get('netns');
  const namespace = netns === undefined ? undefined : namespaceOf(netns);
  const firewalls: Firewall<Family>[] = [];
  try {
    firewalls.push(...openBoth(netns));
    const watch = await Watch.open(firewalls, namespace, loadedTables);
    const { tables, sets, connections } = await watch.read();
    const examined = await doctor(namespace === undefined ? {} : { namespace });
    const states = tables.map(({ counting }) => counting.state);
    const seen = states.map(seenState);
    const about = { host: hostname(), time: new Date(), redact: given.has('redact') };
    writeFile(
      out,
      page(
        { ...about, tables: seen, sets, connections, doctor: examined, check: checkTables(states) },
        pageFiles('report'),
      ),
    );
    await watch.close();
    return 0;
  } catch (error) {
    return failed(program, error);
  } finally {
    await Promise.all(firewalls.map((firewall) => firewall.close()));
  }
}
