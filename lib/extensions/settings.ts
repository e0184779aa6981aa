// Written by scripts/generate-docs.
// biome-ignore-all format: generated
/** What each match and target takes, as its definition beside this file has it. */
import type { AddressRange } from '../codec/operand/address';
import type { Protocol } from '../codec/operand/database';
import type { Masked } from '../codec/operand/masked';
import type { Big, Range } from '../codec/operand/number';
import type { Not } from '../codec/operand/operand';
import type { Family } from '../net/family';
import type { BigRange } from './matches/connbytes';
import type { TcpFlags } from './matches/tcp';
import type { IcmpType } from './shared/icmp';
import type { SetReference } from './shared/ipset';
import type { HeaderOption } from './shared/ipv6options';
import type { NamedMasked } from './shared/namedmask';
import type { Chunks } from './shared/sctpchunks';
import type { Tos } from './shared/tos';
import type { OptionKind } from './targets/TCPOPTSTRIP';

export type { AddressRange } from '../codec/operand/address';
export type { Protocol } from '../codec/operand/database';
export type { Masked } from '../codec/operand/masked';
export type { Big, Range } from '../codec/operand/number';
export type { Not } from '../codec/operand/operand';
export type { Family } from '../net/family';
export type { BigRange } from './matches/connbytes';
export type { TcpFlags } from './matches/tcp';
export type { IcmpType } from './shared/icmp';
export type { SetReference } from './shared/ipset';
export type { HeaderOption } from './shared/ipv6options';
export type { NamedMasked } from './shared/namedmask';
export type { Chunks } from './shared/sctpchunks';
export type { Tos } from './shared/tos';
export type { OptionKind } from './targets/TCPOPTSTRIP';

/**
 * Matches by the type that routing gives an address.
 * @example { "addrtype": {"dstType":["LOCAL"]} }
 */
export interface AddrtypeMatch {
  /** The type of the source address, as routing sees it. `[!] --src-type name[,name...]` */
  readonly srcType?: readonly ('UNSPEC' | 'UNICAST' | 'LOCAL' | 'BROADCAST' | 'ANYCAST' | 'MULTICAST' | 'BLACKHOLE' | 'UNREACHABLE' | 'PROHIBIT' | 'THROW' | 'NAT' | 'XRESOLVE')[] | Not<readonly ('UNSPEC' | 'UNICAST' | 'LOCAL' | 'BROADCAST' | 'ANYCAST' | 'MULTICAST' | 'BLACKHOLE' | 'UNREACHABLE' | 'PROHIBIT' | 'THROW' | 'NAT' | 'XRESOLVE')[]>;
  /** The type of the destination address, as routing sees it. `[!] --dst-type name[,name...]` */
  readonly dstType?: readonly ('UNSPEC' | 'UNICAST' | 'LOCAL' | 'BROADCAST' | 'ANYCAST' | 'MULTICAST' | 'BLACKHOLE' | 'UNREACHABLE' | 'PROHIBIT' | 'THROW' | 'NAT' | 'XRESOLVE')[] | Not<readonly ('UNSPEC' | 'UNICAST' | 'LOCAL' | 'BROADCAST' | 'ANYCAST' | 'MULTICAST' | 'BLACKHOLE' | 'UNREACHABLE' | 'PROHIBIT' | 'THROW' | 'NAT' | 'XRESOLVE')[]>;
  /** Only addresses of the interface that the packet comes in by. `--limit-iface-in` */
  readonly limitIfaceIn?: true;
  /** Only addresses of the interface that the packet goes out by. `--limit-iface-out` */
  readonly limitIfaceOut?: true;
}

/**
 * Matches IPsec authentication headers.
 * @example { "ah": {"ahspi":500} }
 */
export interface AhMatch {
  /** The security parameter index, or a range of it. `[!] --ahspi number[:number]` */
  readonly ahspi?: Range | Not<Range>;
}

/**
 * Matches if a BPF program says so.
 * @example { "bpf": {"bytecode":"4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"} }
 */
export interface BpfMatch {
  /** The program, in classic BPF, as nfbpf_compile(8) makes it. `--bytecode program` */
  readonly bytecode?: string;
  /** A program in the BPF file system, by its path. `--object-pinned path` */
  readonly objectPinned?: string;
}

/**
 * Matches by the control group of the socket that sends or receives.
 * @example { "cgroup": {"path":"/system.slice"} }
 */
export interface CgroupMatch {
  /** The class that net_cls, of cgroup 1, gives. `[!] --cgroup number` */
  readonly cgroup?: number | Not<number>;
  /** A control group, by its path below the root of cgroup 2, with those inside it. `[!] --path text` */
  readonly path?: string | Not<string>;
}

/**
 * Matches the connections that fall to some nodes of a cluster.
 * @example { "cluster": {"clusterTotalNodes":2,"clusterLocalNode":1,"clusterHashSeed":3735928559} }
 */
export interface ClusterMatch {
  /** The nodes as bits, the first node the lowest. `[!] --cluster-local-nodemask number` */
  readonly clusterLocalNodemask?: number | Not<number>;
  /** How many nodes there are, up to 32. `--cluster-total-nodes number` */
  readonly clusterTotalNodes?: number;
  /** The same number on each node. `--cluster-hash-seed number` */
  readonly clusterHashSeed?: number;
  /** One node, counted from 1: the nodemask with this bit alone. `[!] --cluster-local-node number` */
  readonly clusterLocalNode?: number | Not<number>;
}

/**
 * Carries a remark; matches every packet.
 * @example { "comment": {"comment":"block of the guest network"} }
 */
export interface CommentMatch {
  /** The remark, up to 255 bytes. `--comment text` */
  readonly comment: string;
}

/**
 * Matches by the bytes or packets that the connection has transferred.
 * @example { "connbytes": {"connbytes":10000000,"connbytesMode":"bytes","connbytesDir":"both"} }
 */
export interface ConnbytesMatch {
  /** The amount: from this on, or a range. `[!] --connbytes from[:to]` */
  readonly connbytes: BigRange | Not<BigRange>;
  /** avgpkt: bytes per packet. `--connbytes-mode packets|bytes|avgpkt` */
  readonly connbytesMode: 'packets' | 'bytes' | 'avgpkt';
  /** Which packets count. `--connbytes-dir original|reply|both` */
  readonly connbytesDir: 'original' | 'reply' | 'both';
}

/**
 * Matches by a label of the connection, or sets one.
 * @example { "connlabel": {"label":40,"set":true} }
 */
export interface ConnlabelMatch {
  /** 0 to 127, or a name in /etc/xtables/connlabel.conf. `[!] --label name|number` */
  readonly label: string | number | Not<string | number>;
  /** Sets the label; matches if that could be done. `--set` */
  readonly set?: true;
}

/**
 * Matches by the number of connections that an address or a network has open.
 * @example { "connlimit": {"connlimitAbove":16,"connlimitMask":24} }
 */
export interface ConnlimitMatch {
  /** Matches up to that many connections. `[!] --connlimit-upto number` */
  readonly connlimitUpto?: number | Not<number>;
  /** Matches beyond that many. `[!] --connlimit-above number` */
  readonly connlimitAbove?: number | Not<number>;
  /** Counts networks of this prefix length together; else each address by itself. `--connlimit-mask length` */
  readonly connlimitMask?: number;
  /** Counts by source address, as if nothing is said. `--connlimit-saddr` */
  readonly connlimitSaddr?: true;
  /** Counts by destination address. `--connlimit-daddr` */
  readonly connlimitDaddr?: true;
}

/**
 * Matches by the mark of the packet's connection.
 * @example { "connmark": {"mark":32} }
 */
export interface ConnmarkMatch {
  /** The value of the connection's mark; with a mask, of those bits of it. `[!] --mark value[/mask]` */
  readonly mark: Masked | Not<Masked>;
}

/**
 * Matches by what connection tracking knows of the packet's connection.
 * @example { "conntrack": {"ctstate":["RELATED","ESTABLISHED"]} }
 */
export interface ConntrackMatch {
  /** The state of the connection that the packet belongs to. `[!] --ctstate name[,name...]` */
  readonly ctstate?: readonly ('INVALID' | 'NEW' | 'RELATED' | 'ESTABLISHED' | 'UNTRACKED' | 'SNAT' | 'DNAT')[] | Not<readonly ('INVALID' | 'NEW' | 'RELATED' | 'ESTABLISHED' | 'UNTRACKED' | 'SNAT' | 'DNAT')[]>;
  /** The connection's protocol. `[!] --ctproto protocol` */
  readonly ctproto?: Protocol | Not<Protocol>;
  /** Its source address, in the original direction. `[!] --ctorigsrc address[/mask]` */
  readonly ctorigsrc?: string | Not<string>;
  /** Its destination address, in the original direction. `[!] --ctorigdst address[/mask]` */
  readonly ctorigdst?: string | Not<string>;
  /** Its source address, in the reply direction. `[!] --ctreplsrc address[/mask]` */
  readonly ctreplsrc?: string | Not<string>;
  /** Its destination address, in the reply direction. `[!] --ctrepldst address[/mask]` */
  readonly ctrepldst?: string | Not<string>;
  /** Its source port, in the original direction. `[!] --ctorigsrcport port[:port]` */
  readonly ctorigsrcport?: Range | Not<Range>;
  /** Its destination port, in the original direction. `[!] --ctorigdstport port[:port]` */
  readonly ctorigdstport?: Range | Not<Range>;
  /** Its source port, in the reply direction. `[!] --ctreplsrcport port[:port]` */
  readonly ctreplsrcport?: Range | Not<Range>;
  /** Its destination port, in the reply direction. `[!] --ctrepldstport port[:port]` */
  readonly ctrepldstport?: Range | Not<Range>;
  /** What is known of the connection. `[!] --ctstatus name[,name...]` */
  readonly ctstatus?: readonly ('EXPECTED' | 'SEEN_REPLY' | 'ASSURED' | 'CONFIRMED')[] | Not<readonly ('EXPECTED' | 'SEEN_REPLY' | 'ASSURED' | 'CONFIRMED')[]>;
  /** How long it lives on, in seconds. `[!] --ctexpire number[:number]` */
  readonly ctexpire?: Range | Not<Range>;
  /** The direction in which the packet flows. `--ctdir ORIGINAL|REPLY` */
  readonly ctdir?: 'ORIGINAL' | 'REPLY';
}

/**
 * Matches by the processor that handles the packet.
 * @example { "cpu": {"cpu":0} }
 */
export interface CpuMatch {
  /** Its number, from 0. `[!] --cpu number` */
  readonly cpu: number | Not<number>;
}

/**
 * Matches DCCP packets.
 * @example { "dccp": {"dport":5004,"dccpTypes":["REQUEST"]} }
 */
export interface DccpMatch {
  /** The source port, or a range of them. `[!] --sport port[:port]` */
  readonly sport?: Range | Not<Range>;
  /** The destination port, or a range of them. `[!] --dport port[:port]` */
  readonly dport?: Range | Not<Range>;
  /** The types, of which the packet has one. `[!] --dccp-types name[,name...]` */
  readonly dccpTypes?: readonly ('INVALID' | 'REQUEST' | 'RESPONSE' | 'DATA' | 'ACK' | 'DATAACK' | 'CLOSEREQ' | 'CLOSE' | 'RESET' | 'SYNC' | 'SYNCACK')[] | Not<readonly ('INVALID' | 'REQUEST' | 'RESPONSE' | 'DATA' | 'ACK' | 'DATAACK' | 'CLOSEREQ' | 'CLOSE' | 'RESET' | 'SYNC' | 'SYNCACK')[]>;
  /** A DCCP option that is set, by its number. `[!] --dccp-option number` */
  readonly dccpOption?: number | Not<number>;
}

