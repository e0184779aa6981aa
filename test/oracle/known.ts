/** What the oracles find and we leave so, each with its reason. */
import type { Rule } from '../../lib/rule/rule';
import { isUnsaid } from '../../lib/rule/unsaid';

/** FAIL lines that only the kernel can refuse, or that iptables itself takes. */
export const ACCEPTED: Readonly<Record<string, string>> = {
  'libxt_nfacct.t:8': 'only the kernel knows which accounting objects there are',
  'libxt_recent.t:7': 'how many packets are remembered is a parameter of the module; iptables-legacy takes it too',
};

/** Lines of which 1.8.9 makes other bytes than 1.8.11, which is right. */
export const OTHERWISE: Readonly<Record<string, string>> = {
  'libxt_NFQUEUE.t:12': 'an open end was one more than there may be',
  'libxt_NFQUEUE.t:14': 'an open end was one more than there may be',
};

/** Lines of which iptables-save says another rule; what we say, iptables reads as the rule that it is. */
export const SAID_BETTER: Readonly<Record<string, string>> = {
  'libxt_ipcomp.t:4': 'the range of all is not printed, and -m ipcomp alone is read as index 0',
};

/** OK lines that iptables-legacy refuses by itself, whatever the kernel. */
export const NOT_COMPARED: Readonly<Record<string, string>> = {};

function lines(file: string, numbers: readonly number[], revision: number, why: string): Record<string, string> {
  return Object.fromEntries(numbers.map((n) => [`${file}:${n} revision ${revision}`, why]));
}
/** Lines that iptables takes for an older revision, though it can't say them there. */
export const OLDER: Readonly<Record<string, string>> = {
  'libxt_conntrack.t:32 revision 2': 'iptables writes the end of a range where only revision 3 has one',
  'libxt_conntrack.t:6 revision 1': 'UNTRACKED has no bit in its 8: iptables writes no state at all, we refuse',
  'libxt_state.t:4 revision 1': 'UNTRACKED has no bit in its 8: iptables writes no state at all, we refuse',
  ...lines('libxt_NFQUEUE.t', [19, 20], 2, 'iptables leaves --queue-cpu-fanout out without a word, we refuse'),
  ...lines('libxt_NFQUEUE.t', [18, 19, 20, 21, 22], 1, 'iptables leaves --queue-bypass out without a word, we refuse'),
  ...lines('libxt_NFQUEUE.t', [18, 22], 0, 'iptables leaves --queue-bypass out without a word, we refuse'),
  ...lines(
    'libxt_TOS.t',
    [8, 9, 10, 11, 12],
    0,
    'names stand for a value under a mask, which it has not: iptables leaves the mask out, we refuse',
  ),
  ...lines(
    'libxt_tos.t',
    [2, 3, 4, 5, 6],
    0,
    'names stand for a value under a mask, which it has not: iptables leaves the mask out, we refuse',
  ),
  ...lines('libxt_CONNMARK.t', [3, 4], 0, 'its iptables-save ends in a space'),
};

/** Options of lines that we take, though iptables looks further before the kernel is asked. */
export const TAKEN: Readonly<Record<string, string>> = {
  '--led-delay -': 'as iptables-save prints inf; iptables cannot read that',
  '--object-pinned': 'iptables opens the pinned object; so does the kernel',
};

/** Options for which no rule is generated. */
export const UNTRIED: Readonly<Record<string, string>> = {
  'bpf --object-pinned': 'a program has to be pinned there',
};

/** Whether this rule's text makes other bytes, which the kernel doesn't look at: nowhere else does it say less than the entry. */
export const lossy = ({ rule }: { readonly rule: object }): boolean => isUnsaid(rule as Rule);

/** Where we differ from iptables-nft 1.8.9: on purpose, or because its text says something else than the kernel does. */
export const NFT_KNOWN: readonly {
  readonly aspects: readonly string[];
  readonly line: RegExp;
  /** A rule in filter FORWARD of which it is true, in both families unless one is named. */
  readonly example: string;
  readonly family?: 'ipv4' | 'ipv6';
  readonly why: string;
}[] = [
  {
    aspects: ['sent', 'opaque'],
    line: /! --sport \d+ ! --dport \d+/,
    example: '-p tcp -m tcp ! --sport 1 ! --dport 2',
    why: 'it compares both as one number, which differs if one of them does',
  },
  {
    aspects: ['sent', 'text', 'entry', 'again'],
    line: /! --[sd]port (0:65535|:)( |$)/,
    example: '-p tcp -m tcp ! --dport 0:65535',
    why: 'it leaves out what never matches, and so matches everything',
  },
  {
    aspects: ['sent', 'entry', 'again'],
    line: /! --tcp-flags NONE/,
    example: '-p tcp -m tcp --sport 5 ! --tcp-flags NONE NONE',
    why: 'the same',
  },
  {
    aspects: ['sent', 'entry'],
    line: /-[io] \+/,
    example: '-i + -p tcp',
    why: 'it loads the name of the interface and compares it with nothing; the kernel gives back no more',
  },
  {
    aspects: ['entry', 'again'],
    line: /! --[sd]port 0?:\d+/,
    example: '-p tcp -m tcp ! --dport :80',
    why: 'it is written as "more than", and read, by iptables-nft too, as the ports from the next one on',
  },
  {
    aspects: ['sent', 'again'],
    line: /-m statistic/,
    example: '-m statistic --mode nth ! --every 5 --packet 2',
    why: 'it leaves in a member what has a meaning in the other mode alone',
  },
  {
    aspects: ['entry'],
    line: /--nflog-range/,
    example: '-j NFLOG --nflog-range 1',
    why: 'it has never had an effect, and no expression says it',
  },
  {
    aspects: ['sent', 'opaque'],
    line: /--nflog-prefix x{64}/,
    example: `-j NFLOG --nflog-prefix ${'x'.repeat(64)}`,
    why: 'the expression has room for a prefix of 127 bytes, the struct of 63',
  },
  {
    aspects: ['entry', 'again'],
    line: /-j CT .*--timeout/,
    example: '',
    why: 'the kernel gives back four characters of the name, to iptables-nft too',
  },
  {
    aspects: ['entry'],
    line: /-p all/,
    example: '',
    why: "IPv6's entry keeps that it was said, though it says nothing",
  },
  {
    aspects: ['sent', 'entry', 'again'],
    line: /--queue-balance \d+:( |$)/,
    example: '-j NFQUEUE --queue-balance 4:',
    why: 'from 1.8.11 on the range without an end is one queue shorter',
  },
  {
    aspects: ['entry', 'again'],
    line: /--hashlimit-htable-(size|max)/,
    example: '-m hashlimit --hashlimit-above 1/sec --hashlimit-name n --hashlimit-htable-size 4294967295',
    why: 'the kernel keeps the size that it has taken instead',
  },
  {
    aspects: ['text'],
    line: / -p \d+( |$)/,
    example: '-p 41',
    why: 'from 1.8.11 on a protocol has a name only if that is known everywhere',
  },
  {
    aspects: ['sent', 'entry', 'again'],
    line: /-c \d+[, ]\d+/,
    example: '-c 2 3 -j ACCEPT',
    family: 'ipv6',
    why: 'it forgets counters of IPv6 rules',
  },
];
