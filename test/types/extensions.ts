// Written by scripts/generate-docs.
// biome-ignore-all format: generated
import type { Family, MatchSettings, TargetSettings } from '../../lib';

declare function match<F extends Family>(family: F): <N extends keyof MatchSettings<F>>(name: N, settings: MatchSettings<F>[N]) => void;
declare function target<F extends Family>(family: F): <N extends keyof TargetSettings<F>>(name: N, settings: TargetSettings<F>[N]) => void;

match('ipv4')('addrtype', {"dstType":["LOCAL"]});
// @ts-expect-error: no such option
match('ipv4')('addrtype', { ...{"dstType":["LOCAL"]}, noSuchOption: 1 });
// @ts-expect-error: not a value of srcType
match('ipv4')('addrtype', { ...{"dstType":["LOCAL"]}, srcType: null });
// @ts-expect-error: not a value of dstType
match('ipv4')('addrtype', { ...{"dstType":["LOCAL"]}, dstType: null });
// @ts-expect-error: not a value of limitIfaceIn
match('ipv4')('addrtype', { ...{"dstType":["LOCAL"]}, limitIfaceIn: null });
// @ts-expect-error: not a value of limitIfaceOut
match('ipv4')('addrtype', { ...{"dstType":["LOCAL"]}, limitIfaceOut: null });
match('ipv6')('addrtype', {"dstType":["LOCAL"]});
// @ts-expect-error: no such option
match('ipv6')('addrtype', { ...{"dstType":["LOCAL"]}, noSuchOption: 1 });
// @ts-expect-error: not a value of srcType
match('ipv6')('addrtype', { ...{"dstType":["LOCAL"]}, srcType: null });
// @ts-expect-error: not a value of dstType
match('ipv6')('addrtype', { ...{"dstType":["LOCAL"]}, dstType: null });
// @ts-expect-error: not a value of limitIfaceIn
match('ipv6')('addrtype', { ...{"dstType":["LOCAL"]}, limitIfaceIn: null });
// @ts-expect-error: not a value of limitIfaceOut
match('ipv6')('addrtype', { ...{"dstType":["LOCAL"]}, limitIfaceOut: null });
match('ipv4')('ah', {"ahspi":500});
// @ts-expect-error: no such option
match('ipv4')('ah', { ...{"ahspi":500}, noSuchOption: 1 });
// @ts-expect-error: not a value of ahspi
match('ipv4')('ah', { ...{"ahspi":500}, ahspi: null });
match('ipv6')('ah', {"ahspi":500});
// @ts-expect-error: no such option
match('ipv6')('ah', { ...{"ahspi":500}, noSuchOption: 1 });
// @ts-expect-error: not a value of ahspi
match('ipv6')('ah', { ...{"ahspi":500}, ahspi: null });
// @ts-expect-error: not a value of ahlen
match('ipv6')('ah', { ...{"ahspi":500}, ahlen: null });
// @ts-expect-error: not a value of ahres
match('ipv6')('ah', { ...{"ahspi":500}, ahres: null });
match('ipv4')('bpf', {"bytecode":"4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"});
// @ts-expect-error: no such option
match('ipv4')('bpf', { ...{"bytecode":"4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"}, noSuchOption: 1 });
// @ts-expect-error: not a value of bytecode
match('ipv4')('bpf', { ...{"bytecode":"4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"}, bytecode: null });
// @ts-expect-error: not a value of objectPinned
match('ipv4')('bpf', { ...{"bytecode":"4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"}, objectPinned: null });
match('ipv6')('bpf', {"bytecode":"4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"});
// @ts-expect-error: no such option
match('ipv6')('bpf', { ...{"bytecode":"4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"}, noSuchOption: 1 });
// @ts-expect-error: not a value of bytecode
match('ipv6')('bpf', { ...{"bytecode":"4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"}, bytecode: null });
// @ts-expect-error: not a value of objectPinned
match('ipv6')('bpf', { ...{"bytecode":"4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"}, objectPinned: null });
match('ipv4')('cgroup', {"path":"/system.slice"});
// @ts-expect-error: no such option
match('ipv4')('cgroup', { ...{"path":"/system.slice"}, noSuchOption: 1 });
// @ts-expect-error: not a value of cgroup
match('ipv4')('cgroup', { ...{"path":"/system.slice"}, cgroup: null });
// @ts-expect-error: not a value of path
match('ipv4')('cgroup', { ...{"path":"/system.slice"}, path: null });
match('ipv6')('cgroup', {"path":"/system.slice"});
// @ts-expect-error: no such option
match('ipv6')('cgroup', { ...{"path":"/system.slice"}, noSuchOption: 1 });
// @ts-expect-error: not a value of cgroup
match('ipv6')('cgroup', { ...{"path":"/system.slice"}, cgroup: null });
// @ts-expect-error: not a value of path
match('ipv6')('cgroup', { ...{"path":"/system.slice"}, path: null });
match('ipv4')('cluster', {"clusterTotalNodes":2,"clusterLocalNode":1,"clusterHashSeed":3735928559});
// @ts-expect-error: no such option
match('ipv4')('cluster', { ...{"clusterTotalNodes":2,"clusterLocalNode":1,"clusterHashSeed":3735928559}, noSuchOption: 1 });
// @ts-expect-error: not a value of clusterLocalNodemask
match('ipv4')('cluster', { ...{"clusterTotalNodes":2,"clusterLocalNode":1,"clusterHashSeed":3735928559}, clusterLocalNodemask: null });
// @ts-expect-error: not a value of clusterTotalNodes
match('ipv4')('cluster', { ...{"clusterTotalNodes":2,"clusterLocalNode":1,"clusterHashSeed":3735928559}, clusterTotalNodes: null });
// @ts-expect-error: not a value of clusterHashSeed
match('ipv4')('cluster', { ...{"clusterTotalNodes":2,"clusterLocalNode":1,"clusterHashSeed":3735928559}, clusterHashSeed: null });
// @ts-expect-error: not a value of clusterLocalNode
match('ipv4')('cluster', { ...{"clusterTotalNodes":2,"clusterLocalNode":1,"clusterHashSeed":3735928559}, clusterLocalNode: null });
match('ipv6')('cluster', {"clusterTotalNodes":2,"clusterLocalNode":1,"clusterHashSeed":3735928559});
// @ts-expect-error: no such option
match('ipv6')('cluster', { ...{"clusterTotalNodes":2,"clusterLocalNode":1,"clusterHashSeed":3735928559}, noSuchOption: 1 });
// @ts-expect-error: not a value of clusterLocalNodemask
match('ipv6')('cluster', { ...{"clusterTotalNodes":2,"clusterLocalNode":1,"clusterHashSeed":3735928559}, clusterLocalNodemask: null });
// @ts-expect-error: not a value of clusterTotalNodes
match('ipv6')('cluster', { ...{"clusterTotalNodes":2,"clusterLocalNode":1,"clusterHashSeed":3735928559}, clusterTotalNodes: null });
// @ts-expect-error: not a value of clusterHashSeed
match('ipv6')('cluster', { ...{"clusterTotalNodes":2,"clusterLocalNode":1,"clusterHashSeed":3735928559}, clusterHashSeed: null });
// @ts-expect-error: not a value of clusterLocalNode
match('ipv6')('cluster', { ...{"clusterTotalNodes":2,"clusterLocalNode":1,"clusterHashSeed":3735928559}, clusterLocalNode: null });
match('ipv4')('comment', {"comment":"block of the guest network"});
// @ts-expect-error: no such option
match('ipv4')('comment', { ...{"comment":"block of the guest network"}, noSuchOption: 1 });
// @ts-expect-error: not a value of comment
match('ipv4')('comment', { ...{"comment":"block of the guest network"}, comment: null });
match('ipv6')('comment', {"comment":"block of the guest network"});
// @ts-expect-error: no such option
match('ipv6')('comment', { ...{"comment":"block of the guest network"}, noSuchOption: 1 });
// @ts-expect-error: not a value of comment
match('ipv6')('comment', { ...{"comment":"block of the guest network"}, comment: null });
match('ipv4')('connbytes', {"connbytes":10000000,"connbytesMode":"bytes","connbytesDir":"both"});
// @ts-expect-error: no such option
match('ipv4')('connbytes', { ...{"connbytes":10000000,"connbytesMode":"bytes","connbytesDir":"both"}, noSuchOption: 1 });
// @ts-expect-error: not a value of connbytes
match('ipv4')('connbytes', { ...{"connbytes":10000000,"connbytesMode":"bytes","connbytesDir":"both"}, connbytes: null });
// @ts-expect-error: not a value of connbytesMode
match('ipv4')('connbytes', { ...{"connbytes":10000000,"connbytesMode":"bytes","connbytesDir":"both"}, connbytesMode: null });
// @ts-expect-error: not a value of connbytesDir
match('ipv4')('connbytes', { ...{"connbytes":10000000,"connbytesMode":"bytes","connbytesDir":"both"}, connbytesDir: null });
match('ipv6')('connbytes', {"connbytes":10000000,"connbytesMode":"bytes","connbytesDir":"both"});
// @ts-expect-error: no such option
match('ipv6')('connbytes', { ...{"connbytes":10000000,"connbytesMode":"bytes","connbytesDir":"both"}, noSuchOption: 1 });
// @ts-expect-error: not a value of connbytes
match('ipv6')('connbytes', { ...{"connbytes":10000000,"connbytesMode":"bytes","connbytesDir":"both"}, connbytes: null });
// @ts-expect-error: not a value of connbytesMode
match('ipv6')('connbytes', { ...{"connbytes":10000000,"connbytesMode":"bytes","connbytesDir":"both"}, connbytesMode: null });
// @ts-expect-error: not a value of connbytesDir
match('ipv6')('connbytes', { ...{"connbytes":10000000,"connbytesMode":"bytes","connbytesDir":"both"}, connbytesDir: null });
match('ipv4')('connlabel', {"label":40,"set":true});
// @ts-expect-error: no such option
match('ipv4')('connlabel', { ...{"label":40,"set":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of label
match('ipv4')('connlabel', { ...{"label":40,"set":true}, label: null });
// @ts-expect-error: not a value of set
match('ipv4')('connlabel', { ...{"label":40,"set":true}, set: null });
match('ipv6')('connlabel', {"label":40,"set":true});
// @ts-expect-error: no such option
match('ipv6')('connlabel', { ...{"label":40,"set":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of label
match('ipv6')('connlabel', { ...{"label":40,"set":true}, label: null });
// @ts-expect-error: not a value of set
match('ipv6')('connlabel', { ...{"label":40,"set":true}, set: null });
match('ipv4')('connlimit', {"connlimitAbove":16,"connlimitMask":24});
// @ts-expect-error: no such option
match('ipv4')('connlimit', { ...{"connlimitAbove":16,"connlimitMask":24}, noSuchOption: 1 });
// @ts-expect-error: not a value of connlimitUpto
match('ipv4')('connlimit', { ...{"connlimitAbove":16,"connlimitMask":24}, connlimitUpto: null });
// @ts-expect-error: not a value of connlimitAbove
match('ipv4')('connlimit', { ...{"connlimitAbove":16,"connlimitMask":24}, connlimitAbove: null });
// @ts-expect-error: not a value of connlimitMask
match('ipv4')('connlimit', { ...{"connlimitAbove":16,"connlimitMask":24}, connlimitMask: null });
// @ts-expect-error: not a value of connlimitSaddr
match('ipv4')('connlimit', { ...{"connlimitAbove":16,"connlimitMask":24}, connlimitSaddr: null });
// @ts-expect-error: not a value of connlimitDaddr
match('ipv4')('connlimit', { ...{"connlimitAbove":16,"connlimitMask":24}, connlimitDaddr: null });
match('ipv6')('connlimit', {"connlimitAbove":16,"connlimitMask":24});
// @ts-expect-error: no such option
match('ipv6')('connlimit', { ...{"connlimitAbove":16,"connlimitMask":24}, noSuchOption: 1 });
// @ts-expect-error: not a value of connlimitUpto
match('ipv6')('connlimit', { ...{"connlimitAbove":16,"connlimitMask":24}, connlimitUpto: null });
// @ts-expect-error: not a value of connlimitAbove
match('ipv6')('connlimit', { ...{"connlimitAbove":16,"connlimitMask":24}, connlimitAbove: null });
// @ts-expect-error: not a value of connlimitMask
match('ipv6')('connlimit', { ...{"connlimitAbove":16,"connlimitMask":24}, connlimitMask: null });
// @ts-expect-error: not a value of connlimitSaddr
match('ipv6')('connlimit', { ...{"connlimitAbove":16,"connlimitMask":24}, connlimitSaddr: null });
// @ts-expect-error: not a value of connlimitDaddr
match('ipv6')('connlimit', { ...{"connlimitAbove":16,"connlimitMask":24}, connlimitDaddr: null });
match('ipv4')('connmark', {"mark":32});
// @ts-expect-error: no such option
match('ipv4')('connmark', { ...{"mark":32}, noSuchOption: 1 });
// @ts-expect-error: not a value of mark
match('ipv4')('connmark', { ...{"mark":32}, mark: null });
match('ipv6')('connmark', {"mark":32});
// @ts-expect-error: no such option
match('ipv6')('connmark', { ...{"mark":32}, noSuchOption: 1 });
// @ts-expect-error: not a value of mark
match('ipv6')('connmark', { ...{"mark":32}, mark: null });
match('ipv4')('conntrack', {"ctstate":["RELATED","ESTABLISHED"]});
// @ts-expect-error: no such option
match('ipv4')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, noSuchOption: 1 });
// @ts-expect-error: not a value of ctstate
match('ipv4')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctstate: null });
// @ts-expect-error: not a value of ctproto
match('ipv4')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctproto: null });
// @ts-expect-error: not a value of ctorigsrc
match('ipv4')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctorigsrc: null });
// @ts-expect-error: not a value of ctorigdst
match('ipv4')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctorigdst: null });
// @ts-expect-error: not a value of ctreplsrc
match('ipv4')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctreplsrc: null });
// @ts-expect-error: not a value of ctrepldst
match('ipv4')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctrepldst: null });
// @ts-expect-error: not a value of ctorigsrcport
match('ipv4')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctorigsrcport: null });
// @ts-expect-error: not a value of ctorigdstport
match('ipv4')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctorigdstport: null });
// @ts-expect-error: not a value of ctreplsrcport
match('ipv4')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctreplsrcport: null });
// @ts-expect-error: not a value of ctrepldstport
match('ipv4')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctrepldstport: null });
// @ts-expect-error: not a value of ctstatus
match('ipv4')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctstatus: null });
// @ts-expect-error: not a value of ctexpire
match('ipv4')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctexpire: null });
// @ts-expect-error: not a value of ctdir
match('ipv4')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctdir: null });
match('ipv6')('conntrack', {"ctstate":["RELATED","ESTABLISHED"]});
// @ts-expect-error: no such option
match('ipv6')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, noSuchOption: 1 });
// @ts-expect-error: not a value of ctstate
match('ipv6')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctstate: null });
// @ts-expect-error: not a value of ctproto
match('ipv6')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctproto: null });
// @ts-expect-error: not a value of ctorigsrc
match('ipv6')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctorigsrc: null });
// @ts-expect-error: not a value of ctorigdst
match('ipv6')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctorigdst: null });
// @ts-expect-error: not a value of ctreplsrc
match('ipv6')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctreplsrc: null });
// @ts-expect-error: not a value of ctrepldst
match('ipv6')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctrepldst: null });
// @ts-expect-error: not a value of ctorigsrcport
match('ipv6')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctorigsrcport: null });
// @ts-expect-error: not a value of ctorigdstport
match('ipv6')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctorigdstport: null });
// @ts-expect-error: not a value of ctreplsrcport
match('ipv6')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctreplsrcport: null });
// @ts-expect-error: not a value of ctrepldstport
match('ipv6')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctrepldstport: null });
// @ts-expect-error: not a value of ctstatus
match('ipv6')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctstatus: null });
// @ts-expect-error: not a value of ctexpire
match('ipv6')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctexpire: null });
// @ts-expect-error: not a value of ctdir
match('ipv6')('conntrack', { ...{"ctstate":["RELATED","ESTABLISHED"]}, ctdir: null });
match('ipv4')('state', {"state":["RELATED","ESTABLISHED"]});
// @ts-expect-error: no such option
match('ipv4')('state', { ...{"state":["RELATED","ESTABLISHED"]}, noSuchOption: 1 });
// @ts-expect-error: not a value of state
match('ipv4')('state', { ...{"state":["RELATED","ESTABLISHED"]}, state: null });
match('ipv6')('state', {"state":["RELATED","ESTABLISHED"]});
// @ts-expect-error: no such option
match('ipv6')('state', { ...{"state":["RELATED","ESTABLISHED"]}, noSuchOption: 1 });
// @ts-expect-error: not a value of state
match('ipv6')('state', { ...{"state":["RELATED","ESTABLISHED"]}, state: null });
match('ipv4')('cpu', {"cpu":0});
// @ts-expect-error: no such option
match('ipv4')('cpu', { ...{"cpu":0}, noSuchOption: 1 });
// @ts-expect-error: not a value of cpu
match('ipv4')('cpu', { ...{"cpu":0}, cpu: null });
match('ipv6')('cpu', {"cpu":0});
// @ts-expect-error: no such option
match('ipv6')('cpu', { ...{"cpu":0}, noSuchOption: 1 });
// @ts-expect-error: not a value of cpu
match('ipv6')('cpu', { ...{"cpu":0}, cpu: null });
match('ipv4')('dccp', {"dport":5004,"dccpTypes":["REQUEST"]});
// @ts-expect-error: no such option
match('ipv4')('dccp', { ...{"dport":5004,"dccpTypes":["REQUEST"]}, noSuchOption: 1 });
// @ts-expect-error: not a value of sport
match('ipv4')('dccp', { ...{"dport":5004,"dccpTypes":["REQUEST"]}, sport: null });
// @ts-expect-error: not a value of dport
match('ipv4')('dccp', { ...{"dport":5004,"dccpTypes":["REQUEST"]}, dport: null });
// @ts-expect-error: not a value of dccpTypes
match('ipv4')('dccp', { ...{"dport":5004,"dccpTypes":["REQUEST"]}, dccpTypes: null });
// @ts-expect-error: not a value of dccpOption
match('ipv4')('dccp', { ...{"dport":5004,"dccpTypes":["REQUEST"]}, dccpOption: null });
match('ipv6')('dccp', {"dport":5004,"dccpTypes":["REQUEST"]});
// @ts-expect-error: no such option
match('ipv6')('dccp', { ...{"dport":5004,"dccpTypes":["REQUEST"]}, noSuchOption: 1 });
// @ts-expect-error: not a value of sport
match('ipv6')('dccp', { ...{"dport":5004,"dccpTypes":["REQUEST"]}, sport: null });
// @ts-expect-error: not a value of dport
match('ipv6')('dccp', { ...{"dport":5004,"dccpTypes":["REQUEST"]}, dport: null });
// @ts-expect-error: not a value of dccpTypes
match('ipv6')('dccp', { ...{"dport":5004,"dccpTypes":["REQUEST"]}, dccpTypes: null });
// @ts-expect-error: not a value of dccpOption
match('ipv6')('dccp', { ...{"dport":5004,"dccpTypes":["REQUEST"]}, dccpOption: null });
match('ipv4')('devgroup', {"srcGroup":2});
// @ts-expect-error: no such option
match('ipv4')('devgroup', { ...{"srcGroup":2}, noSuchOption: 1 });
// @ts-expect-error: not a value of srcGroup
match('ipv4')('devgroup', { ...{"srcGroup":2}, srcGroup: null });
// @ts-expect-error: not a value of dstGroup
match('ipv4')('devgroup', { ...{"srcGroup":2}, dstGroup: null });
match('ipv6')('devgroup', {"srcGroup":2});
// @ts-expect-error: no such option
match('ipv6')('devgroup', { ...{"srcGroup":2}, noSuchOption: 1 });
// @ts-expect-error: not a value of srcGroup
match('ipv6')('devgroup', { ...{"srcGroup":2}, srcGroup: null });
// @ts-expect-error: not a value of dstGroup
match('ipv6')('devgroup', { ...{"srcGroup":2}, dstGroup: null });
match('ipv4')('dscp', {"dscpClass":"EF"});
// @ts-expect-error: no such option
match('ipv4')('dscp', { ...{"dscpClass":"EF"}, noSuchOption: 1 });
// @ts-expect-error: not a value of dscp
match('ipv4')('dscp', { ...{"dscpClass":"EF"}, dscp: null });
// @ts-expect-error: not a value of dscpClass
match('ipv4')('dscp', { ...{"dscpClass":"EF"}, dscpClass: null });
match('ipv6')('dscp', {"dscpClass":"EF"});
// @ts-expect-error: no such option
match('ipv6')('dscp', { ...{"dscpClass":"EF"}, noSuchOption: 1 });
// @ts-expect-error: not a value of dscp
match('ipv6')('dscp', { ...{"dscpClass":"EF"}, dscp: null });
// @ts-expect-error: not a value of dscpClass
match('ipv6')('dscp', { ...{"dscpClass":"EF"}, dscpClass: null });
match('ipv6')('dst', {"dstLen":8});
// @ts-expect-error: no such option
match('ipv6')('dst', { ...{"dstLen":8}, noSuchOption: 1 });
// @ts-expect-error: not a value of dstLen
match('ipv6')('dst', { ...{"dstLen":8}, dstLen: null });
// @ts-expect-error: not a value of dstOpts
match('ipv6')('dst', { ...{"dstLen":8}, dstOpts: null });
// @ts-expect-error: not in ipv4
match('ipv4')('dst', {});
match('ipv4')('ecn', {"ecnIpEct":3});
// @ts-expect-error: no such option
match('ipv4')('ecn', { ...{"ecnIpEct":3}, noSuchOption: 1 });
// @ts-expect-error: not a value of ecnTcpEce
match('ipv4')('ecn', { ...{"ecnIpEct":3}, ecnTcpEce: null });
// @ts-expect-error: not a value of ecnTcpCwr
match('ipv4')('ecn', { ...{"ecnIpEct":3}, ecnTcpCwr: null });
// @ts-expect-error: not a value of ecnIpEct
match('ipv4')('ecn', { ...{"ecnIpEct":3}, ecnIpEct: null });
match('ipv6')('ecn', {"ecnIpEct":3});
// @ts-expect-error: no such option
match('ipv6')('ecn', { ...{"ecnIpEct":3}, noSuchOption: 1 });
// @ts-expect-error: not a value of ecnTcpEce
match('ipv6')('ecn', { ...{"ecnIpEct":3}, ecnTcpEce: null });
// @ts-expect-error: not a value of ecnTcpCwr
match('ipv6')('ecn', { ...{"ecnIpEct":3}, ecnTcpCwr: null });
// @ts-expect-error: not a value of ecnIpEct
match('ipv6')('ecn', { ...{"ecnIpEct":3}, ecnIpEct: null });
match('ipv4')('esp', {"espspi":500});
// @ts-expect-error: no such option
match('ipv4')('esp', { ...{"espspi":500}, noSuchOption: 1 });
// @ts-expect-error: not a value of espspi
match('ipv4')('esp', { ...{"espspi":500}, espspi: null });
match('ipv6')('esp', {"espspi":500});
// @ts-expect-error: no such option
match('ipv6')('esp', { ...{"espspi":500}, noSuchOption: 1 });
// @ts-expect-error: not a value of espspi
match('ipv6')('esp', { ...{"espspi":500}, espspi: null });
match('ipv6')('eui64', {});
// @ts-expect-error: no such option
match('ipv6')('eui64', { ...{}, noSuchOption: 1 });
// @ts-expect-error: not in ipv4
match('ipv4')('eui64', {});
match('ipv6')('frag', {"fragfirst":true});
// @ts-expect-error: no such option
match('ipv6')('frag', { ...{"fragfirst":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of fragid
match('ipv6')('frag', { ...{"fragfirst":true}, fragid: null });
// @ts-expect-error: not a value of fraglen
match('ipv6')('frag', { ...{"fragfirst":true}, fraglen: null });
// @ts-expect-error: not a value of fragres
match('ipv6')('frag', { ...{"fragfirst":true}, fragres: null });
// @ts-expect-error: not a value of fragfirst
match('ipv6')('frag', { ...{"fragfirst":true}, fragfirst: null });
// @ts-expect-error: not a value of fragmore
match('ipv6')('frag', { ...{"fragfirst":true}, fragmore: null });
// @ts-expect-error: not a value of fraglast
match('ipv6')('frag', { ...{"fragfirst":true}, fraglast: null });
// @ts-expect-error: not in ipv4
match('ipv4')('frag', {});
match('ipv4')('hashlimit', {"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"});
// @ts-expect-error: no such option
match('ipv4')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, noSuchOption: 1 });
// @ts-expect-error: not a value of hashlimitUpto
match('ipv4')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitUpto: null });
// @ts-expect-error: not a value of hashlimitBurst
match('ipv4')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitBurst: null });
// @ts-expect-error: not a value of hashlimitMode
match('ipv4')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitMode: null });
// @ts-expect-error: not a value of hashlimitName
match('ipv4')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitName: null });
// @ts-expect-error: not a value of hashlimitHtableSize
match('ipv4')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitHtableSize: null });
// @ts-expect-error: not a value of hashlimitHtableMax
match('ipv4')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitHtableMax: null });
// @ts-expect-error: not a value of hashlimitHtableGcinterval
match('ipv4')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitHtableGcinterval: null });
// @ts-expect-error: not a value of hashlimitHtableExpire
match('ipv4')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitHtableExpire: null });
// @ts-expect-error: not a value of hashlimitAbove
match('ipv4')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitAbove: null });
// @ts-expect-error: not a value of hashlimitSrcmask
match('ipv4')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitSrcmask: null });
// @ts-expect-error: not a value of hashlimitDstmask
match('ipv4')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitDstmask: null });
// @ts-expect-error: not a value of hashlimitRateMatch
match('ipv4')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitRateMatch: null });
// @ts-expect-error: not a value of hashlimitRateInterval
match('ipv4')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitRateInterval: null });
match('ipv6')('hashlimit', {"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"});
// @ts-expect-error: no such option
match('ipv6')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, noSuchOption: 1 });
// @ts-expect-error: not a value of hashlimitUpto
match('ipv6')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitUpto: null });
// @ts-expect-error: not a value of hashlimitBurst
match('ipv6')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitBurst: null });
// @ts-expect-error: not a value of hashlimitMode
match('ipv6')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitMode: null });
// @ts-expect-error: not a value of hashlimitName
match('ipv6')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitName: null });
// @ts-expect-error: not a value of hashlimitHtableSize
match('ipv6')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitHtableSize: null });
// @ts-expect-error: not a value of hashlimitHtableMax
match('ipv6')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitHtableMax: null });
// @ts-expect-error: not a value of hashlimitHtableGcinterval
match('ipv6')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitHtableGcinterval: null });
// @ts-expect-error: not a value of hashlimitHtableExpire
match('ipv6')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitHtableExpire: null });
// @ts-expect-error: not a value of hashlimitAbove
match('ipv6')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitAbove: null });
// @ts-expect-error: not a value of hashlimitSrcmask
match('ipv6')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitSrcmask: null });
// @ts-expect-error: not a value of hashlimitDstmask
match('ipv6')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitDstmask: null });
// @ts-expect-error: not a value of hashlimitRateMatch
match('ipv6')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitRateMatch: null });
// @ts-expect-error: not a value of hashlimitRateInterval
match('ipv6')('hashlimit', { ...{"hashlimitAbove":"10/sec","hashlimitMode":["srcip"],"hashlimitName":"per-host"}, hashlimitRateInterval: null });
match('ipv6')('hbh', {"hbhLen":8});
// @ts-expect-error: no such option
match('ipv6')('hbh', { ...{"hbhLen":8}, noSuchOption: 1 });
// @ts-expect-error: not a value of hbhLen
match('ipv6')('hbh', { ...{"hbhLen":8}, hbhLen: null });
// @ts-expect-error: not a value of hbhOpts
match('ipv6')('hbh', { ...{"hbhLen":8}, hbhOpts: null });
// @ts-expect-error: not in ipv4
match('ipv4')('hbh', {});
match('ipv4')('helper', {"helper":"ftp"});
// @ts-expect-error: no such option
match('ipv4')('helper', { ...{"helper":"ftp"}, noSuchOption: 1 });
// @ts-expect-error: not a value of helper
match('ipv4')('helper', { ...{"helper":"ftp"}, helper: null });
match('ipv6')('helper', {"helper":"ftp"});
// @ts-expect-error: no such option
match('ipv6')('helper', { ...{"helper":"ftp"}, noSuchOption: 1 });
// @ts-expect-error: not a value of helper
match('ipv6')('helper', { ...{"helper":"ftp"}, helper: null });
match('ipv6')('hl', {"hlEq":255});
// @ts-expect-error: no such option
match('ipv6')('hl', { ...{"hlEq":255}, noSuchOption: 1 });
// @ts-expect-error: not a value of hlEq
match('ipv6')('hl', { ...{"hlEq":255}, hlEq: null });
// @ts-expect-error: not a value of hlLt
match('ipv6')('hl', { ...{"hlEq":255}, hlLt: null });
// @ts-expect-error: not a value of hlGt
match('ipv6')('hl', { ...{"hlEq":255}, hlGt: null });
// @ts-expect-error: not in ipv4
match('ipv4')('hl', {});
match('ipv4')('icmp', {"icmpType":"echo-request"});
// @ts-expect-error: no such option
match('ipv4')('icmp', { ...{"icmpType":"echo-request"}, noSuchOption: 1 });
// @ts-expect-error: not a value of icmpType
match('ipv4')('icmp', { ...{"icmpType":"echo-request"}, icmpType: null });
// @ts-expect-error: not in ipv6
match('ipv6')('icmp', {});
match('ipv6')('icmp6', {"icmpv6Type":"echo-request"});
// @ts-expect-error: no such option
match('ipv6')('icmp6', { ...{"icmpv6Type":"echo-request"}, noSuchOption: 1 });
// @ts-expect-error: not a value of icmpv6Type
match('ipv6')('icmp6', { ...{"icmpv6Type":"echo-request"}, icmpv6Type: null });
// @ts-expect-error: not in ipv4
match('ipv4')('icmp6', {});
match('ipv4')('ipcomp', {"ipcompspi":18});
// @ts-expect-error: no such option
match('ipv4')('ipcomp', { ...{"ipcompspi":18}, noSuchOption: 1 });
// @ts-expect-error: not a value of ipcompspi
match('ipv4')('ipcomp', { ...{"ipcompspi":18}, ipcompspi: null });
// @ts-expect-error: not a value of compres
match('ipv4')('ipcomp', { ...{"ipcompspi":18}, compres: null });
match('ipv6')('ipcomp', {"ipcompspi":18});
// @ts-expect-error: no such option
match('ipv6')('ipcomp', { ...{"ipcompspi":18}, noSuchOption: 1 });
// @ts-expect-error: not a value of ipcompspi
match('ipv6')('ipcomp', { ...{"ipcompspi":18}, ipcompspi: null });
// @ts-expect-error: not a value of compres
match('ipv6')('ipcomp', { ...{"ipcompspi":18}, compres: null });
match('ipv4')('iprange', {"srcRange":["192.168.1.10","192.168.1.20"]});
// @ts-expect-error: no such option
match('ipv4')('iprange', { ...{"srcRange":["192.168.1.10","192.168.1.20"]}, noSuchOption: 1 });
// @ts-expect-error: not a value of srcRange
match('ipv4')('iprange', { ...{"srcRange":["192.168.1.10","192.168.1.20"]}, srcRange: null });
// @ts-expect-error: not a value of dstRange
match('ipv4')('iprange', { ...{"srcRange":["192.168.1.10","192.168.1.20"]}, dstRange: null });
match('ipv6')('iprange', {"srcRange":["192.168.1.10","192.168.1.20"]});
// @ts-expect-error: no such option
match('ipv6')('iprange', { ...{"srcRange":["192.168.1.10","192.168.1.20"]}, noSuchOption: 1 });
// @ts-expect-error: not a value of srcRange
match('ipv6')('iprange', { ...{"srcRange":["192.168.1.10","192.168.1.20"]}, srcRange: null });
// @ts-expect-error: not a value of dstRange
match('ipv6')('iprange', { ...{"srcRange":["192.168.1.10","192.168.1.20"]}, dstRange: null });
match('ipv6')('ipv6header', {"header":["ipv6-frag"],"soft":true});
// @ts-expect-error: no such option
match('ipv6')('ipv6header', { ...{"header":["ipv6-frag"],"soft":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of header
match('ipv6')('ipv6header', { ...{"header":["ipv6-frag"],"soft":true}, header: null });
// @ts-expect-error: not a value of soft
match('ipv6')('ipv6header', { ...{"header":["ipv6-frag"],"soft":true}, soft: null });
// @ts-expect-error: not in ipv4
match('ipv4')('ipv6header', {});
match('ipv4')('ipvs', {"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"});
// @ts-expect-error: no such option
match('ipv4')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, noSuchOption: 1 });
// @ts-expect-error: not a value of ipvs
match('ipv4')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, ipvs: null });
// @ts-expect-error: not a value of vproto
match('ipv4')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, vproto: null });
// @ts-expect-error: not a value of vaddr
match('ipv4')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, vaddr: null });
// @ts-expect-error: not a value of vport
match('ipv4')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, vport: null });
// @ts-expect-error: not a value of vdir
match('ipv4')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, vdir: null });
// @ts-expect-error: not a value of vmethod
match('ipv4')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, vmethod: null });
// @ts-expect-error: not a value of vportctl
match('ipv4')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, vportctl: null });
match('ipv6')('ipvs', {"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"});
// @ts-expect-error: no such option
match('ipv6')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, noSuchOption: 1 });
// @ts-expect-error: not a value of ipvs
match('ipv6')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, ipvs: null });
// @ts-expect-error: not a value of vproto
match('ipv6')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, vproto: null });
// @ts-expect-error: not a value of vaddr
match('ipv6')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, vaddr: null });
// @ts-expect-error: not a value of vport
match('ipv6')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, vport: null });
// @ts-expect-error: not a value of vdir
match('ipv6')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, vdir: null });
// @ts-expect-error: not a value of vmethod
match('ipv6')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, vmethod: null });
// @ts-expect-error: not a value of vportctl
match('ipv6')('ipvs', { ...{"vaddr":"192.0.2.10","vport":80,"vdir":"REPLY"}, vportctl: null });
match('ipv4')('length', {"length":[0,1280]});
// @ts-expect-error: no such option
match('ipv4')('length', { ...{"length":[0,1280]}, noSuchOption: 1 });
// @ts-expect-error: not a value of length
match('ipv4')('length', { ...{"length":[0,1280]}, length: null });
match('ipv6')('length', {"length":[0,1280]});
// @ts-expect-error: no such option
match('ipv6')('length', { ...{"length":[0,1280]}, noSuchOption: 1 });
// @ts-expect-error: not a value of length
match('ipv6')('length', { ...{"length":[0,1280]}, length: null });
match('ipv4')('limit', {"limit":"5/min","limitBurst":10});
// @ts-expect-error: no such option
match('ipv4')('limit', { ...{"limit":"5/min","limitBurst":10}, noSuchOption: 1 });
// @ts-expect-error: not a value of limit
match('ipv4')('limit', { ...{"limit":"5/min","limitBurst":10}, limit: null });
// @ts-expect-error: not a value of limitBurst
match('ipv4')('limit', { ...{"limit":"5/min","limitBurst":10}, limitBurst: null });
match('ipv6')('limit', {"limit":"5/min","limitBurst":10});
// @ts-expect-error: no such option
match('ipv6')('limit', { ...{"limit":"5/min","limitBurst":10}, noSuchOption: 1 });
// @ts-expect-error: not a value of limit
match('ipv6')('limit', { ...{"limit":"5/min","limitBurst":10}, limit: null });
// @ts-expect-error: not a value of limitBurst
match('ipv6')('limit', { ...{"limit":"5/min","limitBurst":10}, limitBurst: null });
match('ipv4')('mac', {"macSource":"00:11:22:aa:bb:cc"});
// @ts-expect-error: no such option
match('ipv4')('mac', { ...{"macSource":"00:11:22:aa:bb:cc"}, noSuchOption: 1 });
// @ts-expect-error: not a value of macSource
match('ipv4')('mac', { ...{"macSource":"00:11:22:aa:bb:cc"}, macSource: null });
match('ipv6')('mac', {"macSource":"00:11:22:aa:bb:cc"});
// @ts-expect-error: no such option
match('ipv6')('mac', { ...{"macSource":"00:11:22:aa:bb:cc"}, noSuchOption: 1 });
// @ts-expect-error: not a value of macSource
match('ipv6')('mac', { ...{"macSource":"00:11:22:aa:bb:cc"}, macSource: null });
match('ipv4')('mark', {"mark":{"value":16,"mask":255}});
// @ts-expect-error: no such option
match('ipv4')('mark', { ...{"mark":{"value":16,"mask":255}}, noSuchOption: 1 });
// @ts-expect-error: not a value of mark
match('ipv4')('mark', { ...{"mark":{"value":16,"mask":255}}, mark: null });
match('ipv6')('mark', {"mark":{"value":16,"mask":255}});
// @ts-expect-error: no such option
match('ipv6')('mark', { ...{"mark":{"value":16,"mask":255}}, noSuchOption: 1 });
// @ts-expect-error: not a value of mark
match('ipv6')('mark', { ...{"mark":{"value":16,"mask":255}}, mark: null });
match('ipv6')('mh', {"mhType":5});
// @ts-expect-error: no such option
match('ipv6')('mh', { ...{"mhType":5}, noSuchOption: 1 });
// @ts-expect-error: not a value of mhType
match('ipv6')('mh', { ...{"mhType":5}, mhType: null });
// @ts-expect-error: not in ipv4
match('ipv4')('mh', {});
match('ipv4')('multiport', {"dports":[80,443,[8000,8080]]});
// @ts-expect-error: no such option
match('ipv4')('multiport', { ...{"dports":[80,443,[8000,8080]]}, noSuchOption: 1 });
// @ts-expect-error: not a value of sports
match('ipv4')('multiport', { ...{"dports":[80,443,[8000,8080]]}, sports: null });
// @ts-expect-error: not a value of dports
match('ipv4')('multiport', { ...{"dports":[80,443,[8000,8080]]}, dports: null });
// @ts-expect-error: not a value of ports
match('ipv4')('multiport', { ...{"dports":[80,443,[8000,8080]]}, ports: null });
match('ipv6')('multiport', {"dports":[80,443,[8000,8080]]});
// @ts-expect-error: no such option
match('ipv6')('multiport', { ...{"dports":[80,443,[8000,8080]]}, noSuchOption: 1 });
// @ts-expect-error: not a value of sports
match('ipv6')('multiport', { ...{"dports":[80,443,[8000,8080]]}, sports: null });
// @ts-expect-error: not a value of dports
match('ipv6')('multiport', { ...{"dports":[80,443,[8000,8080]]}, dports: null });
// @ts-expect-error: not a value of ports
match('ipv6')('multiport', { ...{"dports":[80,443,[8000,8080]]}, ports: null });
match('ipv4')('nfacct', {"nfacctName":"http-traffic"});
// @ts-expect-error: no such option
match('ipv4')('nfacct', { ...{"nfacctName":"http-traffic"}, noSuchOption: 1 });
// @ts-expect-error: not a value of nfacctName
match('ipv4')('nfacct', { ...{"nfacctName":"http-traffic"}, nfacctName: null });
match('ipv6')('nfacct', {"nfacctName":"http-traffic"});
// @ts-expect-error: no such option
match('ipv6')('nfacct', { ...{"nfacctName":"http-traffic"}, noSuchOption: 1 });
// @ts-expect-error: not a value of nfacctName
match('ipv6')('nfacct', { ...{"nfacctName":"http-traffic"}, nfacctName: null });
match('ipv4')('osf', {"genre":"Linux","ttl":1,"log":0});
// @ts-expect-error: no such option
match('ipv4')('osf', { ...{"genre":"Linux","ttl":1,"log":0}, noSuchOption: 1 });
// @ts-expect-error: not a value of genre
match('ipv4')('osf', { ...{"genre":"Linux","ttl":1,"log":0}, genre: null });
// @ts-expect-error: not a value of ttl
match('ipv4')('osf', { ...{"genre":"Linux","ttl":1,"log":0}, ttl: null });
// @ts-expect-error: not a value of log
match('ipv4')('osf', { ...{"genre":"Linux","ttl":1,"log":0}, log: null });
// @ts-expect-error: not in ipv6
match('ipv6')('osf', {});
match('ipv4')('owner', {"uidOwner":1000});
// @ts-expect-error: no such option
match('ipv4')('owner', { ...{"uidOwner":1000}, noSuchOption: 1 });
// @ts-expect-error: not a value of uidOwner
match('ipv4')('owner', { ...{"uidOwner":1000}, uidOwner: null });
// @ts-expect-error: not a value of gidOwner
match('ipv4')('owner', { ...{"uidOwner":1000}, gidOwner: null });
// @ts-expect-error: not a value of pidOwner
match('ipv4')('owner', { ...{"uidOwner":1000}, pidOwner: null });
// @ts-expect-error: not a value of sidOwner
match('ipv4')('owner', { ...{"uidOwner":1000}, sidOwner: null });
// @ts-expect-error: not a value of cmdOwner
match('ipv4')('owner', { ...{"uidOwner":1000}, cmdOwner: null });
// @ts-expect-error: not a value of socketExists
match('ipv4')('owner', { ...{"uidOwner":1000}, socketExists: null });
// @ts-expect-error: not a value of supplGroups
match('ipv4')('owner', { ...{"uidOwner":1000}, supplGroups: null });
match('ipv6')('owner', {"uidOwner":1000});
// @ts-expect-error: no such option
match('ipv6')('owner', { ...{"uidOwner":1000}, noSuchOption: 1 });
// @ts-expect-error: not a value of uidOwner
match('ipv6')('owner', { ...{"uidOwner":1000}, uidOwner: null });
// @ts-expect-error: not a value of gidOwner
match('ipv6')('owner', { ...{"uidOwner":1000}, gidOwner: null });
// @ts-expect-error: not a value of pidOwner
match('ipv6')('owner', { ...{"uidOwner":1000}, pidOwner: null });
// @ts-expect-error: not a value of sidOwner
match('ipv6')('owner', { ...{"uidOwner":1000}, sidOwner: null });
// @ts-expect-error: not a value of socketExists
match('ipv6')('owner', { ...{"uidOwner":1000}, socketExists: null });
// @ts-expect-error: not a value of supplGroups
match('ipv6')('owner', { ...{"uidOwner":1000}, supplGroups: null });
match('ipv4')('physdev', {"physdevIsBridged":true,"physdevIn":"eth+"});
// @ts-expect-error: no such option
match('ipv4')('physdev', { ...{"physdevIsBridged":true,"physdevIn":"eth+"}, noSuchOption: 1 });
// @ts-expect-error: not a value of physdevIsIn
match('ipv4')('physdev', { ...{"physdevIsBridged":true,"physdevIn":"eth+"}, physdevIsIn: null });
// @ts-expect-error: not a value of physdevIn
match('ipv4')('physdev', { ...{"physdevIsBridged":true,"physdevIn":"eth+"}, physdevIn: null });
// @ts-expect-error: not a value of physdevIsOut
match('ipv4')('physdev', { ...{"physdevIsBridged":true,"physdevIn":"eth+"}, physdevIsOut: null });
// @ts-expect-error: not a value of physdevOut
match('ipv4')('physdev', { ...{"physdevIsBridged":true,"physdevIn":"eth+"}, physdevOut: null });
// @ts-expect-error: not a value of physdevIsBridged
match('ipv4')('physdev', { ...{"physdevIsBridged":true,"physdevIn":"eth+"}, physdevIsBridged: null });
match('ipv6')('physdev', {"physdevIsBridged":true,"physdevIn":"eth+"});
// @ts-expect-error: no such option
match('ipv6')('physdev', { ...{"physdevIsBridged":true,"physdevIn":"eth+"}, noSuchOption: 1 });
// @ts-expect-error: not a value of physdevIsIn
match('ipv6')('physdev', { ...{"physdevIsBridged":true,"physdevIn":"eth+"}, physdevIsIn: null });
// @ts-expect-error: not a value of physdevIn
match('ipv6')('physdev', { ...{"physdevIsBridged":true,"physdevIn":"eth+"}, physdevIn: null });
// @ts-expect-error: not a value of physdevIsOut
match('ipv6')('physdev', { ...{"physdevIsBridged":true,"physdevIn":"eth+"}, physdevIsOut: null });
// @ts-expect-error: not a value of physdevOut
match('ipv6')('physdev', { ...{"physdevIsBridged":true,"physdevIn":"eth+"}, physdevOut: null });
// @ts-expect-error: not a value of physdevIsBridged
match('ipv6')('physdev', { ...{"physdevIsBridged":true,"physdevIn":"eth+"}, physdevIsBridged: null });
match('ipv4')('pkttype', {"pktType":"broadcast"});
// @ts-expect-error: no such option
match('ipv4')('pkttype', { ...{"pktType":"broadcast"}, noSuchOption: 1 });
// @ts-expect-error: not a value of pktType
match('ipv4')('pkttype', { ...{"pktType":"broadcast"}, pktType: null });
match('ipv6')('pkttype', {"pktType":"broadcast"});
// @ts-expect-error: no such option
match('ipv6')('pkttype', { ...{"pktType":"broadcast"}, noSuchOption: 1 });
// @ts-expect-error: not a value of pktType
match('ipv6')('pkttype', { ...{"pktType":"broadcast"}, pktType: null });
match('ipv4')('policy', {"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]});
// @ts-expect-error: no such option
match('ipv4')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, noSuchOption: 1 });
// @ts-expect-error: not a value of dir
match('ipv4')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, dir: null });
// @ts-expect-error: not a value of pol
match('ipv4')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, pol: null });
// @ts-expect-error: not a value of strict
match('ipv4')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, strict: null });
// @ts-expect-error: not a value of reqid
match('ipv4')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, reqid: null });
// @ts-expect-error: not a value of spi
match('ipv4')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, spi: null });
// @ts-expect-error: not a value of proto
match('ipv4')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, proto: null });
// @ts-expect-error: not a value of mode
match('ipv4')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, mode: null });
// @ts-expect-error: not a value of tunnelDst
match('ipv4')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, tunnelDst: null });
// @ts-expect-error: not a value of tunnelSrc
match('ipv4')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, tunnelSrc: null });
// @ts-expect-error: not a value of next
match('ipv4')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, next: null });
match('ipv6')('policy', {"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]});
// @ts-expect-error: no such option
match('ipv6')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, noSuchOption: 1 });
// @ts-expect-error: not a value of dir
match('ipv6')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, dir: null });
// @ts-expect-error: not a value of pol
match('ipv6')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, pol: null });
// @ts-expect-error: not a value of strict
match('ipv6')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, strict: null });
// @ts-expect-error: not a value of reqid
match('ipv6')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, reqid: null });
// @ts-expect-error: not a value of spi
match('ipv6')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, spi: null });
// @ts-expect-error: not a value of proto
match('ipv6')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, proto: null });
// @ts-expect-error: not a value of mode
match('ipv6')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, mode: null });
// @ts-expect-error: not a value of tunnelDst
match('ipv6')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, tunnelDst: null });
// @ts-expect-error: not a value of tunnelSrc
match('ipv6')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, tunnelSrc: null });
// @ts-expect-error: not a value of next
match('ipv6')('policy', { ...{"dir":"in","pol":"ipsec","strict":true,"proto":"esp","mode":"tunnel","tunnelSrc":"192.0.2.1","next":[{"proto":"ah"}]}, next: null });
match('ipv4')('quota', {"quota":1000000});
// @ts-expect-error: no such option
match('ipv4')('quota', { ...{"quota":1000000}, noSuchOption: 1 });
// @ts-expect-error: not a value of quota
match('ipv4')('quota', { ...{"quota":1000000}, quota: null });
match('ipv6')('quota', {"quota":1000000});
// @ts-expect-error: no such option
match('ipv6')('quota', { ...{"quota":1000000}, noSuchOption: 1 });
// @ts-expect-error: not a value of quota
match('ipv6')('quota', { ...{"quota":1000000}, quota: null });
match('ipv4')('rateest', {"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"});
// @ts-expect-error: no such option
match('ipv4')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, noSuchOption: 1 });
// @ts-expect-error: not a value of rateestDelta
match('ipv4')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestDelta: null });
// @ts-expect-error: not a value of rateest
match('ipv4')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateest: null });
// @ts-expect-error: not a value of rateest1
match('ipv4')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateest1: null });
// @ts-expect-error: not a value of rateestBps1
match('ipv4')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestBps1: null });
// @ts-expect-error: not a value of rateestPps1
match('ipv4')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestPps1: null });
// @ts-expect-error: not a value of rateestLt
match('ipv4')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestLt: null });
// @ts-expect-error: not a value of rateestGt
match('ipv4')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestGt: null });
// @ts-expect-error: not a value of rateestEq
match('ipv4')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestEq: null });
// @ts-expect-error: not a value of rateestBps
match('ipv4')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestBps: null });
// @ts-expect-error: not a value of rateestBps2
match('ipv4')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestBps2: null });
// @ts-expect-error: not a value of rateestPps
match('ipv4')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestPps: null });
// @ts-expect-error: not a value of rateestPps2
match('ipv4')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestPps2: null });
// @ts-expect-error: not a value of rateest2
match('ipv4')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateest2: null });
match('ipv6')('rateest', {"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"});
// @ts-expect-error: no such option
match('ipv6')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, noSuchOption: 1 });
// @ts-expect-error: not a value of rateestDelta
match('ipv6')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestDelta: null });
// @ts-expect-error: not a value of rateest
match('ipv6')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateest: null });
// @ts-expect-error: not a value of rateest1
match('ipv6')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateest1: null });
// @ts-expect-error: not a value of rateestBps1
match('ipv6')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestBps1: null });
// @ts-expect-error: not a value of rateestPps1
match('ipv6')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestPps1: null });
// @ts-expect-error: not a value of rateestLt
match('ipv6')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestLt: null });
// @ts-expect-error: not a value of rateestGt
match('ipv6')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestGt: null });
// @ts-expect-error: not a value of rateestEq
match('ipv6')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestEq: null });
// @ts-expect-error: not a value of rateestBps
match('ipv6')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestBps: null });
// @ts-expect-error: not a value of rateestBps2
match('ipv6')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestBps2: null });
// @ts-expect-error: not a value of rateestPps
match('ipv6')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestPps: null });
// @ts-expect-error: not a value of rateestPps2
match('ipv6')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateestPps2: null });
// @ts-expect-error: not a value of rateest2
match('ipv6')('rateest', { ...{"rateest":"eth0","rateestGt":true,"rateestBps":"2mbit"}, rateest2: null });
match('ipv4')('realm', {"realm":10});
// @ts-expect-error: no such option
match('ipv4')('realm', { ...{"realm":10}, noSuchOption: 1 });
// @ts-expect-error: not a value of realm
match('ipv4')('realm', { ...{"realm":10}, realm: null });
// @ts-expect-error: not in ipv6
match('ipv6')('realm', {});
match('ipv4')('recent', {"name":"SSH","update":true,"seconds":60,"hitcount":4});
// @ts-expect-error: no such option
match('ipv4')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, noSuchOption: 1 });
// @ts-expect-error: not a value of set
match('ipv4')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, set: null });
// @ts-expect-error: not a value of rcheck
match('ipv4')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, rcheck: null });
// @ts-expect-error: not a value of update
match('ipv4')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, update: null });
// @ts-expect-error: not a value of remove
match('ipv4')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, remove: null });
// @ts-expect-error: not a value of seconds
match('ipv4')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, seconds: null });
// @ts-expect-error: not a value of reap
match('ipv4')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, reap: null });
// @ts-expect-error: not a value of hitcount
match('ipv4')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, hitcount: null });
// @ts-expect-error: not a value of rttl
match('ipv4')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, rttl: null });
// @ts-expect-error: not a value of name
match('ipv4')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, name: null });
// @ts-expect-error: not a value of rsource
match('ipv4')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, rsource: null });
// @ts-expect-error: not a value of rdest
match('ipv4')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, rdest: null });
// @ts-expect-error: not a value of mask
match('ipv4')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, mask: null });
match('ipv6')('recent', {"name":"SSH","update":true,"seconds":60,"hitcount":4});
// @ts-expect-error: no such option
match('ipv6')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, noSuchOption: 1 });
// @ts-expect-error: not a value of set
match('ipv6')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, set: null });
// @ts-expect-error: not a value of rcheck
match('ipv6')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, rcheck: null });
// @ts-expect-error: not a value of update
match('ipv6')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, update: null });
// @ts-expect-error: not a value of remove
match('ipv6')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, remove: null });
// @ts-expect-error: not a value of seconds
match('ipv6')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, seconds: null });
// @ts-expect-error: not a value of reap
match('ipv6')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, reap: null });
// @ts-expect-error: not a value of hitcount
match('ipv6')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, hitcount: null });
// @ts-expect-error: not a value of rttl
match('ipv6')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, rttl: null });
// @ts-expect-error: not a value of name
match('ipv6')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, name: null });
// @ts-expect-error: not a value of rsource
match('ipv6')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, rsource: null });
// @ts-expect-error: not a value of rdest
match('ipv6')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, rdest: null });
// @ts-expect-error: not a value of mask
match('ipv6')('recent', { ...{"name":"SSH","update":true,"seconds":60,"hitcount":4}, mask: null });
match('ipv4')('rpfilter', {"loose":true,"invert":true});
// @ts-expect-error: no such option
match('ipv4')('rpfilter', { ...{"loose":true,"invert":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of loose
match('ipv4')('rpfilter', { ...{"loose":true,"invert":true}, loose: null });
// @ts-expect-error: not a value of validmark
match('ipv4')('rpfilter', { ...{"loose":true,"invert":true}, validmark: null });
// @ts-expect-error: not a value of acceptLocal
match('ipv4')('rpfilter', { ...{"loose":true,"invert":true}, acceptLocal: null });
// @ts-expect-error: not a value of invert
match('ipv4')('rpfilter', { ...{"loose":true,"invert":true}, invert: null });
match('ipv6')('rpfilter', {"loose":true,"invert":true});
// @ts-expect-error: no such option
match('ipv6')('rpfilter', { ...{"loose":true,"invert":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of loose
match('ipv6')('rpfilter', { ...{"loose":true,"invert":true}, loose: null });
// @ts-expect-error: not a value of validmark
match('ipv6')('rpfilter', { ...{"loose":true,"invert":true}, validmark: null });
// @ts-expect-error: not a value of acceptLocal
match('ipv6')('rpfilter', { ...{"loose":true,"invert":true}, acceptLocal: null });
// @ts-expect-error: not a value of invert
match('ipv6')('rpfilter', { ...{"loose":true,"invert":true}, invert: null });
match('ipv6')('rt', {"rtType":0});
// @ts-expect-error: no such option
match('ipv6')('rt', { ...{"rtType":0}, noSuchOption: 1 });
// @ts-expect-error: not a value of rtType
match('ipv6')('rt', { ...{"rtType":0}, rtType: null });
// @ts-expect-error: not a value of rtSegsleft
match('ipv6')('rt', { ...{"rtType":0}, rtSegsleft: null });
// @ts-expect-error: not a value of rtLen
match('ipv6')('rt', { ...{"rtType":0}, rtLen: null });
// @ts-expect-error: not a value of rt0Res
match('ipv6')('rt', { ...{"rtType":0}, rt0Res: null });
// @ts-expect-error: not a value of rt0Addrs
match('ipv6')('rt', { ...{"rtType":0}, rt0Addrs: null });
// @ts-expect-error: not a value of rt0NotStrict
match('ipv6')('rt', { ...{"rtType":0}, rt0NotStrict: null });
// @ts-expect-error: not in ipv4
match('ipv4')('rt', {});
match('ipv4')('sctp', {"chunkTypes":{"match":"any","chunks":["DATA","INIT"]}});
// @ts-expect-error: no such option
match('ipv4')('sctp', { ...{"chunkTypes":{"match":"any","chunks":["DATA","INIT"]}}, noSuchOption: 1 });
// @ts-expect-error: not a value of sport
match('ipv4')('sctp', { ...{"chunkTypes":{"match":"any","chunks":["DATA","INIT"]}}, sport: null });
// @ts-expect-error: not a value of dport
match('ipv4')('sctp', { ...{"chunkTypes":{"match":"any","chunks":["DATA","INIT"]}}, dport: null });
// @ts-expect-error: not a value of chunkTypes
match('ipv4')('sctp', { ...{"chunkTypes":{"match":"any","chunks":["DATA","INIT"]}}, chunkTypes: null });
match('ipv6')('sctp', {"chunkTypes":{"match":"any","chunks":["DATA","INIT"]}});
// @ts-expect-error: no such option
match('ipv6')('sctp', { ...{"chunkTypes":{"match":"any","chunks":["DATA","INIT"]}}, noSuchOption: 1 });
// @ts-expect-error: not a value of sport
match('ipv6')('sctp', { ...{"chunkTypes":{"match":"any","chunks":["DATA","INIT"]}}, sport: null });
// @ts-expect-error: not a value of dport
match('ipv6')('sctp', { ...{"chunkTypes":{"match":"any","chunks":["DATA","INIT"]}}, dport: null });
// @ts-expect-error: not a value of chunkTypes
match('ipv6')('sctp', { ...{"chunkTypes":{"match":"any","chunks":["DATA","INIT"]}}, chunkTypes: null });
match('ipv4')('set', {"matchSet":{"setname":"banned","flags":["src"]}});
// @ts-expect-error: no such option
match('ipv4')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, noSuchOption: 1 });
// @ts-expect-error: not a value of matchSet
match('ipv4')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, matchSet: null });
// @ts-expect-error: not a value of returnNomatch
match('ipv4')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, returnNomatch: null });
// @ts-expect-error: not a value of updateCounters
match('ipv4')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, updateCounters: null });
// @ts-expect-error: not a value of updateSubcounters
match('ipv4')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, updateSubcounters: null });
// @ts-expect-error: not a value of packetsEq
match('ipv4')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, packetsEq: null });
// @ts-expect-error: not a value of packetsLt
match('ipv4')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, packetsLt: null });
// @ts-expect-error: not a value of packetsGt
match('ipv4')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, packetsGt: null });
// @ts-expect-error: not a value of bytesEq
match('ipv4')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, bytesEq: null });
// @ts-expect-error: not a value of bytesLt
match('ipv4')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, bytesLt: null });
// @ts-expect-error: not a value of bytesGt
match('ipv4')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, bytesGt: null });
match('ipv6')('set', {"matchSet":{"setname":"banned","flags":["src"]}});
// @ts-expect-error: no such option
match('ipv6')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, noSuchOption: 1 });
// @ts-expect-error: not a value of matchSet
match('ipv6')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, matchSet: null });
// @ts-expect-error: not a value of returnNomatch
match('ipv6')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, returnNomatch: null });
// @ts-expect-error: not a value of updateCounters
match('ipv6')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, updateCounters: null });
// @ts-expect-error: not a value of updateSubcounters
match('ipv6')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, updateSubcounters: null });
// @ts-expect-error: not a value of packetsEq
match('ipv6')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, packetsEq: null });
// @ts-expect-error: not a value of packetsLt
match('ipv6')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, packetsLt: null });
// @ts-expect-error: not a value of packetsGt
match('ipv6')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, packetsGt: null });
// @ts-expect-error: not a value of bytesEq
match('ipv6')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, bytesEq: null });
// @ts-expect-error: not a value of bytesLt
match('ipv6')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, bytesLt: null });
// @ts-expect-error: not a value of bytesGt
match('ipv6')('set', { ...{"matchSet":{"setname":"banned","flags":["src"]}}, bytesGt: null });
match('ipv4')('socket', {"transparent":true});
// @ts-expect-error: no such option
match('ipv4')('socket', { ...{"transparent":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of transparent
match('ipv4')('socket', { ...{"transparent":true}, transparent: null });
// @ts-expect-error: not a value of nowildcard
match('ipv4')('socket', { ...{"transparent":true}, nowildcard: null });
// @ts-expect-error: not a value of restoreSkmark
match('ipv4')('socket', { ...{"transparent":true}, restoreSkmark: null });
match('ipv6')('socket', {"transparent":true});
// @ts-expect-error: no such option
match('ipv6')('socket', { ...{"transparent":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of transparent
match('ipv6')('socket', { ...{"transparent":true}, transparent: null });
// @ts-expect-error: not a value of nowildcard
match('ipv6')('socket', { ...{"transparent":true}, nowildcard: null });
// @ts-expect-error: not a value of restoreSkmark
match('ipv6')('socket', { ...{"transparent":true}, restoreSkmark: null });
match('ipv6')('srh', {"srhSegsLeftEq":1});
// @ts-expect-error: no such option
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, noSuchOption: 1 });
// @ts-expect-error: not a value of srhNextHdr
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, srhNextHdr: null });
// @ts-expect-error: not a value of srhHdrLenEq
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, srhHdrLenEq: null });
// @ts-expect-error: not a value of srhHdrLenGt
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, srhHdrLenGt: null });
// @ts-expect-error: not a value of srhHdrLenLt
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, srhHdrLenLt: null });
// @ts-expect-error: not a value of srhSegsLeftEq
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, srhSegsLeftEq: null });
// @ts-expect-error: not a value of srhSegsLeftGt
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, srhSegsLeftGt: null });
// @ts-expect-error: not a value of srhSegsLeftLt
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, srhSegsLeftLt: null });
// @ts-expect-error: not a value of srhLastEntryEq
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, srhLastEntryEq: null });
// @ts-expect-error: not a value of srhLastEntryGt
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, srhLastEntryGt: null });
// @ts-expect-error: not a value of srhLastEntryLt
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, srhLastEntryLt: null });
// @ts-expect-error: not a value of srhTag
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, srhTag: null });
// @ts-expect-error: not a value of srhPsid
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, srhPsid: null });
// @ts-expect-error: not a value of srhNsid
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, srhNsid: null });
// @ts-expect-error: not a value of srhLsid
match('ipv6')('srh', { ...{"srhSegsLeftEq":1}, srhLsid: null });
// @ts-expect-error: not in ipv4
match('ipv4')('srh', {});
match('ipv4')('statistic', {"mode":"nth","every":3,"packet":0});
// @ts-expect-error: no such option
match('ipv4')('statistic', { ...{"mode":"nth","every":3,"packet":0}, noSuchOption: 1 });
// @ts-expect-error: not a value of mode
match('ipv4')('statistic', { ...{"mode":"nth","every":3,"packet":0}, mode: null });
// @ts-expect-error: not a value of probability
match('ipv4')('statistic', { ...{"mode":"nth","every":3,"packet":0}, probability: null });
// @ts-expect-error: not a value of every
match('ipv4')('statistic', { ...{"mode":"nth","every":3,"packet":0}, every: null });
// @ts-expect-error: not a value of packet
match('ipv4')('statistic', { ...{"mode":"nth","every":3,"packet":0}, packet: null });
match('ipv6')('statistic', {"mode":"nth","every":3,"packet":0});
// @ts-expect-error: no such option
match('ipv6')('statistic', { ...{"mode":"nth","every":3,"packet":0}, noSuchOption: 1 });
// @ts-expect-error: not a value of mode
match('ipv6')('statistic', { ...{"mode":"nth","every":3,"packet":0}, mode: null });
// @ts-expect-error: not a value of probability
match('ipv6')('statistic', { ...{"mode":"nth","every":3,"packet":0}, probability: null });
// @ts-expect-error: not a value of every
match('ipv6')('statistic', { ...{"mode":"nth","every":3,"packet":0}, every: null });
// @ts-expect-error: not a value of packet
match('ipv6')('statistic', { ...{"mode":"nth","every":3,"packet":0}, packet: null });
match('ipv4')('string', {"string":"GET /index.html","algo":"bm"});
// @ts-expect-error: no such option
match('ipv4')('string', { ...{"string":"GET /index.html","algo":"bm"}, noSuchOption: 1 });
// @ts-expect-error: not a value of string
match('ipv4')('string', { ...{"string":"GET /index.html","algo":"bm"}, string: null });
// @ts-expect-error: not a value of hexString
match('ipv4')('string', { ...{"string":"GET /index.html","algo":"bm"}, hexString: null });
// @ts-expect-error: not a value of algo
match('ipv4')('string', { ...{"string":"GET /index.html","algo":"bm"}, algo: null });
// @ts-expect-error: not a value of from
match('ipv4')('string', { ...{"string":"GET /index.html","algo":"bm"}, from: null });
// @ts-expect-error: not a value of to
match('ipv4')('string', { ...{"string":"GET /index.html","algo":"bm"}, to: null });
// @ts-expect-error: not a value of icase
match('ipv4')('string', { ...{"string":"GET /index.html","algo":"bm"}, icase: null });
match('ipv6')('string', {"string":"GET /index.html","algo":"bm"});
// @ts-expect-error: no such option
match('ipv6')('string', { ...{"string":"GET /index.html","algo":"bm"}, noSuchOption: 1 });
// @ts-expect-error: not a value of string
match('ipv6')('string', { ...{"string":"GET /index.html","algo":"bm"}, string: null });
// @ts-expect-error: not a value of hexString
match('ipv6')('string', { ...{"string":"GET /index.html","algo":"bm"}, hexString: null });
// @ts-expect-error: not a value of algo
match('ipv6')('string', { ...{"string":"GET /index.html","algo":"bm"}, algo: null });
// @ts-expect-error: not a value of from
match('ipv6')('string', { ...{"string":"GET /index.html","algo":"bm"}, from: null });
// @ts-expect-error: not a value of to
match('ipv6')('string', { ...{"string":"GET /index.html","algo":"bm"}, to: null });
// @ts-expect-error: not a value of icase
match('ipv6')('string', { ...{"string":"GET /index.html","algo":"bm"}, icase: null });
match('ipv4')('tcp', {"dport":22});
// @ts-expect-error: no such option
match('ipv4')('tcp', { ...{"dport":22}, noSuchOption: 1 });
// @ts-expect-error: not a value of sport
match('ipv4')('tcp', { ...{"dport":22}, sport: null });
// @ts-expect-error: not a value of dport
match('ipv4')('tcp', { ...{"dport":22}, dport: null });
// @ts-expect-error: not a value of tcpOption
match('ipv4')('tcp', { ...{"dport":22}, tcpOption: null });
// @ts-expect-error: not a value of tcpFlags
match('ipv4')('tcp', { ...{"dport":22}, tcpFlags: null });
// @ts-expect-error: not a value of syn
match('ipv4')('tcp', { ...{"dport":22}, syn: null });
match('ipv6')('tcp', {"dport":22});
// @ts-expect-error: no such option
match('ipv6')('tcp', { ...{"dport":22}, noSuchOption: 1 });
// @ts-expect-error: not a value of sport
match('ipv6')('tcp', { ...{"dport":22}, sport: null });
// @ts-expect-error: not a value of dport
match('ipv6')('tcp', { ...{"dport":22}, dport: null });
// @ts-expect-error: not a value of tcpOption
match('ipv6')('tcp', { ...{"dport":22}, tcpOption: null });
// @ts-expect-error: not a value of tcpFlags
match('ipv6')('tcp', { ...{"dport":22}, tcpFlags: null });
// @ts-expect-error: not a value of syn
match('ipv6')('tcp', { ...{"dport":22}, syn: null });
match('ipv4')('tcpmss', {"mss":[0,500]});
// @ts-expect-error: no such option
match('ipv4')('tcpmss', { ...{"mss":[0,500]}, noSuchOption: 1 });
// @ts-expect-error: not a value of mss
match('ipv4')('tcpmss', { ...{"mss":[0,500]}, mss: null });
match('ipv6')('tcpmss', {"mss":[0,500]});
// @ts-expect-error: no such option
match('ipv6')('tcpmss', { ...{"mss":[0,500]}, noSuchOption: 1 });
// @ts-expect-error: not a value of mss
match('ipv6')('tcpmss', { ...{"mss":[0,500]}, mss: null });
match('ipv4')('time', {"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]});
// @ts-expect-error: no such option
match('ipv4')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, noSuchOption: 1 });
// @ts-expect-error: not a value of timestart
match('ipv4')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, timestart: null });
// @ts-expect-error: not a value of timestop
match('ipv4')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, timestop: null });
// @ts-expect-error: not a value of monthdays
match('ipv4')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, monthdays: null });
// @ts-expect-error: not a value of weekdays
match('ipv4')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, weekdays: null });
// @ts-expect-error: not a value of datestart
match('ipv4')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, datestart: null });
// @ts-expect-error: not a value of datestop
match('ipv4')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, datestop: null });
// @ts-expect-error: not a value of kerneltz
match('ipv4')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, kerneltz: null });
// @ts-expect-error: not a value of contiguous
match('ipv4')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, contiguous: null });
// @ts-expect-error: not a value of utc
match('ipv4')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, utc: null });
match('ipv6')('time', {"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]});
// @ts-expect-error: no such option
match('ipv6')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, noSuchOption: 1 });
// @ts-expect-error: not a value of timestart
match('ipv6')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, timestart: null });
// @ts-expect-error: not a value of timestop
match('ipv6')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, timestop: null });
// @ts-expect-error: not a value of monthdays
match('ipv6')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, monthdays: null });
// @ts-expect-error: not a value of weekdays
match('ipv6')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, weekdays: null });
// @ts-expect-error: not a value of datestart
match('ipv6')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, datestart: null });
// @ts-expect-error: not a value of datestop
match('ipv6')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, datestop: null });
// @ts-expect-error: not a value of kerneltz
match('ipv6')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, kerneltz: null });
// @ts-expect-error: not a value of contiguous
match('ipv6')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, contiguous: null });
// @ts-expect-error: not a value of utc
match('ipv6')('time', { ...{"timestart":"08:00","timestop":"18:00","weekdays":["Mon","Tue","Wed","Thu","Fri"]}, utc: null });
match('ipv4')('tos', {"tos":{"value":16,"mask":63}});
// @ts-expect-error: no such option
match('ipv4')('tos', { ...{"tos":{"value":16,"mask":63}}, noSuchOption: 1 });
// @ts-expect-error: not a value of tos
match('ipv4')('tos', { ...{"tos":{"value":16,"mask":63}}, tos: null });
match('ipv6')('tos', {"tos":{"value":16,"mask":63}});
// @ts-expect-error: no such option
match('ipv6')('tos', { ...{"tos":{"value":16,"mask":63}}, noSuchOption: 1 });
// @ts-expect-error: not a value of tos
match('ipv6')('tos', { ...{"tos":{"value":16,"mask":63}}, tos: null });
match('ipv4')('ttl', {"ttlLt":2});
// @ts-expect-error: no such option
match('ipv4')('ttl', { ...{"ttlLt":2}, noSuchOption: 1 });
// @ts-expect-error: not a value of ttlEq
match('ipv4')('ttl', { ...{"ttlLt":2}, ttlEq: null });
// @ts-expect-error: not a value of ttlLt
match('ipv4')('ttl', { ...{"ttlLt":2}, ttlLt: null });
// @ts-expect-error: not a value of ttlGt
match('ipv4')('ttl', { ...{"ttlLt":2}, ttlGt: null });
// @ts-expect-error: not in ipv6
match('ipv6')('ttl', {});
match('ipv4')('u32', {"u32":"0x0&0xffff=0x100:0xffff"});
// @ts-expect-error: no such option
match('ipv4')('u32', { ...{"u32":"0x0&0xffff=0x100:0xffff"}, noSuchOption: 1 });
// @ts-expect-error: not a value of u32
match('ipv4')('u32', { ...{"u32":"0x0&0xffff=0x100:0xffff"}, u32: null });
match('ipv6')('u32', {"u32":"0x0&0xffff=0x100:0xffff"});
// @ts-expect-error: no such option
match('ipv6')('u32', { ...{"u32":"0x0&0xffff=0x100:0xffff"}, noSuchOption: 1 });
// @ts-expect-error: not a value of u32
match('ipv6')('u32', { ...{"u32":"0x0&0xffff=0x100:0xffff"}, u32: null });
match('ipv4')('udp', {"dport":53});
// @ts-expect-error: no such option
match('ipv4')('udp', { ...{"dport":53}, noSuchOption: 1 });
// @ts-expect-error: not a value of sport
match('ipv4')('udp', { ...{"dport":53}, sport: null });
// @ts-expect-error: not a value of dport
match('ipv4')('udp', { ...{"dport":53}, dport: null });
match('ipv6')('udp', {"dport":53});
// @ts-expect-error: no such option
match('ipv6')('udp', { ...{"dport":53}, noSuchOption: 1 });
// @ts-expect-error: not a value of sport
match('ipv6')('udp', { ...{"dport":53}, sport: null });
// @ts-expect-error: not a value of dport
match('ipv6')('udp', { ...{"dport":53}, dport: null });
target('ipv4')('AUDIT', {"type":"drop"});
// @ts-expect-error: no such option
target('ipv4')('AUDIT', { ...{"type":"drop"}, noSuchOption: 1 });
// @ts-expect-error: not a value of type
target('ipv4')('AUDIT', { ...{"type":"drop"}, type: null });
target('ipv6')('AUDIT', {"type":"drop"});
// @ts-expect-error: no such option
target('ipv6')('AUDIT', { ...{"type":"drop"}, noSuchOption: 1 });
// @ts-expect-error: not a value of type
target('ipv6')('AUDIT', { ...{"type":"drop"}, type: null });
target('ipv4')('CHECKSUM', {"checksumFill":true});
// @ts-expect-error: no such option
target('ipv4')('CHECKSUM', { ...{"checksumFill":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of checksumFill
target('ipv4')('CHECKSUM', { ...{"checksumFill":true}, checksumFill: null });
target('ipv6')('CHECKSUM', {"checksumFill":true});
// @ts-expect-error: no such option
target('ipv6')('CHECKSUM', { ...{"checksumFill":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of checksumFill
target('ipv6')('CHECKSUM', { ...{"checksumFill":true}, checksumFill: null });
target('ipv4')('CLASSIFY', {"setClass":"0001:0010"});
// @ts-expect-error: no such option
target('ipv4')('CLASSIFY', { ...{"setClass":"0001:0010"}, noSuchOption: 1 });
// @ts-expect-error: not a value of setClass
target('ipv4')('CLASSIFY', { ...{"setClass":"0001:0010"}, setClass: null });
target('ipv6')('CLASSIFY', {"setClass":"0001:0010"});
// @ts-expect-error: no such option
target('ipv6')('CLASSIFY', { ...{"setClass":"0001:0010"}, noSuchOption: 1 });
// @ts-expect-error: not a value of setClass
target('ipv6')('CLASSIFY', { ...{"setClass":"0001:0010"}, setClass: null });
target('ipv4')('CLUSTERIP', {"new":true,"hashmode":"sourceip","clustermac":"01:00:5e:00:01:02","totalNodes":2,"localNode":1});
// @ts-expect-error: no such option
target('ipv4')('CLUSTERIP', { ...{"new":true,"hashmode":"sourceip","clustermac":"01:00:5e:00:01:02","totalNodes":2,"localNode":1}, noSuchOption: 1 });
// @ts-expect-error: not a value of new
target('ipv4')('CLUSTERIP', { ...{"new":true,"hashmode":"sourceip","clustermac":"01:00:5e:00:01:02","totalNodes":2,"localNode":1}, new: null });
// @ts-expect-error: not a value of hashmode
target('ipv4')('CLUSTERIP', { ...{"new":true,"hashmode":"sourceip","clustermac":"01:00:5e:00:01:02","totalNodes":2,"localNode":1}, hashmode: null });
// @ts-expect-error: not a value of clustermac
target('ipv4')('CLUSTERIP', { ...{"new":true,"hashmode":"sourceip","clustermac":"01:00:5e:00:01:02","totalNodes":2,"localNode":1}, clustermac: null });
// @ts-expect-error: not a value of totalNodes
target('ipv4')('CLUSTERIP', { ...{"new":true,"hashmode":"sourceip","clustermac":"01:00:5e:00:01:02","totalNodes":2,"localNode":1}, totalNodes: null });
// @ts-expect-error: not a value of localNode
target('ipv4')('CLUSTERIP', { ...{"new":true,"hashmode":"sourceip","clustermac":"01:00:5e:00:01:02","totalNodes":2,"localNode":1}, localNode: null });
// @ts-expect-error: not a value of hashInit
target('ipv4')('CLUSTERIP', { ...{"new":true,"hashmode":"sourceip","clustermac":"01:00:5e:00:01:02","totalNodes":2,"localNode":1}, hashInit: null });
// @ts-expect-error: not in ipv6
target('ipv6')('CLUSTERIP', {});
target('ipv4')('CONNMARK', {"saveMark":true});
// @ts-expect-error: no such option
target('ipv4')('CONNMARK', { ...{"saveMark":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of setMark
target('ipv4')('CONNMARK', { ...{"saveMark":true}, setMark: null });
// @ts-expect-error: not a value of saveMark
target('ipv4')('CONNMARK', { ...{"saveMark":true}, saveMark: null });
// @ts-expect-error: not a value of restoreMark
target('ipv4')('CONNMARK', { ...{"saveMark":true}, restoreMark: null });
// @ts-expect-error: not a value of mask
target('ipv4')('CONNMARK', { ...{"saveMark":true}, mask: null });
// @ts-expect-error: not a value of setXmark
target('ipv4')('CONNMARK', { ...{"saveMark":true}, setXmark: null });
// @ts-expect-error: not a value of nfmask
target('ipv4')('CONNMARK', { ...{"saveMark":true}, nfmask: null });
// @ts-expect-error: not a value of ctmask
target('ipv4')('CONNMARK', { ...{"saveMark":true}, ctmask: null });
// @ts-expect-error: not a value of leftShiftMark
target('ipv4')('CONNMARK', { ...{"saveMark":true}, leftShiftMark: null });
// @ts-expect-error: not a value of rightShiftMark
target('ipv4')('CONNMARK', { ...{"saveMark":true}, rightShiftMark: null });
// @ts-expect-error: not a value of andMark
target('ipv4')('CONNMARK', { ...{"saveMark":true}, andMark: null });
// @ts-expect-error: not a value of orMark
target('ipv4')('CONNMARK', { ...{"saveMark":true}, orMark: null });
// @ts-expect-error: not a value of xorMark
target('ipv4')('CONNMARK', { ...{"saveMark":true}, xorMark: null });
target('ipv6')('CONNMARK', {"saveMark":true});
// @ts-expect-error: no such option
target('ipv6')('CONNMARK', { ...{"saveMark":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of setMark
target('ipv6')('CONNMARK', { ...{"saveMark":true}, setMark: null });
// @ts-expect-error: not a value of saveMark
target('ipv6')('CONNMARK', { ...{"saveMark":true}, saveMark: null });
// @ts-expect-error: not a value of restoreMark
target('ipv6')('CONNMARK', { ...{"saveMark":true}, restoreMark: null });
// @ts-expect-error: not a value of mask
target('ipv6')('CONNMARK', { ...{"saveMark":true}, mask: null });
// @ts-expect-error: not a value of setXmark
target('ipv6')('CONNMARK', { ...{"saveMark":true}, setXmark: null });
// @ts-expect-error: not a value of nfmask
target('ipv6')('CONNMARK', { ...{"saveMark":true}, nfmask: null });
// @ts-expect-error: not a value of ctmask
target('ipv6')('CONNMARK', { ...{"saveMark":true}, ctmask: null });
// @ts-expect-error: not a value of leftShiftMark
target('ipv6')('CONNMARK', { ...{"saveMark":true}, leftShiftMark: null });
// @ts-expect-error: not a value of rightShiftMark
target('ipv6')('CONNMARK', { ...{"saveMark":true}, rightShiftMark: null });
// @ts-expect-error: not a value of andMark
target('ipv6')('CONNMARK', { ...{"saveMark":true}, andMark: null });
// @ts-expect-error: not a value of orMark
target('ipv6')('CONNMARK', { ...{"saveMark":true}, orMark: null });
// @ts-expect-error: not a value of xorMark
target('ipv6')('CONNMARK', { ...{"saveMark":true}, xorMark: null });
target('ipv4')('CONNSECMARK', {"save":true});
// @ts-expect-error: no such option
target('ipv4')('CONNSECMARK', { ...{"save":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of save
target('ipv4')('CONNSECMARK', { ...{"save":true}, save: null });
// @ts-expect-error: not a value of restore
target('ipv4')('CONNSECMARK', { ...{"save":true}, restore: null });
target('ipv6')('CONNSECMARK', {"save":true});
// @ts-expect-error: no such option
target('ipv6')('CONNSECMARK', { ...{"save":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of save
target('ipv6')('CONNSECMARK', { ...{"save":true}, save: null });
// @ts-expect-error: not a value of restore
target('ipv6')('CONNSECMARK', { ...{"save":true}, restore: null });
target('ipv4')('CT', {"helper":"ftp"});
// @ts-expect-error: no such option
target('ipv4')('CT', { ...{"helper":"ftp"}, noSuchOption: 1 });
// @ts-expect-error: not a value of notrack
target('ipv4')('CT', { ...{"helper":"ftp"}, notrack: null });
// @ts-expect-error: not a value of helper
target('ipv4')('CT', { ...{"helper":"ftp"}, helper: null });
// @ts-expect-error: not a value of ctevents
target('ipv4')('CT', { ...{"helper":"ftp"}, ctevents: null });
// @ts-expect-error: not a value of expevents
target('ipv4')('CT', { ...{"helper":"ftp"}, expevents: null });
// @ts-expect-error: not a value of zone
target('ipv4')('CT', { ...{"helper":"ftp"}, zone: null });
// @ts-expect-error: not a value of zoneOrig
target('ipv4')('CT', { ...{"helper":"ftp"}, zoneOrig: null });
// @ts-expect-error: not a value of zoneReply
target('ipv4')('CT', { ...{"helper":"ftp"}, zoneReply: null });
// @ts-expect-error: not a value of timeout
target('ipv4')('CT', { ...{"helper":"ftp"}, timeout: null });
target('ipv6')('CT', {"helper":"ftp"});
// @ts-expect-error: no such option
target('ipv6')('CT', { ...{"helper":"ftp"}, noSuchOption: 1 });
// @ts-expect-error: not a value of notrack
target('ipv6')('CT', { ...{"helper":"ftp"}, notrack: null });
// @ts-expect-error: not a value of helper
target('ipv6')('CT', { ...{"helper":"ftp"}, helper: null });
// @ts-expect-error: not a value of ctevents
target('ipv6')('CT', { ...{"helper":"ftp"}, ctevents: null });
// @ts-expect-error: not a value of expevents
target('ipv6')('CT', { ...{"helper":"ftp"}, expevents: null });
// @ts-expect-error: not a value of zone
target('ipv6')('CT', { ...{"helper":"ftp"}, zone: null });
// @ts-expect-error: not a value of zoneOrig
target('ipv6')('CT', { ...{"helper":"ftp"}, zoneOrig: null });
// @ts-expect-error: not a value of zoneReply
target('ipv6')('CT', { ...{"helper":"ftp"}, zoneReply: null });
// @ts-expect-error: not a value of timeout
target('ipv6')('CT', { ...{"helper":"ftp"}, timeout: null });
target('ipv4')('DNAT', {"toDestination":"192.0.2.7"});
// @ts-expect-error: no such option
target('ipv4')('DNAT', { ...{"toDestination":"192.0.2.7"}, noSuchOption: 1 });
// @ts-expect-error: not a value of toDestination
target('ipv4')('DNAT', { ...{"toDestination":"192.0.2.7"}, toDestination: null });
// @ts-expect-error: not a value of random
target('ipv4')('DNAT', { ...{"toDestination":"192.0.2.7"}, random: null });
// @ts-expect-error: not a value of persistent
target('ipv4')('DNAT', { ...{"toDestination":"192.0.2.7"}, persistent: null });
target('ipv6')('DNAT', {"toDestination":"2001:db8::7"});
// @ts-expect-error: no such option
target('ipv6')('DNAT', { ...{"toDestination":"2001:db8::7"}, noSuchOption: 1 });
// @ts-expect-error: not a value of toDestination
target('ipv6')('DNAT', { ...{"toDestination":"2001:db8::7"}, toDestination: null });
// @ts-expect-error: not a value of random
target('ipv6')('DNAT', { ...{"toDestination":"2001:db8::7"}, random: null });
// @ts-expect-error: not a value of persistent
target('ipv6')('DNAT', { ...{"toDestination":"2001:db8::7"}, persistent: null });
target('ipv6')('DNPT', {"srcPfx":"fd00:1::/48","dstPfx":"2001:db8:1::/48"});
// @ts-expect-error: no such option
target('ipv6')('DNPT', { ...{"srcPfx":"fd00:1::/48","dstPfx":"2001:db8:1::/48"}, noSuchOption: 1 });
// @ts-expect-error: not a value of srcPfx
target('ipv6')('DNPT', { ...{"srcPfx":"fd00:1::/48","dstPfx":"2001:db8:1::/48"}, srcPfx: null });
// @ts-expect-error: not a value of dstPfx
target('ipv6')('DNPT', { ...{"srcPfx":"fd00:1::/48","dstPfx":"2001:db8:1::/48"}, dstPfx: null });
// @ts-expect-error: not in ipv4
target('ipv4')('DNPT', {});
target('ipv4')('DSCP', {"setDscpClass":"EF"});
// @ts-expect-error: no such option
target('ipv4')('DSCP', { ...{"setDscpClass":"EF"}, noSuchOption: 1 });
// @ts-expect-error: not a value of setDscp
target('ipv4')('DSCP', { ...{"setDscpClass":"EF"}, setDscp: null });
// @ts-expect-error: not a value of setDscpClass
target('ipv4')('DSCP', { ...{"setDscpClass":"EF"}, setDscpClass: null });
target('ipv6')('DSCP', {"setDscpClass":"EF"});
// @ts-expect-error: no such option
target('ipv6')('DSCP', { ...{"setDscpClass":"EF"}, noSuchOption: 1 });
// @ts-expect-error: not a value of setDscp
target('ipv6')('DSCP', { ...{"setDscpClass":"EF"}, setDscp: null });
// @ts-expect-error: not a value of setDscpClass
target('ipv6')('DSCP', { ...{"setDscpClass":"EF"}, setDscpClass: null });
target('ipv4')('ECN', {"ecnTcpRemove":true});
// @ts-expect-error: no such option
target('ipv4')('ECN', { ...{"ecnTcpRemove":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of ecnTcpRemove
target('ipv4')('ECN', { ...{"ecnTcpRemove":true}, ecnTcpRemove: null });
// @ts-expect-error: not a value of ecnTcpEce
target('ipv4')('ECN', { ...{"ecnTcpRemove":true}, ecnTcpEce: null });
// @ts-expect-error: not a value of ecnTcpCwr
target('ipv4')('ECN', { ...{"ecnTcpRemove":true}, ecnTcpCwr: null });
// @ts-expect-error: not a value of ecnIpEct
target('ipv4')('ECN', { ...{"ecnTcpRemove":true}, ecnIpEct: null });
// @ts-expect-error: not in ipv6
target('ipv6')('ECN', {});
target('ipv6')('HL', {"hlSet":64});
// @ts-expect-error: no such option
target('ipv6')('HL', { ...{"hlSet":64}, noSuchOption: 1 });
// @ts-expect-error: not a value of hlSet
target('ipv6')('HL', { ...{"hlSet":64}, hlSet: null });
// @ts-expect-error: not a value of hlDec
target('ipv6')('HL', { ...{"hlSet":64}, hlDec: null });
// @ts-expect-error: not a value of hlInc
target('ipv6')('HL', { ...{"hlSet":64}, hlInc: null });
// @ts-expect-error: not in ipv4
target('ipv4')('HL', {});
target('ipv4')('HMARK', {"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862});
// @ts-expect-error: no such option
target('ipv4')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, noSuchOption: 1 });
// @ts-expect-error: not a value of hmarkSrcPrefix
target('ipv4')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkSrcPrefix: null });
// @ts-expect-error: not a value of hmarkDstPrefix
target('ipv4')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkDstPrefix: null });
// @ts-expect-error: not a value of hmarkSportMask
target('ipv4')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkSportMask: null });
// @ts-expect-error: not a value of hmarkDportMask
target('ipv4')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkDportMask: null });
// @ts-expect-error: not a value of hmarkSpiMask
target('ipv4')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkSpiMask: null });
// @ts-expect-error: not a value of hmarkSport
target('ipv4')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkSport: null });
// @ts-expect-error: not a value of hmarkDport
target('ipv4')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkDport: null });
// @ts-expect-error: not a value of hmarkSpi
target('ipv4')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkSpi: null });
// @ts-expect-error: not a value of hmarkProtoMask
target('ipv4')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkProtoMask: null });
// @ts-expect-error: not a value of hmarkRnd
target('ipv4')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkRnd: null });
// @ts-expect-error: not a value of hmarkMod
target('ipv4')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkMod: null });
// @ts-expect-error: not a value of hmarkOffset
target('ipv4')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkOffset: null });
// @ts-expect-error: not a value of hmarkTuple
target('ipv4')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkTuple: null });
target('ipv6')('HMARK', {"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862});
// @ts-expect-error: no such option
target('ipv6')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, noSuchOption: 1 });
// @ts-expect-error: not a value of hmarkSrcPrefix
target('ipv6')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkSrcPrefix: null });
// @ts-expect-error: not a value of hmarkDstPrefix
target('ipv6')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkDstPrefix: null });
// @ts-expect-error: not a value of hmarkSportMask
target('ipv6')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkSportMask: null });
// @ts-expect-error: not a value of hmarkDportMask
target('ipv6')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkDportMask: null });
// @ts-expect-error: not a value of hmarkSpiMask
target('ipv6')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkSpiMask: null });
// @ts-expect-error: not a value of hmarkSport
target('ipv6')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkSport: null });
// @ts-expect-error: not a value of hmarkDport
target('ipv6')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkDport: null });
// @ts-expect-error: not a value of hmarkSpi
target('ipv6')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkSpi: null });
// @ts-expect-error: not a value of hmarkProtoMask
target('ipv6')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkProtoMask: null });
// @ts-expect-error: not a value of hmarkRnd
target('ipv6')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkRnd: null });
// @ts-expect-error: not a value of hmarkMod
target('ipv6')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkMod: null });
// @ts-expect-error: not a value of hmarkOffset
target('ipv6')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkOffset: null });
// @ts-expect-error: not a value of hmarkTuple
target('ipv6')('HMARK', { ...{"hmarkTuple":["ct","src","dst"],"hmarkMod":10,"hmarkOffset":100,"hmarkRnd":4276996862}, hmarkTuple: null });
target('ipv4')('IDLETIMER', {"timeout":600,"label":"idle"});
// @ts-expect-error: no such option
target('ipv4')('IDLETIMER', { ...{"timeout":600,"label":"idle"}, noSuchOption: 1 });
// @ts-expect-error: not a value of timeout
target('ipv4')('IDLETIMER', { ...{"timeout":600,"label":"idle"}, timeout: null });
// @ts-expect-error: not a value of label
target('ipv4')('IDLETIMER', { ...{"timeout":600,"label":"idle"}, label: null });
// @ts-expect-error: not a value of alarm
target('ipv4')('IDLETIMER', { ...{"timeout":600,"label":"idle"}, alarm: null });
target('ipv6')('IDLETIMER', {"timeout":600,"label":"idle"});
// @ts-expect-error: no such option
target('ipv6')('IDLETIMER', { ...{"timeout":600,"label":"idle"}, noSuchOption: 1 });
// @ts-expect-error: not a value of timeout
target('ipv6')('IDLETIMER', { ...{"timeout":600,"label":"idle"}, timeout: null });
// @ts-expect-error: not a value of label
target('ipv6')('IDLETIMER', { ...{"timeout":600,"label":"idle"}, label: null });
// @ts-expect-error: not a value of alarm
target('ipv6')('IDLETIMER', { ...{"timeout":600,"label":"idle"}, alarm: null });
target('ipv4')('LED', {"ledTriggerId":"ssh","ledDelay":1000});
// @ts-expect-error: no such option
target('ipv4')('LED', { ...{"ledTriggerId":"ssh","ledDelay":1000}, noSuchOption: 1 });
// @ts-expect-error: not a value of ledTriggerId
target('ipv4')('LED', { ...{"ledTriggerId":"ssh","ledDelay":1000}, ledTriggerId: null });
// @ts-expect-error: not a value of ledDelay
target('ipv4')('LED', { ...{"ledTriggerId":"ssh","ledDelay":1000}, ledDelay: null });
// @ts-expect-error: not a value of ledAlwaysBlink
target('ipv4')('LED', { ...{"ledTriggerId":"ssh","ledDelay":1000}, ledAlwaysBlink: null });
target('ipv6')('LED', {"ledTriggerId":"ssh","ledDelay":1000});
// @ts-expect-error: no such option
target('ipv6')('LED', { ...{"ledTriggerId":"ssh","ledDelay":1000}, noSuchOption: 1 });
// @ts-expect-error: not a value of ledTriggerId
target('ipv6')('LED', { ...{"ledTriggerId":"ssh","ledDelay":1000}, ledTriggerId: null });
// @ts-expect-error: not a value of ledDelay
target('ipv6')('LED', { ...{"ledTriggerId":"ssh","ledDelay":1000}, ledDelay: null });
// @ts-expect-error: not a value of ledAlwaysBlink
target('ipv6')('LED', { ...{"ledTriggerId":"ssh","ledDelay":1000}, ledAlwaysBlink: null });
target('ipv4')('LOG', {"logPrefix":"dropped: ","logLevel":"info"});
// @ts-expect-error: no such option
target('ipv4')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, noSuchOption: 1 });
// @ts-expect-error: not a value of logPrefix
target('ipv4')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, logPrefix: null });
// @ts-expect-error: not a value of logLevel
target('ipv4')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, logLevel: null });
// @ts-expect-error: not a value of logTcpSequence
target('ipv4')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, logTcpSequence: null });
// @ts-expect-error: not a value of logTcpOptions
target('ipv4')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, logTcpOptions: null });
// @ts-expect-error: not a value of logIpOptions
target('ipv4')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, logIpOptions: null });
// @ts-expect-error: not a value of logUid
target('ipv4')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, logUid: null });
// @ts-expect-error: not a value of logMacdecode
target('ipv4')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, logMacdecode: null });
target('ipv6')('LOG', {"logPrefix":"dropped: ","logLevel":"info"});
// @ts-expect-error: no such option
target('ipv6')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, noSuchOption: 1 });
// @ts-expect-error: not a value of logPrefix
target('ipv6')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, logPrefix: null });
// @ts-expect-error: not a value of logLevel
target('ipv6')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, logLevel: null });
// @ts-expect-error: not a value of logTcpSequence
target('ipv6')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, logTcpSequence: null });
// @ts-expect-error: not a value of logTcpOptions
target('ipv6')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, logTcpOptions: null });
// @ts-expect-error: not a value of logIpOptions
target('ipv6')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, logIpOptions: null });
// @ts-expect-error: not a value of logUid
target('ipv6')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, logUid: null });
// @ts-expect-error: not a value of logMacdecode
target('ipv6')('LOG', { ...{"logPrefix":"dropped: ","logLevel":"info"}, logMacdecode: null });
target('ipv4')('MARK', {"setMark":1});
// @ts-expect-error: no such option
target('ipv4')('MARK', { ...{"setMark":1}, noSuchOption: 1 });
// @ts-expect-error: not a value of setMark
target('ipv4')('MARK', { ...{"setMark":1}, setMark: null });
// @ts-expect-error: not a value of andMark
target('ipv4')('MARK', { ...{"setMark":1}, andMark: null });
// @ts-expect-error: not a value of orMark
target('ipv4')('MARK', { ...{"setMark":1}, orMark: null });
// @ts-expect-error: not a value of setXmark
target('ipv4')('MARK', { ...{"setMark":1}, setXmark: null });
// @ts-expect-error: not a value of xorMark
target('ipv4')('MARK', { ...{"setMark":1}, xorMark: null });
target('ipv6')('MARK', {"setMark":1});
// @ts-expect-error: no such option
target('ipv6')('MARK', { ...{"setMark":1}, noSuchOption: 1 });
// @ts-expect-error: not a value of setMark
target('ipv6')('MARK', { ...{"setMark":1}, setMark: null });
// @ts-expect-error: not a value of andMark
target('ipv6')('MARK', { ...{"setMark":1}, andMark: null });
// @ts-expect-error: not a value of orMark
target('ipv6')('MARK', { ...{"setMark":1}, orMark: null });
// @ts-expect-error: not a value of setXmark
target('ipv6')('MARK', { ...{"setMark":1}, setXmark: null });
// @ts-expect-error: not a value of xorMark
target('ipv6')('MARK', { ...{"setMark":1}, xorMark: null });
target('ipv4')('MASQUERADE', {"random":true});
// @ts-expect-error: no such option
target('ipv4')('MASQUERADE', { ...{"random":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of toPorts
target('ipv4')('MASQUERADE', { ...{"random":true}, toPorts: null });
// @ts-expect-error: not a value of random
target('ipv4')('MASQUERADE', { ...{"random":true}, random: null });
// @ts-expect-error: not a value of randomFully
target('ipv4')('MASQUERADE', { ...{"random":true}, randomFully: null });
target('ipv6')('MASQUERADE', {"random":true});
// @ts-expect-error: no such option
target('ipv6')('MASQUERADE', { ...{"random":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of toPorts
target('ipv6')('MASQUERADE', { ...{"random":true}, toPorts: null });
// @ts-expect-error: not a value of random
target('ipv6')('MASQUERADE', { ...{"random":true}, random: null });
// @ts-expect-error: not a value of randomFully
target('ipv6')('MASQUERADE', { ...{"random":true}, randomFully: null });
target('ipv4')('NETMAP', {"to":"192.0.2.0/24"});
// @ts-expect-error: no such option
target('ipv4')('NETMAP', { ...{"to":"192.0.2.0/24"}, noSuchOption: 1 });
// @ts-expect-error: not a value of to
target('ipv4')('NETMAP', { ...{"to":"192.0.2.0/24"}, to: null });
target('ipv6')('NETMAP', {"to":"2001:db8::/64"});
// @ts-expect-error: no such option
target('ipv6')('NETMAP', { ...{"to":"2001:db8::/64"}, noSuchOption: 1 });
// @ts-expect-error: not a value of to
target('ipv6')('NETMAP', { ...{"to":"2001:db8::/64"}, to: null });
target('ipv4')('NFLOG', {"nflogGroup":2,"nflogPrefix":"dropped: "});
// @ts-expect-error: no such option
target('ipv4')('NFLOG', { ...{"nflogGroup":2,"nflogPrefix":"dropped: "}, noSuchOption: 1 });
// @ts-expect-error: not a value of nflogPrefix
target('ipv4')('NFLOG', { ...{"nflogGroup":2,"nflogPrefix":"dropped: "}, nflogPrefix: null });
// @ts-expect-error: not a value of nflogGroup
target('ipv4')('NFLOG', { ...{"nflogGroup":2,"nflogPrefix":"dropped: "}, nflogGroup: null });
// @ts-expect-error: not a value of nflogSize
target('ipv4')('NFLOG', { ...{"nflogGroup":2,"nflogPrefix":"dropped: "}, nflogSize: null });
// @ts-expect-error: not a value of nflogRange
target('ipv4')('NFLOG', { ...{"nflogGroup":2,"nflogPrefix":"dropped: "}, nflogRange: null });
// @ts-expect-error: not a value of nflogThreshold
target('ipv4')('NFLOG', { ...{"nflogGroup":2,"nflogPrefix":"dropped: "}, nflogThreshold: null });
target('ipv6')('NFLOG', {"nflogGroup":2,"nflogPrefix":"dropped: "});
// @ts-expect-error: no such option
target('ipv6')('NFLOG', { ...{"nflogGroup":2,"nflogPrefix":"dropped: "}, noSuchOption: 1 });
// @ts-expect-error: not a value of nflogPrefix
target('ipv6')('NFLOG', { ...{"nflogGroup":2,"nflogPrefix":"dropped: "}, nflogPrefix: null });
// @ts-expect-error: not a value of nflogGroup
target('ipv6')('NFLOG', { ...{"nflogGroup":2,"nflogPrefix":"dropped: "}, nflogGroup: null });
// @ts-expect-error: not a value of nflogSize
target('ipv6')('NFLOG', { ...{"nflogGroup":2,"nflogPrefix":"dropped: "}, nflogSize: null });
// @ts-expect-error: not a value of nflogRange
target('ipv6')('NFLOG', { ...{"nflogGroup":2,"nflogPrefix":"dropped: "}, nflogRange: null });
// @ts-expect-error: not a value of nflogThreshold
target('ipv6')('NFLOG', { ...{"nflogGroup":2,"nflogPrefix":"dropped: "}, nflogThreshold: null });
target('ipv4')('NFQUEUE', {"queueBalance":[0,3],"queueBypass":true});
// @ts-expect-error: no such option
target('ipv4')('NFQUEUE', { ...{"queueBalance":[0,3],"queueBypass":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of queueNum
target('ipv4')('NFQUEUE', { ...{"queueBalance":[0,3],"queueBypass":true}, queueNum: null });
// @ts-expect-error: not a value of queueBalance
target('ipv4')('NFQUEUE', { ...{"queueBalance":[0,3],"queueBypass":true}, queueBalance: null });
// @ts-expect-error: not a value of queueBypass
target('ipv4')('NFQUEUE', { ...{"queueBalance":[0,3],"queueBypass":true}, queueBypass: null });
// @ts-expect-error: not a value of queueCpuFanout
target('ipv4')('NFQUEUE', { ...{"queueBalance":[0,3],"queueBypass":true}, queueCpuFanout: null });
target('ipv6')('NFQUEUE', {"queueBalance":[0,3],"queueBypass":true});
// @ts-expect-error: no such option
target('ipv6')('NFQUEUE', { ...{"queueBalance":[0,3],"queueBypass":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of queueNum
target('ipv6')('NFQUEUE', { ...{"queueBalance":[0,3],"queueBypass":true}, queueNum: null });
// @ts-expect-error: not a value of queueBalance
target('ipv6')('NFQUEUE', { ...{"queueBalance":[0,3],"queueBypass":true}, queueBalance: null });
// @ts-expect-error: not a value of queueBypass
target('ipv6')('NFQUEUE', { ...{"queueBalance":[0,3],"queueBypass":true}, queueBypass: null });
// @ts-expect-error: not a value of queueCpuFanout
target('ipv6')('NFQUEUE', { ...{"queueBalance":[0,3],"queueBypass":true}, queueCpuFanout: null });
target('ipv4')('NOTRACK', {});
// @ts-expect-error: no such option
target('ipv4')('NOTRACK', { ...{}, noSuchOption: 1 });
target('ipv6')('NOTRACK', {});
// @ts-expect-error: no such option
target('ipv6')('NOTRACK', { ...{}, noSuchOption: 1 });
target('ipv4')('RATEEST', {"rateestName":"eth0","rateestInterval":"250.0ms","rateestEwmalog":"500.0ms"});
// @ts-expect-error: no such option
target('ipv4')('RATEEST', { ...{"rateestName":"eth0","rateestInterval":"250.0ms","rateestEwmalog":"500.0ms"}, noSuchOption: 1 });
// @ts-expect-error: not a value of rateestName
target('ipv4')('RATEEST', { ...{"rateestName":"eth0","rateestInterval":"250.0ms","rateestEwmalog":"500.0ms"}, rateestName: null });
// @ts-expect-error: not a value of rateestInterval
target('ipv4')('RATEEST', { ...{"rateestName":"eth0","rateestInterval":"250.0ms","rateestEwmalog":"500.0ms"}, rateestInterval: null });
// @ts-expect-error: not a value of rateestEwmalog
target('ipv4')('RATEEST', { ...{"rateestName":"eth0","rateestInterval":"250.0ms","rateestEwmalog":"500.0ms"}, rateestEwmalog: null });
target('ipv6')('RATEEST', {"rateestName":"eth0","rateestInterval":"250.0ms","rateestEwmalog":"500.0ms"});
// @ts-expect-error: no such option
target('ipv6')('RATEEST', { ...{"rateestName":"eth0","rateestInterval":"250.0ms","rateestEwmalog":"500.0ms"}, noSuchOption: 1 });
// @ts-expect-error: not a value of rateestName
target('ipv6')('RATEEST', { ...{"rateestName":"eth0","rateestInterval":"250.0ms","rateestEwmalog":"500.0ms"}, rateestName: null });
// @ts-expect-error: not a value of rateestInterval
target('ipv6')('RATEEST', { ...{"rateestName":"eth0","rateestInterval":"250.0ms","rateestEwmalog":"500.0ms"}, rateestInterval: null });
// @ts-expect-error: not a value of rateestEwmalog
target('ipv6')('RATEEST', { ...{"rateestName":"eth0","rateestInterval":"250.0ms","rateestEwmalog":"500.0ms"}, rateestEwmalog: null });
target('ipv4')('REDIRECT', {"random":true});
// @ts-expect-error: no such option
target('ipv4')('REDIRECT', { ...{"random":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of toPorts
target('ipv4')('REDIRECT', { ...{"random":true}, toPorts: null });
// @ts-expect-error: not a value of random
target('ipv4')('REDIRECT', { ...{"random":true}, random: null });
target('ipv6')('REDIRECT', {"random":true});
// @ts-expect-error: no such option
target('ipv6')('REDIRECT', { ...{"random":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of toPorts
target('ipv6')('REDIRECT', { ...{"random":true}, toPorts: null });
// @ts-expect-error: not a value of random
target('ipv6')('REDIRECT', { ...{"random":true}, random: null });
target('ipv4')('REJECT', {"rejectWith":"icmp-host-prohibited"});
// @ts-expect-error: no such option
target('ipv4')('REJECT', { ...{"rejectWith":"icmp-host-prohibited"}, noSuchOption: 1 });
// @ts-expect-error: not a value of rejectWith
target('ipv4')('REJECT', { ...{"rejectWith":"icmp-host-prohibited"}, rejectWith: null });
target('ipv6')('REJECT', {"rejectWith":"icmp6-adm-prohibited"});
// @ts-expect-error: no such option
target('ipv6')('REJECT', { ...{"rejectWith":"icmp6-adm-prohibited"}, noSuchOption: 1 });
// @ts-expect-error: not a value of rejectWith
target('ipv6')('REJECT', { ...{"rejectWith":"icmp6-adm-prohibited"}, rejectWith: null });
target('ipv4')('SECMARK', {"selctx":"system_u:object_r:httpd_packet_t:s0"});
// @ts-expect-error: no such option
target('ipv4')('SECMARK', { ...{"selctx":"system_u:object_r:httpd_packet_t:s0"}, noSuchOption: 1 });
// @ts-expect-error: not a value of selctx
target('ipv4')('SECMARK', { ...{"selctx":"system_u:object_r:httpd_packet_t:s0"}, selctx: null });
target('ipv6')('SECMARK', {"selctx":"system_u:object_r:httpd_packet_t:s0"});
// @ts-expect-error: no such option
target('ipv6')('SECMARK', { ...{"selctx":"system_u:object_r:httpd_packet_t:s0"}, noSuchOption: 1 });
// @ts-expect-error: not a value of selctx
target('ipv6')('SECMARK', { ...{"selctx":"system_u:object_r:httpd_packet_t:s0"}, selctx: null });
target('ipv4')('SET', {"addSet":{"setname":"seen","flags":["src"]},"exist":true});
// @ts-expect-error: no such option
target('ipv4')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of addSet
target('ipv4')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, addSet: null });
// @ts-expect-error: not a value of delSet
target('ipv4')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, delSet: null });
// @ts-expect-error: not a value of exist
target('ipv4')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, exist: null });
// @ts-expect-error: not a value of timeout
target('ipv4')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, timeout: null });
// @ts-expect-error: not a value of mapSet
target('ipv4')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, mapSet: null });
// @ts-expect-error: not a value of mapMark
target('ipv4')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, mapMark: null });
// @ts-expect-error: not a value of mapPrio
target('ipv4')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, mapPrio: null });
// @ts-expect-error: not a value of mapQueue
target('ipv4')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, mapQueue: null });
target('ipv6')('SET', {"addSet":{"setname":"seen","flags":["src"]},"exist":true});
// @ts-expect-error: no such option
target('ipv6')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of addSet
target('ipv6')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, addSet: null });
// @ts-expect-error: not a value of delSet
target('ipv6')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, delSet: null });
// @ts-expect-error: not a value of exist
target('ipv6')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, exist: null });
// @ts-expect-error: not a value of timeout
target('ipv6')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, timeout: null });
// @ts-expect-error: not a value of mapSet
target('ipv6')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, mapSet: null });
// @ts-expect-error: not a value of mapMark
target('ipv6')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, mapMark: null });
// @ts-expect-error: not a value of mapPrio
target('ipv6')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, mapPrio: null });
// @ts-expect-error: not a value of mapQueue
target('ipv6')('SET', { ...{"addSet":{"setname":"seen","flags":["src"]},"exist":true}, mapQueue: null });
target('ipv4')('SNAT', {"toSource":"192.0.2.1-192.0.2.9"});
// @ts-expect-error: no such option
target('ipv4')('SNAT', { ...{"toSource":"192.0.2.1-192.0.2.9"}, noSuchOption: 1 });
// @ts-expect-error: not a value of toSource
target('ipv4')('SNAT', { ...{"toSource":"192.0.2.1-192.0.2.9"}, toSource: null });
// @ts-expect-error: not a value of random
target('ipv4')('SNAT', { ...{"toSource":"192.0.2.1-192.0.2.9"}, random: null });
// @ts-expect-error: not a value of randomFully
target('ipv4')('SNAT', { ...{"toSource":"192.0.2.1-192.0.2.9"}, randomFully: null });
// @ts-expect-error: not a value of persistent
target('ipv4')('SNAT', { ...{"toSource":"192.0.2.1-192.0.2.9"}, persistent: null });
target('ipv6')('SNAT', {"toSource":"2001:db8::1"});
// @ts-expect-error: no such option
target('ipv6')('SNAT', { ...{"toSource":"2001:db8::1"}, noSuchOption: 1 });
// @ts-expect-error: not a value of toSource
target('ipv6')('SNAT', { ...{"toSource":"2001:db8::1"}, toSource: null });
// @ts-expect-error: not a value of random
target('ipv6')('SNAT', { ...{"toSource":"2001:db8::1"}, random: null });
// @ts-expect-error: not a value of randomFully
target('ipv6')('SNAT', { ...{"toSource":"2001:db8::1"}, randomFully: null });
// @ts-expect-error: not a value of persistent
target('ipv6')('SNAT', { ...{"toSource":"2001:db8::1"}, persistent: null });
target('ipv6')('SNPT', {"srcPfx":"fd00:1::/48","dstPfx":"2001:db8:1::/48"});
// @ts-expect-error: no such option
target('ipv6')('SNPT', { ...{"srcPfx":"fd00:1::/48","dstPfx":"2001:db8:1::/48"}, noSuchOption: 1 });
// @ts-expect-error: not a value of srcPfx
target('ipv6')('SNPT', { ...{"srcPfx":"fd00:1::/48","dstPfx":"2001:db8:1::/48"}, srcPfx: null });
// @ts-expect-error: not a value of dstPfx
target('ipv6')('SNPT', { ...{"srcPfx":"fd00:1::/48","dstPfx":"2001:db8:1::/48"}, dstPfx: null });
// @ts-expect-error: not in ipv4
target('ipv4')('SNPT', {});
target('ipv4')('SYNPROXY', {"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460});
// @ts-expect-error: no such option
target('ipv4')('SYNPROXY', { ...{"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460}, noSuchOption: 1 });
// @ts-expect-error: not a value of sackPerm
target('ipv4')('SYNPROXY', { ...{"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460}, sackPerm: null });
// @ts-expect-error: not a value of timestamp
target('ipv4')('SYNPROXY', { ...{"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460}, timestamp: null });
// @ts-expect-error: not a value of wscale
target('ipv4')('SYNPROXY', { ...{"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460}, wscale: null });
// @ts-expect-error: not a value of mss
target('ipv4')('SYNPROXY', { ...{"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460}, mss: null });
// @ts-expect-error: not a value of ecn
target('ipv4')('SYNPROXY', { ...{"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460}, ecn: null });
target('ipv6')('SYNPROXY', {"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460});
// @ts-expect-error: no such option
target('ipv6')('SYNPROXY', { ...{"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460}, noSuchOption: 1 });
// @ts-expect-error: not a value of sackPerm
target('ipv6')('SYNPROXY', { ...{"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460}, sackPerm: null });
// @ts-expect-error: not a value of timestamp
target('ipv6')('SYNPROXY', { ...{"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460}, timestamp: null });
// @ts-expect-error: not a value of wscale
target('ipv6')('SYNPROXY', { ...{"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460}, wscale: null });
// @ts-expect-error: not a value of mss
target('ipv6')('SYNPROXY', { ...{"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460}, mss: null });
// @ts-expect-error: not a value of ecn
target('ipv6')('SYNPROXY', { ...{"sackPerm":true,"timestamp":true,"wscale":7,"mss":1460}, ecn: null });
target('ipv4')('TCPMSS', {"clampMssToPmtu":true});
// @ts-expect-error: no such option
target('ipv4')('TCPMSS', { ...{"clampMssToPmtu":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of setMss
target('ipv4')('TCPMSS', { ...{"clampMssToPmtu":true}, setMss: null });
// @ts-expect-error: not a value of clampMssToPmtu
target('ipv4')('TCPMSS', { ...{"clampMssToPmtu":true}, clampMssToPmtu: null });
target('ipv6')('TCPMSS', {"clampMssToPmtu":true});
// @ts-expect-error: no such option
target('ipv6')('TCPMSS', { ...{"clampMssToPmtu":true}, noSuchOption: 1 });
// @ts-expect-error: not a value of setMss
target('ipv6')('TCPMSS', { ...{"clampMssToPmtu":true}, setMss: null });
// @ts-expect-error: not a value of clampMssToPmtu
target('ipv6')('TCPMSS', { ...{"clampMssToPmtu":true}, clampMssToPmtu: null });
target('ipv4')('TCPOPTSTRIP', {"stripOptions":[4,8]});
// @ts-expect-error: no such option
target('ipv4')('TCPOPTSTRIP', { ...{"stripOptions":[4,8]}, noSuchOption: 1 });
// @ts-expect-error: not a value of stripOptions
target('ipv4')('TCPOPTSTRIP', { ...{"stripOptions":[4,8]}, stripOptions: null });
target('ipv6')('TCPOPTSTRIP', {"stripOptions":[4,8]});
// @ts-expect-error: no such option
target('ipv6')('TCPOPTSTRIP', { ...{"stripOptions":[4,8]}, noSuchOption: 1 });
// @ts-expect-error: not a value of stripOptions
target('ipv6')('TCPOPTSTRIP', { ...{"stripOptions":[4,8]}, stripOptions: null });
target('ipv4')('TEE', {"gateway":"192.0.2.9"});
// @ts-expect-error: no such option
target('ipv4')('TEE', { ...{"gateway":"192.0.2.9"}, noSuchOption: 1 });
// @ts-expect-error: not a value of gateway
target('ipv4')('TEE', { ...{"gateway":"192.0.2.9"}, gateway: null });
// @ts-expect-error: not a value of oif
target('ipv4')('TEE', { ...{"gateway":"192.0.2.9"}, oif: null });
target('ipv6')('TEE', {"gateway":"2001:db8::9"});
// @ts-expect-error: no such option
target('ipv6')('TEE', { ...{"gateway":"2001:db8::9"}, noSuchOption: 1 });
// @ts-expect-error: not a value of gateway
target('ipv6')('TEE', { ...{"gateway":"2001:db8::9"}, gateway: null });
// @ts-expect-error: not a value of oif
target('ipv6')('TEE', { ...{"gateway":"2001:db8::9"}, oif: null });
target('ipv4')('TOS', {"setTos":"Minimize-Delay"});
// @ts-expect-error: no such option
target('ipv4')('TOS', { ...{"setTos":"Minimize-Delay"}, noSuchOption: 1 });
// @ts-expect-error: not a value of setTos
target('ipv4')('TOS', { ...{"setTos":"Minimize-Delay"}, setTos: null });
// @ts-expect-error: not a value of andTos
target('ipv4')('TOS', { ...{"setTos":"Minimize-Delay"}, andTos: null });
// @ts-expect-error: not a value of orTos
target('ipv4')('TOS', { ...{"setTos":"Minimize-Delay"}, orTos: null });
// @ts-expect-error: not a value of xorTos
target('ipv4')('TOS', { ...{"setTos":"Minimize-Delay"}, xorTos: null });
target('ipv6')('TOS', {"setTos":"Minimize-Delay"});
// @ts-expect-error: no such option
target('ipv6')('TOS', { ...{"setTos":"Minimize-Delay"}, noSuchOption: 1 });
// @ts-expect-error: not a value of setTos
target('ipv6')('TOS', { ...{"setTos":"Minimize-Delay"}, setTos: null });
// @ts-expect-error: not a value of andTos
target('ipv6')('TOS', { ...{"setTos":"Minimize-Delay"}, andTos: null });
// @ts-expect-error: not a value of orTos
target('ipv6')('TOS', { ...{"setTos":"Minimize-Delay"}, orTos: null });
// @ts-expect-error: not a value of xorTos
target('ipv6')('TOS', { ...{"setTos":"Minimize-Delay"}, xorTos: null });
target('ipv4')('TPROXY', {"onPort":3129,"tproxyMark":{"value":1,"mask":1}});
// @ts-expect-error: no such option
target('ipv4')('TPROXY', { ...{"onPort":3129,"tproxyMark":{"value":1,"mask":1}}, noSuchOption: 1 });
// @ts-expect-error: not a value of onPort
target('ipv4')('TPROXY', { ...{"onPort":3129,"tproxyMark":{"value":1,"mask":1}}, onPort: null });
// @ts-expect-error: not a value of onIp
target('ipv4')('TPROXY', { ...{"onPort":3129,"tproxyMark":{"value":1,"mask":1}}, onIp: null });
// @ts-expect-error: not a value of tproxyMark
target('ipv4')('TPROXY', { ...{"onPort":3129,"tproxyMark":{"value":1,"mask":1}}, tproxyMark: null });
target('ipv6')('TPROXY', {"onPort":3129,"tproxyMark":{"value":1,"mask":1}});
// @ts-expect-error: no such option
target('ipv6')('TPROXY', { ...{"onPort":3129,"tproxyMark":{"value":1,"mask":1}}, noSuchOption: 1 });
// @ts-expect-error: not a value of onPort
target('ipv6')('TPROXY', { ...{"onPort":3129,"tproxyMark":{"value":1,"mask":1}}, onPort: null });
// @ts-expect-error: not a value of onIp
target('ipv6')('TPROXY', { ...{"onPort":3129,"tproxyMark":{"value":1,"mask":1}}, onIp: null });
// @ts-expect-error: not a value of tproxyMark
target('ipv6')('TPROXY', { ...{"onPort":3129,"tproxyMark":{"value":1,"mask":1}}, tproxyMark: null });
target('ipv4')('TRACE', {});
// @ts-expect-error: no such option
target('ipv4')('TRACE', { ...{}, noSuchOption: 1 });
target('ipv6')('TRACE', {});
// @ts-expect-error: no such option
target('ipv6')('TRACE', { ...{}, noSuchOption: 1 });
target('ipv4')('TTL', {"ttlSet":64});
// @ts-expect-error: no such option
target('ipv4')('TTL', { ...{"ttlSet":64}, noSuchOption: 1 });
// @ts-expect-error: not a value of ttlSet
target('ipv4')('TTL', { ...{"ttlSet":64}, ttlSet: null });
// @ts-expect-error: not a value of ttlDec
target('ipv4')('TTL', { ...{"ttlSet":64}, ttlDec: null });
// @ts-expect-error: not a value of ttlInc
target('ipv4')('TTL', { ...{"ttlSet":64}, ttlInc: null });
// @ts-expect-error: not in ipv6
target('ipv6')('TTL', {});
target('ipv4')('ULOG', {"ulogNlgroup":2});
// @ts-expect-error: no such option
target('ipv4')('ULOG', { ...{"ulogNlgroup":2}, noSuchOption: 1 });
// @ts-expect-error: not a value of ulogPrefix
target('ipv4')('ULOG', { ...{"ulogNlgroup":2}, ulogPrefix: null });
// @ts-expect-error: not a value of ulogNlgroup
target('ipv4')('ULOG', { ...{"ulogNlgroup":2}, ulogNlgroup: null });
// @ts-expect-error: not a value of ulogCprange
target('ipv4')('ULOG', { ...{"ulogNlgroup":2}, ulogCprange: null });
// @ts-expect-error: not a value of ulogQthreshold
target('ipv4')('ULOG', { ...{"ulogNlgroup":2}, ulogQthreshold: null });
// @ts-expect-error: not in ipv6
target('ipv6')('ULOG', {});
