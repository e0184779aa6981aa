/** The same filters for conntrack(8) and for us: what is listed, heard of and deleted is the same. */
import { type ConnectionFilter, Connections, formatConnection } from '../../lib/conntrack';
import { afterAll, beforeAll, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';

/** As `conntrack -I` takes them. */
const CONNECTIONS = `
-p tcp -s 192.0.2.1 -d 198.51.100.1 --sport 1000 --dport 22 --state ESTABLISHED -u ASSURED,SEEN_REPLY -t 900
-p tcp -s 192.0.2.1 -d 198.51.100.1 --sport 1001 --dport 80 --state SYN_SENT -t 900
-p tcp -s 192.0.2.2 -d 198.51.100.1 --sport 1000 --dport 80 --state TIME_WAIT -u SEEN_REPLY -t 900 -m 7
-p tcp -s 192.0.2.2 -d 198.51.100.2 --sport 80 --dport 1000 --state ESTABLISHED -u SEEN_REPLY -t 900 -m 0x107
-p tcp -s 192.0.3.2 -d 198.51.100.2 -r 10.0.0.1 -q 192.0.3.2 --sport 5 --dport 22 --reply-port-src 2222 --reply-port-dst 5 --state CLOSE -t 900
-p udp -s 192.0.2.1 -d 198.51.100.1 --sport 1000 --dport 53 -t 900
-p udp -s 192.0.2.9 -d 198.51.100.1 --sport 53 --dport 53 -u SEEN_REPLY -t 900 -w 5
-p udp -s 192.0.2.9 -d 198.51.100.1 --sport 53 --dport 53 -t 900
-p icmp -s 192.0.2.1 -d 198.51.100.1 --icmp-type 8 --icmp-code 0 --icmp-id 9 -t 900
-p tcp -s 2001:db8::1 -d 2001:db8:1::1 --sport 1000 --dport 22 --state ESTABLISHED -u ASSURED,SEEN_REPLY -t 900
-p udp -s 2001:db8::2 -d 2001:db8:1::1 --sport 1000 --dport 53 -t 900 -m 7
`
  .trim()
  .split('\n');

const FILTERS: readonly (readonly [filter: ConnectionFilter, words: string])[] = [
  [{ family: 'ipv4' }, '-f ipv4'],
  [{ family: 'ipv6' }, '-f ipv6'],
  [{ family: 'ipv4', protocol: 'tcp' }, '-f ipv4 -p tcp'],
  [{ family: 'ipv6', protocol: 'udp' }, '-f ipv6 -p udp'],
  [{ family: 'ipv4', protocol: 1 }, '-f ipv4 -p icmp'],
  [{ source: '192.0.2.1' }, '-s 192.0.2.1'],
  [{ destination: '198.51.100.2' }, '-d 198.51.100.2'],
  [{ source: '192.0.2.0/24' }, '-s 192.0.2.0/24'],
  [{ destination: '198.51.100.0/31' }, '-d 198.51.100.0/31'],
  [{ source: '2001:db8::1' }, '-f ipv6 -s 2001:db8::1'],
  [{ destination: '2001:db8:1::/48' }, '-f ipv6 -d 2001:db8:1::/48'],
  [{ replySource: '10.0.0.1' }, '-r 10.0.0.1'],
  [{ replyDestination: '192.0.3.2' }, '-q 192.0.3.2'],
  [{ family: 'ipv4', protocol: 'tcp', sport: 1000 }, '-f ipv4 -p tcp --sport 1000'],
  [{ family: 'ipv4', protocol: 'tcp', dport: 22 }, '-f ipv4 -p tcp --dport 22'],
  [{ family: 'ipv4', protocol: 'udp', sport: 53, dport: 53 }, '-f ipv4 -p udp --sport 53 --dport 53'],
  [{ family: 'ipv4', protocol: 'tcp', state: 'ESTABLISHED' }, '-f ipv4 -p tcp --state ESTABLISHED'],
  [{ family: 'ipv4', protocol: 'tcp', state: 'SYN_SENT' }, '-f ipv4 -p tcp --state SYN_SENT'],
  [{ family: 'ipv4', status: 'ASSURED' }, '-f ipv4 -u ASSURED'],
  [{ family: 'ipv4', status: 'SEEN_REPLY' }, '-f ipv4 -u SEEN_REPLY'],
  [{ family: 'ipv4', mark: 7 }, '-f ipv4 -m 7'],
  [{ family: 'ipv4', mark: [7, 0xff] }, '-f ipv4 -m 7/0xff'],
  [{ family: 'ipv6', mark: 7 }, '-f ipv6 -m 7'],
  [{ family: 'ipv4', zone: 5 }, '-f ipv4 -w 5'],
  [{ family: 'ipv4', zone: 0 }, '-f ipv4 -w 0'],
  [{ source: '192.0.2.1', protocol: 'tcp', dport: 80 }, '-s 192.0.2.1 -p tcp --dport 80'],
  [{ source: '203.0.113.1' }, '-s 203.0.113.1'],
];

describeWith(['netns', 'addon', 'conntrack'], 'a filter of connections', () => {
  let [ours, theirs]: Netns[] = [];
  let connections: Connections;
  beforeAll(async () => {
    [ours, theirs] = [new Netns(), new Netns()];
    connections = await Connections.open({ namespace: ours.path });
  });
  afterAll(async () => {
    await connections.close();
    ours!.close();
    theirs!.close();
  });
  const fill = (netns: Netns) =>
    netns.execSync('sh', ['-ec', ['conntrack -F', ...CONNECTIONS.map((words) => `conntrack -I ${words}`)].join('\n')]);
  /** Of each family by its own listing, without what passes by itself. */
  const listed = (netns: Netns, words = '') =>
    netns
      .execSync('conntrack', ['-L', ...words.split(' ').filter(Boolean)])
      .stdout.trim()
      .split('\n')
      .filter(Boolean)
      .map(timeless)
      .sort();
  const timeless = (line: string) => line.replace(/^(\S+\s+\d+) \d+/, '$1');
  const all = (netns: Netns) => [...listed(netns, '-f ipv4'), ...listed(netns, '-f ipv6')];

  beforeEach(() => {
    for (const netns of [ours!, theirs!]) expect(fill(netns)).toMatchObject({ status: 0 });
    expect(all(ours!)).toHaveLength(CONNECTIONS.length);
  });

  test.each(FILTERS)('%j lists and deletes as conntrack does', async (filter, words) => {
    const found: string[] = [];
    for await (const connection of connections.list(filter)) found.push(timeless(formatConnection(connection)));
    const wanted = listed(theirs!, words);
    expect(found.sort()).toEqual(wanted);
    expect(await connections.count(filter)).toBe(wanted.length);
    expect(await connections.delete(filter)).toBe(wanted.length);
    theirs!.execSync('conntrack', ['-D', ...words.split(' ')]);
    expect(all(ours!)).toEqual(all(theirs!));
    expect(all(ours!)).toHaveLength(CONNECTIONS.length - wanted.length);
  });

  test('means the same of what is heard', async () => {
    const filter = { family: 'ipv4', protocol: 'tcp', dport: 22 } as const;
    const events = connections.events({ events: ['new', 'destroy'], filter });
    ours!.execSync('conntrack', ['-F']);
    fill(ours!);
    await connections.delete({ source: '192.0.2.1' });
    await connections.delete({ source: '192.0.3.2' });
    const heard: string[] = [];
    for await (const each of events) {
      // Of connections that began before, some kernels tell the end, and some don't (nf_conntrack_events).
      if (each.event === 'lost' || (heard.length === 0 && each.event === 'destroy')) continue;
      heard.push(`${each.event} ${each.connection.original.source}:${each.connection.original.sport}`);
      if (heard.length === 4) break;
    }
    const [first, second] = ['192.0.2.1:1000', '192.0.3.2:5'];
    expect(heard).toEqual([`new ${first}`, `new ${second}`, `destroy ${first}`, `destroy ${second}`]);
  });
});
