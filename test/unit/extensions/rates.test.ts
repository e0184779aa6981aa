import { describe, expect, test } from '../../harness';
import { again, settingsOf, textOf } from './settings';

describe('limit', () => {
  test.each([
    ['60/min', '1/sec'],
    ['7/min', '7/min'],
    ['1/s', '1/sec'],
    ['10000/second', '10000/sec'],
    ['90/HOUR', '90/hour'],
    ['3', '3/sec'],
    // iptables-save says 16/sec, which is another rate.
    ['961/min', '961/min'],
  ])('--limit %s is saved as %s', (given, saved) => {
    expect(again(`-m limit --limit ${given}`)).toBe(`-m limit --limit ${saved}`);
  });

  test('as data a rate says all of it', () => {
    expect(settingsOf('-m limit --limit 961/min')).toEqual({ limit: '961/min' });
    expect(settingsOf('-m limit --limit 60/minute')).toEqual({ limit: '1/sec' });
  });

  test.each(['0/sec', '5/', '5/week', '10001/sec', '-1/sec', 'x'])('--limit %s is refused', (rate) => {
    expect(() => again(`-m limit --limit ${rate}`)).toThrow('Expected a rate');
  });

  test('a burst that no kernel can count is refused', () => {
    expect(() => again('-m limit --limit 1/day')).toThrow('--limit-burst');
    expect(again('-m limit --limit 1/day --limit-burst 1')).toBe('-m limit --limit 1/day --limit-burst 1');
    expect(again('-m limit --limit 1/hour --limit-burst 60')).toBe('-m limit --limit 1/hour --limit-burst 60');
  });
});

describe('hashlimit', () => {
  test.each([
    [
      '--hashlimit 60/min',
      '--hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-name t --hashlimit-htable-expire 60000',
    ],
    ['! --hashlimit-upto 5/min', '--hashlimit-above 5/min --hashlimit-burst 5 --hashlimit-name t'],
    [
      '--hashlimit-upto 100/sec --hashlimit-burst 5k',
      '--hashlimit-upto 100/sec --hashlimit-burst 5120 --hashlimit-name t',
    ],
    ['--hashlimit-upto 4kb/sec', '--hashlimit-upto 4kb/s --hashlimit-name t'],
    [
      '--hashlimit-upto 4kb/s --hashlimit-burst 5000',
      '--hashlimit-upto 4kb/s --hashlimit-burst 8kb --hashlimit-name t',
    ],
    [
      '--hashlimit-above 2000b/s --hashlimit-burst 1500kb',
      '--hashlimit-above 2000b/s --hashlimit-burst 1500kb --hashlimit-name t',
    ],
    // A rate per minute is counted as one per second in intervals of a minute.
    [
      '--hashlimit-upto 40/min --hashlimit-rate-match',
      '--hashlimit-upto 40/sec --hashlimit-burst 5 --hashlimit-name t --hashlimit-htable-expire 60000 --hashlimit-rate-match --hashlimit-rate-interval 60',
    ],
  ])('%s', (given, saved) => {
    expect(again(`-m hashlimit ${given} --hashlimit-name t`)).toBe(`-m hashlimit ${saved}`);
  });

  test('modes may be separated as iptables separates them', () => {
    expect(
      settingsOf('-m hashlimit --hashlimit-upto 1/sec --hashlimit-mode srcip|dstport --hashlimit-name t'),
    ).toMatchObject({
      hashlimitMode: ['srcip', 'dstport'],
    });
  });

  test.each([
    ['--hashlimit-upto 4kb/s --hashlimit-burst 100', 'at least 4096b'],
    ['--hashlimit-upto 1/sec --hashlimit-burst 1000001', 'from 1 to 1000000'],
    // What iptables-save prints of it (0b/s), iptables doesn't read.
    ['--hashlimit-upto 15b/s', '16b/s'],
    ['--hashlimit-upto 1/sec --hashlimit-above 1/sec', 'only one of'],
  ])('%s is refused', (given, why) => {
    expect(() => again(`-m hashlimit ${given} --hashlimit-name t`)).toThrow(why);
  });
});

test('rateest compares two estimators without rates, one with a rate', () => {
  expect(again('-m rateest --rateest a --rateest2 b --rateest-lt --rateest-pps')).toBe(
    '-m rateest --rateest1 a --rateest-lt --rateest-pps --rateest2 b',
  );
  expect(again('-m rateest --rateest a --rateest-gt --rateest-bps 5kbit')).toBe(
    '-m rateest --rateest a --rateest-gt --rateest-bps 5000bit',
  );
  expect(again('-m rateest --rateest1 a --rateest-gt --rateest-bps 1MBps')).toBe(
    '-m rateest --rateest a --rateest-gt --rateest-bps 8000Kbit',
  );
  expect(() => again('-m rateest --rateest a --rateest-gt --rateest-bps')).toThrow('a rate, with one estimator');
  expect(() => again('-m rateest --rateest a --rateest-gt --rateest-bps 1bit --rateest-pps 1')).toThrow(
    '--rateest-pps',
  );
  expect(() => textOf({ rateest: { rateest: 'a', rateestGt: true, rateestBps: '5 apples' } })).toThrow('a rate like');
});
