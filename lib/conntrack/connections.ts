/// <reference lib="esnext.disposable" preserve="true" />
/** The connections that the kernel tracks in one network namespace. */
import { constants } from 'node:os';
import { argument, fields, listOf, namespace, oneOf, optionsOf, path } from '../arguments';
import { loadAddon } from '../backend/addon';
import { NetfilterSocket, unreadable } from '../backend/socket';
import { IptcError, Mismatch } from '../errors';
import { Cursor } from '../netlink/attributes';
import { NFNL_SUBSYS, NFPROTO, NLM_F } from '../netlink/constants';
import { Messages, type Reply, replyOf } from '../netlink/messages';
import { MessageWriter } from '../netlink/writer';
import { Slice } from '../slice';
import { type Connection, readConnection } from './connection';
import { CTA, CTA_STATS_GLOBAL, IPCTNL_MSG_CT, NFNLGRP_CONNTRACK } from './constants';
import { type ConnectionFilter, filterGiven, matcher } from './filter';
import { writeDeletesFrom } from './from';

const PURPOSE = 'the connections';
/** Of what is deleted in one request. */
const TOGETHER = 1000;
const { EPERM, EACCES, ENOENT, EOPNOTSUPP, EINVAL } = constants.errno;

export interface ConnectionsOptions {
  /** A path, a descriptor, or 'new' for one of its own; that of the process unless told. */
  readonly namespace?: string | number;
  /** The addon's file, if it can't be found beside the code, as in a bundle. */
  readonly nativeBinding?: string;
}
const opening = fields<ConnectionsOptions>({
  namespace,
  nativeBinding: path,
});

/** What happened to a connection; `lost` says that more happened than could be kept. */
export type ConnectionEvent =
  | { readonly event: 'new' | 'update' | 'destroy'; readonly connection: Connection }
  | { readonly event: 'lost' };
export interface EventsOptions {
  /** All of them unless told. */
  readonly events?: readonly ('new' | 'update' | 'destroy')[];
  /** Those of connections that it means; unless told, of all. Of a new one status and mark are as they are at its first packet. */
  readonly filter?: ConnectionFilter;
  /** How many bytes may wait until they are read. */
  readonly receiveBuffer?: number;
}
const listening = fields<EventsOptions>({
  events: listOf(oneOf('new', 'update', 'destroy')),
  filter: filterGiven,
  receiveBuffer: (value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 1 << 30)
      throw new Mismatch('bytes from 0 to 1 GiB', value);
    return value;
  },
});
const GROUPS = {
  new: NFNLGRP_CONNTRACK.NEW,
  update: NFNLGRP_CONNTRACK.UPDATE,
  destroy: NFNLGRP_CONNTRACK.DESTROY,
} as const;

const given = (call: string, filter: ConnectionFilter = {}): ConnectionFilter =>
  argument(call, 'filter', filter, filterGiven);

const messageType = (message: keyof typeof IPCTNL_MSG_CT): number =>
  (NFNL_SUBSYS.CTNETLINK << 8) | IPCTNL_MSG_CT[message];

/** The connections that the kernel tracks in one network namespace. */
export class Connections {
  private constructor(
    private readonly socket: NetfilterSocket,
    private readonly listeners: Set<NetfilterSocket>,
  ) {}

  /**
   * Opens the connections of a network namespace. ERR_NAMESPACE, ERR_NO_ADDON.
   *
   * @example const connections = await Connections.open()
   */
  static async open(options?: ConnectionsOptions): Promise<Connections> {
    const { namespace, nativeBinding } = optionsOf('open', options, opening);
    loadAddon(nativeBinding);
    return new Connections(NetfilterSocket.open(PURPOSE, { namespace }), new Set());
  }
  /** A path to the network namespace, while they are open. */
  get namespace(): string {
    return this.socket.namespace;
  }

