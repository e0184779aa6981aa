/** The code blocks of README and docs/: all compile, and those that can be run do what they say. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { type Block, blocksOf, completed, GIVEN, pages } from '../../scripts/site/blocks.cjs';
import { afterAll, describe, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';

const ROOT = join(__dirname, '../..');
const BUILD = join(ROOT, 'examples/build', `docs-${process.pid}`);
const blocks: Block[] = pages().flatMap(blocksOf);
const nameOf = ({ page, line }: Block) => `${page.replace(/\W/g, '-')}-${line}`;
const placeOf = ({ page, line }: Block) => `${page}:${line}`;

describe('blocks of the documentation', () => {
  test('compile', () => {
    const texts = new Map(
      blocks.map((block) => [join(BUILD, `${nameOf(block)}.mts`), `${completed(block.code).prelude}${block.code}`]),
    );
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists } = host;
    host.fileExists = (file) => texts.has(file) || fileExists(file);
    host.getSourceFile = (file, version, ...others) => {
      const text = texts.get(file);
      return text === undefined
        ? getSourceFile(file, version, ...others)
        : ts.createSourceFile(file, text, version, true);
    };
    // As users have it: `libiptc` is the built package.
    const program = ts.createProgram([...texts.keys()], { ...options, paths: {}, declaration: false }, host);
    const diagnostics = blocks.flatMap((block) => {
      const file = program.getSourceFile(join(BUILD, `${nameOf(block)}.mts`))!;
      return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
        ({ messageText }) => `${placeOf(block)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      );
    });
    expect(diagnostics).toEqual([]);
    console.log(`${blocks.length} blocks compiled`);
  });
});

/** The machine's own files stay what they are: these folders are others, for whoever is run so. */
const APART = `
apart=$(mktemp -d) && mount -t tmpfs tmpfs "$apart" && mkdir "$apart/etc" "$apart/etc/iptables"
for file in services protocols passwd group hosts nsswitch.conf os-release; do
  [ ! -e "/etc/$file" ] || cp -L "/etc/$file" "$apart/etc"
done
printf '*filter\\nCOMMIT\\n' > "$apart/etc/iptables/rules.v4"
mkdir -p "$apart/etc/libiptc"
printf '198.51.100.0/24\\n' > "$apart/etc/libiptc/drop.txt"
mount --bind "$apart/etc" /etc && umount -l "$apart" && rmdir "$apart"
mount -t tmpfs tmpfs /var/lib
exec "$@"`;

/** Runs the blocks of a page one after the other, and looks after each whether the rules are there that it names. */
const RUNNER = `import { given } from './given.mjs';
import { Firewall, formatRule, parseRule } from 'libiptc';
const families = ['ipv4', 'ipv6'];
const saved = async () => (await Promise.all(families.map(async (family) => {
  const firewall = await Firewall.open({ family });
  const text = await firewall.save();
  await firewall.close();
  return text;
}))).join('').split('\\n');
/** A rule by itself, with its text behind it. */
function check({ rule }, place, text) {
  const failures = families.map((family) => {
    try {
      const printed = formatRule(rule, { family });
      return printed === text && formatRule(parseRule(text, { family }), { family }) === text ? '' : printed;
    } catch (error) {
      return error.message;
    }
  });
  if (!failures.includes('')) throw new Error(place + ' is not ' + text + ' but ' + failures.join(' or '));
}
process.argv[2] = '-s 192.0.2.99 -j ACCEPT';
for (const { name, place, needs, says, alone } of BLOCKS) {
  try {
    for (const value of needs) await given(value);
    const block = await import('./' + name + '.mjs');
    if (alone) { check(block, place, alone); continue; }
    const lines = says.length > 0 ? await saved() : [];
    const missing = says.filter((line) => !lines.includes(line));
    if (missing.length > 0) throw new Error('there is no ' + missing.join(', ') + ' in ' + lines.join('; '));
  } catch (error) {
    console.error(place, error);
    process.exit(1);
  }
}
process.exit(0);
`;

const running = blocks.filter(({ runs }) => runs);
const byPage = new Map<string, Block[]>();
for (const block of running) byPage.set(block.page, [...(byPage.get(block.page) ?? []), block]);
const isAlone = ({ code }: Block) => code.startsWith('{');

describeWith(['netns', 'addon', 'ipset'], 'blocks that run', () => {
  let ran = 0;
  afterAll(() => {
    rmSync(BUILD, { recursive: true, force: true });
    console.log(`${ran} of ${running.length} blocks run`);
  });

  test.each([...byPage.keys()])('%s', async (page) => {
    mkdirSync(BUILD, { recursive: true });
    const program = byPage.get(page)!.map((block: Block) => {
      const { prelude, given } = completed(block.code);
      const source = isAlone(block) ? `export ${prelude}${block.code}` : `${prelude}${block.code}`;
      const { code } = transformSync(source, { loader: 'ts', format: 'esm', target: 'es2022' });
      writeFileSync(join(BUILD, `${nameOf(block)}.mjs`), code);
      return {
        name: nameOf(block),
        place: placeOf(block),
        needs: given,
        says: [...block.code.matchAll(/^\/\/ (-A .*)$/gm)].map(([, line]) => line),
        alone: isAlone(block) ? /^\/\/ (.*)$/m.exec(block.code)![1] : undefined,
      };
    });
    writeFileSync(join(BUILD, 'given.mjs'), GIVEN);
    const file = join(BUILD, `${page.replace(/\W/g, '-')}.mjs`);
    writeFileSync(
      file,
      RUNNER.replace('BLOCKS', () => JSON.stringify(program)),
    );
    const netns = new Netns();
    try {
      const command = ['--mount', '--', 'sh', '-c', APART, 'sh', process.execPath, file];
      const { stderr, status } = await netns.exec('unshare', command, {
        timeout: 60_000,
        env: { NODE_EXTRA_CA_CERTS: '' }, // it would be told that it isn't there
      });
      expect(status, stderr).toBe(0); // some say on purpose what went wrong
      ran += program.length;
    } finally {
      netns.close();
    }
  });
});
