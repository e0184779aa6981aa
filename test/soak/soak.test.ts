import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { lacksCommands } from '../harness/commands';
import { Netns } from '../harness/netns';

/** How many times each part is done: `npm run soak` does all of it. */
const SHARE = Number(process.env.SOAK ?? 0.01);
const PARTS = { edits: 1_000_000, lists: 100_000, opens: 10_000, failures: 10_000, workers: 1000 };
/** The young generation has its size from the start: that V8 makes room for more isn't ours to be counted. */
const FLAGS = ['--expose-gc', '--min-semi-space-size=4', '--max-semi-space-size=4'];
/** The short form ends before everything is warm. */
const MEGABYTES = SHARE >= 1 ? 5 : 16;

interface Use {
  readonly kilobytes: number;
  readonly descriptors: number;
  readonly threads: number;
}

describeWith(lacksCommands() ? [] : ['netns', 'addon'], 'a process that works for long', () => {
  let netns: Netns;
  beforeAll(() => {
    netns = new Netns();
  });
  afterAll(() => netns.close());

  for (const [part, whole] of Object.entries(PARTS)) {
    const times = Math.ceil(whole * SHARE);
    test(`grows by nothing (${part})`, { timeout: 7_200_000 }, async () => {
      const child = spawn(process.execPath, [...FLAGS, join(__dirname, 'work.js'), part, String(times), netns.path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk;
      });
      expect(await new Promise((resolve) => child.on('close', (...ending) => resolve(ending)))).toEqual([0, null]);
      const uses = JSON.parse(said) as Use[];
      const least = (key: keyof Use, some: readonly Use[]) => Math.min(...some.map((use) => use[key]));
      const grown = (key: keyof Use) => least(key, uses.slice(-4)) - least(key, uses.slice(0, 4));
      const megabytes = grown('kilobytes') / 1024;
      if (SHARE >= 1) console.log(`${part}: ${times} times, ${megabytes.toFixed(1)} MB more`);
      expect(megabytes).toBeLessThan(MEGABYTES);
      expect([grown('descriptors'), grown('threads')]).toEqual([0, 0]);
    });
  }
});
