/** The source of iptables, with its test cases: fetched through apt by scripts/fetch-iptables-source, never committed. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { Version } from './programs';

const answers = new Map<Version, { readonly folder: string } | { readonly reason: string }>();
function fetched(version: Version) {
  let answer = answers.get(version);
  if (!answer) {
    const script = resolve(__dirname, '../../scripts/fetch-iptables-source');
    const { status, stdout, stderr } = spawnSync(script, [version], { encoding: 'utf8', timeout: 300_000 });
    answer =
      status === 0 ? { folder: stdout.trim() } : { reason: stderr.trim().split('\n').pop() || 'no source of iptables' };
    answers.set(version, answer);
  }
  return answer;
}

/** Why there are none, or undefined if there are. */
export function lacksUpstream(version: Version = '1.8.11'): string | undefined {
  const got = fetched(version);
  return 'reason' in got ? got.reason : undefined;
}

/** The folder of the .t files. */
export function upstreamExtensions(version: Version = '1.8.11'): string {
  const got = fetched(version);
  if ('reason' in got) throw new Error(got.reason);
  return join(got.folder, 'extensions');
}
