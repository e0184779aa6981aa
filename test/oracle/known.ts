/** What the oracles find and we leave so, each with its reason. */

/** FAIL lines that only the kernel can refuse, or that iptables itself takes. */
export const ACCEPTED: Readonly<Record<string, string>> = {};

/** OK lines that iptables-legacy refuses by itself, whatever the kernel. */
export const NOT_COMPARED: Readonly<Record<string, string>> = {};

/** Lines that iptables takes for an older revision, though it can't say them there. */
export const OLDER: Readonly<Record<string, string>> = {
  'libxt_conntrack.t:6 revision 1': 'UNTRACKED has no bit in its 8: iptables writes no state at all, we refuse',
  'libxt_state.t:4 revision 1': 'UNTRACKED has no bit in its 8: iptables writes no state at all, we refuse',
};

interface Loss {
  readonly why: string;
  /** Always, if not said. */
  readonly when?: (settings: Readonly<Record<string, unknown>>) => boolean;
}
/**
 * Where iptables-save itself loses information, by extension: its text, read again, gives another rule (or is refused).
 * That the text is iptables-save's own is tested; that it says as much as the entry can't be.
 */
export const LOSSY: Readonly<Record<string, Loss>> = {
  limit: { why: 'a rate is printed in whole packets per unit' },
};
