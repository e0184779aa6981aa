import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: '.',
    include: ['test/proof/*.proof.ts'],
    globalSetup: ['test/harness/run.ts'],
    setupFiles: ['test/harness/lock.ts'],
    pool: 'forks',
    maxWorkers: 1,
    hookTimeout: 90_000,
  },
});
