/** Names and comments of others, printed on a terminal: nothing of them is obeyed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { lacksCommands, MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { iptables, save } from '../harness/oracle';
import { temporaryFolder } from '../harness/temporary';

/** Sets the window's title, and hides what follows. */
const EVIL = '\u001b]0;evil\u0007\u001b[8m';
const SHOWN = '\\x1b]0;evil\\x07\\x1b[8m';

/** But for what hides: that isn't ours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const COLOURS = /\u001b\[(?!8m)[\d;]*m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const OBEYED = /[\u001b\u0007]/;

describeWith(lacksCommands() ? [] : ['netns', 'addon', 'iptables', 'legacy', 'script'], 'on a terminal', () => {
  let netns: Netns;
  let file: string;
  beforeAll(() => {
    netns = new Netns();
    for (const words of [
      ['-N', `w${EVIL}`],
      ['-A', 'INPUT', '-p', 'tcp', '-m', 'comment', '--comment', `x${EVIL}`, '-j', `w${EVIL}`],
      ['-A', 'INPUT', '-j', 'LOG', '--log-prefix', `p${EVIL}`],
    ])
      expect(iptables(netns, 'ipv4', words).status).toBe(0);
    file = join(temporaryFolder('terminal'), 'rules');
    writeFileSync(file, save(netns, 'ipv4').replace('--comment "x', '--comment "y'));
  });
  afterAll(() => netns.close());

  const quoted = (word: string) => `'${word.replace(/'/g, `'\\''`)}'`;
  const onTerminal = (...words: string[]) => {
    const command = [process.execPath, MULTI, ...words].map(quoted).join(' ');
    return netns.execSync('script', ['-qec', command, '/dev/null']).stdout;
  };
  const commands = (): Record<string, string[]> => ({
    'iptc -L': ['iptc', '-L', '-n'],
    'iptc -S': ['iptc', '-S'],
    'iptc -N': ['iptc', '-N', `w${EVIL}`],
    'iptc -j': ['iptc', '-A', 'INPUT', '-j', EVIL],
    'iptc WORD': ['iptc', EVIL],
    'iptc -C -v': ['iptc', '-C', 'INPUT', '-v', '-j', 'LOG', '--log-prefix', `p${EVIL}`],
    'iptc list': ['iptc', 'list'],
    'iptc list --color': ['iptc', 'list', '--color', 'always'],
    'iptc check': ['iptc', 'check'],
    'iptc graph': ['iptc', 'graph'],
    'iptc plan': ['iptc', 'plan', file],
    'iptc explain': ['iptc', 'explain', `-A INPUT -m comment --comment "${EVIL}"`],
    'iptc top': ['iptc', 'top', '--once', '-i', '0.1'],
    'iptables-save': ['iptables-save'],
    'iptables-save --json': ['iptables-save', '--json'],
    'iptables-restore -v': ['iptables-restore', '-t', '-v', file],
    'iptables-restore FILE': ['iptables-restore', `/nowhere${EVIL}`],
    'iptables-xml': ['iptables-xml', file],
  });
  for (const name of Object.keys(commands()))
    test(`nothing is obeyed of what ${name} prints`, () => {
      const printed = onTerminal(...commands()[name]!);
      expect(printed).not.toBe('');
      expect(printed.replace(COLOURS, '')).not.toMatch(OBEYED);
    });

  test('it is shown by its number, and elsewhere as it is', () => {
    expect(onTerminal('iptc', '-S')).toContain(`"w${SHOWN}"`);
    const piped = netns.execSync(process.execPath, [MULTI, 'iptc', '-S']);
    expect(piped.stdout).toContain(`"w${EVIL}"`);
  });
});
