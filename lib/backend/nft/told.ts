/** What the kernel says to a batch. */
import { constants } from 'node:os';
import { decodeText } from '../../net/text';
import { pathTo } from '../../netlink/attributes';
import { Messages, NFGENMSG_SIZE, NLMSG_HDRLEN, type Reply, replyOf } from '../../netlink/messages';
import { MessageWriter } from '../../netlink/writer';
import type { Steps } from '../../slice';
import type { NativeNetlinkAnswer } from '../addon';
import type { BackendFailure, Refusal } from '../backend';
import { explaining } from '../blame';
import { failure, ofPart } from '../memory/failure';
import type { Counters } from '../memory/rules';
import type { Batch, Subject } from './batch';
import { NFTA_CHAIN, NFTA_RULE } from './constants';
import { type NftRule, type NftTable, rulesOf } from './model';
import type { Reader } from './reader';
import type { RuleWriter } from './rule-writer';
import { nftMessage } from './wire';

/** Node doesn't know it. */
const ERESTART = 85;
const { EBUSY, EEXIST, ELOOP, EMLINK } = constants.errno;
const [NEWCHAIN, NEWRULE, DELRULE, NEWGEN, DELCHAIN] = [
  nftMessage('NEWCHAIN'),
  nftMessage('NEWRULE'),
  nftMessage('DELRULE'),
  nftMessage('NEWGEN'),
  nftMessage('DELCHAIN'),
];

export class Told {
  readonly errors: Reply[] = [];
  readonly handles = new Map<Subject, number>();
  /** What rules that are gone had counted, by their handles. */
  readonly last = new Map<number, Counters>();
  generation: number | undefined;
  /** Whether it has told of anything: it does once all has been done. */
  isDone = false;

  constructor(answer: NativeNetlinkAnswer, batch: Batch, reader: Reader, tells: boolean) {
    for (const messages = new Messages(answer.messages); messages.next(); ) {
      const reply = replyOf(messages);
      if (reply !== undefined) {
        if (reply.errno !== 0) this.errors.push(reply);
        continue;
      }
      this.isDone = true;
      if (messages.type === NEWGEN) this.generation = reader.generation(messages);
      else if (messages.type === DELRULE) {
        if (!tells) continue;
        const { handle, counters } = reader.counted(messages);
        this.last.set(handle, counters);
      } else if (messages.type === NEWRULE || messages.type === NEWCHAIN) {
        const subject = batch.subjectOf(messages.sequence);
        const type = messages.type === NEWRULE ? NFTA_RULE.HANDLE : NFTA_CHAIN.HANDLE;
        if (subject) this.handles.set(subject, reader.handle(messages, type));
      }
    }
  }
  get isStale(): boolean {
    return this.errors.some(({ errno }) => errno === ERESTART);
  }
}

/** What a part of a batch is about. */
interface Part {
  readonly table: NftTable;
  readonly writer: RuleWriter;
}

/** Rules that are told of, where more of them are refused. */
const MOST = 100;

/** What was refused, the program's first operation first; of rules: for which of their matches or their target. */
export function* refusal(
  errors: readonly Reply[],
  batch: Batch,
  partOf: (part: number) => Part,
): Steps<BackendFailure> {
  const bySequence = new Map(errors.map((reply) => [reply.sequence, reply]));
  const refused: Refusal[] = [];
  for (const piece of batch.read())
    for (const message = new Messages(piece); message.next() && refused.length < MOST; ) {
      const reply = bySequence.get(message.sequence);
      if (!reply) continue;
      const found = yield* refusalOf(message, reply, batch, partOf);
      if ('stage' in found && refused.length === 0) return found;
      if (!('stage' in found)) refused.push(found);
    }
  const [first] = refused.sort((a, b) => a.part! - b.part! || a.operation - b.operation);
  if (!first) return failure('commit', errors[0]!.errno);
  return Object.assign(failure('commit', first.errno), { part: first.part, refused });
}

/** Of a rule; of anything else it is the whole failure. */
function* refusalOf(
  message: Messages,
  { errno, sequence, offset }: Reply,
  batch: Batch,
  partOf: (part: number) => Part,
): Steps<Refusal | BackendFailure> {
  const operation = batch.operationOf(sequence);
  const part = batch.partOf(sequence);
  if (message.type === DELCHAIN && errno === EBUSY) return ofPart(part, failure('edit', EMLINK, undefined, operation));
  if (message.type === NEWCHAIN && errno === EEXIST) return ofPart(part, failure('commit', errno, RENAMED, operation));
  const subject = batch.subjectOf(sequence);
  if (!subject || !('bytes' in subject)) return ofPart(part, failure('commit', errno, undefined, operation));
  const { table, writer } = partOf(part);
  const { bytes, at, size } = subject;
  const chain = table.list().find((each) => rulesOf(each).includes(subject))?.name ?? '';
  const refused = yield* explaining(table, {
    operation,
    errno,
    part,
    chain: decodeText(Buffer.from(chain, 'latin1')),
    entry: Uint8Array.from(bytes.subarray(at, at + size)),
    element: offset === undefined ? undefined : elementAt(message, offset, subject, writer),
  });
  // nf_tables says so of a circle, too.
  return { ...refused, errno: errno === EMLINK && refused.circle ? ELOOP : errno };
}
const RENAMED = "nf_tables doesn't rename a chain and make another of its old name at once";

/** Whose the expression is at an offset of a rule's message. */
function elementAt(message: Messages, offset: number, rule: NftRule, writer: RuleWriter) {
  const { start, end } = message;
  const [list, expression] = pathTo(message, start + NFGENMSG_SIZE, end, start - NLMSG_HDRLEN + offset);
  if (list?.type !== NFTA_RULE.EXPRESSIONS || expression === undefined) return undefined;
  const again = new MessageWriter();
  again.begin(0, 0, 0);
  writer.write(again, rule, undefined); // so that the encoder knows
  return writer.encoder.elementOf(expression.index);
}
