/** What strangers may write into the guard's files, and answer to its notifications: a sentence each, and it goes on. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Ban } from '../../../lib/bans/ban';
import { readList } from '../../../lib/bans/transfer';
import { IptcError } from '../../../lib/errors';
import { configText, importCsf } from '../../../lib/guard/csf';
import { readConfig } from '../../../lib/guard/file';
import { Teller } from '../../../lib/guard/tell';
import { describe, expect, test } from '../../harness';
import { temporaryFolder } from '../../harness/temporary';

const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof IptcError && error.code === 'ERR_BAD_TEXT') return error.message;
    throw error;
  }
  return '';
};
const ESC = String.fromCharCode(27);
const CSI = String.fromCharCode(0x9b);

describe('a file of the guard', () => {
  const WRONG: readonly unknown[] = [null, true, -1, 9e99, 'x', '', [], {}, [[]], [null], { x: 1 }, [{ x: {} }]];
  test.each([
    'name',
    'uses',
    'journal',
    'state',
    'target',
    'limit',
    'maxRetry',
    'findTime',
    'banTime',
    'recidive',
    'ignore',
    'allow',
    'deny',
    'lists',
    'watch',
    'notify',
  ])('is refused, or read, whatever %s is', (key) => {
    let refused = 0;
    for (const value of WRONG) {
      const text = JSON.stringify({ watch: {}, [key]: value });
      if (refusal(() => readConfig(text, 'guard.yaml')) !== '') refused++;
    }
    expect(refused).toBeGreaterThan(4);
  }); // prettier-ignore

  test.each([
    ['tags', 'watch: !!js/function "function () { process.exit(1) }"'],
    ['a prototype', 'watch: {}\n__proto__: { name: x }'],
    ['a constructor', 'watch: { constructor: { files: /x } }'],
    ['an alias to nothing', 'watch: *x'],
    ['an alias to itself', 'watch: &a { x: *a }'],
    ['two documents', 'watch: {}\n---\nwatch: {}'],
    ['depth', `watch: ${'['.repeat(100_000)}`],
    ['depth of maps', `watch: ${'{a: '.repeat(20_000)}`],
    ['dashes', `watch:\n${'- '.repeat(50_000)}x`],
    ['a number as a key', '1: 2'],
    ['zeroes', '\0'.repeat(1000)],
    ['controls', `watch: {}\n"${ESC}[2J": 1`],
    ['a URL that is none', 'watch: {}\nnotify: { webhook: "http://[::" }'],
    ['another scheme', 'watch: {}\nnotify: { webhook: "file:///etc/passwd" }'],
    ['a pattern without end', `watch: { a: { files: /x, patterns: '<ADDRESS>${'(((a{100}){100}){100}){100}'}' } }`],
    [
      'a pattern of depth',
      `watch: { a: { files: /x, patterns: '<ADDRESS>${'('.repeat(20_000)}${')'.repeat(20_000)}' } }`,
    ],
  ])('is refused in a sentence where it has %s', (_, text) => {
    const said = refusal(() => readConfig(text, 'guard.yaml'));
    expect(said).toMatch(/^Expected /);
    expect(said.length).toBeLessThan(1000);
    expect(said).not.toContain(ESC);
  });
});

describe("a folder of ConfigServer Firewall's", () => {
  const folder = temporaryFolder('csf-hostile');
  const write = (name: string, text: string | Buffer) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  write('csf.conf', 'LF_SSHD = "5"\nSSHD_LOG = "/var/log/secure"\n');
  const imported = async (deny: string | Buffer): Promise<string> => {
    write('csf.deny', deny);
    try {
      return configText(await importCsf(folder));
    } catch (error) {
      if (!(error instanceof IptcError)) throw error;
      expect(error.message.length).toBeLessThan(1000);
      expect(error.message).not.toContain(ESC);
      return `${error.code}: ${error.message}`;
    }
  };
  const loop = write('loop', '');
  write('loop', `Include ${loop}\n`.repeat(20));
  // A thousand million ways to the last.
  write('way8', '');
  for (let i = 0; i < 8; i++) write(`way${i}`, `Include ${join(folder, `way${i + 1}`)}\n`.repeat(20));

  test.each<[string, () => string | Buffer, RegExp]>([
    ['10 MB in a line', () => 'x'.repeat(10 << 20), /^ERR_BAD_TEXT: Expected an address/],
    ['10 MB of bars', () => '|'.repeat(10 << 20), /^ERR_BAD_TEXT: Expected a rule such as/],
    ['10 MB of ports', () => `tcp|in|d=${'1,'.repeat(5 << 20)}|s=192.0.2.1`, /^ERR_BAD_TEXT: Expected a port/],
    ['10 MB of rules that cannot be kept', () => 'icmp|in|d=8|s=192.0.2.1\n'.repeat(20_000), /icmp/],
    ['invalid UTF-8', () => Buffer.from([0x31, 0xff, 0xfe, 0xc0, 0x80, 10]), /^ERR_BAD_TEXT: Expected an address/],
    ['controls', () => `${ESC}[2J192.0.2.1\n`, /^ERR_BAD_TEXT: Expected an address/],
    ['what it includes including itself', () => `Include ${loop}\n`, /^ERR_BAD_TEXT: Expected no more than \d+ files/],
    [
      'many ways to the same',
      () => `Include ${join(folder, 'way1')}\n`,
      /^ERR_BAD_TEXT: Expected no more than 1000 files/,
    ],
    ['a folder', () => `Include ${folder}\n`, /^ERR_IO: Cannot read /],
    ['a file without end', () => 'Include /dev/zero\n', /^ERR_IO: Cannot read \/dev\/zero: it is no regular file/],
    ['no file', () => 'Include /nowhere/at/all\n', /^ERR_IO: Cannot read /],
    ['a rule without an address', () => 'tcp|in|d=22\n', /^ERR_BAD_TEXT: Expected a rule such as/],
    ['a rule with too much', () => 'tcp|in|d=22|s=192.0.2.1|u=0|x\n', /^ERR_BAD_TEXT: Expected a rule such as/],
    ['ports the wrong way round', () => 'tcp|in|d=30_20|s=192.0.2.1\n', /^ERR_BAD_TEXT: Expected a port, or a range/],
    ['a port too high', () => 'tcp|in|d=70000|s=192.0.2.1\n', /^ERR_BAD_TEXT: Expected a port, or a range/],
    ['all addresses', () => '0.0.0.0/0\n', /^ERR_BAD_TEXT: Expected an address/],
  ])('is refused, or read, where it has %s', async (_, deny, sentence) => {
    expect(await imported(deny())).toMatch(sentence);
  });
  test('waits for no pipe', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await imported(`Include ${pipe}\n`)).toMatch(/^ERR_IO: .* no regular file/);
  });
  test('brings nothing into the file but what it says', async () => {
    const text = await imported(
      `192.0.2.1 # a${ESC}[2J${CSI}b\u2028watch: {}\ntcp|in|d=22|s=192.0.2.2||\n`.replace('||\n', '|u=a\u0085b\n'),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    expect(readConfig(text, 'guard.yaml').deny).toHaveLength(1);
    write('csf.deny', '');
    write('csf.conf', `LF_SSHD = "5"\nSSHD_LOG = "x\u2028y${ESC}"\n`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(configText(await importCsf(folder))).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });
  test('holds the event loop for moments alone', async () => {
    const text = '192.0.2.1 # x\n'.repeat(200_000);
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const { listed } = await readList(text, { format: 'csf' });
    clearInterval(timer);
    expect(listed).toHaveLength(200_000);
    expect(longest).toBeGreaterThan(0); // others had their turn
  });
});

describe('an endpoint that is told of bans', () => {
  const ban: Ban = { address: '192.0.2.1', since: 0, direction: 'in', times: 1 };
  /** What is said of an endpoint that does so with each connection. */
  const said = async (answer: (socket: Socket) => void, timeout = 0.3): Promise<readonly string[]> => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.once('data', () => answer(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const told: string[] = [];
    await new Promise<void>((resolve) => {
      const teller = new Teller({ webhook: { url, timeout } }, (sentence) => {
        told.push(sentence.replace(url, 'URL'));
        if (told.length === 2) resolve();
      });
      teller.tell('ban', ban);
      teller.tell('ban', ban);
    });
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    return told;
  };
  test.each<[string, (socket: Socket) => void, RegExp]>([
    ['says nothing', () => {}, /^Cannot tell of a ban: URL did not answer within 0\.3 s$/],
    ['hangs up', (socket) => socket.destroy(), /^Cannot tell of a ban: (socket hang up|read ECONNRESET)$/],
    [
      'talks another language',
      (socket) => socket.write(`SSH-2.0-x${ESC}[2J\r\n`),
      /^Cannot tell of a ban: Parse Error/,
    ],
    [
      'sends elsewhere',
      (socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n'),
      /URL answered 302$/,
    ],
    [
      'has 10 MB of headers',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(10 << 20)}\r\n\r\n`),
      /^Cannot tell of a ban: Parse Error: Header overflow$/,
    ],
    [
      'refuses with 10 MB',
      (socket) => socket.write(`HTTP/1.1 500 No\r\nContent-Length: 10485760\r\n\r\n${'x'.repeat(10 << 20)}`),
      /URL answered 500$/,
    ],
    [
      'begins, and never ends',
      (socket) => void setInterval(() => socket.writable && socket.write('H'), 50).unref(),
      /^Cannot tell of a ban: (URL did not answer|Parse Error)/,
    ],
  ])('holds up nobody where it %s', async (_, answer, sentence) => {
    for (const each of await said(answer)) {
      expect(each).toMatch(sentence);
      expect(each).not.toContain(ESC);
    }
  }); // prettier-ignore
});
