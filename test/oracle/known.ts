/** What the oracles find and we leave so, each with its reason. */

/** FAIL lines that only the kernel can refuse, or that iptables itself takes. */
export const ACCEPTED: Readonly<Record<string, string>> = {};

/** OK lines that iptables-legacy refuses by itself, whatever the kernel. */
export const NOT_COMPARED: Readonly<Record<string, string>> = {};
