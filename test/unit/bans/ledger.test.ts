import { placeOf } from '../../../lib/bans/address';
import type { Ban } from '../../../lib/bans/ban';
import { Ledger } from '../../../lib/bans/ledger';
import { describe, expect, test } from '../../harness';

const address = '192.0.2.1';
const since = Date.now();
const ban = (times: number): Ban => ({ address, since, until: since + 60_000, direction: 'in', times });

describe('the ledger of a journal', () => {
  test('counts each ban once, also where two have the same beginning and end', () => {
    const ledger = new Ledger({});
    expect(ledger.read([{ ban: ban(1) }, { ban: ban(2) }])).toEqual([ban(1), ban(2)]);
    expect(ledger.read([{ ban: ban(2) }])).toEqual([]);
    expect(ledger.timesOf(placeOf(address), since)).toBe(3);
    expect(ledger.bans.at(placeOf(address))).toEqual([ban(2)]);
  });
  test('forgets nothing by what was so before', () => {
    const ledger = new Ledger({});
    ledger.read([{ ban: ban(5) }, { history: { address, times: 4, last: since - 1 } }]);
    expect(ledger.timesOf(placeOf(address), since)).toBe(6);
  });
});
