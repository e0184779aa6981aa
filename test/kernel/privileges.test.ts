import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describeWith, expect, test, testWith } from '../harness';
import { MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';

const ROOT = join(__dirname, '../..');
/** Runs a program as nobody, who has no right but to change the network. */
describeWith(
  ['netns', 'addon', 'iptables', 'setpriv'],
  'a process that is not root, with CAP_NET_ADMIN and CAP_NET_RAW,',
  () => {
    let netns: Netns;
    let folder: string;
    beforeAll(() => {
      netns = new Netns();
      netns.execSync('iptables-legacy', ['-L', '-n']);
      // The package where nobody can read it.
      folder = mkdtempSync(join(tmpdir(), 'iptc-nobody-'));
      // The run's own folders, down to it.
      // And the run's own folders around it, no others.
      for (let path = folder; /\/iptc-(?:run|nobody)-/.test(path); path = dirname(path)) chmodSync(path, 0o755);
      const addon = ['build/Release/libiptc.node', 'prebuilds'].find((path) => existsSync(join(ROOT, path)))!;
      for (const path of ['package.json', 'dist', addon, 'node_modules/node-gyp-build']) {
        mkdirSync(join(folder, path, '..'), { recursive: true });
        cpSync(join(ROOT, path), join(folder, path), { recursive: true });
      }
      execFileSync('chmod', ['-R', 'a+rX', folder]);
    });
    afterAll(() => {
      netns.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const run = (command: readonly string[], { capabilities = '', group = 65534 } = {}) => {
      const given = `+net_admin,+net_raw${capabilities}`;
      const who = ['--reuid', '65534', '--regid', String(group), '--clear-groups'];
      return netns.execSync('setpriv', [...who, '--inh-caps', given, '--ambient-caps', given, ...command]);
    };
    const script = (work: string, { options = '', ...more }: Parameters<typeof run>[1] & { options?: string } = {}) => {
      writeFileSync(
        join(folder, 'script.cjs'),
        `const { Firewall } = require('./dist/index.js');
       (async () => {
         const firewall = await Firewall.open({ lock: false, ${options} });
         const tell = ({ code, message, hint }) => ({ code, message, hint });
         console.log(JSON.stringify((await (async () => ${work})().catch(tell)) ?? null));
         await firewall.close();
       })();`,
      );
      const { stdout, stderr, status } = run([process.execPath, join(folder, 'script.cjs')], more);
      expect([status, stderr]).toEqual([0, '']);
      return JSON.parse(stdout) as unknown;
    };
    const SAVED = expect.stringMatching(/^\*filter\n/);

    test.each(['auto', 'nft'])('opens the tables that %s stands for', (backend) => {
      const listed = "firewall.table('raw').chain('PREROUTING').list()";
      expect(script(listed, { options: `backend: '${backend}'` })).toEqual([]);
    });

    test('is in its own namespace already, by whatever path', () => {
      const both = `{
        const { Connections } = require('./dist/conntrack');
        const { Sets } = require('./dist/sets');
        const here = '/proc/self/ns/net';
        const connections = await Connections.open({ namespace: here });
        const sets = await Sets.open({ namespace: firewall.namespace });
        const events = connections.events()[Symbol.asyncIterator]();
        const listed = [await connections.count(), await sets.save()];
        await Promise.all([events.return(), connections.close(), sets.close()]);
        return listed;
      }`;
      expect(script(both, { options: "namespace: '/proc/self/ns/net'" })).toEqual([0, '']);
    });

    test('changes rules', () => {
      expect(script("firewall.table('filter').chain('INPUT').append('-p 99')")).toBe(null);
    });
    // Only legacy tables have a list that not everybody may read.
    testWith(['legacy'], 'is told why it can not save, and each remedy works', () => {
      expect(script('firewall.save()')).toEqual({
        code: 'ERR_PERMISSION',
        message: expect.stringContaining("only root may read the kernel's list of them"),
        hint: "Name the tables: save({ tables: ['filter'] }), iptc-save -t filter. Or give the process CAP_DAC_READ_SEARCH, or the group root.",
      });
      expect(script("firewall.save({ tables: ['filter'] })")).toEqual(SAVED);
      expect(script('firewall.save()', { capabilities: ',+dac_read_search' })).toEqual(SAVED);
      expect(script('firewall.save()', { group: 0 })).toEqual(SAVED);
    });
    testWith(['legacy'], 'is told so by the command, too', () => {
      const command = (...args: string[]) =>
        run([process.execPath, join(folder, MULTI.slice(ROOT.length)), 'iptables-save', ...args]);
      expect(command()).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('Failed to list table names in /proc/net/ip_tables_names: Permission denied'),
      });
      expect(command('-t', 'filter')).toMatchObject({ status: 0, stdout: expect.stringContaining('*filter\n') });
    });
  },
);
