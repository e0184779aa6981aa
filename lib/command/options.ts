/** The options of iptables itself, beside those of a rule. */
import type { BaseOption } from '../text/options';
import type { CommandLetter } from './command';

export { TABLES } from '../rule/tables';

export const COMMANDS: readonly (BaseOption & { readonly command: CommandLetter })[] = [
  { name: 'append', letter: 'A', words: 1, command: 'A' },
  { name: 'delete', letter: 'D', words: 1, more: 1, command: 'D' },
  { name: 'check', letter: 'C', words: 1, command: 'C' },
  { name: 'insert', letter: 'I', words: 1, more: 1, command: 'I' },
  { name: 'replace', letter: 'R', words: 1, more: 1, command: 'R' },
  { name: 'list', letter: 'L', words: 'maybe', more: 1, command: 'L' },
  { name: 'list-rules', letter: 'S', words: 'maybe', more: 1, command: 'S' },
  { name: 'flush', letter: 'F', words: 'maybe', command: 'F' },
  { name: 'zero', letter: 'Z', words: 'maybe', more: 1, command: 'Z' },
  { name: 'new-chain', letter: 'N', words: 1, command: 'N' },
  { name: 'delete-chain', letter: 'X', words: 'maybe', command: 'X' },
  { name: 'rename-chain', letter: 'E', words: 1, more: 1, command: 'E' },
  { name: 'policy', letter: 'P', words: 1, more: 1, command: 'P' },
];
const SETTINGS: readonly BaseOption[] = [
  { name: 'table', letter: 't', words: 1 },
  { name: 'numeric', letter: 'n', words: 0 },
  { name: 'verbose', letter: 'v', words: 0 },
  { name: 'wait', letter: 'w', words: 'maybe' },
  { name: 'wait-interval', letter: 'W', words: 'maybe' },
  { name: 'exact', letter: 'x', words: 0 },
  { name: 'version', letter: 'V', words: 0 },
  { name: 'help', letter: 'h', words: 'maybe' },
  { name: 'line-numbers', words: 0 },
  { name: 'modprobe', letter: 'M', words: 1 },
  { name: 'ipv4', letter: '4', words: 0 },
  { name: 'ipv6', letter: '6', words: 0 },
];
export const COMMAND_OPTIONS: readonly BaseOption[] = [...COMMANDS, ...SETTINGS];

/** Options of which each command has its own opinion, and the commands that take them; iptables allows one that any command of the line takes. */
// biome-ignore format: a table
export const ALLOWED: Readonly<Record<string, string>> = {
  numeric: 'L', source: 'IDRAC', destination: 'IDRAC', protocol: 'IDRAC', jump: 'IDRAC', exact: 'L', 'in-interface': 'IDRAC',
  'out-interface': 'IDRAC', 'line-numbers': 'L', 'set-counters': 'IRAP', fragment: 'IDRAC',
};
