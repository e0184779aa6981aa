/** The bytes of a packet. */

/** The same packet with other hops left, and in IPv4 the sum over its header. */
export function withHops(data: Uint8Array, hops: number): Uint8Array {
  const bytes = data.slice();
  if (bytes[0]! >> 4 === 6) {
    bytes[7] = hops;
    return bytes;
  }
  bytes[8] = hops;
  const size = (bytes[0]! & 15) * 4;
  bytes[10] = 0;
  bytes[11] = 0;
  let sum = 0;
  for (let i = 0; i < size; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  bytes[10] = (~sum >> 8) & 255;
  bytes[11] = ~sum & 255;
  return bytes;
}
