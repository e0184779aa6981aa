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

/** Why nothing can be compiled, or undefined if it can. */
export function lacksCompiler(): string | undefined {
  if (spawnSync('gcc', ['--version']).status !== 0) return 'no gcc';
  return existsSync('/usr/include/linux/netfilter/x_tables.h') ? undefined : 'no kernel headers (linux-libc-dev)';
}

/** Why there is no iptables-legacy to compare with, or undefined if there is. Another version says other things. */
export function lacksLegacy(): string | undefined {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const { stdout } = spawnSync('iptables-legacy', ['-V'], { encoding: 'utf8', env });
  return /v1\.8\.9 \(legacy\)/.test(stdout ?? '') ? undefined : 'no iptables-legacy 1.8.9';
}
