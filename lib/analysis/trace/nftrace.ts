/** Steps of nf_tables: it tells all who listen. Its rules have handles there, which a listing numbers. */
import { NetfilterSocket } from '../../backend/socket';
import type { Family } from '../../net/family';
import { decodeText } from '../../net/text';
import { Cursor } from '../../netlink/attributes';
import { NFNL_SUBSYS, NLM_F } from '../../netlink/constants';
import { Messages } from '../../netlink/messages';
import { MessageWriter } from '../../netlink/writer';
import type { ConnectionState } from '../packet';
import { IP_CT, NF_CT_STATE, NFNLGRP_NFTRACE, NFT_MSG_TRACE, NFT_TRACETYPE, NFTA_TRACE } from './constants';
import { type Listener, PROTOCOL_FAMILY, PURPOSE, type TraceEvent } from './event';
import { commentIn } from './filter';

const TRACE = (NFNL_SUBSYS.NFTABLES << 8) | NFT_MSG_TRACE;
const [NEWRULE, GETRULE] = [(NFNL_SUBSYS.NFTABLES << 8) | 6, (NFNL_SUBSYS.NFTABLES << 8) | 7];
const NFTA_RULE = { TABLE: 1, CHAIN: 2, HANDLE: 3, EXPRESSIONS: 4, USERDATA: 7 } as const;
const CONTINUE = -1;

export class NftListener implements Listener {
  private constructor(
    private readonly socket: NetfilterSocket,
    private readonly family: number,
    private numbers: Numbers,
    private readonly namespace: string,
  ) {}

  static async open(namespace: string, family: Family, receiveBuffer: number): Promise<NftListener> {
    const socket = NetfilterSocket.open(PURPOSE, { namespace, groups: [NFNLGRP_NFTRACE], receiveBuffer });
    try {
      const number = PROTOCOL_FAMILY[family];
      return new NftListener(socket, number, await numbersOf(namespace, number), namespace);
    } catch (error) {
      await socket.close();
      throw error;
    }
  }

  async receive(): Promise<{ events: TraceEvent[]; lost: boolean }> {
    const { messages, lost } = await this.socket.receive();
    const events: TraceEvent[] = [];
    for (const message = new Messages(messages); message.next(); )
      if (message.type === TRACE && message.family === this.family) events.push(...(await this.event(message)));
    return { events, lost };
  }

  private async event(message: Messages): Promise<TraceEvent[]> {
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
    if (type === NFT_TRACETYPE.POLICY)
      return [{ ...step, kind: 'policy', number: this.end(table, chain), code: policy }];
    if (type === NFT_TRACETYPE.RETURN) return [];
    // The end of a chain has no rule: of a base chain its policy follows.
    if (handle < 0) {
      if (step.code !== CONTINUE || BASE.has(chain)) return packetAlone(step);
      return [{ ...step, kind: 'return', number: this.end(table, chain) }];
    }
    const of = await this.handles(table, chain, handle);
    return [{ ...step, kind: 'rule', number: (of?.rules.indexOf(handle) ?? -1) + 1, traced: of?.traces.get(handle) }];
  }

  /** A rule that has come since is looked for once. */
  private async handles(table: string, chain: string, handle: number): Promise<Handles | undefined> {
    const find = () => this.numbers.get(`${table} ${chain}`);
    const known = find();
    if (!known?.rules.includes(handle) && !known?.traces.has(handle))
      this.numbers = await numbersOf(this.namespace, this.family);
    return find();
  }
  private end(table: string, chain: string): number {
    return (this.numbers.get(`${table} ${chain}`)?.rules.length ?? 0) + 1;
  }

  close(): Promise<void> {
    return this.socket.close();
  }
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

/** The handles of the rules of a chain in their order, and those of rules that trace, by their comments. */
interface Handles {
  readonly rules: number[];
  readonly traces: Map<number, string>;
}
type Numbers = ReadonlyMap<string, Handles>;

async function numbersOf(namespace: string, family: number): Promise<Numbers> {
  const socket = NetfilterSocket.open(PURPOSE, { namespace });
  try {
    const writer = new MessageWriter();
    writer.begin(GETRULE, NLM_F.DUMP, family);
    writer.end();
    const { messages } = await socket.request(writer);
    const numbers = new Map<string, Handles>();
    for (const message = new Messages(messages); message.next(); ) {
      if (message.type !== NEWRULE) continue;
      let [table, chain, handle] = ['', '', 0];
      let comment: string | undefined;
      for (const cursor = message.attributes(new Cursor()); cursor.next(); )
        if (cursor.type === NFTA_RULE.TABLE) table = cursor.text();
        else if (cursor.type === NFTA_RULE.CHAIN) chain = decodeText(message.bytes, cursor.start, cursor.end - 1);
        else if (cursor.type === NFTA_RULE.HANDLE) handle = cursor.u64();
        else if (table === 'raw' && (cursor.type === NFTA_RULE.EXPRESSIONS || cursor.type === NFTA_RULE.USERDATA))
          comment ??= commentIn(Buffer.from(message.bytes.subarray(cursor.start, cursor.end)).toString('latin1'));
      const key = `${table} ${chain}`;
      const handles = numbers.get(key) ?? { rules: [], traces: new Map<number, string>() };
      numbers.set(key, handles);
      if (comment === undefined) handles.rules.push(handle);
      else handles.traces.set(handle, comment);
    }
    return numbers;
  } finally {
    await socket.close();
  }
}
