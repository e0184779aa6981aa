/** The manual pages, from what -h prints and the definitions of the extensions. */
import { type AnyExtension, matches, targets, type Word } from '../command/vocabulary';
import { COMMANDS, OPTIONS } from './help';

const roff = (text: string): string =>
  text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/^([.'])/gm, '\\&$1');
const section = (title: string, ...lines: readonly string[]): string => `.SH ${title}\n${lines.join('\n')}\n`;
const item = (head: string, text: string): string => `.TP\n.B ${roff(head)}\n${roff(text)}`;

function page(name: string, part: number, version: string, what: string, ...sections: readonly string[]): string {
  const heading = `.\\" Made by scripts/build from lib/cli/manual.ts.\n.TH ${name.toUpperCase()} ${part} "" "libiptc ${version}" "libiptc"\n`;
  return heading + section('NAME', `${roff(name)} \\- ${roff(what)}`) + sections.join('');
}

const rows = (list: typeof COMMANDS): string[] =>
  list.map(([long, short, text]) =>
    item(
      short === '' ? long : short.startsWith('-') ? `${long}, ${short}` : `${long} ${short}`,
      `${text[0]!.toUpperCase()}${text.slice(1)}.`,
    ),
  );
const SAME =
  'Options, output and exit codes are those of the command of iptables 1.8.11 (legacy) that it is named after.';
const EXIT_CODES = section(
  'EXIT STATUS',
  item('0', 'It is done.'),
  item('1', 'It could not be done.'),
  item('2', 'The command line, or a line of the file, is wrong.'),
  item('3', 'The kernel has no such table, or gives no access to it.'),
  item('4', 'The lock was not to be had in time.'),
);
const ALSO = section(
  'SEE ALSO',
  roff('iptc(8), iptc-save(8), iptc-restore(8), iptc-apply(8), iptc-xml(1), iptc-extensions(8), iptables(8)'),
);

function extensionText(extension: AnyExtension): string {
  const { doc, where } = extension.definition;
  const limits = [
    extension.families.length === 1 ? (extension.families[0] === 'ipv4' ? 'IPv4 only.' : 'IPv6 only.') : '',
    where?.tables ? `In table ${where.tables.join(', ')}.` : '',
    where?.hooks ? `In chain ${where.hooks.join(', ')}, and chains called from there.` : '',
  ].filter(Boolean);
  const words = [...new Set<Word>(extension.words.values())];
  const lines = [`.SS ${roff(extension.name)}`, roff([doc, ...limits].join(' '))];
  for (const word of words) {
    const metavar =
      word.operand.words === 0
        ? ''
        : word.operand.words === 'maybe'
          ? ` [${word.operand.metavar}]`
          : ` ${word.operand.metavar}`;
    lines.push(item(`${word.negatable ? '[!] ' : ''}--${word.name}${metavar}`, word.description));
  }
  return lines.join('\n');
}

export function manuals(version: string): Record<string, string> {
  const byName = (list: readonly AnyExtension[]) =>
    [...list].sort((a, b) => (a.name < b.name ? -1 : 1)).map(extensionText);
  return {
    'iptc.8': page(
      'iptc',
      8,
      version,
      'tables of packet filter rules for IPv4 and IPv6',
      section(
        'SYNOPSIS',
        '.nf',
        ...[
          '-[ACD] chain rule',
          '-I chain [rulenum] rule',
          '-R chain rulenum rule',
          '-D chain rulenum',
          '-[LS] [chain [rulenum]]',
          '-[FZ] [chain]',
          '-[NX] chain',
          '-E old-chain new-chain',
          '-P chain target',
        ].map((line) => roff(`iptc [-t table] ${line}`)),
        ...[
          "explain 'rule'",
          'diff [--noflush] file',
          'plan [--noflush] [--own chains=PATTERN,...|comment=PATTERN,... [--place first|last|before=RULE]] [--traffic] [--json] file',
          'apply [--noflush] [--own ...] [--place ...] [--confirm seconds [--force]] [--dry-run] file',
          'watch [--noflush] [--own ...] [--place ...] [--repair] [--json] file',
          'fleet publish file --group name [--waves 1,10%,100%] [--sign key]',
          'fleet status [--watch] [--json|--metrics]',
          'fleet rollback|roll|pause|resume|abort|history --group name',
          'fleet host name [--label name=value]... [--group name]... [--set variable=value]...',
          'fleet group name [--label name=value]...',
          'fleet agent|boot|install|uninstall',
          'fleet keygen file',
          'service start|stop|reload|restart|condrestart|status|panic|save',
          'service install [--on-failure open|closed]',
          'service uninstall',
          'setup basic-server [--allow service,...] [--dry-run] [--yes] [--timeout seconds] [--force]',
          'doctor [--json] [--netns name|path]',
          'migrate --to nft|legacy [--dry-run] [--netns name|path]',
          'ban address... [--for 2h] [--reason text] [--ports port,...] [--direction in|out|both]',
          'unban address...',
          'allow address... [--for 2h] [--reason text] [--remove]',
          'bans [--json|--export] [--format format]',
          'bans --import file [--as ban|allow] [--for 2h] [--reason text] [--skip] [--format format]',
          'bans --list name [file|--remove] [--format format]',
          'banned address [--json]',
          'list [-t table] [-f file] [--all] [--exact] [--width columns] [--color always|never] [--netns name|path] [chain...]',
          'graph [--format svg|mermaid|dot] [--fold] [-t table] [-o file] [--netns name|path] [file]',
          'report --out file [--redact] [--netns name|path]',
          'view {--out file | --serve [--trace]} [--plan file] [--netns name|path] [file]',
          'top [--once [--json]] [-i seconds] [-s order] [-t table] [--search words] [--netns name|path]',
          'check [--json] [--netns name|path] [file [file of IPv6 rules]]',
          'who-can [-i name] [-d address] [--forward [-o name]] [--prefixes] [--json] [-f file] [--netns name|path] protocol[/port]',
          'guard [--config file] [--netns name|path]',
          'guard --check file | --import-csf folder | --unit',
          'why [-f file] [--json] [--svg file] [--netns name|path] protocol source[:port] -> destination[:port] in interface [out interface] [name value]...',
          'simulate [-f file] [--json] [--svg file] [--netns name|path] packet|-',
          "trace [--count packets] [--for seconds] [--limit rate] [--json] [--svg file] [--netns name|path] address|port|'rule'",
          'set command',
          'completion bash|zsh',
        ].map((line) => roff(`iptc ${line}`)),
        '.fi',
      ),
      section(
        'DESCRIPTION',
        roff(
          `Sets up, changes and lists the tables that the kernel filters packets by. ${SAME} ip6tc, and iptc -6, are for IPv6.`,
        ),
      ),
      section('COMMANDS', ...rows(COMMANDS)),
      section('OPTIONS', ...rows(OPTIONS)),
      section(
        'BEYOND',
        item("explain 'rule'", 'Says in words what a rule does.'),
        item(
          'diff [--noflush] file',
          'Says what restoring a file would change, as lines with - and +. Ends with 0 if nothing, 1 if something would change, 2 on trouble.',
        ),
        item(
          'plan file',
          'The same with some lines around each change, or as JSON (--json). --traffic says instead which packets would fare otherwise, and by which rules. With --own only what is owned counts, and may change: chains of such names with the rules that lead to them, or rules with such a comment; * stands for anything. --place says where they are kept among others.',
        ),
        item(
          'apply file',
          'Changes what plan says, in one commit a table; what stays keeps its counters. With --confirm the old rules come back unless somebody says yes within so many seconds, whatever becomes of the terminal or of this program, and a change that would cut a connection to what listens here is refused unless --force is given. Ends with 255 if it was not confirmed, with 10 if the old rules could not be put back.',
        ),
        item(
          'watch file',
          'Looks whether a file holds until it is interrupted, and says within a second when somebody has changed that: what plan says, when, and on nf_tables which program it was; as lines of JSON with --json. With --repair it is made so again, at growing intervals; ends with 2 where somebody keeps changing it.',
        ),
        item(
          'why protocol source -> destination:port in interface',
          'Says what becomes of a packet, and by which rules: those of a file (-f), or those that are there. With in alone it comes in for this machine, with in and out it is forwarded, with out alone this machine sends it. It begins a connection unless another state is said; other names are those of rules (length 60, mark 1, flags SYN,ACK, type 8). What depends on something that is not said is told both ways. --svg draws the path. Ends with 0 if the packet is accepted, with 1 if not or if that depends, with 2 on trouble.',
        ),
        item(
          'trace address|port|rule',
          "Shows live packets of an address, of a port (TCP and UDP), or that meet the conditions of a rule, step by step, as the kernel tells them. Rules with the target TRACE stand first in the table raw meanwhile, and are taken away at the end, even if this program is killed. At most 100 packets a second are traced unless --limit says otherwise. It doesn't begin where another program listens to the kernel's log.",
        ),
        item('simulate packet', 'The same of a packet as JSON, with the keys of libiptc/analysis.'),
        item(
          'service start|stop|reload|restart|condrestart|status|panic|save',
          'Does what the init script of iptables-services does, with its files, settings, output and exit codes.',
        ),
        item(
          'service install',
          'Makes a systemd unit that loads the saved rules of both families at boot, before the network; service uninstall takes it away. If they cannot be loaded, the firewall is left open, or (--on-failure closed) lets in nothing but answers.',
        ),
        item(
          'setup basic-server',
          'Makes this machine a server that lets nothing in but what --allow says: firewalld off, rules in, saved, loaded at boot. Without a confirmation in time, everything is put back, and it ends with 255; or with 10 if that failed.',
        ),
        item(
          'migrate --to nft|legacy',
          'Moves the rules of all tables of both families, with what they have counted, from legacy tables to nf_tables or back. A rule that the other side cannot hold is named before anything is done; if anything fails, or the program is killed, everything is put back. --dry-run only has the kernel check them.',
        ),
        item(
          'doctor',
          'Says what stands in the way of rules, now and at the next boot. Ends with 1 if something would bite.',
        ),
        item(
          'fleet',
          'Keeps many hosts as signed policies in a store say: etcd, or a folder on one host. publish puts one there for a group of hosts, in waves if told; agent keeps a host so, and confirms a policy only if it can still reach the store; boot puts back what is on the disk, before the network; install writes units for both. What an option would say, IPTC_FLEET_ and its name may (IPTC_FLEET_STORE). status ends with 1 if a host is not good, publish and roll if a roll-out was taken back.',
        ),
        item(
          'ban, unban, allow, bans, banned',
          'Keeps addresses, networks and ranges away, for a while or for good: by ip_sets, and by rules before all others. Their connections end. What is allowed passes, whatever is banned. Bans outlive a reboot when they are put back (/var/lib/libiptc/bans, or --journal). unban and banned end with 1 if nothing was banned. bans --import and --export read and write addresses line by line (lines), csf.deny, csf.allow and csf.ignore (csf), what fail2ban-client get JAIL banip --with-time prints, or its database as sqlite3 FILE .dump does (fail2ban), what ipset save prints (ipset), and json; a line that is wrong refuses the whole. bans --list makes a file that others publish what a list of its own keeps away, in a single step.',
        ),
        item(
          'list',
          'Shows rules in columns that fit the terminal, with colours there: comments as headings, and rules in a row that differ in one address or port alone as one line (--all: each by itself), of the kernel or of a saved file (-f).',
        ),
        item(
          'graph',
          'Draws the chains of the tables in the kernel, or of a saved file, and the jumps between them with their counters: as SVG, or as text for Mermaid or Graphviz. --fold: chains whose names differ in the last part alone are drawn as one.',
        ),
        item(
          'report',
          'Writes the state of this host as one page for browsers, without scripts: rules with counters, what stands in their way, who else writes rules, what a reboot would make of them, and sets. --redact hides addresses, comments, prefixes, users and the name of the host, but not the names of chains, sets and interfaces.',
        ),
        item(
          'view',
          'Makes a page for browsers of the tables of both families, or of a saved file: a map of the chains, the rules, what they say in words, and a search for words, addresses and ports. --out: one file that needs nothing else. --serve: on loopback, with counters that tick, and packets to follow, until it is ended; only who has the address that it prints can see it. --plan: what a file would change, and for which packets. --trace: live packets may be traced, for which rules with the target TRACE stand first in the table raw while somebody looks; without it nothing is changed.',
        ),
        item(
          'top',
          'Shows what the rules and chains of both families count, and how fast, the size of sets and the number of connections, on a terminal until q is pressed (h: help), or once (--once), for programs as JSON (--json).',
        ),
        item(
          'check',
          'Looks for rules that never match, with those that take their packets, for chains that nobody enters, and for what is open by accident, in the kernel or in a saved file. A comment "iptc:allow NAME" silences what is found under that name. Ends with 0 if there is nothing but notes, with 1 if there are warnings or errors, with 2 on trouble, or where something could not be decided.',
        ),
        item(
          'who-can protocol[/port]',
          'Says from which addresses a service of this machine can be reached, or through it (--forward), and from which it may be that limits or lists let some through. Ends with 0 if anybody can, with 1 if nobody.',
        ),
        item(
          'guard',
          'Follows log files and the messages of journald, and bans addresses whose failures they tell of, as /etc/libiptc/guard.yaml says (schema/guard.json describes it), until it is ended; SIGHUP lets it read that file again. --check says whether such a file is right, --import-csf prints one made of the files of ConfigServer Firewall, --unit prints a unit for systemd.',
        ),
        item('set', "Speaks ipset's command line, as iptc-ipset does."),
        item('completion bash|zsh', 'Prints a script that completes command lines in that shell.'),
      ),
      EXIT_CODES,
      ALSO,
    ),
    'iptc-save.8': page(
      'iptc-save',
      8,
      version,
      'print tables as text',
      section('SYNOPSIS', roff('iptc-save [-c] [-t table] [-M modprobe] [-f file] [--json] [--netns name|path]')),
      section(
        'DESCRIPTION',
        roff(`Prints all tables that the kernel has loaded, or one, in the form that iptc-restore reads. ${SAME}`),
      ),
      section(
        'OPTIONS',
        item('-c, --counters', 'Prints what each rule counted.'),
        item('-t, --table table', 'This table only.'),
        item('-f, --file file', 'Writes into a file.'),
        item('-M, --modprobe command', 'How to load kernel modules.'),
        item('--json', "Prints JSON: what the library's functions take."),
        item('--netns name|path', 'In another network namespace.'),
      ),
      EXIT_CODES,
      ALSO,
    ),
    'iptc-restore.8': page(
      'iptc-restore',
      8,
      version,
      'make tables what a text says',
      section(
        'SYNOPSIS',
        roff('iptc-restore [-chntvV] [-w seconds] [-T table] [-M modprobe] [--netns name|path] [file]'),
      ),
      section(
        'DESCRIPTION',
        roff(
          `Reads tables in the form that iptc-save prints, from a file or standard input. Each table is changed as a whole or not at all. ${SAME}`,
        ),
      ),
      section(
        'OPTIONS',
        item('-c, --counters', 'Sets the counters that are in the text.'),
        item('-n, --noflush', 'Keeps what is in the tables; chains of the user that the text declares are emptied.'),
        item('-t, --test', 'Tries everything and changes nothing.'),
        item('-T, --table table', 'This table only.'),
        item('-v, --verbose', 'Says what is done.'),
        item('-w, --wait [seconds]', 'How long to wait for the lock; for ever, unless told.'),
        item('-M, --modprobe command', 'How to load kernel modules.'),
        item('--netns name|path', 'In another network namespace.'),
      ),
      EXIT_CODES,
      ALSO,
    ),
    'iptc-apply.8': page(
      'iptc-apply',
      8,
      version,
      'change rules from afar without locking oneself out',
      section('SYNOPSIS', roff('iptc-apply [-hV] [-t timeout] [-w savefile] {[rulesfile]|-c [runcmd]}')),
      section(
        'DESCRIPTION',
        roff(
          'Puts new rules in and asks whether the machine can still be reached. Without a yes in time the old rules come back: all tables of both families, with what they counted. A process of its own sees to that: it outlives the connection, the terminal, and the command itself. Nothing is begun before the kernel has checked that it would take the old rules again.',
        ),
      ),
      section(
        'OPTIONS',
        item('-t, --timeout seconds', 'How long to wait for the answer; 10 unless told.'),
        item('-w, --write savefile', 'Where to save the rules once they are confirmed.'),
        item('-c, --command', 'The word behind is a command to run, not a file of rules.'),
      ),
      section(
        'EXIT STATUS',
        item('0', 'The new rules are in force.'),
        item('255', 'Nobody confirmed them: the old rules are back.'),
        item('5, 7', 'The new rules could not be applied, or the command failed: the old rules are back.'),
        item('4', 'The old rules could not be put back later: nothing was begun.'),
        item('10', 'The old rules could not be put back. The message says where they are.'),
        item(
          '1, 2, 6, 8, 9',
          'Wrong options; a file that is not readable, executable, writable, or could not be written.',
        ),
      ),
      ALSO,
    ),
    'iptc-xml.1': page(
      'iptc-xml',
      1,
      version,
      'rules as XML',
      section('SYNOPSIS', roff('iptc-xml [-c] [-v] [file]')),
      section('DESCRIPTION', roff('Turns the form that iptc-save prints into XML, as iptables-xml(1) does.')),
      section(
        'OPTIONS',
        item('-c, --combine', 'Rules in a row with the same conditions become one, with several actions.'),
        item('-v, --verbose', 'Keeps the lines as comments.'),
      ),
      ALSO,
    ),
    'iptc-extensions.8': page(
      'iptc-extensions',
      8,
      version,
      'matches and targets',
      section(
        'DESCRIPTION',
        roff('What may be written behind -m and -j. [!] says that an option may be negated by a ! before it.'),
      ),
      section('MATCHES', ...byName(matches)),
      section('TARGETS', ...byName(targets)),
      ALSO,
    ),
  };
}
