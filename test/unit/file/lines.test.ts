import { LineSource, type Pieces } from '../../../lib/file/lines';
import { describe, expect, test } from '../../harness';

async function lines(input: Pieces): Promise<string[]> {
  const source = new LineSource(input);
  const found: string[] = [];
  do for (let line = source.next(); line !== undefined; line = source.next()) found.push(line);
  while (await source.more());
  return found;
}

describe('LineSource', () => {
  test('keeps what it needs of memory that is used again', async () => {
    async function* pieces() {
      const memory = Buffer.alloc(8);
      for (const text of ['ab', 'cd', 'ef\ngh', 'ij', '\nk']) {
        memory.write(text);
        yield memory.subarray(0, text.length);
        memory.fill('*');
      }
    }
    expect(await lines(pieces())).toEqual(['abcdef', 'ghij', 'k']);
  });

  test.each([
    ['a\r\nb\r\nc', ['a', 'b', 'c']],
    ['a\r\nb\r', ['a', 'b']],
    ['a\nb\r\nc\r', ['a', 'b\r', 'c\r']],
    ['a\r\nb\n\r\n\n', ['a', 'b', '', '']],
    ['\r\na\r\n', ['', 'a']],
  ])('takes a CR for the end of a line where the first line has one: %j', async (text, expected) => {
    for (const input of [
      text,
      Buffer.from(text),
      text.split('\n'),
      (async function* () {
        yield* text;
      })(),
    ])
      expect((await lines(input)).slice(0, expected.length)).toEqual(expected);
  });

  test.each([
    ['bytes', Buffer.alloc(1 << 16, 'a')],
    ['text', 'a'.repeat(1 << 16)],
  ])('gives up on a line that never ends, of %s', async (_, piece) => {
    let given = 0;
    async function* endless() {
      yield '# a comment\n';
      for (; given < 1000; given++) yield piece;
    }
    const error = await lines(endless()).catch((e) => e);
    expect({ code: error.code, line: error.line }).toEqual({ code: 'ERR_BAD_TEXT', line: 2 });
    expect(given).toBeLessThan(250);
  });

  test.each([
    ['bytes', Buffer.from('abc')],
    ['text', 'abc'],
  ])('takes a line of a million pieces of %s before that', async (_, piece) => {
    async function* pieces() {
      for (let i = 0; i < 1 << 20; i++) yield piece;
    }
    expect((await lines(pieces()))[0]).toHaveLength(3 << 20);
  });
});