/**
 * Matches by the group of the network device.
 * @example { "devgroup": {"srcGroup":2} }
 */
export interface DevgroupMatch {
  /** The group of the device it comes in by: a number, or a name in /etc/iproute2/group. `[!] --src-group name|value[/mask]` */
  readonly srcGroup?: NamedMasked | Not<NamedMasked>;
  /** The group of the device it goes out by. `[!] --dst-group name|value[/mask]` */
  readonly dstGroup?: NamedMasked | Not<NamedMasked>;
}

/**
 * Matches by the DSCP of the packet.
 * @example { "dscp": {"dscpClass":"EF"} }
 */
export interface DscpMatch {
  /** The code point, from 0 to 63. `[!] --dscp number` */
  readonly dscp?: number | Not<number>;
  /** The code point by the name of its class. `[!] --dscp-class name` */
  readonly dscpClass?: 'CS0' | 'CS1' | 'CS2' | 'CS3' | 'CS4' | 'CS5' | 'CS6' | 'CS7' | 'BE' | 'AF11' | 'AF12' | 'AF13' | 'AF21' | 'AF22' | 'AF23' | 'AF31' | 'AF32' | 'AF33' | 'AF41' | 'AF42' | 'AF43' | 'EF' | Not<'CS0' | 'CS1' | 'CS2' | 'CS3' | 'CS4' | 'CS5' | 'CS6' | 'CS7' | 'BE' | 'AF11' | 'AF12' | 'AF13' | 'AF21' | 'AF22' | 'AF23' | 'AF31' | 'AF32' | 'AF33' | 'AF41' | 'AF42' | 'AF43' | 'EF'>;
}

/**
 * Matches by explicit congestion notification.
 * @example { "ecn": {"ecnIpEct":3} }
 */
export interface EcnMatch {
  /** The TCP flag ECE (congestion was seen) is set. `[!] --ecn-tcp-ece` */
  readonly ecnTcpEce?: true | Not<true>;
  /** The TCP flag CWR (the sender has slowed down) is set. `[!] --ecn-tcp-cwr` */
  readonly ecnTcpCwr?: true | Not<true>;
  /** The code point in the IP header: 0 none, 1 and 2 capable, 3 congested. `[!] --ecn-ip-ect number` */
  readonly ecnIpEct?: number | Not<number>;
}

/**
 * Matches IPsec ESP headers.
 * @example { "esp": {"espspi":500} }
 */
export interface EspMatch {
  /** The security parameter index, or a range of it. `[!] --espspi number[:number]` */
  readonly espspi?: Range | Not<Range>;
}

/**
 * Matches as long as packets that have something in common come no faster than a rate.
 * @example { "hashlimit": {"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"} }
 */
export interface HashlimitMatch {
  /** Matches up to this rate. `[!] --hashlimit-upto number[/unit]|number[k|m]b/s` */
  readonly hashlimitUpto?: string | Not<string>;
  /** Packets that may pass at once (5 if not given); or bytes if the rate is in bytes. `--hashlimit-burst number[k|m][b]` */
  readonly hashlimitBurst?: string | number;
  /** What packets are counted by; if not given, all together. `--hashlimit-mode name[,name...]` */
  readonly hashlimitMode?: readonly ('srcip' | 'srcport' | 'dstip' | 'dstport')[];
  /** The name of its table, in /proc/net/ipt_hashlimit. `--hashlimit-name name` */
  readonly hashlimitName: string;
  /** The number of buckets of the hash table. `--hashlimit-htable-size number` */
  readonly hashlimitHtableSize?: number;
  /** The number of entries it may hold. `--hashlimit-htable-max number` */
  readonly hashlimitHtableMax?: number;
  /** How often it is tidied, in milliseconds. `--hashlimit-htable-gcinterval number` */
  readonly hashlimitHtableGcinterval?: number;
  /** How long an idle entry stays, in milliseconds. `--hashlimit-htable-expire number` */
  readonly hashlimitHtableExpire?: number;
  /** Matches beyond this rate. `[!] --hashlimit-above number[/unit]|number[k|m]b/s` */
  readonly hashlimitAbove?: string | Not<string>;
  /** Counts source networks of this prefix length together. `--hashlimit-srcmask length` */
  readonly hashlimitSrcmask?: number;
  /** Counts destination networks of this prefix length together. `--hashlimit-dstmask length` */
  readonly hashlimitDstmask?: number;
  /** Matches by the rate without limiting it: no burst, no tokens. `--hashlimit-rate-match` */
  readonly hashlimitRateMatch?: true;
  /** In how many seconds --hashlimit-rate-match counts. `--hashlimit-rate-interval number` */
  readonly hashlimitRateInterval?: number;
}

/**
 * Matches connections that a conntrack helper expected.
 * @example { "helper": {"helper":"ftp"} }
 */
export interface HelperMatch {
  /** The name of the helper; any, if empty. `[!] --helper text` */
  readonly helper: string | Not<string>;
}

/**
 * Matches ICMP messages.
 * @example { "icmp": {"icmpType":"echo-request"} }
 */
export interface IcmpMatch {
  /** The type, with or without a code, or the name of one. `[!] --icmp-type type[/code]|name` */
  readonly icmpType: IcmpType<'any' | 'echo-reply' | 'pong' | 'destination-unreachable' | 'network-unreachable' | 'host-unreachable' | 'protocol-unreachable' | 'port-unreachable' | 'fragmentation-needed' | 'source-route-failed' | 'network-unknown' | 'host-unknown' | 'network-prohibited' | 'host-prohibited' | 'TOS-network-unreachable' | 'TOS-host-unreachable' | 'communication-prohibited' | 'host-precedence-violation' | 'precedence-cutoff' | 'source-quench' | 'redirect' | 'network-redirect' | 'host-redirect' | 'TOS-network-redirect' | 'TOS-host-redirect' | 'echo-request' | 'ping' | 'router-advertisement' | 'router-solicitation' | 'time-exceeded' | 'ttl-exceeded' | 'ttl-zero-during-transit' | 'ttl-zero-during-reassembly' | 'parameter-problem' | 'ip-header-bad' | 'required-option-missing' | 'timestamp-request' | 'timestamp-reply' | 'address-mask-request' | 'address-mask-reply'> | Not<IcmpType<'any' | 'echo-reply' | 'pong' | 'destination-unreachable' | 'network-unreachable' | 'host-unreachable' | 'protocol-unreachable' | 'port-unreachable' | 'fragmentation-needed' | 'source-route-failed' | 'network-unknown' | 'host-unknown' | 'network-prohibited' | 'host-prohibited' | 'TOS-network-unreachable' | 'TOS-host-unreachable' | 'communication-prohibited' | 'host-precedence-violation' | 'precedence-cutoff' | 'source-quench' | 'redirect' | 'network-redirect' | 'host-redirect' | 'TOS-network-redirect' | 'TOS-host-redirect' | 'echo-request' | 'ping' | 'router-advertisement' | 'router-solicitation' | 'time-exceeded' | 'ttl-exceeded' | 'ttl-zero-during-transit' | 'ttl-zero-during-reassembly' | 'parameter-problem' | 'ip-header-bad' | 'required-option-missing' | 'timestamp-request' | 'timestamp-reply' | 'address-mask-request' | 'address-mask-reply'>>;
}

/**
 * Matches IPComp headers.
 * @example { "ipcomp": {"ipcompspi":18} }
 */
export interface IpcompMatch {
  /** The compression parameter index, or a range of it; 0 if not given. `[!] --ipcompspi number[:number]` */
  readonly ipcompspi?: Range | Not<Range>;
  /** The reserved field is zero (the kernel does not look). `--compres` */
  readonly compres?: true;
}

/**
 * Matches by an arbitrary range of addresses.
 * @example { "iprange": {"srcRange":["192.168.1.10","192.168.1.20"]} }
 */
export interface IprangeMatch {
  /** The first and the last source address. `[!] --src-range address[-address]` */
  readonly srcRange?: AddressRange | Not<AddressRange>;
  /** The first and the last destination address. `[!] --dst-range address[-address]` */
  readonly dstRange?: AddressRange | Not<AddressRange>;
}

/**
 * Matches by the virtual service of IPVS that the packet belongs to.
 * @example { "ipvs": {"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"} }
 */
export interface IpvsMatch {
  /** The packet belongs to a connection of IPVS. `[!] --ipvs` */
  readonly ipvs?: true | Not<true>;
  /** The protocol of the virtual service. `[!] --vproto protocol` */
  readonly vproto?: Protocol | Not<Protocol>;
  /** Its address, with an optional mask. `[!] --vaddr address[/mask]` */
  readonly vaddr?: string | Not<string>;
  /** Its port. `[!] --vport port` */
  readonly vport?: number | Not<number>;
  /** The direction in which the packet flows. `--vdir ORIGINAL|REPLY` */
  readonly vdir?: 'ORIGINAL' | 'REPLY';
  /** GATE is direct routing, IPIP a tunnel. `[!] --vmethod GATE|IPIP|MASQ` */
  readonly vmethod?: 'GATE' | 'IPIP' | 'MASQ' | Not<'GATE' | 'IPIP' | 'MASQ'>;
  /** The port of the connection that controls this one, 21 for FTP. `[!] --vportctl port` */
  readonly vportctl?: number | Not<number>;
}

/**
 * Matches by the length of the packet.
 * @example { "length": {"length":[0,1280]} }
 */
export interface LengthMatch {
  /** The length in bytes, or a range of it. `[!] --length number[:number]` */
  readonly length: Range | Not<Range>;
}

/**
 * Matches as long as packets come no faster than a rate.
 * @example { "limit": {"limit":"5/min","limitBurst":10} }
 */
export interface LimitMatch {
  /** The average rate, up to 10000/sec; 3/hour if not given. `--limit number[/unit]` */
  readonly limit?: string;
  /** How many match at once, at first; 5 if not given. `--limit-burst number` */
  readonly limitBurst?: number;
}

/**
 * Matches by the Ethernet address that the packet comes from.
 * @example { "mac": {"macSource":"00:11:22:aa:bb:cc"} }
 */
export interface MacMatch {
  /** The source address. `[!] --mac-source address` */
  readonly macSource: string | Not<string>;
}

/**
 * Matches by the netfilter mark of the packet.
 * @example { "mark": {"mark":{"value":16,"mask":255}} }
 */
export interface MarkMatch {
  /** The value of the mark; with a mask, of those bits of it. `[!] --mark value[/mask]` */
  readonly mark: Masked | Not<Masked>;
}

/**
 * Matches by a list of up to 15 ports; a range counts as two.
 * @example { "multiport": {"dports":[80,443,[8000,8080]]} }
 */