  /**
   * Those that a filter means, or all, as they are when the first is asked for. ERR_PERMISSION, ERR_NO_SUPPORT.
   *
   * @example
   * for await (const connection of connections.list({ protocol: 'tcp', dport: 22 })) console.log(formatConnection(connection));
   * // tcp      6 431999 ESTABLISHED src=192.0.2.1 dst=192.0.2.2 sport=40000 dport=22 src=192.0.2.2 …
   */
  list(filter?: ConnectionFilter): AsyncGenerator<Connection> {
    return this.listed(given('list', filter));
  }
  private async *listed(filter: ConnectionFilter): AsyncGenerator<Connection> {
    for await (const { connection } of this.matching(filter)) yield connection;
  }
  /** How many there are. */
  async count(filter?: ConnectionFilter): Promise<number> {
    const wanted = given('count', filter);
    if (Object.keys(wanted).length === 0) return this.total();
    let count = 0;
    for await (const _ of this.matching(wanted)) count++;
    return count;
  }
  private async total(): Promise<number> {
    const writer = new MessageWriter();
    writer.begin(messageType('GET_STATS'), NLM_F.ACK, NFPROTO.UNSPEC);
    writer.end();
    let entries = 0;
    await this.ask(writer, 'count', (message) => {
      for (const cursor = message.attributes(new Cursor()); cursor.next(); )
        if (cursor.type === CTA_STATS_GLOBAL.ENTRIES) entries = cursor.u32();
    });
    return entries;
  }

  /**
   * Forgets those that a filter means: their packets are those of new connections then, and meet the rules for these.
   * Gives how many they were. At least one condition is needed; flush() is for all.
   *
   * @example await connections.delete({ address: '192.0.2.1' })
   */
  async delete(filter: ConnectionFilter): Promise<number> {
    const wanted = argument('delete', 'filter', filter, filterGiven);
    if (Object.keys(wanted).length === 0)
      throw new IptcError('ERR_BAD_ARGUMENT', 'Expected a condition for filter of delete() but received none', {
        path: 'filter',
        hint: 'flush() deletes all of them.',
      });
    return this.deleteThose(wanted, () => true);
  }
  /** @internal Those that a filter means, and a test besides. */
  async deleteThose(filter: ConnectionFilter, isMeant: (connection: Connection) => boolean): Promise<number> {
    // The kernel goes through all of its table, which takes milliseconds even if nothing is in it.
    if ((await this.total()) === 0) return 0;
    const writer = new MessageWriter();
    let deleted = 0;
    const flush = async () => {
      if (writer.count === 0) return;
      const gone = (reply: Reply) => {
        if (reply.errno === 0) deleted++;
        else if (reply.errno !== ENOENT) throw refused(reply.errno, 'delete'); // it ended by itself
      };
      await this.ask(writer, 'delete', () => {}, gone);
    };
    for await (const { connection, message } of this.matching(filter)) {
      if (!isMeant(connection)) continue;
      writer.begin(messageType('DELETE'), NLM_F.ACK, message.family);
      for (const cursor = message.attributes(new Cursor()); cursor.next(); )
        if (cursor.type === CTA.TUPLE_ORIG) {
          const nest = writer.nest(CTA.TUPLE_ORIG);
          writer.put(message.bytes.subarray(cursor.start, cursor.end));
          writer.close(nest);
        } else if (cursor.type === CTA.ID || cursor.type === CTA.ZONE)
          writer.data(cursor.type, message.bytes.subarray(cursor.start, cursor.end));
      writer.end();
      if (writer.count >= TOGETHER) await flush();
    }
    await flush();
    return deleted;
  }
  /**
   * @internal Those that come from one of some IPv4 addresses, or whose answers do. False where the kernel can't look for them
   * by itself; then none is deleted.
   */
  async deleteFrom(addresses: readonly string[]): Promise<boolean> {
    const writer = new MessageWriter();
    for (const address of addresses) writeDeletesFrom(writer, messageType('DELETE'), address);
    let able = true;
    await this.ask(
      writer,
      'delete',
      () => {},
      ({ errno }) => {
        if (errno === EINVAL) able = false;
        else if (errno !== 0) throw refused(errno, 'delete');
      },
    );
    return able;
  }
  /** Forgets all of them. */
  async flush(): Promise<void> {
    const writer = new MessageWriter();
    writer.begin(messageType('DELETE'), NLM_F.ACK, NFPROTO.UNSPEC);
    writer.end();
    await this.ask(writer, 'flush', () => {});
  }

