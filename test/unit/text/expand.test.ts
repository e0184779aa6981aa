import { expandRule, Firewall, formatRule, type WideRule } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { describe, expect, test } from '../../harness';

const lines = (rule: WideRule | string, family: 'ipv4' | 'ipv6' = 'ipv4') =>
  expandRule(rule as WideRule<'ipv4'>, { family: family as 'ipv4' }).map((each) =>
    formatRule(each, { family: family as 'ipv4' }),
  );
const ports = Array.from({ length: 20 }, (_, i) => 1000 + i);

describe('a rule that stands for several', () => {
  test.each<[string, WideRule | string, string[]]>([
    ['one', '-s 10.0.0.1 -j DROP', ['-s 10.0.0.1/32 -j DROP']],
    ['a list of one', { source: ['10.0.0.1'], target: 'DROP' }, ['-s 10.0.0.1/32 -j DROP']],
    ['what may not be a list of one', { source: { not: ['10.0.0.1'] as never } }, ['! -s 10.0.0.1/32']],
    ['sources', { source: ['10.0.0.1', '10.1.0.0/16'] }, ['-s 10.0.0.1/32', '-s 10.1.0.0/16']],
    [
      'sources times destinations, as text',
      '-s 10.0.0.1,10.0.0.2 -d 10.0.0.3,10.0.0.4 -j DROP',
      [
        '-s 10.0.0.1/32 -d 10.0.0.3/32 -j DROP',
        '-s 10.0.0.1/32 -d 10.0.0.4/32 -j DROP',
        '-s 10.0.0.2/32 -d 10.0.0.3/32 -j DROP',
        '-s 10.0.0.2/32 -d 10.0.0.4/32 -j DROP',
      ],
    ],
    [
      'more than 15 ports',
      { protocol: 'tcp', match: [{ multiport: { dports: ports } }] },
      [`-p tcp -m multiport --dports ${ports.slice(0, 15)}`, `-p tcp -m multiport --dports ${ports.slice(15)}`],
    ],
    [
      'ranges, which take two',
      { protocol: 'tcp', match: [{ multiport: { sports: [...ports.slice(0, 14), [1, 9], 80] } }] },
      [`-p tcp -m multiport --sports ${ports.slice(0, 14)}`, '-p tcp -m multiport --sports 1:9,80'],
    ],
    [
      'ports that a packet may not have: both matches in one rule',
      `-p udp -m multiport ! --dports ${ports} -m comment --comment x -j DROP`,
      [
        `-p udp -m multiport ! --dports ${ports.slice(0, 15)} -m multiport ! --dports ${ports.slice(15)} -m comment --comment x -j DROP`,
      ],
    ],
  ])('may be %s', (_, rule, expected) => {
    expect(lines(rule)).toEqual(expected);
  });

  test('is of its family', () => {
    expect(lines('-s fd00::1,fd00::2', 'ipv6')).toEqual(['-s fd00::1/128', '-s fd00::2/128']);
  });
  test.each<[string, unknown, RegExp]>([
    ['several that may not be', { source: { not: ['10.0.0.1', '10.0.0.2'] } }, /no ! with several addresses/],
    ['several that may not be, as text', '! -s 10.0.0.1,10.0.0.2', /no ! with several addresses/],
    ['none', { source: [] }, /an address or several for source but received an empty list/],
    [
      'too many',
      { source: Array(300).fill('10.0.0.1'), destination: Array(300).fill('10.0.0.1') },
      /at most 65536 rules/,
    ],
    ['a wrong one', { source: ['10.0.0.1', 'x y'] }, /for --source/],
    ['what is no rule', 5, /Expected a rule as a plain object or a text but received 5/],
  ])('is refused: %s', (_, rule, message) => {
    expect(() => expandRule(rule as string)).toThrow(
      expect.objectContaining({ code: 'ERR_BAD_RULE', message: expect.stringMatching(message) }),
    );
  });
  test('is appended as several, and an error names the one of the list', async () => {
    const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
    const input = firewall.table('filter').chain('INPUT');
    await input.appendAll(['-s 10.0.0.1,10.0.0.2 -j DROP', { destination: ['10.0.0.3', '10.0.0.4'] }]);
    expect((await input.list()).map((rule) => formatRule(rule))).toEqual([
      '-s 10.0.0.1/32 -j DROP',
      '-s 10.0.0.2/32 -j DROP',
      '-d 10.0.0.3/32',
      '-d 10.0.0.4/32',
    ]);
    const failing = input.appendAll(['-s 10.0.0.1,10.0.0.2', { target: 'nowhere' }]);
    await expect(failing).rejects.toMatchObject({ index: 1 });
  });
});
