import { type BothRule, Firewall } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { describe, expect, test } from '../../harness';

async function open() {
  const backend = { ipv4: new MemoryBackend('ipv4'), ipv6: new MemoryBackend('ipv6') };
  const firewall = await Firewall.openBoth({ backend });
  const lines = async () => {
    const of = async (family: 'ipv4' | 'ipv6') =>
      (await firewall[family].table('filter').save())
        .split('\n')
        .filter((line) => line.startsWith('-A'))
        .map((line) => line.replace('-A INPUT ', ''));
    return [await of('ipv4'), await of('ipv6')];
  };
  const filter = firewall.both.table('filter');
  return { backend, firewall, filter, input: filter.chain('INPUT'), lines };
}

describe('a rule for both families', () => {
  test.each<[BothRule, string[], string[]]>([
    ['-i lo -j ACCEPT', ['-i lo -j ACCEPT'], ['-i lo -j ACCEPT']],
    ['-s 10.0.0.1 -j DROP', ['-s 10.0.0.1/32 -j DROP'], []],
    [{ destination: { not: 'fd00::/8' }, target: 'DROP' }, [], ['! -d fd00::/8 -j DROP']],
    [{ source: ['10.0.0.1', 'fd00::1', '10.0.0.2'] }, ['-s 10.0.0.1/32', '-s 10.0.0.2/32'], ['-s fd00::1/128']],
    ['-s fd00::1,10.0.0.1', ['-s 10.0.0.1/32'], ['-s fd00::1/128']],
    ['-m iprange --src-range 10.0.0.1-10.0.0.9', ['-m iprange --src-range 10.0.0.1-10.0.0.9'], []],
    [
      '-p icmp --icmp-type ping -j ACCEPT',
      ['-p icmp -m icmp --icmp-type 8 -j ACCEPT'],
      ['-p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT'],
    ],
    [
      '-p icmp ! --icmp-type host-unreachable',
      ['-p icmp -m icmp ! --icmp-type 3/1'],
      ['-p ipv6-icmp -m icmp6 ! --icmpv6-type 1/3'],
    ],
    [
      '-p ipv6-icmp --icmpv6-type packet-too-big',
      ['-p icmp -m icmp --icmp-type 3/4'],
      ['-p ipv6-icmp -m icmp6 --icmpv6-type 2'],
    ],
    ['-p icmp', ['-p icmp'], ['-p ipv6-icmp']],
    ['-p icmp --icmp-type any', ['-p icmp -m icmp --icmp-type any'], ['-p ipv6-icmp']],
    [
      '-j REJECT',
      ['-j REJECT --reject-with icmp-port-unreachable'],
      ['-j REJECT --reject-with icmp6-port-unreachable'],
    ],
    [
      '-j REJECT --reject-with icmp-host-prohibited',
      ['-j REJECT --reject-with icmp-host-prohibited'],
      ['-j REJECT --reject-with icmp6-adm-prohibited'],
    ],
    [
      { target: { REJECT: { rejectWith: 'icmp6-no-route' } } },
      ['-j REJECT --reject-with icmp-net-unreachable'],
      ['-j REJECT --reject-with icmp6-no-route'],
    ],
    [
      '-p tcp -j REJECT --reject-with tcp-reset',
      ['-p tcp -j REJECT --reject-with tcp-reset'],
      ['-p tcp -j REJECT --reject-with tcp-reset'],
    ],
    ['-m ttl --ttl-lt 5', ['-m ttl --ttl-lt 5'], ['-m hl --hl-lt 5']],
    ['-m comment --comment 10.0.0.1', ['-m comment --comment "10.0.0.1"'], ['-m comment --comment "10.0.0.1"']],
  ])('%j goes where it belongs, in the words of each', async (rule, ipv4, ipv6) => {
    const { input, lines } = await open();
    await input.append(rule);
    expect(await lines()).toEqual([ipv4, ipv6]);
    expect(await input.ensure(rule)).toBe(false);
    expect(await input.remove(rule)).toBe(true);
    expect(await lines()).toEqual([[], []]);
  });

  test.each<[BothRule, RegExp]>([
    ['-s 10.0.0.1 -d fd00::1', /one family/],
    ['-f -j DROP', /fragment/],
    [
      '-p icmp --icmp-type redirect -j REJECT --reject-with icmp-proto-unreachable',
      /both families have .* --reject-with icmp-proto-unreachable/,
    ],
    ['-p icmp --icmp-type timestamp-request', /both families have .* type 13 of icmp/],
    ['-m frag --fragfirst', /frag/],
    ['-s 10.0.0.300', /10\.0\.0\.300/],
    [5 as never, /received 5/],
    [new Map([['source', '10.0.0.1']]) as never, /received Map/],
    [Object.create({ source: '10.0.0.1' }) as never, /plain object/],
  ])('%j is refused, and nothing is done', async (rule, message) => {
    const { input, lines } = await open();
    await expect(input.append(rule)).rejects.toMatchObject({
      code: 'ERR_BAD_RULE',
      message: expect.stringMatching(message),
    });
    await expect(input.ensure(rule)).rejects.toMatchObject({ code: 'ERR_BAD_RULE' });
    expect(await lines()).toEqual([[], []]);
  });
});

describe('both families', () => {
  test('are edited together', async () => {
    const { firewall, filter, input, lines } = await open();
    expect(await filter.ensureChain('web', { hook: { chain: 'INPUT' } })).toBe(true);
    await filter.chain('web').appendAll(['-s 10.0.0.1 -j DROP', '-s fd00::1 -j DROP', '-p tcp --dport 80 -j ACCEPT']);
    await input.insert('-i lo -j ACCEPT');
    await input.setPolicy('DROP');
    expect(await lines()).toEqual([
      ['-i lo -j ACCEPT', '-j web', '-A web -s 10.0.0.1/32 -j DROP', '-A web -p tcp -m tcp --dport 80 -j ACCEPT'],
      ['-i lo -j ACCEPT', '-j web', '-A web -s fd00::1/128 -j DROP', '-A web -p tcp -m tcp --dport 80 -j ACCEPT'],
    ]);
    expect(await firewall.ipv6.table('filter').chain('INPUT').policy()).toBe('DROP');
    expect(await filter.dropChain('web')).toBe(true);
    await input.flush();
    expect(await lines()).toEqual([[], []]);
    await firewall.close();
  });
  test('are told by addresses', async () => {
    const { firewall } = await open();
    expect(['10.0.0.1', '10.0.0.0/8', 'fd00::1', 'fd00::/8'].map((address) => firewall.of(address).family)).toEqual([
      'ipv4',
      'ipv4',
      'ipv6',
      'ipv6',
    ]);
    expect(() => firewall.of('example.org')).toThrow(expect.objectContaining({ code: 'ERR_BAD_ARGUMENT' }));
  });
});
