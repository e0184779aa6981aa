import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from '../harness';

/** The folders of lib/, and what each may import besides itself and what is below all: the arrows of ARCHITECTURE.md. */
const BELOW: Record<string, readonly string[]> = {
  net: [],
  netlink: ['net'],
  codec: ['net'],
  extensions: ['codec', 'net'],
  rule: ['extensions', 'codec', 'net'],
  text: ['rule', 'extensions', 'codec', 'net'],
  command: ['text', 'rule', 'extensions', 'codec', 'net'],
  file: ['command', 'text', 'rule', 'extensions', 'codec', 'net'],
  backend: ['rule', 'extensions', 'codec', 'netlink', 'net'],
  sets: ['backend', 'netlink', 'net'],
  conntrack: ['backend', 'netlink', 'net'],
  commit: ['backend', 'rule', 'extensions', 'codec', 'net'],
  table: ['commit', 'file', 'command', 'text', 'rule', 'extensions', 'codec', 'net', 'backend'],
  // From here on, on the public face: what is said of options besides is the library's own.
  persist: ['sets', 'index', 'table', 'command', 'net'],
  bans: ['conntrack', 'sets', 'persist', 'index', 'table', 'rule', 'net'],
  guard: ['bans', 'persist', 'index'],
  // On the public face, but for what nf_tables has that is nobody's of ours.
  services: ['persist', 'index', 'table', 'backend', 'net'],
  keeper: ['services', 'net'],
  // As for the commands, but for the bytes of rules: what has to change is told by them.
  // What a change would cut is asked of the analysis.
  policy: [
    'analysis',
    'keeper',
    'services',
    'table',
    'backend',
    'commit',
    'file',
    'text',
    'rule',
    'extensions',
    'codec',
    'net',
  ],
  // Rules as data; only what watches live packets touches tables and netlink.
  analysis: ['table', 'backend', 'netlink', 'keeper', 'file', 'text', 'rule', 'extensions', 'codec', 'net'],
  // What is shown of all of them; nothing here changes anything.
  look: [
    'analysis',
    'policy',
    'services',
    'persist',
    'conntrack',
    'sets',
    'index',
    'table',
    'command',
    'text',
    'rule',
    'codec',
    'net',
  ],
  fleet: ['policy', 'persist', 'index', 'table', 'rule', 'net'],
  // The words of iptables and of its files, and the bytes of text; no table is touched but by the public face.
  cli: [
    'analysis',
    'look',
    'fleet',
    'policy',
    'keeper',
    'services',
    'guard',
    'persist',
    'bans',
    'conntrack',
    'sets',
    'index',
    'file',
    'command',
    'net',
  ],
};

/** Anybody may import them, and they nobody but each other. */
const BELOW_ALL = ['errors', 'arguments', 'clock', 'slice', 'node-version'];

/** Entry points: they gather what the folders offer, so they may import any of them. */
const ENTRY_POINTS = ['index', 'testing'];

const LIB = join(__dirname, '../../lib');

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.[cm]?ts$/.test(entry.name) ? [path] : [];
  });
}

function imports(file: string): Import[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  return importedFiles.map(({ fileName }) => ({ file: relative(LIB, file), specifier: fileName }));
}

/** The first name of a path in lib/: `table/chain.ts` -> `table`, `errors.ts` -> `errors`. */
function part(path: string): string {
  return path.split(sep)[0]!.replace(/\.[cm]?ts$/, '');
}

function mayImport(from: string, to: string): boolean {
  if (from === to || BELOW_ALL.includes(to)) return true;
  // What is built on the public face can't be part of it.
  if (ENTRY_POINTS.includes(from)) return !(BELOW[to] ?? []).includes('index');
  return (BELOW[from] ?? []).includes(to);
}

describe('the imports of lib/', () => {
  const all = sources(LIB).flatMap(imports);

  test('are found', () => {
    expect(all.length).toBeGreaterThan(0);
  });

  test('point one way', () => {
    const wrong = all
      .filter(({ specifier }) => specifier.startsWith('.'))
      .filter(({ file, specifier }) => !mayImport(part(file), part(join(dirname(file), specifier))))
      .map(({ file, specifier }) => `${file} imports ${specifier}`);
    expect(wrong).toEqual([]);
  });

  // The commands are a bundle, which contains what they use.
  const DEPENDENCIES: Readonly<Record<string, string>> = {
    'node-gyp-build': join('backend', 'addon.ts'),
    progress: join('cli', 'progress.ts'),
    re2js: join('guard', 'patterns.ts'),
    yaml: join('guard', 'yaml.ts'),
    '@grpc/grpc-js': join('fleet', 'etcd', 'grpc.ts'),
    'string-width': join('look', 'width.ts'),
    'slice-ansi': join('look', 'width.ts'),
    '@dagrejs/dagre': join('look', 'layout.ts'),
  };
  test('name Node by node:, and nothing else but what the package depends on', () => {
    const wrong = all
      .filter(({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .filter(({ file, specifier }) => DEPENDENCIES[specifier] !== file)
      .map(({ file, specifier }) => `${file} imports ${specifier}`);
    expect(wrong).toEqual([]);
  });
});
