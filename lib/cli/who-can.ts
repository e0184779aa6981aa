/** `iptc who-can SERVICE`: from where a service can be reached. */
import { type Asked, query } from '../analysis';
import { asked } from './asked';
import { toJson } from './json';
import { complain, print } from './output';
import { failed, type Program } from './program';
import { rulesetFor } from './rulesets';

const FLAGS = [
  { name: 'in-interface', letter: 'i', argument: true },
  { name: 'out-interface', letter: 'o', argument: true },
  { name: 'destination', letter: 'd', argument: true },
  { name: 'forward' },
  { name: 'prefixes' },
  { name: 'json' },
  { name: 'file', letter: 'f', argument: true },
  { name: 'netns', argument: true },
] as const;
/** Ends as diff(1) in trouble. */
const TROUBLE = 2;

/** Exit code 0: somebody can, surely or possibly; 1: nobody; 2: trouble. */
export async function whoCan(program: Program, words: readonly string[]): Promise<number> {
  const usage = `Usage: ${program.name} who-can [-i name] [-d address] [--forward [-o name]] [--prefixes] [--json] [-f file] [--netns name|path] protocol[/port]`;
  const { given, rest } = asked(
    `${program.name} who-can`,
    words,
    FLAGS,
    usage,
    'Says from which addresses a service can be reached, surely and possibly, by the rules alone: who-can tcp/22.\n--forward: behind this host; --prefixes: CIDR blocks instead of ranges.\nExit code 0: somebody can; 1: nobody; 2: trouble.',
    TROUBLE,
  );
  const [service] = rest;
  if (service === undefined || rest.length > 1) {
    complain(usage);
    return TROUBLE;
  }
  const value = <K extends keyof Asked>(key: K, flag: string): Pick<Asked, K> | undefined => {
    const found = given.get(flag);
    return found === undefined ? undefined : ({ [key]: found } as unknown as Pick<Asked, K>);
  };
  try {
    const ruleset = await rulesetFor(program.family, { file: given.get('file'), netns: given.get('netns') });
    const who: Asked = {
      service,
      way: given.has('forward') || given.has('out-interface') ? 'forward' : 'in',
      ...value('inInterface', 'in-interface'),
      ...value('outInterface', 'out-interface'),
      ...value('destination', 'destination'),
    };
    const { surely, possibly, free } = query(ruleset, { who }, { prefixes: given.has('prefixes') });
    if (given.has('json')) print(toJson({ surely, possibly, free }));
    else {
      const certain = new Set(surely);
      const more = possibly.filter((each) => !certain.has(each));
      print(surely.map((each) => `${each}\n`).join(''));
      if (more.length > 0) print(`Possibly (${free.join('; ')}):\n${more.map((each) => `${each}\n`).join('')}`);
      if (possibly.length === 0) print('Nobody.\n');
    }
    return possibly.length > 0 ? 0 : 1;
  } catch (error) {
    failed(program, error);
    return TROUBLE;
  }
}
