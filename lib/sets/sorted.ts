/** The order in which `ipset -s` prints the elements of hashes. */

const HEX = /\s*[-+]?(?:0x)?[0-9a-f]+/iy;

/** The number that a text has at a place, as strtol reads hexadecimals, and where it ends; the place itself if there is none. */
function numberAt(text: string, at: number): readonly [value: number, end: number] {
  HEX.lastIndex = at;
  const [word] = HEX.exec(text) ?? [];
  return word === undefined ? [0, at] : [Number.parseInt(word, 16), at + word.length];
}
function wordAt(text: string, at: number): string {
  const end = text.slice(at).search(/[:,]/);
  return end < 0 ? text.slice(at) : text.slice(at, at + end);
}
const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Number by number; larger networks behind the smaller ones in them; words by their length, then by their letters. */
export function compareElements(a: string, b: string): number {
  let [i, j, sign] = [0, 0, 1];
  while (i < a.length && j < b.length) {
    const [[n, iEnd], [m, jEnd]] = [numberAt(a, i), numberAt(b, j)];
    if (iEnd === i || jEnd === j) {
      const [v, w] = [wordAt(a, i), wordAt(b, j)];
      if (v === '' && w === '') return byBytes(a.slice(i), b.slice(j));
      if (v !== w) return v.length - w.length || byBytes(v, w);
      i += v.length + 1;
      j += w.length + 1;
      sign = 1;
      continue;
    }
    if (n !== m) return sign * (n - m);
    const [c, d] = [a[iEnd], b[jEnd]];
    if (c === '/' || d === '/') {
      if (c !== d) return c === '/' ? 1 : -1;
      sign = -1;
    } else if (c === d) sign = 1;
    i = iEnd + 1;
    j = jEnd + 1;
    // The zeroes that `::` stands for.
    if (a[i] === ':' || b[j] === ':') {
      if (a[i] !== b[j]) return a[i] === ':' ? -1 : 1;
      i++;
      j++;
    }
  }
  return i < a.length ? 1 : j < b.length ? -1 : 0;
}
