import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '../harness';
import { MULTI } from '../harness/commands';

/** What takes longer to load than a command to run. */
const HEAVY =
  /^NativeModule (child_process|net|stream|perf_hooks|dns|crypto|internal\/crypto\/.*|internal\/fs\/promises)$/;
const DIST = join(__dirname, '../../dist');

/** What a program has loaded at its end: files of the package, and what is heavy of Node's own. */
function loaded(program: string): { files: string[]; heavy: string[]; says: unknown } {
  const code = `
    const before = new Set(process.moduleLoadList);
    const says = (() => { ${program} })();
    process.once('exit', () => {
      const nodes = process.moduleLoadList.filter((name) => !before.has(name));
      const files = Object.keys(require.cache);
      require('fs').writeSync(3, JSON.stringify({ says, nodes, files }));
    });`;
  const { output, status, stderr } = spawnSync(process.execPath, ['-e', code], {
    cwd: join(DIST, '..'),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  if (status !== 0) throw new Error(stderr);
  const { nodes, files, says } = JSON.parse(output[3]!) as { nodes: string[]; files: string[]; says: unknown };
  return {
    files: files.map((file) => file.slice(DIST.length + 1)),
    heavy: nodes.filter((name) => HEAVY.test(name)),
    says,
  };
}

test('a program that reads a rule loads the library and the extensions of the rule, and nothing heavy', () => {
  const { files, heavy, says } = loaded(`
    return require('libiptc').parseRule('-A INPUT -p tcp -m tcp --dport 22 -j REJECT').target;`);
  expect(says).toEqual({ REJECT: { rejectWith: 'icmp-port-unreachable' } });
  expect(heavy).toEqual([]);
  expect(files.filter((file) => file.startsWith('extensions/')).sort()).toEqual([
    'extensions/matches/tcp.js',
    'extensions/targets/REJECT.js',
  ]);
  expect(files.length).toBeLessThan(8);
});

test('a command loads its own code, the library and the extensions of its rule, and nothing heavy', () => {
  const { files, heavy } = loaded(`
    process.argv = [process.execPath, '/usr/bin/iptc', '-p', 'tcp', '-m', 'conntrack', '--ctstate', 'NEW', '-V'];
    require(${JSON.stringify(MULTI)});`);
  expect(heavy).toEqual([]);
  expect(files.filter((file) => file.startsWith('extensions/'))).toEqual(['extensions/matches/conntrack.js']);
  expect(files).toContain('cli/iptables.js');
  expect(files.length).toBeLessThan(12);
});

test('all entry points, required and imported, share one instance of every class', () => {
  const { says } = loaded(`
    const library = require('libiptc');
    require('libiptc/persist');
    require('libiptc/services');
    try {
      new (require('libiptc/testing').MemoryBackend)('ipv5');
    } catch (error) {
      return error instanceof library.IptcError;
    }`);
  expect(says).toBe(true);
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { createRequire } from 'node:module';
       import * as imported from 'libiptc';
       const required = createRequire(import.meta.url)('libiptc');
       for (const name of Object.keys(required)) if (imported[name] !== required[name]) throw new Error(name);
       if (!required.Firewall) throw new Error('Firewall');`,
    ],
    { cwd: join(DIST, '..'), encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
