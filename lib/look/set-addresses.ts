/** The addresses that sets have, so that rules can be found by them. */
import { Sets } from '../sets/index';
import { spanOf } from './concerns';
import type { PageMore } from './page-data';

/** Elements of a set, and of all together, that a page is told. */
const LARGE = 65_536;
const MOST = 262_144;

/** Of a kernel that has no sets, or not for us, none. */
export async function setAddresses(namespace: string | undefined): Promise<PageMore['sets']> {
  const found: [string, string[]][] = [];
  let room = MOST;
  try {
    const sets = await Sets.open(namespace === undefined ? {} : { namespace });
    try {
      for await (const { name, elements } of sets.list()) {
        if (elements > Math.min(LARGE, room)) continue;
        room -= elements;
        const addresses: string[] = [];
        for (const element of await sets.set(name).elements())
          for (const part of Object.values(element as Readonly<Record<string, unknown>>))
            for (const word of Array.isArray(part) ? part : [part])
              if (typeof word === 'string' && spanOf(word)) addresses.push(word);
        found.push([name, addresses]);
      }
    } finally {
      await sets.close();
    }
  } catch {
    return [];
  }
  return found;
}
