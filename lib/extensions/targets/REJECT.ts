import { OptionMismatch, type RuleFacts, revision, target } from '../../codec/extension';
import { choice, type Operand, phrased } from '../../codec/operand';
import { implied } from '../../codec/option';
import { struct, u32 } from '../../codec/struct';
import { alternatives, Mismatch } from '../../errors';

// <linux/netfilter_ipv4/ipt_REJECT.h>
const ipv4 = struct('ipt_reject_info', { with: u32 });
// biome-ignore format: a table
const answers = {
  'icmp-net-unreachable': 0, 'icmp-host-unreachable': 1, 'icmp-proto-unreachable': 2, 'icmp-port-unreachable': 3,
  'icmp-net-prohibited': 5, 'icmp-host-prohibited': 6, 'tcp-reset': 7, 'icmp-admin-prohibited': 8,
};
// biome-ignore format: a table
const short: Readonly<Record<string, keyof typeof answers>> = {
  'net-unreach': 'icmp-net-unreachable', 'host-unreach': 'icmp-host-unreachable', 'proto-unreach': 'icmp-proto-unreachable',
  'port-unreach': 'icmp-port-unreachable', 'net-prohib': 'icmp-net-prohibited', 'host-prohib': 'icmp-host-prohibited',
  'tcp-rst': 'tcp-reset', 'admin-prohib': 'icmp-admin-prohibited',
};

// <linux/netfilter_ipv6/ip6t_REJECT.h>
const ipv6 = struct('ip6t_reject_info', { with: u32 });
// biome-ignore format: a table
const answers6 = {
  'icmp6-no-route': 0, 'icmp6-adm-prohibited': 1, 'icmp6-addr-unreachable': 3, 'icmp6-port-unreachable': 4,
  'tcp-reset': 6, 'icmp6-policy-fail': 7, 'icmp6-reject-route': 8,
};
// biome-ignore format: a table
const short6: Readonly<Record<string, keyof typeof answers6>> = {
  'no-route': 'icmp6-no-route', 'adm-prohibited': 'icmp6-adm-prohibited', 'addr-unreach': 'icmp6-addr-unreachable',
  'port-unreach': 'icmp6-port-unreachable', 'policy-fail': 'icmp6-policy-fail', 'reject-route': 'icmp6-reject-route',
};

/** iptables takes any beginning of a name or of its short form; the first that fits, in the order of its table. */
const abbreviated = <N extends string>(
  inner: Operand<N>,
  names: Readonly<Record<N, number>>,
  aliases: Readonly<Record<string, N>>,
): Operand<N> => {
  const full = (word: unknown): N => {
    const start = typeof word === 'string' ? word.toLowerCase() : undefined;
    const found = (Object.keys(names) as N[]).find(
      (name) =>
        start !== undefined &&
        (name.startsWith(start) ||
          Object.keys(aliases).some((alias) => aliases[alias] === name && alias.startsWith(start))),
    );
    if (found === undefined) throw new Mismatch(alternatives(Object.keys(names)), word);
    return found;
  };
  return { ...inner, canonical: full, write: (m, value) => inner.write(m, full(value)), parse: ([word]) => full(word) };
};

const kernelCheck = ({ rejectWith }: { readonly rejectWith?: string }, { protocol, protocolNegated }: RuleFacts) => {
  if (rejectWith === 'tcp-reset' && (protocol !== 6 || protocolNegated))
    throw new OptionMismatch('reject-with', new Mismatch('a rule with protocol tcp for tcp-reset', rejectWith));
};
const where = { tables: ['filter'], hooks: ['INPUT', 'FORWARD', 'OUTPUT'] } as const;
const common = {
  name: 'REJECT',
  doc: 'Drops the packet and answers with an error.',
  where,
  kernelCheck,
  effect: () => () => 'REJECT',
  list: ({ rejectWith }: { readonly rejectWith?: string }) => `reject-with ${rejectWith}`,
} as const;

const badAnswer = (word: string) => `unknown reject type "${word}"`;

/** Drops an IPv4 packet and answers. */
export const REJECT = target({
  ...common,
  families: ['ipv4'],
  revisions: [
    revision(0, ipv4, {
      'reject-with': implied(
        'icmp-port-unreachable',
        phrased(abbreviated(choice(ipv4.with, answers), answers, short), badAnswer),
      ).doc('What to answer with.'),
    }),
  ],
  example: { rejectWith: 'icmp-host-prohibited' },
});

/** Drops an IPv6 packet and answers. */
export const REJECT6 = target({
  ...common,
  families: ['ipv6'],
  revisions: [
    revision(0, ipv6, {
      'reject-with': implied(
        'icmp6-port-unreachable',
        phrased(abbreviated(choice(ipv6.with, answers6), answers6, short6), badAnswer),
      ).doc('What to answer with.'),
    }),
  ],
  example: { rejectWith: 'icmp6-adm-prohibited' },
});
