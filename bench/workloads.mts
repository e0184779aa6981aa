/**
 * Rules as people have them, in iptables-save's own text: what varies there (addresses, ports, marks, comments) varies here,
 * so that nothing is fast only because it is the same in all.
 */

import { words } from './values.mjs';

export interface Workload {
  readonly table: 'filter' | 'nat' | 'mangle';
  /** Its chains and so many rules, or the nearest that its shape allows. */
  readonly text: (count: number) => string;
}

/** Repeatable: the same numbers in each run (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const BUILTIN = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
} as const;

function file(table: Workload['table'], chains: readonly string[], rules: readonly string[]): string {
  const declared = [
    ...BUILTIN[table].map((chain) => `:${chain} ACCEPT [0:0]`),
    ...[...chains].sort().map((chain) => `:${chain} - [0:0]`),
  ];
  return `*${table}\n${declared.join('\n')}\n${rules.join('\n')}\nCOMMIT\n`;
}
const list = <T,>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
/** Rule i of a table that has nothing but such rules. */
const each = (table: Workload['table'], rule: (i: number) => string): Workload => ({
  table,
  text: (count) => file(table, [], list(count, rule)),
});

const ten = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
const port = (i: number) => 1 + ((Math.imul(i, 40503) & 0xffff) % 65535);
const HASH = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const hash = (i: number) => list(16, (n) => HASH[(Math.imul(i + 1, 0x9e3779b1 + 2 * n) >>> (n + 7)) & 31]).join('');

const banned = (i: number, dport: number) =>
  `-A INPUT -s ${ten(i)}/32 -p tcp -m tcp --dport ${dport} -m conntrack --ctstate NEW -m comment --comment "rule ${i}" -j DROP`;

/** kube-proxy: 15 rules a service of three endpoints, in chains named by hashes. */
function kubernetes(count: number): string {
  const services = Math.max(1, Math.round(count / 15.5));
  const chains = ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ'];
  const top = [
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
    '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
  ];
  const rules: string[] = [];
  const heads: string[] = [];
  for (let i = 0; i < services; i++) {
    const [name, svc, dport] = [`default/service-${i}:http`, `KUBE-SVC-${hash(i)}`, port(i)];
    const cluster = `10.96.${(i >> 8) & 255}.${i & 255}`;
    chains.push(svc);
    heads.push(
      `-A KUBE-SERVICES -d ${cluster}/32 -p tcp -m comment --comment "${name} cluster IP" -m tcp --dport ${dport} -j ${svc}`,
      `-A KUBE-NODEPORTS -p tcp -m comment --comment "${name}" -m tcp --dport ${30000 + (i % 2768)} -j ${svc}`,
    );
    rules.push(
      `-A ${svc} ! -s 10.244.0.0/16 -d ${cluster}/32 -p tcp -m comment --comment "${name} cluster IP" -m tcp --dport ${dport} -j KUBE-MARK-MASQ`,
    );
    for (let e = 0; e < 3; e++) {
      const sep = `KUBE-SEP-${hash(3 * i + e + 1_000_000)}`;
      const pod = `10.244.${(i >> 4) & 255}.${1 + ((3 * i + e) % 254)}`;
      const nth =
        e === 2 ? '' : ` -m statistic --mode random --probability ${e === 0 ? '0.33333333349' : '0.50000000000'}`;
      chains.push(sep);
      rules.push(
        `-A ${svc} -m comment --comment "${name} -> ${pod}:8080"${nth} -j ${sep}`,
        `-A ${sep} -s ${pod}/32 -m comment --comment "${name}" -j KUBE-MARK-MASQ`,
        `-A ${sep} -p tcp -m comment --comment "${name}" -m tcp -j DNAT --to-destination ${pod}:8080`,
      );
    }
  }
  heads.push(
    '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
  );
  return file('nat', chains, [...top, ...heads, ...rules]);
}

