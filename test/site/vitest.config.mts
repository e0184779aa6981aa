import { defineConfig } from 'vitest/config';

/** The site in a browser, for scripts/test-docs; `npm test` doesn't run it. */
export default defineConfig({
  test: {
    include: ['test/site/*.site.ts', 'test/docs/*.docs.ts'],
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: ['test/harness/run.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 20_000,
    reporters: ['verbose', './scripts/plain-line-reporter.mjs'],
  },
});
