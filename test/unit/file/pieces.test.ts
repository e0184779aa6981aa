/** A file is the same file, in whatever form it is given and however it is cut. */
import fc from 'fast-check';
import { Firewall, IptcError, type Pieces, parseRuleset } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { decodeAll, encodeText } from '../../../lib/net/text';
import { describe, expect, test } from '../../harness';

/** Characters of each length in UTF-8, and a byte that is none (decodeText). */
const WORDS = ['x', 'ä', '☃', '💀', '\udcff', 'ä\udcc3', '💀\udcf0\udc9f', '  ', '-A', '\t'];
const remark = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 4 }).map((words) => words.join(''));
const line = fc.oneof(
  fc.nat(255).map((n) => `-A INPUT -s 10.0.0.${n}/32 -j ACCEPT`),
  fc.nat(255).map((n) => `[${n}:0] -A OUTPUT -d 10.0.0.${n}/32 -j DROP`),
  remark.map((text) => `-A INPUT -m comment --comment "${text}" -j DROP`),
  remark.map((text) => `# ${text}`),
  fc.constantFrom(':INPUT DROP [1:2]', ':mine - [0:0]', ':sn☃w - [0:0]', '', '*', ':', 'COMMIT', '-A INPUT -j', '*nat'),
);
const file = fc
  .record({
    lines: fc.array(line, { maxLength: 12 }),
    end: fc.constantFrom('\n', '\r\n'),
    last: fc.boolean(),
  })
  .map(({ lines, end, last }) => `${['*filter', ...lines, 'COMMIT'].join(end)}${last ? end : ''}`);
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 });

/** Of lengths that are given, and what is left. */
function cut<T extends { readonly length: number; slice(from: number, to?: number): T }>(
  whole: T,
  lengths: readonly number[],
): T[] {
  const parts: T[] = [];
  let at = 0;
  for (const length of lengths) {
    parts.push(whole.slice(at, at + length));
    at += length;
  }
  return [...parts, whole.slice(at)];
}
async function* stream<T>(parts: Iterable<T>): AsyncGenerator<T> {
  yield* parts;
}
/** All in one memory, as who reads a file does it. */
function* reused(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  const memory = new Uint8Array(Math.max(...parts.map(({ length }) => length)));
  for (const part of parts) {
    memory.set(part);
    yield memory.subarray(0, part.length);
    memory.fill(42);
  }
}

/** A file in every form, cut in as many ways. */
function* forms(text: string, lengths: readonly number[]): Generator<readonly [string, () => Pieces]> {
  const bytes = encodeText(text);
  const pieces = cut(bytes, lengths);
  const characters = cut([...text], lengths).map((part) => part.join(''));
  const lines = cut(text.split('\n'), lengths).map((part) => part.join('\n'));
  yield ['a text', () => text];
  yield ['bytes', () => bytes];
  yield ['a list of buffers', () => pieces];
  yield ['one memory', () => reused(pieces)];
  yield ['a stream of buffers', () => stream(pieces)];
  yield ['a stream of one memory', () => stream(reused(pieces))];
  yield ['a stream of texts', () => stream(cut(text, lengths))];
  yield ['a stream of texts and buffers', () => stream(characters.map((part, i) => (i % 2 ? part : encodeText(part))))];
  // A part of no lines at all would be an empty line.
  const some = lines.filter((_, i) => i < text.split('\n').length);
  yield ['lines', () => text.split('\n')];
  // A newline at the end is the last line's own: one that is empty has to be said.
  yield ['several lines each', () => some.map((part) => (part.endsWith('\n') ? `${part}\n` : part))];
  yield ['lines with their newlines', () => some.map((part) => `${part}\n`)];
  yield ['lines and buffers', () => some.map((part, i) => (i % 2 ? part : encodeText(`${part}\n`)))];
}

/** What came of it, the line of an error included. */
async function outcome<T>(act: () => T | Promise<T>): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof IptcError)) throw error;
    const { code, message, line, column, table, chain } = error;
    return { code, message, line, column, table, chain };
  }
}
async function restored(input: Pieces): Promise<unknown> {
  const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
  const failure = await outcome(() => firewall.restore(input, { counters: true }));
  const state = await firewall.save({ counters: true });
  await firewall.close();
  return { failure, state };
}

