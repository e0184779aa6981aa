/** The machine around the tables: its files below a root folder, and its programs by their absolute paths. */
import { execFile } from 'node:child_process';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { IptcError } from '../errors';
import { decodeAll, encodeText } from '../net/text';

export interface SystemOptions {
  /** Where the machine's folders begin: `/` unless told; another one for images, and for tests. */
  readonly root?: string | undefined;
}

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];
const TIMEOUT = 120_000;

export class System {
  readonly root: string;
  constructor({ root = '/' }: SystemOptions = {}) {
    this.root = root;
  }

  path(path: string): string {
    return join(this.root, path);
  }
  exists(path: string): boolean {
    try {
      statSync(this.path(path));
      return true;
    } catch {
      return false;
    }
  }
  /** A file's text; undefined if there is none, or it can't be read. */
  text(path: string): string | undefined {
    try {
      return decodeAll(readFileSync(this.path(path)));
    } catch {
      return undefined;
    }
  }

  /** The absolute path of a program. PATH has no say. */
  find(program: string): string | undefined {
    for (const folder of FOLDERS) {
      const path = this.path(join(folder, program));
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {}
    }
    return undefined;
  }

  /** Runs a program to its end, without a shell; any exit status is an answer. ERR_IO if it isn't there. */
  run(program: string, args: readonly string[], input = ''): Promise<Ran> {
    const path = this.find(program);
    if (path === undefined)
      return Promise.reject(
        new IptcError('ERR_IO', `Cannot run ${program}: it is in none of ${FOLDERS.join(', ')}`, { file: program }),
      );
    return new Promise((resolve, reject) => {
      const options = {
        encoding: 'buffer',
        timeout: TIMEOUT,
        maxBuffer: 256 << 20,
        env: { PATH: FOLDERS.join(':'), LC_ALL: 'C' },
      } as const;
      const child = execFile(path, args, options, (error, stdout, stderr) => {
        const status = error === null ? 0 : error.code;
        if (typeof status === 'number')
          return resolve({ status, stdout: decodeAll(stdout), stderr: decodeAll(stderr) });
        const why = error?.killed ? `it took longer than ${TIMEOUT / 1000} seconds` : error?.message;
        reject(
          new IptcError('ERR_IO', `Cannot run ${program} ${args.join(' ')}: ${why}`, { file: path, cause: error }),
        );
      });
      child.stdin?.on('error', () => {}); // it ended without reading its input
      child.stdin?.end(encodeText(input));
    });
  }
}
