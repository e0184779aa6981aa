/** Every extension that this library knows (all.ts), by name and by what the kernel calls it. */
import type { AnyExtension, Extension, Family, Options, Revision, SettingsOf } from '../codec/extension';
import type { Memory } from '../codec/struct';
import { matches, targets } from './all';

export { matches, targets };

// biome-ignore lint/suspicious/noExplicitAny: extensions of any options
type Any = any;
type Of<E, F extends Family> =
  E extends Extension<infer N, infer G, Any, Any>
    ? string extends N
      ? never
      : F extends G
        ? { readonly [K in N]: E }
        : never
    : never;
type Merge<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void ? I : never;
type Table<E, F extends Family> = Merge<Of<E, F>>;
/** The settings that follow from the definitions, by family: settings.ts is written from them. */
type Inferred<T> = { readonly [N in keyof T]: SettingsOf<T[N]> };
export type InferredMatches4 = Inferred<Table<(typeof matches)[number], 'ipv4'>>;
export type InferredMatches6 = Inferred<Table<(typeof matches)[number], 'ipv6'>>;
export type InferredTargets4 = Inferred<Table<(typeof targets)[number], 'ipv4'>>;
export type InferredTargets6 = Inferred<Table<(typeof targets)[number], 'ipv6'>>;

class Registry {
  private readonly byName = new Map<string, AnyExtension>();
  private readonly byKernelName = new Map<string, AnyExtension[]>();
  private readonly sharing = new Map<string, AnyExtension[]>();

  /** In dist/ scripts/build has put stand-ins: their extensions are loaded when they are asked for. */
  constructor(extensions: readonly AnyExtension[]) {
    for (const extension of extensions) {
      for (const family of extension.families) {
        // Of two of a name (NOTRACK) the one that lives under another name in the kernel is written.
        for (const name of [extension.name, ...(extension.definition.aliases ?? [])]) {
          if (extension.kernelName !== extension.name || !this.byName.has(`${family} ${name}`))
            this.byName.set(`${family} ${name}`, extension);
          this.sharing.set(`${family} ${name}`, [...(this.sharing.get(`${family} ${name}`) ?? []), extension]);
        }
        const key = `${family} ${extension.kernelName}`;
        // An extension that must recognise its own bytes is asked before the one whose name it shares.
        const sharing = this.byKernelName.get(key) ?? [];
        if (extension.kernelName === extension.name) sharing.push(extension);
        else sharing.unshift(extension);
        this.byKernelName.set(key, sharing);
      }
    }
  }

  /** As written after -m or -j; other names of an extension count. */
  find(family: Family, name: string): AnyExtension | undefined {
    const found = this.byName.get(`${family} ${name}`);
    return found && whole(found);
  }

  /** The same, with those that share its name: what is written under one name of the kernel's may be read under two. */
  all(family: Family, name: string): AnyExtension[] {
    return (this.sharing.get(`${family} ${name}`) ?? []).map(whole);
  }

  names(family: Family): string[] {
    return [...this.byName.keys()].filter((key) => key.startsWith(`${family} `)).map((key) => key.slice(5));
  }

  /** What bytes of the kernel's are: the extension and its revision, if both are known. */
  recognise(
    kernelName: string,
    revision: number,
    m: Memory,
  ): { extension: AnyExtension; revision: Revision<Options> } | undefined {
    for (const sharing of this.byKernelName.get(`${m.family} ${kernelName}`) ?? []) {
      const extension = whole(sharing);
      const found = extension.revisionNumbered(revision);
      if (found && found.size <= m.bytes.length - m.at && found.recognises(m)) return { extension, revision: found };
    }
    return undefined;
  }
}
const whole = (extension: AnyExtension & { readonly load?: () => AnyExtension }): AnyExtension =>
  extension.load?.() ?? extension;

export const registry = { match: new Registry(matches), target: new Registry(targets) } as const;