export interface MultiportMatch {
  /** One of these is the source port. `[!] --sports port[:port][,...]` */
  readonly sports?: readonly Range[] | Not<readonly Range[]>;
  /** One of these is the destination port. `[!] --dports port[:port][,...]` */
  readonly dports?: readonly Range[] | Not<readonly Range[]>;
  /** One of these is the source or the destination port. `[!] --ports port[:port][,...]` */
  readonly ports?: readonly Range[] | Not<readonly Range[]>;
}

/**
 * Counts the packet in an accounting object of nfacct(8); matches every packet.
 * @example { "nfacct": {"nfacctName":"http-traffic"} }
 */
export interface NfacctMatch {
  /** The name of the accounting object, made by nfacct(8). `--nfacct-name text` */
  readonly nfacctName: string;
}

/**
 * Matches by the sender's operating system, guessed from its first TCP segment.
 * @example { "osf": {"genre":"Linux","ttl":1,"log":0} }
 */
export interface OsfMatch {
  /** Its name in the fingerprints. `[!] --genre name` */
  readonly genre: string | Not<string>;
  /** How the TTL has to fit: 0 exactly, 1 at most, 2 not at all. `--ttl number` */
  readonly ttl?: number;
  /** What is logged: 0 all, 1 the first, 2 what is known. `--log number` */
  readonly log?: number;
}

/**
 * Matches by who made a packet that leaves this machine.
 * @example { "owner": {"uidOwner":1000} }
 */
export interface OwnerMatch {
  /** The user that owns the socket: a name, a number or a range. `[!] --uid-owner id[-id]` */
  readonly uidOwner?: Range | Not<Range>;
  /** The group that owns the socket: a name, a number or a range. `[!] --gid-owner id[-id]` */
  readonly gidOwner?: Range | Not<Range>;
  /** The packet belongs to a socket. `[!] --socket-exists` */
  readonly socketExists?: true | Not<true>;
  /** --gid-owner means supplementary groups too. `--suppl-groups` */
  readonly supplGroups?: true;
}

/**
 * Matches by the ports of a bridge that the packet passes.
 * @example { "physdev": {"physdevIsBridged":true,"physdevIn":"eth+"} }
 */
export interface PhysdevMatch {
  /** The packet came in by a port of a bridge. `[!] --physdev-is-in` */
  readonly physdevIsIn?: true | Not<true>;
  /** That port: a name, or the beginning of one and +. `[!] --physdev-in name[+]` */
  readonly physdevIn?: string | Not<string>;
  /** The packet will leave by a port of a bridge. `[!] --physdev-is-out` */
  readonly physdevIsOut?: true | Not<true>;
  /** That port: a name, or its beginning and +. `[!] --physdev-out name[+]` */
  readonly physdevOut?: string | Not<string>;
  /** The packet is bridged, not routed. `[!] --physdev-is-bridged` */
  readonly physdevIsBridged?: true | Not<true>;
}

/**
 * Matches by whom the link layer addressed the packet to.
 * @example { "pkttype": {"pktType":"broadcast"} }
 */
export interface PkttypeMatch {
  /** To this host, to all, to a group, or to somebody else. `[!] --pkt-type name` */
  readonly pktType: 'unicast' | 'broadcast' | 'multicast' | 'otherhost' | 'bcast' | 'mcast' | 'host' | Not<'unicast' | 'broadcast' | 'multicast' | 'otherhost' | 'bcast' | 'mcast' | 'host'>;
}

/**
 * Matches by the IPsec policy that handled the packet, or will handle it.
 * @example { "policy": {"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]} }
 */
export interface PolicyMatch {
  /** The policy of decapsulation (in) or of encapsulation (out). `--dir in|out` */
  readonly dir: 'in' | 'out';
  /** Whether IPsec handles the packet. `--pol ipsec|none` */
  readonly pol?: 'ipsec' | 'none';
  /** The elements given are all there are; else one of them has to fit. `--strict` */
  readonly strict?: true;
  /** The reqid of the policy's rule (setkey's unique:N). `[!] --reqid number` */
  readonly reqid?: number | Not<number>;
  /** The SPI of the association. `[!] --spi number` */
  readonly spi?: number | Not<number>;
  /** The protocol of the encapsulation. `[!] --proto protocol` */
  readonly proto?: Protocol | Not<Protocol>;
  /** The mode of the encapsulation. `[!] --mode transport|tunnel` */
  readonly mode?: 'transport' | 'tunnel' | Not<'transport' | 'tunnel'>;
  /** The tunnel's end, in mode tunnel. `[!] --tunnel-dst address[/mask]` */
  readonly tunnelDst?: string | Not<string>;
  /** The tunnel's beginning, in mode tunnel. `[!] --tunnel-src address[/mask]` */
  readonly tunnelSrc?: string | Not<string>;
  /** Begins the next element of the policy. `--next` */
  readonly next?: readonly { readonly spi?: number | Not<number>; readonly mode?: 'transport' | 'tunnel' | Not<'transport' | 'tunnel'>; readonly proto?: Protocol | Not<Protocol>; readonly reqid?: number | Not<number>; readonly tunnelDst?: string | Not<string>; readonly tunnelSrc?: string | Not<string>; }[];
}

/**
 * Matches until a number of bytes has passed.
 * @example { "quota": {"quota":1000000} }
 */
export interface QuotaMatch {
  /** The number of bytes. `[!] --quota number` */
  readonly quota: Big | Not<Big>;
}

/**
 * Matches by the rate that an estimator measures, or by that of two compared.
 * @example { "rateest": {"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"} }
 */
export interface RateestMatch {
  /** Compares by how much the rates differ from those given. `--rateest-delta` */
  readonly rateestDelta?: true;
  /** The estimator, by the name that the target RATEEST gave it. `--rateest name` */
  readonly rateest?: string;
  /** The first of two estimators that are compared. `--rateest1 name` */
  readonly rateest1?: string;
  /** With --rateest-delta: from what the first rate is subtracted. `--rateest-bps1 rate` */
  readonly rateestBps1?: string;
  /** The same in packets per second. `--rateest-pps1 number` */
  readonly rateestPps1?: number;
  /** The rate is less. `[!] --rateest-lt` */
  readonly rateestLt?: true | Not<true>;
  /** The rate is greater. `[!] --rateest-gt` */
  readonly rateestGt?: true | Not<true>;
  /** The rate is equal. `[!] --rateest-eq` */
  readonly rateestEq?: true | Not<true>;
  /** Compares bits per second: with this rate, or of two estimators. `--rateest-bps rate` */
  readonly rateestBps?: string | true;
  /** With --rateest-delta: what is compared with, or from what the second rate is subtracted. `--rateest-bps2 rate` */
  readonly rateestBps2?: string | true;
  /** Compares packets per second. `--rateest-pps number` */
  readonly rateestPps?: number | true;
  /** The same in packets per second. `--rateest-pps2 number` */
  readonly rateestPps2?: number | true;
  /** The second of two estimators that are compared. `--rateest2 name` */
  readonly rateest2?: string;
}

/**
 * Matches by the routing realm.
 * @example { "realm": {"realm":10} }
 */
export interface RealmMatch {
  /** The realm: a number, or a name in /etc/iproute2/rt_realms. `[!] --realm name|value[/mask]` */
  readonly realm: NamedMasked | Not<NamedMasked>;
}

/**
 * Remembers addresses in a list, and matches by it.
 * @example { "recent": {"name":"SSH","update":true,"seconds":60,"hitcount":4} }
 */
export interface RecentMatch {
  /** Remembers the address, or its new visit; matches always. `[!] --set` */
  readonly set?: true | Not<true>;
  /** Matches if the address is remembered. `[!] --rcheck` */
  readonly rcheck?: true | Not<true>;
  /** Matches if the address is remembered, and remembers this visit too. `[!] --update` */
  readonly update?: true | Not<true>;
  /** Matches if the address is remembered, and forgets it. `[!] --remove` */
  readonly remove?: true | Not<true>;
  /** Only visits of the last seconds count. `--seconds number` */
  readonly seconds?: number;
  /** Forgets what is older than --seconds. `--reap` */
  readonly reap?: true;
  /** Matches from that many visits on. `--hitcount number` */
  readonly hitcount?: number;
  /** Only visits with the same TTL count. `--rttl` */
  readonly rttl?: true;
  /** The name of the list; DEFAULT if not given. `--name name` */
  readonly name?: string;
  /** Looks at the source address, as it does if nothing is said. `--rsource` */
  readonly rsource?: true;
  /** Looks at the destination address. `--rdest` */
  readonly rdest?: true;
  /** The part of the address that counts. `--mask address` */
  readonly mask?: string;
}

/**
 * Matches if a reply would leave by the interface that the packet came in by.
 * @example { "rpfilter": {"loose":true,"invert":true} }
 */
export interface RpfilterMatch {
  /** Any interface will do. `--loose` */
  readonly loose?: true;
  /** Routes the reply by the packet's mark too. `--validmark` */
  readonly validmark?: true;
  /** Packets with this host's own source address match too. `--accept-local` */
  readonly acceptLocal?: true;
  /** Matches packets that fail the test instead. `--invert` */
  readonly invert?: true;
}

/**
 * Matches SCTP packets.
 * @example { "sctp": {"chunkTypes":{"match":"any","chunks":["DATA","INIT"]}} }
 */
export interface SctpMatch {
  /** The source port, or a range of them. `[!] --sport port[:port]` */
  readonly sport?: Range | Not<Range>;
  /** The destination port, or a range of them. `[!] --dport port[:port]` */
  readonly dport?: Range | Not<Range>;
  /** Whether all or any of these chunk types are there, or only these; with flags that are set (B) or not (b). `[!] --chunk-types all|any|only chunk[:flags][,...]` */
  readonly chunkTypes?: Chunks | Not<Chunks>;
}

/**
 * Matches if an ip_set holds the addresses and ports of the packet.
 * @example { "set": {"matchSet":{"setname":"banned","flags":["src"]}} }
 */
export interface SetMatch {
  /** The set, and what of the packet is looked for in it. `[!] --match-set setname flag[,flag...]` */
  readonly matchSet: SetReference | Not<SetReference>;
  /** Elements with the flag nomatch match, and no others. `--return-nomatch` */
  readonly returnNomatch?: true;
  /** With !: leaves the element's counters alone. `[!] --update-counters` */
  readonly updateCounters?: true | Not<true>;
  /** With !: leaves those in the set that a list:set found alone. `[!] --update-subcounters` */
  readonly updateSubcounters?: true | Not<true>;
  /** The element has counted exactly so many packets. `[!] --packets-eq number` */
  readonly packetsEq?: Big | Not<Big>;
  /** It has counted fewer packets. `--packets-lt number` */
  readonly packetsLt?: string | number;
  /** It has counted more packets. `--packets-gt number` */
  readonly packetsGt?: string | number;
  /** The element has counted exactly so many bytes. `[!] --bytes-eq number` */
  readonly bytesEq?: Big | Not<Big>;
  /** It has counted fewer bytes. `--bytes-lt number` */
  readonly bytesLt?: string | number;
  /** It has counted more bytes. `--bytes-gt number` */
  readonly bytesGt?: string | number;
}

/**
 * Matches if a socket on this host is open for the packet.
 * @example { "socket": {"transparent":true} }
 */
export interface SocketMatch {
  /** Only sockets that are transparent. `--transparent` */
  readonly transparent?: true;
  /** Sockets bound to no address in particular match too. `--nowildcard` */
  readonly nowildcard?: true;
  /** Gives the packet the socket's mark. `--restore-skmark` */
  readonly restoreSkmark?: true;
}

