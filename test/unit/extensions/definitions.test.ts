import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyExtension } from '../../../lib/codec/extension';
import { matches, registry, targets } from '../../../lib/extensions/registry';
import { describe, expect, test } from '../../harness';

const all = [...matches, ...targets] as readonly unknown[] as readonly AnyExtension[];
const FOLDER = join(__dirname, '../../../lib/extensions');

/** The extensions of iptables 1.8.11, by the names of its libxt_, libipt_ and libip6t_ files and their aliases. */
const MATCHES =
  'addrtype ah bpf cgroup cluster comment connbytes connlabel connlimit connmark conntrack cpu dccp devgroup dscp dst ecn esp eui64 frag hashlimit hbh helper hl icmp icmp6 ipcomp iprange ipv6header ipvs length limit mac mark mh multiport nfacct osf owner physdev pkttype policy quota rateest realm recent rpfilter rt sctp set socket srh state statistic string tcp tcpmss time tos ttl u32 udp';
const TARGETS =
  'AUDIT CHECKSUM CLASSIFY CLUSTERIP CONNMARK CONNSECMARK CT DNAT DNPT DSCP ECN HL HMARK IDLETIMER LED LOG MARK MASQUERADE NETMAP NFLOG NFQUEUE NOTRACK RATEEST REDIRECT REJECT SECMARK SET SNAT SNPT SYNPROXY TCPMSS TCPOPTSTRIP TEE TOS TPROXY TRACE TTL ULOG';

describe('the extensions', () => {
  test('are those of iptables 1.8.11', () => {
    const names = (list: readonly { readonly name: string }[]) => [...new Set(list.map((e) => e.name))].sort();
    expect(names(matches)).toEqual(MATCHES.split(' ').sort());
    expect(names(targets)).toEqual(TARGETS.split(' ').sort());
  });

  test('are short definitions: half of them under 30 lines of code, none over 120 (imports, constants of C and comments aside)', () => {
    const sizes = ['matches', 'targets'].flatMap((kind) =>
      readdirSync(join(FOLDER, kind)).flatMap((file) => {
        const text = readFileSync(join(FOLDER, kind, file), 'utf8');
        const code = text.replace(/\/\*[\s\S]*?\*\/|^import[\s\S]*?;$|^const [A-Z]\w* = [\w <]+;$|^\s*\/\/.*$/gm, '');
        const definitions = code.match(/^export const \w+(?:: AnyExtension)? = (match|target)\(/gm)!.length;
        const lines = code.split('\n').filter((line) => line.trim() !== '').length;
        return new Array<{ file: string; lines: number }>(definitions).fill({ file, lines: lines / definitions });
      }),
    );
    expect(sizes.length).toBe(all.length);
    expect(sizes.filter(({ lines }) => lines > 120)).toEqual([]);
    const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b);
    expect(sorted[sorted.length >> 1]).toBeLessThan(30);
  });

  for (const extension of all) {
    test(`${extension.kind} ${extension.name} of ${extension.families.join(' and ')} is documented`, () => {
      const { doc, example } = extension.definition;
      expect(doc).toMatch(/^[A-Z].*\.$/);
      if (extension.words.size > 0) expect(example).toBeDefined();
      for (const [spelling, { description }] of extension.words)
        expect([spelling, description]).toEqual([spelling, expect.stringMatching(/^.+\.$/)]);
      for (const family of extension.families)
        expect(registry[extension.kind].find(family, extension.name)?.name).toBe(extension.name);
      const numbers = extension.revisions.map((r) => r.number);
      expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
    });
  }
});

test('what an extension refers to is named by an option of its own', () => {
  for (const { name, definition, words } of all)
    for (const option of Object.keys(definition.refersTo ?? {}))
      expect([name, words.has(option)]).toEqual([name, true]);
});
