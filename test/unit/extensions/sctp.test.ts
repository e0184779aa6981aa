import { describe, expect, test } from '../../harness';
import { again, settingsOf } from './settings';

const chunks = (words: string) => settingsOf(`-p sctp -m sctp --chunk-types ${words}`);

describe('the chunks of sctp', () => {
  test.each([
    ['any data,INIT', { match: 'any', chunks: ['DATA', 'INIT'] }],
    ['ALL all', { match: 'all', chunks: 'ALL' }],
    ['only NONE', { match: 'only', chunks: 'NONE' }],
    ['any INIT,DATA:beU', { match: 'any', chunks: ['DATA:Ube', 'INIT'] }],
    ['any DATA:B,DATA:u', { match: 'any', chunks: ['DATA:uB'] }],
    // The kernel has the flags in this order, so the data has it too.
    ['any ABORT:T,INIT,DATA:B', { match: 'any', chunks: ['ABORT:T', 'INIT', 'DATA:B'] }],
  ])('%s', (words, chunkTypes) => {
    expect(chunks(words)).toEqual({ chunkTypes });
  });

  test('the text is in the order of the types', () => {
    expect(again('-p sctp -m sctp --chunk-types any ABORT:T,INIT,DATA:B')).toBe(
      '-p sctp -m sctp --chunk-types any DATA:B,INIT,ABORT:T',
    );
  });

  test.each([
    ['some DATA', 'with match all, any or only'],
    ['any WRONG', 'DATA, INIT'],
    ['any DATA:T', 'the letters EBUI'],
    ['any I_DATA:B', 'without flags'],
  ])('%s is refused', (words, reason) => {
    expect(() => chunks(words)).toThrow(reason);
  });
});