/**
 * What kube-proxy gives iptables-restore --noflush --counters when 20 of its services have changed: the chains that lead to
 * all of them, and those of the 20, whose endpoints have another port each `turn`.
 */
export function kubernetesCycle(count: number, turn: number): string {
  const services = Math.max(1, Math.round(count / 15.5));
  const changed = list(Math.min(20, services), (n) => Math.floor((n * services) / 20));
  const chains = new Set([
    'KUBE-SERVICES',
    'KUBE-NODEPORTS',
    ...changed.map((i) => `KUBE-SVC-${hash(i)}`),
    ...changed.flatMap((i) => list(3, (e) => `KUBE-SEP-${hash(3 * i + e + 1_000_000)}`)),
  ]);
  const rules = kubernetes(count)
    .split('\n')
    .filter((line) => chains.has(/^-A (\S+)/.exec(line)?.[1] ?? ''))
    .map((line) => line.replace(/:8080/g, `:${8000 + (turn % 1000)}`));
  return `*nat\n${[...chains].map((chain) => `:${chain} - [0:0]`).join('\n')}\n${rules.join('\n')}\nCOMMIT\n`;
}

/** Published ports of containers in 16 networks: a DNAT and what lets a container reach itself. */
function docker(count: number): string {
  const rules = [
    '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
    '-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER',
    ...list(16, (n) => `-A POSTROUTING -s 172.${17 + n}.0.0/16 ! -o br-${n} -j MASQUERADE`),
  ];
  for (let i = 0; rules.length < count; i++) {
    const [network, container] = [i & 15, `172.${17 + (i & 15)}.${(i >> 12) & 255}.${2 + ((i >> 4) % 250)}`];
    const protocol = i % 5 === 0 ? 'udp' : 'tcp';
    const to = port(i * 3 + 1);
    rules.push(
      `-A POSTROUTING -s ${container}/32 -d ${container}/32 -p ${protocol} -m ${protocol} --dport ${to} -j MASQUERADE`,
      `-A DOCKER ! -i br-${network} -p ${protocol} -m ${protocol} --dport ${port(i)} -j DNAT --to-destination ${container}:${to}`,
    );
  }
  return file('nat', ['DOCKER'], rules);
}

/** fail2ban: a chain a jail, an address a rule, each found by its jail's ports. */
function fail2ban(count: number): string {
  const jails = ['sshd', 'postfix-sasl', 'nginx-http-auth', 'dovecot', 'recidive'];
  const ports = ['22', '25,465,587', '80,443', '110,995,143,993', '0:65535'];
  const draw = random(1);
  const rules = jails.map((jail, n) =>
    jail === 'recidive'
      ? `-A INPUT -p tcp -j f2b-${jail}`
      : `-A INPUT -p tcp -m multiport --dports ${ports[n]} -j f2b-${jail}`,
  );
  for (let i = 0; rules.length < count - jails.length; i++) {
    const address = `${1 + draw(222)}.${draw(256)}.${draw(256)}.${1 + draw(254)}`;
    rules.push(`-A f2b-${jails[i % jails.length]} -s ${address}/32 -j REJECT --reject-with icmp-port-unreachable`);
  }
  const by = (jail: string) => rules.filter((rule) => rule.startsWith(`-A f2b-${jail} `));
  return file(
    'filter',
    jails.map((jail) => `f2b-${jail}`),
    [...rules.slice(0, jails.length), ...jails.flatMap((jail) => [...by(jail), `-A f2b-${jail} -j RETURN`])],
  );
}

