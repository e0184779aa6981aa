/** `node load.mjs`: every entry point of the installed package as ES module and as CommonJS, and one commit in each. */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const { exports, bin, version } = require('libiptc/package.json');
const EXPECTED = /-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n.* ERR_BAD_RULE$/s;

const entryPoints = Object.keys(exports).filter((name) => !name.endsWith('.json'));
assert.equal(require('libiptc/schema/ruleset.json').$schema, 'https://json-schema.org/draft/2020-12/schema');
for (const name of entryPoints) {
  const specifier = name.replace(/^\./, 'libiptc');
  const required = require(specifier);
  const imported = await import(specifier);
  const names = Object.keys(required).sort();
  assert.deepEqual(
    Object.keys(imported)
      .filter((each) => !/^(default|module\.exports|__esModule)$/.test(each))
      .sort(),
    names,
  );
  assert(names.length > 0 && names.every((each) => imported[each] === required[each]), specifier);
}

const commits = { 'ES module': await import('./esm/commit.mjs'), CommonJS: require('./cjs/commit.cjs') };
for (const [kind, { commit }] of Object.entries(commits)) assert.match(await commit(), EXPECTED, kind);

// A fleet of one host, without @grpc/grpc-js: only etcd needs that.
const { Agent, etcdStore, memoryStore, newKeys, parsePolicy, Publisher } = require('libiptc/fleet');
assert.throws(() => etcdStore({ endpoints: ['http://127.0.0.1:1'] }), { code: 'ERR_NO_SUPPORT' });
const keys = newKeys();
const store = memoryStore();
const rules = '*filter\n:web - [0:0]\n-A INPUT -j web\nCOMMIT\n';
await (await Publisher.open(store, { key: keys.private })).publish(
  'web',
  parsePolicy({ ipv4: rules }, { group: 'web' }),
);
const firewall = await require('libiptc').Firewall.open({
  backend: new (require('libiptc/testing').MemoryBackend)('ipv4'),
});
const state = mkdtempSync(join(tmpdir(), 'fleet-'));
const agent = await Agent.open(firewall, store, { keys: [keys.public], groups: ['web'], state, apart: 1 });
await new Promise((done) => agent.on('status', ({ policies, trying }) => policies.web && !trying && done()));
assert.match(await firewall.save(), /-A INPUT -j web/);
await agent.close();
rmSync(state, { recursive: true });

const listed = execFileSync(process.execPath, [`node_modules/libiptc/${bin.iptc}`, '-S', 'INPUT'], {
  encoding: 'utf8',
});
assert.equal(listed.split('\n').filter((line) => line === '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT').length, 1);
const { glibcVersionRuntime } = process.report.getReport().header;
console.log(`libiptc ${version}, Node ${process.versions.node}, glibc ${glibcVersionRuntime}:`);
console.log(`${entryPoints.length} entry points and commits as ES module, CommonJS and TypeScript`);
