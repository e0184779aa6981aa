/** Which command a name stands for. Each is loaded when it is called. */
import { IptcError, nearest } from '../errors';
import { withKind } from './kind';
import { complain } from './output';
import { EXIT, Exit, failed, main, type Program } from './program';

type Command = (program: Program, words: readonly string[]) => number | Promise<number>;

const iptables = (): Command => (require('./iptables') as typeof import('./iptables')).iptables;
const save = (): Command => (require('./save') as typeof import('./save')).save;
const restore = (): Command => (require('./restore') as typeof import('./restore')).restore;
const xml = (): Command => (require('./xml') as typeof import('./xml')).xml;
const ipset = (): Command => (require('./ipset') as typeof import('./ipset')).ipset;
const bans = (command: 'ban' | 'unban' | 'allow' | 'bans' | 'banned'): Command =>
  (require('./bans') as typeof import('./bans')).bansCommand(command);
const apply = (): Command => (require('./apply') as typeof import('./apply')).apply;

/** Words that can stand first where iptables knows none. */
export const SUBCOMMANDS: Readonly<Record<string, () => Command>> = {
  explain: () => (require('./explain') as typeof import('./explain')).explain,
  diff: () => (require('./plan') as typeof import('./plan')).diff,
  plan: () => (require('./plan') as typeof import('./plan')).plan,
  apply: () => (require('./plan') as typeof import('./plan')).apply,
  watch: () => (require('./plan') as typeof import('./plan')).watch,
  completion: () => (require('./completion') as typeof import('./completion')).completion,
  fleet: () => (require('./fleet/fleet') as typeof import('./fleet/fleet')).fleet,
  service: () => (require('./service') as typeof import('./service')).service,
  migrate: () => (require('./migrate') as typeof import('./migrate')).migrate,
  setup: () => (require('./setup') as typeof import('./setup')).setup,
  list: () => (require('./list') as typeof import('./list')).list,
  check: () => (require('./check') as typeof import('./check')).check,
  'who-can': () => (require('./who-can') as typeof import('./who-can')).whoCan,
  graph: () => (require('./graph') as typeof import('./graph')).graph,
  view: () => (require('./view') as typeof import('./view')).view,
  report: () => (require('./report') as typeof import('./report')).report,
  top: () => (require('./top') as typeof import('./top')).top,
  why: () => (require('./simulate') as typeof import('./simulate')).why,
  simulate: () => (require('./simulate') as typeof import('./simulate')).simulate,
  trace: () => (require('./trace') as typeof import('./trace')).trace,
  set: ipset,
  ban: () => bans('ban'),
  unban: () => bans('unban'),
  allow: () => bans('allow'),
  bans: () => bans('bans'),
  banned: () => bans('banned'),
  guard: () => (require('./guard') as typeof import('./guard')).guard,
  doctor: () => (require('./doctor') as typeof import('./doctor')).doctor,
};

export function runIptables(program: Program, words: readonly string[]): void {
  let called = program;
  let rest = withKind(program.name, words);
  // iptc is for either; a command with a family in its name knows only that.
  if (program.name === 'iptc') {
    const six = rest.some((word) => word === '-6' || word === '--ipv6')
      ? (require('./family') as typeof import('./family')).placeOfSix(rest)
      : -1;
    if (six >= 0) {
      called = { ...program, family: 'ipv6' };
      rest = rest.filter((_, i) => i !== six);
    }
  }
  const [first = ''] = rest;
  const subcommand = Object.hasOwn(SUBCOMMANDS, first) ? SUBCOMMANDS[first]! : undefined;
  if (first === 'help') rest = ['--help'];
  main(called, () => {
    if (subcommand) return subcommand()(called, rest.slice(1));
    const near = /^[a-z]/.test(first) ? nearest(first, Object.keys(SUBCOMMANDS)) : undefined;
    if (near === undefined) return iptables()(called, rest);
    // What iptables says of such a word comes first.
    const message = `Expected a command but received "${first}": did you mean ${near}?`;
    return failed(called, new IptcError('ERR_BAD_RULE', message, { iptables: `Bad argument \`${first}'` }));
  });
}
export const runSave = (program: Program, words: readonly string[]): void =>
  main(program, () => save()(program, withKind(program.name, words)));
export const runRestore = (program: Program, words: readonly string[]): void =>
  main(program, () => restore()(program, withKind(program.name, words)));
export const runXml = (program: Program, words: readonly string[]): void => main(program, () => xml()(program, words));
export const runApply = (program: Program, words: readonly string[]): void =>
  main(program, () => apply()(program, withKind(program.name, words)));

export const runIpset = (program: Program, words: readonly string[]): void =>
  main(program, () => ipset()(program, words));

const MULTI: Readonly<
  Record<string, readonly [(program: Program, words: readonly string[]) => void, Program['family']]>
> = {
  main4: [runIptables, 'ipv4'],
  main6: [runIptables, 'ipv6'],
  save4: [runSave, 'ipv4'],
  save6: [runSave, 'ipv6'],
  restore4: [runRestore, 'ipv4'],
  restore6: [runRestore, 'ipv6'],
  xml: [runXml, 'ipv4'],
  ipset: [runIpset, 'ipv4'],
  'iptc-ipset': [runIpset, 'ipv4'],
};

/** One program for all, as xtables-legacy-multi: its own name, or else its first word, says which. */
export function runMulti(name: string, words: readonly string[]): void {
  const found = commandNamed(name);
  if (found) return found[0]({ name, family: found[1] }, words);
  const second = words[0] === undefined ? undefined : commandNamed(words[0]);
  if (second) return second[0]({ name: nameOf(words[0]!), family: second[1] }, words.slice(1));
  complain(
    `${name}: Expected a command as the first word: iptables, iptables-save, iptables-restore, iptables-xml, iptables-apply, or the same with ip6tables; or ipset.`,
  );
  main({ name, family: 'ipv4' }, () => {
    throw new Exit(EXIT.OTHER);
  });
}

/** `main4` and its like are called what they stand for. */
const nameOf = (word: string): string =>
  ({
    main4: 'iptables',
    main6: 'ip6tables',
    save4: 'iptables-save',
    save6: 'ip6tables-save',
    restore4: 'iptables-restore',
    restore6: 'ip6tables-restore',
    xml: 'iptables-xml',
  })[word] ?? word;

function commandNamed(name: string): (typeof MULTI)[string] | undefined {
  if (Object.hasOwn(MULTI, name)) return MULTI[name];
  const parsed = /^(iptables|ip6tables|iptc|ip6tc)(?:-(?:legacy|nft))?(?:-(save|restore|xml|apply))?$/.exec(name);
  if (!parsed) return undefined;
  const run = { save: runSave, restore: runRestore, xml: runXml, apply: runApply }[parsed[2] ?? ''] ?? runIptables;
  return [run, parsed[1]!.startsWith('ip6') ? 'ipv6' : 'ipv4'];
}
