/**
 * Commands that change tables under guard and are killed at any moment, or while files are written: in the end everything
 * is as before or as after, nobody keeps anything, and nothing lies around once it has been done again.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BothFamilies, Firewall } from '../../lib';
import { afterAll, beforeAll, describeWith, expect, test, vi } from '../harness';
import { lacksCommands, MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

/** How many are killed of each kind: 500 are no test of every day. */
const KILLS = Number(process.env.KILLS ?? 2);
const OTHER = { legacy: 'nft', nft: 'legacy' } as const;
const filter = (forward: string, rules: string) =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ${forward}\n:OUTPUT ACCEPT [0:0]\n${rules}COMMIT\n`;
const OLD = {
  ipv4: `*nat\n[3:4] -A OUTPUT -j RETURN\nCOMMIT\n${filter('DROP [1:2]', `:old - [0:0]\n[5:6] -A INPUT -i lo -j old\n${'-A old -s 192.0.2.1 -j DROP\n'.repeat(50)}`)}`,
  ipv6: filter('ACCEPT [0:0]', '[7:8] -A INPUT -p ipv6-icmp -j ACCEPT\n'),
};
const EMPTY = { ipv4: `*nat\nCOMMIT\n${filter('ACCEPT [0:0]', '')}`, ipv6: filter('ACCEPT [0:0]', '') };

for (const backend of ['legacy', 'nft'] as const)
  describeWith(lacksCommands() ? [] : ['netns', 'addon', 'legacy', 'nft'], `killed under guard (${backend})`, () => {
    const folder = temporaryFolder('keepers');
    const [root, file] = [join(folder, 'root'), join(folder, 'rules')];
    const kept = join(root, 'etc/iptables');
    let netns: Netns;
    let all: BothFamilies[];
    beforeAll(async () => {
      netns = new Netns();
      all = await Promise.all(
        [backend, OTHER[backend]].map((each) => Firewall.openBoth({ namespace: netns.path, backend: each })),
      );
      writeFileSync(file, `*filter\n:INPUT DROP [0:0]\n${'-A INPUT -s 192.0.2.2 -j ACCEPT\n'.repeat(50)}COMMIT\n`);
    });
    afterAll(async () => {
      for (const both of all) await both.close();
      netns.close();
    });

    const begin = async () => {
      for (const [i, both] of all.entries())
        for (const family of ['ipv4', 'ipv6'] as const)
          await both[family].restore((i === 0 ? OLD : EMPTY)[family], { counters: true });
      rmSync(root, { recursive: true, force: true });
      mkdirSync(kept, { recursive: true });
      writeFileSync(join(root, 'etc/os-release'), 'ID=debian\n');
      writeFileSync(join(kept, 'rules.v4'), 'mine\n', { mode: 0o640 });
    };
    const files = () => readdirSync(kept).sort();
    /** All that anybody could miss, or find. */
    const state = async () => {
      let text = '';
      for (const both of all)
        for (const [family, tables] of [
          ['ipv4', ['nat', 'filter']],
          ['ipv6', ['filter']],
        ] as const)
          text += await both[family].save({ tables, counters: true });
      for (const name of files().filter((each) => /^rules\.v[46]$/.test(each))) {
        const path = join(kept, name);
        text += `${name} ${(statSync(path).mode & 0o777).toString(8)}\n${readFileSync(path, 'utf8')}`;
      }
      return text.replace(/^#.*\n/gm, '');
    };
    const isKept = () => {
      const keeper = `libiptc-keeper-${statSync(netns.path).ino}-`;
      return readdirSync('/run').some((name) => name.startsWith(keeper));
    };

    const KINDS = {
      'a set-up': ['iptc', 'setup', 'basic-server', '--yes', '--root', root, '--netns'],
      'a migration': ['iptc', 'migrate', '--to', OTHER[backend], '--netns'],
      'an apply': ['iptables-apply', '--netns'],
    };
    for (const [kind, words] of Object.entries(KINDS))
      test(`${kind} leaves one state or the other`, { timeout: 60_000 + 20_000 * KILLS }, async () => {
        const more = kind === 'an apply' ? [file] : [];
        /** Without a confirmation it waits for one; a migration asks nobody. */
        const run = (isConfirmed: boolean) => {
          const given = words.filter((word) => isConfirmed || word !== '--yes');
          const child = spawn(process.execPath, [MULTI, ...given, netns.path, ...more], {
            stdio: ['pipe', 'ignore', 'inherit'],
            env: { ...process.env, LIBIPTC_BACKEND: backend },
          });
          if (isConfirmed) child.stdin.end('y\n');
          return { child, ended: new Promise((resolve) => child.on('close', (...ending) => resolve(ending))) };
        };
        await begin();
        const old = await state();
        const start = performance.now();
        expect(await run(true).ended).toEqual([0, null]);
        const took = performance.now() - start;
        const both = [old, await state()];
        const last = files();
        expect(both[1]).not.toBe(both[0]);
        const seen = new Set<string>();
        for (let kill = 0; kill < KILLS; kill++) {
          await begin();
          // At any moment, and once rules are in force that nobody has confirmed.
          const isConfirmed = kill % 2 === 0;
          const { child, ended } = run(isConfirmed);
          if (isConfirmed) await new Promise((resolve) => setTimeout(resolve, Math.random() * took * 1.1));
          else while (child.exitCode === null && (await state()) === old);
          child.kill('SIGKILL');
          await ended;
          const possible = isConfirmed || kind === 'a migration' ? both : [old];
          let now = '';
          const isOver = async () => {
            if (isKept()) return false;
            now = await state();
            return possible.includes(now);
          };
          await vi.waitUntil(isOver, { timeout: 20_000, interval: 20 }).catch(() => {});
          expect([isKept(), now]).toEqual([false, expect.toBeOneOf(possible)]);
          seen.add(now);
        }
        if (KILLS > 50) expect(seen.size).toBe(2);
        await begin();
        expect(await run(true).ended).toEqual([0, null]);
        expect([await state(), files()]).toEqual([both[1], last]);
      });
  });
