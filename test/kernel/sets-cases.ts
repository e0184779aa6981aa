/** Lines of ipset's language: sets of each type that this kernel has, and what ipset refuses. */

/** Types, options and elements as lines of ipset's. */
export const LINES = `
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
add order doors,before,stations
`
  .trim()
  .split('\n');

/** What ipset refuses, each in a set that is among those above, or none. */
export const REFUSED = `
create addresses hash:ip
create new hash:nothing
create new bitmap:ip range 10.0.0.0/8
create new bitmap:ip
create new hash:ip family inet7
create new hash:ip hashsize 5000000000
create new hash:ip timeout x
create new hash:ip timeout -1
create new hash:ip hashsize 0x1ffffffff
create new hash:ip hashsize 09
create new hash:ip bitmask 255.0.0.255 netmask 8
add addresses 10.0.0.1/-1
add addresses 10.0.0.1/24-10.0.0.9
add addresses 10.0.0.9 packets -1
add addresses 10.0.0.9 bytes 99999999999999999999999
add addresses 10.0.0.9 bytes x
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
add order lists,before
add order lists,between,order
add order masked,before,nothing
add order masked,before,lists after lists
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
