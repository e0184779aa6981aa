/**
 * The classic iptables tutorial for CentOS 7, as a program: every step is one call, every listing is what
 * `iptables -L -v` prints, and real connections from another host prove what the rules say.
 *
 *     npm run demo
 */
import assert from 'node:assert/strict';
import { type BuiltinChain, type Family, Firewall, IptcError } from 'libiptc';
import { Lab, type Outcome } from './lab.mjs';

const hosts = {
  ipv4: { server: '192.0.2.1', guest: '192.0.2.10', friend: '192.0.2.20', enemy: '192.0.2.30', bits: 24 },
  ipv6: { server: '2001:db8::1', guest: '2001:db8::10', friend: '2001:db8::20', enemy: '2001:db8::30', bits: 64 },
};
const withBits = (family: Family, ...names: ('server' | 'guest' | 'friend' | 'enemy')[]) =>
  names.map((name) => `${hosts[family][name]}/${hosts[family].bits}`);

const say = (text: string) => console.log(`\n\u001b[1m# ${text}\u001b[0m`);

const lab = await Lab.open({
  server: [...withBits('ipv4', 'server'), ...withBits('ipv6', 'server')],
  client: [...withBits('ipv4', 'guest', 'friend', 'enemy'), ...withBits('ipv6', 'guest', 'friend', 'enemy')],
  ports: [22, 80, 443, 8080],
});

async function expectConnections(
  family: Family,
  expected: [from: 'guest' | 'friend' | 'enemy', port: number, outcome: Outcome][],
) {
  const host = hosts[family];
  const outcomes = await Promise.all(expected.map(([from, port]) => lab.attempt(host.server, port, host[from])));
  for (const [i, [from, port, outcome]] of expected.entries()) {
    console.log(`  ${from.padEnd(6)} -> port ${String(port).padEnd(4)} ${outcomes[i]}`);
    assert.equal(outcomes[i], outcome, `${from} to port ${port}`);
  }
}

async function packets(chain: BuiltinChain<Family, 'filter'>): Promise<bigint> {
  const { counters, rules } = await chain.state();
  return rules.reduce((sum, rule) => sum + rule.counters.packets, counters.packets);
}

async function tutorial(family: Family): Promise<void> {
  const host = hosts[family];
  const command = family === 'ipv4' ? 'iptables' : 'ip6tables';
  const firewall = await Firewall.open<Family>({ family });
  const filter = firewall.table('filter');
  const input = filter.chain('INPUT');
  const list = async () => console.log((await filter.state()).listing({ verbose: true }));

  say(`${command} -P INPUT ACCEPT; ${command} -F    (nothing can lock us out from here)`);
  await input.setPolicy('ACCEPT');
  await filter.flush();
  await expectConnections(family, [
    ['guest', 22, 'open'],
    ['guest', 8080, 'open'],
  ]);

  say(`${command} -A INPUT -i lo -j ACCEPT`);
  await input.append({ inInterface: 'lo', target: 'ACCEPT' });

  say(`${command} -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`);
  await input.append({ match: [{ conntrack: { ctstate: ['RELATED', 'ESTABLISHED'] } }], target: 'ACCEPT' });

  say(`${command} -A INPUT -p tcp --dport ssh -j ACCEPT    (and 80, 443)`);
  await input.append('-p tcp --dport ssh -j ACCEPT');
  for (const dport of [80, 443]) await input.append({ protocol: 'tcp', match: [{ tcp: { dport } }], target: 'ACCEPT' });

  say(`${command} -P INPUT DROP; -P FORWARD DROP; -P OUTPUT ACCEPT`);
  await input.setPolicy('DROP');
  await filter.chain('FORWARD').setPolicy('DROP');
  await filter.chain('OUTPUT').setPolicy('ACCEPT');
  await list();
  const before = await packets(input);
  await expectConnections(family, [
    ['guest', 22, 'open'],
    ['guest', 80, 'open'],
    ['guest', 443, 'open'],
    ['guest', 8080, 'timeout'],
  ]);
  const after = await packets(input);
  console.log(`  INPUT has counted ${after - before} packets`);
  assert.ok(after > before);

  say(`${command} -A INPUT -s ${host.friend} -j ACCEPT    (a friend may do everything)`);
  await input.append({ source: host.friend, target: 'ACCEPT' });
  say(`${command} -I INPUT 1 -s ${host.enemy} -j DROP    (and one host nothing: first in the chain)`);
  await input.insert({ source: host.enemy, target: 'DROP' }, 1);
  await expectConnections(family, [
    ['friend', 8080, 'open'],
    ['enemy', 22, 'timeout'],
    ['guest', 8080, 'timeout'],
  ]);

  const prohibited = family === 'ipv4' ? 'icmp-host-prohibited' : 'icmp6-adm-prohibited';
  say(`${command} -A INPUT -j REJECT --reject-with ${prohibited}    (say no instead of nothing)`);
  await input.append(`-j REJECT --reject-with ${prohibited}`);
  await expectConnections(family, [
    ['guest', 8080, 'prohibited'],
    ['guest', 22, 'open'],
    ['enemy', 22, 'timeout'],
  ]);

  say(`${command} -R INPUT 3 -m state --state RELATED,ESTABLISHED -j ACCEPT    (the older name of the same)`);
  await input.replace(3, { match: [{ state: { state: ['RELATED', 'ESTABLISHED'] } }], target: 'ACCEPT' });
  await expectConnections(family, [
    ['guest', 22, 'open'],
    ['guest', 8080, 'prohibited'],
  ]);
  await list();

  say('A wrong rule is refused with a sentence, and nothing changes');
  const version = await filter.version(); // of the rules: packets may come meanwhile
  await assert.rejects(input.append('-p tcp --dport 70000 -j ACCEPT'), (error: IptcError) => {
    console.log(`  ${error.code}: ${error.message}`);
    return error instanceof IptcError;
  });
  assert.equal(await filter.changed(version), false);
  say(`${command}-save -t filter`);
  console.log(await filter.save());
  await firewall.close();
}

try {
  await tutorial('ipv4');
  await tutorial('ipv6');
  say('Every connection went as the rules say.');
} finally {
  lab.close();
}
