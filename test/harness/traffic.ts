/** Random rulesets over few addresses, ports and interfaces, and all packets of that small world. */
import fc from 'fast-check';
import type { Packet } from '../../lib/analysis/packet';
import type { Family } from '../../lib/rule/rule';

const SOURCES = ['10.0.0.1', '10.0.1.2', '192.0.2.7'] as const;
const DESTINATIONS = ['10.0.0.1', '198.51.100.1', '198.51.100.9'] as const;
const PORTS = [22, 80, 8080] as const;

/** What sets hold. */
export const SETS = {
  nets: ['10.0.0.0/8', '10.0.1.0/24 nomatch'],
  services: ['198.51.100.9,tcp:8080', '10.0.0.1,udp:22', '198.51.100.0/30,icmp:8/0'],
  places: ['192.0.2.0/24,eth0', '10.0.0.0/8,ppp+ wildcard'],
} as const;

/** The same of the other family: each address stands for one, and ICMP's types for those that mean the same. */
export const inFamily = (text: string, family: Family): string =>
  family === 'ipv4'
    ? text
    : text
        .replace(
          /\b(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(?:(\d+)(?![\d.])|(\d+)\.(\d+)\.(\d+)\.(\d+)))?(:\d+(?:-\d+)?)?/g,
          (_, ...words: readonly string[]) => {
            const [a, b, c, d, length, e, f, g, h, port] = words;
            const address = addressOf(a!, b!, c!, d!);
            if (port !== undefined) return `${address}]${port}`;
            return `${address}${length ? `/${Number(length) + 96}` : e ? `/${addressOf(e, f!, g!, h!)}` : ''}`;
          },
        )
        // Behind ports an address, or a range of them, stands in brackets.
        .replace(/--to-destination (?=\S*\])/g, '--to-destination [')
        .replace(/-m icmp /g, '-m icmp6 ')
        .replace(/\bicmp-type\b/g, 'icmpv6-type')
        .replace(/\bicmp\b/g, 'icmpv6')
        .replace(/(?<=icmpv6-type |icmpv6:|"icmpType":")(\d+)/g, (type) => (type === '8' ? '128' : '129'));
const addressOf = (a: string, b: string, c: string, d: string) =>
  `::${(256 * Number(a) + Number(b)).toString(16)}:${(256 * Number(c) + Number(d)).toString(16)}`;

const not = (text: string) => fc.constantFrom(text, text, text, `! ${text}`);
const maybe = (...texts: readonly fc.Arbitrary<string>[]) => fc.oneof(fc.constant(''), ...texts);
const option = (name: string, ...values: readonly string[]) => maybe(...values.map((value) => not(`${name} ${value}`)));
const STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'] as const;

/** Conditions of which all is known of a packet. */
const known = (hook: string, tcp: boolean, sets: boolean): fc.Arbitrary<string> =>
  fc
    .tuple(
      option('-s', '10.0.0.0/8', '10.0.0.1', '0.0.0.7/0.0.0.255', '192.0.2.0/24'),
      option('-d', '198.51.100.0/24', '10.0.0.1', '198.51.100.9'),
      hook === 'OUTPUT' || hook === 'POSTROUTING' ? fc.constant('') : option('-i', 'eth0', 'eth+', 'lo'),
      hook === 'INPUT' || hook === 'PREROUTING' ? fc.constant('') : option('-o', 'eth1', 'eth+'),
      tcp
        ? fc.constantFrom('-p tcp', '-p tcp --dport 8080')
        : maybe(
            fc.constant('-p udp'),
            not('-p icmp'),
            fc.constant('-p icmp -m icmp --icmp-type 8'),
            not('--dport 22').map((port) => `-p tcp ${port}`),
            fc.constantFrom(80, 8080).map((port) => `-p tcp --dport ${port}`),
            not('--dports 22,79:81').map((ports) => `-p tcp -m multiport ${ports}`),
            not('--ports 22,8080').map((ports) => `-p udp -m multiport ${ports}`),
            not('--syn').map((syn) => `-p tcp ${syn}`),
            fc.constant('-p tcp --tcp-flags SYN,ACK ACK'),
            not('--sports 22,40000').map((ports) => `-p udp -m multiport ${ports}`),
          ),
      maybe(
        fc
          .subarray([...STATES], { minLength: 1 })
          .chain((states) => not(`--ctstate ${states}`).map((w) => `-m conntrack ${w}`)),
        not('--src-range 10.0.0.0-10.0.1.1').map((range) => `-m iprange ${range}`),
        not('--dst-range 10.0.0.1-198.51.100.1').map((range) => `-m iprange ${range}`),
      ),
      maybe(
        not('--mark 1').map((mark) => `-m mark ${mark}`),
        not('--mark 2/2').map((mark) => `-m mark ${mark}`),
        not('--mark 0/1').map((mark) => `-m connmark ${mark}`),
      ),
      sets
        ? maybe(
            ...['nets src', 'nets dst', 'nets src --return-nomatch', 'services dst,dst', 'places src,src'].map((set) =>
              not(`--match-set ${set}`).map((match) => `-m set ${match}`),
            ),
          )
        : fc.constant(''),
      maybe(fc.constant('-m comment --comment x')),
    )
    .map((words) => words.filter((word) => word !== '').join(' '));
/** And some that may answer otherwise each time that they are asked. */
const unknown = maybe(
  fc.constant('-m limit --limit 1/s'),
  fc.constant('-m statistic --mode random --probability 0.5'),
  fc.constant('-m recent --rcheck --name x'),
);

const TARGETS: Readonly<Record<string, readonly string[]>> = {
  raw: ['ACCEPT', 'RETURN', ''],
  mangle: [
    'ACCEPT',
    'DROP',
    'RETURN',
    'MARK --set-mark 1',
    'MARK --or-mark 2',
    'MARK --xor-mark 1',
    'CONNMARK --save-mark',
    'CONNMARK --restore-mark',
  ],
  filter: ['ACCEPT', 'DROP', 'REJECT', 'RETURN', 'LOG', ''],
};
const NAT: Readonly<Record<string, readonly string[]>> = {
  PREROUTING: ['ACCEPT', 'DNAT --to-destination 198.51.100.9', 'DNAT --to-destination 10.0.0.1:80', 'RETURN'],
  OUTPUT: [
    'ACCEPT',
    'DNAT --to-destination 198.51.100.9',
    'REDIRECT --to-ports 22',
    'DNAT --to-destination 10.0.0.1-10.0.0.4:80-81',
  ],
  POSTROUTING: ['ACCEPT', 'MASQUERADE', 'SNAT --to-source 192.0.2.7'],
  INPUT: ['ACCEPT'],
};
const HOOKS: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};

interface Asking {
  /** Whether rules may ask for what isn't known. */
  readonly free: boolean;
  /** And for SETS. */
  readonly sets: boolean;
}
const conditions = (hook: string, { free, sets }: Asking, tcp: boolean) =>
  free ? fc.tuple(known(hook, tcp, sets), unknown).map((words) => words.join(' ').trim()) : known(hook, tcp, sets);
/** A table's lines; user chains A and B may be called, B from A too. */
function table(name: string, asking: Asking): fc.Arbitrary<string> {
  const rulesOf = (chain: string, hook: string, most: number, calls: readonly string[]) =>
    fc
      .array(
        fc.tuple(
          conditions(hook, asking, name === 'nat'),
          fc.oneof(
            {
              weight: 3,
              arbitrary: fc
                .constantFrom(...(name === 'nat' ? NAT[hook]! : TARGETS[name]!))
                .map((t) => (t === '' ? '' : `-j ${t}`)),
            },
            ...calls.map((to) => ({ weight: 1, arbitrary: fc.constantFrom(`-j ${to}`, `-j ${to}`, `-g ${to}`) })),
          ),
        ),
        { maxLength: most },
      )
      .map((rules) => rules.map(([words, target]) => `-A ${chain} ${words} ${target}`.replace(/ +/g, ' ').trim()));
  const hooks = HOOKS[name]!;
  const calls = name === 'nat' ? [] : ['A', 'B'];
  return fc
    .tuple(
      fc.tuple(...hooks.map((hook) => rulesOf(hook, hook, name === 'filter' ? 5 : 2, calls))),
      // Called from anywhere: what only some hooks take isn't in them.
      fc.tuple(rulesOf('A', 'INPUT', 4, name === 'nat' ? [] : ['B']), rulesOf('B', 'INPUT', 4, [])),
      fc.array(fc.constantFrom('ACCEPT', 'DROP'), { minLength: hooks.length, maxLength: hooks.length }),
    )
    .map(([chains, users, policies]) =>
      [
        `*${name}`,
        ...hooks.map((hook, i) => `:${hook} ${name === 'filter' ? policies[i] : 'ACCEPT'} [0:0]`),
        ...(calls.length > 0 ? [':A - [0:0]', ':B - [0:0]', ...users.flat().filter((line) => !/ -i /.test(line))] : []),
        ...chains.flat(),
        'COMMIT',
        '',
      ].join('\n'),
    );
}

/** A save file. */
export const rulesets = (free: boolean, sets = false): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.oneof(fc.constant(''), table('raw', { free, sets })),
      fc.oneof(fc.constant(''), table('mangle', { free, sets })),
      fc.oneof(fc.constant(''), table('nat', { free, sets })),
      table('filter', { free, sets }),
    )
    .map((tables) => tables.join(''));

const WAYS = [
  { inInterface: 'eth0' },
  { inInterface: 'lo' },
  { inInterface: 'ppp0' },
  { outInterface: 'eth1' },
  { inInterface: 'eth0', outInterface: 'eth1' },
  { inInterface: 'eth1', outInterface: 'ppp0' },
] as const;

/** All packets of the small world. */
export function packets(): Packet[] {
  const all: Packet[] = [];
  for (const way of WAYS)
    for (const source of SOURCES)
      for (const destination of DESTINATIONS)
        for (const ctstate of STATES) {
          const common = { ...way, source, destination, ctstate, ...(ctstate === 'NEW' ? {} : { connmark: 0 }) };
          all.push({ ...common, protocol: 'icmp', icmpType: '8/0' }, { ...common, protocol: 'icmp', icmpType: '0/0' });
          for (const dport of PORTS)
            for (const mark of [0, 1])
              all.push(
                { ...common, protocol: 'tcp', sport: 22, dport, tcpFlags: mark ? ['ACK'] : ['SYN'], mark },
                { ...common, protocol: 'udp', sport: 40000, dport, mark },
              );
        }
  return all;
}
