import { describe, expect, test } from '../../harness';
import { again, settingsOf, textOf } from './settings';

const bytes = (hexString: string) =>
  settingsOf(`-m string --algo bm --hex-string "${hexString.replace(/\\/g, '\\\\')}"`);

describe('the pattern of string', () => {
  test.each([
    ['GET |2f|', { string: 'GET /', algo: 'bm' }],
    ['|47 45 54|', { string: 'GET', algo: 'bm' }],
    ['|  4745|T|', { string: 'GET', algo: 'bm' }],
    ['a\\|b', { string: 'a|b', algo: 'bm' }],
    // The character behind a closing bar stands for itself, whichever it is.
    ['|41||42', { string: 'A|42', algo: 'bm' }],
    ['|0d0A|', { hexString: '|0d0a|', algo: 'bm' }],
    ['ends|5c|', { hexString: '|656e64735c|', algo: 'bm' }],
  ])('%s', (text, settings) => {
    expect(bytes(text)).toEqual(settings);
  });

  test.each(['|4|', '|4g|', '|41', '|41  42|', '|', '| |'])('%s is refused', (text) => {
    expect(() => bytes(text)).toThrow('--hex-string of match string');
  });

  test('quotes and backslashes are escaped as text, other languages are bytes', () => {
    expect(textOf({ string: { string: 'say "\\o/"', algo: 'kmp' } })).toBe(
      '-m string --string "say \\"\\\\o/\\"" --algo kmp',
    );
    expect(textOf({ string: { string: 'é', algo: 'kmp' } })).toBe('-m string --hex-string "|c3a9|" --algo kmp');
    expect(again('-m string --string "it\'s" --algo bm')).toBe('-m string --string "it\'s" --algo bm');
  });

  test('128 bytes, not 129, and not none', () => {
    expect(textOf({ string: { string: 'x'.repeat(128), algo: 'bm' } })).toContain('x'.repeat(128));
    expect(() => textOf({ string: { string: 'x'.repeat(129), algo: 'bm' } })).toThrow('at most 128 bytes');
    expect(() => textOf({ string: { string: '', algo: 'bm' } })).toThrow('not empty');
  });
});
