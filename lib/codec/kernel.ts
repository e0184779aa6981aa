/** What encoding and decoding may have to ask the kernel. */
export interface Kernel {
  readonly family: 'ipv4' | 'ipv6';
  /** The newest revision known of a match or target, no newer than `most`; undefined if there is none. */
  revision(kind: 'match' | 'target', name: string, most: number): number | undefined;
  /** ip_set: the index that stands for a set's name in a rule, and back. */
  setIndex(name: string): number | undefined;
  setName(index: number): string | undefined;
}

/** A kernel that knows every revision, and every set by an index of its own: for text and data alone. */
export function anyKernel(family: 'ipv4' | 'ipv6'): Kernel {
  const sets: string[] = [];
  return {
    family,
    revision: (_kind, _name, most) => most,
    setIndex(name) {
      const index = sets.indexOf(name);
      return index >= 0 ? index : sets.push(name) - 1;
    },
    setName: (index) => sets[index],
  };
}
