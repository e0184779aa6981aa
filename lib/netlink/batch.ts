/** The messages around a batch: all of what is between them, or nothing. Without the end it is forgotten in silence. */
import { NFNL_BATCH, NFNL_MSG_BATCH, NFPROTO } from './constants';
import type { MessageWriter } from './writer';

/**
 * Gives the sequence number. `generation`: the batch is refused (ERESTART, for this message) unless the subsystem's is
 * still that one. The new one comes back, in an NFT_MSG_NEWGEN, if the message behind this has NLM_F_ECHO.
 */
export function beginBatch(writer: MessageWriter, subsystem: number, generation?: number): number {
  const sequence = writer.begin(NFNL_MSG_BATCH.BEGIN, 0, NFPROTO.UNSPEC, subsystem);
  if (generation !== undefined) writer.u32(NFNL_BATCH.GENID, generation);
  writer.end();
  return sequence;
}

export function endBatch(writer: MessageWriter, subsystem: number): void {
  writer.begin(NFNL_MSG_BATCH.END, 0, NFPROTO.UNSPEC, subsystem);
  writer.end();
}
