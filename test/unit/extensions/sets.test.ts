import { formatRule, formatRuleset, IptcError } from '../../../lib';
import { anyKernel } from '../../../lib/codec/kernel';
import { Memory } from '../../../lib/codec/struct';
import { EntryCodec } from '../../../lib/rule/entry';
import { RulePrinter } from '../../../lib/text/print';
import { expect, test } from '../../harness';
import { again, settingsOf, textOf } from './settings';

test('an index may stand for another set the next time it is read', () => {
  let name = 'first';
  const codec = new EntryCodec({ ...anyKernel('ipv4'), findSet: () => ({ index: 3 }), setName: () => name });
  const rule = {
    match: [{ set: { matchSet: { setname: name, flags: ['src'] as const } } }],
    target: { SET: { addSet: { setname: name, flags: ['dst'] as const } } },
  };
  const memory = new Memory(codec.encode(rule).slice(), 0, codec.kernel);
  const read = () => {
    const { match, target } = codec.decode(memory, 0) as { match?: unknown; target?: unknown };
    return [match, target, new RulePrinter(codec).print(memory, 0)];
  };
  for (const now of ['first', 'first', 'second', 'second']) {
    name = now;
    expect(read()).toEqual([
      [{ set: { matchSet: { setname: now, flags: ['src'] } } }],
      { SET: { addSet: { setname: now, flags: ['dst'] } } },
      ` -m set --match-set ${now} src -j SET --add-set ${now} dst`,
    ]);
  }
});

test('text can name more sets than there are indices, and an index without a set names none', () => {
  const kernel = anyKernel('ipv4');
  for (let i = 0; i < 70_000; i++) expect(kernel.setName(kernel.findSet(`set${i}`)!.index)).toBe(`set${i}`);
  expect(kernel.findSet('set69999')!.index).toBeLessThan(65535);
  expect(kernel.findSet('#5')).toBe(undefined);
});

test.each(['', 'a b', 'a\n-A INPUT', 'a"', 'a'.repeat(32)])('a set is not named %j', (setname) => {
  expect(() => formatRule({ match: [{ set: { matchSet: { setname, flags: ['src'] } } }] })).toThrow(IptcError);
});

test('an element of a set may have to have counted so much', () => {
  const text =
    '-m set ! --match-set banned src,dst --return-nomatch ! --update-counters ! --packets-eq 5 --bytes-gt 18446744073709551615';
  expect(again(text)).toBe(text);
  expect(settingsOf(text)).toEqual({
    matchSet: { not: { setname: 'banned', flags: ['src', 'dst'] } },
    returnNomatch: true,
    updateCounters: { not: true },
    packetsEq: { not: 5 },
    bytesGt: '18446744073709551615',
  });
  // The old name of the option; updating is usual, and not said.
  expect(again('-m set --set banned src --update-counters')).toBe('-m set --match-set banned src');
  expect(() => again('-m set --match-set banned src --bytes-eq 1 --bytes-lt 2')).toThrow('at most one of');
  expect(() => textOf({ set: { matchSet: { setname: 'banned', flags: ['both'] } } })).toThrow('src or dst');
});

test('a set that is given as bytes is none that a text has named', () => {
  textOf({ set: { matchSet: { setname: 'web', flags: ['src'] } } });
  const data = '0000010200000000'; // the first of a kernel's sets
  expect(formatRule({ match: [{ set: { revision: 1, data } }] })).toBe('-m set [unprintable] --match-set #0 src');
  expect(formatRule({ target: { SET: { revision: 1, data } } })).toBe(
    '-j SET [unprintable] --add-set #0 src --del-set #0',
  );
  const both = {
    match: [{ set: { matchSet: { setname: 'web', flags: ['src'] } } }],
    target: { SET: { revision: 1, data } },
  };
  expect(formatRule(both as never)).toMatch(/^-m set --match-set web src -j SET \[unprintable\] --add-set #0 /);
  expect(
    formatRuleset({
      family: 'ipv4',
      tables: [{ name: 'filter', chains: [], rules: [{ chain: 'INPUT', rule: both as never }] }],
    }),
  ).toContain('--match-set web src -j SET [unprintable] --add-set #0 ');
});