/** ufw: a rule of an administrator's is one or two, with the application or the address named. */
function ufw(count: number): string {
  const chains = [
    'ufw-before-input',
    'ufw-user-input',
    'ufw-user-limit',
    'ufw-user-limit-accept',
    'ufw-after-logging-input',
  ];
  const rules = [
    '-A INPUT -j ufw-before-input',
    '-A INPUT -j ufw-after-logging-input',
    '-A ufw-before-input -i lo -j ACCEPT',
    '-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-A ufw-before-input -m conntrack --ctstate INVALID -j DROP',
    '-A ufw-before-input -p icmp -m icmp --icmp-type 3 -j ACCEPT',
    '-A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT',
    '-A ufw-before-input -p udp -m udp --sport 67 --dport 68 -j ACCEPT',
    '-A ufw-before-input -j ufw-user-input',
    '-A ufw-after-logging-input -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "',
    '-A ufw-user-limit -m limit --limit 3/min -j LOG --log-prefix "[UFW LIMIT BLOCK] "',
    '-A ufw-user-limit -j REJECT --reject-with icmp-port-unreachable',
    '-A ufw-user-limit-accept -j ACCEPT',
  ];
  const draw = random(2);
  while (rules.length < count) {
    const [from, to] = [`${1 + draw(222)}.${draw(256)}.${draw(256)}.0/24`, port(draw(1 << 20))];
    const kind = draw(4);
    if (kind === 0)
      rules.push(
        `-A ufw-user-input -p tcp -m tcp --dport ${to} -j ACCEPT`,
        `-A ufw-user-input -p udp -m udp --dport ${to} -j ACCEPT`,
      );
    else if (kind === 1) rules.push(`-A ufw-user-input -s ${from} -p tcp -m tcp --dport ${to} -j ACCEPT`);
    else if (kind === 2)
      rules.push(
        `-A ufw-user-input -s ${from} -p tcp -m multiport --dports ${to},${1 + draw(65535)} -m comment --comment "\\'dapp_App%20${draw(5000)}\\'" -j ACCEPT`,
      );
    else
      rules.push(
        `-A ufw-user-input -p tcp -m tcp --dport ${to} -m conntrack --ctstate NEW -m recent --set --name DEFAULT --mask 255.255.255.255 --rsource`,
        `-A ufw-user-input -p tcp -m tcp --dport ${to} -m conntrack --ctstate NEW -m recent --update --seconds 30 --hitcount 6 --name DEFAULT --mask 255.255.255.255 --rsource -j ufw-user-limit`,
        `-A ufw-user-input -p tcp -m tcp --dport ${to} -j ufw-user-limit-accept`,
      );
  }
  return file('filter', chains, rules);
}

