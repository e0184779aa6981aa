import { join } from 'node:path';
import { Firewall, IptcError } from '../../lib';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { lacksNetns, Netns } from '../harness/netns';
import { commands, lacksLegacy } from './programs';

/**
 * Scripts know refusals by iptables' words. What is wrong in each of these lines iptables says itself, before it asks the
 * kernel: its sentence is the authority, ours stands behind it.
 */
const LINES: Readonly<Record<'ipv4' | 'ipv6', Readonly<Record<string, readonly string[]>>>> = {
  ipv4: {
    'filter INPUT': [
      '-p tcp --dport nosuch',
      '-p tcp --dport 80,443',
      '-p tcp --dport 1-65535',
      '-p tcp --dport 90:80',
      '-p tcp --dport 99999',
      '-p udp --sport nosuch',
      '-p sctp --dport nosuch',
      '-p dccp --dport nosuch',
      '-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16',
      '-p tcp -m multiport --dports nosuch',
      '-p tcp -m multiport --dports 90:80',
      '-p tcp -m multiport --dports 80-90',
      '-m conntrack --ctstate NOSUCH',
      '-m conntrack --ctstate NEW,NOSUCH',
      '-m conntrack --ctstatus NOSUCH',
      '-m state --state NOSUCH',
      '-m conntrack --ctorigdstport nosuch',
      '-j REJECT --reject-with foo',
      '-j LOG --log-level nosuch',
      '-m limit --limit foo',
      '-m limit --limit 5/day/h',
      '-m mac --mac-source xx',
      '-m mark --mark foo',
      '-p icmp --icmp-type nosuch',
      '-p icmp -m icmp --icmp-type 300',
      '-m length --length foo',
      '-m length --length 90:80',
      '-m addrtype --src-type NOSUCH',
      '-m pkttype --pkt-type foo',
      '-m time --timestart 99:00',
      '-m time --weekdays Xx',
      '-p tcp --tcp-flags FOO SYN',
      '-p tcp --tcp-option 300',
      '-m ttl --ttl-eq 300',
      '-m tos --tos foo',
      '-m dscp --dscp 99',
      '-m dscp --dscp-class foo',
      '-m statistic --mode foo',
      '-m statistic --mode random --probability 2',
      '-m connlimit --connlimit-above foo',
      '-m policy --dir in --pol foo',
      '-m policy --dir foo --pol none',
      '-m set --match-set nosuch src',
      '-j NFQUEUE --queue-num 99999',
      '-j NFLOG --nflog-group 99999',
      '-j AUDIT --type foo',
      '-s 10.0.0.1/33',
      '-s 10.0.0.1/foo',
      '-p foo',
      '-i 12345678901234567',
      '--foo',
    ],
    'filter OUTPUT': ['-m owner --uid-owner nosuch', '-m owner --gid-owner nosuch'],
    'mangle INPUT': [
      '-j MARK --set-mark foo',
      '-j TTL --ttl-set 300',
      '-j TOS --set-tos foo',
      '-j DSCP --set-dscp 99',
      '-j DSCP --set-dscp-class foo',
      '-j CONNMARK --set-mark foo',
      '-p tcp -j TCPOPTSTRIP --strip-options foo',
    ],
    'mangle POSTROUTING': ['-j CLASSIFY --set-class foo'],
    'nat PREROUTING': ['-j DNAT --to-destination foo'],
    'nat POSTROUTING': ['-j SNAT --to-source foo'],
  },
  ipv6: {
    'filter INPUT': [
      '-p icmpv6 --icmpv6-type nosuch',
      '-j REJECT --reject-with foo',
      '-m hl --hl-eq 300',
      '-s 10.0.0.1',
      '-s ::1/129',
      '-p tcp --dport nosuch',
    ],
    'mangle INPUT': ['-j HL --hl-set 300'],
    'nat PREROUTING': ['-j DNAT --to-destination foo'],
  },
};
const TOOL = { ipv4: 'iptables', ipv6: 'ip6tables' } as const;

const lacking = lacksNetns() ?? lacksLegacy();
(lacking === undefined ? describe : describe.skip)(
  `what iptables says first${lacking ? ` [skipped: ${lacking}]` : ''}`,
  () => {
    let netns: Netns;
    const firewalls = new Map<string, Firewall<'ipv4' | 'ipv6'>>();
    beforeAll(async () => {
      netns = new Netns();
      for (const family of ['ipv4', 'ipv6'] as const)
        firewalls.set(family, await Firewall.open<'ipv4' | 'ipv6'>({ family, namespace: netns.path, lock: false }));
    });
    afterAll(async () => {
      for (const firewall of firewalls.values()) await firewall.close();
      netns.close();
    });

    for (const [family, places] of Object.entries(LINES) as ['ipv4' | 'ipv6', (typeof LINES)['ipv4']][])
      for (const [place, lines] of Object.entries(places))
        for (const line of lines) {
          const [table, chain] = place.split(' ') as ['filter', 'INPUT'];
          test(`of ${family}, ${place}: ${line}`, async () => {
            const command = join(commands('1.8.11'), `${TOOL[family]}-legacy`);
            const words = line.split(' ');
            const { stderr, status } = netns.execSync(command, ['-t', table, '-A', chain, ...words]);
            expect(status).toBe(2);
            const said = stderr.split('\n')[0]!.replace(/^\S+ v[\d.]+ \(legacy\): /, '');
            const error = await firewalls
              .get(family)!
              .table(table)
              .chain(chain)
              .append(line as '-j DROP')
              .catch((thrown: unknown) => thrown);
            expect(error).toBeInstanceOf(IptcError);
            expect((error as IptcError).iptables).toBe(said);
          });
        }
  },
);
