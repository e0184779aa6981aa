import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: '.',
    include: ['test/fleet/*.fleet.ts'],
    globalSetup: ['test/harness/run.ts'],
    setupFiles: ['test/harness/lock.ts'],
    pool: 'forks',
    // One etcd after the other: each has the same port.
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
