import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyExtension, Family } from '../../lib/codec/extension';
import { matches, targets } from '../../lib/extensions/registry';
import { describe, expect, test } from '../harness';
import { compile, lacksCompiler } from '../oracle/programs';

/**
 * What libxtables says of its extensions: which there are, in which revisions, how large they are, how much of them is
 * compared, and what options they have. Asked of the plugins that iptables itself loads (libxtables.c).
 */
interface Registered {
  readonly size: number;
  readonly userspaceSize: number;
}
interface OptionSaid {
  readonly argument: boolean;
  /** Whether it may be negated; not said by extensions that parse by hand. */
  readonly invert: boolean | undefined;
}

/** Registered by libxtables, and not ours. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'target ipv4 standard standard 0': 'verdicts and jumps are not extensions here',
  'target ipv6 standard standard 0': 'verdicts and jumps are not extensions here',
  'match ipv4 conntrack conntrack 0': 'gone since 2.6.31, before CentOS 7; it would stay opaque',
};
/** Declared once for both families, and never there in IPv6: neither kernel nor libxtables has had it. */
const ONLY_IPV4 = [
  'match ipv6 addrtype addrtype 0',
  'match ipv6 iprange iprange 0',
  'match ipv6 socket socket 0',
  'match ipv6 tos tos 0',
  'target ipv6 MARK MARK 1',
  'target ipv6 SET SET 0',
  'target ipv6 TOS TOS 0',
];
/** Where libxtables compares less than it should: -D deletes a rule with other settings. */
const FORGOTTEN: Readonly<Record<string, string>> = {
  helper: 'libxt_helper.c sets no userspacesize, so it is 0: any helper equals any other',
  connlabel: 'libxt_connlabel.c sets no userspacesize, so it is 0: any label equals any other',
};

const FAMILIES: Readonly<Record<string, readonly Family[]>> = { '0': ['ipv4', 'ipv6'], '2': ['ipv4'], '10': ['ipv6'] };

function plugins(): string | undefined {
  const { stdout } = spawnSync('pkg-config', ['--variable=xtlibdir', 'xtables'], { encoding: 'utf8' });
  const folder = stdout?.trim();
  return folder && existsSync(folder) && existsSync('/usr/include/xtables.h') ? folder : undefined;
}

function ask(folder: string) {
  const program = compile('libxtables', readFileSync(join(__dirname, 'libxtables.c'), 'utf8'), [
    '-rdynamic',
    '-lxtables',
    '-ldl',
  ]);
  const { stdout, stderr, status } = spawnSync(program, [folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`libxtables: ${stderr}`);
  const revisions = new Map<string, Registered>();
  const options = new Map<string, Map<string, OptionSaid>>();
  let current: string[] = [];
  for (const line of stdout.trim().split('\n')) {
    const [kind, ...words] = line.split(' ') as [string, ...string[]];
    if (kind === 'option') {
      const [name, argument, invert] = words;
      for (const owner of current) {
        if (!options.has(owner)) options.set(owner, new Map());
        options.get(owner)!.set(name!, { argument: argument !== '0', invert: invert === 'invert' });
      }
      continue;
    }
    const [family, name, kernelName, revision, size, userspaceSize] = words as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    current = [];
    for (const f of FAMILIES[family] ?? []) {
      // Where both families have it for itself, the special one is used.
      revisions.set(`${kind} ${f} ${name} ${kernelName} ${revision}`, {
        size: Number(size),
        userspaceSize: Number(userspaceSize),
      });
      current.push(`${kind} ${f} ${name}`);
    }
  }
  return { revisions, options };
}

const folder = plugins();
const lacking = lacksCompiler() ?? (folder ? undefined : 'no libxtables (libxtables-dev)');

(lacking ? describe.skip : describe)(`libxtables${lacking ? ` [skipped: ${lacking}]` : ''}`, () => {
  const said = lacking
    ? { revisions: new Map<string, Registered>(), options: new Map<string, Map<string, OptionSaid>>() }
    : ask(folder!);
  const ours = new Map<string, Registered>();
  const extensions = new Map<string, AnyExtension>();
  for (const extension of [...matches, ...targets] as readonly AnyExtension[])
    for (const family of extension.families)
      for (const name of [extension.name]) {
        extensions.set(`${extension.kind} ${family} ${name}`, extension);
        for (const revision of extension.revisions)
          ours.set(`${extension.kind} ${family} ${name} ${extension.kernelName} ${revision.number}`, {
            size: revision.size,
            userspaceSize: revision.userspaceSize,
          });
      }

  test('has no extension or revision that is missing here', () => {
    expect([...said.revisions.keys()].filter((key) => !ours.has(key) && !LEFT_OUT[key]).sort()).toEqual([]);
  });

  test('has every extension and revision that is here', () => {
    expect([...ours.keys()].filter((key) => !said.revisions.has(key) && !ONLY_IPV4.includes(key)).sort()).toEqual([]);
  });

  for (const [key, revision] of [...ours].sort()) {
    const theirs = said.revisions.get(key);
    if (!theirs) continue;
    test(`${key}: size and userspace size`, () => {
      const expected = FORGOTTEN[key.split(' ')[2]!] ? { ...theirs, userspaceSize: revision.userspaceSize } : theirs;
      expect(revision).toEqual(expected);
    });
  }

  for (const [key, extension] of extensions) {
    const theirs = said.options.get(key);
    test(`${key}: options`, () => {
      expect([...extension.words.keys()].sort()).toEqual([...(theirs?.keys() ?? [])].sort());
    });
  }
});
