/** What the kernel tells of one step of a packet. */
import { NetfilterSocket } from '../../backend/socket';
import { LITTLE } from '../../net/endian';
import type { Family } from '../../net/family';
import { Cursor } from '../../netlink/attributes';
import { NETLINK, NLM_F } from '../../netlink/constants';
import { Messages } from '../../netlink/messages';
import type { ConnectionState } from '../packet';
import { IFLA_IFNAME, RTM } from './constants';

export interface TraceEvent {
  /** What the steps of one packet have in common. */
  readonly key: string;
  readonly table: string;
  readonly chain: string;
  readonly kind: 'rule' | 'return' | 'policy';
  /** 1-based; 0 where it is no step. Undefined where nf_tables tells: by a handle, or of the chain's end. */
  readonly number?: number;
  readonly handle?: number;
  /** The packet from its IP header on, where it is told. */
  readonly packet?: Uint8Array | undefined;
  readonly inDevice?: number | undefined;
  readonly outDevice?: number | undefined;
  readonly mark?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** What became of it there, where that is told. */
  readonly code?: number | undefined;
  /** The state of its connection, where that is told. */
  readonly ctstate?: ConnectionState | undefined;
  /** That this is the rule of a trace, by the comment that it has: no step of the ruleset's. */
  readonly traced?: string | undefined;
}

/** One whose rule has a number. */
export type NumberedEvent = TraceEvent & { readonly number: number };

export interface Listener {
  /** Waits for steps. */
  receive(): Promise<{ readonly events: readonly TraceEvent[]; readonly lost: boolean }>;
  close(): Promise<void>;
}

export const PURPOSE = 'the traces of packets';
export const PROTOCOL_FAMILY: Readonly<Record<Family, number>> = { ipv4: 2, ipv6: 10 };

/** The names of the interfaces of a network namespace, by their numbers. */
export async function interfaceNames(namespace: string): Promise<ReadonlyMap<number, string>> {
  const socket = NetfilterSocket.open('the interfaces', { namespace, protocol: NETLINK.ROUTE });
  try {
    // struct nlmsghdr and struct ifinfomsg
    const message = new Uint8Array(32);
    const view = new DataView(message.buffer);
    view.setUint32(0, message.length, LITTLE);
    view.setUint16(4, RTM.GETLINK, LITTLE);
    view.setUint16(6, NLM_F.REQUEST | NLM_F.DUMP, LITTLE);
    view.setUint32(8, 1, LITTLE);
    const names = new Map<number, string>();
    const { messages } = await socket.ask(message);
    for (const each = new Messages(messages); each.next(); ) {
      if (each.type !== RTM.NEWLINK) continue;
      const index = each.view.getUint32(each.start + 4, LITTLE);
      for (const cursor = new Cursor().over(each, each.start + 16, each.end); cursor.next(); )
        if (cursor.type === IFLA_IFNAME) names.set(index, cursor.text());
    }
    return names;
  } finally {
    await socket.close();
  }
}
