/** The rules that pages are tried with. */

/** A small server behind which there is a network. */
export const SERVER = `*filter
:INPUT DROP [128:7680]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [5120:640000]
:services - [0:0]
:banned - [0:0]
[64:5376] -A INPUT -i lo -j ACCEPT
[48213:61234567] -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
[912:54720] -A INPUT -m comment --comment "bans" -j banned
[640:38400] -A INPUT -m comment --comment "what we offer" -j services
[12:720] -A services -s 192.0.2.0/24 -p tcp -m tcp --dport 22 -m comment --comment "ssh, from the office" -j ACCEPT
[500:30000] -A services -p tcp -m multiport --dports 80,443 -m comment --comment "web" -j ACCEPT
[0:0] -A services -p icmp -m limit --limit 5/sec -j ACCEPT
[270:16200] -A banned -s 203.0.113.0/24 -j DROP
[2:120] -A banned -s 198.51.100.7/32 -p tcp -j REJECT --reject-with tcp-reset
COMMIT
*nat
:PREROUTING ACCEPT [300:18000]
:INPUT ACCEPT [200:12000]
:OUTPUT ACCEPT [10:600]
:POSTROUTING ACCEPT [10:600]
[40:2400] -A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.2:80
[90:5400] -A POSTROUTING -s 10.0.0.0/24 ! -o docker0 -j MASQUERADE
COMMIT
`;

/** The same with what `check` finds, and a chain that no rule leads to. */
export const WRONG = SERVER.replace(
  '[0:0] -A services -p icmp',
  '[0:0] -A services -s 192.0.2.7/32 -p tcp -m tcp --dport 22 -j DROP\n[0:0] -A nobody -j DROP\n[0:0] -A services -p icmp',
).replace(':banned', ':nobody - [0:0]\n:banned');
/** The same without SSH from the office. */
export const PLANNED = SERVER.replace(/.*--dport 22 .*\n/, '');

export const HOSTILE = `*filter
:INPUT ACCEPT [0:0]
:<b>chain</b> - [0:0]
-A INPUT -m comment --comment "</script><img src=x onerror=alert(1)>" -j <b>chain</b>
-A <b>chain</b> -m comment --comment "&lt;script&gt;alert(2)&lt;/script&gt; {{7*7}} \${8*8}" -j DROP
-A <b>chain</b> -m comment --comment "</pre><img src=x onerror=alert(3)>" -j ACCEPT
COMMIT
`;

export const many = (rules: number): string =>
  `*filter\n:INPUT ACCEPT [0:0]\n:bans - [0:0]\n-A INPUT -j bans\n${Array.from(
    { length: rules },
    (_, i) =>
      `-A bans -s 10.0.${i >> 8}.${i & 255}/32 -p tcp -m tcp --dport ${(i % 60_000) + 1} -m comment --comment "ban ${i}" -j DROP\n`,
  ).join('')}COMMIT\n`;
