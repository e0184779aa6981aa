/** `node load.mjs`: every entry point of the installed package as ES module and as CommonJS, and one commit in each. */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

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

const listed = execFileSync(process.execPath, [`node_modules/libiptc/${bin.iptc}`, '-S', 'INPUT'], {
  encoding: 'utf8',
});
assert.equal(listed.split('\n').filter((line) => line === '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT').length, 1);
const { glibcVersionRuntime } = process.report.getReport().header;
console.log(`libiptc ${version}, Node ${process.versions.node}, glibc ${glibcVersionRuntime}:`);
console.log(`${entryPoints.length} entry points and commits as ES module, CommonJS and TypeScript`);
