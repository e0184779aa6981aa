/** docs/moving/execfile.md has a row for every option that iptables has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMAND_OPTIONS } from '../../lib/command/options';
import { BY_NAME } from '../../lib/text/options';
import { expect, test } from '../harness';

test('every option of iptables has its place', () => {
  const page = readFileSync(join(__dirname, '../../docs/moving/execfile.md'), 'utf8');
  const [, main] = /## Every option\n([\s\S]*?)### iptables-save/.exec(page)!;
  const rows = [...main!.matchAll(/^\| (`.*?) \| (.+) \|$/gm)].map(([, words]) =>
    [...words!.matchAll(/`(.*?)`/g)].map(([, word]) => word!),
  );
  const named = rows
    .flat()
    .filter((word) => word.startsWith('-'))
    .sort();
  const known = [...COMMAND_OPTIONS, ...BY_NAME.values()].filter(({ whole }) => !whole);
  const options = known.flatMap(({ name, letter }) => [`--${name}`, ...(letter === undefined ? [] : [`-${letter}`])]);
  expect(named).toEqual([...options].sort());
});
