/** Upstream's .t files: one line per case, `rule;as saved;OK or FAIL`, in the words of its iptables-test.py. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Family } from '../../lib/codec/extension';

export interface Case {
  /** libxt_conntrack.t:3 */
  readonly at: string;
  readonly table: string;
  readonly chains: readonly string[];
  readonly rule: string;
  readonly verdict: 'OK' | 'FAIL';
}
/** What has to be done in between, as iptables-test.py does: a command of iptables, or of another program. */
export interface Step {
  readonly command: string;
}
export interface TFile {
  /** conntrack */
  readonly extension: string;
  readonly name: string;
  readonly path: string;
  /** Those that it is about; upstream runs the first alone. */
  readonly families: readonly Family[];
  readonly steps: readonly (Case | Step)[];
}

/** Those about IPv4 and IPv6; arptables and ebtables have theirs in the same folder. */
export function tFiles(folder: string): TFile[] {
  return readdirSync(folder)
    .filter((name) => /^(?:lib(?:xt|ipt|ip6t)_.*|iptables)\.t$/.test(name))
    .sort()
    .map((name) => tFile(join(folder, name)));
}

export function tFile(path: string): TFile {
  const name = basename(path);
  const families: Family[] = name.startsWith('libipt_')
    ? ['ipv4']
    : name.startsWith('libip6t_')
      ? ['ipv6']
      : ['ipv4', 'ipv6'];
  const steps: (Case | Step)[] = [];
  let table = 'filter';
  let chains: string[] = [];
  for (const [index, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    if (line.trim() === '' || line[0] === '#') continue;
    if (line[0] === '*') table = line.slice(1).trimEnd();
    else if (line[0] === ':') chains = line.slice(1).trimEnd().split(',');
    else if (line[0] === '@' || line[0] === '%') steps.push({ command: line.slice(1).trimEnd() });
    else {
      const [rule = '', , verdict = '', variant, otherwise] = line.split(';').map((part) => part.trimEnd());
      const legacy = variant === 'NFT' ? (otherwise ?? (verdict === 'OK' ? 'FAIL' : 'OK')) : verdict;
      steps.push({
        at: `${name}:${index + 1}`,
        table,
        chains,
        rule: rule.trim(),
        verdict: legacy === 'OK' ? 'OK' : 'FAIL',
      });
    }
  }
  return { extension: name.replace(/^lib[a-z0-9]+_|\.t$/g, ''), name, path, families, steps };
}
