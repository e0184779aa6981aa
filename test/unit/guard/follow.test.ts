/** Logs that are rotated in every way, and those who are told of bans. */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Ban } from '../../../lib/bans';
import { Follow, type Place } from '../../../lib/guard/follow';
import { Journald } from '../../../lib/guard/journald';
import { Teller } from '../../../lib/guard/tell';
import { System } from '../../../lib/persist/system';
import { describe, expect, test } from '../../harness';
import { temporaryFolder } from '../../harness/temporary';

function following(path: string, from?: Place) {
  const heard: string[] = [];
  const follow = new Follow(
    path,
    { line: (text) => heard.push(text), trouble: (text) => heard.push(`! ${text}`) },
    from,
  );
  const poll = async () => {
    await follow.poll();
    return heard.splice(0);
  };
  return { follow, poll };
}

describe('a log that is followed', () => {
  const fresh = () => join(temporaryFolder('log'), 'log');

  test('is heard from its end on, line by line', async () => {
    const path = fresh();
    writeFileSync(path, 'old\n');
    const { follow, poll } = following(path);
    expect(await poll()).toEqual([]);
    appendFileSync(path, 'one\ntw');
    expect(await poll()).toEqual(['one']);
    appendFileSync(path, 'o\n');
    expect(await poll()).toEqual(['two']);
    await follow.close();
  });

  test('goes on when it is moved away, and what was written before isn’t lost', async () => {
    const path = fresh();
    writeFileSync(path, '');
    const { follow, poll } = following(path);
    await poll();
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, 'late\n');
    expect(await poll()).toEqual([expect.stringMatching(/^! Cannot read .*ENOENT/), 'late']);
    expect(await poll()).toEqual([]);
    appendFileSync(`${path}.1`, 'later\n');
    writeFileSync(path, 'new\n');
    expect(await poll()).toEqual(['later', 'new']);
    await follow.close();
  });

  test('goes on when it is copied and cut, also if it has grown beyond where it was', async () => {
    const path = fresh();
    writeFileSync(path, 'old\n');
    const { follow, poll } = following(path);
    await poll();
    appendFileSync(path, 'one\n');
    expect(await poll()).toEqual(['one']);
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    appendFileSync(path, 'b\n');
    expect(await poll()).toEqual(['b']);
    truncateSync(path);
    appendFileSync(path, 'longer than before\nand more\n');
    expect(await poll()).toEqual(['longer than before', 'and more']);
    await follow.close();
  });

  test('is taken up where it was left, or from the beginning if it is another', async () => {
    const path = fresh();
    writeFileSync(path, 'one\nha');
    const first = following(path);
    await first.poll();
    appendFileSync(path, 'lf\ntwo\nhal');
    expect(await first.poll()).toEqual(['lf', 'two']);
    const place = first.follow.place!;
    await first.follow.close();
    appendFileSync(path, 'f\n');
    const second = following(path, place);
    expect(await second.poll()).toEqual(['half']);
    await second.follow.close();
    writeFileSync(`${path}.new`, 'other\n');
    renameSync(`${path}.new`, path);
    const third = following(path, place);
    expect(await third.poll()).toEqual(['other']);
    await third.follow.close();
  });

  test('says once what is wrong with it', async () => {
    const folder = temporaryFolder('log');
    const path = join(folder, 'log');
    mkdirSync(path);
    const { follow, poll } = following(path);
    expect(await poll()).toEqual([`! Cannot read ${path}: it is no file`]);
    expect(await poll()).toEqual([]);
    renameSync(path, `${path}.away`);
    writeFileSync(path, `${'x'.repeat(70_000)}\nok\n`);
    expect(await poll()).toEqual([`! A line of ${path} is too long, and passed over`, 'ok']);
    await follow.close();
  });
});

test('journalctl is followed, and begun again where it was', async () => {
  const root = temporaryFolder('journal');
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  const journalctl = join(root, 'usr/bin/journalctl');
  const line = JSON.stringify({
    MESSAGE: 'hello',
    SYSLOG_IDENTIFIER: 'x',
    _SYSTEMD_UNIT: 'a.service',
    __REALTIME_TIMESTAMP: '1',
    __CURSOR: 'c1',
  });
  writeFileSync(
    journalctl,
    `#!/bin/sh\necho "$@" >> ${root}/calls\necho '${line}'\necho nonsense\n[ -e ${root}/once ] && exec sleep 60\n: > ${root}/once\n`,
  );
  chmodSync(journalctl, 0o755);
  const heard: string[] = [];
  let again = (): void => {};
  const begun = new Promise<void>((resolve) => {
    again = resolve;
  });
  const journald = new Journald(new System({ root }), ['a', 'b.service'], undefined, {
    message: ({ text }) => {
      heard.push(text);
      if (heard.filter((each) => each === 'x: hello').length === 2) again();
    },
    trouble: (text) => heard.push(text),
  });
  journald.start();
  await begun;
  expect(heard).toEqual(['x: hello', 'journalctl has ended: it begins again in 1 s', 'x: hello']);
  expect(journald.place).toBe('c1');
  await journald.stop();
  expect(readFileSync(join(root, 'calls'), 'utf8').split('\n').slice(0, 2)).toEqual([
    expect.stringMatching(/^-f -q -o json --no-tail --since=@\d+(\.\d+)? -u a -u b\.service$/),
    '-f -q -o json --no-tail --after-cursor=c1 -u a -u b.service',
  ]);
});

describe('who is told', () => {
  const ban: Ban = { address: '192.0.2.1', since: 0, until: 60_000, reason: 'a\n; rm', direction: 'in', times: 2 };
  const troubles = async (notify: ConstructorParameters<typeof Teller>[0]) => {
    const told: string[] = [];
    let tell = (): void => {};
    const first = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const teller = new Teller(notify, (sentence) => {
      told.push(sentence);
      tell();
    });
    teller.tell('ban', ban);
    await first;
    return told[0];
  };

  test('is a URL, for a while', async () => {
    const bodies: string[] = [];
    let answer = 204;
    const server = createServer((request, response) => {
      if (request.url === '/never') return;
      request.on('data', (chunk) => bodies.push(String(chunk)));
      request.on('end', () => {
        response.statusCode = answer;
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    answer = 500;
    expect(await troubles({ webhook: { url: `${url}/x` } })).toBe(`Cannot tell of a ban: ${url}/x answered 500`);
    expect(JSON.parse(bodies[0]!)).toEqual({ event: 'ban', ...ban });
    expect(await troubles({ webhook: { url: `${url}/never`, timeout: 0.05 } })).toMatch(
      /did not answer within 0.05 s$/,
    );
    server.closeAllConnections?.();
    await new Promise((resolve) => server.close(resolve));
    expect(await troubles({ webhook: { url } })).toMatch(/ECONNREFUSED/);
  });

  test('is a command, without a shell', async () => {
    const file = join(temporaryFolder('tell'), 'told');
    const script = 'require("fs").writeFileSync(process.argv[1], process.argv.slice(2).join("|")); process.exit(3)';
    const words = ['{event}', '{address}', '{reason}', '{until}', '{times}', '$(id)'];
    expect(await troubles({ command: [process.execPath, '-e', script, file, ...words] })).toBe(
      `Cannot tell of a ban: ${process.execPath} ended with 3`,
    );
    expect(readFileSync(file, 'utf8')).toBe('ban|192.0.2.1|a?; rm|1970-01-01T00:01:00.000Z|2|$(id)');
    expect(await troubles({ command: ['/nowhere'] })).toMatch(/ended with ENOENT/);
  });
});
