import { spawnSync } from 'node:child_process';
import type { Family } from '../../lib/codec/extension';
import { anyKernel, type Kernel } from '../../lib/codec/kernel';
import { registry } from '../../lib/extensions/registry';
import { EntryCodec } from '../../lib/rule/entry';
import { SHAPES } from '../../lib/rule/layout';
import { parseLine } from '../../lib/text/parse';
import { describe, expect, test } from '../harness';
import { compile, lacksCompiler } from '../oracle/programs';
import { type Case, HEADERS, MATCHES, RULES, TARGETS } from './constants';
import { PREAMBLE, sourceOf } from './headers';

/** Flags, enumerations and defaults, by the compiler: what a line makes is what its struct is, written in C. */
const lacking = lacksCompiler();
const MACROS = `
#define BE16(x) ((__be16)__builtin_bswap16(x))
#define BE32(x) ((__be32)__builtin_bswap32(x))
#define IP(a, b, c, d) BE32((__u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define ALL_ONES { .all = { ~0u, ~0u, ~0u, ~0u } }
#define ONES6 { { .__u6_addr32 = { ~0u, ~0u, ~0u, ~0u } } }
#define TH(name) (__builtin_bswap32(TCP_FLAG_##name) >> 16)
#define ONE6 { .in6 = { { { [15] = 1 } } } }
#define F(name) XT_HMARK_FLAG(XT_HMARK_##name)
#define NO_FLAG { .chunktype = 0xff }
#define NO_SET { .index = IPSET_INVALID_ID }
`;

function program(cases: readonly Case[]): string {
  const headers = new Set([...PREAMBLE, ...HEADERS]);
  for (const [, struct] of cases) {
    const source = sourceOf(struct);
    if (typeof source !== 'string') for (const header of source.include) headers.add(header);
  }
  const prints = cases.map(
    ([, struct, initialiser]) =>
      `  { static const struct ${struct} x = { ${initialiser} };\n    for (size_t i = 0; i < sizeof(x); i++) printf("%02x", ((const unsigned char *)&x)[i]);\n    puts(""); }`,
  );
  return [
    ...[...headers].map((header) => `#include <${header}>`),
    MACROS,
    'int main(void)',
    '{',
    ...prints,
    '  return 0;',
    '}',
    '',
  ].join('\n');
}

/** What a line is for us: the bytes of its last element, or of its header, within what counts. */
function encode(line: string, kind: 'match' | 'target' | 'rule'): { hex: string; counted: number } {
  const [, six, newest, rule] = /^(6 )?(?:@(\d+) )?\s*(.*)$/.exec(line)!;
  const family: Family = six ? 'ipv6' : 'ipv4';
  const sets = ['one', 'two'];
  const kernel: Kernel = {
    ...anyKernel(family),
    revision: (_kind, _name, most) => (newest === undefined ? most : Math.min(most, Number(newest))),
    findSet: (name) => ({ index: sets.indexOf(name) }),
  };
  const codec = new EntryCodec(kernel);
  const entry = Buffer.from(codec.encode(parseLine(family, rule!, {}).rule));
  const shape = SHAPES[family];
  if (kind === 'rule') return { hex: entry.toString('hex', 0, shape.invflags + 1), counted: shape.invflags + 1 };
  let at = entry.readUInt16LE(shape.targetOffset);
  if (kind === 'match') {
    let next = shape.size;
    for (let i = next; i < at; i += entry.readUInt16LE(i)) next = i;
    at = next;
  }
  const name = entry.toString('latin1', at + 2, at + 31).replace(/\0.*/s, '');
  const written = /-[mj] (\S+)/.exec(rule!.replace(/^.*(?=-[mj] )/, ''))![1]!;
  const known = (registry[kind].find(family, written) ?? registry[kind].find(family, name))!.revisionNumbered(
    entry[at + 31]!,
  )!;
  return {
    hex: entry.toString('hex', at + 32, at + entry.readUInt16LE(at)),
    counted: Math.min(known.layout.$size, known.userspaceSize),
  };
}

for (const [kind, cases] of [
  ['match', MATCHES],
  ['target', TARGETS],
  ['rule', RULES],
] as const) {
  (lacking ? describe.skip : describe)(
    `${kind === 'match' ? 'matches' : `${kind}s`} in C${lacking ? ` [skipped: ${lacking}]` : ''}`,
    () => {
      const lines = lacking
        ? []
        : spawnSync(compile('constants', program(cases), ['-w']), { encoding: 'utf8' })
            .stdout.trim()
            .split('\n');
      for (const [i, [line, struct, initialiser]] of cases.entries())
        test(line, () => {
          const { hex, counted } = encode(line, kind);
          expect(hex.slice(0, 2 * counted), `struct ${struct} x = { ${initialiser} };`).toBe(
            lines[i]!.slice(0, 2 * counted),
          );
        });
    },
  );
}
