/** What the commands of a fleet are given: by options, or by the environment, as units have it. */
import { readFileSync } from 'node:fs';
import { IptcError } from '../../errors';
import { directoryStore, etcdStore, type Store } from '../../fleet';
import { asked } from '../asked';
import type { Flag } from '../getopt';

/** Where the store is, and who this is there. */
export const STORE: readonly Flag[] = ['store', 'prefix', 'ca', 'cert', 'cert-key', 'user', 'fleet'].map((name) => ({
  name,
  argument: true,
}));
export const STORE_USAGE =
  '[--store http://HOST:2379,...|FOLDER] [--ca file] [--cert file --cert-key file] [--user name] [--fleet name]';
export const NETNS: Flag = { name: 'netns', argument: true };
const FOLDER = '/etc/iptc-fleet';
export const DEFAULT_KEY = `${FOLDER}/key.pem`;
export const DEFAULT_KEYS = `${FOLDER}/keys`;

export class Given {
  private constructor(
    private readonly options: readonly { readonly name: string; readonly value: string | undefined }[],
    readonly rest: readonly string[],
    readonly usage: string,
  ) {}
  static of(command: string, words: readonly string[], flags: readonly Flag[], usage: string): Given {
    const { options, rest } = asked(command, words, flags, usage);
    return new Given(options, rest, usage);
  }

  has(name: string): boolean {
    return this.options.some((option) => option.name === name);
  }
  all(name: string): string[] {
    return this.options.filter((option) => option.name === name).map(({ value }) => value!);
  }
  /** The last, or what IPTC_FLEET_NAME says. */
  one(name: string): string | undefined {
    const given = this.all(name);
    return given[given.length - 1] ?? process.env[`IPTC_FLEET_${name.toUpperCase().replace(/-/g, '_')}`];
  }
  number(name: string): number | undefined {
    const given = this.one(name);
    if (given === undefined) return undefined;
    if (!/^\d{1,9}(\.\d+)?$/.test(given)) throw wrong(name, 'a number', given);
    return Number(given);
  }
  /** `NAME=VALUE`, any number of times, or several with blanks between in the environment. */
  pairs(name: string): Record<string, string> {
    const given = this.all(name);
    const told = given.length > 0 ? given : (this.one(name) ?? '').split(/\s+/).filter(Boolean);
    return Object.fromEntries(
      told.map((pair) => {
        const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
        if (key === undefined) throw wrong(name, 'NAME=VALUE', pair);
        return [key, value!];
      }),
    );
  }
  list(name: string): string[] {
    const given = this.all(name);
    return (given.length > 0 ? given : [this.one(name) ?? '']).flatMap((each) => each.split(',')).filter(Boolean);
  }

  get fleet(): { readonly fleet?: string } {
    const fleet = this.one('fleet');
    return fleet === undefined ? {} : { fleet };
  }
  /** Public keys: of files, or of folders' files; one a line. */
  get keys(): string[] {
    return readText(this.one('keys') ?? DEFAULT_KEYS)
      .split('\n')
      .filter((line) => /^\s*[^#\s]/.test(line));
  }

  store(): Store {
    const where = this.one('store');
    if (where === undefined)
      throw new IptcError('ERR_BAD_ARGUMENT', 'Expected a store but received none', {
        hint: 'Say where it is: --store http://HOST:2379, or IPTC_FLEET_STORE, or a folder (--store /var/lib/iptc-fleet/store).',
      });
    if (where.startsWith('/')) return directoryStore(where);
    const text = (name: string) => {
      const file = this.one(name);
      return file === undefined ? undefined : readText(file);
    };
    const [ca, cert, key, user, prefix, password] = [
      text('ca'),
      text('cert'),
      text('cert-key'),
      this.one('user'),
      this.one('prefix'),
      process.env.IPTC_FLEET_PASSWORD,
    ];
    return etcdStore({
      endpoints: where.split(','),
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(user !== undefined && { user }),
      ...(password !== undefined && { password }),
      ...(prefix !== undefined && { prefix }),
    });
  }
}

const wrong = (name: string, expected: string, given: string): IptcError =>
  new IptcError('ERR_BAD_ARGUMENT', `Expected ${expected} for --${name} but received ${JSON.stringify(given)}`, {
    option: name,
  });

export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw new IptcError('ERR_IO', `Cannot read ${file}: ${(cause as Error).message}`, { file, cause });
  }
}
