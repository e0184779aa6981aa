import { defineConfig } from 'vitest/config';

/** Tests in a container that scripts/test-services has prepared; `npm test` doesn't run them. */
export default defineConfig({
  test: {
    include: ['test/services/*.services.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    reporters: ['verbose', './scripts/plain-line-reporter.mjs'],
  },
});
