/** Processes that are killed at any moment: tables and files are as before or as after, locks are free, nothing is left. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Firewall } from '../../lib';
import { save } from '../../lib/persist';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { lacksCommands } from '../harness/commands';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

/** How many are killed of each kind: 500 are no test of every day. */
const KILLS = Number(process.env.KILLS ?? 2);
const DIST = join(__dirname, '../../dist');

/** 200 rules that say one thing, or another: one table that holds both has been torn. */
const text = (mark: number) =>
  `*filter\n:INPUT ${mark === 1 ? 'ACCEPT' : 'DROP'} [0:0]\n:web - [0:0]\n${`-A web -m mark --mark ${mark} -j RETURN\n`.repeat(200)}-A INPUT -m mark --mark ${mark} -j web\nCOMMIT\n`;
const PRELUDE = `
  const { Firewall } = require(${JSON.stringify(join(DIST, 'index.js'))});
  const persist = require(${JSON.stringify(join(DIST, 'persist/index.js'))});
  const [namespace, backend, file] = process.argv.slice(1);
  const texts = ${JSON.stringify([text(1), text(2)])};
  const forEver = async (work) => {
    for (let i = 1; ; i++) {
      await work(i % 2);
      if (i === 1) console.log('begun');
    }
  };
  const rules = (mark) => Array.from({ length: 200 }, () => '-m mark --mark ' + mark + ' -j RETURN');
  const jump = (mark) => '-m mark --mark ' + mark + ' -j web';
`;
const KINDS = {
  'a restore': `await forEver((i) => firewall.restore(texts[i]));`,
  'a transaction': `await forEver((i) => firewall.table('filter').transaction(async (tx) => {
    const [input, web] = [tx.chain('INPUT'), tx.chain('web')];
    await input.setPolicy(i === 0 ? 'ACCEPT' : 'DROP');
    await web.flush();
    for (const rule of rules(i + 1)) await web.append(rule);
    await input.replace(1, jump(i + 1));
  }));`,
  'edits that share a commit': `await forEver((i) => {
    const filter = firewall.table('filter');
    const [input, web] = [filter.chain('INPUT'), filter.chain('web')];
    return Promise.all([
      input.setPolicy(i === 0 ? 'ACCEPT' : 'DROP'), web.flush(), ...rules(i + 1).map((rule) => web.append(rule)),
      input.replace(1, jump(i + 1)),
    ]);
  });`,
  'a save': `await forEver(async (i) => {
    await firewall.restore(texts[i]);
    await persist.save({ firewalls: [firewall], files: { ipv4: file } });
  });`,
  'an autosave': `persist.autosave([firewall], { files: { ipv4: file }, delay: 1, maxDelay: 5 });
    await forEver(async (i) => {
      await firewall.restore(texts[i]);
      await new Promise((resolve) => setTimeout(resolve, 8));
    });`,
} as const;

for (const backend of ['legacy', 'nft'] as const)
  describeWith(
    lacksCommands() ? [] : ['netns', 'addon', ...(backend === 'nft' ? (['nft'] as const) : [])],
    `killed (${backend})`,
    () => {
      let netns: Netns;
      let firewall: Firewall;
      beforeAll(async () => {
        netns = new Netns();
        firewall = await Firewall.open({ namespace: netns.path, backend, lock: { wait: 0 } });
      });
      afterAll(async () => {
        await firewall.close();
        netns.close();
      });

      const plain = (saved: string) => saved.replace(/^#.*\n/gm, '').replace(/\[\d+:\d+\]/g, '[0:0]');
      const states = async () => {
        const both = [];
        for (const mark of [1, 2]) {
          await firewall.restore(text(mark));
          both.push(plain(await firewall.save({ tables: ['filter'] })));
        }
        return both;
      };

      for (const [kind, code] of Object.entries(KINDS))
        test(`${kind} leaves one state or the other`, { timeout: 30_000 + 3_000 * KILLS }, async () => {
          const both = await states();
          const folder = temporaryFolder('kills');
          const file = join(folder, 'rules.v4');
          writeFileSync(file, both[0]!);
          const seen = new Set<string>();
          for (let kill = 0; kill < KILLS; kill++) {
            const program = `${PRELUDE} (async () => { const firewall = await Firewall.open({ namespace, backend }); ${code} })();`;
            const child = spawn(process.execPath, ['-e', program, netns.path, backend, file], {
              stdio: ['ignore', 'pipe', 'inherit'],
            });
            const ended = new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
            await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
            await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
            child.kill('SIGKILL');
            expect(await ended).toBe('SIGKILL');

            const now = plain(await firewall.save({ tables: ['filter'] }));
            seen.add(now);
            expect(both).toContain(now);
            expect(both).toContain(plain(readFileSync(file, 'utf8')));
            // With `wait: 0`: nobody holds the lock.
            await firewall.table('filter').chain('OUTPUT').append('-p 99');
            await firewall.table('filter').chain('OUTPUT').flush();
          }
          if (KILLS > 50) expect(seen.size).toBe(2);
          await save({ firewalls: [firewall], files: { ipv4: file } });
          expect(readdirSync(folder).filter((name) => !/^rules\.v4(\.save)?$/.test(name))).toEqual([]);
        });
    },
  );
