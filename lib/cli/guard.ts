/** `iptc guard`: bans by what logs tell. */
import { join } from 'node:path';
import { textOf } from '../bans/transfer';
import type { IptcError } from '../errors';
import type { GuardConfig } from '../guard/config';
import { configText, importCsf } from '../guard/csf';
import { readConfig } from '../guard/file';
import { Guard, type GuardOptions } from '../guard/guard';
import { notify } from '../guard/notify';
import { CONFIG, guardUnit } from '../guard/unit';
import { System } from '../persist/system';
import { asked } from './asked';
import { complain, print } from './output';
import { EXIT, failed, type Program } from './program';
import { namespaceOf } from './tables';

const FLAGS = [
  { name: 'config', argument: true },
  { name: 'check', argument: true },
  { name: 'import-csf', argument: true },
  { name: 'unit' },
  { name: 'netns', argument: true },
] as const;

export async function guard(program: Program, words: readonly string[]): Promise<number> {
  const usage = `Usage: ${program.name} guard [--config FILE] [--netns NAME|PATH] | --check FILE | --import-csf FOLDER | --unit`;
  const { given, rest } = asked(
    program.name,
    words,
    FLAGS,
    usage,
    `Follows logs, and bans addresses whose failures they tell of, as ${CONFIG} says, until it is ended (SIGTERM);
reads that file again on SIGHUP. --check says whether such a file is right, --import-csf prints one made of
ConfigServer Firewall's files, --unit prints a unit for systemd.`,
  );
  if (rest.length > 0) {
    complain(`${program.name}: Expected no other words for guard`);
    complain(usage);
    return EXIT.USAGE;
  }
  try {
    if (given.has('unit')) print(guardUnit(`${process.execPath} ${join(__dirname, '../cli/iptc.js')} guard`));
    else if (given.has('import-csf')) print(configText(await importCsf(given.get('import-csf')!)));
    else if (given.has('check')) {
      await configOf(given.get('check')!);
      print(`${given.get('check')} is right\n`);
    } else await serve(given.get('config') ?? CONFIG, given.get('netns'));
    return 0;
  } catch (error) {
    return failed(program, error);
  }
}

const configOf = async (file: string): Promise<GuardConfig> => readConfig(await textOf(file), file);
const say = (sentence: string): void => print(`${plainLine(sentence)}\n`);
/** Nothing that a log has brought in moves the cursor, or begins another line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const plainLine = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');

/** Until it is told to end. */
async function serve(file: string, netns: string | undefined): Promise<void> {
  const system = new System();
  const options: GuardOptions = { say, ...(netns !== undefined && { namespace: namespaceOf(netns) }) };
  const signals = new Signals();
  let config = await configOf(file);
  let running = await Guard.start(config, options);
  const ready = async () => {
    say(`Following logs: ${Object.keys(config.watch).join(', ')}; bans by ${running.bans.uses}`);
    await notify(system, '--ready', '--status=Following logs');
  };
  await ready();
  while ((await signals.next()) === 'SIGHUP') {
    try {
      config = await configOf(file);
    } catch (error) {
      const { message, line = 0 } = error as IptcError;
      say(`Cannot read ${file}:${line} again, so all stays as it was: ${message}`);
      continue;
    }
    await notify(system, 'RELOADING=1');
    await running.stop();
    running = await Guard.start(config, options);
    await ready();
  }
  await notify(system, 'STOPPING=1');
  await running.stop();
}

type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';
/** None is missed while one is being followed. */
class Signals {
  private readonly come: Signal[] = [];
  private wake = (): void => {};

  constructor() {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.on(signal, () => {
        this.come.push(signal);
        this.wake();
      });
  }
  async next(): Promise<Signal> {
    while (this.come.length === 0)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    return this.come.shift()!;
  }
}
