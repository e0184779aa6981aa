/** The examples that ban, as a user would run them. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { describeWith, expect, test } from '../harness';
import { lacksCommands } from '../harness/commands';
import { Netns } from '../harness/netns';

const EXAMPLES = join(__dirname, '../../examples');
const lacking = lacksCommands();

describeWith(lacking ? [] : ['netns', 'addon', 'ipset'], `examples${lacking ? ` [${lacking}]` : ''}`, () => {
  test.each([
    [
      'ban-daemon',
      '192.0.2.1 is banned: by hand\n127.0.0.1 is banned: http: 3 refusals\n198.51.100.7 is banned: http: 3 refusals\n',
    ],
    ['sshd-guard', '192.0.2.7: sshd: 3 failures\n'],
  ])('%s', async (name, stdout) => {
    const { code } = transformSync(readFileSync(join(EXAMPLES, `${name}.mts`), 'utf8'), {
      loader: 'ts',
      format: 'esm',
    });
    // Where `npm run demo` has it: `libiptc` is the built package from there.
    mkdirSync(join(EXAMPLES, 'build'), { recursive: true });
    const file = join(EXAMPLES, 'build', `${name}-${process.pid}.mjs`);
    const netns = new Netns();
    try {
      writeFileSync(file, code);
      expect(await netns.exec(process.execPath, [file])).toEqual({ stdout, stderr: '', status: 0 });
    } finally {
      rmSync(file, { force: true });
      netns.close();
    }
  });
});
