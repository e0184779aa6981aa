/**
 * Tests of units against a changed source, without vitest: bundled in a moment, with its stand-in of test/centos7, and
 * ended at the first failure. So a mutant costs seconds.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import esbuild from 'esbuild';

/** What takes longest comes after all others. */
const LONG = /\/(deadlock|files|holes|json|new-extension|pieces|plan|revisions|slice|standstill|watch|wild)\.test/;

export class Units {
  /** Files that are bundled; each group is run if those before it have noticed nothing. */
  #groups = [];

  constructor(root) {
    this.root = root;
    this.folder = join(root, '.cache/mutant-units');
    mkdirSync(this.folder, { recursive: true });
  }

  /** Of these folders those files that pass on the sources as they are. */
  static async of(root, folders) {
    const units = new Units(root);
    const all = folders.flatMap((folder) => {
      const names = readdirSync(join(root, folder)).sort();
      return names.filter((name) => name.endsWith('.test.ts')).map((name) => join(folder, name));
    });
    for (const isLong of [false, true]) {
      const group = all.filter((file) => LONG.test(file) === isLong);
      if (group.length > 0) await units.#add(group);
    }
    console.log(`tests of units: ${units.#groups.flatMap(({ files }) => files).length} of ${all.length} files serve`);
    return units;
  }
  async #add(all) {
    if (await this.#group(all)) return;
    // One by one, if they don't pass together.
    for (const file of all) if (!(await this.#group([file]))) console.log(`it fails without a mutation, too: ${file}`);
  }
  async #group(files) {
    const start = performance.now();
    if (await this.#fails(files)) return false;
    // What goes on for much longer has been noticed, too.
    this.#groups.push({ files, timeout: 30_000 + Math.ceil(5 * (performance.now() - start)) });
    return true;
  }

  async notice(file, text) {
    for (const { files, timeout } of this.#groups)
      if (await this.#fails(files, { [join(this.root, file)]: text }, timeout)) return true;
    return false;
  }

  async #fails(files, changed = {}, timeout = 600_000) {
    const outfile = join(this.folder, 'tests.cjs');
    try {
      await this.#bundle(files, outfile, changed);
    } catch {
      return true; // it doesn't compile
    }
    const args = [process.execPath, '--no-warnings', '--expose-gc', outfile];
    const env = { ...process.env, TEST_BAIL: '1' };
    const options = { cwd: this.root, env, stdio: 'ignore', timeout, killSignal: 'SIGKILL' };
    return spawnSync('scripts/in-namespace', args, options).status !== 0;
  }

  #bundle(files, outfile, changed) {
    const where = {
      name: 'where',
      setup(build) {
        build.onLoad({ filter: /\.[mc]?[tj]s$/ }, ({ path }) => {
          const text = (changed[path] ?? readFileSync(path, 'utf8')).replace(
            /\b__dirname\b/g,
            JSON.stringify(dirname(path)),
          );
          return { contents: text, loader: path.endsWith('ts') ? 'ts' : 'js' };
        });
      },
    };
    return esbuild.build({
      stdin: {
        contents: files.map((file) => `require(${JSON.stringify(join(this.root, file))});`).join('\n'),
        resolveDir: this.root,
      },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'silent',
      packages: 'external',
      ignoreAnnotations: true, // imports of lib/ for what they do
      alias: { vitest: join(this.root, 'test/centos7/vitest.ts') },
      plugins: [where],
    });
  }
}