/**
 * Matches by the state of the packet's connection.
 * @example { "state": {"state":["RELATED","ESTABLISHED"]} }
 */
export interface StateMatch {
  /** The state of the connection that the packet belongs to. `[!] --state name[,name...]` */
  readonly state: readonly ('INVALID' | 'NEW' | 'RELATED' | 'ESTABLISHED' | 'UNTRACKED')[] | Not<readonly ('INVALID' | 'NEW' | 'RELATED' | 'ESTABLISHED' | 'UNTRACKED')[]>;
}

/**
 * Matches at random, or every nth packet.
 * @example { "statistic": {"mode":"nth","every":3,"packet":0} }
 */
export interface StatisticMatch {
  /** At random, or every nth packet. `--mode random|nth` */
  readonly mode: 'random' | 'nth';
  /** From 0 to 1. `[!] --probability p` */
  readonly probability?: number | Not<number>;
  /** One packet out of so many matches. `[!] --every number` */
  readonly every?: number | Not<number>;
  /** Where the counting begins, from 0 to one less than --every. `--packet number` */
  readonly packet?: number;
}

/**
 * Looks for a text in the packet.
 * @example { "string": {"string":"GET /index.html","algo":"bm"} }
 */
export interface StringMatch {
  /** The text that is looked for, up to 128 bytes. `[!] --string text` */
  readonly string?: string | Not<string>;
  /** The same, with bytes in hexadecimal between bars. `[!] --hex-string text|hex|` */
  readonly hexString?: string | Not<string>;
  /** How: Boyer-Moore or Knuth-Morris-Pratt. `--algo bm|kmp` */
  readonly algo: 'bm' | 'kmp';
  /** The offset in the packet at which the search begins. `--from number` */
  readonly from?: number;
  /** The offset at which it ends. `--to number` */
  readonly to?: number;
  /** Capitals and small letters are the same. `--icase` */
  readonly icase?: true;
}

/**
 * Matches TCP segments.
 * @example { "tcp": {"dport":22} }
 */
export interface TcpMatch {
  /** The source port, or a range of them. `[!] --sport port[:port]` */
  readonly sport?: Range | Not<Range>;
  /** The destination port, or a range of them. `[!] --dport port[:port]` */
  readonly dport?: Range | Not<Range>;
  /** A TCP option that is set, by its number. `[!] --tcp-option number` */
  readonly tcpOption?: number | Not<number>;
  /** Of the flags in the first list, exactly those in the second are set. `[!] --tcp-flags mask comp` */
  readonly tcpFlags?: TcpFlags | Not<TcpFlags>;
  /** A request to open a connection: --tcp-flags SYN,RST,ACK,FIN SYN. `[!] --syn` */
  readonly syn?: true | Not<true>;
}

/**
 * Matches by the maximum segment size that a TCP connection request offers.
 * @example { "tcpmss": {"mss":[0,500]} }
 */
export interface TcpmssMatch {
  /** The size in bytes, or a range of it. `[!] --mss number[:number]` */
  readonly mss: Range | Not<Range>;
}

/**
 * Matches by the time at which the packet arrives, in UTC unless said otherwise.
 * @example { "time": {"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]} }
 */
export interface TimeMatch {
  /** The time of day at which it begins; 00:00:00 if not given. `--timestart hh:mm[:ss]` */
  readonly timestart?: string;
  /** The time of day at which it ends; 23:59:59 if not given. `--timestop hh:mm[:ss]` */
  readonly timestop?: string;
  /** The days of the month, 1 to 31. `[!] --monthdays day[,day...]` */
  readonly monthdays?: readonly number[] | Not<readonly number[]>;
  /** The days of the week. `[!] --weekdays day[,day...]` */
  readonly weekdays?: readonly ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[] | Not<readonly ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[]>;
  /** When it begins: YYYY[-MM[-DD[Thh[:mm[:ss]]]]]. `--datestart date` */
  readonly datestart?: string;
  /** When it ends; if not given, in 2038. `--datestop date` */
  readonly datestop?: string;
  /** Times are in the kernel's time zone. `--kerneltz` */
  readonly kerneltz?: true;
  /** The time goes on over midnight, and belongs to the day it began. `--contiguous` */
  readonly contiguous?: true;
  /** Times are in UTC, as they are if nothing is said. `--utc` */
  readonly utc?: true;
}

/**
 * Matches by the type of service of the packet.
 * @example { "tos": {"tos":{"value":16,"mask":63}} }
 */
export interface TosMatch {
  /** The value of the byte, of the bits in the mask if one is given, or its old name. `[!] --tos value[/mask]|name` */
  readonly tos: Tos | Not<Tos>;
}

/**
 * Matches by the time to live of the packet.
 * @example { "ttl": {"ttlLt":2} }
 */
export interface TtlMatch {
  /** Exactly that many. `[!] --ttl-eq number` */
  readonly ttlEq?: number | Not<number>;
  /** Fewer. `--ttl-lt number` */
  readonly ttlLt?: number;
  /** More. `--ttl-gt number` */
  readonly ttlGt?: number;
}

/**
 * Matches by numbers anywhere in the packet.
 * @example { "u32": {"u32":"0x0&0xffff=0x100:0xffff"} }
 */
export interface U32Match {
  /** The tests: location = values, joined by &&; a location is a number, or more with the operators & << >> @. `[!] --u32 tests` */
  readonly u32: string | Not<string>;
}

/**
 * Matches UDP datagrams.
 * @example { "udp": {"dport":53} }
 */
export interface UdpMatch {
  /** The source port, or a range of them. `[!] --sport port[:port]` */
  readonly sport?: Range | Not<Range>;
  /** The destination port, or a range of them. `[!] --dport port[:port]` */
  readonly dport?: Range | Not<Range>;
}

/**
 * Matches IPsec authentication headers.
 * @example { "ah": {"ahspi":500} }
 */
export interface AhMatch6 {
  /** The security parameter index, or a range of it. `[!] --ahspi number[:number]` */
  readonly ahspi?: Range | Not<Range>;
  /** The length of the header in bytes. `[!] --ahlen number` */
  readonly ahlen?: number | Not<number>;
  /** The reserved field is zero. `--ahres` */
  readonly ahres?: true;
}

/**
 * Matches IPv6 destination options headers.
 * @example { "dst": {"dstLen":8} }
 */
export interface DstMatch {
  /** The length of the header in bytes. `[!] --dst-len number` */
  readonly dstLen?: number | Not<number>;
  /** The options in it, in this order. `--dst-opts type[:length][,...]` */
  readonly dstOpts?: readonly HeaderOption[];
}

/**
 * Matches if the source address is made of the Ethernet address it comes from.
 * @example { "eui64": {} }
 */
export interface Eui64Match {
  readonly [none: string]: never;
}

/**
 * Matches IPv6 fragment headers.
 * @example { "frag": {"fragfirst":true} }
 */
export interface FragMatch {
  /** The identification, or a range of it. `[!] --fragid number[:number]` */
  readonly fragid?: Range | Not<Range>;
  /** The length of the header, which no kernel since 2.6.10 looks at. `[!] --fraglen number` */
  readonly fraglen?: number | Not<number>;
  /** The reserved fields are zero. `--fragres` */
  readonly fragres?: true;
  /** It is the first fragment. `--fragfirst` */
  readonly fragfirst?: true;
  /** More fragments follow. `--fragmore` */
  readonly fragmore?: true;
  /** It is the last fragment. `--fraglast` */
  readonly fraglast?: true;
}

/**
 * Matches IPv6 hop-by-hop options headers.
 * @example { "hbh": {"hbhLen":8} }
 */
export interface HbhMatch {
  /** The length of the header in bytes. `[!] --hbh-len number` */
  readonly hbhLen?: number | Not<number>;
  /** The options in it, in this order. `--hbh-opts type[:length][,...]` */
  readonly hbhOpts?: readonly HeaderOption[];
}

/**
 * Matches by the hop limit of the packet.
 * @example { "hl": {"hlEq":255} }
 */
export interface HlMatch {
  /** Exactly that many. `[!] --hl-eq number` */
  readonly hlEq?: number | Not<number>;
  /** Fewer. `--hl-lt number` */
  readonly hlLt?: number;
  /** More. `--hl-gt number` */
  readonly hlGt?: number;
}

/**
 * Matches ICMPv6 messages.
 * @example { "icmp6": {"icmpv6Type":"echo-request"} }
 */
export interface Icmp6Match {
  /** The type, with or without a code, or the name of one. `[!] --icmpv6-type type[/code]|name` */
  readonly icmpv6Type: IcmpType<'echo-reply' | 'pong' | 'destination-unreachable' | 'port-unreachable' | 'communication-prohibited' | 'redirect' | 'echo-request' | 'ping' | 'router-advertisement' | 'router-solicitation' | 'time-exceeded' | 'ttl-exceeded' | 'ttl-zero-during-transit' | 'ttl-zero-during-reassembly' | 'parameter-problem' | 'no-route' | 'beyond-scope' | 'address-unreachable' | 'failed-policy' | 'reject-route' | 'packet-too-big' | 'bad-header' | 'unknown-header-type' | 'unknown-option' | 'mld-listener-query' | 'mld-listener-report' | 'mld-listener-done' | 'mld-listener-reduction' | 'neighbour-solicitation' | 'neighbor-solicitation' | 'neighbour-advertisement' | 'neighbor-advertisement'> | Not<IcmpType<'echo-reply' | 'pong' | 'destination-unreachable' | 'port-unreachable' | 'communication-prohibited' | 'redirect' | 'echo-request' | 'ping' | 'router-advertisement' | 'router-solicitation' | 'time-exceeded' | 'ttl-exceeded' | 'ttl-zero-during-transit' | 'ttl-zero-during-reassembly' | 'parameter-problem' | 'no-route' | 'beyond-scope' | 'address-unreachable' | 'failed-policy' | 'reject-route' | 'packet-too-big' | 'bad-header' | 'unknown-header-type' | 'unknown-option' | 'mld-listener-query' | 'mld-listener-report' | 'mld-listener-done' | 'mld-listener-reduction' | 'neighbour-solicitation' | 'neighbor-solicitation' | 'neighbour-advertisement' | 'neighbor-advertisement'>>;
}

/**
 * Matches by the extension headers of the packet.
 * @example { "ipv6header": {"header":["ipv6-frag"],"soft":true} }
 */
export interface Ipv6headerMatch {
  /** The headers that the packet has, exactly these. `[!] --header name[,name...]` */
  readonly header: readonly ('ah' | 'protocol' | 'esp' | 'hop-by-hop' | 'ipv6-opts' | 'ipv6-route' | 'ipv6-frag' | 'ipv6-nonxt')[] | Not<readonly ('ah' | 'protocol' | 'esp' | 'hop-by-hop' | 'ipv6-opts' | 'ipv6-route' | 'ipv6-frag' | 'ipv6-nonxt')[]>;
  /** Any of these headers will do, and others may be there. `--soft` */
  readonly soft?: true;
}

/**
 * Matches IPv6 mobility headers.
 * @example { "mh": {"mhType":5} }
 */
export interface MhMatch {
  /** The type by number, or a range; on a command line by name too. `[!] --mh-type type[:type]` */
  readonly mhType?: Range | Not<Range>;
}

