/** Whether words are the same as some of others. */
export function sameWords(seen: Int32Array, words: Int32Array, from: number, to: number): boolean {
  if (seen.length !== to - from) return false;
  for (let i = from; i < to; i++) if (seen[i - from] !== words[i]) return false;
  return true;
}
