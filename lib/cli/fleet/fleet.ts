/** `iptc fleet …`: policies for many hosts. */
import { complain, print } from '../output';
import { EXIT, failed, type Program } from '../program';

type Verb = (program: Program, words: readonly string[]) => Promise<number>;

const publishing = () => require('./publish') as typeof import('./publish');
const running = () => require('./run') as typeof import('./run');
const VERBS: Readonly<Record<string, () => Verb>> = {
  publish: () => publishing().publish,
  rollback: () => publishing().rollback,
  roll: () => publishing().roll,
  pause: () => publishing().steer('pause'),
  resume: () => publishing().steer('resume'),
  abort: () => publishing().steer('abort'),
  host: () => publishing().host,
  group: () => publishing().group,
  history: () => publishing().history,
  keygen: () => publishing().keygen,
  status: () => (require('./status') as typeof import('./status')).status,
  agent: () => running().agent,
  boot: () => running().boot,
  install: () => running().install,
  uninstall: () => running().uninstall,
};

export async function fleet(program: Program, words: readonly string[]): Promise<number> {
  const [name = '', ...rest] = words;
  if (name === '-h' || name === '--help' || !Object.hasOwn(VERBS, name)) {
    const usage = `Usage: ${program.name} fleet {${Object.keys(VERBS).join('|')}} ...; each says more with --help`;
    if (name !== '-h' && name !== '--help') complain(usage);
    else print(`${usage}\n`);
    return name === '-h' || name === '--help' ? 0 : EXIT.USAGE;
  }
  try {
    return await VERBS[name]!()(program, rest);
  } catch (error) {
    return failed(program, error);
  }
}
