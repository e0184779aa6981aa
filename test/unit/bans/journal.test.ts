import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
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
      '{"unban":"1\u00e4',
      JSON.stringify(entry(3)),
    ]);
  });

  test('is shared with other processes, which may write it anew', async () => {
    const path = file();
    const [ours, theirs] = [(await Journal.open(path)).journal, (await Journal.open(path)).journal];
    const heard: string[] = [];
    ours.follow(
      () => [],
      (entries) => heard.push(...entries.map((each) => JSON.stringify(each))),
    );
    await theirs.append(entry(1));
    await ours.append(entry(2));
    expect(heard).toEqual([entry(1), entry(2)].map((each) => JSON.stringify(each)));
    // Whoever writes it anew knows what others have said, and they go on in the new one.
    const known = new Set<string>([JSON.stringify(entry(1))]);
    theirs.follow(
      () => [...known].map((each) => JSON.parse(each) as Entry),
      (entries) => {
        for (const each of entries) known.add(JSON.stringify(each));
      },
    );
    await theirs.compact();
    await ours.append(entry(3));
    await theirs.append(entry(4));
    expect(lines(path).sort()).toEqual([1, 2, 3, 4].map((n) => JSON.stringify(entry(n))));
    expect(known).toContain(JSON.stringify(entry(3)));
    await ours.close();
    await theirs.close();
  });

  test('is written again where somebody has taken it away, or cut it', async () => {
    const path = file();
    const { journal } = await Journal.open(path);
    const said: Entry[] = [];
    journal.follow(
      () => said,
      () => {},
    );
    const say = async (n: number) => {
      said.push(entry(n));
      await journal.append(entry(n));
    };
    await say(1);
    rmSync(path);
    await say(2);
    expect(new Set(lines(path))).toEqual(new Set([1, 2].map((n) => JSON.stringify(entry(n)))));
    truncateSync(path, 5);
    await say(3);
    expect(new Set(lines(path))).toEqual(new Set([1, 2, 3].map((n) => JSON.stringify(entry(n)))));
    await journal.close();
  });

  test('has lines of ours alone, whatever is in the file', async () => {
    const path = file();
    await (await Journal.open(path)).journal.close();
    const ban = { address: '10.0.0.1', since: 1, direction: 'in', times: 1 };
    const wrong = [
      { ban: { ...ban, ports: 'abc' } },
      { ban: { ...ban, ports: [70_000] } },
      { ban: { ...ban, until: 'never' } },
      { ban: { ...ban, since: 1e300 } },
      { ban: { ...ban, direction: 'sideways' } },
      { ban: { ...ban, times: -1 } },
      { ban: { ...ban, protocol: 'icmp' } },
      { ban: { ...ban, reason: {} } },
      { ban: null },
      { allow: { address: 5, since: 1 } },
      { history: { address: '10.0.0.1', times: 'x', last: 1 } },
      { unban: 5 },
    ];
    writeFileSync(path, [...wrong, { ban }].map((each) => `${JSON.stringify(each)}\n`).join(''));
    const { journal, entries } = await Journal.open(path);
    expect(entries).toEqual([{ ban }]);
    await journal.close();
  });

  test('is a file', async () => {
    const path = join(temporaryFolder('pipe'), 'pipe');
    execFileSync('mkfifo', [path]);
    await expect(Journal.open(path)).rejects.toMatchObject({ code: 'ERR_IO', file: path });
    await expect(Journal.open('/dev/null')).rejects.toMatchObject({ code: 'ERR_IO' });
  });

  test("is no link to somebody else's file, and no other name of it", async () => {
    const folder = temporaryFolder('links');
    const [theirs, link, name] = ['theirs', 'link', 'name'].map((each) => join(folder, each)) as [
      string,
      string,
      string,
    ];
    writeFileSync(theirs, `${JSON.stringify(entry(1))}\n`, { mode: 0o644 });
    symlinkSync(theirs, link);
    linkSync(theirs, name);
    const hint = 'Give the path of the file that it leads to.';
    const message = `Cannot keep bans in ${link}: it is a symbolic link`;
    await expect(Journal.open(link)).rejects.toMatchObject({ code: 'ERR_IO', message, hint });
    const { journal, entries } = await Journal.open(name);
    expect(entries).toEqual([entry(1)]);
    await journal.append(entry(2));
    await journal.close();
    expect([lines(theirs).length, statSync(theirs).mode & 0o777]).toEqual([1, 0o644]);
    expect([lines(name).length, statSync(name).mode & 0o777]).toEqual([2, 0o600]);
  });

  test('is written anew with what is so, and what is said meanwhile', async () => {
    const path = file();
    const { journal } = await Journal.open(path);
    await Promise.all(Array.from({ length: 1200 }, (_, n) => journal.append(entry(n))));
    expect(journal.isStale(200)).toBe(false);
    expect(journal.isStale(50)).toBe(true);
    journal.follow(
      () => [entry(1), entry(2)],
      () => {},
    );
    const compacted = journal.compact();
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
