// biome-ignore-all lint/style/useNodejsImportProtocol: an old Node has to come as far as the sentence.
/**
 * npm's install script: is there an addon that loads here, or can one be built? If neither, it says so in one sentence
 * instead of node-gyp's pages (`npm install --loglevel=verbose --foreground-scripts` shows those too).
 */
'use strict';
const { spawnSync } = require('child_process');
const { join } = require('path');

/** Why the addon can't be used, or undefined if it can. */
function trouble() {
  try {
    require('../dist/backend/addon').loadAddon();
    return undefined;
  } catch (error) {
    return error.message;
  }
}

function end(why) {
  console.error(`libiptc: ${why}`);
  process.exit(1);
}

try {
  require('../dist/node-version');
} catch (error) {
  end(error.message);
}

const { npm_config_build_from_source: fromSource, npm_config_node_gyp: gyp, npm_config_loglevel: level } = process.env;
let why = fromSource === 'true' || fromSource === '' ? 'It was to be built from source.' : trouble();

if (why !== undefined && process.platform === 'linux') {
  const command = gyp ? [process.execPath, gyp, 'rebuild'] : ['node-gyp', 'rebuild'];
  const options = { cwd: join(__dirname, '..'), encoding: 'utf8' };
  const { status, stdout, stderr, error } = spawnSync(command[0], command.slice(1), options);
  const said = `${stdout || ''}${stderr || ''}`;
  if (level === 'verbose' || level === 'silly') console.error(said);
  if (status === 0) why = trouble();
  else {
    const found = /error: (.*)/.exec(said) || /gyp ERR! stack Error: (.*)/.exec(said);
    const reason = found ? found[1] : error ? "node-gyp can't be run" : `node-gyp ended with status ${status}`;
    why += ` (Building it now failed: ${reason}.)`;
  }
}
if (why !== undefined) end(why);
