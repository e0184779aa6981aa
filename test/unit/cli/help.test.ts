import { spawnSync } from 'node:child_process';
import { SUBCOMMANDS } from '../../../lib/cli/dispatch';
import { describe, expect, test } from '../../harness';
import { MULTI } from '../../harness/commands';

describe('iptc NAME --help', () => {
  test.each(Object.keys(SUBCOMMANDS))('%s says what it does, and ends well', (name) => {
    for (const word of ['--help', '-h']) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [MULTI, 'iptc', name, word], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(name === 'set' ? /^\S+ v7/ : /^Usage: iptc (.|\n)+\n/);
    }
  });
});

describe('a first word', () => {
  const iptc = (...words: readonly string[]) =>
    spawnSync(process.execPath, [MULTI, 'iptc', ...words], { encoding: 'utf8' });

  test('that is nearly a command is told from it', () => {
    const { status, stderr } = iptc('paln', 'file');
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^iptc v.*: Bad argument `paln'\nExpected a command but received "paln": did you mean plan\?\n/,
    );
    expect(iptc('INPUT').stderr).toMatch(/Bad argument `INPUT'\nExpected an option/);
  });
  test('that is help is --help', () => {
    expect(iptc('help').stdout).toBe(iptc('--help').stdout);
  });
});
