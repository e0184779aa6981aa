/** Where the headers of packets have what: struct iphdr, struct ipv6hdr. */
export const PACKET = {
  ipv4: { source: 12, destination: 16, protocol: 9, fragment: 6, hops: 8 },
  /** The next header isn't the protocol, if there are headers between. */
  ipv6: { source: 8, destination: 24, protocol: undefined, fragment: undefined, hops: 7 },
} as const;
