/**
 * Interfaces as numbers: none at all, each that rules name, and of all others those that rules can't tell from each other
 * as one: `eth+` knows only that a name begins so.
 */

interface Atom {
  /** The name, or how the names of all these begin. */
  readonly name: string;
  /** Any that begins so and has no number of its own. */
  readonly more?: true;
}

export class Interfaces {
  private readonly atoms: readonly Atom[];
  /** How many bits it takes to number them. */
  readonly bits: number;

  constructor(patterns: readonly string[]) {
    const [names, starts] = [new Set<string>(), new Set<string>()];
    for (const pattern of patterns)
      if (!pattern.endsWith('+')) names.add(pattern);
      else if (pattern !== '+') starts.add(pattern.slice(0, -1));
    names.delete('');
    const more = (name: string): Atom => ({ name, more: true });
    this.atoms = [{ name: '' }, more(''), ...[...names].map((name) => ({ name })), ...[...starts].map(more)];
    this.bits = Math.ceil(Math.log2(this.atoms.length));
  }

  /** How many there are; number 0 is none at all. */
  get count(): number {
    return this.atoms.length;
  }

  /** The numbers of those that a pattern fits. */
  matching(pattern: string): number[] {
    const fits = ({ name, more }: Atom): boolean => {
      if (!pattern.endsWith('+')) return !more && name === pattern;
      const start = pattern.slice(0, -1);
      return start === '' || name.startsWith(start);
    };
    return this.atoms.flatMap((atom, number) => (fits(atom) ? [number] : []));
  }

  /** Which one a name is of. */
  numberOf(name: string): number {
    let best = 1;
    for (const [number, atom] of this.atoms.entries()) {
      if (!atom.more && atom.name === name) return number;
      if (atom.more && name.startsWith(atom.name) && atom.name.length >= this.atoms[best]!.name.length) best = number;
    }
    return best;
  }
  /** A name of an interface of this number, for an example. */
  name(number: number): string {
    const atom = this.atoms[number] ?? { name: '' };
    if (!atom.more) return atom.name;
    const taken = (name: string) =>
      this.atoms.some((other) =>
        other.more ? other.name.length > atom.name.length && name.startsWith(other.name) : other.name === name,
      );
    for (let i = 0; ; i++) {
      const name = `${atom.name === '' ? 'if' : atom.name}${i}`;
      if (!taken(name)) return name;
    }
  }
  /** As rules would say it: `eth0`, `eth+` for the others that begin so, `*` for all others. */
  label(number: number): string {
    const { name, more } = this.atoms[number] ?? { name: '' };
    return more ? (name === '' ? '*' : `${name}+`) : name;
  }
}
