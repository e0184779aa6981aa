/** nf_tables tells what each transaction has changed, and behind it the new generation, and who has made it. */

import { Cursor } from '../../netlink/attributes';
import { Messages } from '../../netlink/messages';
import type { NativeNetlink, NativeNetlinkAnswer } from '../addon';
import type { Family } from '../backend';
import type { Changer, Observation, Observer } from '../observe';
import { NFTA_GEN, NFTA_RULE } from './constants';
import { NFPROTOS, nftMessage } from './wire';

/** NFNLGRP_NFTABLES */
export const NFTABLES_GROUP = 7;

/** Of what iptables' rules are made; each says its table by the attribute that NFTA_RULE_TABLE is. */
const CHANGES: ReadonlySet<number> = new Set(
  (['NEWTABLE', 'DELTABLE', 'NEWCHAIN', 'DELCHAIN', 'NEWRULE', 'DELRULE'] as const).map(nftMessage),
);
const NEWGEN = nftMessage('NEWGEN');

export function observeNft(
  socket: NativeNetlink,
  family: Family,
  tables: readonly string[],
  observer: Observer,
): Observation {
  const cursor = new Cursor();
  let touched = false;
  let closed = false;
  const read = ({ messages: bytes, lost }: NativeNetlinkAnswer) => {
    if (lost) observer.changed();
    for (const messages = new Messages(bytes); messages.next(); )
      if (messages.type === NEWGEN) {
        if (touched) observer.changed(changerIn(messages, cursor));
        touched = false;
      } else if (!touched && CHANGES.has(messages.type) && messages.family === NFPROTOS[family])
        for (messages.attributes(cursor); cursor.next(); )
          if (cursor.type === NFTA_RULE.TABLE) touched ||= tables.includes(cursor.text());
  };
  const listen = async () => {
    try {
      observer.changed();
      while (!closed) read(await socket.receive());
    } catch (error) {
      if (!closed) observer.failed(error);
    }
  };
  void Promise.resolve().then(listen);
  return {
    drain() {
      if (!closed) read(socket.receiveNow());
    },
    close() {
      if (closed) return;
      closed = true;
      void socket.close();
    },
  };
}

function changerIn(messages: Messages, cursor: Cursor): Changer | undefined {
  let [pid, program] = [0, ''];
  for (messages.attributes(cursor); cursor.next(); )
    if (cursor.type === NFTA_GEN.PROC_PID) pid = cursor.u32();
    else if (cursor.type === NFTA_GEN.PROC_NAME) program = cursor.text();
  return pid === 0 ? undefined : { pid, program };
}
