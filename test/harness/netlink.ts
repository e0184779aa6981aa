import { loadAddon, type NativeNetlink, type NativeNetlinkOptions } from '../../lib/backend/addon';
import { NFT_MSG, NFTA_CHAIN, NFTA_EXPR, NFTA_LIST, NFTA_RULE, NFTA_TABLE } from '../../lib/backend/nft/constants';
import { beginBatch, endBatch } from '../../lib/netlink/batch';
import { NETLINK, NFNL_SUBSYS, NFPROTO, NLM_F } from '../../lib/netlink/constants';
import { MessageWriter } from '../../lib/netlink/writer';

export function openNetlink(options: Omit<NativeNetlinkOptions, 'protocol'>): NativeNetlink {
  const { Netlink } = loadAddon();
  return new Netlink({ protocol: NETLINK.NETFILTER, ...options });
}

export const nft = (message: keyof typeof NFT_MSG): number => (NFNL_SUBSYS.NFTABLES << 8) | NFT_MSG[message];

/** Messages of nf_tables, in words. */
export class NftWriter extends MessageWriter {
  newTable(name: string, flags = 0): number {
    const sequence = this.begin(nft('NEWTABLE'), NLM_F.CREATE | flags, NFPROTO.IPV4);
    this.text(NFTA_TABLE.NAME, name);
    this.end();
    return sequence;
  }
  newChain(table: string, name: string, flags = 0): number {
    const sequence = this.begin(nft('NEWCHAIN'), NLM_F.CREATE | flags, NFPROTO.IPV4);
    this.text(NFTA_CHAIN.TABLE, table);
    this.text(NFTA_CHAIN.NAME, name);
    this.end();
    return sequence;
  }
  /** A rule of expressions without data. */
  newRule(table: string, chain: string, expressions: readonly string[], flags = 0): number {
    const sequence = this.begin(nft('NEWRULE'), NLM_F.CREATE | NLM_F.APPEND | flags, NFPROTO.IPV4);
    this.text(NFTA_RULE.TABLE, table);
    this.text(NFTA_RULE.CHAIN, chain);
    const list = this.nest(NFTA_RULE.EXPRESSIONS);
    for (const name of expressions) {
      const element = this.nest(NFTA_LIST.ELEM);
      this.text(NFTA_EXPR.NAME, name);
      this.close(element);
    }
    this.close(list);
    this.end();
    return sequence;
  }
}

/** A batch of nf_tables, in the pieces that transact() takes. */
export function batch(write: (writer: NftWriter) => void, sequence = 1, generation?: number): Uint8Array[] {
  const writer = new NftWriter(sequence);
  beginBatch(writer, NFNL_SUBSYS.NFTABLES, generation);
  write(writer);
  endBatch(writer, NFNL_SUBSYS.NFTABLES);
  return writer.pieces;
}

/** One request: GETGEN with an ack, GETTABLE as a dump. */
export function get(message: keyof typeof NFT_MSG, flags: number, sequence = 1): Uint8Array {
  const writer = new MessageWriter(sequence);
  writer.begin(nft(message), flags, NFPROTO.IPV4);
  writer.end();
  return writer.pieces[0]!;
}
