/** Where a struct stands: in the kernel's headers, in iptables' copies of older ones, or in the C files of its extensions. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lacksUpstream, upstreamExtensions } from '../oracle/upstream';

const UAPI = '/usr/include/linux';

export interface Source {
  readonly include: readonly string[];
  readonly text: string;
  readonly flags: readonly string[];
}

/** The headers in which a struct or union is defined, by its name. */
function headersOf(root: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const folder of ['netfilter', 'netfilter_ipv4', 'netfilter_ipv6']) {
    if (!existsSync(join(root, folder))) continue;
    for (const file of readdirSync(join(root, folder)).filter((name) => name.endsWith('.h')))
      for (const [, name] of readFileSync(join(root, folder, file), 'utf8').matchAll(
        /^(?:struct|union)\s+(\w+)\s*\{/gm,
      ))
        found.set(name!, `linux/${folder}/${file}`);
  }
  // Names that are macros for others.
  found.set('xt_osf_info', 'linux/netfilter/xt_osf.h');
  return found;
}

/** What a C file declares for itself, up to and with a struct. */
function declarations(path: string, name: string): string | undefined {
  const text = readFileSync(path, 'utf8');
  const blocks = [...text.matchAll(/^(?:(?:struct|union) \w+|enum(?: \w+)?) \{[\s\S]*?^\};?$/gm)].map(
    ([block]) => block,
  );
  const at = blocks.findIndex((block) => new RegExp(`^struct ${name} `).test(block));
  return at < 0
    ? undefined
    : blocks
        .slice(0, at + 1)
        .filter((block) => /^struct (?:ipt|ip6t|xt)_/.test(block))
        .join('\n');
}

let own: Map<string, string> | undefined;

/** The struct's source; or why there is none: it begins with `not in` if it can't be known. */
export function sourceOf(name: string): Source | string {
  own ??= headersOf(UAPI);
  const header = own.get(name);
  if (header) return { include: [header], text: '', flags: [] };
  const reason = lacksUpstream();
  if (reason) return `not in the kernel's headers, and ${reason}`;
  const upstream = upstreamExtensions();
  const include = join(upstream, '../include');
  const old = headersOf(join(include, 'linux')).get(name);
  if (old) return { include: [old], text: '', flags: ['-idirafter', include] };
  for (const file of readdirSync(upstream).filter((f) => /^lib(?:xt|ipt|ip6t)_.*\.c$/.test(f))) {
    const text = declarations(join(upstream, file), name);
    if (text) return { include: [], text, flags: [] };
  }
  return 'in no header, and in no C file of iptables';
}

/** What stands before the headers of structs. */
// biome-ignore format: a table
export const PREAMBLE = [
  'stddef.h',
  'stdio.h',
  'stdint.h',
  'string.h',
  'limits.h',
  'syslog.h',
  'sys/types.h',
  'sys/socket.h',
  'netinet/in.h',
  'net/if.h',
  'linux/types.h',
  'linux/ip_vs.h',
  'linux/netfilter.h',
];
