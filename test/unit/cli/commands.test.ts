import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { painted } from '../../../lib/cli/colour';
import { getopt } from '../../../lib/cli/getopt';
import { extensionHelp, help } from '../../../lib/cli/help';
import { manuals } from '../../../lib/cli/manual';
import type { Command } from '../../../lib/command/command';
import { explainRule } from '../../../lib/command/explain';
import { parseCommand } from '../../../lib/command/parse';
import { matches, targets } from '../../../lib/extensions/registry';
import { ctime } from '../../../lib/net/ctime';
import { parseRule } from '../../../lib/text/rule';
import { describe, expect, test } from '../../harness';
import { temporaryFolder } from '../../harness/temporary';

const program = { name: 'iptc', family: 'ipv4' } as const;
const parse = (line: string) =>
  parseCommand(line.split(' '), [], {
    family: 'ipv4',
    resolve: (name) => (name === 'two' ? ['10.0.0.1', '10.0.0.2'] : []),
  });
const command = (line: string) => parse(line) as Command;

describe('parseCommand', () => {
  test('takes short and long options, clusters and abbreviations', () => {
    expect(command('-t nat -nvL PREROUTING 3 --line -x')).toMatchObject({
      letters: ['L'],
      table: 'nat',
      chain: 'PREROUTING',
      number: 3,
      numeric: true,
      verbose: 1,
      exact: true,
      lineNumbers: true,
    }); // prettier-ignore
    expect(command('--append INPUT --proto tcp --destination-p 22 --jump ACCEPT').rules).toEqual([
      { protocol: 'tcp', match: [{ tcp: { dport: 22 } }], target: 'ACCEPT' },
    ]);
    expect(command('-D INPUT 4')).toMatchObject({ letters: ['d'], number: 4 });
    expect(command('-Z -L')).toMatchObject({ letters: ['L', 'Z'] });
    expect(command('-P INPUT DROP -c 1,2')).toMatchObject({ policy: 'DROP', counters: { packets: 1n, bytes: 2n } });
    expect(command('-w -L').wait).toBe(-1);
    expect(command('-w 5 -L').wait).toBe(5);
    expect(parse('-V')).toEqual({ answer: 'version', not: false });
  });

  test('makes rules of lists and of hosts', () => {
    const sources = (line: string) => command(line).rules.map((rule) => (rule as { source?: unknown }).source);
    expect(sources('-A INPUT -s 10.0.0.1,10.0.1.0/24')).toEqual(['10.0.0.1', '10.0.1.0/24']);
    expect(sources('-A INPUT -s two/31')).toEqual(['10.0.0.1/31', '10.0.0.2/31']);
    expect(command('-A INPUT -s 1.1.1.1,2.2.2.2 -d 3.3.3.3,4.4.4.4').rules).toHaveLength(4);
  });

  for (const line of [
    '-A INPUT -n',
    '-L -p tcp',
    '-F -j DROP',
    '-D INPUT 1 -j DROP',
    '-L -S',
    '-L -L',
    '-N ACCEPT',
    '-A INPUT -D INPUT',
    '-R INPUT',
    '-E a',
    '-P INPUT',
    '-N LOG',
    '-N -- x',
    '-A INPUT ! -s 1.1.1.1,2.2.2.2',
    '-A INPUT -s nobody',
    '-L INPUT 0',
    '-t nat -A OUTPUT -j DROP',
    '-W 5 -L',
    '-w 1 -W 1000000 -L',
    '-6 -L',
    '-n',
    '-A INPUT ! ! -s 1.1.1.1',
    '-A OUTPUT -i lo',
    '-R INPUT 1 -s 1.1.1.1,2.2.2.2',
  ])
    test(`refuses ${line}`, () => {
      expect(() => parse(line)).toThrow(/Expected/);
    });
});

test('getopt takes what getopt_long takes', () => {
  const flags = [
    { name: 'counters', letter: 'c' },
    { name: 'wait', letter: 'w', argument: 'maybe' },
    { name: 'table', letter: 'T', argument: true },
    { name: 'colour', whole: true },
  ] as const;
  expect(getopt('x', ['-cTnat', '--wa=3', 'file', '-w', '--co', '--', '-c'], flags, '')).toEqual({
    options: [
      { name: 'counters', value: undefined },
      { name: 'table', value: 'nat' },
      { name: 'wait', value: '3' },
      { name: 'wait', value: undefined },
      { name: 'counters', value: undefined },
    ],
    rest: ['file', '-c'],
  });
});

test('explain says what a rule does', () => {
  const text = explainRule('ipv4', parseRule('! -i lo -p tcp --dport 22 -j REJECT --reject-with tcp-reset'), 'INPUT');
  expect(text).toContain('not: it came in by lo');
  expect(text).toContain('22');
  expect(text).toContain('tcp-reset');
});

test('help shows the options, and those of every extension', () => {
  expect(help(program, [])).toContain('iptc -h (print this help information)');
  for (const extension of [...matches, ...targets]) {
    const text = extensionHelp(extension);
    for (const word of extension.words.keys()) expect(text).toContain(`--${word}`);
  }
});

test('the manual pages are ones, and the completion is a script', () => {
  const folder = temporaryFolder('pages');
  const troff = spawnSync('groff', ['-v']).status === 0;
  for (const [name, text] of Object.entries(manuals('1.0.0'))) {
    expect(text).toMatch(/^\.\\".*\n\.TH [A-Z-]+ [18] /);
    if (!troff) continue;
    writeFileSync(join(folder, name), text);
    expect(spawnSync('groff', ['-z', '-man', '-ww', '-Kutf8', join(folder, name)], { encoding: 'utf8' }).stderr).toBe(
      '',
    );
  }
  rmSync(folder, { recursive: true });
});

test('colours are for terminals', () => {
  expect(painted(undefined)('-A INPUT -j DROP')).toBe('-A INPUT -j DROP');
  expect(painted('always')('-j DROP')).toBe('-j \u001b[31mDROP\u001b[0m');
});

test('ctime prints as ctime(3)', () => {
  expect(ctime(new Date(2024, 0, 3, 4, 5, 6))).toBe('Wed Jan  3 04:05:06 2024');
});
