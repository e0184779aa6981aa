/** The C programs beside this file, compiled when first needed and kept in the git-ignored .cache. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const CACHE = resolve(__dirname, '../../.cache');

/** Compiles C; the path of what comes out, of which the name says what went in. Throws what the compiler says. */
export function compile(name: string, source: string, flags: readonly string[] = []): string {
  const digest = createHash('sha256').update(source).update(flags.join(' ')).digest('hex').slice(0, 16);
  const folder = join(CACHE, 'programs');
  const path = join(folder, `${name}-${digest}`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const fresh = `${path}.${process.pid}`;
  const { status, stderr, error } = spawnSync('gcc', ['-x', 'c', '-', '-O1', '-o', fresh, ...flags], {
    input: source,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`gcc ${name}: ${error?.message ?? stderr}`);
  renameSync(fresh, path);
  return path;
}

const source = (name: string) => readFileSync(join(__dirname, name), 'utf8');
export const kernelProgram = (): string => compile('kernel', source('kernel.c'));
export const paperLibrary = (): string => compile('paper', source('paper.c'), ['-shared', '-fPIC']);

export const captureLibrary = (): string => compile('capture', source('capture.c'), ['-shared', '-fPIC', '-ldl']);

/** Why nothing can be compiled, or undefined if it can. */
export function lacksCompiler(): string | undefined {
  if (spawnSync('gcc', ['--version']).status !== 0) return 'no gcc';
  return existsSync('/usr/include/linux/netfilter/x_tables.h') ? undefined : 'no kernel headers (linux-libc-dev)';
}

/** 1.8.11 says what is right; 1.8.9 makes the same bytes. */
export type Version = '1.8.9' | '1.8.11';

/** The folder of iptables-legacy of a version: the one that scripts/build-iptables has built, or the machine's own. */
export function commands(version: Version): string {
  const folder = commandFolder(version);
  if (folder === undefined) throw new Error(lacksLegacy(version));
  return folder;
}
/** Why there is no iptables-legacy to compare with, or undefined if there is. Another version says other things. */
export function lacksLegacy(version: Version = '1.8.11'): string | undefined {
  return commandFolder(version) === undefined ? `no iptables-legacy ${version}` : undefined;
}
function commandFolder(version: Version): string | undefined {
  const folders = [join(CACHE, 'iptables-1.8.11/commands'), ...`${process.env.PATH}:/usr/sbin:/sbin`.split(':')];
  return folders.find((folder) => {
    const path = join(folder, 'iptables-legacy');
    if (!existsSync(path)) return false;
    return spawnSync(path, ['-V'], { encoding: 'utf8' }).stdout?.trim() === `iptables v${version} (legacy)`;
  });
}

/** The same of iptables-nft. */
export function lacksNft(): string | undefined {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const { stdout } = spawnSync('iptables-nft', ['-V'], { encoding: 'utf8', env });
  return /v1\.8\.9 \(nf_tables\)/.test(stdout ?? '') ? undefined : 'no iptables-nft 1.8.9';
}
