/** What iptables refuses of a command, whatever is in the kernel. */
import type { Family } from '../codec/extension';
import { show } from '../errors';
import { registry } from '../extensions/registry';
import { encodeText, isPlainName } from '../net/text';
import type { RuleDraft } from '../text/draft';
import { called } from '../text/options';
import { type CommandLetter, isVerdict, type Refuse } from './command';
import { ALLOWED } from './options';

/** Most a chain's name may have, in iptables' parser. */
const NAME_MAX = 28;

/** Of a new chain. */
export function checkNewName(name: string, family: Family, error: Refuse): void {
  const refuse = (expected: string, iptables: string) =>
    error(`Expected ${expected} for the name of a new chain but received ${show(name)}`, name, { iptables });
  if (encodeText(name).length > NAME_MAX) throw refuse(`at most ${NAME_MAX} bytes`, tooLong(name));
  if (name.startsWith('-') || name.startsWith('!'))
    throw refuse('no - or ! at the beginning', `chain name not allowed to start with \`${name[0]}'`);
  // The verdicts are targets too; so is no name at all, which rules without a target have.
  if (name === '' || isVerdict(name) || registry.target.find(family, name))
    throw refuse('anything but the name of a target', 'chain name may not clash with target name');
  // What iptables-save prints of quotes, iptables-restore doesn't read.
  if (!isPlainName(name) || name.includes('"'))
    throw refuse('no spaces, double quotes and control characters', `Invalid chain name \`${name}'`);
}

/** Of any chain. */
export function checkLength(name: string, error: Refuse): void {
  if (encodeText(name).length > NAME_MAX)
    throw error(`Expected at most ${NAME_MAX} bytes for the name of a chain but received ${show(name)}`, name, {
      iptables: tooLong(name),
    });
}
const tooLong = (name: string) => `chain name \`${name}' too long (must be under ${NAME_MAX + 1} chars)`;

/** `flags`: those of the command's own options that have no argument. */
export function checkOptions(
  letters: readonly CommandLetter[],
  rule: RuleDraft,
  flags: ReadonlySet<string>,
  error: Refuse,
): void {
  for (const [option, takers] of Object.entries(ALLOWED)) {
    const given =
      flags.has(option) || (!['numeric', 'exact', 'line-numbers'].includes(option) && rule.has(option as 'source'));
    if (!given || letters.some((letter) => takers.includes(letter))) continue;
    const shown = called(option);
    throw error(`Expected no ${shown} with -${letters[0]!.toUpperCase()}`, shown, {
      iptables: `Illegal option \`${shown}' with this command`,
    });
  }
}

/** Where packets have no such interface. */
export function checkInterfaces(chain: string | undefined, rule: RuleDraft, error: Refuse): void {
  const wrong = (option: 'in-interface' | 'out-interface', chains: readonly string[]) => {
    if (rule.has(option) && chains.includes(chain!))
      throw error(`Expected no --${option} in chain ${chain}: packets there have none`, `--${option}`, {
        iptables: `Can't use ${called(option)} with ${chain}`,
      });
  };
  wrong('out-interface', ['PREROUTING', 'INPUT']);
  wrong('in-interface', ['POSTROUTING', 'OUTPUT']);
}

export function checkTarget(name: string, error: Refuse): void {
  if (name === '')
    throw error('Expected the name of a target or a chain for --jump but received ""', undefined, {
      iptables: 'Invalid target name (too short)',
    });
  if (/[ \t-\r]/.test(name))
    throw error(`Expected no spaces in the name of a target but received ${show(name)}`, name, {
      iptables: `Invalid target name \`${name}'`,
    });
}