/**
 * Matches IPv6 routing headers.
 * @example { "rt": {"rtType":0} }
 */
export interface RtMatch {
  /** The type. `[!] --rt-type number` */
  readonly rtType?: number | Not<number>;
  /** The segments left, or a range of them. `[!] --rt-segsleft number[:number]` */
  readonly rtSegsleft?: Range | Not<Range>;
  /** The length of the header in bytes. `[!] --rt-len number` */
  readonly rtLen?: number | Not<number>;
  /** The reserved field is zero (type 0). `--rt-0-res` */
  readonly rt0Res?: true;
  /** The addresses, in this order (type 0). `--rt-0-addrs address[,address...]` */
  readonly rt0Addrs?: readonly string[];
  /** Other addresses may stand between these (type 0). `--rt-0-not-strict` */
  readonly rt0NotStrict?: true;
}

/**
 * Matches IPv6 segment routing headers.
 * @example { "srh": {"srhSegsLeftEq":1} }
 */
export interface SrhMatch {
  /** The protocol of the header that follows. `[!] --srh-next-hdr number` */
  readonly srhNextHdr?: number | Not<number>;
  /** The length in units of 8 bytes, without the first. `[!] --srh-hdr-len-eq number` */
  readonly srhHdrLenEq?: number | Not<number>;
  /** The length is greater. `[!] --srh-hdr-len-gt number` */
  readonly srhHdrLenGt?: number | Not<number>;
  /** The length is less. `[!] --srh-hdr-len-lt number` */
  readonly srhHdrLenLt?: number | Not<number>;
  /** The segments left. `[!] --srh-segs-left-eq number` */
  readonly srhSegsLeftEq?: number | Not<number>;
  /** More segments are left. `[!] --srh-segs-left-gt number` */
  readonly srhSegsLeftGt?: number | Not<number>;
  /** Fewer segments are left. `[!] --srh-segs-left-lt number` */
  readonly srhSegsLeftLt?: number | Not<number>;
  /** The index of the last entry. `[!] --srh-last-entry-eq number` */
  readonly srhLastEntryEq?: number | Not<number>;
  /** The index of the last entry is greater. `[!] --srh-last-entry-gt number` */
  readonly srhLastEntryGt?: number | Not<number>;
  /** The index of the last entry is less. `[!] --srh-last-entry-lt number` */
  readonly srhLastEntryLt?: number | Not<number>;
  /** The tag. `[!] --srh-tag number` */
  readonly srhTag?: number | Not<number>;
  /** The previous segment, an address or a network. `[!] --srh-psid address[/mask]` */
  readonly srhPsid?: string | Not<string>;
  /** The next segment. `[!] --srh-nsid address[/mask]` */
  readonly srhNsid?: string | Not<string>;
  /** The last segment. `[!] --srh-lsid address[/mask]` */
  readonly srhLsid?: string | Not<string>;
}

/**
 * Writes an audit record about the packet, which goes on to the next rule.
 * @example { "AUDIT": {"type":"drop"} }
 */
export interface AUDITTarget {
  /** What the record says becomes of the packet. `--type accept|drop|reject` */
  readonly type: 'accept' | 'drop' | 'reject';
}

/**
 * Computes a checksum that was left to the network card.
 * @example { "CHECKSUM": {"checksumFill":true} }
 */
export interface CHECKSUMTarget {
  /** Fill in the checksum. `--checksum-fill` */
  readonly checksumFill?: true;
}

/**
 * Puts the packet into a class of traffic shaping.
 * @example { "CLASSIFY": {"setClass":"0001:0010"} }
 */
export interface CLASSIFYTarget {
  /** The class, in hexadecimal. `--set-class major:minor` */
  readonly setClass: string;
}

/**
 * Shares an address among the nodes of a cluster (kernels before 6.1; today the match cluster does it).
 * @example { "CLUSTERIP": {"new":true,"hashmode":"sourceip","clustermac":"01:00:5e:00:01:02","totalNodes":2,"localNode":1} }
 */
export interface CLUSTERIPTarget {
  /** Begin a cluster; only its first rule does. `--new` */
  readonly new?: true;
  /** What of a packet chooses its node. `--hashmode sourceip|sourceip-sourceport|sourceip-sourceport-destport` */
  readonly hashmode?: 'sourceip' | 'sourceip-sourceport' | 'sourceip-sourceport-destport';
  /** The cluster's Ethernet address, a multicast one. `--clustermac address` */
  readonly clustermac?: string;
  /** How many nodes there are, up to 16. `--total-nodes number` */
  readonly totalNodes?: number;
  /** Which of them this one is, from 1. `--local-node number` */
  readonly localNode?: number;
  /** What the hash begins with. `--hash-init number` */
  readonly hashInit?: number;
}

/**
 * Sets the netfilter mark of the connection, or copies it to the packet and back.
 * @example { "CONNMARK": {"saveMark":true} }
 */
export interface CONNMARKTarget {
  /** Clears the bits in the mask and ORs the value. `--set-mark value[/mask]` */
  readonly setMark?: number | { readonly value: number; readonly mask: number; };
  /** Copies the packet's mark to the connection. `--save-mark` */
  readonly saveMark?: true;
  /** Copies the connection's mark to the packet. `--restore-mark` */
  readonly restoreMark?: true;
  /** The bits of either mark that are copied or replaced. `--mask number` */
  readonly mask?: number;
  /** Clears the bits in the mask of the connection's mark and XORs the value. `--set-xmark value[/mask]` */
  readonly setXmark?: number | { readonly value: number; readonly mask: number; };
  /** The bits of the packet's mark that are copied or replaced. `--nfmask number` */
  readonly nfmask?: number;
  /** The bits of the connection's mark that are copied or replaced. `--ctmask number` */
  readonly ctmask?: number;
  /** Shifts the mark left by so many bits. `--left-shift-mark number` */
  readonly leftShiftMark?: number;
  /** Shifts the mark right by so many bits. `--right-shift-mark number` */
  readonly rightShiftMark?: number;
  /** Keeps only these bits. `--and-mark number` */
  readonly andMark?: number;
  /** Sets these bits too. `--or-mark number` */
  readonly orMark?: number;
  /** Inverts these bits. `--xor-mark number` */
  readonly xorMark?: number;
}

/**
 * Copies the security mark between the packet and its connection.
 * @example { "CONNSECMARK": {"save":true} }
 */
export interface CONNSECMARKTarget {
  /** Give the connection the mark of the packet, if it has none. `--save` */
  readonly save?: true;
  /** Give the packet the mark of the connection, if it has none. `--restore` */
  readonly restore?: true;
}

/**
 * Sets how connection tracking treats the packet's connection, before it sees it.
 * @example { "CT": {"helper":"ftp"} }
 */
export interface CTTarget {
  /** Don't track the packet's connection. `--notrack` */
  readonly notrack?: true;
  /** The helper that watches the connection. `--helper name` */
  readonly helper?: string;
  /** The only events of the connection that are told. `--ctevents name[,name...]` */
  readonly ctevents?: readonly ('helper' | 'mark' | 'reply' | 'new' | 'related' | 'destroy' | 'assured' | 'protoinfo' | 'natseqinfo' | 'secmark')[];
  /** The only events of expectations that are told. `--expevents name[,name...]` */
  readonly expevents?: readonly 'new'[];
  /** The zone of connection tracking, in both directions. `--zone zone|mark` */
  readonly zone?: number | 'mark';
  /** The zone in the original direction only. `--zone-orig zone|mark` */
  readonly zoneOrig?: number | 'mark';
  /** The zone in the reply direction only. `--zone-reply zone|mark` */
  readonly zoneReply?: number | 'mark';
  /** The policy of timeouts, as nfct names it. `--timeout name` */
  readonly timeout?: string;
}

/**
 * Rewrites the destination address of a connection.
 * @example { "DNAT": {"toDestination":"192.0.2.7"} }
 */
export interface DNATTarget {
  /** The address, or the range of addresses, and the ports to go to; ports after a slash say where the range is shifted to. `--to-destination [address[-address]][:port[-port]]` */
  readonly toDestination: string;
  /** Choose the port at random. `--random` */
  readonly random?: true;
  /** Give a client the same address for each of its connections. `--persistent` */
  readonly persistent?: true;
}

/**
 * Sets the DSCP of the packet.
 * @example { "DSCP": {"setDscpClass":"EF"} }
 */
export interface DSCPTarget {
  /** The code point, from 0 to 63. `--set-dscp number` */
  readonly setDscp?: number;
  /** The code point by the name of its class. `--set-dscp-class name` */
  readonly setDscpClass?: 'CS0' | 'CS1' | 'CS2' | 'CS3' | 'CS4' | 'CS5' | 'CS6' | 'CS7' | 'BE' | 'AF11' | 'AF12' | 'AF13' | 'AF21' | 'AF22' | 'AF23' | 'AF31' | 'AF32' | 'AF33' | 'AF41' | 'AF42' | 'AF43' | 'EF';
}

/**
 * Clears or sets the bits of explicit congestion notification.
 * @example { "ECN": {"ecnTcpRemove":true} }
 */
export interface ECNTarget {
  /** Clears both flags of the TCP header. `--ecn-tcp-remove` */
  readonly ecnTcpRemove?: true;
  /** Sets the TCP header's ECE flag to 0 or 1. `--ecn-tcp-ece number` */
  readonly ecnTcpEce?: number;
  /** Sets the TCP header's CWR flag to 0 or 1. `--ecn-tcp-cwr number` */
  readonly ecnTcpCwr?: number;
  /** Sets the IP header's code point, 0 to 3. `--ecn-ip-ect number` */
  readonly ecnIpEct?: number;
}

/**
 * Sets the netfilter mark of the packet to a hash of its addresses and ports.
 * @example { "HMARK": {"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862} }
 */
export interface HMARKTarget {
  /** How many bits of the source address are hashed. `--hmark-src-prefix number` */
  readonly hmarkSrcPrefix?: number;
  /** How many bits of the destination address are hashed. `--hmark-dst-prefix number` */
  readonly hmarkDstPrefix?: number;
  /** The bits of the source port that are hashed. `--hmark-sport-mask number` */
  readonly hmarkSportMask?: number;
  /** The bits of the destination port that are hashed. `--hmark-dport-mask number` */
  readonly hmarkDportMask?: number;
  /** The bits of the SPI of AH and ESP that are hashed. `--hmark-spi-mask number` */
  readonly hmarkSpiMask?: number;
  /** Bits that are set in the source port before it is hashed. `--hmark-sport number` */
  readonly hmarkSport?: number;
  /** Bits that are set in the destination port before it is hashed. `--hmark-dport number` */
  readonly hmarkDport?: number;
  /** Bits that are set in the SPI before it is hashed. `--hmark-spi number` */
  readonly hmarkSpi?: number;
  /** The bits of the protocol that are hashed. `--hmark-proto-mask number` */
  readonly hmarkProtoMask?: number;
  /** What the hash begins with. `--hmark-rnd number` */
  readonly hmarkRnd?: number;
  /** How many marks there are. `--hmark-mod number` */
  readonly hmarkMod?: number;
  /** The first mark. `--hmark-offset number` */
  readonly hmarkOffset?: number;
  /** What is hashed, whole: src, dst, sport, dport, proto, spi; ct: as the connection began. `--hmark-tuple part[,part...]` */
  readonly hmarkTuple?: readonly ('src' | 'dst' | 'sport' | 'dport' | 'spi' | 'proto' | 'ct')[];
}

