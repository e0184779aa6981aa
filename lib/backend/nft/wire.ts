/** What iptables-nft's tables are called in messages, and what asks for them. */
import { NFNL_SUBSYS, NFPROTO, NLM_F } from '../../netlink/constants';
import { MessageWriter } from '../../netlink/writer';
import type { Family } from '../backend';
import { NFT_MSG, NFTA_CHAIN, NFTA_RULE } from './constants';

export const nftMessage = (message: keyof typeof NFT_MSG): number => (NFNL_SUBSYS.NFTABLES << 8) | NFT_MSG[message];
export const NFPROTOS = { ipv4: NFPROTO.IPV4, ipv6: NFPROTO.IPV6 } as const;
const numberOf = (family: Family | number): number => (typeof family === 'number' ? family : NFPROTOS[family]);

/** A name as it stands in a message, from one character for each byte. */
export const nameBytes = (name: string): Uint8Array => Buffer.from(`${name}\0`, 'latin1');

/** How a table's base chain is hooked into the way of packets. */
export interface Hook {
  readonly number: number;
  readonly priority: number;
  readonly type: 'filter' | 'nat' | 'route';
}
/** NF_INET_… */
const HOOKS = { PREROUTING: 0, INPUT: 1, FORWARD: 2, OUTPUT: 3, POSTROUTING: 4 } as const;
const PRIORITIES: Readonly<Record<string, number>> = { raw: -300, mangle: -150, filter: 0, security: 150 };

/** Of a built-in chain, as iptables-nft has it. */
export function hookOf(table: string, chain: string): Hook {
  const number = HOOKS[chain as keyof typeof HOOKS];
  if (table === 'nat') return { number, priority: number % 3 === 0 ? -100 : 100, type: 'nat' };
  const type = table === 'mangle' && chain === 'OUTPUT' ? 'route' : 'filter';
  return { number, priority: PRIORITIES[table]!, type };
}

/** Each of these ends by asking for the generation: what was read before is of that one, if it was before, too. */
export function generationRequest(): Uint8Array {
  return request(() => {});
}
export function tablesRequest(family: Family): Uint8Array {
  return request((writer) => {
    writer.begin(nftMessage('GETTABLE'), NLM_F.DUMP, NFPROTOS[family]);
    writer.end();
  });
}
/** All tables and chains of a family, of iptables or by its number. */
export function chainsRequest(of: Family | number): Uint8Array {
  const family = numberOf(of);
  return request((writer) => {
    writer.begin(nftMessage('GETGEN'), NLM_F.ACK, NFPROTO.UNSPEC);
    writer.end();
    for (const message of ['GETTABLE', 'GETCHAIN'] as const) {
      writer.begin(nftMessage(message), NLM_F.DUMP, family);
      writer.end();
    }
  });
}
/** What chains have, one after the other: to go over a table of many rules at once takes the kernel far longer. */
export function rulesRequest(of: Family | number, table: string, chains: readonly string[]): Uint8Array {
  const family = numberOf(of);
  return request((writer) => {
    for (const chain of chains) {
      writer.begin(nftMessage('GETCHAIN'), NLM_F.ACK, family);
      writer.data(NFTA_CHAIN.TABLE, nameBytes(table));
      writer.data(NFTA_CHAIN.NAME, nameBytes(chain));
      writer.end();
      writer.begin(nftMessage('GETRULE'), NLM_F.DUMP, family);
      writer.data(NFTA_RULE.TABLE, nameBytes(table));
      writer.data(NFTA_RULE.CHAIN, nameBytes(chain));
      writer.end();
    }
  }, chains.length);
}

/** Sequence numbers only have to differ: answers come in order. */
function request(write: (writer: MessageWriter) => void, chains = 0): Uint8Array {
  const writer = new MessageWriter(1, 8192 + chains * 1024);
  write(writer);
  writer.begin(nftMessage('GETGEN'), NLM_F.ACK, NFPROTO.UNSPEC);
  writer.end();
  return writer.pieces[0]!;
}
