/** `iptc view`: tables as a page, in one file or served on loopback. */
import { hostname } from 'node:os';
import { basename } from 'node:path';
import type { Family, Firewall, TableState } from '../index';
import type { Tally } from '../look/counting';
import { seenState } from '../look/model';
import { type PageFiles, pageData, pageHtml } from '../look/page';
import type { PageCounters } from '../look/page-data';
import { serve } from '../look/server';
import { type Reading, Watch } from '../look/watch';
import { asked } from './asked';
import { openBoth, pageFiles, tablesSeen, writeFile } from './look';
import { complain, print } from './output';
import { EXIT, failed, type Program } from './program';
import { loadedTables, namespaceOf } from './tables';

const FLAGS = [
  { name: 'out', letter: 'o', argument: true },
  { name: 'serve' },
  { name: 'netns', argument: true },
] as const;

export async function view(program: Program, words: readonly string[]): Promise<number> {
  const usage = `Usage: ${program.name} view {--out file | --serve} [--netns name|path] [file]`;
  const { given, rest } = asked(
    `${program.name} view`,
    words,
    FLAGS,
    usage,
    `Makes a page of the tables of both families, or of a saved file: one file that needs nothing else (--out), or\nserved on loopback with counters that tick, for who has the address that is printed (--serve).`,
  );
  const [file] = rest;
  const out = given.get('out');
  if (rest.length > 1 || (out === undefined) !== given.has('serve') || (file !== undefined && given.has('serve'))) {
    complain(usage);
    return EXIT.USAGE;
  }
  const netns = given.get('netns');
  const firewalls: Firewall<Family>[] = [];
  try {
    const files = pageFiles('style');
    if (file !== undefined) {
      const title = `Firewall in ${basename(file)}`;
      writeFile(out!, pageHtml(title, files, pageData(title, new Date(), tablesSeen(program, { file }))));
      return 0;
    }
    firewalls.push(...openBoth(netns));
    const title = `Firewall of ${hostname()}${netns === undefined ? '' : `, namespace ${netns}`}`;
    if (out !== undefined) {
      const tables = firewalls.flatMap((firewall) =>
        loadedTables(firewall).map((name) => firewall.table(name).stateSync()),
      );
      writeFile(out, pageHtml(title, files, pageData(title, new Date(), tables.map(seenState))));
    } else await served(title, files, firewalls, netns);
    return 0;
  } catch (error) {
    return failed(program, error);
  } finally {
    await Promise.all(firewalls.map((firewall) => firewall.close()));
  }
}

/** Until a signal ends it. */
async function served(
  title: string,
  files: PageFiles,
  firewalls: Firewall<Family>[],
  netns: string | undefined,
): Promise<void> {
  const watch = await Watch.open(firewalls, netns === undefined ? undefined : namespaceOf(netns), loadedTables);
  // Requests that come together are answered by one reading.
  let under: Promise<Reading> | undefined;
  const read = () => {
    under ??= watch.read().finally(() => {
      under = undefined;
    });
    return under;
  };
  const states = ({ tables }: Reading): TableState<Family>[] => tables.map(({ counting }) => counting.state);
  const page = await serve(title, files, {
    data: async () => {
      await read();
      // Those that the counters tell of are old; read again, they are of one moment.
      const tables = firewalls.flatMap((firewall) => loadedTables(firewall).map((name) => firewall.table(name)));
      const now: TableState<Family>[] = [];
      for (const table of tables) now.push(await table.state());
      return pageData(title, new Date(), now.map(seenState));
    },
    counters: async () => countersOf(await read()),
    packet: async (asked) => {
      const { follow } = require('../look/follow') as typeof import('../look/follow');
      return follow(states(await read()), asked);
    },
  });
  print(`${page.url}\nFor this machine alone, until Ctrl-C.\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  await page.close();
  await watch.close();
}

function countersOf({ tables }: Reading): PageCounters {
  const pairs = ({ packets, bytes, length }: Tally): number[] => {
    const list: number[] = [];
    for (let i = 0; i < length; i++) list.push(packets[i]!, bytes[i]!);
    return list;
  };
  return {
    version: tables.map(({ family, name, counting }) => `${family} ${name} ${counting.version}`).join(),
    tables: tables.map(({ counting }) => [pairs(counting.policies), pairs(counting.rules)]),
  };
}
