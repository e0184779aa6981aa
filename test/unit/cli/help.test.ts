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
