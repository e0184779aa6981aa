/** What an agent keeps on its host's disk: what holds, so that it holds after a boot and without the store. */
import { open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { IptcError } from '../../errors';
import { makeFolder, removeFile, replaceFile } from '../../persist/replace';
import { System } from '../../persist/system';
import { startOf } from '../../persist/temporary';
import { canonical, sha256 } from '../canonical';
import type { PolicyPayload } from '../payload';
import { type FleetPolicy, policyHeld } from '../policy';
import type { Envelope } from '../signing';

const unzip = promisify(gunzip) as (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;
/** Bytes of a policy at most, whatever a few of them say that they are when unpacked. */
const LARGEST = 64 << 20;

/** What a host is to have: by groups, and what their variables are. */
export interface Target {
  readonly policies: Readonly<Record<string, Envelope>>;
  readonly variables: Readonly<Record<string, string>>;
}
export const targetId = (target: Target): string => sha256(canonical(target));

/** Why a policy isn't what holds. */
export interface Problem {
  /** Nobody believes it; it's older than what holds; it would cut the host off, or did; it can't be. */
  readonly kind: 'refused' | 'behind' | 'locked-out' | 'failed';
  readonly code: string;
  readonly message: string;
  /** Which policy of the group. */
  readonly seq?: number;
  readonly at: number;
}
/** The newest that has been believed: nothing older is, and nothing else of that number. */
export interface Floor {
  readonly seq: number;
  readonly payload: string;
}
export interface HostState {
  readonly version: 1;
  /** Which agent it is: a host's name may be another host's, too. */
  readonly agent: string;
  readonly floors: Readonly<Record<string, Floor>>;
  readonly good?: Target & { readonly since: number };
  /** Begun, and not ended. */
  readonly trying?: { readonly target: Target; readonly since: number; readonly attempts: number };
  /** What isn't tried again: the target, and what became of it. */
  readonly failed?: { readonly target: string; readonly problems: Readonly<Record<string, Problem>> };
  /** What the host is, and which hosts the groups have, as last believed. */
  readonly config?: Envelope;
  readonly selectors: Readonly<Record<string, Envelope>>;
}

export class StateFolder {
  private readonly system = new System();
  private constructor(
    private readonly folder: string,
    /** What there is; written by `write`. */
    public state: HostState,
  ) {}

  static async open(folder: string): Promise<StateFolder> {
    await makeFolder(folder).catch((error: Error) => {
      throw unusable(folder, error);
    });
    const agent = Math.random().toString(16).slice(2, 14);
    return new StateFolder(folder, (await stateIn(folder)) ?? { version: 1, agent, floors: {}, selectors: {} });
  }

  /** For one agent at a time. ERR_BUSY if there is another. */
  async lock(): Promise<void> {
    const path = join(this.folder, 'agent.lock');
    for (let attempt = 1; ; attempt++) {
      try {
        const file = await open(path, 'wx', 0o600);
        await file.writeFile(`${process.pid} ${startOf(process.pid)}\n`);
        return await file.close();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(path, error as Error);
        const [pid, start] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
        if (pid && startOf(Number(pid)) === start)
          throw new IptcError('ERR_BUSY', `Cannot start an agent with ${this.folder}: process ${pid} is one already`, {
            file: path,
            hint: 'Stop that one first, or give this one a folder of its own.',
          });
        if (attempt > 3) throw unusable(path, error as Error);
        await rm(path, { force: true });
      }
    }
  }
  async unlock(): Promise<void> {
    await rm(join(this.folder, 'agent.lock'), { force: true });
  }

  write(change: { readonly [K in keyof HostState]?: HostState[K] | undefined }): Promise<void> {
    this.state = { ...this.state, ...change } as HostState;
    this.writing = this.writing
      .catch(() => {}) // which whoever asked for it has heard
      .then(() => replaceFile(this.system, join(this.folder, 'state.json'), [canonical(this.state)]));
    return this.writing;
  }
  private writing: Promise<void> = Promise.resolve();

  private blob(hash: string): string {
    return join(this.folder, 'blobs', `${hash}.gz`);
  }
  /** The policy that a payload means, of the bytes that are kept or else are fetched. */
  async policy(
    { group, blob, size }: Pick<PolicyPayload, 'group' | 'blob' | 'size'>,
    fetch: () => Promise<Uint8Array | undefined>,
  ): Promise<FleetPolicy> {
    const kept = await readFile(this.blob(blob)).catch(() => undefined);
    const own = kept && (await unpacked(kept, blob, size));
    if (own) return own;
    const fetched = await fetch();
    const policy = fetched && (await unpacked(fetched, blob, size));
    if (!fetched || !policy)
      throw new IptcError(
        fetched ? 'ERR_SIGNATURE' : 'ERR_IO',
        `Cannot use the policy of group ${group}: ${fetched ? "what the store has isn't what was signed" : 'the store has none of that hash'}`,
      );
    await replaceFile(this.system, this.blob(blob), fetched);
    return policy;
  }
  /** Takes away the others. */
  async keepBlobs(hashes: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(join(this.folder, 'blobs')).catch(() => [] as string[]))
      if (/^[0-9a-f]{64}\.gz$/.test(name) && !hashes.has(name.slice(0, 64)))
        await removeFile(join(this.folder, 'blobs', name));
  }
}

async function stateIn(folder: string): Promise<HostState | undefined> {
  const path = join(folder, 'state.json');
  try {
    return JSON.parse(await readFile(path, 'utf8')) as HostState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(path, error as Error);
  }
}

/** Undefined if it isn't what has that hash. */
async function unpacked(bytes: Uint8Array, hash: string, size: number): Promise<FleetPolicy | undefined> {
  if (size > LARGEST) return undefined;
  const text = await unzip(bytes, { maxOutputLength: size + 1 }).catch(() => undefined);
  if (!text || text.length !== size || sha256(text) !== hash) return undefined;
  return policyHeld(JSON.parse(text.toString('utf8')));
}

const unusable = (path: string, cause: Error): IptcError =>
  new IptcError('ERR_IO', `Cannot use ${path}: ${cause.message}`, { file: path, cause });
