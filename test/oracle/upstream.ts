/** The source of iptables, with its test cases: fetched through apt by scripts/fetch-iptables-source, never committed. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

let answer: { readonly folder: string } | { readonly reason: string } | undefined;
function fetched() {
  if (!answer) {
    const script = resolve(__dirname, '../../scripts/fetch-iptables-source');
    const { status, stdout, stderr } = spawnSync(script, { encoding: 'utf8', timeout: 300_000 });
    answer =
      status === 0 ? { folder: stdout.trim() } : { reason: stderr.trim().split('\n').pop() || 'no source of iptables' };
  }
  return answer;
}

/** Why there are none, or undefined if there are. */
export function lacksUpstream(): string | undefined {
  const got = fetched();
  return 'reason' in got ? got.reason : undefined;
}

/** The folder of the .t files. */
export function upstreamExtensions(): string {
  const got = fetched();
  if ('reason' in got) throw new Error(got.reason);
  return join(got.folder, 'extensions');
}