/** calico: two chains a workload, marks and comments on every rule, gotos. */
function calico(count: number): string {
  const chains = ['cali-from-wl-dispatch', 'cali-to-wl-dispatch'];
  const [dispatch, rules]: [string[], string[]] = [[], []];
  for (let i = 0; dispatch.length + rules.length < count; i++) {
    const name = `cali${hash(i).slice(0, 11).toLowerCase()}`;
    const note = (n: number) => `-m comment --comment "cali:${hash(16 * i + n)}"`;
    for (const [way, interfaceOption] of [
      ['fw', '-i'],
      ['tw', '-o'],
    ] as const) {
      const chain = `cali-${way}-${name}`;
      chains.push(chain);
      dispatch.push(
        `-A cali-${way === 'fw' ? 'from' : 'to'}-wl-dispatch ${interfaceOption} ${name} ${note(0)} -g ${chain}`,
      );
      rules.push(
        `-A ${chain} ${note(1)} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
        `-A ${chain} ${note(2)} -m conntrack --ctstate INVALID -j DROP`,
        `-A ${chain} ${note(3)} -j MARK --set-xmark 0x0/0x10000`,
        `-A ${chain} -p udp ${note(4)} -m multiport --dports 4789,${port(i)} -j DROP`,
        `-A ${chain} -s 10.${(i >> 8) & 255}.${i & 255}.0/26 -p tcp ${note(5)} -m multiport --dports ${port(i)},${1 + (port(i + 7) >> 1)}:${32768 + (port(i) >> 1)} -j MARK --set-xmark 0x10000/0x10000`,
        `-A ${chain} ${note(6)} -m mark --mark 0x10000/0x10000 -j RETURN`,
        `-A ${chain} ${note(7)} -j DROP`,
      );
    }
  }
  return file('filter', chains, [...dispatch.sort(), ...rules]);
}

/** A country's networks: nothing but -s and DROP. */
function country(count: number): string {
  const draw = random(3);
  return file(
    'filter',
    ['country'],
    [
      '-A INPUT -j country',
      ...list(count - 1, () => {
        const bits = 8 + draw(17);
        const network = ((draw(0x40000000) * 4) & (-1 << (32 - bits))) >>> 0;
        const dotted = [24, 16, 8, 0].map((shift) => (network >>> shift) & 255).join('.');
        return `-A country -s ${dotted}/${bits} -j DROP`;
      }),
    ],
  );
}

/** Matches and targets about as often as public rulesets have them. */
function mixture(count: number): string {
  const draw = random(4);
  const pick = <T,>(weighted: readonly (readonly [number, T])[]): T => {
    let at = draw(weighted.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, one] of weighted) {
      at -= weight;
      if (at < 0) return one;
    }
    throw new Error('No weight');
  };
  const address = () => `${1 + draw(222)}.${draw(256)}.${draw(256)}.${draw(256)}/32`;
  const ports = () => (draw(6) === 0 ? `${1 + draw(30000)}:${30001 + draw(35000)}` : `${1 + draw(65535)}`);
  const not = () => (draw(8) === 0 ? '! ' : '');
  const hex = (bits: number) => `0x${(1 + draw(2 ** bits - 1)).toString(16)}`;
  const protocols: readonly (readonly [number, () => string])[] = [
    [289, () => ` -p tcp -m tcp${draw(3) === 0 ? ` ${not()}--sport ${ports()}` : ''} ${not()}--dport ${ports()}`],
    [20, () => ' -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN'],
    [186, () => ` -p udp -m udp ${not()}--dport ${ports()}`],
    [82, () => ` -p tcp -m multiport --dports ${list(2 + draw(6), () => 1 + draw(65535)).join(',')}`],
    [99, () => ` -p icmp -m icmp --icmp-type ${[0, 3, 8, 11][draw(4)]}`],
    [120, () => ''],
  ];
  const matches: readonly (readonly [number, () => string])[] = [
    [161, () => ` -m conntrack ${not()}--ctstate ${['NEW', 'RELATED,ESTABLISHED', 'INVALID', 'INVALID,NEW'][draw(4)]}`],
    [149, () => ` -m state --state ${['NEW', 'RELATED,ESTABLISHED', 'INVALID'][draw(3)]}`],
    [100, () => ` -m limit --limit ${1 + draw(59)}/min${draw(2) ? ` --limit-burst ${6 + draw(90)}` : ''}`],
    [54, () => ` -m addrtype --dst-type ${['LOCAL', 'BROADCAST', 'MULTICAST'][draw(3)]}`],
    [120, () => ` -m comment --comment "rule ${draw(1 << 20)}"`],
    [40, () => ` -m recent --set --name list${draw(50)} --mask 255.255.255.255 --rsource`],
    [28, () => ` -m mark ${not()}--mark ${hex(24)}`],
    [17, () => ` -m connmark --mark ${hex(16)}/${hex(16)}`],
    [16, () => ` -m connlimit --connlimit-above ${1 + draw(200)} --connlimit-mask 32 --connlimit-saddr`],
    [
      14,
      () =>
        ` -m mac --mac-source 00:16:3E:${list(3, () => draw(256).toString(16).toUpperCase().padStart(2, '0')).join(':')}`,
    ],
    [10, () => ` -m string --string "bad${draw(10000)}" --algo bm`],
    [
      8,
      () =>
        ` -m hashlimit --hashlimit-upto ${1 + draw(59)}/min --hashlimit-burst ${1 + draw(20)} --hashlimit-mode srcip --hashlimit-name hl${draw(20)}`,
    ],
    [8, () => ` -m length --length ${40 + draw(500)}:${600 + draw(900)}`],
    [7, () => ` -m iprange --src-range 10.${draw(256)}.0.1-10.255.0.${1 + draw(254)}`],
    [7, () => ` -m pkttype --pkt-type ${['multicast', 'broadcast'][draw(2)]}`],
    [4, () => ` -m statistic --mode random --probability 0.${10 + draw(80)}000000000`],
    [4, () => ` -m time --timestart ${10 + draw(10)}:00:00 --timestop ${20 + draw(3)}:30:00`],
    [4, () => ` -m dscp --dscp 0x${(1 + draw(63)).toString(16).padStart(2, '0')}`],
    [4, () => ` -m ttl --ttl-gt ${1 + draw(254)}`],
    [500, () => ''],
  ];
  const targets: readonly (readonly [number, (protocol: string) => string])[] = [
    [600, () => ' -j ACCEPT'],
    [400, () => ' -j DROP'],
    [
      144,
      (protocol) =>
        ` -j REJECT --reject-with ${protocol.startsWith(' -p tcp') && draw(2) ? 'tcp-reset' : ['icmp-port-unreachable', 'icmp-host-prohibited'][draw(2)]}`,
    ],
    [97, () => ` -j LOG --log-prefix "drop ${draw(1000)}: "${draw(2) ? ` --log-level ${draw(4)}` : ''}`],
    [60, () => ' -j RETURN'],
    [212, () => ` -j group-${draw(100)}`],
    [10, () => ` -j NFLOG --nflog-prefix "n${draw(1000)}" --nflog-group ${1 + draw(100)}`],
    [44, () => ''],
  ];
  const rule = (chain: string, jumps: boolean) => {
    const from = draw(3) === 0 ? `${draw(9) === 0 ? ' !' : ''} -s ${address()}` : '';
    const to = draw(4) === 0 ? ` -d ${address()}` : '';
    const on = draw(3) === 0 && chain === 'INPUT' ? ` -i eth${draw(4)}` : '';
    const protocol = pick(protocols)();
    const target = pick(jumps ? targets : targets.slice(0, 5));
    return `-A ${chain}${from}${to}${on}${protocol}${pick(matches)()}${pick(matches)()}${target(protocol)}`;
  };
  return file(
    'filter',
    list(100, (n) => `group-${n}`),
    [
      ...list(count >> 1, () => rule('INPUT', true)),
      ...list(count >> 1, (i) => rule(`group-${Math.floor((i * 100) / (count >> 1))}`, false)),
    ],
  );
}

function values(count: number): string {
  const all = words(random(5));
  return file(
    'mangle',
    [],
    list(count, (i) => `-A FORWARD ${all[i % all.length]!()}`),
  );
}

export const workloads = {
  'one port': each('filter', (i) => banned(i, 22)),
  'a port each': each('filter', (i) => banned(i, port(i))),
  DNAT: each(
    'nat',
    (i) =>
      `-A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport ${port(i)} -j DNAT --to-destination ${ten(i)}:${port(i + 9)}`,
  ),
  SNAT: each(
    'nat',
    (i) =>
      `-A POSTROUTING -s ${ten(i)}/32 -o eth0 -p tcp -j SNAT --to-source 198.51.${(i >> 8) & 255}.${i & 255}:${1024 + (i % 60000)}-65535`,
  ),
  'kube-proxy': { table: 'nat', text: kubernetes },
  Docker: { table: 'nat', text: docker },
  fail2ban: { table: 'filter', text: fail2ban },
  ufw: { table: 'filter', text: ufw },
  calico: { table: 'filter', text: calico },
  country: { table: 'filter', text: country },
  mixture: { table: 'filter', text: mixture },
  values: { table: 'mangle', text: values },
} satisfies Record<string, Workload>;
export type WorkloadName = keyof typeof workloads;
