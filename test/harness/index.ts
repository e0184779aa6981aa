/**
 * What every test takes its functions from, and nothing else: only what vitest, and node:test with expect, have in
 * common, so that the same tests run on Node 16.
 */
export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
export { describeWith, testWith } from './needs';