describe('a file in pieces', () => {
  test('is parsed to the same data', () =>
    fc.assert(
      fc.asyncProperty(file, cuts, async (text, lengths) => {
        const whole = await outcome(() => parseRuleset(text));
        for (const [form, give] of forms(text, lengths))
          expect(await outcome(() => parseRuleset(give() as Iterable<string>)), form).toEqual(whole);
      }),
      { numRuns: 150 },
    ));

  test('makes the same tables', () =>
    fc.assert(
      fc.asyncProperty(file, cuts, async (text, lengths) => {
        const whole = await restored(text);
        for (const [form, give] of forms(text, lengths)) expect(await restored(give()), form).toEqual(whole);
      }),
      { numRuns: 50 },
    ));

  test('keeps every rule of an element of several lines', async () => {
    const lines = [
      '*filter',
      ':INPUT DROP [0:0]\n-A INPUT -s 10.0.0.1 -j ACCEPT\n-A INPUT -s 10.0.0.2 -j DROP',
      'COMMIT',
    ];
    expect(parseRuleset(lines)).toEqual(parseRuleset(lines.join('\n')));
    expect(parseRuleset(lines).tables[0]!.rules.length).toBe(2);
    expect(await restored(lines)).toEqual(await restored(lines.join('\n')));
  });

  test('may not have a piece of another kind, or be none', async () => {
    const wrong: readonly unknown[] = [undefined, null, 5, {}, new Promise(() => {}), [5], [['*filter']], [null]];
    for (const give of [...wrong.map((input) => () => input), () => stream([5]), () => stream([undefined])]) {
      expect(await outcome(() => parseRuleset(give() as string))).toMatchObject({ code: 'ERR_BAD_ARGUMENT' });
      expect(await restored(give() as string)).toMatchObject({ failure: { code: 'ERR_BAD_ARGUMENT' } });
    }
  });

  test('is let go where it is refused, and where it ends', async () => {
    for (const [lines, returned] of [
      [['*filter', 'COMMIT'], 0],
      [['*filter', ':', 'COMMIT'], 1],
    ] as const) {
      const ends: string[] = [];
      const parts = lines.values();
      const each = (kind: string) => ({
        next: () => parts.next(),
        return: () => {
          ends.push(kind);
          return { done: true as const, value: undefined };
        },
      });
      const sync = { [Symbol.iterator]: () => each('sync') } as unknown as Iterable<string>;
      await outcome(() => parseRuleset(sync));
      expect(ends.length).toBe(returned);
    }
  });

  test('has lines of at most four million characters, whatever it is', async () => {
    const most = `# ${'ä'.repeat((4 << 20) - 2)}`;
    for (const [comment, code] of [
      [most, undefined],
      [`${most}ä`, 'ERR_BAD_TEXT'],
    ]) {
      const bytes = encodeText(comment!);
      for (const input of [comment, bytes, [comment], stream([comment]), stream(cut(bytes, [1 << 20, 1 << 20]))])
        expect(await outcome(async () => void (await parseRuleset(input as string)))).toEqual(
          code && expect.objectContaining({ code, line: 1 }),
        );
    }
  });
});

describe('bytes as text', () => {
  test('come back as they were', () => {
    const byte = fc.oneof(fc.nat(255), fc.constantFrom(0x80, 0xbf, 0xc3, 0xe0, 0xed, 0xa0, 0xf0, 0x9f, 0xf4, 0xff));
    const bytes = fc.array(
      fc.oneof(
        byte.map((b) => [b]),
        fc.constantFrom(...WORDS).map((w) => [...encodeText(w)]),
      ),
    );
    fc.assert(
      fc.property(bytes, (parts) => {
        const all = Uint8Array.from(parts.flat());
        const text = decodeAll(all);
        expect([...encodeText(text)]).toEqual([...all]);
        // What is UTF-8 is that text, and nothing else is.
        const model = new TextDecoder('utf-8', { ignoreBOM: true }).decode(all);
        expect(text.replace(/[\udc80-\udcff\ufffd]/gu, '')).toBe(model.replace(/\ufffd/g, ''));
      }),
      { numRuns: 2000 },
    );
  });
});
