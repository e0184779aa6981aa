import { describe, expect, test } from '../../harness';
import { settingsOf, textOf } from './settings';

const parsed = (tests: string) => settingsOf(`-m u32 --u32 "${tests}"`);

describe('the tests of u32', () => {
  test('spaces go, numbers become hexadecimal', () => {
    expect(parsed(' 0 >> 22&0x3C @ 0>>24 = 0 : 5 , 010 && 4&0x3FFF=0')).toEqual({
      u32: '0x0>>0x16&0x3c@0x0>>0x18=0x0:0x5,0x8&&0x4&0x3fff=0x0',
    });
  });

  test.each([
    ['1', 'the end'],
    ['1=', 'the end'],
    ['=1', '='],
    ['1<2=2', '<'],
    ['1=1&2=2', '&'],
    ['1&&2=2', '&&'],
    ['1=4294967296', '4294967296'],
    ['0x=1', '0x'],
    ['1=1&&', 'the end'],
  ])('%s stops at %s', (tests, word) => {
    expect(() => parsed(tests)).toThrow(`(${word})`);
  });

  test('ten of each, not eleven', () => {
    const ten = '1,2,3,4,5,6,7,8,9,10';
    expect(() => parsed(`${ten.replace(/,/g, '&')}=${ten}`)).not.toThrow();
    expect(() => parsed(`0&${ten.replace(/,/g, '&')}=1`)).toThrow('at most 10 numbers');
    expect(() => parsed(`1=0,${ten}`)).toThrow('at most 10 values');
    expect(() => parsed(Array(11).fill('1=1').join('&&'))).toThrow('at most 10 tests');
  });

  test('as data they may be written in any way', () => {
    expect(textOf({ u32: { u32: { not: '6 & 0xFF = 1' } } })).toBe('-m u32 ! --u32 "0x6&0xff=0x1"');
  });
});
