import { defineConfig } from 'vitest/config';

/** Tests in a browser, for scripts/test-view; `npm test` doesn't run them. */
export default defineConfig({
  test: {
    include: ['test/view/*.view.ts'],
    pool: 'forks',
    fileParallelism: false,
    globalSetup: ['test/harness/run.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    reporters: ['verbose', './scripts/plain-line-reporter.mjs'],
  },
});
