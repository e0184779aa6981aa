/** Steps of legacy tables: the kernel logs them, and nfnetlink_log tells whoever listens to its group 0. */
import { constants } from 'node:os';
import { NetfilterSocket } from '../../backend/socket';
import { IptcError } from '../../errors';
import type { Family } from '../../net/family';
import { toHex } from '../../net/number';
import { Cursor } from '../../netlink/attributes';
import { NLM_F } from '../../netlink/constants';
import { Messages, repliesIn } from '../../netlink/messages';
import { MessageWriter } from '../../netlink/writer';
import { NFNL_SUBSYS_ULOG, NFULA, NFULA_CFG, NFULNL_CFG_CMD, NFULNL_COPY, NFULNL_MSG } from './constants';
import { type Listener, PROTOCOL_FAMILY, PURPOSE, type TraceEvent } from './event';

const { EPERM, EBUSY, EEXIST } = constants.errno;
const PREFIX = /^TRACE: ([^:]+):(.+):(rule|return|policy):(\d+) *$/;
/** Enough for headers, and for what `string` and `u32` mostly look at. */
const COPIED = 2048;
const CONFIG = (NFNL_SUBSYS_ULOG << 8) | NFULNL_MSG.CONFIG;
const PACKET = (NFNL_SUBSYS_ULOG << 8) | NFULNL_MSG.PACKET;

export class NflogListener implements Listener {
  private constructor(private readonly socket: NetfilterSocket) {}

  /**
   * Makes nfnetlink_log the logger of a family, and listens. Rejects with ERR_BUSY where somebody else listens: two can't.
   */
  static async open(namespace: string, family: Family, receiveBuffer: number): Promise<NflogListener> {
    const socket = NetfilterSocket.open(PURPOSE, { namespace, receiveBuffer });
    try {
      const writer = new MessageWriter();
      const command = (value: number, protocolFamily: number) => {
        writer.begin(CONFIG, NLM_F.ACK, protocolFamily);
        writer.u8(NFULA_CFG.CMD, value);
        writer.end();
      };
      command(NFULNL_CFG_CMD.BIND, 0);
      command(NFULNL_CFG_CMD.PF_BIND, PROTOCOL_FAMILY[family]);
      writer.begin(CONFIG, NLM_F.ACK, 0);
      writer.data(NFULA_CFG.MODE, Uint8Array.of(0, 0, COPIED >> 8, COPIED & 255, NFULNL_COPY.PACKET, 0));
      writer.end();
      const failed = repliesIn((await socket.request(writer)).messages).find(({ errno }) => errno !== 0);
      if (failed) throw refused(failed.errno);
      return new NflogListener(socket);
    } catch (error) {
      await socket.close();
      throw error;
    }
  }

  async receive(): Promise<{ events: TraceEvent[]; lost: boolean }> {
    const { messages, lost } = await this.socket.receive();
    const events: TraceEvent[] = [];
    for (const message = new Messages(messages); message.next(); )
      if (message.type === PACKET) {
        const event = eventOf(message);
        if (event) events.push(event);
      }
    return { events, lost };
  }

  close(): Promise<void> {
    return this.socket.close();
  }
}

/** Undefined for what a rule of somebody's own logs there. */
function eventOf(message: Messages): TraceEvent | undefined {
  const found: { -readonly [K in 'packet' | 'inDevice' | 'outDevice' | 'mark' | 'uid' | 'gid']?: TraceEvent[K] } = {};
  let prefix = '';
  for (const cursor = message.attributes(new Cursor()); cursor.next(); )
    if (cursor.type === NFULA.PREFIX) prefix = cursor.text();
    else if (cursor.type === NFULA.PAYLOAD) found.packet = message.bytes.slice(cursor.start, cursor.end);
    else if (cursor.type === NFULA.IFINDEX_INDEV) found.inDevice = cursor.u32();
    else if (cursor.type === NFULA.IFINDEX_OUTDEV) found.outDevice = cursor.u32();
    else if (cursor.type === NFULA.MARK) found.mark = cursor.u32();
    else if (cursor.type === NFULA.UID) found.uid = cursor.u32();
    else if (cursor.type === NFULA.GID) found.gid = cursor.u32();
  const [, table, chain, kind, number] = PREFIX.exec(prefix) ?? [];
  if (table === undefined || !found.packet) return undefined;
  return {
    ...found,
    table,
    chain: chain!,
    kind: kind as TraceEvent['kind'],
    number: Number(number),
    key: keyOf(found.packet),
    mark: found.mark ?? 0,
  };
}

/** What stays of a packet on its way: not where it goes to, nor what counts hops and checks sums. */
function keyOf(packet: Uint8Array): string {
  const six = packet[0]! >> 4 === 6;
  const header = six ? 40 : (packet[0]! & 15) * 4;
  const same = packet.slice(0, header + 24);
  const blank = (from: number, to: number) => same.fill(0, Math.min(from, same.length), Math.min(to, same.length));
  const protocol = six ? packet[6] : packet[9];
  if (six) {
    blank(0, 4);
    blank(7, 8);
    blank(24, 40);
  } else {
    blank(1, 2);
    blank(8, 9);
    blank(10, 12);
    blank(16, 20);
  }
  const checksum = protocol === 6 ? 16 : protocol === 17 ? 6 : 2;
  if (protocol === 6 || protocol === 17) blank(header + 2, header + 4);
  blank(header + checksum, header + checksum + 2);
  return toHex(same);
}

function refused(errno: number): IptcError {
  if (errno === EPERM || errno === EBUSY || errno === EEXIST)
    return new IptcError(
      'ERR_BUSY',
      `Cannot listen to ${PURPOSE}: another program listens to the kernel's log (nflog group 0)`,
      {
        errno,
        hint: 'See who it is in /proc/net/netfilter/nfnetlink_log (ulogd2, tcpdump -i nflog), and end it first. It may also be that CAP_NET_ADMIN is missing.',
      },
    );
  return new IptcError('ERR_KERNEL', `Cannot listen to ${PURPOSE}: nfnetlink_log refuses it (errno ${errno})`, {
    errno,
  });
}
