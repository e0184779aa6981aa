/** The guard's file: what it may say, and what is said of what it may not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { parse } from 'yaml';
import { guardSchema } from '../../../lib/guard/config';
import { configText, importCsf } from '../../../lib/guard/csf';
import { readConfig } from '../../../lib/guard/file';
import { describe, expect, test } from '../../harness';
import { temporaryFolder } from '../../harness/temporary';

const WHOLE = `
name: bans
journal: /var/lib/libiptc/bans
target: REJECT --reject-with tcp-reset
banTime: 1d12h
findTime: 600
recidive: { factor: 2, most: 4w }
ignore: [127.0.0.0/8, '::1', 192.0.2.1-192.0.2.9]
allow: [192.0.2.1, { address: 198.51.100.0/24, reason: office, ports: [22, [80, 90]], protocol: tcp }]
deny: ['2001:db8::/32']
lists: { drop: /etc/drop.txt, other: { file: /etc/other.txt, format: csf, every: 1h } }
watch:
  sshd:
    files: /var/log/auth.log
    units: [ssh.service]
    patterns: sshd
    ports: [22]
    maxRetry: 3
    banTime: ever
  own.app:
    files: [/var/log/a.log, /var/log/b.log]
    patterns: ['^refused <ADDRESS>$']
    except: 'health check'
notify: { webhook: http://127.0.0.1:8080/, command: [/usr/bin/logger, '{address}'], on: [ban, expire] }
`;
const refusal = (text: string) => {
  try {
    readConfig(text, 'guard.yaml');
    return undefined;
  } catch (error) {
    const { message, line, column, file } = error as Error & { line: number; column: number; file: string };
    expect(file).toBe('guard.yaml');
    return `${line}:${column} ${message}`;
  }
};
const schema = new Ajv({ allErrors: true, strict: false }).compile(guardSchema);

describe('the file of the guard', () => {
  test('is read, with times as seconds and one as a list of it', () => {
    expect(readConfig(WHOLE, 'guard.yaml')).toMatchObject({
      banTime: 129_600,
      allow: [{ address: '192.0.2.1' }, { ports: [22, [80, 90]] }],
      lists: { drop: { file: '/etc/drop.txt' }, other: { every: 3600 } },
      watch: { sshd: { files: ['/var/log/auth.log'], patterns: ['sshd'], banTime: 'ever' } },
      notify: { webhook: { url: 'http://127.0.0.1:8080/' } },
    });
    expect(schema(parse(WHOLE))).toBe(true);
  });

  // The line and the key, what was expected there, and the nearest name.
  test.each([
    ['watch:\n  sshd:\n    file: /x\n    patterns: sshd\n', '3:5 Expected files, or another of'],
    ['watch:\n  sshd:\n    files: [x]\n    patterns: sshd\n', '3:13 Expected an absolute path for watch.sshd.files[0]'],
    ['watch:\n  sshd:\n    patterns: sshd\n', '2:3 Expected files or units for watch.sshd but'],
    ['watch:\n  a.b:\n    files: /x\n    patterns: [sshd, ssh]\n', '4:22 Expected sshd, nginx'],
    ['watch:\n  a:\n    files: /x\n    patterns: "(<ADDRESS>"\n', '4:5 Expected a pattern in the syntax of RE2 ('],
    ['watch:\n  a:\n    files: /x\n    patterns: "<ADDRESS>(?=x)"\n', '4:5 Expected a pattern in the syntax of RE2 ('],
    ['watch: {}\nmaxRety: 5\n', '2:1 Expected maxRetry, or another of'],
    ['watch: {}\nmaxRetry: 0\n', '2:1 Expected an integer from 1 to 10000 for maxRetry but received 0'],
    ['watch: {}\nbanTime: 1 hour\n', '2:1 Expected seconds, or a time such as'],
    ['watch: {}\nignore:\n  - 10.0.0.1\n  - 10.0.0.300\n', '4:5 Expected an address, or a network such as'],
    ['watch: {}\nlists: { nameoflistthatislong: /x }\n', '2:10 Expected a name of at most 12'],
    ['watch: {}\nnotify: { command: [logger] }\n', '2:11 Expected an absolute path for notify.command'],
    ['watch: {}\nwatch: {}\n', '2:1 Expected YAML'],
    ['watch: [', '1:9 Expected YAML'],
    ['', '1:1 Expected an object'],
    ['- a', '1:1 Expected an object'],
  ])('says what is wrong, and where: %j', (text, message) => {
    expect(refusal(text)).toContain(message);
  });
  test('is refused by its schema, too', () => {
    for (const text of [
      'watch: { a: { patterns: sshd } }',
      'watch: { a: { files: x, patterns: sshd } }',
      'watch: {}\nmaxRetry: 0',
      'watch: {}\nmaxRety: 1',
      'maxRetry: 1',
      'watch: {}\nbanTime: 1 hour',
    ]) {
      expect([text, refusal(text) === undefined]).toEqual([text, false]);
      expect([text, schema(parse(text))]).toEqual([text, false]);
    }
  });
  test('may not grow without bound', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`)}]`).join('\n')}\n`;
    expect(refusal(bomb)).toMatch(/Expected YAML but received too much/);
  });

  test("is made of ConfigServer Firewall's", async () => {
    const folder = temporaryFolder('csf');
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    write(
      'csf.conf',
      'LF_SSHD = "5"\nLF_SSHD_PERM = "3600"\nSSHD_LOG = "/var/log/secure"\nLF_IMAPD = "10"\nIMAPD_LOG = "/var/log/mail*"\nLF_SELECT = "1"\nDROP = "REJECT"\nLF_PERMBLOCK = "1"\n',
    );
    write('csf.allow', `Include ${join(folder, 'more')}\ntcp|in|d=22|s=192.0.2.2 # admin\ntcp|out|d=80||u=99\n`);
    write('more', '192.0.2.1 # a: "b"\n');
    write('csf.deny', '198.51.100.0/24 # do not delete\n');
    const imported = await importCsf(folder);
    expect(imported.config).toMatchObject({
      target: 'REJECT',
      allow: [
        { address: '192.0.2.1', reason: 'a: "b"' },
        { address: '192.0.2.2', ports: [22] },
      ],
      deny: [{ address: '198.51.100.0/24', direction: 'both' }],
      watch: { sshd: { files: ['/var/log/secure'], maxRetry: 5, banTime: 3600, ports: [22] } },
    });
    expect(imported.notes.map((note) => note.replace(folder, ''))).toEqual([
      '/csf.allow:3: Cannot keep "tcp|out|d=80||u=99": it is of a user or a group',
      `There is no ${join(folder, 'csf.ignore')}`.replace(folder, ''),
      'LF_IMAPD: IMAPD_LOG names no single file ("/var/log/mail*"), so imap is not watched',
    ]);
    expect(readConfig(configText(imported), 'guard.yaml')).toMatchObject({ target: 'REJECT' });
    write('csf.deny', 'x\n');
    await expect(importCsf(folder)).rejects.toMatchObject({ file: join(folder, 'csf.deny'), line: 1 });
  });
});
