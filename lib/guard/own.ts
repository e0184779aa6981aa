/** The machine's own addresses: behind a proxy, or by a line that was made for it, it would ban itself. */
import { networkInterfaces } from 'node:os';
import { type Place, placeOf } from '../bans/address';

const LOOPBACK = /^127\.|^::1$/;
/** Milliseconds until the machine is asked again. */
const KNOWN = 10_000;

export class OwnAddresses {
  private known = new Set<string>();
  private until = 0;

  has({ text }: Place): boolean {
    if (Date.now() > this.until || this.until > Date.now() + KNOWN) {
      const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
      this.known = new Set(all.map(({ address }) => placeOf(address.replace(/%.*/, '')).text));
      this.until = Date.now() + KNOWN;
    }
    return LOOPBACK.test(text) || this.known.has(text);
  }
}
