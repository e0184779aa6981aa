import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** iptables 1.8.11, once scripts/build-iptables has built it, stands in front of the machine's own. */
const commands = join(import.meta.dirname, '.cache/iptables-1.8.11/commands');

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/harness/run.ts'],
    setupFiles: ['test/harness/lock.ts'],
    pool: 'forks',
    maxWorkers: 2,
    env: { PATH: `${commands}:${process.env.PATH}` },
    // Generous: a busy machine is no failure.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    teardownTimeout: 10_000,
    reporters: ['default', './scripts/plain-line-reporter.mjs'],
  },
});
