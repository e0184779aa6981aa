/** What is given wrongly is refused, by whatever question it is asked with. */
import { parseRuleset, type Ruleset } from '../../../lib';
import {
  check,
  compareTraffic,
  compile,
  type Packet,
  parsePacket,
  query,
  serviceMatrix,
  simulate,
  spoofing,
} from '../../../lib/analysis';
import { expect, test } from '../../harness';

const RULES = parseRuleset('*filter\n:INPUT DROP\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n');
const SSH: Packet = { protocol: 'tcp', source: '192.0.2.1', dport: 22, inInterface: 'eth0', ctstate: 'NEW' };

const jumping = (target: unknown) =>
  ({
    family: 'ipv4',
    tables: [{ name: 'filter', chains: [], rules: [{ chain: 'INPUT', rule: { target } }] }],
  }) as unknown as Ruleset;

test.each([
  ['simulate', (ruleset: Ruleset) => simulate(ruleset, SSH)],
  ['compile', (ruleset: Ruleset) => compile(ruleset)],
  ['check', (ruleset: Ruleset) => check(ruleset)],
  ['compareTraffic', (ruleset: Ruleset) => compareTraffic(RULES, ruleset)],
  ['query', (ruleset: Ruleset) => query(ruleset, 'who may reach tcp/22')],
  ['serviceMatrix', (ruleset: Ruleset) => serviceMatrix(ruleset, 'tcp/22')],
  ['spoofing', (ruleset: Ruleset) => spoofing(ruleset, { eth0: ['192.0.2.0/24'] })],
] as const)("%s refuses jumps to where there's no chain", (_, ask) => {
  for (const target of ['NOPE', { goto: 'NOPE' }])
    expect(() => ask(jumping(target))).toThrow('Expected a chain that is declared as target but received NOPE');
  for (const target of ['FORWARD', { goto: 'FORWARD' }])
    expect(() => ask(jumping(target))).toThrow("Expected a chain of one's own as target but received FORWARD");
});

test('no interface has such a name', () => {
  for (const name of ['', 'a/b', 'eth0:1', 'two words', 'a'.repeat(16), 'ü'.repeat(8)]) {
    const refused = 'Expected the name of an interface';
    expect(() => simulate(RULES, { ...SSH, inInterface: name })).toThrow(`${refused} for packet.inInterface`);
    expect(() => query(RULES, { who: { service: 'tcp/22', inInterface: name } })).toThrow(refused);
    expect(() => spoofing(RULES, { [name]: ['192.0.2.0/24'] })).toThrow(refused);
  }
});

test('a date that there is not is refused', () => {
  expect(() => simulate(RULES, SSH, { time: new Date(Number.NaN) })).toThrow('Expected a date that there is for time');
});

test("what is wrong in a question is told by its place, and what isn't asked of check", () => {
  expect(() => query(RULES, { who: 1 } as never)).toThrow('for question.who of query()');
  const ipv6 = parseRuleset('*filter\nCOMMIT\n', { family: 'ipv6' });
  expect(() => check({ ipv4: RULES, ipv6, more: 1 } as never)).toThrow('for ruleset of check() but received "more"');
  expect(() => check({ ipv4: RULES } as never)).toThrow('for ruleset.ipv6 of check() but received nothing');
});

test.each([
  ['tcp 1.2.3.4 -> :22 in eth0 in eth1', 'Expected inInterface once'],
  ['tcp 1.2.3.4 5.6.7.8 -> :22 in eth0', 'Expected source once'],
  ['tcp -> :22 -> :23 in eth0', 'Expected one arrow'],
  ['tcp -> :22 in eth0 foo bar', 'but received "foo"'],
  ['tcp -> :22 in eth0 state foo', 'Expected NEW, ESTABLISHED'],
  ['tcp -> :22 in eth0 mark zz', 'for words.mark'],
  ['tcp -> :22 in eth0 constructor x', 'but received "constructor"'],
  ['tcp -> :22 in eth0 __proto__ x', 'but received "__proto__"'],
  ['tcp 1.2.3.4:nowhere -> :22 in eth0', 'for words.sport'],
] as const)('%s is no packet', (words, refused) => {
  expect(() => parsePacket(words)).toThrow(refused);
});

test('an address may stand in brackets, and an owner be named', () => {
  expect(parsePacket('tcp [::1]:22 -> [::1] in lo')).toMatchObject({ source: '::1', sport: 22, destination: '::1' });
  expect(parsePacket('udp -> :53 out eth0 uid 0 gid root helper 7')).toMatchObject({
    dport: 53,
    owner: { uid: 0, gid: 'root' },
    helper: '7',
  });
});
