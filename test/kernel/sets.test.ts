/** Sets in the kernel, with ipset as the judge of every text. */
import { type IptcError, Sets } from '../../lib/sets';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';

/** Types, options and elements as lines of ipset's. */
const LINES = `
create addresses bitmap:ip range 10.0.0.0/24 timeout 60 counters comment skbinfo
add addresses 10.0.0.5 timeout 0 packets 5 bytes 10 comment "two words" skbmark 0x10/0xff skbprio 1:10 skbqueue 3
add addresses 10.0.0.6 timeout 0
add addresses 10.0.0.8/30 timeout 0
add addresses 10.0.0.20-10.0.0.22 timeout 0
create blocks bitmap:ip range 10.0.0.0-10.0.255.255 netmask 24
add blocks 10.0.3.4
create stations bitmap:ip,mac range 10.0.0.0/24
add stations 10.0.0.4,aa:bb:cc:0d:ee:ff
add stations 10.0.0.5
create services bitmap:port range 80-1000
add services 80
add services 90-92
add services https
add services tcp:200
create hosts hash:ip netmask 24 timeout 0 counters comment skbinfo hashsize 64 maxelem 10 bucketsize 8 initval 0x1234
add hosts 10.0.0.5 timeout 0 packets 18446744073709551614 bytes 10 comment "x y" skbmark 0x10 skbprio 1:a skbqueue 3
create masked hash:ip bitmask 255.255.0.255
add masked 10.1.2.3
create hosts6 hash:ip family inet6 netmask 64
add hosts6 fe80::1
create ends hash:ip,port
add ends 10.0.0.1,80
add ends 10.0.0.1,udp:80-82
add ends 10.0.0.1,domain
add ends 10.0.0.1,udp:domain
add ends 10.0.0.1,icmp:echo-request
add ends 10.0.0.1,icmp:ECHO-REP
add ends 10.0.0.1,icmp:13/5
add ends 10.0.0.1,gre:0
add ends 10.0.0.1,200:0
add ends 10.0.0.1,sctp:5
add ends 10.0.0.1,udplite:5
add ends 10.0.0.64/30,tcp:1-2
create ends6 hash:ip,port -6
add ends6 fe80::1,icmpv6:echo-request
add ends6 fe80::1,ipv6-icmp:1/7
add ends6 fe80::1,58:135/0
add ends6 ::ffff:10.0.0.1,53
create masked-ends hash:ip,port netmask 24
add masked-ends 10.0.0.77,80
create pairs hash:ip,port,ip
add pairs 10.0.0.1,80,10.0.0.2
create routes hash:ip,port,net
add routes 10.0.0.1,80,10.0.0.0/8 nomatch
add routes 10.0.0.1,80,10.1.0.0-10.1.0.5
create nets hash:net
add nets 10.0.0.0/8
add nets 10.0.0.0/9 nomatch
add nets 10.0.0.1
add nets 192.0.2.0-192.0.2.7
add nets 10.9.9.9/16
create nets6 hash:net family inet6
add nets6 fe80::/10
add nets6 2001:db8::1
create wires hash:net,iface
add wires 10.0.0.0/8,eth0
add wires 10.0.0.0/8,physdev:eth1 nomatch
add wires 10.0.0.0/8,eth wildcard
add wires 0/0,lo
create doors hash:net,port
add doors 10.0.0.0/8,udp:53
create lists list:set size 4 timeout 10 counters comment skbinfo
add lists addresses timeout 0 packets 1 bytes 2 comment "l" skbmark 0x10
create order list:set
add order addresses
add order blocks before addresses
add order stations after blocks
`
  .trim()
  .split('\n');

/** What ipset refuses, each in a set that is among those above, or none. */
const REFUSED = `
create addresses hash:ip
create new hash:nothing
create new bitmap:ip range 10.0.0.0/8
create new bitmap:ip
create new hash:ip family inet7
create new hash:ip hashsize 5000000000
create new hash:ip timeout x
create new hash:ip timeout 2147484
create new hash:ip timeout
create new hash:ip nonsense
create abcdefghijklmnopqrstuvwxyz0123456 hash:ip
add nowhere 10.0.0.1
add addresses 10.0.1.1
add addresses 10.0.0.6
add services udp:99999999
add hosts 0.0.0.0
add hosts fe80::1
add hosts 10.0.0.1 nomatch
add hosts 10.0.0.1,5
add hosts 10.0.0.300
add hosts6 10.0.0.1
add hosts6 fe80::/10
add masked 10.0.0.1 timeout 5
add masked 10.0.0.1 comment "x"
add masked 10.0.0.1 packets 5
add masked 10.0.0.1 skbmark 0x1
add ends 10.0.0.1
add ends 10.0.0.1,80,81
add ends 10.0.0.1,nothing:80
add ends 10.0.0.1,gre:80
add ends 10.0.0.1,icmp:nothing
add pairs 10.0.0.1,80,10.0.0.0/8
add nets 0.0.0.0/0
add nets 10.0.0.0/33
add nets6 fe80::-fe80::5
add wires 10.0.0.0/8
add wires 10.0.0.0/8,an-interface-of-many-letters
add order nothing
add order lists
add lists blocks before nothing
del hosts 10.9.9.9
test nowhere 10.0.0.1
destroy addresses
destroy nowhere
flush nowhere
rename addresses other
rename hosts masked
rename nowhere other
swap hosts nowhere
swap hosts nets
nonsense
add
add hosts
`
  .trim()
  .split('\n');