  /**
   * What the kernel tells of connections from this call on, until the iteration ends. Of those that began before anybody
   * listened it may not tell the end: only where net.netfilter.nf_conntrack_events is 1.
   *
   * @example
   * for await (const each of connections.events({ events: ['new'], filter: { protocol: 'tcp', dport: 22 } }))
   *   if (each.event === 'new') console.log(each.connection.original.source);
   */
  events(options?: EventsOptions): AsyncGenerator<ConnectionEvent> {
    const {
      events = ['new', 'update', 'destroy'],
      filter = {},
      receiveBuffer,
    } = optionsOf('events', options, listening);
    const socket = NetfilterSocket.open(PURPOSE, {
      namespace: this.namespace,
      groups: events.map((event) => GROUPS[event]),
      ...(receiveBuffer !== undefined && { receiveBuffer }),
    });
    this.listeners.add(socket);
    return this.heard(socket, matcher(filter));
  }
  private async *heard(
    socket: NetfilterSocket,
    matches: (connection: Connection) => boolean,
  ): AsyncGenerator<ConnectionEvent> {
    try {
      for (;;) {
        const { messages, lost } = await socket.receive();
        if (lost) yield { event: 'lost' };
        for (const message = new Messages(messages); message.next(); ) {
          if (message.type >> 8 !== NFNL_SUBSYS.CTNETLINK) continue;
          const kind = message.type & 0xff;
          const event = kind === IPCTNL_MSG_CT.DELETE ? 'destroy' : message.flags & NLM_F.CREATE ? 'new' : 'update';
          const connection = readConnection(message);
          if (matches(connection)) yield { event, connection };
        }
      }
    } catch (error) {
      if (error instanceof IptcError && error.code === 'ERR_CLOSED') return;
      throw unreadable(error, PURPOSE);
    } finally {
      this.listeners.delete(socket);
      await socket.close();
    }
  }

  private async *matching(filter: ConnectionFilter): AsyncGenerator<{ connection: Connection; message: Messages }> {
    const writer = new MessageWriter();
    const { family, mark } = filter;
    const number = family === undefined ? NFPROTO.UNSPEC : family === 'ipv4' ? NFPROTO.IPV4 : NFPROTO.IPV6;
    writer.begin(messageType('GET'), NLM_F.DUMP, number);
    if (mark !== undefined) {
      // The kernel leaves out the others by itself.
      writer.u32(CTA.MARK, typeof mark === 'number' ? mark : mark[0]);
      writer.u32(CTA.MARK_MASK, typeof mark === 'number' ? 0xffffffff : mark[1]);
    }
    writer.end();
    const { messages } = await this.socket.request(writer);
    const slice = new Slice();
    const matches = matcher(filter);
    try {
      for (const message = new Messages(messages); message.next(); ) {
        const reply = replyOf(message);
        if (reply && reply.errno !== 0) throw refused(reply.errno, 'list');
        if (reply || message.type >> 8 !== NFNL_SUBSYS.CTNETLINK) continue;
        const connection = readConnection(message);
        if (matches(connection)) yield { connection, message };
        if (slice.over) await slice.next();
      }
    } catch (error) {
      throw unreadable(error, PURPOSE);
    }
  }
  private async ask(
    writer: MessageWriter,
    operation: string,
    told: (message: Messages) => void,
    replied = ({ errno }: Reply) => {
      if (errno !== 0) throw refused(errno, operation);
    },
  ): Promise<void> {
    const { messages } = await this.socket.request(writer);
    for (const message = new Messages(messages); message.next(); ) {
      const reply = replyOf(message);
      if (reply) replied(reply);
      else told(message);
    }
  }

  /** What listens ends, too. */
  async close(): Promise<void> {
    await Promise.all([this.socket, ...this.listeners].map((socket) => socket.close()));
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function refused(errno: number, operation: string): IptcError {
  if (errno === EPERM || errno === EACCES)
    return new IptcError('ERR_PERMISSION', `Cannot ${operation} ${PURPOSE.slice(4)}: it needs CAP_NET_ADMIN`, {
      errno,
      hint: 'Run it as root, or give the process CAP_NET_ADMIN.',
    });
  if (errno === EOPNOTSUPP || errno === EINVAL)
    return new IptcError(
      'ERR_NO_SUPPORT',
      `Cannot ${operation} ${PURPOSE.slice(4)}: this kernel doesn't tell of them`,
      {
        errno,
        hint: 'Load it with modprobe nf_conntrack_netlink; the kernel may have been built without CONFIG_NF_CT_NETLINK.',
      },
    );
  return new IptcError(
    'ERR_KERNEL',
    `Cannot ${operation} ${PURPOSE.slice(4)}: the kernel refused it (errno ${errno})`,
    {
      errno,
    },
  );
}
