import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Entry, Journal } from '../../../lib/bans/journal';
import { describe, expect, test } from '../../harness';
import { temporaryFolder } from '../../harness/temporary';

const file = () => join(mkdtempSync(join(temporaryFolder('journal'), 'x')), 'deep', 'journal');
const lines = (path: string) => readFileSync(path, 'utf8').split('\n').filter(Boolean);
const entry = (n: number): Entry => ({ unban: `10.0.0.${n}` });

describe('a journal', () => {
  test('has what was said, when it was said to be there', async () => {
    const path = file();
    const { journal, entries } = await Journal.open(path);
    expect(entries).toEqual([]);
    const all = Array.from({ length: 50 }, (_, n) =>
      journal.append(entry(n)).then(() => expect(lines(path)).toContain(JSON.stringify(entry(n)))),
    );
    await all[0];
    const later = journal.append(entry(99));
    await Promise.all([...all, later]);
    expect(lines(path)).toHaveLength(51);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await journal.close();
    const again = await Journal.open(path);
    expect(again.entries).toHaveLength(51);
    await again.journal.close();
  });

  test('is read up to the last whole line, and written on behind that', async () => {
    const path = file();
    await (await Journal.open(path)).journal.close();
    writeFileSync(
      path,
      `${JSON.stringify(entry(1))}\nnonsense\n5\nnull\n${JSON.stringify(entry(2))}\n{"unban":"1\u00e4`,
    );
    const { journal, entries } = await Journal.open(path);
    expect(entries).toEqual([entry(1), entry(2)]);
    await journal.append(entry(3));
    await journal.close();
    expect(lines(path)).toEqual([
      JSON.stringify(entry(1)),
      'nonsense',
      '5',
      'null',
      JSON.stringify(entry(2)),
      JSON.stringify(entry(3)),
    ]);
  });

  test('is written anew with what is so, and what is said meanwhile', async () => {
    const path = file();
    const { journal } = await Journal.open(path);
    await Promise.all(Array.from({ length: 1200 }, (_, n) => journal.append(entry(n))));
    expect(journal.isStale(200)).toBe(false);
    expect(journal.isStale(50)).toBe(true);
    const compacted = journal.compact(() => [entry(1), entry(2)]);
    const meanwhile = journal.append(entry(3));
    await Promise.all([compacted, meanwhile]);
    expect(lines(path)).toEqual([1, 2, 3].map((n) => JSON.stringify(entry(n))));
    expect(journal.isStale(3)).toBe(false);
    await journal.close();
  });

  test('says what is wrong with its file', async () => {
    await expect(Journal.open('/proc/nowhere/journal')).rejects.toMatchObject({
      code: 'ERR_IO',
      file: '/proc/nowhere/journal',
      message: expect.stringMatching(/^Cannot keep bans in \/proc\/nowhere\/journal: /),
    });
  });
});
