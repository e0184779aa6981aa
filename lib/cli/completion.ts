/** `iptc completion bash|zsh`: scripts for the shell, made from the definitions. */
import { COMMAND_OPTIONS, TABLES } from '../command/options';
import { type AnyExtension, registry } from '../command/vocabulary';
import type { Family } from '../index';
import { complain, print } from './output';
import { EXIT, type Program } from './program';

const RULE = [
  '--source',
  '--destination',
  '--protocol',
  '--in-interface',
  '--out-interface',
  '--jump',
  '--goto',
  '--match',
  '--fragments',
  '--set-counters',
  '--json',
  '--netns',
  '--color',
];
const LETTERS = '-A -C -D -I -R -L -S -F -Z -N -X -P -E -t -s -d -p -i -o -j -g -m -n -v -x -w -h -V'.split(' ');
const PROTOCOLS = ['tcp', 'udp', 'udplite', 'icmp', 'ipv6-icmp', 'esp', 'ah', 'sctp', 'all'];

export function completion(program: Program, words: readonly string[]): number {
  const usage = `Usage: ${program.name} completion bash|zsh`;
  if (words[0] === 'bash') print(bash());
  else if (words[0] === 'zsh')
    print(
      `#compdef iptc ip6tc iptc-save ip6tc-save iptc-restore ip6tc-restore\nautoload -U bashcompinit && bashcompinit\n${bash()}`,
    );
  else if (words[0] === '--help' || words[0] === '-h')
    print(`${usage}\n\nPrints what makes the shell complete commands: source <(${program.name} completion bash)\n`);
  else {
    complain(usage);
    return EXIT.USAGE;
  }
  return 0;
}

const options = (extension: AnyExtension): string => [...extension.words.keys()].map((name) => `--${name}`).join(' ');

function cases(kind: 'match' | 'target', family: Family): string {
  return registry[kind]
    .names(family)
    .sort()
    .map((name) => {
      const words = options(registry[kind].find(family, name)!);
      return words === '' ? '' : `        ${kind}:${name}) words="$words ${words}" ;;\n`;
    })
    .join('');
}

function bash(): string {
  const all = [
    ...LETTERS,
    ...COMMAND_OPTIONS.map(({ name }) => `--${name}`),
    ...RULE,
    'explain',
    'diff',
    'plan',
    'apply',
    'watch',
    'completion',
    'fleet',
    'service',
    'setup',
    'migrate',
    'doctor',
    'list',
    'report',
    'view',
    'top',
    'graph',
    'why',
    'simulate',
    'trace',
    'check',
    'who-can',
    'set',
    'ban',
    'unban',
    'allow',
    'bans',
    'banned',
    'guard',
  ].join(' ');
  const names = (kind: 'match' | 'target', family: Family) => registry[kind].names(family).sort().join(' ');
  return `# Completion for iptc and ip6tc; made by "iptc completion".
_iptc_chains() {
    local table=filter i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "\${COMP_WORDS[i]}" in -t|--table) table="\${COMP_WORDS[i+1]}" ;; esac
    done
    "$1" -t "$table" -S 2>/dev/null | sed -n 's/^-[NP] \\([^ ]*\\).*/\\1/p'
}

_iptc_extension() {
    case "$family$1:$2" in
${cases('match', 'ipv4').replace(/^ {8}/gm, '        4')}${cases('target', 'ipv4').replace(/^ {8}/gm, '        4')}${cases('match', 'ipv6').replace(/^ {8}/gm, '        6')}${cases('target', 'ipv6').replace(/^ {8}/gm, '        6')}    esac
}

_iptc() {
    local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" family=4 words i
    local matches targets
    case "$1" in *ip6*) family=6 ;; esac
    if [ "$family" = 4 ]; then
        matches="${names('match', 'ipv4')}"
        targets="${names('target', 'ipv4')}"
    else
        matches="${names('match', 'ipv6')}"
        targets="${names('target', 'ipv6')}"
    fi
    case "$previous" in
        -t|--table) words="${TABLES.join(' ')}" ;;
        -p|--protocol) words="${PROTOCOLS.join(' ')}" ;;
        -m|--match) words="$matches" ;;
        -j|--jump) words="ACCEPT DROP RETURN QUEUE $targets $(_iptc_chains "$1")" ;;
        -g|--goto|-A|-C|-D|-I|-R|-L|-S|-F|-Z|-X|-P|-E|--append|--check|--delete|--insert|--replace|--list|--list-rules|--flush|--zero|--delete-chain|--policy|--rename-chain)
            words="$(_iptc_chains "$1")" ;;
        -i|-o|--in-interface|--out-interface) words="$(ls /sys/class/net 2>/dev/null)" ;;
        --to) words="nft legacy" ;;
        --netns) words="$(ls /run/netns 2>/dev/null)" ;;
        diff|plan|apply|watch|check) COMPREPLY=($(compgen -f -- "$current")); return ;;
        *)
            words="${all}"
            for ((i = 1; i < COMP_CWORD; i++)); do
                case "\${COMP_WORDS[i]}" in
                    -m|--match|-p|--protocol) _iptc_extension match "\${COMP_WORDS[i+1]}" ;;
                    -j|--jump) _iptc_extension target "\${COMP_WORDS[i+1]}" ;;
                esac
            done ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _iptc iptc ip6tc

_iptc_file() {
    local current="\${COMP_WORDS[COMP_CWORD]}"
    case "$current" in
        -*) COMPREPLY=($(compgen -W "--counters --verbose --version --test --help --noflush --table --wait --modprobe --netns --json --file" -- "$current")) ;;
        *) COMPREPLY=($(compgen -f -- "$current")) ;;
    esac
}
complete -o filenames -F _iptc_file iptc-save ip6tc-save iptc-restore ip6tc-restore iptc-apply iptc-xml
`;
}