/** Lines that don't tell of what is random or grows by itself; ipset 7.17 leaves out `forceadd`. */
const essence = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.replace(/ initval 0x(?!00001234)\w+/, ''))
    .sort();

describeWith(['netns', 'addon', 'ipset'], 'sets', () => {
  let [ours, theirs]: Netns[] = [];
  let sets: Sets;
  beforeEach(async () => {
    [ours, theirs] = [new Netns(), new Netns()];
    sets = await Sets.open({ namespace: ours.path });
  });
  afterEach(async () => {
    await sets.close();
    ours!.close();
    theirs!.close();
  });
  const ipset = (netns: Netns | undefined, words: string, input = '') =>
    netns!.execSync('ipset', words.split(' '), { input });

  test('are made by lines as ipset makes them, and saved as it saves them', async () => {
    for (const line of LINES) {
      const { stderr } = ipset(theirs, 'restore', `${line}\n`);
      expect([line, stderr]).toEqual([line, '']);
    }
    await sets.restore(LINES.join('\n'));
    const text = await sets.save();
    expect(essence(text)).toEqual(essence(ipset(theirs, 'save').stdout));
    expect(text).toBe(ipset(ours, 'save').stdout);
  });

  test('are refused in the words of ipset', async () => {
    ipset(theirs, 'restore', `${LINES.join('\n')}\n`);
    await sets.restore(LINES.join('\n'));
    const own = await sets.save();
    const wrong: unknown[] = [];
    for (const line of REFUSED) {
      const { stderr, status } = ipset(theirs, 'restore', `${line}\n`);
      const [first] = stderr.replace(/^ipset v\S+: (?:Error in line 1: )?/, '').split('\n');
      const error = await sets.restore(line).then(
        () => undefined,
        (thrown: IptcError) => thrown,
      );
      // Where ipset makes two attempts at a word, it tells of both.
      const said = error?.iptables?.replace(/^Syntax error: cannot parse '.*' as a (\w+) port$/, first!);
      if (status === 0 || said !== first) wrong.push({ line, first, said });
      if (error?.line !== 1 || !/^(Expected|Cannot) /.test(error.message)) wrong.push({ line, error });
    }
    expect(wrong).toEqual([]);
    expect(await sets.save()).toBe(own);
  });

  test('are read as data, and made of that data again', async () => {
    await sets.restore(LINES.join('\n'));
    const text = await sets.save();
    const heads = [];
    for await (const head of sets) heads.push(head);
    const all = new Map<string, readonly object[]>();
    for (const { name } of heads) all.set(name, await sets.set(name).elements());
    expect(all.get('ends')).toContainEqual({ ip: '10.0.0.1', protocol: 'tcp', port: 80 });
    expect(all.get('wires')).toContainEqual({ net: '10.0.0.0/8', iface: 'eth1', physdev: true, nomatch: true });
    expect(all.get('hosts')).toEqual([
      {
        ip: '10.0.0.0',
        timeout: 0,
        packets: (1n << 64n) - 2n,
        bytes: 10n,
        comment: 'x y',
        skbmark: '0x10',
        skbprio: '1:a',
        skbqueue: 3,
      },
    ]);
    expect(heads.find(({ name }) => name === 'addresses')).toMatchObject({
      type: 'bitmap:ip',
      elements: 9,
      references: 2,
    });
    for (const { name, references } of heads.reverse()) if (references === 0) await sets.set(name).destroy();
    await sets.destroy();
    expect(await sets.names()).toEqual([]);
    for (const { name, type, options } of heads.reverse()) {
      const set = await sets.create(name, { type, ...options } as never);
      await set.add(all.get(name) as never);
    }
    expect(essence(await sets.save())).toEqual(essence(text));
  });

  test('take elements one by one, together and by the thousand, each for itself', async () => {
    const set = await sets.create('many', { type: 'hash:ip,port', maxelem: 100_000 });
    await set.add({ ip: '10.0.0.1', port: 80 });
    const results = await Promise.allSettled([
      set.add('10.0.0.2,80'),
      set.add('10.0.0.1,80'),
      set.add({ ip: '10.0.0.3', protocol: 'udp', port: [80, 81] }),
      set.add('10.0.0.3,udp:81'),
      set.add('nonsense,80'),
      set.delete('10.0.0.2,80'),
      set.delete('10.0.0.2,80'),
      set.add('10.0.0.1,80', { exist: true }),
      set.add('10.0.0.4,80'),
    ]);
    expect(results.map((each) => (each.status === 'rejected' ? each.reason.code : 'done'))).toEqual([
      'done',
      'ERR_ELEMENT_EXISTS',
      'done',
      'ERR_ELEMENT_EXISTS',
      'ERR_BAD_ELEMENT',
      'done',
      'ERR_NO_ELEMENT',
      'done',
      'done',
    ]);
    expect(await set.test(['10.0.0.1,80', '10.0.0.2,80', '10.0.0.4,80', '10.0.0.3,udp:81'])).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(await set.test('10.0.0.2,80')).toBe(false);
    const thousands = Array.from({ length: 60_000 }, (_, i) => `10.1.${i >> 8}.${i & 255},80`);
    await set.add(thousands);
    expect((await set.head()).elements).toBe(60_004);
    // The first that is refused ends it.
    const some = [...thousands.slice(0, 9000), '10.3.0.1,80'];
    await expect(set.add(some)).rejects.toMatchObject({ code: 'ERR_ELEMENT_EXISTS', index: 0 });
    await set.delete(thousands.slice(0, 9000));
    some.splice(8000, 0, '10.1.60.0,80');
    await expect(set.add(some)).rejects.toMatchObject({ code: 'ERR_ELEMENT_EXISTS', index: 8000, applied: 'yes' });
    expect(await set.test(['10.1.31.63,80', '10.1.31.64,80', '10.3.0.1,80'])).toEqual([true, false, false]);
  });

  test('are replaced as a whole, or not at all', async () => {
    const set = await sets.create('blocked', { type: 'hash:net', timeout: 100, counters: true, maxelem: 4 });
    await set.add(['10.0.0.0/8', '192.0.2.1']);
    await set.replace(['10.0.0.0/8', { net: '172.16.0.0/12', timeout: 0 }]);
    const found = (await set.elements()).map(({ net }) => net).sort();
    expect(found).toEqual(['10.0.0.0/8', '172.16.0.0/12']);
    await expect(set.replace(['10.0.0.1', 'nonsense'])).rejects.toMatchObject({
      code: 'ERR_BAD_ELEMENT',
      set: 'blocked',
      index: 1,
    });
    const five = [1, 2, 3, 4, 5].map((i) => `10.0.0.${i}`);
    await expect(set.replace(five)).rejects.toMatchObject({ code: 'ERR_SET_FULL', set: 'blocked' });
    expect((await set.elements()).map(({ net }) => net).sort()).toEqual(found);
    expect(await sets.names()).toEqual(['blocked']);
  });

  test('are what others have made of them', async () => {
    const set = await sets.create('mine', { type: 'hash:ip' });
    await set.add('10.0.0.1');
    ipset(ours, 'destroy mine');
    await expect(set.add('10.0.0.1')).rejects.toMatchObject({ code: 'ERR_NO_SET', set: 'mine' });
    ipset(ours, 'create mine hash:ip,port family inet6');
    await sets.set('mine').add('fe80::1,80');
    ipset(ours, 'create other hash:ip,port family inet6');
    await set.swap('other');
    await set.rename('third');
    expect(set.name).toBe('third');
    expect((await set.head()).elements).toBe(0);
    expect((await sets.set('other').head()).elements).toBe(1);
    await sets.flush();
    expect((await sets.set('other').head()).elements).toBe(0);
  });

  test('are not used any more when they are closed', async () => {
    const set = await sets.create('mine', { type: 'hash:ip' });
    const last = set.add('10.0.0.1');
    await sets.close();
    await last;
    await sets.close();
    await expect(set.add('10.0.0.2')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await expect(sets.names()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await expect(Sets.open({ namespace: '/run/netns/none' })).rejects.toMatchObject({ code: 'ERR_NAMESPACE' });
  });
});
