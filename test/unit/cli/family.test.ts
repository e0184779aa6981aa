import { placeOfSix } from '../../../lib/cli/family';
import { describe, expect, test } from '../../harness';

describe('-6 of iptc', () => {
  test.each([
    '-6 -L',
    '-A INPUT -j ACCEPT -6',
    '-A INPUT -6 -j ACCEPT',
    '-L -6 INPUT',
    '-vL -6',
    '-A INPUT -sfe80::1 -6',
    '-A INPUT -p tcp --syn -6',
    '-A INPUT -m comment --comment=x -6',
    '-A INPUT --ipv6 -m comment --comment -6',
    '-w -6 -L',
  ])('is the family in: %s', (line) => {
    const words = line.split(' ');
    expect(words[placeOfSix(words)]).toMatch(/^-6$|^--ipv6$/);
    expect(placeOfSix(words)).toBe(words.findIndex((word) => /^-6$|^--ipv6$/.test(word)));
  });
  test.each([
    '-A OUTPUT -m comment --comment -6 -j ACCEPT',
    '-A OUTPUT -j LOG --log-prefix -6',
    '-A OUTPUT -j NFLOG --nflog-prefix --ipv6',
    '-A OUTPUT -m string --algo bm --string -6',
    '-A INPUT -i -6',
    '-A INPUT --in-interface -6',
    '-A -6',
    '-vA -6',
    '--netns -6 -L',
    '-L -- -6',
    '-L',
  ])('is something else in: %s', (line) => {
    expect(placeOfSix(line.split(' '))).toBe(-1);
  });
});
