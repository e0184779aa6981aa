/** What nft_compat knows of extensions: NFNL_MSG_COMPAT_GET. */
import { constants } from 'node:os';
import { NFNL_MSG_COMPAT, NFNL_SUBSYS, NFPROTO, NFTA_COMPAT, NLM_F } from '../../netlink/constants';
import { NetlinkError, repliesIn } from '../../netlink/messages';
import { MessageWriter } from '../../netlink/writer';
import type { Family } from '../backend';

const { ENOENT, EPROTONOSUPPORT } = constants.errno;
const GET = (NFNL_SUBSYS.NFT_COMPAT << 8) | NFNL_MSG_COMPAT.GET;
/** In NFTA_COMPAT_TYPE. */
const KINDS = { match: 0, target: 1 } as const;
const FAMILIES = { ipv4: NFPROTO.IPV4, ipv6: NFPROTO.IPV6 } as const;
/** No extension has so many revisions. */
const HIGHEST = 15;

/**
 * Asks about this revision of a match or target and each newer one. (The kernel tells the newest by itself, but not if
 * an older one is of the family alone, as DNAT's is.)
 */
export function revisionRequest(family: Family, kind: 'match' | 'target', name: string, revision: number): Uint8Array {
  // Sequence numbers are revisions.
  const writer = new MessageWriter(revision, 8192);
  do {
    const asked = writer.begin(GET, NLM_F.ACK, FAMILIES[family]);
    writer.text(NFTA_COMPAT.NAME, name);
    writer.u32(NFTA_COMPAT.REV, asked);
    writer.u32(NFTA_COMPAT.TYPE, KINDS[kind]);
    writer.end();
  } while (writer.sequence <= HIGHEST);
  return writer.pieces[0]!;
}

/**
 * What the answer says: the newest revision; -1 if the kernel doesn't know the first that was asked about; undefined if
 * it knows nothing of that name (of any name, if it has no nft_compat). Throws a NetlinkError else.
 */
export function revisionIn(answer: ArrayBuffer): number | undefined {
  const [first, ...newer] = repliesIn(answer);
  if (first === undefined || first.errno === ENOENT) return undefined;
  if (first.errno === EPROTONOSUPPORT) return -1;
  if (first.errno !== 0) throw new NetlinkError(first.errno, first.words);
  return [first, ...newer].filter(({ errno }) => errno === 0).pop()!.sequence;
}