/**
 * Tells when no packet has come for a while.
 * @example { "IDLETIMER": {"timeout":600,"label":"idle"} }
 */
export interface IDLETIMERTarget {
  /** After how many seconds without a packet it tells. `--timeout number` */
  readonly timeout: number;
  /** The name of the timer, up to 27 bytes; rules may share one. `--label name` */
  readonly label: string;
  /** Let the timer wake the machine up. `--alarm` */
  readonly alarm?: true;
}

/**
 * Lights a LED of the machine; the packet goes on to the next rule.
 * @example { "LED": {"ledTriggerId":"ssh","ledDelay":1000} }
 */
export interface LEDTarget {
  /** What the trigger is called behind netfilter-, up to 16 bytes. `--led-trigger-id name` */
  readonly ledTriggerId: string;
  /** For how many milliseconds it stays on, or inf. `--led-delay milliseconds|inf` */
  readonly ledDelay?: number | 'inf';
  /** Blink for each packet even if it is on. `--led-always-blink` */
  readonly ledAlwaysBlink?: true;
}

/**
 * Writes the packet's headers to the kernel's log; the packet goes on to the next rule.
 * @example { "LOG": {"logPrefix":"dropped: ","logLevel":"info"} }
 */
export interface LOGTarget {
  /** What each line begins with, up to 29 bytes. `--log-prefix text` */
  readonly logPrefix?: string;
  /** The level to log at, by number (0 to 7) or by name (emerg to debug). `--log-level level` */
  readonly logLevel?: number | 'emerg' | 'alert' | 'crit' | 'error' | 'warning' | 'notice' | 'info' | 'debug' | 'panic';
  /** Log TCP sequence numbers. `--log-tcp-sequence` */
  readonly logTcpSequence?: true;
  /** Log the TCP header's options. `--log-tcp-options` */
  readonly logTcpOptions?: true;
  /** Log the IP header's options. `--log-ip-options` */
  readonly logIpOptions?: true;
  /** Log whose process has sent the packet. `--log-uid` */
  readonly logUid?: true;
  /** Log MAC addresses and the protocol of the layer below. `--log-macdecode` */
  readonly logMacdecode?: true;
}

/**
 * Sets the netfilter mark of the packet.
 * @example { "MARK": {"setMark":1} }
 */
export interface MARKTarget {
  /** Clears the bits in the mask and ORs the value. `--set-mark value[/mask]` */
  readonly setMark?: number | { readonly value: number; readonly mask: number; };
  /** Keeps only these bits. `--and-mark number` */
  readonly andMark?: number;
  /** Sets these bits too. `--or-mark number` */
  readonly orMark?: number;
  /** Clears the bits in the mask and XORs the value. `--set-xmark value[/mask]` */
  readonly setXmark?: number | { readonly value: number; readonly mask: number; };
  /** Inverts these bits. `--xor-mark number` */
  readonly xorMark?: number;
}

/**
 * Rewrites the source address of a connection to that of the interface it leaves by.
 * @example { "MASQUERADE": {"random":true} }
 */
export interface MASQUERADETarget {
  /** The port, or the range of ports, to come from. `--to-ports port[-port]` */
  readonly toPorts?: number | readonly [low: number, high: number];
  /** Choose the port at random. `--random` */
  readonly random?: true;
  /** Choose the port at random without any pattern. `--random-fully` */
  readonly randomFully?: true;
}

/**
 * Maps a whole network onto another: the host part of an address stays.
 * @example { "NETMAP": {"to":"192.0.2.0/24"} }
 */
export interface NETMAPTarget {
  /** The network to map to. `--to address[/mask]` */
  readonly to: string;
}

/**
 * Hands the packet to a logging program over netlink; it goes on to the next rule.
 * @example { "NFLOG": {"nflogGroup":2,"nflogPrefix":"dropped: "} }
 */
export interface NFLOGTarget {
  /** What the log message begins with, up to 63 bytes. `--nflog-prefix text` */
  readonly nflogPrefix?: string;
  /** The netlink group, 0 to 65535. `--nflog-group number` */
  readonly nflogGroup?: number;
  /** How many bytes of the packet are handed over. `--nflog-size number` */
  readonly nflogSize?: number;
  /** Never had an effect: use nflog-size. `--nflog-range number` */
  readonly nflogRange?: number;
  /** How many packets the kernel collects before it sends them. `--nflog-threshold number` */
  readonly nflogThreshold?: number;
}

/**
 * Hands the packet to a program, which decides what becomes of it.
 * @example { "NFQUEUE": {"queueBalance":[0,3],"queueBypass":true} }
 */
export interface NFQUEUETarget {
  /** The queue, 0 to 65535; 0 if not given. `--queue-num number` */
  readonly queueNum?: number;
  /** The queues over which connections are spread. `--queue-balance number:number` */
  readonly queueBalance?: number | readonly [low: number, high: number];
  /** Accept the packet if no program listens. `--queue-bypass` */
  readonly queueBypass?: true;
  /** Choose the queue by CPU rather than by connection. `--queue-cpu-fanout` */
  readonly queueCpuFanout?: true;
}

/**
 * Keeps connection tracking away from the packet, as CT --notrack does.
 * @example { "NOTRACK": {} }
 */
export interface NOTRACKTarget {
  readonly [none: string]: never;
}

/**
 * Measures a rate for the match rateest; the packet goes on to the next rule.
 * @example { "RATEEST": {"rateestName":"eth0","rateestInterval":"250.0ms","rateestEwmalog":"500.0ms"} }
 */
export interface RATEESTTarget {
  /** The name of the estimator, up to 15 bytes; rules may share one. `--rateest-name name` */
  readonly rateestName: string;
  /** How often it measures: 250ms, 500ms, 1s, 2s, 4s or 8s. `--rateest-interval time` */
  readonly rateestInterval: string;
  /** Over what time it averages. `--rateest-ewmalog time` */
  readonly rateestEwmalog: string;
}

/**
 * Sends a connection to this machine itself.
 * @example { "REDIRECT": {"random":true} }
 */
export interface REDIRECTTarget {
  /** The port, or the range of ports, to go to. `--to-ports port[-port]` */
  readonly toPorts?: number | readonly [low: number, high: number];
  /** Choose the port at random. `--random` */
  readonly random?: true;
}

/**
 * Drops the packet and answers with an error.
 * @example { "REJECT": {"rejectWith":"icmp-host-prohibited"} }
 */
export interface REJECTTarget {
  /** What to answer with. `--reject-with name` */
  readonly rejectWith?: 'icmp-port-unreachable' | 'icmp-net-unreachable' | 'icmp-host-unreachable' | 'icmp-proto-unreachable' | 'icmp-net-prohibited' | 'icmp-host-prohibited' | 'tcp-reset' | 'icmp-admin-prohibited';
}

/**
 * Gives the packet a security mark.
 * @example { "SECMARK": {"selctx":"system_u:object_r:httpd_packet_t:s0"} }
 */
export interface SECMARKTarget {
  /** The SELinux context. `--selctx name` */
  readonly selctx: string;
}

/**
 * Adds to or deletes from an ip_set, or gives the packet what the set holds for it.
 * @example { "SET": {"addSet":{"setname":"seen","flags":["src"]},"exist":true} }
 */
export interface SETTarget {
  /** The set to add to, and which addresses and ports make its element. `--add-set setname flag[,flag...]` */
  readonly addSet?: SetReference;
  /** The set to delete from, and which addresses and ports make its element. `--del-set setname flag[,flag...]` */
  readonly delSet?: SetReference;
  /** Renew the timeout of an element that is there already. `--exist` */
  readonly exist?: true;
  /** The new element's timeout in seconds, instead of the set's. `--timeout number` */
  readonly timeout?: number;
  /** The set (with skbinfo) to look up. `--map-set setname flag[,flag...]` */
  readonly mapSet?: SetReference;
  /** Give the packet the mark found there. `--map-mark` */
  readonly mapMark?: true;
  /** Give the packet the class of traffic shaping found there. `--map-prio` */
  readonly mapPrio?: true;
  /** Give the packet the queue of the network card found there. `--map-queue` */
  readonly mapQueue?: true;
}

/**
 * Rewrites the source address of a connection.
 * @example { "SNAT": {"toSource":"192.0.2.1-192.0.2.9"} }
 */
export interface SNATTarget {
  /** The address, or the range of addresses, and the ports to come from. `--to-source [address[-address]][:port[-port]]` */
  readonly toSource: string;
  /** Choose the port at random. `--random` */
  readonly random?: true;
  /** Choose the port at random without any pattern. `--random-fully` */
  readonly randomFully?: true;
  /** Give a client the same address for each of its connections. `--persistent` */
  readonly persistent?: true;
}

/**
 * Answers requests for TCP connections in place of the server until the client has proved its address.
 * @example { "SYNPROXY": {"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460} }
 */
export interface SYNPROXYTarget {
  /** Selective acknowledgements are offered, as the server does. `--sack-perm` */
  readonly sackPerm?: true;
  /** Timestamps are offered, as the server does; sack-perm and wscale need them. `--timestamp` */
  readonly timestamp?: true;
  /** The server's window scale. `--wscale number` */
  readonly wscale?: number;
  /** The server's maximum segment size. `--mss number` */
  readonly mss?: number;
  /** ECN is offered, as the server does. `--ecn` */
  readonly ecn?: true;
}

/**
 * Sets the maximum segment size in the packets that open a TCP connection.
 * @example { "TCPMSS": {"clampMssToPmtu":true} }
 */
export interface TCPMSSTarget {
  /** The value of the option; a smaller one stays. `--set-mss number` */
  readonly setMss?: number;
  /** The path's MTU less 40 bytes of headers. `--clamp-mss-to-pmtu` */
  readonly clampMssToPmtu?: true;
}

/**
 * Removes options from the TCP header.
 * @example { "TCPOPTSTRIP": {"stripOptions":[4,8]} }
 */
export interface TCPOPTSTRIPTarget {
  /** The options to remove, by number (2 to 255) or name. `--strip-options kind[,kind...]` */
  readonly stripOptions?: readonly OptionKind[];
}

/**
 * Sends a copy of the packet to another machine of the same network; the packet goes on to the next rule.
 * @example { "TEE": {"gateway":"192.0.2.9"} }
 */
export interface TEETarget {
  /** The machine that gets the copy. `--gateway address` */
  readonly gateway: string;
  /** The interface that the copy leaves by. `--oif name` */
  readonly oif?: string;
}

/**
 * Sets the TOS byte or traffic class of the packet.
 * @example { "TOS": {"setTos":"Minimize-Delay"} }
 */
export interface TOSTarget {
  /** Clears the bits in the mask and XORs the value; a name has the mask 0x3f. `--set-tos value[/mask]|name` */
  readonly setTos?: Masked | 'Minimize-Delay' | 'Maximize-Throughput' | 'Maximize-Reliability' | 'Minimize-Cost' | 'Normal-Service';
  /** Keeps only these bits. `--and-tos number` */
  readonly andTos?: number;
  /** Sets these bits too. `--or-tos number` */
  readonly orTos?: number;
  /** Inverts these bits. `--xor-tos number` */
  readonly xorTos?: number;
}

