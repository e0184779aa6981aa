/**
 * A ban list: a chain of its own, an address a rule. Each call is an edit; those that are issued together share a commit.
 *
 *     npm run demo -- bans
 */
import assert from 'node:assert/strict';
import { type Chain, Firewall, IptcError } from 'libiptc';

class BanList {
  private constructor(
    private readonly firewall: Firewall<'ipv4'>,
    private readonly chain: Chain<'ipv4', 'filter'>,
  ) {}

  /** Makes the chain and the jump to it, both or none, where they aren't there from the last time. */
  static async open(name: string): Promise<BanList> {
    const firewall = await Firewall.open({ family: 'ipv4' });
    await firewall.table('filter').transaction(async (tx) => {
      const input = tx.chain('INPUT');
      if (!(await tx.state()).chain(name)) await tx.createChain(name);
      if (!(await input.check({ target: name }))) await input.insert({ target: name });
    });
    return new BanList(firewall, firewall.table('filter').chain(name));
  }

  ban(address: string): Promise<void> {
    return this.chain.append({ source: address, target: 'DROP' });
  }
  /** False if it wasn't banned. */
  async pardon(address: string): Promise<boolean> {
    try {
      await this.chain.delete({ source: address, target: 'DROP' });
      return true;
    } catch (error) {
      if (error instanceof IptcError && error.code === 'ERR_NO_RULE') return false;
      throw error;
    }
  }
  /** Who is banned, and how many packets that has dropped. */
  async list(): Promise<Map<string, bigint>> {
    const banned = new Map<string, bigint>();
    for (const rule of await this.chain.list())
      if (!('entry' in rule) && typeof rule.source === 'string') banned.set(rule.source, rule.counters.packets);
    return banned;
  }
  close(): Promise<void> {
    return this.firewall.close();
  }
}

const list = await BanList.open('bans');
const addresses = Array.from({ length: 1000 }, (_, i) => `198.51.${100 + (i >> 8)}.${i & 255}`);

console.time('1000 bans');
await Promise.all(addresses.map((address) => list.ban(address)));
console.timeEnd('1000 bans');
assert.equal((await list.list()).size, 1000);

console.time('1000 pardons');
await Promise.all(addresses.map((address) => list.pardon(address)));
console.timeEnd('1000 pardons');
assert.equal((await list.list()).size, 0);
assert.equal(await list.pardon('192.0.2.1'), false);
await list.close();
