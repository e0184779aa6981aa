import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '../harness';
import { compile, lacksCompiler } from '../oracle/programs';
import { lacksUpstream, upstreamExtensions } from '../oracle/upstream';
import { PREAMBLE } from './headers';

/**
 * The constants that stand beneath the name of a header, `// <linux/netfilter/xt_owner.h>`, up to the next blank line: what
 * they are in C. What only old kernels had stands beneath a C file of iptables, which declares it for itself.
 */
interface Block {
  readonly file: string;
  readonly headers: readonly string[];
  readonly source: string | undefined;
  readonly constants: readonly Constant[];
}
interface Constant {
  readonly name: string;
  /** As TypeScript has it, which is C, too. */
  readonly value: string;
}

const LIB = join(__dirname, '../../lib');
const CONSTANT = /\bconst ([A-Z]\w*) = ([\w ()<|&~*+-]+);/g;
const constantsOf = (text: string): Constant[] =>
  [...text.matchAll(CONSTANT)].map(([, name, value]) => ({ name: name!, value: value! }));

const sources = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort()
  .map((file) => ({ file, text: readFileSync(join(LIB, file), 'utf8') }));
const blocks = sources.flatMap(({ file, text }) =>
  text.split(/\n\n+/).flatMap((block): Block[] => {
    const comment = /^\/\/ .*$/m.exec(block)?.[0] ?? '';
    const headers = [...comment.matchAll(/<(linux\/[\w/]+\.h)>/g)].map(([, header]) => header!);
    const source = /\/\/ (lib\w+\.c) of iptables/.exec(comment)?.[1];
    const constants = headers.length > 0 || source ? constantsOf(block) : [];
    return constants.length > 0 ? [{ file, headers, source, constants }] : [];
  }),
);

/** The enumerations that a C file declares for itself. */
const enumerations = (path: string): string =>
  [...readFileSync(path, 'utf8').matchAll(/^enum(?: \w+)? \{[\s\S]*?^\};$/gm)].map(([block]) => block).join('\n');

/** For each constant its value here, if it is that in C. A program a block: some headers exclude each other. */
function ask(block: Block): Map<string, string | undefined> {
  const upstream = isOwn(block) ? upstreamExtensions() : '';
  const own = block.source ? enumerations(join(upstream, block.source)) : '';
  const includes = [...PREAMBLE, ...block.headers].map((header) => `#include <${header}>`);
  const lines = block.constants.map(
    ({ name, value }) => `  puts((${name}) == (${value}) ? "${value}" : "another number");`,
  );
  const program = [...includes, own, 'int main(void)', '{', ...lines, '  return 0;', '}', ''].join('\n');
  const flags = upstream === '' ? [] : ['-idirafter', join(upstream, '../include')];
  const { stdout } = spawnSync(compile('names', program, ['-w', ...flags]), { encoding: 'utf8' });
  const answers = stdout.trim().split('\n');
  return new Map(block.constants.map(({ name }, i) => [name, answers[i]]));
}

const lacking = lacksCompiler();
/** Not in the kernel's headers of today. */
const isOwn = ({ headers, source }: Block): boolean =>
  source !== undefined || !headers.every((header) => existsSync(join('/usr/include', header)));

(lacking ? describe.skip : describe)(`constants in C${lacking ? ` [skipped: ${lacking}]` : ''}`, () => {
  for (const block of blocks) {
    const name = `${block.file}: ${[...block.headers, ...(block.source ? [block.source] : [])].join(', ')}`;
    const missing = isOwn(block) ? lacksUpstream() : undefined;
    (missing ? test.skip : test)(`${name}${missing ? ` [skipped: ${missing}]` : ''}`, () => {
      const inC = ask(block);
      expect(Object.fromEntries(block.constants.map((c) => [c.name, c.value]))).toEqual(
        Object.fromEntries(block.constants.map((c) => [c.name, inC.get(c.name)])),
      );
    });
  }
});

describe('constants by their C names', () => {
  const extensions = sources.filter(({ file }) => file.startsWith('extensions/'));

  test('all stand beneath the name of a header', () => {
    const found = new Set(blocks.flatMap(({ file, constants }) => constants.map(({ name }) => `${file}: ${name}`)));
    const all = extensions.flatMap(({ file, text }) =>
      constantsOf(text)
        .filter(({ name }) => /^(?:XT|IPT|IP6T|NF|NFQ|IPSET|IPRANGE|SCTP|SECMARK|CONNSECMARK|CLUSTERIP)_/.test(name))
        .map(({ name }) => `${file}: ${name}`),
    );
    expect(all.filter((name) => !found.has(name))).toEqual([]);
    expect(all.length).toBeGreaterThan(150);
  });

  test('stand where bits are meant: none is a bare number', () => {
    const bare = extensions.flatMap(({ file, text }) =>
      [...text.matchAll(/\b(?:bits?|is)\((?:[^()]|\([^()]*\))*, *\d/g)].map(([call]) => `${file}: ${call}`),
    );
    // XT_HMARK_FLAG makes a bit of a name that is an index.
    expect(bare).toEqual(['extensions/targets/HMARK.ts: bit(s.flags, 1']);
  });
});
