import type { Ban } from '../../../lib/bans/ban';
import { Expiry } from '../../../lib/bans/expiry';
import { afterEach, describe, expect, test, vi } from '../../harness';

const ban = (address: string, until: number): Ban => ({ address, since: 0, until, direction: 'in', times: 1 });

describe('the end of bans', () => {
  afterEach(() => vi.useRealTimers());

  test('is told when it has come, and again where the clock has been set', () => {
    vi.useFakeTimers();
    const told: unknown[] = [];
    const expiry = new Expiry(
      (each, shifted) => told.push([each.address, shifted]),
      () => told.push('shifted'),
    );
    // The clock of the kernel stands still meanwhile: to it a minute is a shift.
    const start = Date.now();
    expiry.expect(ban('a', start + 1000));
    expiry.expect(ban('b', start + 3_600_000));
    vi.advanceTimersByTime(1000);
    expect(told).toEqual([['a', false]]);
    vi.setSystemTime(start + 3_600_000);
    vi.advanceTimersByTime(60_000);
    expect(told.slice(1)).toEqual([['b', true], 'shifted']);
    expiry.stop();
  });
});
