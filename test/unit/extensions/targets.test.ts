import { describe, expect, test } from '../../harness';
import { again, encoded, targetOf } from './targets';

describe('NOTRACK', () => {
  test('is a CT with a mark of its own', () => {
    expect(targetOf('-j NOTRACK')).toEqual({ NOTRACK: {} });
    expect(targetOf('-j CT --notrack')).toEqual({ CT: { notrack: true } });
    expect(encoded('-j NOTRACK').kernelName).toBe('CT');
  });
  test('is CT --notrack where the kernel is too old for the mark', () => {
    expect(encoded('-j NOTRACK', 1).data).toEqual(encoded('-j CT --notrack', 1).data);
  });
});

describe('the zones of CT', () => {
  test.each([
    ['--zone 0', {}],
    ['--zone MARK', { zone: 'mark' }],
    ['--zone-orig 0', { zoneOrig: 0 }],
    ['--zone-reply mark', { zoneReply: 'mark' }],
  ])('%s', (words, settings) => {
    expect(targetOf(`-j CT ${words}`)).toEqual({ CT: settings });
  });
  test('of both directions at once would be one zone', () => {
    expect(() => targetOf('-j CT --zone-orig 1 --zone-reply 2')).toThrow(
      'at most one of --zone, --zone-orig or --zone-reply',
    );
  });
});

describe('the times of RATEEST', () => {
  const times = (interval: string, ewmalog: string) =>
    again(`-j RATEEST --rateest-name a --rateest-interval ${interval} --rateest-ewmalog ${ewmalog}`).replace(
      /.*--rateest-interval /,
      '',
    );
  test.each([
    ['250ms', '500ms', '250.0ms --rateest-ewmalog 500.0ms'],
    ['250000', '1000000', '250.0ms --rateest-ewmalog 1.0s'],
    ['300ms', '5s', '500.0ms --rateest-ewmalog 8.0s'],
    ['8S', '100secs', '8.0s --rateest-ewmalog 64.0s'],
  ])('%s and %s', (interval, ewmalog, saved) => {
    expect(times(interval, ewmalog)).toBe(saved);
  });
  test('have limits', () => {
    expect(() => times('9s', '100s')).toThrow('at most 8s for --rateest-interval');
    expect(() => times('4s', '3s')).toThrow('--rateest-ewmalog');
    expect(() => times('4 s', '3s')).toThrow();
  });
});

describe('HMARK', () => {
  test('a tuple stands for the options with all bits', () => {
    expect(again('-j HMARK --hmark-tuple s,DST,sport,ct --hmark-rnd 1 --hmark-mod 5')).toBe(
      '-j HMARK --hmark-src-prefix 32 --hmark-dst-prefix 32 --hmark-sport-mask 0xffff --hmark-rnd 0x00000001 --hmark-mod 5 --hmark-tuple ct',
    );
    expect(targetOf('-j HMARK --hmark-tuple src --hmark-rnd 1 --hmark-mod 5')).toMatchObject({
      HMARK: { hmarkSrcPrefix: 128 },
    });
    expect(targetOf('-j HMARK --hmark-src-prefix 32 --hmark-rnd 1 --hmark-mod 5')).toMatchObject({
      HMARK: { hmarkSrcPrefix: 32 },
    });
  });
  test('hashes ports or an SPI', () => {
    expect(() => again('-j HMARK --hmark-tuple spi --hmark-sport-mask 1 --hmark-rnd 1 --hmark-mod 5')).toThrow(
      'ports or an SPI',
    );
  });
});

describe('TCPMSS', () => {
  test('wants SYN packets', () => {
    expect(again('-p tcp -m tcp --syn -j TCPMSS --set-mss 1400')).toMatch(/-j TCPMSS --set-mss 1400$/);
    expect(() => again('-p tcp -j TCPMSS --set-mss 1400')).toThrow('SYN');
    expect(() => again('-p tcp -m tcp ! --syn -j TCPMSS --set-mss 1400')).toThrow('SYN');
  });
  test('clamps where a path is known', () => {
    const rule = '-p tcp -m tcp --syn -j TCPMSS --clamp-mss-to-pmtu';
    expect(() => again(rule, 'ipv4', 'PREROUTING')).toThrow('chain FORWARD, OUTPUT or POSTROUTING');
    expect(again(rule, 'ipv4', 'FORWARD')).toMatch(/--clamp-mss-to-pmtu$/);
  });
});

test('what is too long is cut on a command line, as iptables does', () => {
  expect(again(`-j LOG --log-prefix ${'x'.repeat(40)}`)).toBe(`-j LOG --log-prefix ${'x'.repeat(29)}`);
  expect(again(`-j NFLOG --nflog-prefix ${'x'.repeat(70)}`)).toBe(`-j NFLOG --nflog-prefix ${'x'.repeat(63)}`);
});

test('ECN clears both flags by one option', () => {
  expect(again('-p tcp -j ECN --ecn-tcp-ece 0 --ecn-tcp-cwr 0')).toBe('-p tcp -j ECN --ecn-tcp-remove');
  expect(again('-p tcp -j ECN --ecn-tcp-remove --ecn-ip-ect 1')).toBe(
    '-p tcp -j ECN --ecn-tcp-ece 0 --ecn-tcp-cwr 0 --ecn-ip-ect 1',
  );
});

test.each([
  ['', 'nothing'],
  ['-p udp', '"udp"'],
  ['! -p tcp', "{ not: 'tcp' }"],
])('what needs tcp says which protocol it has: %s', (protocol, received) => {
  for (const text of ['-j ECN --ecn-tcp-remove', '-m ecn --ecn-tcp-cwr'])
    expect(() => again(`${protocol} ${text}`)).toThrow(new RegExp(`a rule with protocol tcp .* received ${received}$`));
});

test('a LED that stays on is saved as such; iptables-save says -1, which it does not read again', () => {
  expect(targetOf('-j LED --led-trigger-id x --led-delay inf')).toEqual({
    LED: { ledTriggerId: 'x', ledDelay: 'inf' },
  });
  const saved = again('-j LED --led-trigger-id x --led-delay inf');
  expect(saved).toBe('-j LED --led-trigger-id "x" --led-delay inf');
  expect(again(saved)).toBe(saved);
  expect(again(saved.replace('inf', '-1'))).toBe(saved);
});
