/** What ip_set knows of a set: its name, the number that stands for it in rules, its family. */
import { constants } from 'node:os';
import { encodeText } from '../../net/text';
import { Cursor } from '../../netlink/attributes';
import { NFNL_SUBSYS, NFPROTO, NLA_F, NLM_F } from '../../netlink/constants';
import { Messages, NetlinkError, replyOf } from '../../netlink/messages';
import { MessageWriter } from '../../netlink/writer';
import type { BackendSet } from '../backend';

// <linux/netfilter/ipset/ip_set.h>
const IPSET_CMD = { GET_BYNAME: 14, GET_BYINDEX: 15 } as const;
const IPSET_ATTR = { PROTOCOL: 1, SETNAME: 2, FAMILY: 5, INDEX: 11 } as const;
const IPSET_PROTOCOL = 7;
const { EINVAL, ENOENT } = constants.errno;

export const setRequest = (name: string): Uint8Array =>
  request(IPSET_CMD.GET_BYNAME, (writer) => writer.data(IPSET_ATTR.SETNAME, Buffer.concat([encodeText(name), ZERO])));
export const nameRequest = (index: number): Uint8Array =>
  request(IPSET_CMD.GET_BYINDEX, (writer) => writer.u16(IPSET_ATTR.INDEX | NLA_F.NET_BYTEORDER, index));
const ZERO = new Uint8Array(1);

function request(command: number, write: (writer: MessageWriter) => void): Uint8Array {
  const writer = new MessageWriter(1, 4096);
  writer.begin((NFNL_SUBSYS.IPSET << 8) | command, NLM_F.ACK, NFPROTO.IPV4);
  writer.u8(IPSET_ATTR.PROTOCOL, IPSET_PROTOCOL);
  write(writer);
  writer.end();
  return writer.pieces[0]!;
}

/** Undefined if there is none, or no ip_set at all. */
export function setIn(answer: ArrayBuffer): (BackendSet & { readonly name: string }) | undefined {
  let [name, index, family] = ['', -1, 0];
  for (const messages = new Messages(answer); messages.next(); ) {
    const reply = replyOf(messages);
    // Without ip_set the subsystem isn't there: EINVAL.
    if (reply?.errno === ENOENT || reply?.errno === EINVAL) return undefined;
    if (reply !== undefined && reply.errno !== 0) throw new NetlinkError(reply.errno, reply.words);
    if (reply !== undefined) continue;
    for (const cursor = messages.attributes(new Cursor()); cursor.next(); )
      if (cursor.type === IPSET_ATTR.SETNAME) name = cursor.text();
      else if (cursor.type === IPSET_ATTR.INDEX) index = cursor.u16();
      else if (cursor.type === IPSET_ATTR.FAMILY) family = cursor.u8();
  }
  if (index < 0 && name === '') return undefined;
  return { name, index, family: family === NFPROTO.IPV4 ? 'ipv4' : family === NFPROTO.IPV6 ? 'ipv6' : undefined };
}
