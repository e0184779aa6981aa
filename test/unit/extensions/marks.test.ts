import { describe, expect, test } from '../../harness';
import { again, targetOf } from './targets';

describe('ways to say --set-xmark', () => {
  test.each([
    ['--set-mark 1', '0x1/0xffffffff'],
    ['--set-mark 1/2', '0x1/0x3'],
    ['--and-mark 0xf0', '0x0/0xffffff0f'],
    ['--or-mark 0xf0', '0xf0/0xf0'],
    ['--xor-mark 0xf0', '0xf0/0x0'],
    ['--set-xmark 5/1', '0x5/0x1'],
  ])('%s', (words, saved) => {
    expect(again(`-j MARK ${words}`)).toBe(`-j MARK --set-xmark ${saved}`);
    expect(again(`-j CONNMARK ${words}`)).toBe(`-j CONNMARK --set-xmark ${saved}`);
  });

  test('only one of them', () => {
    expect(() => again('-j MARK --set-mark 1 --or-mark 2')).toThrow('--or-mark');
    expect(() => again('-j CONNMARK --set-mark 1 --save-mark')).toThrow(
      'only one of --set-xmark, --save-mark or --restore-mark',
    );
    expect(() => again('-j TOS --and-tos 256')).toThrow('from 0 to 255');
  });
});

test('CONNMARK copies with two masks, or one for both', () => {
  expect(again('-j CONNMARK --save-mark')).toBe('-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff');
  expect(again('-j CONNMARK --restore-mark --mask 0xff')).toBe(
    '-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff',
  );
  expect(() => again('-j CONNMARK --save-mark --mask 1 --nfmask 2')).toThrow('--mask');
});

test('CONNMARK tells a shift to the right by nothing from none', () => {
  expect(targetOf('-j CONNMARK --save-mark --right-shift-mark 0')).toMatchObject({ CONNMARK: { rightShiftMark: 0 } });
  expect(targetOf('-j CONNMARK --save-mark --left-shift-mark 0')).not.toMatchObject({ CONNMARK: { leftShiftMark: 0 } });
});

test('TOS by name has a mask of six bits', () => {
  expect(again('-j TOS --set-tos minimize-delay')).toBe('-j TOS --set-tos 0x10/0x3f');
  expect(again('-j TOS --set-tos 0x10')).toBe('-j TOS --set-tos 0x10/0xff');
});
