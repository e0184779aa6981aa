/** How connections are looked for: by the kernel where it can, else in its whole list. */
import { placeOf } from '../../../lib/bans/address';
import type { Allowance, Ban } from '../../../lib/bans/ban';
import type { Barrier } from '../../../lib/bans/barrier';
import { Cutter } from '../../../lib/bans/cutter';
import { describe, expect, test } from '../../harness';

const ban = (address: string, more: Partial<Ban> = {}): Ban => ({
  address,
  since: 0,
  direction: 'in',
  times: 1,
  ...more,
});
const allowed: Allowance = { address: '192.0.2.7', since: 0, ports: [22] };

describe('connections of what is banned are looked for', () => {
  /** What is asked of a barrier for some bans that come at once. */
  async function asked(bans: readonly Ban[], able = true): Promise<string[]> {
    const calls: string[] = [];
    const barrier = {
      family: placeOf(bans[0]!.address).family,
      cut: async () => calls.push('all'),
      cutHosts: async (addresses: readonly string[]) => {
        calls.push(`of ${addresses.length > 3 ? addresses.length : addresses}`);
        return able;
      },
    } as unknown as Barrier;
    const cutter = new Cutter([barrier], ({ text }) => (text === allowed.address ? [allowed] : []));
    await Promise.all(bans.map((each) => cutter.cut(placeOf(each.address), each)));
    return calls;
  }
  const many = (count: number) => Array.from({ length: count }, (_, i) => ban(`192.0.2.${100 + i}`));

  test('by the kernel, where they are those of few addresses', async () => {
    expect(await asked([ban('192.0.2.1')])).toEqual(['of 192.0.2.1']);
    expect(await asked([ban('192.0.2.1'), ban('192.0.2.2', { direction: 'out' })])).toEqual(['of 192.0.2.1,192.0.2.2']);
    expect(await asked(many(16))).toEqual(['of 16']);
  });
  test('in its list, where it cannot', async () => {
    expect(await asked([ban('192.0.2.1')], false)).toEqual(['of 192.0.2.1', 'all']);
  });
  test('in its list, where more than an address is looked at, or many', async () => {
    expect(await asked(many(17))).toEqual(['all']);
    expect(await asked([ban('192.0.2.1'), ban('198.51.100.0/24')])).toEqual(['all']);
    expect(await asked([ban('192.0.2.1', { ports: [22] })])).toEqual(['all']);
    expect(await asked([ban('192.0.2.7')])).toEqual(['all']);
    expect(await asked([ban('2001:db8::1')])).toEqual(['all']);
  });
});
