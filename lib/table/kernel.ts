/** What encoding and decoding ask the kernel. */
import { constants } from 'node:os';
import type { Backend } from '../backend/backend';
import type { Family } from '../codec/extension';
import type { Kernel, KernelSet } from '../codec/kernel';
import { asked, isBackendFailure, told } from '../commit/failure';

/** From one set's index to the next there is no wider gap than the kernel's own room for sets: 256, unless it was told. */
const GAP = 256;
const MOST_SETS = 0xffff;

/** The kernel's answers, asked once each. */
export class BackendKernel implements Kernel {
  private readonly revisions = new Map<string, number | undefined>();
  /** By name, once the kernel can't be asked any more. */
  private sets: ReadonlyMap<string, KernelSet> | undefined;
  constructor(private readonly backend: Backend) {}

  get family(): Family {
    return this.backend.family;
  }
  revision(kind: 'match' | 'target', name: string, most: number): number | undefined {
    const key = `${kind} ${name}`;
    if (!this.revisions.has(key)) {
      const found = this.newest(kind, name, most);
      // An unknown extension may be loaded later: ask again next time.
      if (found === undefined) return undefined;
      this.revisions.set(key, found);
    }
    return this.revisions.get(key);
  }
  private newest(kind: 'match' | 'target', name: string, most: number): number | undefined {
    for (let revision = most; revision >= 0; revision--) {
      try {
        const known = this.backend.revision(kind, name, revision);
        if (known === undefined) return undefined;
        if (known >= 0) return revision;
      } catch (error) {
        if (isBackendFailure(error) && error.errno === constants.errno.ENOPROTOOPT && error.stage !== 'read')
          return undefined;
        throw told(error, this.attempt(`look for ${kind} ${name}`));
      }
    }
    return undefined;
  }
  lack(): string | undefined {
    return this.backend.lack?.();
  }
  findSet(name: string): KernelSet | undefined {
    if (this.sets !== undefined) return this.sets.get(name);
    return asked(this.attempt(`look for set ${name}`), () => this.backend.findSet(name));
  }
  setName(index: number): string | undefined {
    if (this.sets === undefined) return asked(this.attempt(`look for set ${index}`), () => this.backend.setName(index));
    for (const [name, set] of this.sets) if (set.index === index) return name;
    return undefined;
  }
  /** Before it is closed: rules that have been read are decoded where they are looked at, and say the names of sets then. */
  keepSets(tables: Iterable<{ readonly hasBeenRead: boolean }>): void {
    if (![...tables].some(({ hasBeenRead }) => hasBeenRead)) return;
    const sets = new Map<string, KernelSet>();
    try {
      for (let index = 0, end = GAP; index < Math.min(end, MOST_SETS); index++) {
        const name = this.backend.setName(index);
        const set = name === undefined ? undefined : this.backend.findSet(name);
        if (name === undefined || set === undefined) continue;
        sets.set(name, set);
        end = index + 1 + GAP;
      }
    } catch {} // closed before, or not allowed to ask: then they haven't been known until now either
    this.sets ??= sets;
  }
  private attempt(operation: string) {
    return { operation, family: this.family };
  }
}
