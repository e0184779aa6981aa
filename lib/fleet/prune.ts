/** What a fleet's store forgets, so that it doesn't grow. */
import { KEYS } from './keys';
import { envelopeOf, headOf, payloadIn } from './payload';
import type { Store } from './store/store';

/** Of a group's policies so many are kept. */
const HISTORY = 50;

/** Forgets the oldest, and rules that nobody has any more. What fails here the next one does. */
export async function prune(store: Store, group: string): Promise<void> {
  const { items } = await store.read([KEYS.history(group)]);
  const old = [...items.keys()].sort().slice(0, -HISTORY);
  if (old.length === 0) return;
  const hashes = new Set(old.flatMap((key) => blobsIn(key, items.get(key)!.value)));
  await store.commit({ delete: old });
  const all = await store.read([KEYS.groups]);
  for (const [key, { value }] of all.items) for (const blob of blobsIn(key, value)) hashes.delete(blob);
  for (const hash of hashes) {
    const key = KEYS.blob(hash);
    const blob = (await store.read([key])).items.get(key);
    // Whoever publishes it once more meanwhile has written it anew.
    if (blob) await store.commit({ expect: new Map([[key, blob.revision]]), delete: [key] });
  }
}

/** The rules that a head or one of the history means; what can't be read means none. */
function blobsIn(key: string, value: Uint8Array): string[] {
  try {
    if (!key.endsWith('/head')) return [payloadIn(envelopeOf(key, value)).blob];
    const { policy, previous, back } = headOf(key, value);
    return [policy, previous, back].flatMap((each) => (each ? [payloadIn(each).blob] : []));
  } catch {
    return [];
  }
}
