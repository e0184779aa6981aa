// biome-ignore-all lint/style/useNodejsImportProtocol: an old Node has to come as far as the sentence.
/**
 * Builds the addon where none is prebuilt: `node native/build.js`. If it can't, it says so in one sentence instead of
 * node-gyp's pages (`--verbose` shows those, too).
 */
'use strict';
const { spawnSync } = require('child_process');
const { existsSync, writeFileSync } = require('fs');
const { dirname, join } = require('path');

const root = join(__dirname, '..');

function end(why) {
  console.error(`libiptc: ${why}`);
  process.exit(1);
}

/** The command: npm's own, the project's, the one that came with this Node, or one that is fetched. */
function nodeGyp() {
  const npms = join(dirname(process.execPath), '../lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js');
  for (const script of [process.env.npm_config_node_gyp, () => require.resolve('node-gyp/bin/node-gyp.js'), npms]) {
    try {
      const path = typeof script === 'function' ? script() : script;
      if (path && existsSync(path)) return [process.execPath, path];
    } catch {
      // the next
    }
  }
  return ['npx', '--yes', 'node-gyp'];
}

try {
  require('../dist/node-version');
} catch (error) {
  end(error.message);
}
if (process.platform !== 'linux') end(`The addon needs Linux, this is ${process.platform}.`);

const gyp = join(root, 'binding.gyp');
try {
  if (!existsSync(gyp)) writeFileSync(gyp, "{ 'includes': ['native/addon.gypi'] }\n");
} catch (error) {
  end(`The addon can't be built in ${root}: ${error.message}`);
}
const [command, ...words] = nodeGyp();
// The headers that came with this Node, if they did, rather than a download of the same.
const prefix = join(dirname(process.execPath), '..');
const headers = existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
const { status, stdout, stderr, error } = spawnSync(command, [...words, 'rebuild', ...headers], {
  cwd: root,
  encoding: 'utf8',
});
const said = `${stdout || ''}${stderr || ''}`;
if (process.argv.includes('--verbose')) console.error(said);
if (status !== 0) {
  const found = /error: (.*)/.exec(said) || /gyp ERR! stack (?:\w*Error: )?(?!This is most likely)(.*)/.exec(said);
  end(
    `The addon can't be built: ${found ? found[1] : error ? `${command} can't be run` : `node-gyp ended with status ${status}`}. What it needs is in docs/installing.md.`,
  );
}
try {
  require('../dist/backend/addon').loadAddon();
} catch (failure) {
  end(failure.message);
}
console.log(`Built ${join(root, 'build/Release/libiptc.node')}.`);
