import { Firewall, IptcError, parseRule } from '../../../lib';
import { MemoryBackend } from '../../../lib/testing';
import { describe, expect, test } from '../../harness';

function refusal(work: () => unknown): IptcError {
  try {
    work();
  } catch (error) {
    if (error instanceof IptcError) return error;
    throw error;
  }
  throw new Error('Expected a refusal');
}
const input = () =>
  Firewall.openSync({ backend: new MemoryBackend('ipv4') })
    .table('filter')
    .chain('INPUT');
const ofText = (text: string) => refusal(() => input().appendSync(text as '-j DROP')).hint;
// biome-ignore lint/suspicious/noExplicitAny: what no type allows is what is given
const ofData = (rule: any) => refusal(() => input().appendSync(rule)).hint;

/** What people write, the hint, and what of it they write then. */
const TEXTS: readonly (readonly [string, string, string])[] = [
  [
    '-p tcp --dport 80,443 -j ACCEPT',
    'Several ports are a match of their own: -m multiport --dports 80,443.',
    '-p tcp -m multiport --dports 80,443 -j ACCEPT',
  ],
  [
    '-p udp --sport 53,123 -j ACCEPT',
    'Several ports are a match of their own: -m multiport --sports 53,123.',
    '-p udp -m multiport --sports 53,123 -j ACCEPT',
  ],
  ['-p tcp --dport 1-65535 -j ACCEPT', 'A range has a colon: --dport 1:65535.', '-p tcp --dport 1:65535 -j ACCEPT'],
  [
    '-p tcp -m multiport --dports 80-90 -j ACCEPT',
    'A range has a colon: --dports 80:90.',
    '-p tcp -m multiport --dports 80:90 -j ACCEPT',
  ],
  [
    '-p tcp --dport 90:80 -j ACCEPT',
    'The lower end comes first: 80:90 in text, [80, 90] as data.',
    '-p tcp --dport 80:90 -j ACCEPT',
  ],
  [
    '-m length --length 90:80',
    'The lower end comes first: 80:90 in text, [80, 90] as data.',
    '-m length --length 80:90',
  ],
  [
    '-s 10.0.0.1-10.0.0.9 -j DROP',
    "A range of addresses is a match of its own: -m iprange --src-range 10.0.0.1-10.0.0.9, { iprange: { srcRange: ['10.0.0.1', '10.0.0.9'] } }.",
    '-m iprange --src-range 10.0.0.1-10.0.0.9 -j DROP',
  ],
  [
    '-d 10.0.0.1-10.0.0.9 -j DROP',
    "A range of addresses is a match of its own: -m iprange --dst-range 10.0.0.1-10.0.0.9, { iprange: { dstRange: ['10.0.0.1', '10.0.0.9'] } }.",
    '-m iprange --dst-range 10.0.0.1-10.0.0.9 -j DROP',
  ],
  [
    '-p tcp -dport 80 -j DROP',
    'An option of more than one letter has two dashes: --dport 80.',
    '-p tcp --dport 80 -j DROP',
  ],
  [
    '-protocol tcp -j DROP',
    'An option of more than one letter has two dashes: --protocol tcp.',
    '--protocol tcp -j DROP',
  ],
  [
    '-p tcp --dports 80,443 -j ACCEPT',
    '--dports belongs to -m multiport: name it first.',
    '-p tcp -m multiport --dports 80,443 -j ACCEPT',
  ],
  [
    '-j REJCT --reject-with tcp-reset',
    '--reject-with belongs to -j REJECT: name it first.',
    '-p tcp -j REJECT --reject-with tcp-reset',
  ],
  ['-p tcp --dprot 80', 'Did you mean --dport?', '-p tcp --dport 80'],
];

describe('the hint for', () => {
  test.each(TEXTS)('%s: %s', (text, hint, then) => {
    expect(ofText(text)).toBe(hint);
    input().appendSync(then as '-j DROP');
    parseRule(then);
  });

  const tcp = (settings: object) => ({ protocol: 'tcp', match: [{ tcp: settings }] });
  test.each<[unknown, string]>([
    [{ src: '10.0.0.1' }, 'It is source.'],
    [{ dst: '10.0.0.1' }, 'It is destination.'],
    [{ proto: 'tcp' }, 'It is protocol.'],
    [{ jump: 'DROP' }, 'It is target.'],
    [{ iface: 'eth0' }, 'It is inInterface.'],
    [{ dport: 22 }, "Ports belong to the protocol's match: { protocol: 'tcp', match: [{ tcp: { dport: 22 } }] }."],
    [{ comment: 'x' }, "It is a match: match: [{ comment: { comment: 'text' } }]."],
    [{ goto: 'mine' }, "It is a target: { target: { goto: 'chain' } }."],
    [{ table: 'nat' }, 'A rule has no table of its own: it goes to the one that it is given to.'],
    [tcp({ dport: 'ssh' }), 'As data it is a number, or two: 22.'],
    [tcp({ dport: '80' }), 'As data it is a number, or two: 80.'],
    [tcp({ dport: '80:90' }), 'As data it is a number, or two: [80, 90].'],
    [tcp({ dport: [90, 80] }), 'The lower end comes first: 80:90 in text, [80, 90] as data.'],
    [{ source: '10.0.0.1, 10.0.0.2' }, 'Several addresses stand for several rules.'],
    [{ source: 'fe80::1' }, 'It is an address of the other family: it belongs to a firewall of family ipv6.'],
  ])('%o: %s', (rule, hint) => {
    expect(ofData(rule)).toBe(hint);
  });
  test('{ dports: ["ssh"] } of multiport', () => {
    const rule = { protocol: 'tcp', match: [{ multiport: { dports: [80, 'ssh'] } }] };
    expect(ofData(rule)).toBe('As data it is a number, or two: 22.');
  });
  test('every field that other libraries have is a field or a match', () => {
    input().appendSync({ source: '10.0.0.1', destination: '10.0.0.2', protocol: 'tcp', inInterface: 'eth0' });
    input().appendSync({ match: [{ comment: { comment: 'text' } }, { conntrack: { ctstate: ['NEW'] } }] });
    input().appendSync({ protocol: 'tcp', match: [{ tcp: { dport: 22 } }] });
  });

  test.each<[string, object]>([
    ['hashlimit-name', { match: [{ hashlimit: { hashlimitName: 'a/b', hashlimitUpto: '1/sec' } }] }],
    ['name', { match: [{ recent: { set: true, name: 'a/b' } }] }],
    ['label', { target: { IDLETIMER: { timeout: 5, label: '..' } } }],
  ])('a %s that no file can have says so', (option, rule) => {
    const error = refusal(() => input().appendSync(rule));
    expect(error).toMatchObject({ code: 'ERR_BAD_RULE', option, message: expect.stringContaining('a name without /') });
  });
});
