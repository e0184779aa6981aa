/** What the kernel keeps away, by the bans that it is of. */
import type { Ban } from './ban';
import { lasts } from './ban';
import type { Barrier, Held } from './barrier';
import type { Book } from './book';

/** A family's bans, with what they have kept away; then what no ban accounts for, an address each. */
export async function* listing(barrier: Barrier, bans: Book<Ban>): AsyncGenerator<Ban> {
  const held = await barrier.held();
  for (const ban of bans) {
    if (ban.address.includes(':') !== (barrier.family === 'ipv6') || !lasts(ban)) continue;
    let hits: Ban['hits'];
    for (const key of barrier.keysOf(ban)) {
      const part = held.get(key);
      if (!part) continue;
      hits = added(hits, part);
      held.delete(key);
    }
    yield { ...ban, ...(hits && { hits }) };
  }
  const others = new Map<string, Ban>();
  for (const part of held.values()) {
    const { address, direction, port, protocol, until, reason } = part;
    const known = others.get(address);
    others.set(address, {
      address,
      since: Date.now(),
      direction: known && known.direction !== direction ? 'both' : direction,
      times: 1,
      ...(until !== undefined && { until }),
      ...(reason !== undefined && { reason }),
      ...(port !== undefined && { ports: [...new Set([...(known?.ports ?? []), port])] }),
      ...(protocol !== undefined && (known?.protocol ?? protocol) === protocol && { protocol }),
      hits: added(known?.hits, part),
    });
  }
  yield* others.values();
}

const added = (hits: Ban['hits'], { packets, bytes }: Held) => ({
  packets: packets + (hits?.packets ?? 0n),
  bytes: bytes + (hits?.bytes ?? 0n),
});
