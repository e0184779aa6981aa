// Written by scripts/generate-docs.
// biome-ignore-all format: generated
// biome-ignore-all lint: generated
import { expandRule, formatRule, metricsText, parseRule } from '../../lib';
import { apply, bogons, connectionLimit, icmpRate, logDrops, plan, portFlood, portKnocking, portScan, smtpOut, synFlood, watch } from '../../lib/policy';
import type { ExampleContext } from '../harness/example';

/** The examples of doc comments, by the names of what they are of, and what they say comes of them. */
export const examples: readonly (readonly [name: string, run: (context: ExampleContext) => Promise<unknown>, code: string])[] = [
  ["apply", async ({ firewall, filter }) => {
await apply(firewall, { filter: { web: { rules: ['-s 192.0.2.1 -j DROP'] }, INPUT: { rules: ['-j web'] } } }, {
  own: { chains: 'web', place: 'first' },
});
// -N web
// -A web -s 192.0.2.1/32 -j DROP
// -I INPUT 1 -j web
  }, "await apply(firewall, { filter: { web: { rules: ['-s 192.0.2.1 -j DROP'] }, INPUT: { rules: ['-j web'] } } }, {\n  own: { chains: 'web', place: 'first' },\n});\n// -N web\n// -A web -s 192.0.2.1/32 -j DROP\n// -I INPUT 1 -j web"],
  ["apply", async ({ firewall, desired }) => {
// The old rules come back unless confirm() is called within 30 seconds, whatever becomes of this process.
const change = await apply(firewall, desired, { guard: { confirmWithin: 30_000 } });
await change.confirm();
  }, "// The old rules come back unless confirm() is called within 30 seconds, whatever becomes of this process.\nconst change = await apply(firewall, desired, { guard: { confirmWithin: 30_000 } });\nawait change.confirm();"],
  ["Plan.changes", async ({ changes }) => {
for (const { edit, chain } of changes.changes) console.log(edit, chain)
  }, "for (const { edit, chain } of changes.changes) console.log(edit, chain)"],
  ["Plan.empty", async ({ changes }) => {
if (changes.empty) console.log('all is well')
  }, "if (changes.empty) console.log('all is well')"],
  ["Plan.leftAlone", async ({ changes }) => {
for (const { chain, rules } of changes.leftAlone) console.log(chain, rules)
  }, "for (const { chain, rules } of changes.leftAlone) console.log(chain, rules)"],
  ["Plan.apply", async ({ changes }) => {
if (!changes.empty) await changes.apply({ wait: 5000 })
  }, "if (!changes.empty) await changes.apply({ wait: 5000 })"],
  ["Plan.toString", async ({ filter, changes }) => {
changes.toString()
// *filter
//  -A INPUT -i lo -j ACCEPT
// +-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
  }, "changes.toString()\n// *filter\n//  -A INPUT -i lo -j ACCEPT\n// +-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"],
  ["Plan.toJSON", async ({ changes }) => {
JSON.stringify(changes, null, 2)
  }, "JSON.stringify(changes, null, 2)"],
  ["plan", async ({ firewall, filter }) => {
const changes = await plan(firewall, {
  filter: { INPUT: { policy: 'DROP', rules: ['-i lo -j ACCEPT', { source: ['192.0.2.1', '192.0.2.2'], target: 'ACCEPT' }] } },
});
console.log(`${changes}`);
  }, "const changes = await plan(firewall, {\n  filter: { INPUT: { policy: 'DROP', rules: ['-i lo -j ACCEPT', { source: ['192.0.2.1', '192.0.2.2'], target: 'ACCEPT' }] } },\n});\nconsole.log(`${changes}`);"],
  ["bogons", async () => {
bogons({ inInterface: 'eth0' });
// -A INPUT -s 10.0.0.0/8 -i eth0 -j DROP …
  }, "bogons({ inInterface: 'eth0' });\n// -A INPUT -s 10.0.0.0/8 -i eth0 -j DROP …"],
  ["connectionLimit", async () => {
connectionLimit({ ports: [80], most: 20 });
// -A INPUT -p tcp -m tcp --dport 80 -m conntrack --ctstate NEW -m connlimit --connlimit-above 20 --connlimit-mask 32 --connlimit-saddr -j DROP
  }, "connectionLimit({ ports: [80], most: 20 });\n// -A INPUT -p tcp -m tcp --dport 80 -m conntrack --ctstate NEW -m connlimit --connlimit-above 20 --connlimit-mask 32 --connlimit-saddr -j DROP"],
  ["portFlood", async () => {
portFlood({ ports: [22], rate: '6/min' });
// -A INPUT -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m hashlimit --hashlimit-above 6/min … -j DROP
  }, "portFlood({ ports: [22], rate: '6/min' });\n// -A INPUT -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m hashlimit --hashlimit-above 6/min … -j DROP"],
  ["synFlood", async () => {
synFlood({ rate: '25/sec', burst: 100 });
// -A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m hashlimit --hashlimit-above 25/sec --hashlimit-burst 100 … -j DROP
  }, "synFlood({ rate: '25/sec', burst: 100 });\n// -A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m hashlimit --hashlimit-above 25/sec --hashlimit-burst 100 … -j DROP"],
  ["icmpRate", async () => {
icmpRate({ rate: '5/sec' });
// -A INPUT -p icmp -m icmp --icmp-type 8 -m hashlimit --hashlimit-above 5/sec --hashlimit-burst 10 … -j DROP
  }, "icmpRate({ rate: '5/sec' });\n// -A INPUT -p icmp -m icmp --icmp-type 8 -m hashlimit --hashlimit-above 5/sec --hashlimit-burst 10 … -j DROP"],
  ["logDrops", async () => {
logDrops({ prefix: 'dropped: ' });
// -A INPUT -m hashlimit --hashlimit-upto 6/min --hashlimit-burst 3 … -j LOG --log-prefix "dropped: "
// -A INPUT -j DROP
  }, "logDrops({ prefix: 'dropped: ' });\n// -A INPUT -m hashlimit --hashlimit-upto 6/min --hashlimit-burst 3 … -j LOG --log-prefix \"dropped: \"\n// -A INPUT -j DROP"],
  ["portKnocking", async () => {
portKnocking({ port: 22, knocks: [7000, 8000] });
// -A INPUT -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m recent --rcheck --seconds 30 --name knock2 … -j ACCEPT
  }, "portKnocking({ port: 22, knocks: [7000, 8000] });\n// -A INPUT -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m recent --rcheck --seconds 30 --name knock2 … -j ACCEPT"],
  ["portScan", async () => {
portScan({ open: [22, 80, 443] });
// -A INPUT -m conntrack --ctstate NEW -m recent --rcheck --seconds 600 --name scan … -j DROP
  }, "portScan({ open: [22, 80, 443] });\n// -A INPUT -m conntrack --ctstate NEW -m recent --rcheck --seconds 600 --name scan … -j DROP"],
  ["smtpOut", async () => {
smtpOut({ users: ['root'] });
// -A OUTPUT ! -o lo -p tcp -m multiport --dports 25,465,587 -m conntrack --ctstate NEW -m owner ! --uid-owner 0 -j REJECT --reject-with tcp-reset
  }, "smtpOut({ users: ['root'] });\n// -A OUTPUT ! -o lo -p tcp -m multiport --dports 25,465,587 -m conntrack --ctstate NEW -m owner ! --uid-owner 0 -j REJECT --reject-with tcp-reset"],
  ["watch", async ({ firewall, filter }) => {
const watched = watch(firewall, { filter: { web: { rules: ['-j DROP'] } } }, { own: { chains: 'web' }, repair: true });
for await (const { plan, by, at } of watched) console.log(at, by, `${plan}`);
  }, "const watched = watch(firewall, { filter: { web: { rules: ['-j DROP'] } } }, { own: { chains: 'web' }, repair: true });\nfor await (const { plan, by, at } of watched) console.log(at, by, `${plan}`);"],
  ["watch", async ({ firewall, changes }) => {
watch(firewall, { chains: 'web-*' }).on('drift', ({ plan }) => console.log(plan.changes));
  }, "watch(firewall, { chains: 'web-*' }).on('drift', ({ plan }) => console.log(plan.changes));"],
  ["BothChain.append", async ({ both, filter }) => {
await both.both.table('filter').chain('INPUT').append('-p icmp -j ACCEPT')
  }, "await both.both.table('filter').chain('INPUT').append('-p icmp -j ACCEPT')"],
  ["BothChain.appendAll", async ({ both, filter }) => {
await both.both.table('filter').chain('INPUT').appendAll(['-s 192.0.2.1 -j DROP', '-s 2001:db8::1 -j DROP'])
  }, "await both.both.table('filter').chain('INPUT').appendAll(['-s 192.0.2.1 -j DROP', '-s 2001:db8::1 -j DROP'])"],
  ["BothChain.insert", async ({ both, filter }) => {
await both.both.table('filter').chain('INPUT').insert('-i lo -j ACCEPT', 1)
  }, "await both.both.table('filter').chain('INPUT').insert('-i lo -j ACCEPT', 1)"],
  ["BothChain.ensure", async ({ both, filter }) => {
await both.both.table('filter').chain('INPUT').ensure({ source: ['192.0.2.1', '2001:db8::1'], target: 'DROP' })
  }, "await both.both.table('filter').chain('INPUT').ensure({ source: ['192.0.2.1', '2001:db8::1'], target: 'DROP' })"],
  ["BothChain.remove", async ({ both, filter }) => {
await both.both.table('filter').chain('INPUT').remove('-s 192.0.2.1 -j DROP')
  }, "await both.both.table('filter').chain('INPUT').remove('-s 192.0.2.1 -j DROP')"],
  ["BothChain.flush", async ({ both, filter }) => {
await both.both.table('filter').chain('INPUT').flush()
  }, "await both.both.table('filter').chain('INPUT').flush()"],
  ["BothChain.setPolicy", async ({ both, filter }) => {
await both.both.table('filter').chain('INPUT').setPolicy('DROP')
  }, "await both.both.table('filter').chain('INPUT').setPolicy('DROP')"],
  ["BothTable.chain", async ({ both, filter }) => {
both.both.table('filter').chain('web')
  }, "both.both.table('filter').chain('web')"],
  ["BothTable.ensureChain", async ({ both, filter }) => {
await both.both.table('filter').ensureChain('bans', { hook: { chain: 'INPUT', position: 1 } })
  }, "await both.both.table('filter').ensureChain('bans', { hook: { chain: 'INPUT', position: 1 } })"],
  ["BothTable.dropChain", async ({ both, filter }) => {
await both.both.table('filter').dropChain('bans')
  }, "await both.both.table('filter').dropChain('bans')"],
  ["BothTable.createChain", async ({ both, filter }) => {
await both.both.table('filter').createChain('shop')
  }, "await both.both.table('filter').createChain('shop')"],
  ["BothFamilies.of", async ({ both, filter }) => {
await both.of('2001:db8::1').table('filter').chain('INPUT').append('-s 2001:db8::1 -j DROP')
  }, "await both.of('2001:db8::1').table('filter').chain('INPUT').append('-s 2001:db8::1 -j DROP')"],
  ["BothFamilies.transaction", async ({ both, filter }) => {
await both.transaction(async (tx) => {
  await tx.both.table('filter').chain('INPUT').append('-i lo -j ACCEPT');
  await tx.ipv4.table('nat').chain('POSTROUTING').append('-o eth0 -j MASQUERADE');
});
  }, "await both.transaction(async (tx) => {\n  await tx.both.table('filter').chain('INPUT').append('-i lo -j ACCEPT');\n  await tx.ipv4.table('nat').chain('POSTROUTING').append('-o eth0 -j MASQUERADE');\n});"],
  ["BothFamilies.atomic", async ({ both }) => {
console.log(both.atomic)
  }, "console.log(both.atomic)"],
  ["BothFamilies.drain", async ({ both }) => {
await both.drain()
  }, "await both.drain()"],
  ["metricsText", async ({ firewall, filter }) => {
console.log(await metricsText(firewall));
// libiptc_commits_total{family="ipv4"} 1
// libiptc_rule_packets_total{family="ipv4",table="filter",chain="INPUT",comment="ssh"} 12
  }, "console.log(await metricsText(firewall));\n// libiptc_commits_total{family=\"ipv4\"} 1\n// libiptc_rule_packets_total{family=\"ipv4\",table=\"filter\",chain=\"INPUT\",comment=\"ssh\"} 12"],
  ["parseRule", async () => {
parseRule('-p tcp --dport ssh -j ACCEPT')
// { protocol: 'tcp', match: [{ tcp: { dport: 22 } }], target: 'ACCEPT' }
  }, "parseRule('-p tcp --dport ssh -j ACCEPT')\n// { protocol: 'tcp', match: [{ tcp: { dport: 22 } }], target: 'ACCEPT' }"],
  ["expandRule", async () => {
expandRule({ source: ['192.0.2.1', '198.51.100.0/24'], target: 'DROP' }).map((rule) => formatRule(rule))
// ['-s 192.0.2.1/32 -j DROP', '-s 198.51.100.0/24 -j DROP']
  }, "expandRule({ source: ['192.0.2.1', '198.51.100.0/24'], target: 'DROP' }).map((rule) => formatRule(rule))\n// ['-s 192.0.2.1/32 -j DROP', '-s 198.51.100.0/24 -j DROP']"],
  ["formatRule", async () => {
formatRule({ protocol: 'tcp', match: [{ tcp: { dport: 22 } }], target: 'ACCEPT' })
// -p tcp -m tcp --dport 22 -j ACCEPT
  }, "formatRule({ protocol: 'tcp', match: [{ tcp: { dport: 22 } }], target: 'ACCEPT' })\n// -p tcp -m tcp --dport 22 -j ACCEPT"],
  ["Chain.append", async ({ input }) => {
await input.append({ protocol: 'tcp', match: [{ tcp: { dport: 22 } }], target: 'ACCEPT' })
// -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
  }, "await input.append({ protocol: 'tcp', match: [{ tcp: { dport: 22 } }], target: 'ACCEPT' })\n// -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"],
  ["Chain.delete", async ({ input }) => {
const { packets, bytes } = await input.delete('-s 192.0.2.1 -j DROP')
// -D INPUT -s 192.0.2.1/32 -j DROP
  }, "const { packets, bytes } = await input.delete('-s 192.0.2.1 -j DROP')\n// -D INPUT -s 192.0.2.1/32 -j DROP"],
  ["Chain.ensure", async ({ input }) => {
await input.ensure({ source: ['192.0.2.1', '192.0.2.2'], target: 'DROP' }, { position: 1 })
// -I INPUT 1 -s 192.0.2.1/32 -j DROP
// -I INPUT 2 -s 192.0.2.2/32 -j DROP
  }, "await input.ensure({ source: ['192.0.2.1', '192.0.2.2'], target: 'DROP' }, { position: 1 })\n// -I INPUT 1 -s 192.0.2.1/32 -j DROP\n// -I INPUT 2 -s 192.0.2.2/32 -j DROP"],
  ["Chain.remove", async ({ input }) => {
await input.remove('-s 192.0.2.1 -j DROP')
// -D INPUT -s 192.0.2.1/32 -j DROP
  }, "await input.remove('-s 192.0.2.1 -j DROP')\n// -D INPUT -s 192.0.2.1/32 -j DROP"],
  ["Chain.zero", async ({ input }) => {
const { rules: [first] } = await input.zero()
// -Z INPUT
  }, "const { rules: [first] } = await input.zero()\n// -Z INPUT"],
  ["TableEdits.ensureChain", async ({ filter }) => {
await filter.ensureChain('bans', { hook: { chain: 'INPUT', position: 1 } })
// -N bans
// -I INPUT 1 -j bans
  }, "await filter.ensureChain('bans', { hook: { chain: 'INPUT', position: 1 } })\n// -N bans\n// -I INPUT 1 -j bans"],
  ["TableEdits.dropChain", async ({ filter }) => {
await filter.dropChain('bans')
// -D INPUT -j bans
// -F bans
// -X bans
  }, "await filter.dropChain('bans')\n// -D INPUT -j bans\n// -F bans\n// -X bans"],
  ["TableEdits.zero", async ({ filter }) => {
for (const { chain, rules } of await filter.zero()) console.log(chain, rules)
  }, "for (const { chain, rules } of await filter.zero()) console.log(chain, rules)"],
  ["Firewall.openBoth", async ({ both, filter, Firewall }) => {
const firewall = await Firewall.openBoth();
await firewall.both.table('filter').chain('INPUT').append('-p icmp --icmp-type echo-request -j ACCEPT');
// iptables -A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT
// ip6tables -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT
  }, "const firewall = await Firewall.openBoth();\nawait firewall.both.table('filter').chain('INPUT').append('-p icmp --icmp-type echo-request -j ACCEPT');\n// iptables -A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT\n// ip6tables -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT"],
  ["Firewall.on", async ({ firewall }) => {
firewall.on('commit', ({ table, edits, timing }) => console.log(table, edits, timing.commit))
  }, "firewall.on('commit', ({ table, edits, timing }) => console.log(table, edits, timing.commit))"],
  ["Firewall.version", async ({ firewall }) => {
const version = await firewall.version();
if (await firewall.changed(version)) await firewall.save();
  }, "const version = await firewall.version();\nif (await firewall.changed(version)) await firewall.save();"],
  ["Firewall.transaction", async ({ firewall, filter }) => {
await firewall.transaction(async (tx) => {
  await tx.table('nat').chain('POSTROUTING').append('-o eth0 -j MASQUERADE');
  await tx.table('filter').chain('FORWARD').append('-o eth0 -j ACCEPT');
});
  }, "await firewall.transaction(async (tx) => {\n  await tx.table('nat').chain('POSTROUTING').append('-o eth0 -j MASQUERADE');\n  await tx.table('filter').chain('FORWARD').append('-o eth0 -j ACCEPT');\n});"],
];
