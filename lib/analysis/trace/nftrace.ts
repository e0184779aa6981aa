/** Steps of nf_tables: it tells all who listen. Rules are told by their handles. */
import { NetfilterSocket } from '../../backend/socket';
import type { Family } from '../../net/family';
import { Cursor } from '../../netlink/attributes';
import { NFNL_SUBSYS } from '../../netlink/constants';
import { Messages } from '../../netlink/messages';
import type { ConnectionState } from '../packet';
import { IP_CT, NF_CT_STATE, NFNLGRP_NFTRACE, NFT_MSG_TRACE, NFT_TRACETYPE, NFTA_TRACE } from './constants';
import { type Listener, PROTOCOL_FAMILY, PURPOSE, type TraceEvent } from './event';

const TRACE = (NFNL_SUBSYS.NFTABLES << 8) | NFT_MSG_TRACE;
const CONTINUE = -1;

export class NftListener implements Listener {
  private constructor(
    private readonly socket: NetfilterSocket,
    private readonly family: number,
  ) {}

  static async open(namespace: string, family: Family, receiveBuffer: number): Promise<NftListener> {
    const socket = NetfilterSocket.open(PURPOSE, { namespace, groups: [NFNLGRP_NFTRACE], receiveBuffer });
    return new NftListener(socket, PROTOCOL_FAMILY[family]);
  }

  async receive(): Promise<{ events: TraceEvent[]; lost: boolean }> {
    const { messages, lost } = await this.socket.receive();
    const events: TraceEvent[] = [];
    for (const message = new Messages(messages); message.next(); )
      if (message.type === TRACE && message.family === this.family) events.push(...eventsOf(message));
    return { events, lost };
  }

  close(): Promise<void> {
    return this.socket.close();
  }
}

function eventsOf(message: Messages): TraceEvent[] {
  const found: { -readonly [K in keyof TraceEvent]?: TraceEvent[K] } = {};
  let [type, handle, policy, id] = [0, -1, undefined as number | undefined, 0];
  let network: Uint8Array | undefined;
  let transport: Uint8Array | undefined;
  const inner = new Cursor();
  for (const cursor = message.attributes(new Cursor()); cursor.next(); )
    if (cursor.type === NFTA_TRACE.TABLE) found.table = cursor.text();
    else if (cursor.type === NFTA_TRACE.CHAIN) found.chain = cursor.text();
    else if (cursor.type === NFTA_TRACE.RULE_HANDLE) handle = cursor.u64();
    else if (cursor.type === NFTA_TRACE.TYPE) type = cursor.u32();
    else if (cursor.type === NFTA_TRACE.ID) id = cursor.u32();
    else if (cursor.type === NFTA_TRACE.POLICY) policy = cursor.u32();
    else if (cursor.type === NFTA_TRACE.CT_STATE) found.ctstate = stateOf(cursor.u32());
    else if (cursor.type === NFTA_TRACE.IIF) found.inDevice = cursor.u32();
    else if (cursor.type === NFTA_TRACE.OIF) found.outDevice = cursor.u32();
    else if (cursor.type === NFTA_TRACE.MARK) found.mark = cursor.u32();
    else if (cursor.type === NFTA_TRACE.NETWORK_HEADER) network = message.bytes.slice(cursor.start, cursor.end);
    else if (cursor.type === NFTA_TRACE.TRANSPORT_HEADER) transport = message.bytes.slice(cursor.start, cursor.end);
    else if (cursor.type === NFTA_TRACE.VERDICT)
      for (inner.inside(cursor); inner.next(); ) if (inner.type === 1) found.code = inner.u32() | 0;
  const { table = '', chain = '' } = found;
  const step = {
    ...found,
    table,
    chain,
    key: String(id),
    mark: found.mark ?? 0,
    packet: network && new Uint8Array(Buffer.concat(transport ? [network, transport] : [network])),
  };
  if (type === NFT_TRACETYPE.POLICY) return [{ ...step, kind: 'policy', code: policy }];
  if (type === NFT_TRACETYPE.RETURN) return [];
  // The end of a chain has no rule: of a base chain its policy follows.
  if (handle < 0) {
    if (step.code !== CONTINUE || BASE.has(chain)) return packetAlone(step);
    return [{ ...step, kind: 'return' }];
  }
  return [{ ...step, kind: 'rule', handle }];
}

/** Headers are in the first message of each base chain, which may be its end. */
const packetAlone = (step: Omit<TraceEvent, 'kind' | 'number'>): TraceEvent[] =>
  step.packet ? [{ ...step, kind: 'policy', number: 0 }] : [];

const BASE: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

/** As bits: what it is, or that there's none. */
function stateOf(bits: number): ConnectionState | undefined {
  if (bits & NF_CT_STATE.INVALID_BIT) return 'INVALID';
  if (bits & NF_CT_STATE.UNTRACKED_BIT) return 'UNTRACKED';
  return (Object.keys(IP_CT) as (keyof typeof IP_CT)[]).find((name) => bits & (2 << IP_CT[name]));
}
