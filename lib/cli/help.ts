/** What -h prints: the command's options, and those of the extensions named before it, from their definitions. */
import type { AnyExtension, Word } from '../command/vocabulary';
import { type Program, versionLine } from './program';

/** Long, short and arguments, what it does. */
export const COMMANDS: readonly (readonly [string, string, string])[] = [
  ['--append', '-A chain', 'add a rule at the end of the chain'],
  ['--check', '-C chain', 'is such a rule in the chain?'],
  ['--delete', '-D chain', 'delete the first such rule'],
  ['--delete', '-D chain rulenum', 'delete the rule of that number'],
  ['--insert', '-I chain [rulenum]', 'put a rule before the first, or before that number'],
  ['--replace', '-R chain rulenum', 'put a rule in the place of that number'],
  ['--list', '-L [chain [rulenum]]', 'list the rules of a chain, or of all'],
  ['--list-rules', '-S [chain [rulenum]]', 'print them as commands'],
  ['--flush', '-F [chain]', 'delete all rules of a chain, or of all'],
  ['--zero', '-Z [chain [rulenum]]', 'set counters to zero'],
  ['--new-chain', '-N chain', 'make a chain'],
  ['--delete-chain', '-X [chain]', 'delete an empty chain, or all of them'],
  ['--policy', '-P chain target', 'what happens at the end of a built-in chain'],
  ['--rename-chain', '-E old-chain new-chain', 'give a chain another name'],
];
export const OPTIONS: readonly (readonly [string, string, string])[] = [
  ['--ipv4', '-4', 'for IPv4'],
  ['--ipv6', '-6', 'for IPv6'],
  ['[!] --protocol', '-p proto', 'by number or name, such as tcp'],
  ['[!] --source', '-s address[/mask][,...]', 'where packets come from'],
  ['[!] --destination', '-d address[/mask][,...]', 'where packets go to'],
  ['[!] --in-interface', '-i name[+]', 'the interface that they came by'],
  ['[!] --out-interface', '-o name[+]', 'the interface that they leave by'],
  ['--jump', '-j target', 'what to do with them: a verdict, a chain, an extension'],
  ['--goto', '-g chain', 'go on in a chain, without coming back'],
  ['--match', '-m match', 'more to look at: an extension'],
  ['[!] --fragments', '-f', 'second and further fragments (IPv4)'],
  ['--set-counters', '-c packets bytes', 'what the rule begins to count at'],
  ['--table', '-t table', 'filter unless told'],
  ['--numeric', '-n', 'numbers instead of names'],
  ['--verbose', '-v', 'say more'],
  ['--exact', '-x', 'counters in full'],
  ['--line-numbers', '', 'number the rules'],
  ['--wait', '-w [seconds]', 'how long to wait for the lock'],
  ['--modprobe', '-M command', 'how to load kernel modules'],
  ['--json', '', 'with -L or -S: as JSON'],
  ['--netns', 'name|path', 'in another network namespace'],
  ['--color', '[always|never]', 'colours, or none'],
  ['--version', '-V', 'print the version'],
];

const row = ([long, short, text]: readonly [string, string, string]): string =>
  `  ${`${long} ${short}`.padEnd(42)} ${text}\n`;

export function help(program: Program, extensions: readonly AnyExtension[]): string {
  const { name } = program;
  let text = `${versionLine(program)}

Usage: ${name} -[ACD] chain rule-specification [options]
       ${name} -I chain [rulenum] rule-specification [options]
       ${name} -R chain rulenum rule-specification [options]
       ${name} -D chain rulenum [options]
       ${name} -[LS] [chain [rulenum]] [options]
       ${name} -[FZ] [chain] [options]
       ${name} -[NX] chain
       ${name} -E old-chain-name new-chain-name
       ${name} -P chain target [options]
       ${name} explain 'rule-specification' | diff file | plan file | apply [--confirm seconds] file | watch [--repair] file | completion bash|zsh
       ${name} fleet {publish|status|rollback|agent|keygen|...} (many hosts: ${name} fleet --help)
       ${name} service {start|stop|reload|restart|status|panic|save|install|uninstall}
       ${name} setup basic-server [--allow service,...] [--dry-run] | doctor [--json]
       ${name} migrate --to nft|legacy [--dry-run]
       ${name} {ban|unban|allow|banned} address [--for 2h] [--reason text] | bans [--json]
       ${name} guard [--config file] | guard --check file | guard --import-csf folder | guard --unit
       ${name} list [chain...] | top [--once [--json]] | graph [file] | view {--out file | --serve} | report --out file
       ${name} why protocol source -> destination[:port] in interface | simulate packet | trace address|port|'rule'
       ${name} check [--json] [file] | who-can protocol[/port] [-i name] [--json] [-f file]
       ${name} set command (as ipset)
       ${name} -h (print this help information)

Commands:
${COMMANDS.map(row).join('')}
Options:
${OPTIONS.map(row).join('')}`;
  for (const extension of extensions) text += `\n${extensionHelp(extension)}`;
  return text;
}

/** What may be written behind -m or -j and its name. */
export function extensionHelp(extension: AnyExtension): string {
  let text = `${extension.name} ${extension.kind} options:\n`;
  const spellings = new Map<Word, string[]>();
  for (const [spelling, word] of extension.words) spellings.set(word, [...(spellings.get(word) ?? []), spelling]);
  for (const [word, names] of spellings) {
    const arguments_ =
      word.operand.words === 0
        ? ''
        : word.operand.words === 'maybe'
          ? ` [${word.operand.metavar}]`
          : ` ${word.operand.metavar}`;
    const [first, ...others] = [word.name, ...names.filter((n) => n !== word.name)];
    text += `  ${`${word.negatable ? '[!] ' : ''}--${first}${arguments_}`.padEnd(42)} ${word.description}\n`;
    for (const other of others) text += `      --${other}\n`;
  }
  return text;
}
