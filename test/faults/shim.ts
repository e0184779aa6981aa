import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryFolder } from '../harness/temporary';

let library: string | undefined;

/** The environment of a process whose calls to the kernel do as kernel.c says. */
export function withFaults(faults: Record<string, string>): Record<string, string> {
  library ??= build();
  return { ...faults, LD_PRELOAD: [process.env.LD_PRELOAD, library].filter(Boolean).join(' ') };
}

function build(): string {
  const output = join(temporaryFolder('shim'), 'kernel.so');
  const source = join(__dirname, 'kernel.c');
  execFileSync('cc', ['-shared', '-fPIC', '-Wall', '-Werror', '-o', output, source, '-ldl']);
  return output;
}