/**
 * Hands the packet to a socket of this machine without changing it.
 * @example { "TPROXY": {"onPort":3129,"tproxyMark":{"value":1,"mask":1}} }
 */
export interface TPROXYTarget {
  /** The port of the proxy; 0 is the one the packet is for. `--on-port port` */
  readonly onPort: number;
  /** The address of the proxy; the one of the incoming interface if not given. `--on-ip address` */
  readonly onIp?: string;
  /** The mark that the packet gets: the bits in the mask are replaced. `--tproxy-mark value[/mask]` */
  readonly tproxyMark?: number | { readonly value: number; readonly mask: number; };
}

/**
 * Has the kernel log every rule that the packet meets from here on.
 * @example { "TRACE": {} }
 */
export interface TRACETarget {
  readonly [none: string]: never;
}

/**
 * Changes the time to live of the packet: how many hops it may still go.
 * @example { "TTL": {"ttlSet":64} }
 */
export interface TTLTarget {
  /** Sets it to this. `--ttl-set number` */
  readonly ttlSet?: number;
  /** Subtracts this. `--ttl-dec number` */
  readonly ttlDec?: number;
  /** Adds this. `--ttl-inc number` */
  readonly ttlInc?: number;
}

/**
 * Hands the packet to a logging program over netlink (kernels before 3.17; today it's NFLOG); it goes on to the next rule.
 * @example { "ULOG": {"ulogNlgroup":2} }
 */
export interface ULOGTarget {
  /** What the log message begins with, up to 31 bytes. `--ulog-prefix text` */
  readonly ulogPrefix?: string;
  /** The netlink group, 1 to 32. `--ulog-nlgroup number` */
  readonly ulogNlgroup?: number;
  /** How many bytes of the packet are handed over; 0 means all. `--ulog-cprange number` */
  readonly ulogCprange?: number;
  /** How many packets the kernel collects before it sends them. `--ulog-qthreshold number` */
  readonly ulogQthreshold?: number;
}

/**
 * Rewrites the prefix of the packet's destination address, without keeping state.
 * @example { "DNPT": {"srcPfx":"fd00:1::/48","dstPfx":"2001:db8:1::/48"} }
 */
export interface DNPTTarget {
  /** The prefix that is replaced. `--src-pfx prefix/length` */
  readonly srcPfx: string;
  /** The prefix that takes its place. `--dst-pfx prefix/length` */
  readonly dstPfx: string;
}

/**
 * Changes the hop limit of the packet: how many hops it may still go.
 * @example { "HL": {"hlSet":64} }
 */
export interface HLTarget {
  /** Sets it to this. `--hl-set number` */
  readonly hlSet?: number;
  /** Subtracts this. `--hl-dec number` */
  readonly hlDec?: number;
  /** Adds this. `--hl-inc number` */
  readonly hlInc?: number;
}

/**
 * Drops the packet and answers with an error.
 * @example { "REJECT": {"rejectWith":"icmp6-adm-prohibited"} }
 */
export interface REJECTTarget6 {
  /** What to answer with. `--reject-with name` */
  readonly rejectWith?: 'tcp-reset' | 'icmp6-port-unreachable' | 'icmp6-no-route' | 'icmp6-adm-prohibited' | 'icmp6-addr-unreachable' | 'icmp6-policy-fail' | 'icmp6-reject-route';
}

/**
 * Rewrites the prefix of the packet's source address, without keeping state.
 * @example { "SNPT": {"srcPfx":"fd00:1::/48","dstPfx":"2001:db8:1::/48"} }
 */
export interface SNPTTarget {
  /** The prefix that is replaced. `--src-pfx prefix/length` */
  readonly srcPfx: string;
  /** The prefix that takes its place. `--dst-pfx prefix/length` */
  readonly dstPfx: string;
}

/**
 * Sets the maximum segment size in the packets that open a TCP connection.
 * @example { "TCPMSS": {"clampMssToPmtu":true} }
 */
export interface TCPMSSTarget6 {
  /** The value of the option; a smaller one stays. `--set-mss number` */
  readonly setMss?: number;
  /** The path's MTU less 60 bytes of headers. `--clamp-mss-to-pmtu` */
  readonly clampMssToPmtu?: true;
}

