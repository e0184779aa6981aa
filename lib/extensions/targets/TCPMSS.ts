import { exactlyOne, OptionMismatch, type RuleFacts, revision, target } from '../../codec/extension';
import type { Effect } from '../../codec/meaning';
import { integer } from '../../codec/operand';
import { flagged, optional } from '../../codec/option';
import { differs, is, struct, u16 } from '../../codec/struct';
import { Mismatch } from '../../errors';

// <linux/netfilter/xt_TCPMSS.h>
const s = struct('xt_tcpmss_info', { mss: u16 });
const XT_TCPMSS_CLAMP_PMTU = 0xffff;

const isSet = differs(s.mss, XT_TCPMSS_CLAMP_PMTU);
const options = (header: number) => ({
  'set-mss': optional(isSet, integer(s.mss, 0, 65535 - header))
    .varies(undefined, isSet)
    .doc('The value of the option; a smaller one stays.'),
  'clamp-mss-to-pmtu': flagged(is(s.mss, XT_TCPMSS_CLAMP_PMTU)).doc(
    `The path's MTU less ${header + 20} bytes of headers.`,
  ),
});
type Settings = { readonly setMss?: number; readonly clampMssToPmtu?: true };
const common = {
  name: 'TCPMSS',
  doc: 'Sets the maximum segment size in the packets that open a TCP connection.',
  where: { protocols: [6] },
  constraints: [exactlyOne('set-mss', 'clamp-mss-to-pmtu')],
  looksAtMatches: true,
  kernelCheck({ clampMssToPmtu }: Settings, { match, chain }: RuleFacts) {
    if (clampMssToPmtu && (chain === 'PREROUTING' || chain === 'INPUT'))
      throw new OptionMismatch(
        'clamp-mss-to-pmtu',
        new Mismatch('chain FORWARD, OUTPUT or POSTROUTING, or a chain called from there', chain),
      );
    if (match && !match.some(selectsSyn))
      throw new Mismatch(
        'a match { tcp: { tcpFlags } } that selects SYN packets in the same rule',
        match.map(({ name }) => name),
      );
  },
  effect:
    ({ setMss }: Settings): Effect =>
    (facts) => {
      const { mss } = facts;
      if (setMss === undefined) facts.mss = undefined;
      else if (mss !== undefined && (mss === 0 || mss > setMss)) facts.mss = setMss;
      return undefined;
    },
  list: ({ setMss }: Settings) => `TCPMSS ${setMss === undefined ? 'clamp to PMTU' : `set ${setMss}`}`,
} as const;

/** The kernel insists on a match `tcp` whose flags include SYN, not negated. */
function selectsSyn({ name, settings }: { readonly name: string; readonly settings: unknown }): boolean {
  if (name !== 'tcp') return false;
  const tcp = settings as {
    readonly syn?: unknown;
    readonly tcpFlags?: { readonly comp?: readonly string[] };
  } | null;
  return tcp?.syn === true || tcp?.tcpFlags?.comp?.some((flag) => flag.toUpperCase() === 'SYN') === true;
}

/** Sets the maximum segment size of IPv4 connections. */
export const TCPMSS = target({
  ...common,
  families: ['ipv4'],
  revisions: [revision(0, s, options(20))],
  example: { clampMssToPmtu: true },
});
/** Sets the maximum segment size of IPv6 connections. */
export const TCPMSS6 = target({
  ...common,
  families: ['ipv6'],
  revisions: [revision(0, s, options(40))],
  example: { clampMssToPmtu: true },
});
