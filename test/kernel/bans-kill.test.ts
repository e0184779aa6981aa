/** A process that bans, and is killed in the middle of it: what it had told is kept. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Bans } from '../../lib/bans';
import { Firewall } from '../../lib/index';
import { describeWith, expect, test } from '../harness';
import { lacksCommands } from '../harness/commands';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

const DIST = join(__dirname, '../../dist');
const KILLS = Number(process.env.KILLS ?? 8);

const BAN = `
const { Bans } = require(${JSON.stringify(join(DIST, 'bans/index.js'))});
const { Firewall } = require(${JSON.stringify(join(DIST, 'index.js'))});
(async () => {
  const [namespace, journal, from] = process.argv.slice(1);
  const firewall = await Firewall.open({ namespace, lock: false });
  const bans = await Bans.open(firewall, { journal });
  for (let i = 0; ; i++)
    await Promise.all([0, 1, 2, 3].map(async (j) => {
      const address = '10.' + from + '.' + (i >> 6) + '.' + (((i & 63) << 2) + j);
      await bans.ban(address, { for: '1h', reason: 'r'.repeat(200) });
      process.stdout.write(address + '\\n');
    }));
})();
`;

const lacking = lacksCommands();
describeWith(
  lacking ? [] : ['netns', 'addon', 'ipset'],
  `bans of a killed process${lacking ? ` [${lacking}]` : ''}`,
  () => {
    test('are kept, all that it had told of', { timeout: 10_000 + 5_000 * KILLS }, async () => {
      const journal = join(temporaryFolder('kill'), 'journal');
      const told: string[] = [];
      for (let kill = 0; kill < KILLS; kill++) {
        const netns = new Netns();
        const child = spawn(process.execPath, ['-e', BAN, netns.path, journal, String(kill)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const ended = new Promise((resolve) => child.on('close', resolve));
        const before = told.length;
        for await (const line of createInterface({ input: child.stdout })) {
          if (/^[\d.]+$/.test(line)) told.push(line);
          // Not always at the same place of its work.
          if (told.length >= before + 1 + ((7 * kill) % 97)) child.kill('SIGKILL');
        }
        await ended;
        expect(told.length).toBeGreaterThan(before);
        netns.close();
      }
      const netns = new Netns();
      const firewall = await Firewall.open({ namespace: netns.path, lock: false });
      const bans = await Bans.open(firewall, { journal });
      const all = new Set<string>();
      for await (const { address } of bans) all.add(address);
      await bans.close();
      await firewall.close();
      netns.close();
      // The last line may have been cut in the pipe.
      expect(told.filter((address) => !all.has(address) && /^10\.\d+\.\d+\.\d+$/.test(address))).toEqual([]);
    });
  },
);