export interface Match4 {
  /** Matches by the type that routing gives an address. */
  readonly addrtype: AddrtypeMatch;
  /** Matches IPsec authentication headers. */
  readonly ah: AhMatch;
  /** Matches if a BPF program says so. */
  readonly bpf: BpfMatch;
  /** Matches by the control group of the socket that sends or receives. */
  readonly cgroup: CgroupMatch;
  /** Matches the connections that fall to some nodes of a cluster. */
  readonly cluster: ClusterMatch;
  /** Carries a remark; matches every packet. */
  readonly comment: CommentMatch;
  /** Matches by the bytes or packets that the connection has transferred. */
  readonly connbytes: ConnbytesMatch;
  /** Matches by a label of the connection, or sets one. */
  readonly connlabel: ConnlabelMatch;
  /** Matches by the number of connections that an address or a network has open. */
  readonly connlimit: ConnlimitMatch;
  /** Matches by the mark of the packet's connection. */
  readonly connmark: ConnmarkMatch;
  /** Matches by what connection tracking knows of the packet's connection. */
  readonly conntrack: ConntrackMatch;
  /** Matches by the processor that handles the packet. */
  readonly cpu: CpuMatch;
  /** Matches DCCP packets. */
  readonly dccp: DccpMatch;
  /** Matches by the group of the network device. */
  readonly devgroup: DevgroupMatch;
  /** Matches by the DSCP of the packet. */
  readonly dscp: DscpMatch;
  /** Matches by explicit congestion notification. */
  readonly ecn: EcnMatch;
  /** Matches IPsec ESP headers. */
  readonly esp: EspMatch;
  /** Matches as long as packets that have something in common come no faster than a rate. */
  readonly hashlimit: HashlimitMatch;
  /** Matches connections that a conntrack helper expected. */
  readonly helper: HelperMatch;
  /** Matches ICMP messages. */
  readonly icmp: IcmpMatch;
  /** Matches IPComp headers. */
  readonly ipcomp: IpcompMatch;
  /** Matches by an arbitrary range of addresses. */
  readonly iprange: IprangeMatch;
  /** Matches by the virtual service of IPVS that the packet belongs to. */
  readonly ipvs: IpvsMatch;
  /** Matches by the length of the packet. */
  readonly length: LengthMatch;
  /** Matches as long as packets come no faster than a rate. */
  readonly limit: LimitMatch;
  /** Matches by the Ethernet address that the packet comes from. */
  readonly mac: MacMatch;
  /** Matches by the netfilter mark of the packet. */
  readonly mark: MarkMatch;
  /** Matches by a list of up to 15 ports; a range counts as two. */
  readonly multiport: MultiportMatch;
  /** Counts the packet in an accounting object of nfacct(8); matches every packet. */
  readonly nfacct: NfacctMatch;
  /** Matches by the sender's operating system, guessed from its first TCP segment. */
  readonly osf: OsfMatch;
  /** Matches by who made a packet that leaves this machine. */
  readonly owner: OwnerMatch;
  /** Matches by the ports of a bridge that the packet passes. */
  readonly physdev: PhysdevMatch;
  /** Matches by whom the link layer addressed the packet to. */
  readonly pkttype: PkttypeMatch;
  /** Matches by the IPsec policy that handled the packet, or will handle it. */
  readonly policy: PolicyMatch;
  /** Matches until a number of bytes has passed. */
  readonly quota: QuotaMatch;
  /** Matches by the rate that an estimator measures, or by that of two compared. */
  readonly rateest: RateestMatch;
  /** Matches by the routing realm. */
  readonly realm: RealmMatch;
  /** Remembers addresses in a list, and matches by it. */
  readonly recent: RecentMatch;
  /** Matches if a reply would leave by the interface that the packet came in by. */
  readonly rpfilter: RpfilterMatch;
  /** Matches SCTP packets. */
  readonly sctp: SctpMatch;
  /** Matches if an ip_set holds the addresses and ports of the packet. */
  readonly set: SetMatch;
  /** Matches if a socket on this host is open for the packet. */
  readonly socket: SocketMatch;
  /** Matches by the state of the packet's connection. */
  readonly state: StateMatch;
  /** Matches at random, or every nth packet. */
  readonly statistic: StatisticMatch;
  /** Looks for a text in the packet. */
  readonly string: StringMatch;
  /** Matches TCP segments. */
  readonly tcp: TcpMatch;
  /** Matches by the maximum segment size that a TCP connection request offers. */
  readonly tcpmss: TcpmssMatch;
  /** Matches by the time at which the packet arrives, in UTC unless said otherwise. */
  readonly time: TimeMatch;
  /** Matches by the type of service of the packet. */
  readonly tos: TosMatch;
  /** Matches by the time to live of the packet. */
  readonly ttl: TtlMatch;
  /** Matches by numbers anywhere in the packet. */
  readonly u32: U32Match;
  /** Matches UDP datagrams. */
  readonly udp: UdpMatch;
}
export interface Match6 {
  /** Matches by the type that routing gives an address. */
  readonly addrtype: AddrtypeMatch;
  /** Matches IPsec authentication headers. */
  readonly ah: AhMatch6;
  /** Matches if a BPF program says so. */
  readonly bpf: BpfMatch;
  /** Matches by the control group of the socket that sends or receives. */
  readonly cgroup: CgroupMatch;
  /** Matches the connections that fall to some nodes of a cluster. */
  readonly cluster: ClusterMatch;
  /** Carries a remark; matches every packet. */
  readonly comment: CommentMatch;
  /** Matches by the bytes or packets that the connection has transferred. */
  readonly connbytes: ConnbytesMatch;
  /** Matches by a label of the connection, or sets one. */
  readonly connlabel: ConnlabelMatch;
  /** Matches by the number of connections that an address or a network has open. */
  readonly connlimit: ConnlimitMatch;
  /** Matches by the mark of the packet's connection. */
  readonly connmark: ConnmarkMatch;
  /** Matches by what connection tracking knows of the packet's connection. */
  readonly conntrack: ConntrackMatch;
  /** Matches by the processor that handles the packet. */
  readonly cpu: CpuMatch;
  /** Matches DCCP packets. */
  readonly dccp: DccpMatch;
  /** Matches by the group of the network device. */
  readonly devgroup: DevgroupMatch;
  /** Matches by the DSCP of the packet. */
  readonly dscp: DscpMatch;
  /** Matches IPv6 destination options headers. */
  readonly dst: DstMatch;
  /** Matches by explicit congestion notification. */
  readonly ecn: EcnMatch;
  /** Matches IPsec ESP headers. */
  readonly esp: EspMatch;
  /** Matches if the source address is made of the Ethernet address it comes from. */
  readonly eui64: Eui64Match;
  /** Matches IPv6 fragment headers. */
  readonly frag: FragMatch;
  /** Matches as long as packets that have something in common come no faster than a rate. */
  readonly hashlimit: HashlimitMatch;
  /** Matches IPv6 hop-by-hop options headers. */
  readonly hbh: HbhMatch;
  /** Matches connections that a conntrack helper expected. */
  readonly helper: HelperMatch;
  /** Matches by the hop limit of the packet. */
  readonly hl: HlMatch;
  /** Matches ICMPv6 messages. */
  readonly icmp6: Icmp6Match;
  /** Matches IPComp headers. */
  readonly ipcomp: IpcompMatch;
  /** Matches by an arbitrary range of addresses. */
  readonly iprange: IprangeMatch;
  /** Matches by the extension headers of the packet. */
  readonly ipv6header: Ipv6headerMatch;
  /** Matches by the virtual service of IPVS that the packet belongs to. */
  readonly ipvs: IpvsMatch;
  /** Matches by the length of the packet. */
  readonly length: LengthMatch;
  /** Matches as long as packets come no faster than a rate. */
  readonly limit: LimitMatch;
  /** Matches by the Ethernet address that the packet comes from. */
  readonly mac: MacMatch;
  /** Matches by the netfilter mark of the packet. */
  readonly mark: MarkMatch;
  /** Matches IPv6 mobility headers. */
  readonly mh: MhMatch;
  /** Matches by a list of up to 15 ports; a range counts as two. */
  readonly multiport: MultiportMatch;
  /** Counts the packet in an accounting object of nfacct(8); matches every packet. */
  readonly nfacct: NfacctMatch;
  /** Matches by who made a packet that leaves this machine. */
  readonly owner: OwnerMatch;
  /** Matches by the ports of a bridge that the packet passes. */
  readonly physdev: PhysdevMatch;
  /** Matches by whom the link layer addressed the packet to. */
  readonly pkttype: PkttypeMatch;
  /** Matches by the IPsec policy that handled the packet, or will handle it. */
  readonly policy: PolicyMatch;
  /** Matches until a number of bytes has passed. */
  readonly quota: QuotaMatch;
  /** Matches by the rate that an estimator measures, or by that of two compared. */
  readonly rateest: RateestMatch;
  /** Remembers addresses in a list, and matches by it. */
  readonly recent: RecentMatch;
  /** Matches if a reply would leave by the interface that the packet came in by. */
  readonly rpfilter: RpfilterMatch;
  /** Matches IPv6 routing headers. */
  readonly rt: RtMatch;
  /** Matches SCTP packets. */
  readonly sctp: SctpMatch;
  /** Matches if an ip_set holds the addresses and ports of the packet. */
  readonly set: SetMatch;
  /** Matches if a socket on this host is open for the packet. */
  readonly socket: SocketMatch;
  /** Matches IPv6 segment routing headers. */
  readonly srh: SrhMatch;
  /** Matches by the state of the packet's connection. */
  readonly state: StateMatch;
  /** Matches at random, or every nth packet. */
  readonly statistic: StatisticMatch;
  /** Looks for a text in the packet. */
  readonly string: StringMatch;
  /** Matches TCP segments. */
  readonly tcp: TcpMatch;
  /** Matches by the maximum segment size that a TCP connection request offers. */
  readonly tcpmss: TcpmssMatch;
  /** Matches by the time at which the packet arrives, in UTC unless said otherwise. */
  readonly time: TimeMatch;
  /** Matches by the type of service of the packet. */
  readonly tos: TosMatch;
  /** Matches by numbers anywhere in the packet. */
  readonly u32: U32Match;
  /** Matches UDP datagrams. */
  readonly udp: UdpMatch;
}
/** The settings of each match, by its name. */
export type MatchSettings<F extends Family> = F extends 'ipv4' ? Match4 : Match6;
export interface Target4 {
  /** Writes an audit record about the packet, which goes on to the next rule. */
  readonly AUDIT: AUDITTarget;
  /** Computes a checksum that was left to the network card. */
  readonly CHECKSUM: CHECKSUMTarget;
  /** Puts the packet into a class of traffic shaping. */
  readonly CLASSIFY: CLASSIFYTarget;
  /** Shares an address among the nodes of a cluster (kernels before 6.1; today the match cluster does it). */
  readonly CLUSTERIP: CLUSTERIPTarget;
  /** Sets the netfilter mark of the connection, or copies it to the packet and back. */
  readonly CONNMARK: CONNMARKTarget;
  /** Copies the security mark between the packet and its connection. */
  readonly CONNSECMARK: CONNSECMARKTarget;
  /** Sets how connection tracking treats the packet's connection, before it sees it. */
  readonly CT: CTTarget;
  /** Rewrites the destination address of a connection. */
  readonly DNAT: DNATTarget;
  /** Sets the DSCP of the packet. */
  readonly DSCP: DSCPTarget;
  /** Clears or sets the bits of explicit congestion notification. */
  readonly ECN: ECNTarget;
  /** Sets the netfilter mark of the packet to a hash of its addresses and ports. */
  readonly HMARK: HMARKTarget;
  /** Tells when no packet has come for a while. */
  readonly IDLETIMER: IDLETIMERTarget;
  /** Lights a LED of the machine; the packet goes on to the next rule. */
  readonly LED: LEDTarget;
  /** Writes the packet's headers to the kernel's log; the packet goes on to the next rule. */
  readonly LOG: LOGTarget;
  /** Sets the netfilter mark of the packet. */
  readonly MARK: MARKTarget;
  /** Rewrites the source address of a connection to that of the interface it leaves by. */
  readonly MASQUERADE: MASQUERADETarget;
  /** Maps a whole network onto another: the host part of an address stays. */
  readonly NETMAP: NETMAPTarget;
  /** Hands the packet to a logging program over netlink; it goes on to the next rule. */
  readonly NFLOG: NFLOGTarget;
  /** Hands the packet to a program, which decides what becomes of it. */
  readonly NFQUEUE: NFQUEUETarget;
  /** Keeps connection tracking away from the packet, as CT --notrack does. */
  readonly NOTRACK: NOTRACKTarget;
  /** Measures a rate for the match rateest; the packet goes on to the next rule. */
  readonly RATEEST: RATEESTTarget;
  /** Sends a connection to this machine itself. */
  readonly REDIRECT: REDIRECTTarget;
  /** Drops the packet and answers with an error. */
  readonly REJECT: REJECTTarget;
  /** Gives the packet a security mark. */
  readonly SECMARK: SECMARKTarget;
  /** Adds to or deletes from an ip_set, or gives the packet what the set holds for it. */
  readonly SET: SETTarget;
  /** Rewrites the source address of a connection. */
  readonly SNAT: SNATTarget;
  /** Answers requests for TCP connections in place of the server until the client has proved its address. */
  readonly SYNPROXY: SYNPROXYTarget;
  /** Sets the maximum segment size in the packets that open a TCP connection. */
  readonly TCPMSS: TCPMSSTarget;
  /** Removes options from the TCP header. */
  readonly TCPOPTSTRIP: TCPOPTSTRIPTarget;
  /** Sends a copy of the packet to another machine of the same network; the packet goes on to the next rule. */
  readonly TEE: TEETarget;
  /** Sets the TOS byte or traffic class of the packet. */
  readonly TOS: TOSTarget;
  /** Hands the packet to a socket of this machine without changing it. */
  readonly TPROXY: TPROXYTarget;
  /** Has the kernel log every rule that the packet meets from here on. */
  readonly TRACE: TRACETarget;
  /** Changes the time to live of the packet: how many hops it may still go. */
  readonly TTL: TTLTarget;
  /** Hands the packet to a logging program over netlink (kernels before 3.17; today it's NFLOG); it goes on to the next rule. */
  readonly ULOG: ULOGTarget;
}
export interface Target6 {
  /** Writes an audit record about the packet, which goes on to the next rule. */
  readonly AUDIT: AUDITTarget;
  /** Computes a checksum that was left to the network card. */
  readonly CHECKSUM: CHECKSUMTarget;
  /** Puts the packet into a class of traffic shaping. */
  readonly CLASSIFY: CLASSIFYTarget;
  /** Sets the netfilter mark of the connection, or copies it to the packet and back. */
  readonly CONNMARK: CONNMARKTarget;
  /** Copies the security mark between the packet and its connection. */
  readonly CONNSECMARK: CONNSECMARKTarget;
  /** Sets how connection tracking treats the packet's connection, before it sees it. */
  readonly CT: CTTarget;
  /** Rewrites the destination address of a connection. */
  readonly DNAT: DNATTarget;
  /** Rewrites the prefix of the packet's destination address, without keeping state. */
  readonly DNPT: DNPTTarget;
  /** Sets the DSCP of the packet. */
  readonly DSCP: DSCPTarget;
  /** Changes the hop limit of the packet: how many hops it may still go. */
  readonly HL: HLTarget;
  /** Sets the netfilter mark of the packet to a hash of its addresses and ports. */
  readonly HMARK: HMARKTarget;
  /** Tells when no packet has come for a while. */
  readonly IDLETIMER: IDLETIMERTarget;
  /** Lights a LED of the machine; the packet goes on to the next rule. */
  readonly LED: LEDTarget;
  /** Writes the packet's headers to the kernel's log; the packet goes on to the next rule. */
  readonly LOG: LOGTarget;
  /** Sets the netfilter mark of the packet. */
  readonly MARK: MARKTarget;
  /** Rewrites the source address of a connection to that of the interface it leaves by. */
  readonly MASQUERADE: MASQUERADETarget;
  /** Maps a whole network onto another: the host part of an address stays. */
  readonly NETMAP: NETMAPTarget;
  /** Hands the packet to a logging program over netlink; it goes on to the next rule. */
  readonly NFLOG: NFLOGTarget;
  /** Hands the packet to a program, which decides what becomes of it. */
  readonly NFQUEUE: NFQUEUETarget;
  /** Keeps connection tracking away from the packet, as CT --notrack does. */
  readonly NOTRACK: NOTRACKTarget;
  /** Measures a rate for the match rateest; the packet goes on to the next rule. */
  readonly RATEEST: RATEESTTarget;
  /** Sends a connection to this machine itself. */
  readonly REDIRECT: REDIRECTTarget;
  /** Drops the packet and answers with an error. */
  readonly REJECT: REJECTTarget6;
  /** Gives the packet a security mark. */
  readonly SECMARK: SECMARKTarget;
  /** Adds to or deletes from an ip_set, or gives the packet what the set holds for it. */
  readonly SET: SETTarget;
  /** Rewrites the source address of a connection. */
  readonly SNAT: SNATTarget;
  /** Rewrites the prefix of the packet's source address, without keeping state. */
  readonly SNPT: SNPTTarget;
  /** Answers requests for TCP connections in place of the server until the client has proved its address. */
  readonly SYNPROXY: SYNPROXYTarget;
  /** Sets the maximum segment size in the packets that open a TCP connection. */
  readonly TCPMSS: TCPMSSTarget6;
  /** Removes options from the TCP header. */
  readonly TCPOPTSTRIP: TCPOPTSTRIPTarget;
  /** Sends a copy of the packet to another machine of the same network; the packet goes on to the next rule. */
  readonly TEE: TEETarget;
  /** Sets the TOS byte or traffic class of the packet. */
  readonly TOS: TOSTarget;
  /** Hands the packet to a socket of this machine without changing it. */
  readonly TPROXY: TPROXYTarget;
  /** Has the kernel log every rule that the packet meets from here on. */
  readonly TRACE: TRACETarget;
}
/** The settings of each target, by its name. */
export type TargetSettings<F extends Family> = F extends 'ipv4' ? Target4 : Target6;
