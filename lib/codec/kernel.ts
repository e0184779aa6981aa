/** An ip_set, as a rule refers to it. */
export interface KernelSet {
  /** Stands for its name in a rule. */
  readonly index: number;
  /** Whose addresses it holds; undefined if it takes those of both, or nobody knows. */
  readonly family?: 'ipv4' | 'ipv6' | undefined;
}

/** What encoding and decoding may have to ask the kernel. */
export interface Kernel {
  readonly family: 'ipv4' | 'ipv6';
  /** The newest revision known of a match or target, no newer than `most`; undefined if there is none. */
  revision(kind: 'match' | 'target', name: string, most: number): number | undefined;
  /** What to do, if it knows no match and no target at all. */
  lack?(): string | undefined;
  /** An ip_set by its name, and the name of an index. */
  findSet(name: string): KernelSet | undefined;
  setName(index: number): string | undefined;
}

/** Indices are 16 bits, and the last stands for no set. */
const MOST_SETS = 65535;

/** A kernel that knows every revision, and every set by an index of its own: for text and data alone. */
export function anyKernel(family: 'ipv4' | 'ipv6'): Kernel {
  const names: string[] = [];
  const indices = new Map<string, number>();
  // From the last on: kernels take the lowest that is free, and what is given as bytes holds a kernel's.
  let next = MOST_SETS - 1;
  return {
    family,
    revision: (_kind, _name, most) => most,
    findSet(name) {
      // So an index is shown that stands for no set.
      if (/^#\d+$/.test(name)) return undefined;
      let index = indices.get(name);
      if (index === undefined) {
        // The oldest name makes room: what is encoded here is decoded or printed at once.
        index = next;
        next = (next + MOST_SETS - 1) % MOST_SETS;
        indices.delete(names[index] ?? '');
        names[index] = name;
        indices.set(name, index);
      }
      return { index };
    },
    setName: (index) => names[index],
  };
}
