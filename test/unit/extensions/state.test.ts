import { describe, expect, test } from '../../harness';
import { again, settingsOf, textOf } from './settings';

describe('time', () => {
  const LAST = '--datestop 2038-01-19T03:14:07';
  test.each([
    ['--weekdays 1,Tu,Wednesday', `--weekdays Mon,Tue,Wed ${LAST}`],
    ['! --weekdays Sat,Sun', `--weekdays Mon,Tue,Wed,Thu,Fri ${LAST}`],
    ['--datestart 2024', `--datestart 2024-01-01T00:00:00 ${LAST}`],
    ['--datestart 2024-02-31T12', `--datestart 2024-03-02T12:00:00 ${LAST}`],
    ['--timestart 22:00 --timestop 6:00 --contiguous', `--timestart 22:00:00 --timestop 06:00:00 ${LAST} --contiguous`],
    ['--utc', LAST],
  ])('%s', (given, saved) => {
    expect(again(`-m time ${given}`)).toBe(`-m time ${saved}`);
  });

  test('of the first date of all, iptables-save says nothing', () => {
    expect(again('-m time --datestop 1970')).toBe('-m time');
    expect(settingsOf('-m time --datestop 1970')).toEqual({ datestop: '1970-01-01T00:00:00' });
  });

  test.each([
    ['--timestart 24:00', 'a time'],
    ['--datestart 1969', 'a date'],
    ['--datestart 2024-13', 'a date'],
    ['--weekdays 0', 'days of the week'],
    ['--monthdays 32', 'days of the month'],
    [
      '! --monthdays 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31',
      'at least one day',
    ],
    ['--timestart 5:00 --timestop 6:00 --contiguous', 'a --timestop before --timestart'],
    ['--utc --kerneltz', 'at most one of'],
  ])('%s is refused', (given, why) => {
    expect(() => again(`-m time ${given}`)).toThrow(why);
  });
});

describe('statistic', () => {
  test.each([
    // Halfway between two numbers of eleven digits, printf takes the even one.
    ['0.000244140625', '0.00024414062'],
    ['.333333', '0.33333300008'],
    ['1', '1.00000000000'],
  ])('--probability %s', (given, saved) => {
    expect(again(`-m statistic --mode random --probability ${given}`)).toBe(
      `-m statistic --mode random --probability ${saved}`,
    );
  });
});

describe('connbytes', () => {
  test.each([
    ['1000', 1000, '1000'],
    ['5:', 5, '5'],
    [':20', [0, 20], '0:20'],
    ['0:18446744073709551614', [0, '18446744073709551614'], '0:18446744073709551614'],
  ])('%s', (given, data, saved) => {
    const rest = '--connbytes-mode bytes --connbytes-dir both';
    expect(settingsOf(`-m connbytes --connbytes ${given} ${rest}`)).toMatchObject({ connbytes: data });
    expect(again(`-m connbytes --connbytes ${given} ${rest}`)).toBe(`-m connbytes --connbytes ${saved} ${rest}`);
    expect(again(`-m connbytes ! --connbytes ${given} ${rest}`)).toBe(`-m connbytes ! --connbytes ${saved} ${rest}`);
  });

  test('one number alone has no opposite there', () => {
    const connbytes = { connbytes: { not: [5, 5] }, connbytesMode: 'bytes', connbytesDir: 'both' };
    expect(() => textOf({ connbytes })).toThrow('a range of more than one number');
  });
});

describe('policy', () => {
  test('what stands behind --next is an element of its own', () => {
    const text = '-m policy --dir in --pol ipsec --strict --reqid 1 --proto esp --next ! --spi 0x2 --next --reqid 3';
    expect(settingsOf(text)).toEqual({
      dir: 'in',
      pol: 'ipsec',
      strict: true,
      reqid: 1,
      proto: 'esp',
      next: [{ spi: { not: 2 } }, { reqid: 3 }],
    });
    expect(again(text)).toBe(text);
    expect(again('-m policy --strict --reqid 1 --next --reqid 2 --dir out')).toBe(
      '-m policy --dir out --pol ipsec --strict --reqid 1 --next --reqid 2',
    );
  });

  test.each([
    ['--dir in --strict --reqid 1 --next --next --spi 5', 'at least one option of each element'],
    ['--dir in --reqid 1 --next --reqid 2', '--strict'],
    ['--dir in --strict --reqid 1 --next --reqid 2 --reqid 3', 'only once'],
    ['--dir in --tunnel-src 10.0.0.1', 'tunnel'],
    ['--dir in --proto tcp', 'ah, esp or ipcomp'],
    [`--dir in --strict${' --reqid 1 --next'.repeat(4)} --reqid 1`, 'at most 3'],
  ])('%s is refused', (given, why) => {
    expect(() => again(`-m policy ${given}`)).toThrow(why);
  });

  test('an error in an element names it', () => {
    const policy = { dir: 'in', strict: true, reqid: 1, next: [{ reqid: 2 }, { spi: -1 }] };
    expect(() => textOf({ policy })).toThrow(expect.objectContaining({ path: 'match[0].policy.next[1].spi' }));
  });
});

test('as data, options have no order; on a command line, --suppl-groups follows --gid-owner', () => {
  expect(textOf({ owner: { supplGroups: true, gidOwner: 0 } })).toBe('-m owner --gid-owner 0 --suppl-groups');
  expect(() => again('-m owner --suppl-groups --gid-owner 0')).toThrow('--gid-owner before --suppl-groups');
});

test('a mask that is given is another rule than one that is not, though both are saved alike', () => {
  expect(textOf({ connlimit: { connlimitAbove: 3 } })).toBe(
    textOf({ connlimit: { connlimitAbove: 3, connlimitMask: 32 } }),
  );
  expect(again('-m connlimit ! --connlimit-upto 3')).toBe(
    '-m connlimit --connlimit-above 3 --connlimit-mask 32 --connlimit-saddr',
  );
  expect(again('-m recent --set', 'ipv6')).toContain('--mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource');
});

test('cluster takes a node for its bit', () => {
  expect(again('-m cluster --cluster-total-nodes 4 ! --cluster-local-node 3 --cluster-hash-seed 1')).toBe(
    '-m cluster ! --cluster-local-nodemask 0x00000004 --cluster-total-nodes 4 --cluster-hash-seed 0x00000001',
  );
  expect(() => again('-m cluster --cluster-total-nodes 2 --cluster-local-node 3 --cluster-hash-seed 1')).toThrow(
    'nodes up to 2',
  );
});
