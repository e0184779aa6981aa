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
    /** `alone`: without any right outside of a user namespace; `powerless`: without any at all. */
    const script = (
      work: string,
      {
        options = '',
        alone,
        powerless,
        ...more
      }: Parameters<typeof run>[1] & { options?: string; alone?: boolean; powerless?: boolean } = {},
    ) => {
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
      const node = [process.execPath, join(folder, 'script.cjs')];
      const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
      const { stdout, stderr, status } =
        alone || powerless
          ? netns.execSync('setpriv', [...nobody, ...(alone ? ['unshare', '-Urn'] : []), ...node])
          : run(node, more);
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

    test.each(['-p tcp -m tcp --dport 1 -j ACCEPT', '-j LOG', '-m set --match-set x src', '-p 1'])(
      'is told what it needs where it may do nothing (%s)',
      (rule) => {
        const append = `firewall.table('filter').chain('INPUT').append('${rule}')`;
        expect(script(append, { options: "backend: 'nft'", powerless: true })).toEqual({
          code: 'ERR_PERMISSION',
          message: expect.stringContaining('permission denied'),
          hint: expect.stringContaining('CAP_NET_ADMIN'),
        });
      },
    );

    test('changes rules', () => {
      expect(script("firewall.table('filter').chain('INPUT').append('-p 99')")).toBe(null);
    });
    test('or has a user namespace of its own, where it is root', () => {
      const work = `{
        const { Sets } = require('./dist/sets');
        const { Connections } = require('./dist/conntrack');
        const input = firewall.table('filter').chain('INPUT');
        await input.append('-p 99');
        await firewall.table('filter').transaction((tx) => tx.chain('INPUT').append('-p 98'));
        await firewall.restore('*filter\\n-A INPUT -p 97\\nCOMMIT\\n', { noflush: true });
        input.appendSync('-p 96');
        const [sets, connections] = await Promise.all([Sets.open(), Connections.open()]);
        const found = [(await input.list()).length, await sets.names(), await connections.count()];
        await Promise.all([sets.close(), connections.close()]);
        return found;
      }`;
      for (const backend of ['legacy', 'nft'])
        expect(script(work, { options: `backend: '${backend}'`, alone: true })).toEqual([4, [], 0]);
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
